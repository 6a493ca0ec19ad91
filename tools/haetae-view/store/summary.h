/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the store at one moment, with the figures computed. Every way of showing
 * (terminal, JSON, a page) starts from it. */
#ifndef HAETAE_VIEW_STORE_SUMMARY_H
#define HAETAE_VIEW_STORE_SUMMARY_H

#include "store/store.h"

struct hae_view_summary_options {
    uint64_t now_ns; /* monotonic */
    /* Rates, error shares and durations: of the last minute, or of the whole run. */
    bool recent;
    size_t traces;            /* at most so many of the slowest */
    size_t errors;            /* at most so many of the latest */
    size_t series;            /* at most so many in all */
    size_t series_per_metric; /* of each metric the largest; 0: as many as there are */
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
    struct hae_view_summary_scope *scopes;
    size_t scope_count;
};

struct hae_view_summary_series {
    uint32_t service; /* index into services */
    uint32_t scope;   /* index into its scopes */
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    bool has_value;
    struct hae_view_figures figures;
    double rate;
    uint64_t time_ns;
    uint64_t more; /* series of this metric that are left out; on its last one */
    char name[HAE_VIEW_METRIC_NAME];
    char unit[HAE_VIEW_METRIC_UNIT];
    char attributes[HAE_VIEW_METRIC_ATTRS];
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
    struct hae_view_error *errors;
    size_t error_count;
    size_t error_groups; /* that there are in all */
    struct hae_view_summary_series *series;
    size_t series_count;
};

/* Makes the copy. False when out of memory: then there is nothing to free. */
bool hae_view_summary_take(struct hae_view_store *store,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary *ret_summary);
void hae_view_summary_done(struct hae_view_summary *summary);

/* All measurements as one number. */
double hae_view_measurements_total(const struct hae_view_measurements *measurements);

const char *hae_view_metric_kind_name(enum hae_view_metric_kind kind);

#endif
