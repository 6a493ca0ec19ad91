/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: blocks of 512 bytes that hold what is still growing (a span between
 * start and end), and records of threads that have no lane. A slot that is full
 * goes on in further slots, its chain.
 *
 * A free slot is in the list of a lane, which only the lane's owner touches, or
 * in one shared list. Whoever frees a slot keeps it, up to a few, whoever took it
 * before: a slot is only memory, and going home would cost a shared list for
 * each lane, and strand slots in lanes that need none. */
#ifndef HAE_RECORDER_SLOT_H
#define HAE_RECORDER_SLOT_H

#include "recorder/region.h"

enum {
    HAE_SLOT_SIZE = 512,
    HAE_SLOT_INDEX_MAX = 0xFFFFFF, /* what a span handle has room for */
    HAE_SLOT_KEPT_MAX = 64         /* free slots a lane keeps to itself, at most */
};

/* hae_slot.state: the generation of the slot's use in the high half, these in
 * the low half. */
enum {
    HAE_SLOT_OPEN = 1,   /* a span that has not ended                         */
    HAE_SLOT_BUSY = 2,   /* one thread is changing it                         */
    HAE_SLOT_END = 4,    /* nobody else gets it: it ends                      */
    HAE_SLOT_TIMED = 8,  /* end_unix_ns is set: who is changing it may end it */
    HAE_SLOT_RECORD = 16 /* not open: a record for the consumer             */
};

/* What identifies a span. Constant while it is open, read by threads that hold a handle,
 * or held one: nothing else is ever written here. */
struct hae_span_ids {
    _Atomic uint64_t trace_id[2];
    _Atomic uint64_t span_id;
    _Atomic uint64_t flags; /* trace_flags | HAE_SPAN_… */
};

struct hae_slot {
    _Atomic uint64_t state;
    _Atomic uint32_t next; /* in a list of free or handed-over slots */
    uint32_t chain;        /* the slot that this one goes on in, or 0 */
    uint32_t scope;
    uint16_t used; /* bytes of data */
    uint8_t signal;
    uint8_t reserved;
    /* Of a span that waits to become a record, and with HAE_SLOT_TIMED: when it ended.
     * Written by who has made the state say so. */
    _Atomic uint64_t end_unix_ns;
    struct hae_span_ids ids;
    uint8_t data[HAE_SLOT_SIZE - 64];
};
_Static_assert(sizeof(struct hae_slot) == HAE_SLOT_SIZE, "slots tile the region");

struct hae_recorder;
struct hae_lane;

/* hae_slot_take(), hae_slot_give() and hae_slot_give_chain() are in recorder.h: they
 * want to be inline. These are their slow parts, on the shared list: a slot, or 0
 * when there is none (or, to stay bounded, after many lost races); and back. */
uint32_t hae_slot_take_shared(struct hae_recorder *recorder);
void hae_slot_give_shared(struct hae_recorder *recorder, uint32_t index);

/* Gives all free slots of a lane to the shared list; the caller owns the lane. */
void hae_slot_give_all(struct hae_recorder *recorder, struct hae_lane *lane);

/* Hands a chain over to the consumer, as one record. False (and the chain is
 * still the caller's) only after many lost races. */
bool hae_slot_hand_over(struct hae_recorder *recorder, uint32_t index);

/* Where a record in slots is: each use of a slot is another place. */
static inline uint64_t hae_slot_place(const struct hae_slot *slot, uint32_t index)
{
    /* Relaxed: asked by who has the slot to himself. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    return (state & ~(uint64_t)UINT32_MAX) | index;
}

/* Ends a use of a slot that the caller has to itself, with what comes next in the state's
 * low half: handles and places of that use are spent. */
static inline void hae_slot_next_use(struct hae_slot *slot, uint32_t low)
{
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);

    /* Release pairs with the acquire loads in hae_span_identify() and
     * hae_span_acquire(): the old handle is spent before the slot is used again. */
    atomic_store_explicit(&slot->state, ((state >> 32) + 1) << 32 | low, memory_order_release);
}

/* The consumer takes all that was handed over: the first, linked by `next`, in
 * the order in which it was handed over; 0 when there is nothing. */
uint32_t hae_slot_take_handed_over(struct hae_recorder *recorder);

#endif
