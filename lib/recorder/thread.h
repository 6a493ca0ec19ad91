/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorders remember of a thread: the lane that it keeps in each of them, if it keeps
 * one. */
#ifndef HAETAE_RECORDER_THREAD_H
#define HAETAE_RECORDER_THREAD_H

#include "haetae/status.h"
#include "recorder/state.h"

/* Room that lib/context has in each thread's block, so that one address leads to all that a
 * recording call needs of its thread. */
enum { HAE_THREAD_CONTEXT_BYTES = 56 };

/* What a thread remembers of one recorder. */
struct hae_attachment {
    struct hae_lane *lane; /* NULL: records without one             */
    uint32_t epoch;        /* of the recorder, when it was attached */
    uint16_t calls;        /* made without a lane, to try again     */
    uint16_t place;        /* the lane's index plus 1; 0 without it */
};

/* Whose the lane of a recording call is. */
enum hae_hold {
    HAE_HOLD_OWN,      /* the thread's own, which it keeps; or it got none at all */
    HAE_HOLD_BORROWED, /* borrowed for this call                                  */
    HAE_HOLD_NESTED    /* none: it interrupts another recording call of this thread */
};

/* What a recording call works with. */
struct hae_entry {
    struct hae_lane *lane; /* NULL: there is none */
    enum hae_hold hold;
};

struct hae_thread {
    /* 1 while a recording call is under way: a signal handler that interrupts it
     * sees that the lane is in use. */
    _Atomic uint8_t busy;
    bool exiting; /* the thread has given its lanes back for good */
    bool seeded;
    bool shown; /* its context, to profilers: lib/context/thread_record.h */
    struct hae_random random;
    _Alignas(8) uint8_t context[HAE_THREAD_CONTEXT_BYTES]; /* lib/context knows what lies there */
    struct hae_attachment attachments[HAE_RECORDERS_MAX];
    /* For each recorder: when the thread last looked whether it records often. */
    uint64_t looked_unix_ns[HAE_RECORDERS_MAX];
};

extern _Thread_local struct hae_thread hae_thread HAE_NEAR_THREAD;

/* Before the first recorder: sees to it that threads hand back their lanes.
 * Errors: HAETAE_ETHREAD (no thread-specific key is left). */
haetae_status hae_threads_init(void);

/* The slow part of hae_enter(): claims a lane, or borrows one. */
struct hae_entry hae_thread_attach(struct hae_recorder *recorder);

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
    /* For the compiler only, as above: the handler sees all that was changed before. */
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
}

#endif
