/* SPDX-License-Identifier: Apache-2.0 */
/* What is worth showing at one moment, with the figures computed. The terminal and the JSON of the
 * totals start from it. Counts are of this run; texts are clean (util/text.h). */
#ifndef HAETAE_VIEW_QUERY_SUMMARY_TYPES_H
#define HAETAE_VIEW_QUERY_SUMMARY_TYPES_H

#include "store/store.h"

#define HAE_VIEW_METRIC_NAME  96
#define HAE_VIEW_METRIC_UNIT  24
#define HAE_VIEW_METRIC_ATTRS 200
#define HAE_VIEW_TRACE_SPANS  64
#define HAE_VIEW_SPAN_NAME    72
#define HAE_VIEW_SPAN_NOTE    88
#define HAE_VIEW_ERROR_TEXT   240

struct hae_view_summary_options {
    uint64_t now_ns; /* monotonic */
    uint64_t now_unix_ns;
    /* Rates, error shares and durations: of the last minute, or of the whole run. */
    bool recent;
    uint64_t traces_window_ns; /* traces that came so long ago at most; 0: of the whole run */
    bool all_traces;           /* look through all, and not only through the newest */
    size_t traces;             /* at most so many of the slowest */
    size_t errors;             /* at most so many of the latest */
    size_t series;             /* at most so many in all */
    size_t series_per_metric;  /* of each metric the largest; 0: as many as there are */
};

struct hae_view_summary_scope {
    char name[HAE_VIEW_NAME_SIZE];
    char version[HAE_VIEW_VERSION_SIZE];
    struct hae_view_counts counts;
    struct hae_view_measurements measurements;
};

struct hae_view_summary_service {
    char name[HAE_VIEW_NAME_SIZE];
    struct hae_view_counts counts; /* of the whole run */
    struct hae_view_measurements measurements;
    struct hae_view_counts shown; /* of the time that is shown */
    double shown_seconds;
    uint64_t p50_ns; /* durations of entry spans in that time */
    uint64_t p99_ns;
    uint64_t max_ns;
    uint64_t calls; /* to others, in that time */
    uint64_t call_errors;
    struct hae_view_summary_scope *scopes;
    size_t scope_count;
};

struct hae_view_summary_error {
    char service[HAE_VIEW_NAME_SIZE];
    char text[HAE_VIEW_ERROR_TEXT]; /* of the last one */
    bool is_log;
    uint64_t count;
    uint64_t last_unix_ns;
    bool has_trace;
    uint8_t trace_id[16]; /* of the last one */
};

struct hae_view_kept_span {
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* all zero: none */
    uint64_t start_ns;
    uint64_t end_ns;
    uint8_t kind;
    uint8_t status;
    char service[HAE_VIEW_NAME_SIZE];
    char name[HAE_VIEW_SPAN_NAME];
    char note[HAE_VIEW_SPAN_NOTE]; /* why it failed, or what it answered; may be "" */
};

struct hae_view_trace_copy {
    uint8_t trace_id[16];
    char name[HAE_VIEW_SPAN_NAME];    /* of its entry span */
    char service[HAE_VIEW_NAME_SIZE]; /* likewise */
    uint64_t duration_ns;             /* likewise */
    uint64_t span_count;
    uint64_t error_count;
    uint32_t kept; /* of its spans: those that failed, and then the longest */
    struct hae_view_kept_span spans[HAE_VIEW_TRACE_SPANS];
};

struct hae_view_summary_series {
    uint32_t service; /* index into services */
    uint32_t scope;   /* index into its scopes */
    int64_t metric;
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    bool has_value;
    struct hae_view_figures figures;
    double rate;
    uint64_t time_ns;
    int64_t id;
    uint64_t more; /* series of this metric that are left out; on its last one */
    char name[HAE_VIEW_METRIC_NAME];
    char unit[HAE_VIEW_METRIC_UNIT];
    char attributes[HAE_VIEW_METRIC_ATTRS]; /* "key=value, key=value" */
};

struct hae_view_summary {
    bool recent;
    uint64_t traces_window_ns; /* the slowest of so long; 0: of the whole run */
    struct hae_view_totals totals;
    struct hae_view_measurements measurements;
    struct hae_view_summary_service *services;
    size_t service_count;
    struct hae_view_trace_copy *traces;
    size_t trace_count;
    struct hae_view_summary_error *errors;
    size_t error_count;
    size_t error_groups; /* that there are in all */
    struct hae_view_summary_series *series;
    size_t series_count;
};

#endif
