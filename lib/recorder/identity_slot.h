/* SPDX-License-Identifier: Apache-2.0 */
/* Open records that never become one for the consumer: only their identity counts, for others to
 * refer to. A lane keeps a few slots for them, so that one costs neither a list nor a locked
 * exchange. Its end only changes the slot's state. By that the lane's owner sees that the slot is
 * free; nobody else opens a record in it.
 *
 * The lane's owner ends such a record by a load and a store, any other thread, and a signal handler
 * that interrupts the owner, by a locked exchange. When both do at once, each writes the same
 * state, which only the owner leaves; then the end counts twice. */
#ifndef HAETAE_RECORDER_IDENTITY_SLOT_H
#define HAETAE_RECORDER_IDENTITY_SLOT_H

#include "recorder/counts.h"
#include "recorder/handle.h"
#include "recorder/slot.h"

/* The state of such a record: its lane is in it. */
static inline uint64_t hae_identity_state(uint64_t generation_high, const struct hae_lane *lane)
{
    return (generation_high & ~(uint64_t)UINT32_MAX) |
           (uint64_t)(lane->index + 1u) << HAE_SLOT_LANE_SHIFT | HAE_SLOT_IDENTITY | HAE_SLOT_OPEN;
}

/* A slot of the caller's lane to open such a record in, which was used for one before. 0: none of
 * them is free, but hae_identity_slot_new() may have one. */
static inline uint32_t hae_identity_slot(struct hae_recorder *recorder, struct hae_lane *lane)
{
    for (int i = 0; i < HAE_IDENTITY_SLOTS; i++) {
        uint32_t index = lane->identity_slots[i];

        /* Acquire pairs with the release in hae_identity_close_other(): whoever ended the record
         * has read its words. */
        if (HAE_LIKELY(index != 0 && (atomic_load_explicit(&hae_slot_at(recorder, index)->state,
                                                           memory_order_acquire) &
                                      HAE_SLOT_OPEN) == 0)) {
            return index;
        }
    }
    return 0;
}

/* Takes a slot for such records of the caller's lane. 0: it has all that it may have, or there is
 * none left. */
uint32_t hae_identity_slot_new(struct hae_recorder *recorder, struct hae_lane *lane);

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

    /* Relaxed, and not in one step with the store. Another's end is of the same generation, and
     * only this thread goes on to the next one, outside of this call. */
    if (HAE_UNLIKELY(atomic_load_explicit(state, memory_order_relaxed) != open)) {
        return false;
    }
    /* Relaxed: whoever opens the slot again is this thread, or gets the lane from it. */
    atomic_store_explicit(state, ((handle >> 32) + 1) << 32, memory_order_relaxed);
    hae_count_own(&lane->counts.closed);
    return true;
}

/* The same for such a record of any lane; `lane` is the caller's own, or NULL. */
bool hae_identity_close_other(struct hae_recorder *recorder, struct hae_lane *lane,
                              uint64_t handle);

#endif
