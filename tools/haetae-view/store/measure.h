/* SPDX-License-Identifier: Apache-2.0 */
/* What the series of metrics stand for: their latest values, and how many measurements.
 *
 * Of a cumulative series the latest point replaces the one before. When its start time moves on, or
 * its value falls, the process was restarted; the last value of the earlier run is kept and added.
 * The points of a delta series are added up. A point that is not newer than the last one is a
 * repetition or late, and changes nothing.
 *
 * Measurements are the counts of histograms and summaries, plus the values of monotonic sums (which
 * is their number when each adds 1). How often a gauge or an up-down counter was measured cannot be
 * known. Specification: metrics data model, "Resets and Gaps". */
#ifndef HAETAE_VIEW_STORE_MEASURE_H
#define HAETAE_VIEW_STORE_MEASURE_H

#include "store/rows.h"
#include "util/memo.h"

struct hae_view_series {
    int64_t id;     /* in the database */
    int64_t metric; /* likewise */
    uint32_t service;
    uint32_t scope;
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    bool has_value;
    uint64_t start_ns;
    uint64_t time_ns;
    /* The latest point. Of a delta series, value, integer, count and sum are of all its points
     * together. */
    struct hae_view_figures figures;
    double rate; /* of a sum, per second, between its last two points; NaN: none */
    /* The sum of the last values of earlier runs. */
    uint64_t earlier_count;
    int64_t earlier_integer;
    double earlier_value;
    uint64_t request; /* the last one that changed it */
};

/* Measurements, split so that whole numbers stay exact. */
struct hae_view_measurements {
    uint64_t histograms;
    int64_t integer_sums;
    double real_sums;
};

enum hae_view_point_answer {
    HAE_VIEW_POINT_TAKEN,
    HAE_VIEW_POINT_RESTARTED, /* taken, and the first one after a restart */
    HAE_VIEW_POINT_REPEATED,  /* same time as the last one of its series  */
    HAE_VIEW_POINT_LATE,      /* older than the last one of its series    */
    HAE_VIEW_POINT_NO_MEMORY
};

/* All series of this run. What a request changes is taken back when it is not kept. */
struct hae_view_series_set {
    struct hae_view_memo places; /* of a series, by its number in the database */
    struct hae_view_series *items;
    size_t capacity;
    size_t count_before;             /* when the request began */
    struct hae_view_series *changed; /* as they were before */
    size_t changed_count;
    size_t changed_capacity;
    uint64_t request;
};

void hae_view_series_init(struct hae_view_series_set *set, size_t limit);
void hae_view_series_done(struct hae_view_series_set *set);

static inline size_t hae_view_series_count(const struct hae_view_series_set *set)
{
    return set->places.count;
}

/* Begins a request. The next one keeps what this one changed, unless it was taken back before. */
void hae_view_series_begin(struct hae_view_series_set *set);
void hae_view_series_take_back(struct hae_view_series_set *set);

/* Adds a point; `series` says which it belongs to: id, metric, service, scope, kind and
 * temporality. */
enum hae_view_point_answer hae_view_series_add(struct hae_view_series_set *set,
                                               const struct hae_view_series *series,
                                               const struct hae_view_point_row *point);

/* Adds what one series stands for. */
void hae_view_series_measure(const struct hae_view_series *series,
                             struct hae_view_measurements *sum);

/* All measurements as one number. */
double hae_view_measurements_total(const struct hae_view_measurements *measurements);

#endif
