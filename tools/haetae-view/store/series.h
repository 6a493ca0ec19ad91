/* SPDX-License-Identifier: Apache-2.0 */
/* The metric series received, each with its latest point, and how many measurements they
 * stand for.
 *
 * A series is identified as in OTLP: by resource, scope, metric name, unit and kind, and
 * attributes. Of a cumulative series the latest point replaces the one before. When its
 * start time moves on, or its value falls, the process was restarted; the last value of the
 * earlier run is kept and added. The points of a delta series are added up. A point that is
 * not newer than the last one is a repetition or late; it is counted and otherwise ignored.
 *
 * Measurements are the counts of histograms and summaries, plus the values of monotonic
 * sums (which is their number when each adds 1). How often a gauge or an up-down counter
 * was measured cannot be known. Specification: metrics data model, "Resets and Gaps". */
#ifndef HAETAE_VIEW_STORE_SERIES_H
#define HAETAE_VIEW_STORE_SERIES_H

#include "store/model.h"

#define HAE_VIEW_METRIC_NAME  96
#define HAE_VIEW_METRIC_UNIT  24
#define HAE_VIEW_METRIC_ATTRS 200

struct hae_view_series {
    struct hae_view_digest digest;
    uint32_t service;
    uint32_t scope;
    enum hae_view_metric_kind kind;
    enum hae_view_temporality temporality;
    bool has_value;
    uint64_t start_ns;
    uint64_t time_ns;
    /* The latest point. Of a delta series, value, integer, count and sum are of
     * all its points together. */
    struct hae_view_figures figures;
    double rate; /* of a sum, per second, between its last two points; NaN: none */
    /* The sum of the last values of earlier runs. */
    uint64_t earlier_count;
    int64_t earlier_integer;
    double earlier_value;
    char *name; /* one allocation holds all three */
    char *unit;
    char *attributes;
};

/* Measurements, split so that whole numbers stay exact. */
struct hae_view_measurements {
    uint64_t histograms;
    int64_t integer_sums;
    double real_sums;
};

enum hae_view_point_answer {
    HAE_VIEW_POINT_TAKEN,
    HAE_VIEW_POINT_REPEATED, /* same time as the last one of its series   */
    HAE_VIEW_POINT_LATE,     /* older than the last one of its series     */
    HAE_VIEW_POINT_UNTRACKED /* beyond the limit of series, or out of memory */
};

struct hae_view_series_set {
    struct hae_view_hash_key key;
    struct hae_view_series **slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
    size_t limit;
    uint64_t restarts; /* of series, seen so far */
};

void hae_view_series_init(struct hae_view_series_set *set, size_t limit,
                          struct hae_view_hash_key key);
void hae_view_series_done(struct hae_view_series_set *set);

enum hae_view_point_answer hae_view_series_add(struct hae_view_series_set *set,
                                               const struct hae_view_source *source,
                                               const struct hae_view_point *point);

/* Adds what one series stands for. */
void hae_view_series_measure(const struct hae_view_series *series,
                             struct hae_view_measurements *sum);

#endif
