/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_metrics.h"

#include <math.h>

#include "decode/decode_json.h"
#include "util/quantile.h"

/* What the points of all kinds have in common. */
struct point_frame {
    HaeOtlp__KeyValue **attributes;
    size_t attribute_count;
    uint64_t start_ns;
    uint64_t time_ns;
    uint32_t flags;
    HaeOtlp__Exemplar *const *exemplars;
    size_t exemplar_count;
};

static double if_known(protobuf_c_boolean known, double value)
{
    return known ? value : NAN;
}

static void take_exemplars(struct hae_view_intake *intake, const struct point_frame *frame)
{
    for (size_t i = 0; i < frame->exemplar_count; i++) {
        const HaeOtlp__Exemplar *exemplar = frame->exemplars[i];
        bool integer = exemplar->value_case == HAE_OTLP__EXEMPLAR__VALUE_AS_INT;
        struct hae_view_exemplar_row row = {
            .time_ns = exemplar->time_unix_nano,
            .value = integer ? (double)exemplar->as_int : exemplar->as_double,
            .attributes = hae_view_attributes_json(&intake->texts[0], exemplar->filtered_attributes,
                                                   exemplar->n_filtered_attributes),
        };
        bool has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &exemplar->trace_id);
        bool has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &exemplar->span_id);
        row.has_trace = has_trace && has_span;
        hae_view_store_exemplar(intake->store, &row);
    }
}

/* `buckets`: of a histogram or summary. */
static void take_point(struct hae_view_intake *intake, const struct point_frame *frame,
                       const struct hae_view_figures *figures, struct hae_view_text buckets)
{
    hae_view_sort_attributes(frame->attributes, frame->attribute_count);
    struct hae_view_text attributes =
        hae_view_attributes_json(&intake->texts[0], frame->attributes, frame->attribute_count);
    if (attributes.data == NULL) {
        attributes = (struct hae_view_text){"{}", 2};
    }
    struct hae_view_point_row row = {
        .start_ns = frame->start_ns,
        .time_ns = frame->time_ns,
        .no_recorded_value =
            (frame->flags & HAE_OTLP__DATA_POINT_FLAGS__DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) !=
            0,
        .figures = *figures,
        .buckets = buckets,
    };
    hae_view_store_point(intake->store, &intake->origin, attributes, &row);
    take_exemplars(intake, frame);
}

static void take_numbers(struct hae_view_intake *intake, HaeOtlp__NumberDataPoint *const *points,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__NumberDataPoint *p = points[i];
        struct point_frame frame = {p->attributes,     p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags,        p->exemplars,
                                    p->n_exemplars};
        struct hae_view_figures figures = {.sum = NAN};
        if (p->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT) {
            figures.is_integer = true;
            figures.integer = p->as_int;
        } else if (p->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE) {
            figures.value = p->as_double;
        }
        take_point(intake, &frame, &figures, (struct hae_view_text){NULL, 0});
    }
}

static void take_histograms(struct hae_view_intake *intake,
                            HaeOtlp__HistogramDataPoint *const *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__HistogramDataPoint *p = points[i];
        struct point_frame frame = {p->attributes,     p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags,        p->exemplars,
                                    p->n_exemplars};
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
        take_point(intake, &frame, &figures, hae_view_explicit_json(&intake->texts[4], p));
    }
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

static void take_exponentials(struct hae_view_intake *intake,
                              HaeOtlp__ExponentialHistogramDataPoint *const *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__ExponentialHistogramDataPoint *p = points[i];
        struct point_frame frame = {p->attributes,     p->n_attributes, p->start_time_unix_nano,
                                    p->time_unix_nano, p->flags,        p->exemplars,
                                    p->n_exemplars};
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
        take_point(intake, &frame, &figures, hae_view_exponential_json(&intake->texts[4], p));
    }
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

static void take_summaries(struct hae_view_intake *intake, HaeOtlp__SummaryDataPoint *const *points,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__SummaryDataPoint *p = points[i];
        struct point_frame frame = {p->attributes,
                                    p->n_attributes,
                                    p->start_time_unix_nano,
                                    p->time_unix_nano,
                                    p->flags,
                                    NULL,
                                    0};
        struct hae_view_figures figures = {
            .count = p->count,
            .sum = p->sum,
            .min = given_quantile(p, 0),
            .max = given_quantile(p, 1),
            .p50 = given_quantile(p, 0.5),
            .p99 = given_quantile(p, 0.99),
        };
        take_point(intake, &frame, &figures, hae_view_summary_json(&intake->texts[4], p));
    }
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

/* Sets kind and temporality. False: it has no data, or of an unknown kind. */
static bool describe(const HaeOtlp__Metric *message, struct hae_view_metric_row *row)
{
    switch (message->data_case) {
    case HAE_OTLP__METRIC__DATA_GAUGE:
        row->kind = HAE_VIEW_GAUGE;
        return true;
    case HAE_OTLP__METRIC__DATA_SUM:
        row->kind = message->sum->is_monotonic ? HAE_VIEW_COUNTER : HAE_VIEW_UP_DOWN;
        row->temporality = temporality_of(message->sum->aggregation_temporality);
        return true;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        row->kind = HAE_VIEW_HISTOGRAM;
        row->temporality = temporality_of(message->histogram->aggregation_temporality);
        return true;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        row->kind = HAE_VIEW_EXPONENTIAL;
        row->temporality = temporality_of(message->exponential_histogram->aggregation_temporality);
        return true;
    case HAE_OTLP__METRIC__DATA_SUMMARY:
        row->kind = HAE_VIEW_SUMMARY;
        return true;
    default:
        return false;
    }
}

void hae_view_take_metric(struct hae_view_intake *intake, const HaeOtlp__Metric *message)
{
    struct hae_view_metric_row row = {
        .name = hae_view_plain_text(&intake->texts[0], message->name, false),
        .unit = hae_view_plain_text(&intake->texts[1], message->unit, false),
        .description = hae_view_plain_text(&intake->texts[2], message->description, true),
    };
    if (!describe(message, &row)) {
        return;
    }
    hae_view_store_metric(intake->store, &intake->origin, &row);
    switch (message->data_case) {
    case HAE_OTLP__METRIC__DATA_GAUGE:
        take_numbers(intake, message->gauge->data_points, message->gauge->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_SUM:
        take_numbers(intake, message->sum->data_points, message->sum->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        take_histograms(intake, message->histogram->data_points, message->histogram->n_data_points);
        break;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        take_exponentials(intake, message->exponential_histogram->data_points,
                          message->exponential_histogram->n_data_points);
        break;
    default:
        take_summaries(intake, message->summary->data_points, message->summary->n_data_points);
        break;
    }
}
