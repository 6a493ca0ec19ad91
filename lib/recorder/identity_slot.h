/* SPDX-License-Identifier: Apache-2.0 */
/* Open records that never become one for the consumer: only their identity counts, for others to
 * refer to. A lane keeps a few slots for them, so that one costs neither a list nor a locked
 * exchange. Its end only changes the slot's state. By that the lane's owner sees that the slot is
 * free; nobody else opens a record in it.
 *
 * The lane's owner ends such a record by an exchange without a lock, any other thread by one with
 * a lock. When both do at once, each writes the same state, which only the owner leaves. */
#ifndef HAETAE_RECORDER_IDENTITY_SLOT_H
#define HAETAE_RECORDER_IDENTITY_SLOT_H

#include "base/exchange.h"
#include "recorder/counts.h"
#include "recorder/handle.h"
#include "recorder/slot.h"

/* The state of such a record: its lane is in it. */
static inline uint64_t hae_identity_state(uint64_t generation_high, const struct hae_lane *lane)
{
    return (generation_high & ~(uint64_t)UINT32_MAX) |
           (uint64_t)(lane->index + 1u) << HAE_SLOT_LANE_SHIFT | HAE_SLOT_IDENTITY | HAE_SLOT_OPEN;
}

/* A slot of the caller's lane to open such a record in; 0: all are in use. *ret_new says whether it
 * was never used for one. */
static inline uint32_t hae_identity_slot(struct hae_recorder *recorder, struct hae_lane *lane,
                                         bool *ret_new)
{
    *ret_new = false;
    for (int i = 0; i < HAE_IDENTITY_SLOTS; i++) {
        uint32_t index = lane->identity_slots[i];

        if (HAE_UNLIKELY(index == 0)) {
            *ret_new = true;
            lane->identity_slots[i] = hae_slot_take(recorder, lane);
            return lane->identity_slots[i];
        }
        /* Acquire pairs with the release in hae_identity_close_other(): whoever ended the record
         * has read its words. */
        if (HAE_LIKELY(
                (atomic_load_explicit(&hae_slot_at(recorder, index)->state, memory_order_acquire) &
                 HAE_SLOT_OPEN) == 0)) {
            return index;
        }
    }
    return 0;
}

/* Opens the record in a slot that hae_identity_slot() gave, and whose identity the caller has
 * written. */
static inline uint64_t hae_identity_open(struct hae_recorder *recorder, struct hae_lane *lane,
                                         uint32_t index)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    /* Relaxed: nobody else changes the state of a slot that is not open. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    /* Release pairs with the acquire in hae_open_identify(). */
    atomic_store_explicit(&slot->state, hae_identity_state(state, lane), memory_order_release);
    hae_count_own(&lane->counts.opened);
    return hae_handle_new(state, recorder->index, index, false);
}

/* Ends such a record of the caller's own lane. False: the handle is of another record. */
static inline bool hae_identity_close_own(struct hae_recorder *recorder, struct hae_lane *lane,
                                          uint64_t handle)
{
    _Atomic uint64_t *state = &hae_slot_at(recorder, hae_handle_slot(handle))->state;
    uint64_t open = hae_identity_state(handle, lane);

    /* Relaxed. Another thread's end is of the same generation, and only this thread goes on to the
     * next one. */
    if (HAE_UNLIKELY(atomic_load_explicit(state, memory_order_relaxed) != open ||
                     !hae_exchange_own(state, open, ((handle >> 32) + 1) << 32))) {
        return false;
    }
    hae_count_own(&lane->counts.closed);
    return true;
}

/* The same for such a record of any lane; `lane` is the caller's own, or NULL. */
bool hae_identity_close_other(struct hae_recorder *recorder, struct hae_lane *lane,
                              uint64_t handle);

#endif
