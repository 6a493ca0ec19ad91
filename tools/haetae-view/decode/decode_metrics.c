/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_metrics.h"

#include <math.h>

#include "decode/decode_values.h"
#include "decode/quantile.h"

/* A metric being put into the store: what all its points share. */
struct metric {
    struct hae_view_store *store;
    const struct hae_view_source *source;
    struct hae_view_arena *arena;
    struct hae_view_point point;
};

/* What the points of all kinds have in common. */
struct point_frame {
    HaeOtlp__KeyValue *const *attributes;
    size_t attribute_count;
    uint64_t start_ns;
    uint64_t time_ns;
    uint32_t flags;
};

static double if_known(protobuf_c_boolean known, double value)
{
    return known ? value : NAN;
}

static bool take_point(struct metric *metric, const struct point_frame *frame,
                       const struct hae_view_figures *figures)
{
    char text[HAE_VIEW_METRIC_ATTRS];
    struct hae_view_point *point = &metric->point;
    if (!hae_view_attributes_digest(hae_view_store_key(metric->store), metric->arena,
                                    frame->attributes, frame->attribute_count,
                                    &point->attributes_digest)) {
        return false;
    }
    point->start_ns = frame->start_ns;
    point->time_ns = frame->time_ns;
    point->no_recorded_value =
        (frame->flags & HAE_OTLP__DATA_POINT_FLAGS__DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0;
    point->figures = *figures;
    point->attributes =
        hae_view_attributes_text(frame->attributes, frame->attribute_count, text, sizeof text);
    hae_view_store_point(metric->store, metric->source, point);
    return true;
}

static bool take_numbers(struct metric *metric, HaeOtlp__NumberDataPoint *const *points,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__NumberDataPoint *p = points[i];
        struct point_frame frame = {p->attributes, p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags};
        struct hae_view_figures figures = {.sum = NAN};
        if (p->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT) {
            figures.is_integer = true;
            figures.integer = p->as_int;
        } else if (p->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE) {
            figures.value = p->as_double;
        }
        if (!take_point(metric, &frame, &figures)) {
            return false;
        }
    }
    return true;
}

static bool take_histograms(struct metric *metric, HaeOtlp__HistogramDataPoint *const *points,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__HistogramDataPoint *p = points[i];
        struct point_frame frame = {p->attributes, p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags};
        struct hae_view_figures figures = {
            .count = p->count,
            .sum = if_known(p->has_sum, p->sum),
            .min = if_known(p->has_min, p->min),
            .max = if_known(p->has_max, p->max),
            .p50 = NAN,
            .p99 = NAN,
        };
        if (p->n_bucket_counts == p->n_explicit_bounds + 1) {
            struct hae_view_buckets buckets = {p->bucket_counts, p->explicit_bounds,
                                               p->n_explicit_bounds, figures.min, figures.max};
            figures.p50 = hae_view_buckets_quantile(&buckets, 0.5);
            figures.p99 = hae_view_buckets_quantile(&buckets, 0.99);
        }
        if (!take_point(metric, &frame, &figures)) {
            return false;
        }
    }
    return true;
}

static struct hae_view_exponential_side
side_of(const HaeOtlp__ExponentialHistogramDataPoint__Buckets *buckets)
{
    struct hae_view_exponential_side side = {NULL, 0, 0};
    if (buckets != NULL) {
        side.counts = buckets->bucket_counts;
        side.count = buckets->n_bucket_counts;
        side.offset = buckets->offset;
    }
    return side;
}

static bool take_exponentials(struct metric *metric,
                              HaeOtlp__ExponentialHistogramDataPoint *const *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__ExponentialHistogramDataPoint *p = points[i];
        struct point_frame frame = {p->attributes, p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags};
        struct hae_view_exponential histogram = {
            side_of(p->negative),         side_of(p->positive),         p->zero_count, p->scale,
            if_known(p->has_min, p->min), if_known(p->has_max, p->max),
        };
        struct hae_view_figures figures = {
            .count = p->count,
            .sum = if_known(p->has_sum, p->sum),
            .min = histogram.min,
            .max = histogram.max,
            .p50 = hae_view_exponential_quantile(&histogram, 0.5),
            .p99 = hae_view_exponential_quantile(&histogram, 0.99),
        };
        if (!take_point(metric, &frame, &figures)) {
            return false;
        }
    }
    return true;
}

/* The value that a summary gives for a quantile; NaN when it gives none. */
static double given_quantile(const HaeOtlp__SummaryDataPoint *point, double quantile)
{
    for (size_t i = 0; i < point->n_quantile_values; i++) {
        if (fabs(point->quantile_values[i]->quantile - quantile) < 1e-9) {
            return point->quantile_values[i]->value;
        }
    }
    return NAN;
}

static bool take_summaries(struct metric *metric, HaeOtlp__SummaryDataPoint *const *points,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__SummaryDataPoint *p = points[i];
        struct point_frame frame = {p->attributes, p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags};
        struct hae_view_figures figures = {
            .count = p->count,
            .sum = p->sum,
            .min = given_quantile(p, 0),
            .max = given_quantile(p, 1),
            .p50 = given_quantile(p, 0.5),
            .p99 = given_quantile(p, 0.99),
        };
        if (!take_point(metric, &frame, &figures)) {
            return false;
        }
    }
    return true;
}

static enum hae_view_temporality temporality_of(HaeOtlp__AggregationTemporality number)
{
    if (number == HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA) {
        return HAE_VIEW_DELTA;
    }
    if (number == HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE) {
        return HAE_VIEW_CUMULATIVE;
    }
    return HAE_VIEW_UNSPECIFIED;
}

bool hae_view_take_metric(struct hae_view_store *store, const struct hae_view_source *source,
                          struct hae_view_arena *arena, const HaeOtlp__Metric *message)
{
    char name[HAE_VIEW_METRIC_NAME];
    char unit[HAE_VIEW_METRIC_UNIT];
    struct metric metric = {.store = store, .source = source, .arena = arena};
    struct hae_view_point *point = &metric.point;
    point->name = hae_view_field_text(message->name, name, sizeof name);
    point->unit = hae_view_field_text(message->unit, unit, sizeof unit);
    switch (message->data_case) {
    case HAE_OTLP__METRIC__DATA_GAUGE:
        point->kind = HAE_VIEW_GAUGE;
        return take_numbers(&metric, message->gauge->data_points, message->gauge->n_data_points);
    case HAE_OTLP__METRIC__DATA_SUM:
        point->kind = message->sum->is_monotonic ? HAE_VIEW_COUNTER : HAE_VIEW_UP_DOWN;
        point->temporality = temporality_of(message->sum->aggregation_temporality);
        return take_numbers(&metric, message->sum->data_points, message->sum->n_data_points);
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        point->kind = HAE_VIEW_HISTOGRAM;
        point->temporality = temporality_of(message->histogram->aggregation_temporality);
        return take_histograms(&metric, message->histogram->data_points,
                               message->histogram->n_data_points);
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        point->kind = HAE_VIEW_EXPONENTIAL;
        point->temporality =
            temporality_of(message->exponential_histogram->aggregation_temporality);
        return take_exponentials(&metric, message->exponential_histogram->data_points,
                                 message->exponential_histogram->n_data_points);
    case HAE_OTLP__METRIC__DATA_SUMMARY:
        point->kind = HAE_VIEW_SUMMARY;
        return take_summaries(&metric, message->summary->data_points,
                              message->summary->n_data_points);
    default:
        return true; /* no data, or of an unknown kind: no points */
    }
}
