/* SPDX-License-Identifier: Apache-2.0 */
/* A call that records, and the thread that makes it.
 *
 * The call is bracketed by hae_enter() and hae_leave(). In between it has its thread's
 * lane, or, where there is none (all lanes taken, or the call interrupted another
 * recording call of the same thread in a signal handler), it works on slots by themselves
 * and hands them over. */
#ifndef HAE_RECORDER_CALL_H
#define HAE_RECORDER_CALL_H

#include "recorder/recorder.h"

/* ---- The calling thread ------------------------------------------------------ */

/* Room that lib/context has in each thread's block, so that one address leads to all that a
 * recording call needs of its thread. */
enum { HAE_THREAD_CONTEXT_BYTES = 48 };

/* What a thread remembers of one recorder. */
struct hae_attachment {
    struct hae_lane *lane; /* NULL: records without one             */
    uint32_t epoch;        /* of the recorder, when it was attached */
    uint16_t calls;        /* made without a lane, to try again     */
    uint16_t place;        /* the lane's index plus 1; 0 without it */
};

struct hae_thread {
    /* 1 while a recording call is under way: a signal handler that interrupts it
     * sees that the lane is in use. */
    _Atomic uint8_t busy;
    bool exiting; /* the thread has given its lanes back for good */
    bool seeded;
    struct hae_random random;
    _Alignas(8) uint8_t context[HAE_THREAD_CONTEXT_BYTES]; /* lib/context knows what lies there */
    struct hae_attachment attachments[HAE_RECORDERS_MAX];
};

extern _Thread_local struct hae_thread hae_thread HAE_NEAR_THREAD;

/* ---- The call ---------------------------------------------------------------- */

struct hae_entry {
    struct hae_lane *lane;
    bool nested; /* interrupts another recording call of this thread */
};

/* The slow part of hae_enter(): claims a lane, or finds that there is none. */
struct hae_lane *hae_thread_attach(struct hae_recorder *recorder);

static inline struct hae_entry hae_enter(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_entry entry = {NULL, true};

    /* Relaxed, and a fence for the compiler only: the other party is a signal
     * handler on this very thread. It must not see the lane half changed while
     * busy still reads 0. */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return entry;
    }
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    entry.nested = false;
    entry.lane = attachment->lane;
    if (HAE_UNLIKELY(entry.lane == NULL ||
                     attachment->epoch !=
                         atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        entry.lane = hae_thread_attach(recorder);
    }
    return entry;
}

/* The same for the usual case, in which the thread has its lane. NULL: it has not, or
 * this call interrupts another one; nothing was entered, hae_enter() knows what to do. */
static inline struct hae_lane *hae_enter_lane(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_lane *lane;

    /* Relaxed, and fences for the compiler only, as in hae_enter(). */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return NULL;
    }
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    lane = attachment->lane;
    if (HAE_LIKELY(lane != NULL &&
                   attachment->epoch ==
                       atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        return lane;
    }
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
    return NULL;
}

/* Ends what hae_enter_lane() began. */
static inline void hae_leave_lane(void)
{
    /* The counterpart of the fence in hae_enter_lane(). */
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
}

/* Bracket the use of what a recording call works with, as hae_enter() and hae_leave() do,
 * where it is not in use yet. */
static inline void hae_lane_begin(void)
{
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    /* For the compiler only: a signal handler on this thread sees `busy` first. */
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void hae_lane_end(void)
{
    hae_leave_lane();
}

static inline void hae_leave(struct hae_entry entry)
{
    if (HAE_LIKELY(!entry.nested)) {
        hae_leave_lane();
    }
}

void hae_count_dropped(struct hae_recorder *recorder, struct hae_entry entry, haetae_signal signal,
                       haetae_drop_reason reason);

/* The same outside of a recording call. */
void hae_count_dropped_now(struct hae_recorder *recorder, haetae_signal signal,
                           haetae_drop_reason reason);

void hae_count_misuse(struct hae_recorder *recorder, haetae_misuse cause);

/* A random id that is not 0. */
static inline uint64_t hae_new_id(struct hae_recorder *recorder, struct hae_entry entry)
{
    if (HAE_LIKELY(!entry.nested)) {
        return hae_random_id(&hae_thread.random.a);
    }
    /* Relaxed: each addition gives another state, which is all that is asked. */
    uint64_t state = atomic_fetch_add_explicit(&recorder->shared_random,
                                               UINT64_C(0x9E3779B97F4A7C15), memory_order_relaxed);
    return hae_random_id(&state);
}

/* ---- Whether it may record --------------------------------------------------- */

static inline bool hae_accepting(const struct hae_recorder *recorder)
{
    /* Relaxed: a call that runs beside the shutdown may fall on either side of it. */
    return atomic_load_explicit(&recorder->accepting, memory_order_relaxed);
}

/* The rare part of hae_admits(): true when this is a forked child's first record, and the
 * recorder has been made its own now. */
bool hae_recorder_resume(struct hae_recorder *recorder);

/* Whether a recording call may go on. False: hae_count_rejected() counts the record. */
static inline bool hae_admits(struct hae_recorder *recorder)
{
    return HAE_LIKELY(hae_accepting(recorder)) || hae_recorder_resume(recorder);
}

/* The same without making it so, for calls that make a tracer, logger or instrument. Acquire
 * pairs with the release in reinit() of fork.c: who makes one beside the first record of a
 * forked child sees its memory emptied. */
bool hae_recorder_may_resume(const struct hae_recorder *recorder);
static inline bool hae_will_admit(const struct hae_recorder *recorder)
{
    return atomic_load_explicit(&recorder->accepting, memory_order_acquire) ||
           hae_recorder_may_resume(recorder);
}
void hae_count_rejected(struct hae_recorder *recorder, haetae_signal signal);

/* In a forked child: starts the consumer, if that was not done yet. False: not now, this
 * may be a signal handler. */
bool hae_recorder_start_consumer(struct hae_recorder *recorder);

/* ---- Waking the consumer ------------------------------------------------------- */

/* Makes the consumer's descriptor readable, if it waits. Any thread. */
void hae_recorder_wake(struct hae_recorder *recorder);

/* The rare part of hae_wake_if_filling(): looks how far the consumer has come. */
void hae_wake_if_full(struct hae_recorder *recorder, struct hae_lane *lane);

/* Wakes the consumer when this lane's ring has passed half full. */
static inline void hae_wake_if_filling(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    if (HAE_UNLIKELY(tail - lane->cached_head > recorder->ring_size_bytes / 2)) {
        hae_wake_if_full(recorder, lane);
    }
}

/* Whether so many records wait in slots that the consumer should come. */
static inline bool hae_many_handed_over(const struct hae_recorder *recorder)
{
    /* Relaxed: a limit, not a balance. */
    return atomic_load_explicit(&recorder->region->handed_over_count, memory_order_relaxed) >
           recorder->slot_count / 4;
}

#endif
