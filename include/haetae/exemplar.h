/* SPDX-License-Identifier: Apache-2.0 */
/* Exemplars: single measurements that are exported beside the point that they are part of. Each has
 * its value, when it was measured, the trace and the span that were current then, and what its
 * attributes had that the point's have not. So a slow bucket of a histogram leads to a trace.
 *
 * - OTEL_METRICS_EXEMPLAR_FILTER decides which measurements may become exemplars: `trace_based`,
 * the default, those within a span that is sampled; `always_on`, all; `always_off`, none.
 * - A reservoir for each series decides which of them do. Histograms with explicit buckets keep one
 *   for each bucket, exponential histograms up to 20, all others one. A view (view.h) may ask for
 *   another reservoir.
 * - A reader reports those that were measured within the time of its point: since its last report
 *   for deltas, else since the series began, so that the latest ones stay until newer ones replace
 *   them. With each collection the choice among measurements begins again.
 * - Attributes that a view left out may appear on exemplars, and so may those of a set that is
 *   counted in the overflow series: up to 256 bytes in wire format; those that do not fit are left
 *   out whole. What must not leave the process is to be redacted (redaction.h), which changes
 *   exemplars as well. A measurement by a bound instrument has none of these attributes.
 * - Observables have exemplars with `always_on` only, without a span.
 * - They have memory of their own, HAETAE_EXEMPLAR_BYTES: 24 bytes and 4 for each place for a
 * series with an exemplar, 64 for each exemplar, and 256 more where attributes were left out. When
 * it is used up, further series have none, and a diagnostic of level WARN says so.
 * - An exemplar is a sample: a thread that would have to wait for another one gives its measurement
 *   up. Exemplars are not recovered from a process that was killed.
 *
 * Recording an exemplar takes no lock, no memory of the heap and no system call.
 * Specification: "Exemplar". */
#ifndef HAETAE_EXEMPLAR_H
#define HAETAE_EXEMPLAR_H

#include "context.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Frozen numbers. */
typedef enum haetae_exemplar_reservoir {
    HAETAE_EXEMPLAR_RESERVOIR_DEFAULT = 0,
    /* So many exemplars, of all measurements since the last collection with equal chances.
     * Specification: "SimpleFixedSizeExemplarReservoir". */
    HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE = 1,
    /* One for each bucket of a histogram with explicit buckets, of those that fell into it with
     * equal chances. Specification: "AlignedHistogramBucketExemplarReservoir". */
    HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET = 2,
    HAETAE_EXEMPLAR_RESERVOIR_CUSTOM = 3
} haetae_exemplar_reservoir;

/* The most exemplars of a series. */
#define HAETAE_EXEMPLARS_MAX 256

/* The most memory of a custom reservoir for each series. */
#define HAETAE_EXEMPLAR_STATE_MAX_BYTES 4096

/* A measurement that may become an exemplar. The library fills it, and it is valid during the call.
 * A callback that was compiled with later headers looks at struct_size before it reads a field that
 * was added later. */
typedef struct haetae_exemplar_measurement {
    size_t struct_size;
    int64_t int64; /* the value, of an instrument of HAETAE_NUMBER_INT64; else 0  */
    double real;   /* the value of the others; of the former the same as a double */
    uint64_t time_unix_ns;
    /* The current span's; NULL: there is none. Baggage and the like are had by context.h, as the
     * call comes from the thread that measures. */
    const haetae_span_context *context;
    /* As the program gave them: before a view, unchecked. Of a bound instrument: none. */
    const haetae_attribute *attributes;
    size_t attribute_count;
    size_t reserved; /* zero */
} haetae_exemplar_measurement;

/* A reservoir of one's own: it chooses among measurements; the library keeps those that are chosen,
 * and reports them. HAETAE_OPTIONS sets struct_size. It is copied. */
typedef struct haetae_exemplar_reservoir_ops {
    size_t struct_size;

    /* Memory for each series, 8-byte aligned, which begins as zeroes; at most
     * HAETAE_EXEMPLAR_STATE_MAX_BYTES. Several threads use it at a time, so it holds atomic
     * variables. 0: `state` is NULL. */
    size_t state_size_bytes;

    /* Offers a measurement. Returns which of the series' exemplars it replaces, below the size that
     * the view gives; a negative number, or a larger one: it becomes none.
     * Threads: any, several at a time, also signal handlers. The measurement waits for it: it takes
     * no lock, allocates nothing and does not wait.
     * It returns: no longjmp(), no end of the thread. It must not record metrics, fork(), shut the
     * SDK down, flush or free it. */
    int32_t (*offer)(void *self, void *state, const haetae_exemplar_measurement *measurement);

    /* A reader has collected the series' exemplars, which stay until others replace them. NULL: not
     * needed. Threads: one at a time for all series, while others may offer. */
    void (*collect)(void *self, void *state);

    /* Passed on. What it points to has to stay until the SDK was freed. */
    void *self;
} haetae_exemplar_reservoir_ops;

HAETAE_END_DECLS

#endif
