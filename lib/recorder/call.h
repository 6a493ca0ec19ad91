/* SPDX-License-Identifier: Apache-2.0 */
/* A call that records.
 *
 * It is bracketed by hae_enter() and hae_leave(). In between it has its thread's
 * lane, or, where there is none (all lanes taken, or the call interrupted another
 * recording call of the same thread in a signal handler), it works on slots by themselves
 * and hands them over. */
#ifndef HAETAE_RECORDER_CALL_H
#define HAETAE_RECORDER_CALL_H

#include "recorder/counts.h"
#include "recorder/lane.h"
#include "recorder/life.h"
#include "recorder/resume.h"
#include "recorder/thread.h"

/* ---- Whether it may record --------------------------------------------------- */

/* Whether a recording call may go on. False: hae_count_rejected() counts the record. */
static inline bool hae_admits(struct hae_recorder *recorder)
{
    return HAE_LIKELY(hae_accepting(recorder)) || hae_recorder_resume(recorder);
}

/* The same without making it so, for calls that make a tracer, logger or instrument. Acquire
 * pairs with the release in reinit() of resume.c: a thread that makes one beside the first
 * record of a forked child sees its memory emptied. */
static inline bool hae_will_admit(const struct hae_recorder *recorder)
{
    return atomic_load_explicit(&recorder->accepting, memory_order_acquire) ||
           hae_recorder_may_resume(recorder);
}

/* ---- The call ---------------------------------------------------------------- */

static inline struct hae_entry hae_enter(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_entry entry = {NULL, HAE_HOLD_NESTED};

    /* Relaxed, and in hae_lane_begin() a fence for the compiler only: the other party is a
     * signal handler on this very thread. It must not see the lane half changed while busy
     * still reads 0. */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return entry;
    }
    hae_lane_begin();
    entry.hold = HAE_HOLD_OWN;
    entry.lane = attachment->lane;
    if (HAE_UNLIKELY(entry.lane == NULL ||
                     attachment->epoch !=
                         atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        entry = hae_thread_attach(recorder);
    }
    return entry;
}

/* The same for the usual case, in which the thread keeps a lane. NULL: it does not, or
 * this call interrupts another one; nothing was entered, hae_enter() knows what to do. */
static inline struct hae_lane *hae_enter_lane(struct hae_recorder *recorder)
{
    struct hae_attachment *attachment = &hae_thread.attachments[recorder->index];
    struct hae_lane *lane;

    /* Relaxed, as in hae_enter(). */
    if (HAE_UNLIKELY(atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) != 0)) {
        return NULL;
    }
    hae_lane_begin();
    lane = attachment->lane;
    if (HAE_LIKELY(lane != NULL &&
                   attachment->epoch ==
                       atomic_load_explicit(&recorder->epoch, memory_order_relaxed))) {
        return lane;
    }
    hae_lane_end();
    return NULL;
}

/* Ends what hae_enter_lane() began. */
static inline void hae_leave_lane(void)
{
    hae_lane_end();
}

static inline void hae_leave(struct hae_entry entry)
{
    if (HAE_LIKELY(entry.hold == HAE_HOLD_OWN)) {
        hae_leave_lane();
    } else if (entry.hold == HAE_HOLD_BORROWED) {
        hae_lane_return(entry.lane);
        hae_leave_lane();
    }
}

/* The next state of the generator for calls without a thread's own. */
static inline uint64_t hae_shared_random_state(struct hae_recorder *recorder)
{
    /* Relaxed: each addition gives another state, which is enough. */
    return atomic_fetch_add_explicit(&recorder->shared_random, UINT64_C(0x9E3779B97F4A7C15),
                                     memory_order_relaxed);
}

/* A random id that is not 0. */
static inline uint64_t hae_new_id(struct hae_recorder *recorder, struct hae_entry entry)
{
    if (HAE_LIKELY(entry.hold != HAE_HOLD_NESTED)) {
        return hae_random_id(&hae_thread.random.a);
    }
    uint64_t state = hae_shared_random_state(recorder);
    return hae_random_id(&state);
}

/* A random id of 128 bits: its halves come from generators whose states have nothing in common. */
static inline void hae_new_long_id(struct hae_recorder *recorder, struct hae_entry entry,
                                   uint64_t ret_id[2])
{
    if (HAE_LIKELY(entry.hold != HAE_HOLD_NESTED)) {
        ret_id[0] = hae_random_id(&hae_thread.random.b);
        ret_id[1] = hae_random_id(&hae_thread.random.a);
    } else {
        uint64_t state = hae_shared_random_state(recorder);
        uint64_t other = recorder->seed.a ^ state;

        ret_id[0] = hae_random_id(&other);
        ret_id[1] = hae_random_id(&state);
    }
}

#endif
