/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: blocks of 512 bytes that hold open records, which are still growing, and records of
 * threads that have no lane. A slot that is full
 * goes on in further slots, its chain.
 *
 * A free slot is in the list of a lane, which only the lane's owner touches, or
 * in one shared list. Whoever frees a slot keeps it, up to a few, whoever took it
 * before: a slot is only memory, and going home would cost a shared list for
 * each lane, and strand slots in lanes that need none. */
#ifndef HAETAE_RECORDER_SLOT_H
#define HAETAE_RECORDER_SLOT_H

#include "recorder/state.h"

/* The slow parts of hae_slot_take() and hae_slot_give(), on the shared list: a slot, or 0
 * when there is none (or, to stay bounded, after many lost races); and back. */
uint32_t hae_slot_take_shared(struct hae_recorder *recorder);
void hae_slot_give_shared(struct hae_recorder *recorder, uint32_t index);

/* Takes a free slot; 0 when there is none. `lane` is the caller's own, or NULL. */
static inline uint32_t hae_slot_take(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint32_t index = lane != NULL ? lane->free_slots : 0;
    struct hae_slot *slot = hae_slot_at(recorder, index);

    if (HAE_LIKELY(index != 0)) {
        /* Relaxed: the list is this thread's own. */
        lane->free_slots = atomic_load_explicit(&slot->next, memory_order_relaxed);
        lane->free_slot_count--;
    } else {
        index = hae_slot_take_shared(recorder);
        if (index == 0) {
            return 0;
        }
        slot = hae_slot_at(recorder, index);
    }
    slot->chain = 0;
    slot->used = 0;
    return index;
}

/* Gives back a slot. The caller is its only user. */
static inline void hae_slot_give(struct hae_recorder *recorder, struct hae_lane *lane,
                                 uint32_t index)
{
    if (HAE_LIKELY(lane != NULL && lane->free_slot_count < recorder->slots_kept_max)) {
        /* Relaxed: the list is this thread's own. */
        atomic_store_explicit(&hae_slot_at(recorder, index)->next, lane->free_slots,
                              memory_order_relaxed);
        lane->free_slots = index;
        lane->free_slot_count++;
        return;
    }
    hae_slot_give_shared(recorder, index);
}

/* The same with a whole chain; `index` is not 0. */
static inline void hae_slot_give_chain(struct hae_recorder *recorder, struct hae_lane *lane,
                                       uint32_t index)
{
    do {
        uint32_t next = hae_slot_at(recorder, index)->chain;

        hae_slot_give(recorder, lane, index);
        index = next;
    } while (HAE_UNLIKELY(index != 0));
}

/* Gives all free slots of a lane to the shared list; the caller owns the lane. */
void hae_slot_give_all(struct hae_recorder *recorder, struct hae_lane *lane);

/* The number of slots in a chain, within bounds whatever its links say. */
uint32_t hae_slot_chain_length(const struct hae_recorder *recorder, uint32_t index);

/* Hands a chain over to the consumer, as one record. False (and the chain is
 * still the caller's) only after many lost races. */
bool hae_slot_hand_over(struct hae_recorder *recorder, uint32_t index);

/* Names the place of a record in slots: each use of a slot is another place. */
static inline uint64_t hae_slot_place(const struct hae_slot *slot, uint32_t index)
{
    /* Relaxed: the caller has the slot to itself. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    return (state & ~(uint64_t)UINT32_MAX) | index;
}

/* Ends a use of a slot that the caller has to itself, with what comes next in the state's
 * low half: handles and places of that use are stale. */
static inline void hae_slot_next_use(struct hae_slot *slot, uint32_t low)
{
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    /* Release pairs with the acquire loads in hae_open_identify() and
     * hae_open_acquire(): the old handle is stale before the slot is used again. */
    atomic_store_explicit(&slot->state, ((state >> 32) + 1) << 32 | low, memory_order_release);
}

/* The consumer takes all that was handed over: the first, linked by `next`, in
 * the order in which it was handed over; 0 when there is nothing. */
uint32_t hae_slot_take_handed_over(struct hae_recorder *recorder);

#endif
