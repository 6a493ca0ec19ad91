/* SPDX-License-Identifier: Apache-2.0 */
/* An open record: one that grows in slots, found by a handle, until it ends and becomes a record
 * like others. The layer that opens it knows what its bytes mean; this module decides which
 * thread may change it, and sees to it that it ends once.
 *
 * A thread that changes an open record acquires it, and releases it afterwards. Another thread
 * waits for a bounded moment only. An end that finds the record acquired is left to the thread
 * that has it, with its time; that one ends it when it releases, through hae_record_kind.end.
 *
 * Whoever ends a record has it to itself (hae_open_begin_end(), or hae_record_kind.end), and
 * closes it by one of hae_open_commit(), hae_open_overflow(), hae_open_hand_over() and
 * hae_open_discard(). */
#ifndef HAETAE_RECORDER_OPEN_RECORD_H
#define HAETAE_RECORDER_OPEN_RECORD_H

#include "recorder/handle.h"
#include "recorder/record.h"

/* The state of an open record that nobody is changing. */
static inline uint64_t hae_open_state(uint64_t handle)
{
    return (handle & ~(uint64_t)UINT32_MAX) | HAE_SLOT_OPEN;
}

/* ---- Opening ------------------------------------------------------------------------ */

/* Opens the record in a slot, which the caller has filled, and returns its handle. `lane` is the
 * caller's own, or NULL. */
static HAE_ALWAYS_INLINE uint64_t hae_open_publish(struct hae_recorder *recorder,
                                                   struct hae_lane *lane, uint32_t index,
                                                   bool recording)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    /* Relaxed: nobody else changes the state of a slot that is not open. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
    uint64_t handle = hae_handle_new(state, recorder->index, index, recording);

    /* Release pairs with the acquire in hae_open_acquire() and in hae_open_identify(): a thread
     * that is given the handle sees the record as it was filled. */
    atomic_store_explicit(&slot->state, hae_open_state(handle), memory_order_release);
    if (HAE_LIKELY(lane != NULL)) {
        hae_count_own(&lane->counts.opened);
    } else {
        hae_count_shared(&recorder->region->shared.opened);
    }
    return handle;
}

/* Copies what identifies an open record. False, and the words mean nothing: the handle is
 * stale. */
bool hae_open_identify(uint64_t handle, uint64_t ret_identity[HAE_IDENTITY_WORDS]);

/* ---- Changing ----------------------------------------------------------------------- */

/* The rare part of hae_open_acquire(): the record was not free at once. */
bool hae_open_acquire_contended(struct hae_slot *slot, uint64_t open, bool *ret_contended);

/* Gets the right to change an open record: its first slot is returned, or 0 when the handle is
 * stale (*ret_contended false) or other threads held it all through a bounded wait (true). */
static inline uint32_t hae_open_acquire(struct hae_recorder *recorder, uint64_t handle,
                                        bool *ret_contended)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(handle));
    uint64_t open = hae_open_state(handle);
    uint64_t seen = open;

    /* Acquire pairs with the release in hae_open_release(): we see what the last thread that
     * changed the record wrote. */
    if (HAE_UNLIKELY(
            !atomic_compare_exchange_strong_explicit(&slot->state, &seen, open | HAE_SLOT_BUSY,
                                                     memory_order_acquire, memory_order_relaxed)) &&
        !hae_open_acquire_contended(slot, open, ret_contended)) {
        return 0;
    }
    return hae_handle_slot(handle);
}

/* The rare part of hae_open_release(): ends the record as somebody asked. */
void hae_open_end_asked(struct hae_recorder *recorder, uint64_t handle);

/* Gives the right back. Ends the record when that was asked for meanwhile. */
static inline void hae_open_release(struct hae_recorder *recorder, uint64_t handle)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(handle));
    uint64_t open = hae_open_state(handle);
    uint64_t seen = open | HAE_SLOT_BUSY;

    /* Release pairs with the acquire in hae_open_acquire(). On failure somebody has
     * asked for the end: acquire pairs with the release in ask_to_end(), when the time
     * is there already. */
    if (HAE_UNLIKELY(!atomic_compare_exchange_strong_explicit(
            &slot->state, &seen, open, memory_order_release, memory_order_acquire))) {
        hae_open_end_asked(recorder, handle);
    }
}

/* ---- Ending ------------------------------------------------------------------------- */

/* The rare part of hae_open_begin_end(), the state was `seen`. Returns the time of the end, by now;
 * 0: the record is not the caller's to end. */
uint64_t hae_open_begin_end_contended(struct hae_recorder *recorder, uint64_t handle, uint64_t seen,
                                      uint64_t end_unix_ns);

/* Takes an open record to end it, if nobody is changing it at this moment. False: somebody is, or
 * the handle is stale, and *ret_seen is the state. */
static HAE_ALWAYS_INLINE bool hae_open_try_begin_end(struct hae_recorder *recorder, uint64_t handle,
                                                     uint64_t *ret_seen)
{
    *ret_seen = hae_open_state(handle);
    /* Acquire, as in hae_open_acquire(). */
    return HAE_LIKELY(atomic_compare_exchange_strong_explicit(
        &hae_slot_at(recorder, hae_handle_slot(handle))->state, ret_seen,
        *ret_seen | HAE_SLOT_BUSY | HAE_SLOT_END, memory_order_acquire, memory_order_relaxed));
}

/* Takes an open record to end it, as of *end_unix_ns (0: now). False: it is another thread's to
 * end, or the handle is stale, which is counted. *end_unix_ns may become a time. */
static HAE_ALWAYS_INLINE bool hae_open_begin_end(struct hae_recorder *recorder, uint64_t handle,
                                                 uint64_t *end_unix_ns)
{
    uint64_t seen;

    if (HAE_UNLIKELY(!hae_open_try_begin_end(recorder, handle, &seen))) {
        *end_unix_ns = hae_open_begin_end_contended(recorder, handle, seen, *end_unix_ns);
        return *end_unix_ns != 0;
    }
    return true;
}

/* Counts an open record that is about to be closed. `lane` is the caller's own, or NULL. */
static inline void hae_open_count_closed(struct hae_recorder *recorder, struct hae_lane *lane)
{
    if (HAE_LIKELY(lane != NULL)) {
        hae_count_own(&lane->counts.closed);
    } else {
        hae_count_shared(&recorder->region->shared.closed);
    }
}

/* For whoever reads the region of a dead process: relaxed, and fences for the compiler, which
 * keep the order of the program. A thread is killed between two instructions. */
static inline void hae_open_note_ending(struct hae_lane *lane, uint32_t index)
{
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    atomic_store_explicit(&lane->ending, tail << HAE_ENDING_TAIL_SHIFT | index,
                          memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void hae_open_forget_ending(struct hae_lane *lane)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&lane->ending, 0, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

/* Commits what the caller has encoded where hae_record_reserve() pointed, and closes the open
 * record: at each instruction at which the process may be killed it is one or the other. */
static HAE_ALWAYS_INLINE void hae_open_commit(struct hae_recorder *recorder, struct hae_lane *lane,
                                              uint32_t index, uint32_t size_bytes,
                                              haetae_signal signal)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);

    hae_open_note_ending(lane, index);
    hae_record_commit(recorder, lane, size_bytes, (uint16_t)slot->scope, signal);
    hae_slot_next_use(slot, 0);
    hae_open_forget_ending(lane);
    hae_slot_give_chain(recorder, lane, index);
    hae_wake_if_filling(recorder, lane);
}

/* Closes an open record that becomes no record. `lane` is the caller's own, or NULL. */
void hae_open_discard(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index);

/* Leaves an ended record to the consumer in its slots: for a thread without a lane, or a lane
 * without room. hae_record_kind.encode finds end_unix_ns in the slot. */
void hae_open_hand_over(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index,
                        uint64_t end_unix_ns);

/* The lane's ring has no room for the record: hands it over, or drops it, counted, where too many
 * wait already. */
void hae_open_overflow(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index,
                       uint64_t end_unix_ns);

#endif
