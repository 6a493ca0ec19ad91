/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/drain.h"

#include <string.h>

#include "recorder/chain.h"
#include "recorder/counts.h"
#include "recorder/life.h"

/* Bytes of a lane after which its head is moved on, so that a producer that waits
 * for room gets it before the whole ring is read. */
enum { HEAD_STEP = 16 * 1024 };

static void count_drained(struct hae_lane *lane, haetae_signal signal)
{
    hae_count_own(&lane->drained[signal]);
}

static bool drain_lane(struct hae_recorder *recorder, uint32_t index, hae_record_callback take,
                       void *user)
{
    struct hae_lane *lane = hae_lane_at(recorder, index);
    /* Relaxed: the consumer is the only writer of head. */
    uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    /* Acquire pairs with the release in hae_ring_publish(): all bytes below the
     * tail are there. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_acquire);
    uint64_t published_head = head;
    /* In a file each record leaves by itself: its journal keeps it from then on. */
    uint64_t step = recorder->file != NULL ? 0 : HEAD_STEP;
    bool taken = true;

    while (head != tail) {
        uint8_t *at = &lane->ring[head & (recorder->ring_size_bytes - 1)];
        struct hae_record_header header;

        memcpy(&header, at, sizeof header);
        if (header.signal != HAE_RECORD_FILLER) {
            struct hae_record record = {
                (haetae_signal)header.signal,
                header.scope,
                header.size_bytes,
                at + sizeof header,
                index,
                head + sizeof header + hae_align8(header.size_bytes),
            };

            taken = take(user, &record);
            if (!taken) {
                break;
            }
            count_drained(lane, record.signal);
        }
        head += sizeof header + hae_align8(header.size_bytes);
        if (head - published_head >= step) {
            /* Release pairs with the acquire in refresh_head() of lane.c: the
             * producer overwrites these bytes only after we have read them. */
            atomic_store_explicit(&lane->head, head, memory_order_release);
            published_head = head;
        }
    }
    atomic_store_explicit(&lane->head, head, memory_order_release);
    return taken;
}

/* Encodes the record in a chain that was handed over; returns the size. */
static uint32_t encode_chain(struct hae_recorder *recorder, uint32_t index, uint8_t *to)
{
    const struct hae_record_kind *kind = &recorder->kinds[hae_slot_at(recorder, index)->signal];

    return kind->encode != NULL ? kind->encode(recorder, index, to)
                                : (uint32_t)(hae_chain_gather(recorder, index, 0, to) - to);
}

static bool drain_pending(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    struct hae_region *region = recorder->region;

    while (recorder->pending != 0) {
        uint32_t index = recorder->pending;
        struct hae_slot *slot = hae_slot_at(recorder, index);
        struct hae_record record = {
            (haetae_signal)slot->signal, (uint16_t)slot->scope, 0,
            recorder->scratch,           HAE_SOURCE_SLOTS,      hae_slot_place(slot, index)};

        record.size_bytes = encode_chain(recorder, index, recorder->scratch);
        if (!take(user, &record)) {
            return false;
        }
        recorder->pending = atomic_load_explicit(&slot->next, memory_order_relaxed);
        hae_count_shared(&region->shared_drained[record.signal]);
        atomic_fetch_sub_explicit(&region->handed_over_count, 1, memory_order_relaxed);
        /* After it was taken, so that at any moment it is somewhere. */
        hae_slot_next_use(slot, 0);
        hae_slot_give_chain(recorder, NULL, index);
    }
    return true;
}

/* Offers what is left of the last drain, then what was handed over since. */
static bool drain_handed_over(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    if (!drain_pending(recorder, take, user)) {
        return false;
    }
    recorder->pending = hae_slot_take_handed_over(recorder);
    return drain_pending(recorder, take, user);
}

bool hae_recorder_drain(struct hae_recorder *recorder, hae_record_callback take, void *user)
{
    /* Acquire, here and below, pairs with the release in note_touched() of lane.c. */
    uint32_t lanes = atomic_load_explicit(&recorder->region->lanes_touched, memory_order_acquire);
    uint32_t first = recorder->next_source;

    /* Not always from the first lane: when each drain is refused after a while, a
     * busy lane would keep the others waiting until they are full. */
    for (uint32_t i = 0; i <= lanes; i++) {
        uint32_t source = (first + i) % (lanes + 1);

        if (source < lanes ? !drain_lane(recorder, source, take, user)
                           : !drain_handed_over(recorder, take, user)) {
            recorder->next_source = source + 1;
            return false;
        }
    }
    return true;
}

void hae_recorder_drained(struct hae_recorder *recorder, uint64_t ret_counts[HAETAE_SIGNAL_COUNT])
{
    struct hae_region *region = recorder->region;
    uint32_t lanes;

    if (hae_recorder_untouched(recorder)) {
        memset(ret_counts, 0, HAETAE_SIGNAL_COUNT * sizeof *ret_counts);
        return;
    }
    lanes = atomic_load_explicit(&region->lanes_touched, memory_order_acquire);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        ret_counts[signal] =
            atomic_load_explicit(&region->shared_drained[signal], memory_order_relaxed);
        for (uint32_t i = 0; i < lanes; i++) {
            ret_counts[signal] += atomic_load_explicit(&hae_lane_at(recorder, i)->drained[signal],
                                                       memory_order_relaxed);
        }
    }
}

bool hae_recorder_is_empty(struct hae_recorder *recorder)
{
    struct hae_region *region = recorder->region;
    uint32_t lanes = atomic_load_explicit(&region->lanes_touched, memory_order_acquire);

    for (uint32_t i = 0; i < lanes; i++) {
        const struct hae_lane *lane = hae_lane_at(recorder, i);

        /* Relaxed, here and below: a picture of this moment. */
        if (atomic_load_explicit(&lane->tail, memory_order_relaxed) !=
            atomic_load_explicit(&lane->head, memory_order_relaxed)) {
            return false;
        }
    }
    return recorder->pending == 0 &&
           atomic_load_explicit(&region->handed_over, memory_order_relaxed) == 0;
}
