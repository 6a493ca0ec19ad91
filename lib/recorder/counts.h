/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what threads record, drop and misuse. */
#ifndef HAETAE_RECORDER_COUNTS_H
#define HAETAE_RECORDER_COUNTS_H

#include "base/option_struct.h"
#include "recorder/state.h"

/* Adds to a counter that only this thread writes: no read-modify-write needed,
 * and relaxed, for a reader only wants some recent value. */
static inline void hae_count_own(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Adds to a counter that many write. */
static inline void hae_count_shared(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Counts a record that was dropped. `lane` is the caller's own, or NULL. */
void hae_count_dropped(struct hae_recorder *recorder, struct hae_lane *lane, haetae_signal signal,
                       haetae_drop_reason reason);

/* Counts a record that came while the recorder was closed: see hae_admits(). */
void hae_count_rejected(struct hae_recorder *recorder, haetae_signal signal);

void hae_count_misuse(struct hae_recorder *recorder, haetae_misuse cause);

/* Reads a caller's option struct as HAE_OPTION_STRUCT_READ() does. False when it is
 * rejected, which is for the caller to count or to return. */
#define HAE_READ_OPTIONS(recorder, type, ret_known, given)                                         \
    hae_options_accepted((recorder), HAE_OPTION_STRUCT_READ(type, ret_known, given), #type)

/* Counts fields that the caller has set and this library does not know, and remembers
 * the first `type`, a string literal, for the consumer to report. */
void hae_count_newer_options(struct hae_recorder *recorder, const char *type);

/* The first type that was remembered; NULL when there is none. */
const char *hae_newer_options(struct hae_recorder *recorder);

static inline bool hae_options_accepted(struct hae_recorder *recorder,
                                        enum hae_option_struct outcome, const char *type)
{
    if (HAE_UNLIKELY(outcome == HAE_OPTION_STRUCT_NEWER)) {
        hae_count_newer_options(recorder, type);
    }
    return HAE_LIKELY(outcome != HAE_OPTION_STRUCT_REJECTED);
}

/* Sums over all producers. */
struct hae_recorder_sums {
    uint64_t published[HAETAE_SIGNAL_COUNT];
    uint64_t dropped[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];
    uint64_t open_count; /* open records */
    uint64_t misuse[HAETAE_MISUSE_COUNT];
};
void hae_recorder_sum(struct hae_recorder *recorder, struct hae_recorder_sums *ret_sums);

#endif
