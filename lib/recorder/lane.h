/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: what a recording call has to itself. A ring of records, a list of
 * free slots, counters. Undrained records stay in the ring for the consumer, and the
 * next owner goes on where the last one stopped.
 *
 * A thread claims a lane at its first record, if one of the first lanes is free, or when it records
 * often, and hands it back at its exit. Others borrow a lane for each call: some lanes are kept for
 * that, so many that there is one for each CPU, if possible. A lane that is lent is mostly one that
 * the last call on this CPU had, so it is in the CPU's cache.
 *
 * The ring is a single-producer, single-consumer queue of bytes. Positions count
 * up for ever; a record lies in one piece, so a filler record may close the end
 * of the memory. */
#ifndef HAETAE_RECORDER_LANE_H
#define HAETAE_RECORDER_LANE_H

#include "base/bytes.h"
#include "recorder/state.h"

/* Claims a lane without an owner whose index is below `end`, but none of those that are lent.
 * NULL: each has one. Lock-free. */
struct hae_lane *hae_lane_claim(struct hae_recorder *recorder, uint32_t end);

/* Hands a lane back. The caller owned it, and is done with it. */
void hae_lane_hand_back(struct hae_recorder *recorder, struct hae_lane *lane);

/* Borrows a lane for one call; NULL: all of them are lent at this moment. It looks at the lane of
 * this CPU first, or at the one that `hint` gives. Bounded, and no thread waits for another. */
struct hae_lane *hae_lane_borrow(struct hae_recorder *recorder, uint32_t hint);

/* Gives a borrowed lane back. */
static inline void hae_lane_return(struct hae_lane *lane)
{
    /* Release pairs with the acquire in hae_lane_borrow(): the next call sees the lane as this one
     * leaves it. */
    atomic_store_explicit(&lane->borrowed, 0, memory_order_release);
}

/* The slow part of hae_ring_reserve(): reads how far the consumer has come, and continues at
 * the start of the memory when its end is too short. */
uint8_t *hae_ring_make_room(struct hae_lane *lane, uint64_t ring_size, size_t minimum,
                            size_t *ret_room);

/* The free bytes from `tail` on, as far as they lie in one piece. */
static inline uint64_t hae_ring_room(const struct hae_lane *lane, uint64_t ring_size, uint64_t tail)
{
    uint64_t free_bytes = ring_size - (tail - lane->cached_head);
    uint64_t to_end = ring_size - (tail & (ring_size - 1));

    return free_bytes < to_end ? free_bytes : to_end;
}

/* The contiguous room for one record body, with its header already passed over:
 * NULL when there is less than `minimum`. *ret_room is how much there is. */
static inline uint8_t *hae_ring_reserve(struct hae_lane *lane, uint64_t ring_size, size_t minimum,
                                        size_t *ret_room)
{
    /* Relaxed: this thread is the only writer of tail. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    uint64_t room = hae_ring_room(lane, ring_size, tail);

    if (HAE_LIKELY(room >= sizeof(struct hae_record_header) + hae_align8(minimum))) {
        *ret_room = (size_t)(room - sizeof(struct hae_record_header));
        return &lane->ring[tail & (ring_size - 1)] + sizeof(struct hae_record_header);
    }
    return hae_ring_make_room(lane, ring_size, minimum, ret_room);
}

/* The same for a caller that needs no more than `minimum`. */
static inline uint8_t *hae_ring_reserve_only(struct hae_lane *lane, uint64_t ring_size,
                                             size_t minimum)
{
    /* Relaxed: this thread is the only writer of tail. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    uint64_t at = tail & (ring_size - 1);
    uint64_t size = sizeof(struct hae_record_header) + hae_align8(minimum);
    size_t room;

    if (HAE_LIKELY(ring_size - (tail - lane->cached_head) >= size && ring_size - at >= size)) {
        return &lane->ring[at] + sizeof(struct hae_record_header);
    }
    return hae_ring_make_room(lane, ring_size, minimum, &room);
}

/* Publishes a record of `size` bytes, which were written where the last
 * hae_ring_reserve() pointed. */
static inline void hae_ring_publish(struct hae_lane *lane, uint64_t ring_size, uint32_t size,
                                    uint16_t scope, uint8_t signal)
{
    /* Relaxed: this thread is the only writer of tail. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    struct hae_record_header header = {size, scope, signal, 0};

    memcpy(&lane->ring[tail & (ring_size - 1)], &header, sizeof header);
    /* Release pairs with the acquire in drain_lane(): a consumer
     * that sees the new tail sees every byte below it. */
    atomic_store_explicit(&lane->tail, tail + sizeof header + hae_align8(size),
                          memory_order_release);
}

#endif
