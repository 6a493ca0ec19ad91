/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "spool/spool_directory.h"

/* More segments, and more dead owners at a time, are left for later looks. */
enum { SEGMENTS_PER_LOOK = 65536, OWNERS_MAX = 64 };

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
        hae_spool_free_owner(spool, owner);
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
