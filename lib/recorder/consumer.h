/* SPDX-License-Identifier: Apache-2.0 */
/* Waking the consumer, its waiting, and in a forked child its start. */
#ifndef HAETAE_RECORDER_CONSUMER_H
#define HAETAE_RECORDER_CONSUMER_H

#include "haetae/status.h"
#include "recorder/state.h"

/* Makes the descriptor that the consumer waits for. Errors: HAETAE_EIO. */
haetae_status hae_recorder_open_wake(struct hae_recorder *recorder);

/* In a forked child: starts the consumer, if that was not done yet. False: not now, this
 * may be a signal handler. */
bool hae_recorder_start_consumer(struct hae_recorder *recorder);

/* Makes the consumer's descriptor readable, if it waits. Any thread. */
void hae_recorder_wake(struct hae_recorder *recorder);

/* The rare part of hae_wake_if_filling(): reads how far the consumer has come. */
void hae_wake_if_full(struct hae_recorder *recorder, struct hae_lane *lane);

/* Wakes the consumer when this lane's ring has passed half full, or at each record. */
static inline void hae_wake_if_filling(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    if (HAE_UNLIKELY(tail - lane->cached_head > recorder->wake_bytes)) {
        hae_wake_if_full(recorder, lane);
    }
}

/* Whether so many slots hold records that wait that the consumer should come. */
static inline bool hae_many_handed_over(const struct hae_recorder *recorder)
{
    /* Relaxed: a limit, not a balance. */
    return atomic_load_explicit(&recorder->region->handed_over_count, memory_order_relaxed) >
           recorder->wake_slots;
}

/* Says that the consumer is about to wait on the recorder's `wake`; true when records
 * worth a wake are there already. hae_recorder_awake() ends it. `woken`: `wake` was found
 * readable. */
bool hae_recorder_about_to_wait(struct hae_recorder *recorder);
void hae_recorder_awake(struct hae_recorder *recorder, bool woken);

#endif
