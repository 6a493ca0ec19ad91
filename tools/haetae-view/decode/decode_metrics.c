/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_metrics.h"

#include <math.h>

#include "decode/decode_json.h"
#include "decode/distributions.h"

/* A kind of metric, and of its data points. */
struct kind {
    uint32_t number;                 /* the field of Metric that has them */
    enum hae_view_metric_kind shown; /* sums differ by whether they are monotonic */
    /* Fields of a data point. In all kinds the times have the same numbers, as have the data points
     * themselves and the temporality. */
    uint32_t attributes;
    uint32_t flags;
    uint32_t exemplars; /* 0: it has none */
    /* NULL: a number. */
    struct hae_view_text (*take)(struct hae_view_intake *intake, struct hae_view_bytes point,
                                 struct hae_view_figures *ret_figures);
};

static const struct kind kinds[] = {
    {HAE_OTLP_METRIC_GAUGE, HAE_VIEW_GAUGE, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_NUMBER_DATA_POINT_FLAGS, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, NULL},
    {HAE_OTLP_METRIC_SUM, HAE_VIEW_UP_DOWN, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_NUMBER_DATA_POINT_FLAGS, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, NULL},
    {HAE_OTLP_METRIC_HISTOGRAM, HAE_VIEW_HISTOGRAM, HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_HISTOGRAM_DATA_POINT_FLAGS, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS,
     hae_view_take_histogram},
    {HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, HAE_VIEW_EXPONENTIAL,
     HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS,
     HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS, hae_view_take_exponential},
    {HAE_OTLP_METRIC_SUMMARY, HAE_VIEW_SUMMARY, HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_SUMMARY_DATA_POINT_FLAGS, 0, hae_view_take_summary},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static void take_exemplar(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    struct hae_view_exemplar_row row = {.has_trace = false};
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    bool has_trace = false;
    bool has_span = false;
    while (hae_read_field(&reader, &field)) {
        switch (field.number) {
        case HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO:
            row.time_ns = field.value;
            break;
        case HAE_OTLP_EXEMPLAR_AS_DOUBLE:
            row.value = hae_double_from_bits(field.value);
            break;
        case HAE_OTLP_EXEMPLAR_AS_INT:
            row.value = (double)(int64_t)field.value;
            break;
        case HAE_OTLP_EXEMPLAR_TRACE_ID:
            has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &field);
            break;
        case HAE_OTLP_EXEMPLAR_SPAN_ID:
            has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &field);
            break;
        default:
            break;
        }
    }
    row.has_trace = has_trace && has_span;
    row.attributes = hae_view_attributes_json(
        &intake->texts[0],
        (struct hae_view_attributes){message, HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES});
    hae_view_store_exemplar(intake->store, &row);
}

static void read_number(struct hae_view_bytes point, struct hae_view_figures *figures)
{
    struct hae_reader reader = hae_view_fields_in(point);
    struct hae_field field;
    *figures = (struct hae_view_figures){.sum = NAN};
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_NUMBER_DATA_POINT_AS_INT) {
            figures->is_integer = true;
            figures->integer = (int64_t)field.value;
        } else if (field.number == HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE) {
            figures->is_integer = false;
            figures->value = hae_double_from_bits(field.value);
        }
    }
}

static void take_point(struct hae_view_intake *intake, const struct kind *kind,
                       struct hae_view_bytes point)
{
    static const uint64_t no_value = HAE_OTLP_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK;
    struct hae_view_point_row row = {.start_ns = 0};
    struct hae_reader reader = hae_view_fields_in(point);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO) {
            row.start_ns = field.value;
        } else if (field.number == HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO) {
            row.time_ns = field.value;
        } else if (field.number == kind->flags) {
            row.no_recorded_value = (field.value & no_value) != 0;
        }
    }
    if (kind->take != NULL) {
        row.buckets = kind->take(intake, point, &row.figures);
    } else {
        read_number(point, &row.figures);
    }
    struct hae_view_text attributes = hae_view_sorted_json(
        &intake->texts[0], &intake->pairs, (struct hae_view_attributes){point, kind->attributes});
    hae_view_store_point(intake->store, &intake->origin, attributes, &row);
    reader = hae_view_fields_in(point);
    while (kind->exemplars != 0 && hae_view_next_field(&reader, kind->exemplars, &field)) {
        take_exemplar(intake, hae_view_content(&field));
    }
}

/* The kind of the last field that has data: there should be only one. NULL: none has. */
static const struct kind *kind_of(struct hae_view_bytes metric)
{
    struct hae_reader reader = hae_view_fields_in(metric);
    const struct kind *kind = NULL;
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        for (size_t i = 0; i < KINDS; i++) {
            kind = kinds[i].number == field.number ? &kinds[i] : kind;
        }
    }
    return kind;
}

static enum hae_view_temporality temporality_of(uint64_t number)
{
    if (number == HAE_OTLP_AGGREGATION_TEMPORALITY_DELTA) {
        return HAE_VIEW_DELTA;
    }
    return number == HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE ? HAE_VIEW_CUMULATIVE
                                                                 : HAE_VIEW_UNSPECIFIED;
}

/* Reads what holds for all points. */
static void describe(const struct kind *kind, struct hae_view_bytes data,
                     struct hae_view_metric_row *row)
{
    struct hae_reader reader = hae_view_fields_in(data);
    struct hae_field field;
    bool has_temporality = kind->shown != HAE_VIEW_GAUGE && kind->shown != HAE_VIEW_SUMMARY;
    while (has_temporality && hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SUM_AGGREGATION_TEMPORALITY) {
            row->temporality = temporality_of(field.value);
        } else if (kind->shown == HAE_VIEW_UP_DOWN && field.number == HAE_OTLP_SUM_IS_MONOTONIC) {
            row->kind = field.value != 0 ? HAE_VIEW_COUNTER : HAE_VIEW_UP_DOWN;
        }
    }
}

static void take_points(struct hae_view_intake *intake, const struct kind *kind,
                        struct hae_view_bytes data)
{
    struct hae_reader reader = hae_view_fields_in(data);
    struct hae_field point;
    while (hae_view_next_field(&reader, HAE_OTLP_GAUGE_DATA_POINTS, &point)) {
        take_point(intake, kind, hae_view_content(&point));
    }
}

void hae_view_take_metric(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    const struct kind *kind = kind_of(message);
    if (kind == NULL) {
        return;
    }
    struct hae_view_metric_row row = {
        .kind = kind->shown,
        .name = hae_view_plain_text(&intake->texts[0],
                                    hae_view_last_field(message, HAE_OTLP_METRIC_NAME), false),
        .unit = hae_view_plain_text(&intake->texts[1],
                                    hae_view_last_field(message, HAE_OTLP_METRIC_UNIT), false),
        .description = hae_view_plain_text(
            &intake->texts[2], hae_view_last_field(message, HAE_OTLP_METRIC_DESCRIPTION), true),
    };
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field data;
    while (hae_view_next_field(&reader, kind->number, &data)) {
        describe(kind, hae_view_content(&data), &row);
    }
    hae_view_store_metric(intake->store, &intake->origin, &row);
    reader = hae_view_fields_in(message);
    while (hae_view_next_field(&reader, kind->number, &data)) {
        take_points(intake, kind, hae_view_content(&data));
    }
}
