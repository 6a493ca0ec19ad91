/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "spool/spool_bounds.h"
#include "spool/spool_directory.h"

/* Becomes an owner with the first segment. */
static bool ensure_owner(struct hae_spool *spool, int directory)
{
    struct hae_spool_owner *owner;
    int error;

    if (spool->self != NULL) { /* only this thread changes it */
        return true;
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
    pthread_mutex_lock(&spool->lock);
    owner->next = spool->owners;
    spool->owners = spool->self = owner;
    pthread_mutex_unlock(&spool->lock);
    return true;
}

/* Makes the file of a new segment. */
static bool make_file(int directory, const struct hae_spool_segment *segment, uint64_t time_ms)
{
    int file = hae_spool_open_segment(directory, segment, O_WRONLY | O_CREAT | O_EXCL);
    bool made;
    int error;

    if (file < 0) {
        return false;
    }
    made = hae_segment_begin(file, time_ms);
    error = errno;
    close(file);
    if (!made) {
        (void)hae_spool_unlink_segment(directory, segment);
    }
    errno = error;
    return made;
}

/* Makes a new segment, which is busy. NULL: see errno. */
static struct hae_spool_segment *begin_segment(struct hae_spool *spool, int directory,
                                               uint64_t number, uint64_t time_ms)
{
    struct hae_spool_segment *segment = hae_calloc(1, sizeof *segment);
    int error;

    if (segment == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    segment->owner = spool->self;
    segment->number = number;
    segment->end = segment->read_at = HAE_SEGMENT_HEADER_BYTES;
    segment->time_ms = time_ms;
    segment->busy = true;
    if (!make_file(directory, segment, time_ms)) {
        error = errno;
        hae_free(segment);
        errno = error;
        return NULL;
    }
    pthread_mutex_lock(&spool->lock);
    hae_spool_link(spool, segment);
    spool->writing = segment;
    pthread_mutex_unlock(&spool->lock);
    return segment;
}

/* Makes room, and takes the open segment if the record fits into it. False: there is no room. */
static bool reserve(struct hae_spool *spool, uint64_t size, struct hae_spool_segment **ret_segment,
                    uint64_t *ret_number)
{
    struct hae_spool_segment *dropped = NULL;
    struct hae_spool_segment *open;
    bool has_room;

    pthread_mutex_lock(&spool->lock);
    has_room = hae_spool_make_room(spool, size + HAE_SEGMENT_HEADER_BYTES, &dropped);
    open = spool->writing; /* it may have gone to make room */
    if (has_room && open != NULL && open->end + size <= spool->segment_bytes) {
        open->busy = true;
        *ret_segment = open;
    }
    *ret_number = spool->last_number + 1;
    pthread_mutex_unlock(&spool->lock);
    hae_spool_remove_dropped(spool, dropped);
    if (!has_room) {
        errno = EDQUOT;
    }
    return has_room;
}

/* The segment for a record of this size; it is busy. NULL: see errno. */
static struct hae_spool_segment *prepare(struct hae_spool *spool, int directory, uint64_t size,
                                         uint64_t time_ms)
{
    struct hae_spool_segment *segment = NULL;
    uint64_t number;

    if (directory < 0 || !ensure_owner(spool, directory) ||
        !reserve(spool, size, &segment, &number)) {
        return NULL;
    }
    return segment != NULL ? segment
                           : begin_segment(spool, directory, hae_max(number, time_ms), time_ms);
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

static const char *why_not(const struct hae_spool *spool, uint64_t size)
{
    if (errno == EDQUOT && size + HAE_SEGMENT_HEADER_BYTES > spool->bytes_max) {
        return "the request is larger than HAETAE_SPOOL_BYTES";
    }
    return errno == EDQUOT ? "HAETAE_SPOOL_BYTES is taken by other processes" : strerror(errno);
}

/* Writes a record to a segment that is busy, without the lock: nobody else changes such a one. */
static bool write_record(int directory, const struct hae_spool_segment *segment,
                         struct hae_segment_record *record, const uint8_t *body)
{
    int file = hae_spool_open_segment(directory, segment, O_WRONLY);
    bool done;
    int error;

    if (file < 0) {
        return false;
    }
    done = hae_segment_append(file, segment->end, record, body);
    error = errno;
    close(file);
    errno = error;
    return done;
}

/* The segment is no longer busy, and has one more record if it was written. */
static void publish(struct hae_spool *spool, struct hae_spool_segment *segment, bool written,
                    const struct hae_segment_record *record, struct hae_spool_receipt *ret_receipt)
{
    uint64_t size = hae_segment_record_size(record->size_bytes);

    segment->busy = false;
    if (written) {
        *ret_receipt = (struct hae_spool_receipt){segment->number, segment->record_count};
        segment->items[segment->record_count++] = HAE_SPOOL_PENDING;
        segment->end += size;
        segment->time_ms = record->time_ms;
        spool->used_bytes += size;
    }
}

static bool append(struct hae_spool *spool, struct hae_segment_record *record, const uint8_t *body,
                   struct hae_spool_receipt *ret_receipt)
{
    uint64_t size = hae_segment_record_size(record->size_bytes);
    int directory = hae_spool_directory(spool, &spool->write_directory, true);
    struct hae_spool_segment *segment = prepare(spool, directory, size, record->time_ms);
    bool written;
    int error;

    if (segment == NULL) {
        return false;
    }
    pthread_mutex_lock(&spool->lock);
    written = has_room_for_items(segment);
    pthread_mutex_unlock(&spool->lock);
    written = written && write_record(directory, segment, record, body);
    error = errno;
    pthread_mutex_lock(&spool->lock);
    publish(spool, segment, written, record, ret_receipt);
    pthread_mutex_unlock(&spool->lock);
    errno = error;
    return written;
}

/* Somebody has removed the segment that was open, or the directory with all of them. */
static void give_up_gone(struct hae_spool *spool)
{
    const struct hae_descriptor *directory = &spool->write_directory;
    struct stat status;

    pthread_mutex_lock(&spool->lock);
    if (spool->writing != NULL && hae_descriptor_is_ours(directory) &&
        fstat(directory->number, &status) == 0 && status.st_nlink != 0) {
        spool->lost.gone_count++;
        hae_spool_give_up(spool, spool->writing);
    } else {
        hae_spool_start_over(spool);
    }
    pthread_mutex_unlock(&spool->lock);
}

const char *hae_spool_append(struct hae_spool *spool, struct hae_segment_record *record,
                             const uint8_t *body, struct hae_spool_receipt *ret_receipt)
{
    const char *why;
    bool is_gone;

    if (append(spool, record, body, ret_receipt)) {
        return NULL;
    }
    is_gone = errno == ENOENT;
    why = why_not(spool, hae_segment_record_size(record->size_bytes));
    if (is_gone) {
        give_up_gone(spool);
    }
    return why;
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
        spool->item_sum += item_count;
    }
    pthread_mutex_unlock(&spool->lock);
    return there;
}
