/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers, which add metrics from other sources to what a reader collects, and metric
 * filters, which leave metrics out.
 *
 * A producer is a bridge: it takes the aggregated metrics of another library, to be exported with
 * those of haetae's instruments. For everything else use instruments: observables (metrics.h) for
 * what is read when a reader collects.
 *
 * Producers and filters belong to one reader. Add them before an SDK starts with that reader (by
 * haetae_config_add_metric_reader(), or as the reader of an exporter).
 * Specification: "MetricProducer", "MetricFilter". */
#ifndef HAETAE_PRODUCER_H
#define HAETAE_PRODUCER_H

#include "metrics.h"
#include "processor.h"
#include "reader.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* What the points of a metric are. Specification: data model, "Point kinds". */
typedef enum haetae_point_kind {
    HAETAE_POINT_SUM = 1,
    HAETAE_POINT_GAUGE = 2,
    HAETAE_POINT_HISTOGRAM = 3,
    HAETAE_POINT_EXPONENTIAL_HISTOGRAM = 4,
    HAETAE_POINT_SUMMARY = 5 /* quantiles, as older systems have them */
} haetae_point_kind;

/* Describes a metric. HAETAE_OPTIONS sets struct_size. For a filter the library fills it; a
 * callback that was compiled with later headers must check struct_size before it reads a field that
 * was added later. */
typedef struct haetae_metric_description {
    size_t struct_size;
    haetae_string name; /* the stream's, so a view's if it gave one */
    haetae_string unit;
    haetae_string description;
    int32_t kind;        /* a haetae_point_kind                                     */
    int32_t temporality; /* a haetae_temporality; gauges and summaries: 0           */
    int32_t monotonic;   /* sums: not 0 if the sum never falls; others: 0           */
    int32_t reserved;    /* zero                                                    */
} haetae_metric_description;

/* ---- Filters ------------------------------------------------------------------------ */

typedef enum haetae_filter_result {
    HAETAE_FILTER_ACCEPT = 0,        /* all its points                              */
    HAETAE_FILTER_DROP = 1,          /* none                                        */
    HAETAE_FILTER_ACCEPT_PARTIAL = 2 /* those that test_attributes() accepts        */
} haetae_filter_result;

/* Decides which metrics a reader collects, from instruments and from producers. HAETAE_OPTIONS sets
 * struct_size. What the functions get is valid during the call.
 * Threads: the one that collects, and for a producer's metrics the one that runs the producer, so
 * several at once. They must not block: all exporters wait.
 * A series that is left out loses nothing. Once it is accepted again, a cumulative point has all
 * its measurements, and a delta those since the last delta that was collected. */
typedef struct haetae_metric_filter {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* Called for each metric of each collection. Returns a haetae_filter_result; any other number
     * counts as HAETAE_FILTER_ACCEPT. `origin` has no resource. Specification: "TestMetric". */
    int32_t (*test_metric)(void *self, const haetae_item_origin *origin,
                           const haetae_metric_description *metric);

    /* Called for each point of a metric for which test_metric() returned
     * HAETAE_FILTER_ACCEPT_PARTIAL. HAETAE_FILTER_DROP leaves the point out; any other number
     * accepts it. NULL: all are accepted. Specification: "TestAttributes". */
    int32_t (*test_attributes)(void *self, const haetae_item_origin *origin,
                               const haetae_metric_description *metric,
                               const haetae_attribute *attributes, size_t count);

    /* Called once, when no other call will follow, in any thread. NULL: there is nothing to do. */
    void (*free)(void *self);
} haetae_metric_filter;

/* Makes a reader collect only what the filter accepts. `filter` is copied.
 * Ownership: on HAETAE_OK the reader owns `self`, and frees it by free(); on failure it stays the
 * caller's. Threads: one at a time for each reader. Errors: HAETAE_EINVAL (NULL, no test_metric(),
 * an invalid struct_size), HAETAE_ECONFLICT (the reader has a filter, or an SDK has started with
 * it), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_metric_reader_set_filter(haetae_metric_reader *reader,
                                                         const haetae_metric_filter *filter);

/* ---- Producers ---------------------------------------------------------------------- */

/* What a producer adds its metrics to. It is valid within produce(), and only in its thread. */
typedef struct haetae_metric_batch haetae_metric_batch;

/* Adds metrics to what a reader collects. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_metric_producer {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* The instrumentation scope of its metrics. An empty name is allowed. */
    haetae_string scope_name;
    haetae_string scope_version;
    haetae_string scope_schema_url;

    /* Adds all metrics with their current values. It runs as callbacks of observables do: in a
     * thread of the SDK, or with HAETAE_WORKER=manual in the thread that collects. When it takes
     * longer than HAETAE_METRICS_CALLBACK_TIMEOUT, the collection goes on without it, what it adds
     * is not collected, and it is not called again before it has returned.
     * Returns HAETAE_OK, or why it could not add all: a diagnostic reports that when it changes,
     * and what it did add is collected. */
    haetae_status (*produce)(void *self, haetae_metric_batch *batch);

    /* Called once, when no other call will follow, in any thread: with the reader, or once the SDK
     * is freed and produce() has returned. NULL: there is nothing to do. */
    void (*free)(void *self);
} haetae_metric_producer;

/* Makes a reader collect from a producer as well. `producer` and its texts are copied.
 * Ownership: as in haetae_metric_reader_set_filter().
 * Threads: one at a time for each reader. Errors: HAETAE_EINVAL (NULL, no produce(), an invalid
 * text or struct_size), HAETAE_ECONFLICT (an SDK has started with it), HAETAE_ELIMIT (more than 64
 * producers), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_metric_reader_add_producer(haetae_metric_reader *reader,
                                                           const haetae_metric_producer *producer);

/* The temporality that the reader wants for the metrics of a kind of instrument. The metrics of a
 * producer should have it; the library does not convert them.
 * NULL or an unknown kind: HAETAE_TEMPORALITY_CUMULATIVE. */
HAETAE_API haetae_temporality haetae_metric_batch_temporality(const haetae_metric_batch *batch,
                                                              haetae_instrument_kind kind);

/* Begins a metric: points are added to it until the next one begins. The texts are copied.
 * *ret_is_wanted, unless it is NULL, is false if the reader's filter leaves the whole metric out:
 * its points need not be made, and are left out. A metric without points is not exported.
 * On failure no metric is begun, and points are refused. Errors: HAETAE_EINVAL (NULL, no name, an
 * unknown kind, a sum or histogram without a temporality, a gauge or summary with one, `monotonic`
 * for what is no sum, `reserved` not zero, an invalid text or struct_size), HAETAE_ENOMEM,
 * HAETAE_ELIMIT (the texts are longer than 16 MiB). */
HAETAE_API haetae_status haetae_metric_batch_add_metric(haetae_metric_batch *batch,
                                                        const haetae_metric_description *metric,
                                                        bool *ret_is_wanted);

/* The buckets of one sign of an exponential histogram. Bucket i counts the absolute values above
 * base^(offset + i), up to and including base^(offset + i + 1), where base is 2^(2^-scale). */
typedef struct haetae_exponential_buckets {
    const uint64_t *counts;
    size_t count; /* how many buckets there are; 0: none */
    int32_t offset;
    int32_t reserved; /* zero */
} haetae_exponential_buckets;

/* A data point. HAETAE_OPTIONS sets struct_size. The library copies what it reads, and does not
 * read the fields of other kinds of points. */
typedef struct haetae_metric_point {
    size_t struct_size;
    uint64_t start_time_unix_ns; /* since when it counts; 0: unknown      */
    uint64_t time_unix_ns;       /* 0: the time of the collection         */
    const haetae_attribute *attributes;
    size_t attribute_count;

    /* Sums and gauges. */
    int32_t number_type; /* a haetae_number_type: as_int64 or as_double is the value */
    /* For any kind. Not 0: the series has ended, and the point has times and attributes only.
     * Specification: "No recorded value". */
    int32_t no_recorded_value;
    int64_t as_int64;
    double as_double;

    /* Histograms and summaries. */
    uint64_t count;
    double sum;
    int32_t has_sum;      /* not 0: there is a sum; summaries always have one       */
    int32_t has_extremes; /* histograms; not 0: there are a minimum and a maximum   */
    double minimum;
    double maximum;

    /* Histograms: boundaries increase strictly, and there is one bucket more than boundaries; or
     * there are no buckets and no boundaries. */
    const double *boundaries;
    size_t boundary_count;
    const uint64_t *bucket_counts;
    size_t bucket_count;

    /* Exponential histograms. `count` is the sum of all buckets and zero_count. */
    haetae_exponential_buckets positive;
    haetae_exponential_buckets negative;
    int32_t scale;
    int32_t reserved; /* zero */
    uint64_t zero_count;
    double zero_threshold;

    /* Summaries: quantiles from 0 to 1, strictly increasing, and the value at each. */
    const double *quantiles;
    const double *quantile_values;
    size_t quantile_count;
} haetae_metric_point;

/* Adds a point to the metric that was begun last. Returns HAETAE_OK also for a point that the
 * filter leaves out. On failure this point is not added; the metric keeps those that it has.
 * Errors: HAETAE_EINVAL (NULL, no metric begun, an unknown number type, buckets that do not fit the
 * boundaries or whose sum is not `count`, an index of a bucket beyond 32 bits, a zero_threshold
 * that is negative or NaN, boundaries or quantiles out of order or range, an invalid attribute,
 * text or struct_size), HAETAE_ENOMEM, HAETAE_ELIMIT (the batch would be larger than 16 MiB, or the
 * point than 1 MiB, in wire format). */
HAETAE_API haetae_status haetae_metric_batch_add_point(haetae_metric_batch *batch,
                                                       const haetae_metric_point *point);

HAETAE_END_DECLS

#endif
