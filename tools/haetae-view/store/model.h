/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder hands to the store: one received item at a time, as plain structs. Text
 * is cleaned (util/text.h), NUL-terminated, never NULL, and borrowed for the call. Times
 * are Unix nanoseconds unless they say otherwise. */
#ifndef HAETAE_VIEW_STORE_MODEL_H
#define HAETAE_VIEW_STORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/hash.h"

enum hae_view_signal { HAE_VIEW_TRACES, HAE_VIEW_METRICS, HAE_VIEW_LOGS };
#define HAE_VIEW_SIGNALS 3

/* When a request arrived: on the monotonic clock, and by the wall clock. */
struct hae_view_arrival {
    uint64_t monotonic_ns;
    uint64_t unix_ns;
};

/* Where an item comes from; made by hae_view_store_source(). */
struct hae_view_source {
    uint32_t service;
    uint32_t scope;
    struct hae_view_digest resource;
    struct hae_view_arrival arrival;
};

/* OTLP's numbers. */
enum hae_view_span_kind {
    HAE_VIEW_KIND_SERVER = 2,
    HAE_VIEW_KIND_CLIENT = 3,
    HAE_VIEW_KIND_PRODUCER = 4,
    HAE_VIEW_KIND_CONSUMER = 5
};
#define HAE_VIEW_STATUS_ERROR 2

struct hae_view_span {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* all zero: a root span */
    bool valid_ids;       /* both of the right length and not all zero */
    uint8_t kind;
    uint8_t status;
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t events;
    uint64_t links;
    const char *name;
    const char *note; /* why it failed, or what it answered; may be "" */
};

struct hae_view_log {
    uint64_t time_ns;
    int severity; /* OTLP's SeverityNumber, 0 to 24 */
    bool has_trace;
    uint8_t trace_id[16];
    const char *text;
};

enum hae_view_metric_kind {
    HAE_VIEW_GAUGE,
    HAE_VIEW_UP_DOWN, /* a sum that is not monotonic */
    HAE_VIEW_COUNTER, /* a monotonic sum */
    HAE_VIEW_HISTOGRAM,
    HAE_VIEW_EXPONENTIAL,
    HAE_VIEW_SUMMARY
};

/* OTLP's numbers. */
enum hae_view_temporality { HAE_VIEW_UNSPECIFIED = 0, HAE_VIEW_DELTA = 1, HAE_VIEW_CUMULATIVE = 2 };

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

struct hae_view_point {
    struct hae_view_digest attributes_digest; /* the same whatever their order */
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    bool no_recorded_value; /* the series has ended or has a gap */
    uint64_t start_ns;
    uint64_t time_ns;
    struct hae_view_figures figures;
    const char *name;
    const char *unit;
    const char *attributes; /* for display */
};

#endif
