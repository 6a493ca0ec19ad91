/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/recovery.h"

#include "base/alloc.h"
#include "metrics/message.h"
#include "recorder/region_file_name.h"
#include "recovery/dead_look.h"
#include "recovery/recovery_directory.h"
#include "recovery/recovery_files.h"
#include "recovery/recovery_lock.h"
#include "recovery/recovery_read.h"

/* The pauses after a request that no receiver took in all its tries, and without memory. */
enum { PAUSE_MS = 60000, NO_MEMORY_PAUSE_MS = 1000 };

/* The time between two looks at the directory: a server whose workers die again and again fills
 * its disk meanwhile. */
enum { LOOK_AGAIN_MS = 10000 };

/* Frees what hae_recovery_new() makes. */
static void free_memory(struct hae_recovery *recovery)
{
    hae_collector_free(recovery->collector);
    hae_free(recovery->names);
    hae_free(recovery->kept);
    hae_free(recovery->beside);
    if (recovery->directory != NULL) {
        hae_free(recovery->directory->path);
        hae_free(recovery->directory);
    }
    hae_free(recovery);
}

haetae_status hae_recovery_new(const char *path, int directory, uint64_t size_max_bytes,
                               struct hae_diagnostics *diagnostics,
                               struct hae_recovery **ret_recovery)
{
    struct hae_recovery *recovery = hae_calloc(1, sizeof *recovery);

    if (recovery == NULL) {
        return HAETAE_ENOMEM;
    }
    recovery->collector = hae_collector_new();
    recovery->beside = hae_calloc(1, sizeof *recovery->beside);
    recovery->directory = hae_calloc(1, sizeof *recovery->directory);
    if (recovery->directory != NULL) {
        recovery->directory->path = hae_region_directory_path(path);
    }
    if (recovery->collector == NULL || recovery->beside == NULL || recovery->directory == NULL ||
        recovery->directory->path == NULL) {
        free_memory(recovery);
        return HAETAE_ENOMEM;
    }
    recovery->directory->descriptor = hae_descriptor_of(directory);
    recovery->size_max_bytes = size_max_bytes;
    recovery->diagnostics = diagnostics;
    recovery->file = HAE_NO_DESCRIPTOR;
    *recovery->beside = *recovery;
    recovery->beside->looked = true;
    recovery->beside->beside = NULL;
    *ret_recovery = recovery;
    return HAETAE_OK;
}

void hae_recovery_leave_redacted(struct hae_recovery *recovery)
{
    recovery->leaves_redacted = true;
}

void hae_recovery_free(struct hae_recovery *recovery)
{
    if (recovery == NULL) {
        return;
    }
    hae_recovery_close(recovery);
    hae_descriptor_close(&recovery->directory->descriptor);
    free_memory(recovery);
}

void hae_recovery_in_child(struct hae_recovery *recovery, bool idle)
{
    if (recovery == NULL) {
        return;
    }
    hae_recovery_let_go(recovery);
    hae_recovery_let_go(recovery->beside);
    hae_descriptor_close(&recovery->directory->descriptor);
    if (!idle) {
        memset(&recovery->batch, 0, sizeof recovery->batch);
        memset(&recovery->dead, 0, sizeof recovery->dead);
        recovery->names = NULL;
        recovery->kept = NULL;
        recovery->collector = NULL;
    }
    recovery->state = HAE_RECOVERY_DONE;
}

struct hae_recovery_counts hae_recovery_counts(const struct hae_recovery *recovery)
{
    return recovery->counts;
}

uint64_t hae_recovery_files_left(const struct hae_recovery *recovery)
{
    return recovery->name_count + hae_recovery_has_file(recovery) + recovery->counts.files_put_off +
           recovery->counts.files_refused + recovery->counts.files_kept;
}

void hae_recovery_look_once(struct hae_recovery *recovery)
{
    if (recovery->state == HAE_RECOVERY_LOOK && !recovery->looked) {
        hae_recovery_look(recovery);
        recovery->state = recovery->name_count == 0 ? HAE_RECOVERY_DONE : HAE_RECOVERY_NEXT;
    }
}

/* What one run reads: some milliseconds of work, if it comes from a disk. */
enum { RUN_BYTES = 1024 * 1024 };

static void pause_until(struct hae_recovery *recovery, uint64_t then_ms)
{
    recovery->state = HAE_RECOVERY_PAUSE;
    recovery->resume_ms = then_ms;
}

static bool read_on(struct hae_recovery *recovery, struct hae_intake *intake, uint64_t now_ms)
{
    if (recovery->outstanding) {
        return false;
    }
    hae_dead_allow(&recovery->dead, RUN_BYTES);
    switch (hae_recovery_read(recovery, intake)) {
    case HAE_READ_REQUEST: /* for the exporters to see it */
    case HAE_READ_AGAIN:
    case HAE_READ_PAUSES:
        return true;
    case HAE_READ_LATER:
        return false; /* what makes room makes the pipeline run as well */
    case HAE_READ_ALL:
        hae_recovery_finish(recovery);
        recovery->state = HAE_RECOVERY_NEXT;
        return true;
    case HAE_READ_NO_MEMORY:
        break;
    }
    pause_until(recovery, now_ms + NO_MEMORY_PAUSE_MS);
    return false;
}

/* More processes may die while a file is read, or while its requests wait for receivers that are
 * away. Their files are kept within the limit as well. */
static void keep_within_limit(struct hae_recovery *recovery, uint64_t now_ms)
{
    struct hae_recovery *beside = recovery->beside;

    if (now_ms < recovery->look_ms) {
        return;
    }
    recovery->look_ms = now_ms + LOOK_AGAIN_MS;
    hae_recovery_look(beside);
    recovery->counts.files_removed += beside->counts.files_removed;
    beside->counts.files_removed = 0;
    hae_free(beside->names);
    beside->names = NULL;
    beside->name_count = 0;
}

static void end_look(struct hae_recovery *recovery, uint64_t now_ms)
{
    recovery->state = HAE_RECOVERY_DONE;
    recovery->looked = true;
    if (recovery->refused) {
        recovery->look_ms = now_ms + PAUSE_MS;
    }
}

/* Does a bounded piece of work; true when there is more to do at once. */
static bool work(struct hae_recovery *recovery, struct hae_intake *intake, uint64_t now_ms)
{
    if (hae_recovery_has_file(recovery)) {
        keep_within_limit(recovery, now_ms);
    }
    switch (recovery->state) {
    case HAE_RECOVERY_LOOK:
        recovery->look_ms = now_ms + LOOK_AGAIN_MS;
        recovery->refused = false;
        hae_recovery_look(recovery);
        recovery->state = HAE_RECOVERY_NEXT;
        return true;
    case HAE_RECOVERY_NEXT:
        if (recovery->name_count == 0) {
            end_look(recovery, now_ms);
            return false;
        }
        if (hae_recovery_open_next(recovery)) {
            recovery->state = HAE_RECOVERY_BEGIN;
        }
        return true;
    case HAE_RECOVERY_BEGIN:
        hae_dead_allow(&recovery->dead, RUN_BYTES);
        if (hae_dead_look(&recovery->dead)) {
            hae_recovery_begin(recovery);
            recovery->state = HAE_RECOVERY_READ;
        }
        return true;
    case HAE_RECOVERY_READ:
        return read_on(recovery, intake, now_ms);
    case HAE_RECOVERY_REFUSED:
        recovery->refused = true;
        hae_recovery_leave_refused(recovery);
        recovery->state = HAE_RECOVERY_NEXT;
        return true;
    case HAE_RECOVERY_PAUSE:
        if (recovery->resume_ms == 0) {
            pause_until(recovery, now_ms + PAUSE_MS);
        }
        if (now_ms >= recovery->resume_ms) {
            hae_recovery_begin(recovery);
            recovery->state = HAE_RECOVERY_READ;
        }
        return false;
    case HAE_RECOVERY_DONE:
        if (now_ms < recovery->look_ms || recovery->looks_no_more) {
            return false;
        }
        recovery->state = HAE_RECOVERY_LOOK;
        return true;
    }
    return false;
}

static enum hae_source_result run(void *user, struct hae_intake *intake, const struct hae_run *run)
{
    /* What is not recovered by then is left for the next start. */
    return !run->closing && work(user, intake, run->now_ms) ? HAE_SOURCE_MORE : HAE_SOURCE_DONE;
}

static void in_child(void *user, bool idle)
{
    hae_recovery_in_child(user, idle);
}

struct hae_source hae_recovery_source(struct hae_recovery *recovery)
{
    return (struct hae_source){
        .name = "recovery", .self = recovery, .run = run, .in_child = in_child};
}
