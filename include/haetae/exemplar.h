/* SPDX-License-Identifier: Apache-2.0 */
/* Exemplars: single measurements that are exported with the point that they are part of. Each has
 * its value, its time, the trace and span that were current then, and the attributes of the
 * measurement that the point does not have. So a slow bucket of a histogram leads to a trace.
 *
 * - OTEL_METRICS_EXEMPLAR_FILTER decides which measurements may become exemplars: with
 *   `trace_based`, the default, those within a sampled span; with `always_on` all; with
 *   `always_off` none.
 * - The reservoir of a series chooses among these. Histograms with explicit buckets keep one
 *   exemplar for each bucket, exponential histograms up to 20, all others one. A view (view.h) may
 *   choose another reservoir.
 * - A reader reports the exemplars that were measured within the time of its point: for deltas
 *   since its last report, else since the series began. The latest ones stay until newer ones
 *   replace them. With each collection the choice among measurements begins again.
 * - Attributes that a view leaves out may still appear on exemplars. So may the attributes of a set
 *   that is counted in the overflow series. An exemplar keeps up to 256 bytes of them in wire
 *   format; an attribute that does not fit is left out whole. To keep a value inside the process,
 *   redact it (redaction.h): that holds for exemplars, too. Measurements by a bound instrument keep
 *   none of these attributes.
 * - Observables have exemplars only with `always_on`, and without a span.
 * - Exemplars have memory of their own, HAETAE_EXEMPLAR_BYTES. A series with exemplars takes 8
 *   bytes and 4 for each exemplar that it may keep, rounded up to a multiple of 8, and what a
 *   custom reservoir asks for; each exemplar takes 64 bytes, and 256 more where attributes may be
 *   left out. When the memory is used up, further series have no exemplars, and a diagnostic of
 *   level WARN says so.
 * - An exemplar is a sample: a thread that would have to wait for another one drops its candidate.
 *   The measurement itself always counts. Exemplars are not recovered from a process that was
 *   killed.
 *
 * Recording an exemplar takes no lock, allocates nothing and makes no system call.
 * Specification: "Exemplar". */
#ifndef HAETAE_EXEMPLAR_H
#define HAETAE_EXEMPLAR_H

#include "context.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Frozen numbers. */
typedef enum haetae_exemplar_reservoir {
    HAETAE_EXEMPLAR_RESERVOIR_DEFAULT = 0,
    /* A fixed number of exemplars; each measurement since the last collection has an equal chance.
     * Specification: "SimpleFixedSizeExemplarReservoir". */
    HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE = 1,
    /* One exemplar for each bucket of a histogram with explicit buckets; each measurement in the
     * bucket since the last collection has an equal chance.
     * Specification: "AlignedHistogramBucketExemplarReservoir". */
    HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET = 2,
    /* The program chooses: haetae_exemplar_reservoir_ops. */
    HAETAE_EXEMPLAR_RESERVOIR_CUSTOM = 3
} haetae_exemplar_reservoir;

/* The most exemplars of a series. */
#define HAETAE_EXEMPLARS_MAX 256

/* The most state that a custom reservoir may have for each series. */
#define HAETAE_EXEMPLAR_STATE_MAX_BYTES 4096

/* A measurement that may become an exemplar. The library fills it, and it is valid during the call.
 * A callback that was compiled with later headers must check struct_size before it reads a field
 * that was added later. */
typedef struct haetae_exemplar_measurement {
    size_t struct_size;
    int64_t as_int64; /* the value if the instrument is of HAETAE_NUMBER_INT64; else 0 */
    double as_double; /* the value as a double, whatever the instrument's type          */
    uint64_t time_unix_ns;
    /* Of the current span; NULL: there is none. The call runs in the thread that measures, so
     * context.h gives it baggage and other values. */
    const haetae_span_context *context;
    /* As the program gave them: before any view, and unchecked. A bound instrument gives none. */
    const haetae_attribute *attributes;
    size_t attribute_count;
    size_t reserved; /* zero */
} haetae_exemplar_measurement;

/* A custom reservoir. It chooses among measurements; the library keeps and reports the chosen ones.
 * HAETAE_OPTIONS sets struct_size. haetae_config_add_view() copies it. */
typedef struct haetae_exemplar_reservoir_ops {
    size_t struct_size;
    /* Passed to the functions. It stays the caller's, and valid until the SDK is freed. */
    void *self;

    /* The size of `state`, which each series has: zeroes at first, aligned to 8 bytes, at most
     * HAETAE_EXEMPLAR_STATE_MAX_BYTES. Several threads use it at once, so keep atomic variables in
     * it. It is zeroes again for a series that takes the place of one that was given back
     * (HAETAE_METRICS_SERIES_UNUSED_INTERVALS). 0: `state` is NULL. */
    size_t state_size_bytes;

    /* Offers a measurement. Returns the number of the exemplar that it replaces, from 0 to below
     * haetae_view_options.exemplar_size. With any other number the measurement becomes no exemplar.
     * Threads: any that measures, several at once, also in signal handlers. The caller's call
     * waits, so it must not block, take a lock or allocate.
     * It must return: no longjmp(), no end of the thread. It must not record metrics or observe,
     * register callbacks, fork(), or flush, shut down or free the SDK. */
    int32_t (*offer)(void *self, void *state, const haetae_exemplar_measurement *measurement);

    /* Called when a reader has collected the exemplars of a series: the choice begins again. The
     * exemplars stay until others replace them. NULL: there is nothing to do.
     * Threads: one at a time for all series, while other threads may offer. */
    void (*collect)(void *self, void *state);
} haetae_exemplar_reservoir_ops;

HAETAE_END_DECLS

#endif
