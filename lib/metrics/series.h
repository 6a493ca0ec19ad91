/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and making the series of an attribute set, without a lock and without
 * allocating anything but region memory for what is new. */
#ifndef HAETAE_METRICS_SERIES_H
#define HAETAE_METRICS_SERIES_H

#include "metrics/stream.h"

/* Makes the overflow series of a stream that no other thread sees yet. False: the heap is
 * used up. */
bool hae_series_make_overflow(const struct hae_stream *stream);

/* Finds or makes the series of a set, of which the stream's filter keeps a part. It is the
 * overflow series past the limit, when the heap is used up, and for an invalid set, which is
 * counted. Any number of threads at once, and signal handlers between them. Where series can be
 * given back, the call has entered (unused.h). */
struct hae_series *hae_series_find(const struct hae_stream *stream,
                                   const haetae_attribute *attributes, size_t count);

/* Notes that a series has a measurement from now on. */
void hae_series_start_slow(struct hae_recorder *recorder, struct hae_series *series);

static inline void hae_series_start(struct hae_recorder *recorder, struct hae_series *series)
{
    /* Relaxed: a thread that sees a start is done; one that doesn't looks again in the slow
     * part. */
    if (HAE_UNLIKELY(atomic_load_explicit(&series->start_unix_ns, memory_order_relaxed) == 0)) {
        hae_series_start_slow(recorder, series);
    }
}

#endif
