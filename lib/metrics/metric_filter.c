/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/metric_filter.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "base/reference.h"
#include "recorder/origin.h"
#include "wire/otlp.h"
#include "wire/reader.h"
#include "wire/value_view.h"

haetae_status hae_metric_filter_new(const haetae_metric_filter *ops,
                                    struct hae_metric_filter **ret_filter)
{
    haetae_metric_filter known;
    struct hae_metric_filter *filter;

    if (ops == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_metric_filter, &known, ops) == HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    if (known.test_metric == NULL) {
        return HAETAE_EINVAL;
    }
    filter = hae_calloc(1, sizeof *filter);
    if (filter == NULL) {
        return HAETAE_ENOMEM;
    }
    filter->ops = known;
    *ret_filter = hae_metric_filter_ref(filter);
    return HAETAE_OK;
}

struct hae_metric_filter *hae_metric_filter_ref(struct hae_metric_filter *filter)
{
    if (filter != NULL) {
        hae_reference_take(&filter->references);
    }
    return filter;
}

void hae_metric_filter_unref(struct hae_metric_filter *filter)
{
    if (filter == NULL || !hae_reference_drop(&filter->references)) {
        return;
    }
    if (filter->ops.free != NULL) {
        filter->ops.free(filter->ops.self);
    }
    hae_free(filter);
}

bool hae_filter_metric(struct hae_filtered_metric *filtered)
{
    const struct hae_metric_filter *filter = filtered->filter;

    filtered->result =
        filter->ops.test_metric(filter->ops.self, &filtered->origin, &filtered->metric);
    return filtered->result != HAETAE_FILTER_DROP;
}

static int32_t kind_of(const struct hae_stream *stream)
{
    switch (stream->data->aggregation) {
    case HAE_AGGREGATION_SUM:
        return HAETAE_POINT_SUM;
    case HAE_AGGREGATION_HISTOGRAM:
        return HAETAE_POINT_HISTOGRAM;
    case HAE_AGGREGATION_EXPONENTIAL:
        return HAETAE_POINT_EXPONENTIAL_HISTOGRAM;
    default:
        return HAETAE_POINT_GAUGE;
    }
}

static haetae_metric_description describe(const struct hae_stream *stream, uint8_t temporality)
{
    const struct hae_stream_data *data = stream->data;
    haetae_metric_description metric = HAETAE_OPTIONS(haetae_metric_description);
    struct hae_reader reader = hae_reader_over(data->fields, data->fields_size_bytes);
    struct hae_field field;

    metric.kind = kind_of(stream);
    metric.temporality = stream->aggregation->has_temporality ? temporality : 0;
    metric.monotonic = metric.kind == HAETAE_POINT_SUM && hae_kind_is_monotonic(data->kind);
    while (hae_read_field(&reader, &field)) {
        haetae_string text = {(const char *)field.data, field.size_bytes};

        if (field.number == HAE_OTLP_METRIC_NAME) {
            metric.name = text;
        } else if (field.number == HAE_OTLP_METRIC_UNIT) {
            metric.unit = text;
        } else if (field.number == HAE_OTLP_METRIC_DESCRIPTION) {
            metric.description = text;
        }
    }
    return metric;
}

bool hae_filter_stream(struct hae_filtered_metric *filtered, const struct hae_metric_filter *filter,
                       const struct hae_stream *stream, uint8_t temporality)
{
    if (filter == NULL) {
        *filtered = (struct hae_filtered_metric){.filter = NULL};
        return true;
    }
    *filtered = (struct hae_filtered_metric){
        .filter = filter,
        .origin = hae_origin_of(stream->recorder, stream->data->scope, NULL, 0),
        .metric = describe(stream, temporality)};
    return hae_filter_metric(filtered);
}

bool hae_filter_attributes(const struct hae_filtered_metric *filtered,
                           const haetae_attribute *attributes, size_t count)
{
    const struct hae_metric_filter *filter = filtered->filter;

    return filter == NULL || filtered->result != HAETAE_FILTER_ACCEPT_PARTIAL ||
           filter->ops.test_attributes == NULL ||
           filter->ops.test_attributes(filter->ops.self, &filtered->origin, &filtered->metric,
                                       attributes, count) != HAETAE_FILTER_DROP;
}

/* The attributes of a series, read back. */
struct read_back {
    haetae_attribute *attributes;
    struct hae_value_view *views;
    size_t count;
};

static void free_read(struct read_back *read)
{
    for (size_t i = 0; i < read->count; i++) {
        hae_value_view_done(&read->views[i]);
    }
    hae_free(read->views);
    hae_free(read->attributes);
}

/* False: there is no memory. Call free_read() in either case. */
static bool read_attributes(struct read_back *read, const uint8_t *fields, size_t size_bytes,
                            size_t most)
{
    struct hae_reader reader = hae_reader_over(fields, size_bytes);
    const uint8_t *begin = fields;
    struct hae_field field;

    read->attributes = hae_calloc(most + 1, sizeof read->attributes[0]);
    read->views = hae_calloc(most + 1, sizeof read->views[0]);
    if (read->attributes == NULL || read->views == NULL) {
        return false;
    }
    while (read->count < most && hae_read_field(&reader, &field)) {
        const uint8_t *end = field.data + field.size_bytes;
        struct hae_value_view *view = &read->views[read->count];

        if (hae_value_view_init(view, begin, (size_t)(end - begin)) != HAETAE_OK) {
            hae_value_view_done(view);
            return false;
        }
        read->attributes[read->count++] = view->attribute;
        begin = end;
    }
    return true;
}

bool hae_filter_series(const struct hae_filtered_metric *filtered, const struct hae_stream *stream,
                       const struct hae_series *series, bool *ret_known)
{
    struct read_back read = {.count = 0};
    bool accepted = true;

    *ret_known = true;
    if (filtered->filter == NULL || filtered->result != HAETAE_FILTER_ACCEPT_PARTIAL) {
        return true;
    }
    if (read_attributes(&read, hae_ref_at(stream->region, series->attributes),
                        series->attributes_size_bytes, series->attribute_count)) {
        accepted = hae_filter_attributes(filtered, read.attributes, read.count);
    } else {
        *ret_known = false;
    }
    free_read(&read);
    return accepted;
}
