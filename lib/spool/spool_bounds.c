/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/minmax.h"
#include "spool/spool_directory.h"

/* The items of an adopted segment that nobody has sent, as far as it can be read, but for those of
 * its first record when that is out. */
static uint64_t count_adopted(int directory, const struct hae_spool_segment *segment, bool is_out)
{
    int file = directory >= 0 ? hae_spool_open_segment(directory, segment, O_RDONLY) : -1;
    struct hae_segment_record record;
    uint64_t at = segment->read_at;
    uint64_t time_ms;
    uint64_t count = 0;

    if (file < 0) {
        return 0;
    }
    if (at != 0 || hae_segment_open(file, &at, &time_ms) == HAE_SEGMENT_FOUND) {
        while (hae_segment_look_on(file, &at, segment->end, &record) == HAE_SEGMENT_FOUND) {
            count += is_out ? 0 : record.item_count;
            is_out = false;
            at += hae_segment_record_size(record.size_bytes);
        }
    }
    close(file);
    return count;
}

void hae_spool_give_up(struct hae_spool *spool, struct hae_spool_segment *segment)
{
    if (segment->owner == spool->self) {
        spool->lost.own += segment->item_sum;
    } else {
        spool->lost.adopted +=
            count_adopted(hae_spool_directory(spool, &spool->directory, false), segment,
                          spool->out.is_out && spool->out.segment == segment);
    }
    hae_spool_drop_segment(spool, segment, false);
}

/* The oldest segment that can go; NULL: there is none. */
static struct hae_spool_segment *oldest_idle(const struct hae_spool *spool)
{
    struct hae_spool_segment *segment = spool->oldest;

    while (segment != NULL && segment->busy) {
        segment = segment->newer;
    }
    return segment;
}

bool hae_spool_make_room(struct hae_spool *spool, uint64_t wanted,
                         struct hae_spool_segment **ret_dropped)
{
    uint64_t other = hae_min(spool->other_bytes, spool->bytes_max);
    struct hae_spool_segment *oldest;

    if (wanted > spool->bytes_max - other) {
        return false; /* whatever went */
    }
    while (spool->used_bytes > spool->bytes_max - other - wanted) {
        oldest = oldest_idle(spool);
        if (oldest == NULL) {
            return false;
        }
        oldest->was_out = spool->out.is_out && spool->out.segment == oldest;
        spool->lost.full_count++;
        spool->lost.own += oldest->owner == spool->self ? oldest->item_sum : 0;
        hae_spool_detach(spool, oldest);
        oldest->newer = *ret_dropped;
        *ret_dropped = oldest;
    }
    return true;
}

void hae_spool_remove_dropped(struct hae_spool *spool, struct hae_spool_segment *dropped)
{
    int directory = hae_spool_directory(spool, &spool->write_directory, false);

    while (dropped != NULL) {
        struct hae_spool_segment *segment = dropped;
        /* Only this thread changes it. */
        bool is_own = segment->owner == spool->self;
        uint64_t adopted = is_own ? 0 : count_adopted(directory, segment, segment->was_out);
        bool is_removed = directory >= 0 && hae_spool_unlink_segment(directory, segment);
        int error = errno;

        dropped = segment->newer;
        pthread_mutex_lock(&spool->lock);
        spool->lost.adopted += adopted;
        if (!is_removed) {
            spool->looks_no_more = true;
            spool->lost.remove_error = error;
        }
        hae_spool_free_segment(spool, segment, is_removed);
        pthread_mutex_unlock(&spool->lock);
    }
}

/* Whether the directory can be opened now: what is dropped has to go. */
static bool can_remove(struct hae_spool *spool)
{
    return hae_spool_directory(spool, &spool->directory, false) >= 0 || errno == ENOENT;
}

void hae_spool_expire(struct hae_spool *spool, uint64_t now_ms)
{
    struct hae_spool_segment *segment;

    pthread_mutex_lock(&spool->lock);
    while ((segment = oldest_idle(spool)) != NULL && now_ms > spool->age_max_ms &&
           segment->time_ms < now_ms - spool->age_max_ms && can_remove(spool)) {
        spool->lost.old_count++;
        hae_spool_give_up(spool, segment);
    }
    pthread_mutex_unlock(&spool->lock);
}
