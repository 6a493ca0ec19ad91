/* SPDX-License-Identifier: Apache-2.0 */
/* The rare parts of a call that records. */
#include "recorder/call.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* ---- Counting ------------------------------------------------------------------ */

void hae_count_dropped(struct hae_recorder *recorder, struct hae_entry entry, haetae_signal signal,
                       haetae_drop_reason reason)
{
    if (entry.lane != NULL) {
        hae_count_own(&entry.lane->counts.dropped[signal][reason]);
    } else {
        hae_count_shared(&recorder->region->shared.dropped[signal][reason]);
    }
}

void hae_count_dropped_now(struct hae_recorder *recorder, haetae_signal signal,
                           haetae_drop_reason reason)
{
    hae_count_shared(&recorder->region->shared.dropped[signal][reason]);
}

void hae_count_misuse(struct hae_recorder *recorder, haetae_misuse cause)
{
    hae_count_shared(&recorder->misuse[cause]);
}

/* ---- Waking --------------------------------------------------------------------- */

static void write_wake(int descriptor)
{
    uint64_t one = 1;
    int error = errno;
    int cancelable;
    ssize_t ignored;

    /* write() is a place where a thread may be cancelled, but not one that is recording:
     * it would never let go of what it holds. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    ignored = write(descriptor, &one, sizeof one);
    (void)ignored; /* it fails only when the counter is full, and so readable */
    (void)pthread_setcancelstate(cancelable, &cancelable);
    errno = error;
}

void hae_recorder_wake(struct hae_recorder *recorder)
{
    if (HAE_UNLIKELY(atomic_load_explicit(&recorder->start_pending, memory_order_relaxed))) {
        (void)hae_recorder_start_consumer(recorder);
    }
    /* The look first: while the consumer is awake no producer writes this line.
     * Acquire-release on the exchange: of all producers exactly one writes, and
     * the consumer's next look at the rings comes after our tail. */
    if (atomic_load_explicit(&recorder->consumer_waits, memory_order_relaxed) &&
        atomic_exchange_explicit(&recorder->consumer_waits, false, memory_order_acq_rel)) {
        write_wake(recorder->wake_descriptor);
    }
}

HAE_COLD void hae_wake_if_full(struct hae_recorder *recorder, struct hae_lane *lane)
{
    /* Relaxed: this thread is the only writer of tail. */
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    /* Acquire pairs with the release in hae_recorder_drain(), as in
     * hae_ring_reserve(). */
    lane->cached_head = atomic_load_explicit(&lane->head, memory_order_acquire);
    if (tail - lane->cached_head > recorder->ring_size_bytes / 2) {
        hae_recorder_wake(recorder);
    }
}
