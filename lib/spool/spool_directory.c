/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/minmax.h"
#include "haetae/exporter.h"
#include "recorder/region_file_name.h"

/* More segments, and more dead owners at a time, are left for later looks. */
enum { SEGMENTS_PER_LOOK = 65536, OWNERS_MAX = 64 };

/* ---- The directory ---------------------------------------------------------------------- */

void hae_spool_directory_name(const char *title, haetae_signal signal,
                              char name[HAE_SPOOL_NAME_BYTES])
{
    /* Three for each byte of a title at most: HAE_SPOOL_NAME_BYTES has room for all. */
    char *at = name;

    for (const char *from = title; *from != '\0' && at < name + HAE_SPOOL_NAME_BYTES - 16; from++) {
        bool plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                     (*from >= '0' && *from <= '9') || *from == '_' || *from == '-';

        if (plain) {
            *at++ = *from;
        } else {
            *at++ = '%';
            at = hae_put_hex(at, (const uint8_t *)from, 1);
        }
    }
    snprintf(at, 16, ".%s", haetae_signal_name(signal));
}

static int open_directory(const struct hae_spool *spool, bool make)
{
    struct hae_file_fault fault = {NULL, 0};
    int parent = hae_region_directory_open_plain(spool->parent, &fault);
    int directory = -1;
    int error;

    if (parent < 0) {
        errno = fault.error != 0 ? fault.error : EACCES;
        return -1;
    }
    if (!make || mkdirat(parent, spool->name, 0700) == 0 || errno == EEXIST) {
        directory = openat(parent, spool->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    error = errno;
    close(parent);
    errno = error;
    return directory;
}

/* Whether somebody has removed the directory that is open. The thread that writes finds it out as
 * nothing can be made there: see hae_spool_start_over(). */
static bool is_gone(const struct hae_spool *spool, const struct hae_descriptor *descriptor)
{
    struct stat status;

    return descriptor == &spool->directory && fstat(descriptor->number, &status) == 0 &&
           status.st_nlink == 0;
}

int hae_spool_directory(const struct hae_spool *spool, struct hae_descriptor *descriptor, bool make)
{
    struct stat status;

    if (hae_descriptor_is_ours(descriptor)) {
        if (!is_gone(spool, descriptor)) {
            return descriptor->number;
        }
        hae_descriptor_close(descriptor);
    }
    *descriptor = hae_descriptor_of(open_directory(spool, make));
    if (descriptor->number >= 0 &&
        (fstat(descriptor->number, &status) != 0 || status.st_uid != geteuid())) {
        hae_descriptor_close(descriptor);
        errno = EACCES;
    }
    return descriptor->number;
}

/* ---- Names ------------------------------------------------------------------------------ */

static void name_of(const struct hae_spool_segment *segment, char name[HAE_SPOOL_FILE_NAME_BYTES])
{
    snprintf(name, HAE_SPOOL_FILE_NAME_BYTES, "%016" PRIx64 "-%016" PRIx64 HAE_SPOOL_SUFFIX,
             segment->number, segment->owner->id);
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    uint8_t bytes[8];

    if (!hae_read_hex(text, bytes, sizeof bytes)) {
        return false;
    }
    *ret_number = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        *ret_number = *ret_number << 8 | bytes[i];
    }
    return true;
}

bool hae_spool_is_segment_name(const char *name, uint64_t *ret_number, uint64_t *ret_owner)
{
    return strlen(name) == HAE_SPOOL_FILE_NAME_BYTES - 1 && name[16] == '-' &&
           strcmp(name + 33, HAE_SPOOL_SUFFIX) == 0 && read_number(name, ret_number) &&
           read_number(name + 17, ret_owner) && *ret_number != 0;
}

bool hae_spool_is_owner_name(const char *name, uint64_t *ret_owner)
{
    return strlen(name) == HAE_SPOOL_OWNER_NAME_BYTES - 1 &&
           strcmp(name + 16, HAE_SPOOL_OWNER_SUFFIX) == 0 && read_number(name, ret_owner);
}

int hae_spool_open_segment(int directory, const struct hae_spool_segment *segment, int flags)
{
    char name[HAE_SPOOL_FILE_NAME_BYTES];

    name_of(segment, name);
    return hae_descriptor_raise(
        openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
}

int hae_spool_open_to_read(struct hae_spool *spool, const struct hae_spool_segment *segment,
                           int flags)
{
    int directory = hae_spool_directory(spool, &spool->directory, false);

    return directory >= 0 ? hae_spool_open_segment(directory, segment, flags) : -1;
}

bool hae_spool_unlink_segment(int directory, const struct hae_spool_segment *segment)
{
    char name[HAE_SPOOL_FILE_NAME_BYTES];

    name_of(segment, name);
    return unlinkat(directory, name, 0) == 0 || errno == ENOENT;
}

/* ---- The list --------------------------------------------------------------------------- */

static bool is_before(const struct hae_spool_segment *a, const struct hae_spool_segment *b)
{
    return a->number != b->number ? a->number < b->number : a->owner->id < b->owner->id;
}

void hae_spool_link(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    struct hae_spool_segment *before = spool->newest;

    while (before != NULL && is_before(segment, before)) {
        before = before->older;
    }
    segment->older = before;
    segment->newer = before != NULL ? before->newer : spool->oldest;
    *(before != NULL ? &before->newer : &spool->oldest) = segment;
    *(segment->newer != NULL ? &segment->newer->older : &spool->newest) = segment;
    segment->owner->segment_count++;
    spool->used_bytes += segment->end;
    spool->last_number = hae_max(spool->last_number, segment->number);
}

static void free_owner(struct hae_spool *spool, struct hae_spool_owner *owner)
{
    struct hae_spool_owner **link = &spool->owners;

    while (*link != owner) {
        link = &(*link)->next;
    }
    *link = owner->next;
    if (spool->self == owner) {
        spool->self = NULL;
    }
    hae_spool_owner_release(hae_spool_directory(spool, &spool->directory, false), owner,
                            !owner->stays);
    hae_free(owner);
}

void hae_spool_detach(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    *(segment->older != NULL ? &segment->older->newer : &spool->oldest) = segment->newer;
    *(segment->newer != NULL ? &segment->newer->older : &spool->newest) = segment->older;
    spool->used_bytes -= segment->end;
    spool->item_sum -= segment->item_sum;
    if (spool->out.segment == segment) {
        spool->out.segment = NULL;
    }
    if (spool->writing == segment) {
        spool->writing = NULL;
    }
}

void hae_spool_free_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool is_removed)
{
    struct hae_spool_owner *owner = segment->owner;

    owner->stays |= !is_removed;
    if (--owner->segment_count == 0 && owner != spool->self) {
        free_owner(spool, owner);
    }
    hae_free(segment->items);
    hae_free(segment);
}

void hae_spool_drop_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool leave_alone)
{
    int directory = hae_spool_directory(spool, &spool->directory, false);
    bool is_removed = !leave_alone;

    if (!leave_alone &&
        (directory >= 0 ? !hae_spool_unlink_segment(directory, segment) : errno != ENOENT)) {
        is_removed = false;
        spool->looks_no_more = true;
        spool->lost.remove_error = errno;
    }
    hae_spool_detach(spool, segment);
    hae_spool_free_segment(spool, segment, is_removed);
}

void hae_spool_start_over(struct hae_spool *spool)
{
    struct hae_spool_owner *self = spool->self;
    struct hae_spool_segment *newer;

    for (struct hae_spool_segment *s = spool->oldest; s != NULL; s = newer) {
        newer = s->newer;
        if (s->owner == self) {
            spool->lost.own += s->item_sum;
            hae_spool_drop_segment(spool, s, false);
        }
    }
    if (self != NULL) {
        free_owner(spool, self);
    }
    hae_descriptor_close(&spool->directory);
    hae_descriptor_close(&spool->write_directory);
}

/* ---- Looking ---------------------------------------------------------------------------- */

/* A segment that was seen. */
struct seen {
    uint64_t number;
    uint64_t owner;
    uint64_t size_bytes;
    uint64_t time_ms;
};

struct look {
    struct hae_spool *spool;
    int directory;
    struct seen *seen; /* an owner's file counts as one without a number */
    size_t count;
    size_t room;
};

static bool is_known(const struct hae_spool *spool, uint64_t number, uint64_t owner)
{
    for (const struct hae_spool_segment *s = spool->oldest; s != NULL; s = s->newer) {
        if (s->number == number && s->owner->id == owner) {
            return true;
        }
    }
    return false;
}

/* False: out of memory, or there are too many. */
static bool see(struct look *look, const struct seen *seen)
{
    if (look->count == look->room) {
        size_t room = look->room != 0 ? 2 * look->room : 64;
        struct seen *more =
            room <= SEGMENTS_PER_LOOK ? hae_realloc(look->seen, room * sizeof *more) : NULL;

        if (more == NULL) {
            return false;
        }
        look->seen = more;
        look->room = room;
    }
    look->seen[look->count++] = *seen;
    return true;
}

static bool consider(struct look *look, const char *name)
{
    struct seen seen = {0, 0, 0, 0};
    struct stat status;

    if (!hae_spool_is_owner_name(name, &seen.owner)) {
        if (!hae_spool_is_segment_name(name, &seen.number, &seen.owner) ||
            is_known(look->spool, seen.number, seen.owner) ||
            fstatat(look->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
            return true; /* somebody else's, whatever it is */
        }
        seen.size_bytes = (uint64_t)status.st_size;
        seen.time_ms = (uint64_t)status.st_mtime * 1000 + 999;
    }
    return see(look, &seen);
}

static void list_names(struct look *look)
{
    int copy =
        hae_descriptor_raise(openat(look->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (stream == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return;
    }
    while ((entry = readdir(stream)) != NULL && consider(look, entry->d_name)) {
    }
    closedir(stream);
}

/* By owner, and of each the oldest first; owners' own files come before their segments. */
static int by_owner(const void *left, const void *right)
{
    const struct seen *a = left;
    const struct seen *b = right;

    if (a->owner != b->owner) {
        return a->owner < b->owner ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

static struct hae_spool_owner *find_owner(const struct hae_spool *spool, uint64_t id,
                                          uint32_t *ret_count)
{
    struct hae_spool_owner *found = NULL;

    *ret_count = 0;
    for (struct hae_spool_owner *owner = spool->owners; owner != NULL; owner = owner->next) {
        found = owner->id == id ? owner : found;
        ++*ret_count;
    }
    return found;
}

/* NULL: it lives, or cannot be adopted now. */
static struct hae_spool_owner *adopt(struct look *look, uint64_t id)
{
    struct hae_spool *spool = look->spool;
    struct hae_spool_owner *owner;
    uint32_t count;

    if (find_owner(spool, id, &count) != NULL || count >= OWNERS_MAX) {
        return NULL; /* what is ours is known; what we could not remove is left alone */
    }
    owner = hae_calloc(1, sizeof *owner);
    if (owner == NULL) {
        return NULL;
    }
    if (hae_spool_owner_adopt(look->directory, id, owner) != HAE_SPOOL_ADOPTED) {
        hae_free(owner);
        return NULL;
    }
    owner->next = spool->owners;
    spool->owners = owner;
    return owner;
}

/* Takes over the segments of one owner, `count` from `seen` on. */
static void take_over(struct look *look, const struct seen *seen, size_t count)
{
    struct hae_spool *spool = look->spool;
    struct hae_spool_owner *owner = adopt(look, seen->owner);

    for (size_t i = 0; i < count; i++) {
        struct hae_spool_segment *segment = NULL;

        if (seen[i].number == 0) {
            continue;
        }
        if (owner != NULL) {
            segment = hae_calloc(1, sizeof *segment);
        }
        if (segment == NULL) {
            spool->other_bytes += seen[i].size_bytes;
            continue;
        }
        segment->owner = owner;
        segment->number = seen[i].number;
        segment->end = seen[i].size_bytes;
        segment->time_ms = seen[i].time_ms;
        hae_spool_link(spool, segment);
    }
    if (owner != NULL && owner->segment_count == 0) {
        free_owner(spool, owner);
    }
}

void hae_spool_look(struct hae_spool *spool)
{
    struct look look = {.spool = spool};
    size_t end;

    pthread_mutex_lock(&spool->lock);
    look.directory =
        spool->looks_no_more ? -1 : hae_spool_directory(spool, &spool->directory, false);
    spool->other_bytes = 0;
    if (look.directory >= 0) {
        list_names(&look);
    }
    if (look.count != 0) {
        qsort(look.seen, look.count, sizeof *look.seen, by_owner);
    }
    for (size_t i = 0; i < look.count; i = end) {
        end = i + 1;
        while (end < look.count && look.seen[end].owner == look.seen[i].owner) {
            end++;
        }
        take_over(&look, &look.seen[i], end - i);
    }
    pthread_mutex_unlock(&spool->lock);
    hae_free(look.seen);
}
