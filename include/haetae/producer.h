/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers, which bring metrics into a reader that do not come from instruments, and metric
 * filters, which leave metrics out of a reader.
 *
 * A producer is a bridge: a program has figures of another library, put together already, and wants
 * them to leave with its own. For everything else instruments are the way, observable ones
 * (metrics.h) for figures that are read when somebody collects.
 *
 * Both belong to one reader. They are given to it before an SDK starts that has the reader, by
 * haetae_config_add_metric_reader() or as that of an exporter.
 * Specification: "MetricProducer", "MetricFilter". */
#ifndef HAETAE_PRODUCER_H
#define HAETAE_PRODUCER_H

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
    HAETAE_POINT_SUMMARY = 5 /* quantiles, of older systems */
} haetae_point_kind;

/* What a metric is. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_metric_description {
    size_t struct_size;
    haetae_string name; /* of the stream: the one that a view gave, if any */
    haetae_string unit;
    haetae_string description;
    int32_t kind;        /* a haetae_point_kind                                     */
    int32_t temporality; /* a haetae_temporality; gauges and summaries: 0           */
    int32_t monotonic;   /* sums: not 0 where the sum never falls; others: 0        */
    int32_t reserved;    /* zero                                                    */
} haetae_metric_description;

/* ---- Filters ------------------------------------------------------------------------ */

typedef enum haetae_filter_result {
    HAETAE_FILTER_ACCEPT = 0,        /* all its points                              */
    HAETAE_FILTER_DROP = 1,          /* none                                        */
    HAETAE_FILTER_ACCEPT_PARTIAL = 2 /* those that test_attributes() accepts        */
} haetae_filter_result;

/* Decides which metrics a reader collects, of instruments and of producers. HAETAE_OPTIONS sets
 * struct_size. What the functions get is valid during the call. They are called in the thread that
 * collects, and those for a producer's metrics in the thread that the producer runs in; so they may
 * be called in two threads at once. They must not block: all exporters wait.
 * The points of a series that is left out stay where they are: once it is accepted again, a
 * cumulative point has them all, and a delta counts from the last one that was collected. */
typedef struct haetae_metric_filter {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* Called for each metric of each collection. Returns a haetae_filter_result; what is none
     * counts as HAETAE_FILTER_ACCEPT. The resource of `origin` is NULL. */
    int32_t (*test_metric)(void *self, const haetae_item_origin *origin,
                           const haetae_metric_description *metric);

    /* Called for each point after HAETAE_FILTER_ACCEPT_PARTIAL. Returns HAETAE_FILTER_DROP for one
     * that is left out. NULL: as if it accepted all. */
    int32_t (*test_attributes)(void *self, const haetae_item_origin *origin,
                               const haetae_metric_description *metric,
                               const haetae_attribute *attributes, size_t count);

    /* Called when no call will follow; NULL: nothing to do. */
    void (*free)(void *self);
} haetae_metric_filter;

/* Has a reader collect only what the filter accepts. `filter` is copied.
 * Ownership: on HAETAE_OK `self` is the reader's until free(); on failure it stays the caller's.
 * Threads: one at a time for each reader. Errors: HAETAE_EINVAL (NULL, no test_metric(), an invalid
 * struct_size), HAETAE_ECONFLICT (it has a filter, or an SDK has started with it),
 * HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_metric_reader_set_filter(haetae_metric_reader *reader,
                                                         const haetae_metric_filter *filter);

/* ---- Producers ---------------------------------------------------------------------- */

/* What a producer adds its metrics to, within produce() and in its thread only. */
typedef struct haetae_metric_batch haetae_metric_batch;

/* Brings metrics into a reader. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_metric_producer {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* The scope of its metrics: which library they are of. An empty name is allowed. */
    haetae_string scope_name;
    haetae_string scope_version;
    haetae_string scope_schema_url;

    /* Adds all metrics as they are now. It runs as callbacks of observables do: in a thread of the
     * SDK, and when it takes longer than HAETAE_METRICS_CALLBACK_TIMEOUT the collection goes on
     * without it, and it is not called again before it has returned. With HAETAE_WORKER=manual the
     * thread that drives the SDK calls it. Returns HAETAE_OK, or why it could not add them all:
     * what it did add is collected all the same, and a diagnostic tells of it. */
    haetae_status (*produce)(void *self, haetae_metric_batch *batch);

    /* Called when no call will follow; NULL: nothing to do. One that never returns from produce()
     * is left alone. */
    void (*free)(void *self);
} haetae_metric_producer;

/* Has a reader collect from a producer as well. `producer` and its texts are copied.
 * Ownership: as in haetae_metric_reader_set_filter().
 * Threads: one at a time for each reader. Errors: HAETAE_EINVAL (NULL, no produce(), an invalid
 * text or struct_size), HAETAE_ECONFLICT (an SDK has started with it), HAETAE_ELIMIT (more than 64
 * producers), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_metric_reader_add_producer(haetae_metric_reader *reader,
                                                           const haetae_metric_producer *producer);

/* The temporality that the reader wants for metrics of a kind: those of producers should have it.
 * NULL or an unknown kind: HAETAE_TEMPORALITY_CUMULATIVE. */
HAETAE_API haetae_temporality haetae_metric_batch_temporality(const haetae_metric_batch *batch,
                                                              haetae_instrument_kind kind);

/* Begins with a metric, which points are added to until the next one. *ret_is_wanted (NULL: not
 * asked for) is false where the reader's filter leaves the whole metric out: there is no need to
 * make its points, which are left out then. A metric without points is not exported.
 * Errors: HAETAE_EINVAL (NULL, no name, an unknown kind, no temporality where there has to be one,
 * one where there is none, an invalid text or struct_size); points are refused then. HAETAE_ENOMEM,
 * HAETAE_ELIMIT (the batch has 16 MiB). */
HAETAE_API haetae_status haetae_metric_batch_add_metric(haetae_metric_batch *batch,
                                                        const haetae_metric_description *metric,
                                                        bool *ret_is_wanted);

/* The buckets of one sign of an exponential histogram: bucket i holds what is above
 * base^(offset + i) and up to base^(offset + i + 1), where base is 2^(2^-scale). */
typedef struct haetae_exponential_buckets {
    const uint64_t *counts;
    size_t count; /* of the buckets; 0: none */
    int32_t offset;
    int32_t reserved; /* zero */
} haetae_exponential_buckets;

/* A point. HAETAE_OPTIONS sets struct_size. Fields of other kinds of points are not read. */
typedef struct haetae_metric_point {
    size_t struct_size;
    uint64_t start_time_unix_ns; /* since when it counts; 0: unknown  */
    uint64_t time_unix_ns;       /* 0: that of the collection         */
    const haetae_attribute *attributes;
    size_t attribute_count;

    /* Sums and gauges. */
    int32_t number_type; /* a haetae_number_type: which of the two values there is */
    int32_t no_value;    /* any kind, not 0: the series has ended; nothing else is read */
    int64_t as_int64;
    double as_double;

    /* Histograms and summaries. */
    uint64_t count;
    double sum;
    int32_t has_sum;      /* not 0: there is a sum; summaries always have one    */
    int32_t has_extremes; /* histograms, not 0: there are a minimum and a maximum */
    double minimum;
    double maximum;

    /* Histograms: boundaries rise, and there is one more bucket than boundaries, or neither. */
    const double *boundaries;
    size_t boundary_count;
    const uint64_t *bucket_counts;
    size_t bucket_count;

    /* Exponential histograms. */
    haetae_exponential_buckets positive;
    haetae_exponential_buckets negative;
    int32_t scale;
    int32_t reserved; /* zero */
    uint64_t zero_count;
    double zero_threshold;

    /* Summaries: quantiles, each from 0 to 1, and their values. */
    const double *quantiles;
    const double *quantile_values;
    size_t quantile_count;
} haetae_metric_point;

/* Adds a point to the metric that was begun last. What the filter leaves out is HAETAE_OK.
 * Errors: HAETAE_EINVAL (NULL, no metric begun, an unknown number type, buckets that do not fit the
 * boundaries or whose sum is not `count`, boundaries or quantiles out of order or range, an invalid
 * text or struct_size), HAETAE_ENOMEM, HAETAE_ELIMIT (the batch has 16 MiB, or a point more than
 * 1 MiB). The metric keeps the points that it has. */
HAETAE_API haetae_status haetae_metric_batch_add_point(haetae_metric_batch *batch,
                                                       const haetae_metric_point *point);

HAETAE_END_DECLS

#endif
