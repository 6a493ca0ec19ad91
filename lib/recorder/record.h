/* SPDX-License-Identifier: Apache-2.0 */
/* How a record of any kind comes into the recorder: reserve, write, commit.
 *
 * A thread with a lane reserves room in its ring, encodes the record there and commits it.
 * Where the ring has no room, hae_record_overflow() decides: the record waits in slots, or
 * it is dropped. A thread without a lane writes into slots right away. A record in slots is
 * handed over as a whole. */
#ifndef HAETAE_RECORDER_RECORD_H
#define HAETAE_RECORDER_RECORD_H

#include "recorder/consumer.h"
#include "recorder/counts.h"
#include "recorder/lane.h"
#include "recorder/slot.h"

/* Room for one record body in the lane's ring, *ret_room bytes and at least `minimum`: no
 * more than a record may have. NULL: the ring has less. */
static inline uint8_t *hae_record_reserve(const struct hae_recorder *recorder,
                                          struct hae_lane *lane, size_t minimum, size_t *ret_room)
{
    size_t room;
    uint8_t *to = hae_ring_reserve(lane, recorder->ring_size_bytes, minimum, &room);

    *ret_room = room < recorder->record_size_max ? room : recorder->record_size_max;
    return to;
}

/* Makes what was written where hae_record_reserve() pointed a record. The caller wakes the
 * consumer afterwards, by hae_wake_if_filling(). */
static HAE_ALWAYS_INLINE void hae_record_commit(const struct hae_recorder *recorder,
                                                struct hae_lane *lane, uint32_t size_bytes,
                                                uint16_t scope, haetae_signal signal)
{
    /* Counted first: once published it may be drained, and more must never be drained
     * than was published. */
    hae_count_own(&lane->counts.published[signal]);
    hae_ring_publish(lane, recorder->ring_size_bytes, size_bytes, scope, (uint8_t)signal);
}

/* What becomes of a record for which the ring has no room: the consumer is late, and is
 * woken. True: the record may wait for it in slots, to be handed over by
 * hae_record_hand_over(). False: too many wait there already; it was dropped and counted. */
bool hae_record_overflow(struct hae_recorder *recorder, struct hae_lane *lane,
                         haetae_signal signal);

/* Hands over a record that lies in a chain of slots, whose first one names its signal and
 * scope, and wakes the consumer when many wait. The chain is no longer the caller's. */
void hae_record_hand_over(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index);

#endif
