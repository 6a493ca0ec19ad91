/* SPDX-License-Identifier: Apache-2.0 */
/* Words of OTLP that all folders use. */
#ifndef HAETAE_VIEW_STORE_MODEL_H
#define HAETAE_VIEW_STORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hae_view_signal { HAE_VIEW_TRACES, HAE_VIEW_METRICS, HAE_VIEW_LOGS };
#define HAE_VIEW_SIGNALS 3

/* Of a request: the path of OTLP/HTTP, and the member of its JSON that has all of it. */
const char *hae_view_signal_path(enum hae_view_signal signal);      /* "/v1/traces" */
const char *hae_view_signal_resources(enum hae_view_signal signal); /* "resourceSpans" */

/* When a request arrived: on the monotonic clock, and by the wall clock. */
struct hae_view_arrival {
    uint64_t monotonic_ns;
    uint64_t unix_ns;
};

struct hae_view_arrival hae_view_arrival_now(void);

/* OTLP's numbers. */
enum hae_view_span_kind {
    HAE_VIEW_KIND_SERVER = 2,
    HAE_VIEW_KIND_CLIENT = 3,
    HAE_VIEW_KIND_PRODUCER = 4,
    HAE_VIEW_KIND_CONSUMER = 5
};
#define HAE_VIEW_STATUS_ERROR 2

enum hae_view_severity {
    HAE_VIEW_SEVERITY_UNSPECIFIED,
    HAE_VIEW_SEVERITY_TRACE,
    HAE_VIEW_SEVERITY_DEBUG,
    HAE_VIEW_SEVERITY_INFO,
    HAE_VIEW_SEVERITY_WARN,
    HAE_VIEW_SEVERITY_ERROR,
    HAE_VIEW_SEVERITY_FATAL
};
#define HAE_VIEW_SEVERITIES 7

/* The class of an OTLP SeverityNumber; numbers that OTLP does not know are unspecified. */
enum hae_view_severity hae_view_severity_of(int number);
const char *hae_view_severity_name(enum hae_view_severity severity);

/* The database has these numbers. */
enum hae_view_metric_kind {
    HAE_VIEW_GAUGE,
    HAE_VIEW_UP_DOWN, /* a sum that is not monotonic */
    HAE_VIEW_COUNTER, /* a monotonic sum */
    HAE_VIEW_HISTOGRAM,
    HAE_VIEW_EXPONENTIAL,
    HAE_VIEW_SUMMARY
};

const char *hae_view_metric_kind_name(enum hae_view_metric_kind kind);

/* OTLP's numbers. */
enum hae_view_temporality { HAE_VIEW_UNSPECIFIED = 0, HAE_VIEW_DELTA = 1, HAE_VIEW_CUMULATIVE = 2 };

const char *hae_view_temporality_name(enum hae_view_temporality temporality);

/* The figures of one data point. For gauges and sums: `value`, and `integer` when
 * is_integer. For the others: count and what else is known; NaN means "not known". */
struct hae_view_figures {
    bool is_integer;
    int64_t integer;
    double value;
    uint64_t count;
    double sum;
    double min;
    double max;
    double p50;
    double p99;
};

#endif
