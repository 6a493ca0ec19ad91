/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/recovery_files.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "recorder/region_file.h"
#include "recovery/recovery_lock.h"

void hae_recovery_close(struct hae_recovery *recovery)
{
    hae_batch_done(&recovery->batch);
    hae_dead_close(&recovery->dead);
    hae_recovery_unlock(recovery);
}

/* Renames the file, so that it is not tried again. It counts towards the limit. */
static void put_aside(struct hae_recovery *recovery, const char *why, const char *rest)
{
    const char *old_name = recovery->current.name;
    char name[sizeof recovery->current.name + sizeof HAE_REGION_CORRUPT_SUFFIX];
    int directory;

    recovery->counts.files_corrupt++;
    snprintf(name, sizeof name, "%s" HAE_REGION_CORRUPT_SUFFIX, old_name);
    directory = hae_recovery_directory(recovery);
    if (renameat(directory, old_name, directory, name) != 0) {
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery corrupt",
                     "recorder directory: %s is corrupt: %s; %s, and it cannot be renamed: %s",
                     old_name, why, rest, strerror(errno));
        return;
    }
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery corrupt",
                 "recorder directory: %s is corrupt: %s; %s, and it is renamed to %s", old_name,
                 why, rest, name);
}

/* Deals with a file that cannot be read at all. */
static void refuse(struct hae_recovery *recovery, enum hae_dead_refusal refusal)
{
    const char *name = recovery->current.name;

    switch (refusal) {
    case HAE_DEAD_UNFINISHED:
        (void)unlinkat(hae_recovery_directory(recovery), name, 0);
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_INFO, "recovery unfinished",
                     "recorder directory: the process of %s died before the file was complete: it "
                     "held nothing, and is removed",
                     name);
        break;
    case HAE_DEAD_OTHER:
        recovery->counts.files_other++;
        hae_diagnose(hae_recovery_at_first(recovery), HAETAE_DIAGNOSTIC_WARN, "recovery other",
                     "recorder directory: %s was made by another version of haetae, or on another "
                     "machine, or its header is damaged; it is left alone",
                     name);
        break;
    case HAE_DEAD_BROKEN:
        put_aside(recovery, "its header is invalid", "nothing can be recovered");
        break;
    case HAE_DEAD_TOO_LARGE:
        put_aside(recovery, "it is larger than any configuration makes it", "nothing is recovered");
        break;
    case HAE_DEAD_NO_MEMORY:
        hae_recovery_put_off(recovery, name, "recovered", ENOMEM);
        break;
    case HAE_DEAD_READABLE:
        break;
    }
}

/* Maps a file that was cut, with zeroes in the place of what it lacks. */
static void *map_cut(const struct hae_recovery *recovery, size_t size, size_t made_size)
{
    void *memory = mmap(NULL, made_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        return memory;
    }
    if (mmap(memory, size, PROT_READ, MAP_SHARED | MAP_FIXED, recovery->file.number, 0) ==
        MAP_FAILED) {
        int error = errno;

        munmap(memory, made_size);
        errno = error;
        return MAP_FAILED;
    }
    return memory;
}

/* Maps the file; MAP_FAILED: see errno. */
static void *map(struct hae_recovery *recovery, uint64_t size_bytes)
{
    void *memory;
    uint64_t made_bytes;

    errno = ENOMEM;
    if (size_bytes > SIZE_MAX) {
        return MAP_FAILED;
    }
    memory = mmap(NULL, (size_t)size_bytes, PROT_READ, MAP_SHARED, recovery->file.number, 0);
    recovery->memory_size_bytes = size_bytes;
    if (memory == MAP_FAILED) {
        return memory;
    }
    made_bytes = hae_dead_made_size(memory, size_bytes);
    if (made_bytes <= size_bytes || made_bytes > SIZE_MAX) {
        return memory;
    }
    munmap(memory, (size_t)size_bytes);
    recovery->memory_size_bytes = made_bytes;
    return map_cut(recovery, (size_t)size_bytes, (size_t)made_bytes);
}

/* Maps the locked file; false: it cannot be mapped now. */
static bool map_file(struct hae_recovery *recovery, const struct stat *status)
{
    uint64_t size = (uint64_t)status->st_size;
    /* Of a larger file only the header is read, to find out what it is. */
    void *memory = map(recovery, size < HAE_REGION_FILE_SIZE_MAX ? size : HAE_REGION_FILE_SIZE_MAX);

    if (memory == MAP_FAILED) {
        hae_recovery_put_off(recovery, recovery->current.name, "mapped", errno);
        return false;
    }
    recovery->memory = memory;
    return true;
}

/* Begins to read it. */
static bool open_locked(struct hae_recovery *recovery, const struct stat *status)
{
    enum hae_dead_refusal refusal = HAE_DEAD_UNFINISHED;

    memset(&recovery->dead, 0, sizeof recovery->dead);
    memset(&recovery->batch, 0, sizeof recovery->batch);
    if (status->st_size != 0) {
        if (!map_file(recovery, status)) {
            return false;
        }
        refusal = hae_dead_open(&recovery->dead, recovery->memory, recovery->memory_size_bytes,
                                (uint64_t)status->st_size);
    }
    refuse(recovery, refusal);
    return refusal == HAE_DEAD_READABLE;
}

/* Leaves a file to other processes, and does not read it again. */
static void keep(struct hae_recovery *recovery)
{
    struct hae_recovery_name *kept =
        hae_realloc(recovery->kept, (recovery->kept_count + 1) * sizeof *kept);

    recovery->counts.files_kept++;
    if (kept != NULL) {
        recovery->kept = kept;
        recovery->kept[recovery->kept_count++] = recovery->current;
    }
}

/* Whether the file stays as it is: its process redacted, and this one could not. */
static bool leave_redacted(struct hae_recovery *recovery)
{
    /* Relaxed: its process is dead. */
    if (!recovery->leaves_redacted ||
        atomic_load_explicit(&recovery->dead.stored->redacted, memory_order_relaxed) == 0) {
        return false;
    }
    recovery->counts.files_redacted++;
    keep(recovery);
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery redacted",
                 "recorder directory: %s stays, since its process had rules of redaction and this "
                 "one has none: recover it with rules, by haetae_config_add_redaction() or "
                 "haetae-recover --redact",
                 recovery->current.name);
    return true;
}

bool hae_recovery_open_next(struct hae_recovery *recovery)
{
    struct stat status;

    recovery->current = recovery->names[--recovery->name_count];
    if (!hae_recovery_lock(recovery, recovery->current.name, &status)) {
        return false;
    }
    if (!open_locked(recovery, &status) || leave_redacted(recovery)) {
        hae_recovery_close(recovery);
        return false;
    }
    memcpy(recovery->done, recovery->dead.stored->recovered, sizeof recovery->done);
    memset(recovery->item_count, 0, sizeof recovery->item_count);
    recovery->open_count = 0;
    recovery->noted = true;
    recovery->keeps = false;
    return true;
}

/* Whether writing so far would end the process by a signal. */
static bool beyond_limit(uint64_t end)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           end > limit.rlim_cur;
}

void hae_recovery_note(struct hae_recovery *recovery)
{
    uint64_t at =
        recovery->dead.layout.region->stored_offset + offsetof(struct hae_stored, recovered);

    /* When it fails, the next note has everything. Without a next one, another process may send
     * this again. */
    recovery->noted =
        hae_descriptor_is_ours(&recovery->file) && !beyond_limit(at + sizeof recovery->done) &&
        pwrite(recovery->file.number, recovery->done, sizeof recovery->done, (off_t)at) ==
            (ssize_t)sizeof recovery->done;
}

static void report_done(const struct hae_recovery *recovery)
{
    uint64_t dropped[HAETAE_SIGNAL_COUNT];

    hae_dead_dropped(&recovery->dead, dropped);
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_INFO, "recovery done",
                 "recovered %s of process %lu: %llu spans (%llu had not ended), %llu data points, "
                 "%llu log records; by its own counts it had dropped %llu spans, %llu data points "
                 "and %llu log "
                 "records",
                 recovery->current.name, (unsigned long)recovery->dead.stored->pid,
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_TRACES],
                 (unsigned long long)recovery->open_count,
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_METRICS],
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_LOGS],
                 (unsigned long long)dropped[HAETAE_SIGNAL_TRACES],
                 (unsigned long long)dropped[HAETAE_SIGNAL_METRICS],
                 (unsigned long long)dropped[HAETAE_SIGNAL_LOGS]);
}

/* Removes a file that is settled to its end. If it stays, it must not be exported again. */
static void remove_settled(struct hae_recovery *recovery)
{
    if (unlinkat(hae_recovery_directory(recovery), recovery->current.name, 0) == 0 ||
        errno == ENOENT) {
        return;
    }
    recovery->looks_no_more |= !recovery->noted;
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery remove",
                 "recorder directory: %s is recovered, but cannot be removed: %s%s",
                 recovery->current.name, strerror(errno),
                 recovery->noted ? "" : "; the next start may export it again");
}

/* Leaves a file that has something for other processes. */
static void keep_rest(struct hae_recovery *recovery)
{
    keep(recovery);
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recovery kept",
                 "recorder directory: %s stays, since this process has no exporter for something "
                 "that is in it",
                 recovery->current.name);
}

void hae_recovery_leave_refused(struct hae_recovery *recovery)
{
    recovery->counts.files_refused++;
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery refused",
                 "recorder directory: the receiver refused what is in %s, which stays; it is tried "
                 "again in a minute, and by the next start",
                 recovery->current.name);
    hae_recovery_close(recovery);
}

/* What cannot be read stays in the file, which is put aside. */
static void put_aside_damaged(struct hae_recovery *recovery)
{
    const struct hae_dead_damage *damage = &recovery->dead.damage;
    char rest[160] = "what was intact is recovered";

    if (damage->place_count != 0) {
        snprintf(rest, sizeof rest,
                 "what was intact is recovered, and %llu bytes in %llu places cannot be read",
                 (unsigned long long)damage->size_bytes, (unsigned long long)damage->place_count);
    }
    recovery->counts.damaged_places += damage->place_count;
    put_aside(recovery, recovery->dead.fault, rest);
}

void hae_recovery_finish(struct hae_recovery *recovery)
{
    recovery->counts.files_done += !recovery->keeps;
    recovery->counts.open_spans += recovery->open_count;
    report_done(recovery);
    if (!recovery->noted) {
        hae_recovery_note(recovery);
    }
    if (recovery->keeps) {
        keep_rest(recovery);
    } else if (recovery->dead.fault_count != 0) {
        put_aside_damaged(recovery);
    } else {
        remove_settled(recovery);
    }
    hae_recovery_close(recovery);
}
