/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/lane.h"

#include "base/cpu.h"

/* Raises lanes_touched to `count`, so that the consumer looks at this lane. */
static void note_touched(struct hae_region *region, uint32_t count)
{
    uint32_t seen = atomic_load_explicit(&region->lanes_touched, memory_order_acquire);

    /* Each failed exchange raised the count, which has an end. Release pairs with the acquires
     * of threads that walk over the lanes: they see the index, which a forked child copies. Acquire
     * pairs with the release in look_at() of lib/metrics/unused.c: calls of a lane that was not
     * looked at see what was done before. */
    while (seen < count &&
           !atomic_compare_exchange_weak_explicit(&region->lanes_touched, &seen, count,
                                                  memory_order_acq_rel, memory_order_acquire)) {
    }
}

/* Makes the lane that was just claimed known to the consumer. */
static struct hae_lane *claimed(struct hae_recorder *recorder, uint32_t index)
{
    struct hae_lane *lane = hae_lane_at(recorder, index);

    lane->index = (uint16_t)index;
    /* No call is under way, also when the last owner left one by longjmp(). An exchange: what comes
     * after it sees what the worker did before it looked, as in hae_unused_enter() of lib/metrics,
     * with which acquire and release pair. */
    (void)atomic_exchange_explicit(&lane->calls, 0, memory_order_acq_rel);
    note_touched(recorder->region, index + 1);
    return lane;
}

/* The bits of the lanes from `begin` up to `end` in a word of the bit set. */
static uint64_t bits_between(uint32_t word, uint32_t begin, uint32_t end)
{
    uint32_t first = word * 64;
    uint64_t below_end = end <= first        ? 0
                         : end >= first + 64 ? UINT64_MAX
                                             : (UINT64_C(1) << (end - first)) - 1;
    uint64_t below_begin = begin <= first        ? 0
                           : begin >= first + 64 ? UINT64_MAX
                                                 : (UINT64_C(1) << (begin - first)) - 1;

    return below_end & ~below_begin;
}

struct hae_lane *hae_lane_claim(struct hae_recorder *recorder, uint32_t end)
{
    uint32_t lent = recorder->first_lent_lane;

    for (uint32_t word = 0; word * 64 < end; word++) {
        _Atomic uint64_t *owned = &recorder->region->lanes_owned[word];
        uint64_t all = bits_between(word, 0, end) &
                       ~bits_between(word, lent, lent + recorder->lent_lane_count);
        uint64_t seen = atomic_load_explicit(owned, memory_order_relaxed);

        /* A failed exchange means that another thread claimed or handed back, and at
         * most all lanes of this word can be claimed before we see it full. */
        for (int tries = 0; tries < 1000 && (seen & all) != all; tries++) {
            uint32_t bit = (uint32_t)__builtin_ctzll(~seen & all);

            /* Acquire pairs with the release in hae_lane_hand_back(): the new owner
             * sees tail, free list and counters as the last owner left them. */
            if (atomic_compare_exchange_weak_explicit(owned, &seen, seen | UINT64_C(1) << bit,
                                                      memory_order_acquire, memory_order_relaxed)) {
                return claimed(recorder, word * 64 + bit);
            }
        }
    }
    return NULL;
}

void hae_lane_hand_back(struct hae_recorder *recorder, struct hae_lane *lane)
{
    /* Release pairs with the acquire in hae_lane_claim(). */
    atomic_fetch_and_explicit(&recorder->region->lanes_owned[lane->index / 64],
                              ~(UINT64_C(1) << (lane->index % 64)), memory_order_release);
}

struct hae_lane *hae_lane_borrow(struct hae_recorder *recorder, uint32_t hint)
{
    uint32_t count = recorder->lent_lane_count;
    int32_t cpu = hae_cpu_number();
    uint32_t first = cpu >= 0 ? (uint32_t)cpu : hint;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = recorder->first_lent_lane + (first + i) % count;
        struct hae_lane *lane = hae_lane_at(recorder, index);
        uint32_t none = 0;

        /* Acquire pairs with the release in hae_lane_return(): this call sees tail, free list,
         * counters and cells as the last one left them. */
        if (atomic_compare_exchange_strong_explicit(&lane->borrowed, &none, 1, memory_order_acquire,
                                                    memory_order_relaxed)) {
            /* No lane that is lent has the index 0, so it is this one since its first use. */
            return HAE_LIKELY(lane->index == index) ? lane : claimed(recorder, index);
        }
    }
    return NULL;
}

/* Reads how far the consumer has come. */
static uint64_t refresh_head(struct hae_lane *lane)
{
    /* Acquire pairs with the release in drain_lane(): bytes below the head have
     * been read, so they may be overwritten. */
    lane->cached_head = atomic_load_explicit(&lane->head, memory_order_acquire);
    return lane->cached_head;
}

/* Closes the end of the memory with a filler, so that the next record begins at
 * its start; false when the end is not free yet. */
static bool fill_up(struct hae_lane *lane, uint64_t ring_size, uint64_t tail)
{
    uint64_t to_end = ring_size - (tail & (ring_size - 1));

    if (hae_ring_room(lane, ring_size, tail) < to_end) {
        return false;
    }
    hae_ring_publish(lane, ring_size, (uint32_t)(to_end - sizeof(struct hae_record_header)), 0,
                     HAE_RECORD_FILLER);
    return true;
}

uint8_t *hae_ring_make_room(struct hae_lane *lane, uint64_t ring_size, size_t minimum,
                            size_t *ret_room)
{
    uint64_t needed = sizeof(struct hae_record_header) + hae_align8(minimum);

    *ret_room = 0;
    refresh_head(lane);
    for (int step = 0; step < 2; step++) {
        /* Relaxed: this thread is the only writer of tail. */
        uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
        uint64_t room = hae_ring_room(lane, ring_size, tail);

        if (room >= needed) {
            *ret_room = (size_t)(room - sizeof(struct hae_record_header));
            return &lane->ring[tail & (ring_size - 1)] + sizeof(struct hae_record_header);
        }
        if (step == 0 && !fill_up(lane, ring_size, tail)) {
            return NULL;
        }
    }
    return NULL;
}
