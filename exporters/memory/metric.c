/* SPDX-License-Identifier: Apache-2.0 */
#include "metric.h"

#include "point.h"
#include "wire/otlp.h"

/* The messages of the five kinds of metrics. Each has its points in the field of the same number,
 * and its temporality too, if it has one. */
_Static_assert((int)HAE_OTLP_GAUGE_DATA_POINTS == (int)HAE_OTLP_SUM_DATA_POINTS &&
                   (int)HAE_OTLP_HISTOGRAM_DATA_POINTS == (int)HAE_OTLP_SUM_DATA_POINTS &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINTS ==
                       (int)HAE_OTLP_SUM_DATA_POINTS &&
                   (int)HAE_OTLP_SUMMARY_DATA_POINTS == (int)HAE_OTLP_SUM_DATA_POINTS,
               "points of all kinds are in the same field");
_Static_assert((int)HAE_OTLP_HISTOGRAM_AGGREGATION_TEMPORALITY ==
                       (int)HAE_OTLP_SUM_AGGREGATION_TEMPORALITY &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_AGGREGATION_TEMPORALITY ==
                       (int)HAE_OTLP_SUM_AGGREGATION_TEMPORALITY,
               "temporalities of all kinds are in the same field");

static int32_t kind_of(const struct hae_field *field)
{
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_METRIC_GAUGE, HAE_WIRE_LENGTH):
        return HAETAE_POINT_GAUGE;
    case HAE_MEM_FIELD(HAE_OTLP_METRIC_SUM, HAE_WIRE_LENGTH):
        return HAETAE_POINT_SUM;
    case HAE_MEM_FIELD(HAE_OTLP_METRIC_HISTOGRAM, HAE_WIRE_LENGTH):
        return HAETAE_POINT_HISTOGRAM;
    case HAE_MEM_FIELD(HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, HAE_WIRE_LENGTH):
        return HAETAE_POINT_EXPONENTIAL_HISTOGRAM;
    case HAE_MEM_FIELD(HAE_OTLP_METRIC_SUMMARY, HAE_WIRE_LENGTH):
        return HAETAE_POINT_SUMMARY;
    default:
        return 0;
    }
}

/* `*ret_data` is what has the points; it is empty for a metric without a kind. */
static void read_metric(struct hae_mem_parser *parser, struct hae_reader message,
                        haetae_metric_description *metric, struct hae_reader *ret_data)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_METRIC_NAME, HAE_WIRE_LENGTH):
            metric->name = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_METRIC_DESCRIPTION, HAE_WIRE_LENGTH):
            metric->description = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_METRIC_UNIT, HAE_WIRE_LENGTH):
            metric->unit = hae_mem_text(&field);
            break;
        default:
            if (kind_of(&field) != 0) {
                metric->kind = kind_of(&field);
                *ret_data = hae_mem_inside(&field);
            }
            break;
        }
    }
}

static void read_data(struct hae_mem_parser *parser, struct hae_reader message,
                      haetae_metric_description *metric)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) ==
            HAE_MEM_FIELD(HAE_OTLP_SUM_AGGREGATION_TEMPORALITY, HAE_WIRE_VARINT)) {
            metric->temporality = (int32_t)field.value;
        } else if (metric->kind == HAETAE_POINT_SUM &&
                   hae_mem_field(&field) ==
                       HAE_MEM_FIELD(HAE_OTLP_SUM_IS_MONOTONIC, HAE_WIRE_VARINT)) {
            metric->monotonic = field.value != 0;
        }
    }
}

static void add_point(struct hae_mem_parser *parser, struct hae_mem_list *list,
                      const haetae_metric_description *metric, struct hae_reader message)
{
    haetae_memory_item *item = hae_mem_add_item(parser, list);
    haetae_memory_point *point = hae_mem_take(parser, 1, sizeof *point);

    if (point == NULL) {
        return;
    }
    *point = (haetae_memory_point)HAETAE_OPTIONS(haetae_memory_point, .metric = metric);
    item->name = metric->name;
    item->point = point;
    hae_mem_point(parser, message, point);
    if (!parser->failed) {
        item->attributes = point->point->attributes;
        item->attribute_count = point->point->attribute_count;
    }
}

void hae_mem_add_metric(struct hae_mem_parser *parser, struct hae_mem_list *list,
                        struct hae_reader message)
{
    haetae_metric_description *metric = hae_mem_take(parser, 1, sizeof *metric);
    struct hae_reader data = hae_reader_over(NULL, 0);
    struct hae_field field;

    if (metric == NULL) {
        return;
    }
    *metric = (haetae_metric_description)HAETAE_OPTIONS(haetae_metric_description);
    read_metric(parser, message, metric, &data);
    read_data(parser, data, metric);
    while (hae_mem_next(parser, &data, &field)) {
        if (hae_mem_field(&field) == HAE_MEM_FIELD(HAE_OTLP_SUM_DATA_POINTS, HAE_WIRE_LENGTH)) {
            add_point(parser, list, metric, hae_mem_inside(&field));
        }
    }
}
