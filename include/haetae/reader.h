/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of metrics: each collects all streams, at an interval or when it is asked, with its own
 * temporalities, default aggregations and limits. No reader changes what another one sees, and none
 * holds up a thread that records.
 *
 * Without any of these calls the exporters of an SDK share one periodic reader, with the interval
 * OTEL_METRIC_EXPORT_INTERVAL. Its points are cumulative.
 * Specification: "MetricReader", "Periodic exporting MetricReader". */
#ifndef HAETAE_READER_H
#define HAETAE_READER_H

#include "exporter.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Kinds of instruments. */
typedef enum haetae_instrument_kind {
    HAETAE_INSTRUMENT_COUNTER = 1,
    HAETAE_INSTRUMENT_UP_DOWN_COUNTER = 2,
    HAETAE_INSTRUMENT_GAUGE = 3,
    HAETAE_INSTRUMENT_HISTOGRAM = 4,
    HAETAE_INSTRUMENT_OBSERVABLE_COUNTER = 5,
    HAETAE_INSTRUMENT_OBSERVABLE_UP_DOWN_COUNTER = 6,
    HAETAE_INSTRUMENT_OBSERVABLE_GAUGE = 7
} haetae_instrument_kind;

/* Since when a point counts: since the last point of its series, or since the start. The numbers
 * are OTLP's. */
typedef enum haetae_temporality {
    HAETAE_TEMPORALITY_DELTA = 1,
    HAETAE_TEMPORALITY_CUMULATIVE = 2
} haetae_temporality;

/* Temporalities for all kinds. Gauges have none. */
typedef enum haetae_temporality_preference {
    HAETAE_PREFERENCE_CUMULATIVE = 0, /* all cumulative */
    HAETAE_PREFERENCE_DELTA = 1,      /* all delta, but up-down counters of either sort */
    HAETAE_PREFERENCE_LOW_MEMORY = 2  /* counters and histograms delta, but observable ones */
} haetae_temporality_preference;

/* How measurements are put together. */
typedef enum haetae_aggregation {
    HAETAE_AGGREGATION_DEFAULT = 0, /* counters: sum; gauges: last value; histograms: buckets */
    HAETAE_AGGREGATION_DROP = 1,    /* nothing is kept */
    HAETAE_AGGREGATION_SUM = 2,
    HAETAE_AGGREGATION_LAST_VALUE = 3,
    HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM = 4,
    HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM = 5
} haetae_aggregation;

/* Room for every haetae_instrument_kind, by which the arrays below are indexed. */
#define HAETAE_INSTRUMENT_KINDS 8

/* What a reader wants. HAETAE_OPTIONS sets struct_size. Zeroes are the default reader's. */
typedef struct haetae_metric_reader_options {
    size_t struct_size;

    /* 1: it collects when haetae_metric_reader_collect() asks. 0: it is periodic, and collects
     * for its exporter. */
    int32_t pull;
    int32_t temporality_preference; /* a haetae_temporality_preference */

    /* Periodic: the pause between collections in milliseconds; 0: OTEL_METRIC_EXPORT_INTERVAL. */
    uint32_t interval_ms;

    /* Series of a stream, the overflow series not among them, where no view says otherwise; at most
     * 2^24. 0: HAETAE_METRICS_CARDINALITY_LIMIT. */
    uint32_t cardinality_limit;

    /* By kind, for those that are not 0: a haetae_temporality, a haetae_aggregation (where no view
     * says otherwise), a limit. */
    int32_t temporality_of[HAETAE_INSTRUMENT_KINDS];
    int32_t aggregation_of[HAETAE_INSTRUMENT_KINDS];
    uint32_t cardinality_limit_of[HAETAE_INSTRUMENT_KINDS];

    /* Periodic: the most data points of one request; 0: as many as fit HAETAE_MAX_REQUEST_BYTES.
     * Specification: maxExportBatchSize. */
    uint32_t batch_points_max;
    uint32_t reserved; /* zero */
} haetae_metric_reader_options;

/* Makes a reader. `options` is copied; NULL: the default ones. It does nothing before its SDK has
 * started. It gets an SDK by haetae_config_add_metric_reader(), or by the field `reader` of an
 * exporter's operations; one at most, ever.
 * Ownership: the caller's, who frees it with haetae_metric_reader_free() when nobody collects with
 * it any more; the SDK keeps what it needs. Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL (an unknown temporality or aggregation, an aggregation that
 * has no meaning for its kind (see view.h), a limit that is too large, an invalid struct_size),
 * HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_metric_reader_new(const haetae_metric_reader_options *options,
                                                  haetae_metric_reader **ret_reader);
HAETAE_API void haetae_metric_reader_free(haetae_metric_reader *reader);

/* Makes the SDK that is started with this configuration use a reader. With an exporter, the
 * exporter gets its metrics from this reader; it is added as by haetae_config_add_exporter() if it
 * was not yet. With NULL the program itself collects, with a reader that has `pull`. An exporter
 * has one reader. Several exporters may share one.
 * Ownership: the reader stays the caller's; the exporter is the configuration's, on failure only if
 * it was added before.
 * Errors: HAETAE_EINVAL (NULL, a periodic reader without an exporter, or one with `pull` and an
 * exporter), HAETAE_ECONFLICT (the exporter has another reader in this configuration, or collects
 * by itself; the reader was added before), HAETAE_ELIMIT (more than 8 readers), and those of
 * haetae_config_add_exporter(). */
HAETAE_API haetae_status haetae_config_add_metric_reader(haetae_config *config,
                                                         haetae_metric_reader *reader,
                                                         haetae_exporter *exporter);

/* Gets a piece of a collection: a serialized ExportMetricsServiceRequest, valid during the call.
 * Returning false ends the collection. */
typedef bool (*haetae_metrics_callback)(void *user, const uint8_t *request, size_t size_bytes);

/* Collects with a reader that has `pull`, and passes the result to `take`: in one piece, or in
 * several of about a megabyte. It waits for another collection of the same SDK, at most
 * `timeout_ms`, and holds none up while `take` runs. A delta that `take` got counts as reported,
 * and so do those of pieces that it did not ask for.
 * With HAETAE_WORKER=manual a step may end within a collection; the next step continues it.
 * Threads: any, but not within callbacks of the SDK. Errors: HAETAE_ETIMEOUT (nothing was
 * collected), HAETAE_ENOMEM (`take` was not called; nothing is lost but deltas of metric
 * producers), HAETAE_ESHUTDOWN (its SDK has shut down, or has not started), HAETAE_EINVAL (NULL, or
 * a periodic reader). After HAETAE_SDK_DISABLED there is no SDK. Specification: "Collect". */
HAETAE_API haetae_status haetae_metric_reader_collect(haetae_metric_reader *reader,
                                                      uint32_t timeout_ms,
                                                      haetae_metrics_callback take, void *user);

HAETAE_END_DECLS

#endif
