/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_out.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/minmax.h"
#include "spool/spool_bounds.h"
#include "spool/spool_directory.h"

/* Records that one call looks at. */
enum { LOOKS_PER_CALL = 256 };

static bool is_own(const struct hae_spool *spool, const struct hae_spool_segment *segment)
{
    return segment->owner == spool->self;
}

/* Goes on to the next record of a segment. The last one is followed by the segment's end. */
static void advance(struct hae_spool *spool, struct hae_spool_segment *segment, uint64_t next_at)
{
    int file;

    segment->read_at = next_at;
    segment->read_index++;
    if (next_at == segment->end && !segment->busy) {
        hae_spool_drop_segment(spool, segment, false);
        return;
    }
    file = hae_spool_open_to_read(spool, segment, O_WRONLY);
    if (file >= 0) {
        /* When it fails, the next note has everything; without one, this is sent again. */
        (void)hae_segment_note(file, next_at);
        close(file);
    }
}

/* Takes the items of the record to be read out of the segment's sum. */
static uint32_t take_items(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    uint32_t items;

    if (!is_own(spool, segment)) {
        return 0;
    }
    items = segment->items[segment->read_index];
    if (items != HAE_SPOOL_PENDING) {
        segment->item_sum -= items;
        spool->item_sum -= items;
        segment->items[segment->read_index] = 0;
    }
    return items;
}

/* Gives up the record to be read. */
static void lose_record(struct hae_spool *spool, struct hae_spool_segment *segment,
                        const struct hae_segment_record *record)
{
    uint32_t items = take_items(spool, segment);

    if (!is_own(spool, segment)) {
        spool->lost.adopted += record->item_count;
    } else if (items != HAE_SPOOL_PENDING) {
        spool->lost.own += items;
    } else {
        segment->items[segment->read_index] = 0; /* then it is no longer there to carry any */
    }
    advance(spool, segment, segment->read_at + hae_segment_record_size(record->size_bytes));
}

/* Deals with a segment that has no record to be read. */
static enum hae_spool_next end_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                                       enum hae_segment_look look)
{
    switch (look) {
    case HAE_SEGMENT_FOUND:
    case HAE_SEGMENT_FAILED:
        return HAE_SPOOL_FAILED;
    case HAE_SEGMENT_END:
        hae_spool_drop_segment(spool, segment, false);
        break;
    case HAE_SEGMENT_TORN:
        spool->lost.torn_count++;
        hae_spool_give_up(spool, segment);
        break;
    case HAE_SEGMENT_OTHER:
        spool->lost.other_count++;
        hae_spool_drop_segment(spool, segment, true);
        break;
    case HAE_SEGMENT_BROKEN:
        spool->lost.broken_count++;
        hae_spool_give_up(spool, segment);
        break;
    }
    return HAE_SPOOL_MORE;
}

/* Where a header is damaged, nobody knows the items of its record. Those of this process count by
 * number: there the rest is given up, which is known. */
static enum hae_segment_look find_record(struct hae_spool *spool, struct hae_spool_segment *segment,
                                         int file, struct hae_segment_record *ret_record)
{
    uint64_t at = segment->read_at;
    enum hae_segment_look look;

    if (is_own(spool, segment)) {
        return hae_segment_look_at(file, at, segment->end, ret_record);
    }
    look = hae_segment_look_on(file, &segment->read_at, segment->end, ret_record);
    spool->lost.damaged_count += segment->read_at != at;
    return look;
}

/* Finds the record to be read of a segment. */
static enum hae_segment_look look_at(struct hae_spool *spool, struct hae_spool_segment *segment,
                                     struct hae_segment_record *ret_record)
{
    int file = hae_spool_open_to_read(spool, segment, O_RDONLY);
    enum hae_segment_look look = HAE_SEGMENT_FOUND;
    uint64_t time_ms;

    if (file < 0) {
        return errno == ENOENT ? HAE_SEGMENT_BROKEN : HAE_SEGMENT_FAILED;
    }
    if (segment->read_at == 0) {
        look = hae_segment_open(file, &segment->read_at, &time_ms);
    }
    if (look == HAE_SEGMENT_FOUND) {
        look = find_record(spool, segment, file, ret_record);
    }
    close(file);
    /* Put here by someone else, or more than this process wrote. */
    if (look == HAE_SEGMENT_FOUND &&
        (ret_record->signal != spool->signal ||
         (is_own(spool, segment) && segment->read_index >= segment->record_count))) {
        look = HAE_SEGMENT_BROKEN;
    }
    return look;
}

static enum hae_spool_next next(struct hae_spool *spool, uint64_t now_ms,
                                struct hae_segment_record *ret_record)
{
    uint64_t oldest_ms = now_ms > spool->age_max_ms ? now_ms - spool->age_max_ms : 0;

    for (int looks = 0; looks < LOOKS_PER_CALL; looks++) {
        struct hae_spool_segment *segment = spool->oldest;
        enum hae_segment_look look;

        if (segment == NULL || (segment->busy && segment->read_at == segment->end)) {
            return HAE_SPOOL_EMPTY;
        }
        look = look_at(spool, segment, ret_record);
        if (look == HAE_SEGMENT_FOUND && ret_record->time_ms >= oldest_ms) {
            return HAE_SPOOL_FOUND;
        }
        if (look == HAE_SEGMENT_FOUND) {
            spool->lost.old_record_count++;
            lose_record(spool, segment, ret_record);
        } else if (segment->busy || end_segment(spool, segment, look) == HAE_SPOOL_FAILED) {
            return HAE_SPOOL_FAILED;
        }
    }
    return HAE_SPOOL_MORE;
}

enum hae_spool_next hae_spool_next(struct hae_spool *spool, uint64_t now_ms,
                                   struct hae_segment_record *ret_record)
{
    enum hae_spool_next found;

    pthread_mutex_lock(&spool->lock);
    found = next(spool, now_ms, ret_record);
    pthread_mutex_unlock(&spool->lock);
    return found;
}

static enum hae_segment_look read_body(struct hae_spool *spool,
                                       const struct hae_spool_segment *segment,
                                       const struct hae_segment_record *record, uint8_t *ret_body)
{
    int file = hae_spool_open_to_read(spool, segment, O_RDONLY);
    enum hae_segment_look look;

    if (file < 0) {
        return HAE_SEGMENT_FAILED;
    }
    look = hae_segment_read(file, segment->read_at, record, ret_body);
    close(file);
    return look;
}

static bool is_same(const struct hae_segment_record *a, const struct hae_segment_record *b)
{
    return a->sum == b->sum && a->size_bytes == b->size_bytes && a->time_ms == b->time_ms;
}

static enum hae_spool_next take(struct hae_spool *spool, const struct hae_segment_record *record,
                                uint8_t *ret_body)
{
    struct hae_spool_segment *segment = spool->oldest;
    struct hae_segment_record now;

    /* To make room, the one that was found may have gone meanwhile. */
    if (segment == NULL || segment->read_at == 0 ||
        look_at(spool, segment, &now) != HAE_SEGMENT_FOUND || !is_same(&now, record)) {
        return HAE_SPOOL_MORE;
    }
    switch (read_body(spool, segment, record, ret_body)) {
    case HAE_SEGMENT_FOUND:
        break;
    case HAE_SEGMENT_FAILED:
        return HAE_SPOOL_FAILED;
    default:
        spool->lost.damaged_count++;
        lose_record(spool, segment, record);
        return HAE_SPOOL_DAMAGED;
    }
    spool->out = (struct hae_spool_out){.is_out = true,
                                        .segment = segment,
                                        .is_own = is_own(spool, segment),
                                        .item_count = record->item_count,
                                        .next_at = segment->read_at +
                                                   hae_segment_record_size(record->size_bytes)};
    if (is_own(spool, segment)) {
        spool->out.receipt = (struct hae_spool_receipt){segment->number, segment->read_index};
    }
    spool->out.items = take_items(spool, segment);
    return HAE_SPOOL_FOUND;
}

enum hae_spool_next hae_spool_take(struct hae_spool *spool, const struct hae_segment_record *record,
                                   uint8_t *ret_body)
{
    enum hae_spool_next taken;

    pthread_mutex_lock(&spool->lock);
    taken = take(spool, record, ret_body);
    pthread_mutex_unlock(&spool->lock);
    return taken;
}

bool hae_spool_out_is_own(const struct hae_spool *spool)
{
    return spool->out.is_own;
}

uint32_t hae_spool_settle(struct hae_spool *spool)
{
    struct hae_spool_out *out = &spool->out;

    pthread_mutex_lock(&spool->lock);
    if (out->segment != NULL) {
        advance(spool, out->segment, out->next_at);
    }
    out->is_out = false;
    out->segment = NULL;
    pthread_mutex_unlock(&spool->lock);
    return out->items;
}

void hae_spool_put_back(struct hae_spool *spool)
{
    struct hae_spool_out *out = &spool->out;
    struct hae_spool_segment *segment;

    pthread_mutex_lock(&spool->lock);
    segment = out->segment;
    out->is_out = false;
    if (segment == NULL && !out->is_own) {
        spool->lost.adopted += out->item_count;
    } else if (out->is_own && out->items != HAE_SPOOL_PENDING) {
        if (segment != NULL) {
            segment->items[segment->read_index] = out->items;
            segment->item_sum += out->items;
            spool->item_sum += out->items;
        } else {
            spool->lost.own += out->items;
        }
    }
    out->segment = NULL;
    pthread_mutex_unlock(&spool->lock);
}
