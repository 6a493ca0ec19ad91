/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "spool/spool_bounds.h"
#include "spool/spool_directory.h"

/* Becomes an owner with the first segment. */
static bool ensure_owner(struct hae_spool *spool)
{
    int directory = hae_spool_directory(spool, true);
    struct hae_spool_owner *owner;
    int error;

    if (spool->self != NULL || directory < 0) {
        return directory >= 0;
    }
    owner = hae_calloc(1, sizeof *owner);
    if (owner == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (!hae_spool_owner_make(directory, owner)) {
        error = errno;
        hae_free(owner);
        errno = error;
        return false;
    }
    owner->next = spool->owners;
    spool->owners = spool->self = owner;
    return true;
}

/* Makes the file of a new segment. */
static bool make_file(struct hae_spool *spool, const struct hae_spool_segment *segment,
                      uint64_t time_ms)
{
    int file = hae_spool_open_segment(spool, segment, O_WRONLY | O_CREAT | O_EXCL);
    bool made;
    int error;

    if (file < 0) {
        return false;
    }
    made = hae_segment_begin(file, time_ms);
    error = errno;
    close(file);
    errno = error;
    return made;
}

static bool begin_segment(struct hae_spool *spool, uint64_t time_ms)
{
    struct hae_spool_segment *segment = hae_calloc(1, sizeof *segment);
    int error;

    if (segment == NULL) {
        errno = ENOMEM;
        return false;
    }
    segment->owner = spool->self;
    segment->number = hae_max(spool->last_number + 1, time_ms);
    segment->end = segment->read_at = HAE_SEGMENT_HEADER_BYTES;
    segment->time_ms = time_ms;
    hae_spool_link(spool, segment);
    if (!make_file(spool, segment, time_ms)) {
        error = errno;
        hae_spool_drop_segment(spool, segment, false);
        errno = error;
        return false;
    }
    spool->writing = segment;
    return true;
}

/* Has room for one more record's number of items. */
static bool has_room_for_items(struct hae_spool_segment *segment)
{
    uint32_t room = segment->room != 0 ? 2 * segment->room : 16;
    uint32_t *items;

    if (segment->record_count < segment->room) {
        return true;
    }
    items = hae_realloc(segment->items, room * sizeof *items);
    if (items == NULL) {
        errno = ENOMEM;
        return false;
    }
    segment->items = items;
    segment->room = room;
    return true;
}

/* The open segment for a record of this size. NULL: see errno. */
static struct hae_spool_segment *prepare(struct hae_spool *spool, uint64_t size, uint64_t time_ms)
{
    bool fits = spool->writing != NULL && spool->writing->end + size <= spool->segment_bytes;

    if (!ensure_owner(spool)) {
        return NULL;
    }
    if (!hae_spool_make_room(spool, size + (fits ? 0 : HAE_SEGMENT_HEADER_BYTES))) {
        errno = EDQUOT;
        return NULL;
    }
    /* To make room, the open one may have gone itself. */
    if ((!fits || spool->writing == NULL) && !begin_segment(spool, time_ms)) {
        return NULL;
    }
    return has_room_for_items(spool->writing) ? spool->writing : NULL;
}

static const char *why_not(const struct hae_spool *spool, uint64_t size)
{
    if (errno == EDQUOT && size + HAE_SEGMENT_HEADER_BYTES > spool->bytes_max) {
        return "the request is larger than HAETAE_SPOOL_BYTES";
    }
    return errno == EDQUOT ? "HAETAE_SPOOL_BYTES is taken by other processes" : strerror(errno);
}

/* Opens the segment for a record of this size. NULL: see errno. */
static struct hae_spool_segment *open_for(struct hae_spool *spool, uint64_t size, uint64_t time_ms,
                                          int *ret_file)
{
    struct hae_spool_segment *segment = prepare(spool, size, time_ms);
    int error;

    if (segment != NULL) {
        *ret_file = hae_spool_open_segment(spool, segment, O_WRONLY);
    }
    if (segment != NULL && *ret_file >= 0) {
        return segment;
    }
    error = errno;
    if (error == ENOENT) {
        hae_spool_start_over(spool);
    }
    errno = error;
    return NULL;
}

const char *hae_spool_append(struct hae_spool *spool, struct hae_segment_record *record,
                             const uint8_t *body, struct hae_spool_receipt *ret_receipt)
{
    uint64_t size = hae_segment_record_size(record->size_bytes);
    struct hae_spool_segment *segment;
    bool done;
    int error;
    int file = -1;

    pthread_mutex_lock(&spool->lock);
    segment = open_for(spool, size, record->time_ms, &file);
    if (segment == NULL) {
        pthread_mutex_unlock(&spool->lock);
        return why_not(spool, size);
    }
    segment->busy = true;
    pthread_mutex_unlock(&spool->lock);
    /* Without the lock: nobody else changes a segment that is busy. */
    done = hae_segment_append(file, segment->end, record, body);
    error = errno;
    close(file);
    pthread_mutex_lock(&spool->lock);
    segment->busy = false;
    if (done) {
        *ret_receipt = (struct hae_spool_receipt){segment->number, segment->record_count};
        segment->items[segment->record_count++] = HAE_SPOOL_PENDING;
        segment->end += size;
        segment->time_ms = record->time_ms;
        spool->used_bytes += size;
    }
    pthread_mutex_unlock(&spool->lock);
    errno = error;
    return done ? NULL : why_not(spool, size);
}

static struct hae_spool_segment *find(const struct hae_spool *spool, uint64_t number)
{
    struct hae_spool_segment *segment = spool->newest;

    while (segment != NULL && (segment->number != number || segment->owner != spool->self)) {
        segment = segment->older;
    }
    return segment;
}

bool hae_spool_carry(struct hae_spool *spool, const struct hae_spool_receipt *receipt,
                     uint32_t item_count)
{
    struct hae_spool_out *out = &spool->out;
    struct hae_spool_segment *segment;
    bool there;

    pthread_mutex_lock(&spool->lock);
    segment = find(spool, receipt->segment);
    there = segment != NULL && receipt->index < segment->record_count &&
            segment->items[receipt->index] == HAE_SPOOL_PENDING;
    if (out->is_out && out->receipt.segment == receipt->segment &&
        out->receipt.index == receipt->index) {
        out->items = item_count;
        there = true;
    } else if (there) {
        segment->items[receipt->index] = item_count;
        segment->item_sum += item_count;
    }
    pthread_mutex_unlock(&spool->lock);
    return there;
}
