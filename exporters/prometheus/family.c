/* SPDX-License-Identifier: Apache-2.0 */
#include "family.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/printable.h"
#include "name.h"
#include "value.h"
#include "wire/otlp.h"

void hae_prom_index_init(struct hae_prom_index *index, const struct hae_prom_style *style,
                         hae_prom_report *report, void *user)
{
    *index = (struct hae_prom_index){
        .style = style, .report = report, .user = user, .names = HAE_BUFFER_INIT};
}

void hae_prom_index_done(struct hae_prom_index *index)
{
    hae_free(index->list);
    hae_buffer_done(&index->names);
    index->list = NULL;
    index->count = 0;
}

const char *hae_prom_target_family(const struct hae_prom_style *style)
{
    return style->format == HAE_PROM_OPENMETRICS ? "target" : "target_info";
}

void hae_prom_index_report(const struct hae_prom_index *index, haetae_string name, const char *why)
{
    char shown[128];
    char text[256];

    if (index->report != NULL) {
        (void)hae_escape(shown, sizeof shown, name.data, name.length);
        snprintf(text, sizeof text, "metric \"%s\" is left out: %s", shown, why);
        index->report(index->user, text);
    }
}

/* ---- Reading ----------------------------------------------------------------------------- */

static haetae_string text_of(const struct hae_field *field)
{
    return (haetae_string){(const char *)field->data, field->size_bytes};
}

static struct hae_prom_metric *append(struct hae_prom_index *index)
{
    if (index->count == index->capacity) {
        size_t capacity = index->capacity < 64 ? 64 : index->capacity * 2;
        struct hae_prom_metric *list = hae_realloc(index->list, capacity * sizeof *list);

        if (list == NULL) {
            index->failed = true;
            return NULL;
        }
        index->list = list;
        index->capacity = capacity;
    }
    return &index->list[index->count++];
}

/* What a Gauge, Sum, Histogram and so on says of itself. */
struct traits {
    bool has_points;
    bool is_monotonic;
    uint64_t temporality;
};

static bool read_traits(hae_prom_kind kind, struct hae_reader reader, struct traits *ret_traits)
{
    struct hae_field field;

    /* The numbers are the same in all of them. */
    *ret_traits = (struct traits){false, false, 0};
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SUM_DATA_POINTS) {
            ret_traits->has_points = true;
        } else if (field.number == HAE_OTLP_SUM_AGGREGATION_TEMPORALITY) {
            ret_traits->temporality = field.value;
        } else if (field.number == HAE_OTLP_SUM_IS_MONOTONIC && kind == HAE_OTLP_METRIC_SUM) {
            ret_traits->is_monotonic = field.value != 0;
        }
    }
    return reader.at == reader.end;
}

static enum hae_prom_type type_of(hae_prom_kind kind, bool is_monotonic, bool is_unknown)
{
    switch (kind) {
    case HAE_OTLP_METRIC_HISTOGRAM:
    case HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM:
        return HAE_PROM_HISTOGRAM;
    case HAE_OTLP_METRIC_SUMMARY:
        return HAE_PROM_SUMMARY;
    case HAE_OTLP_METRIC_SUM:
        if (is_monotonic) {
            return HAE_PROM_COUNTER;
        }
        return is_unknown ? HAE_PROM_UNKNOWN : HAE_PROM_GAUGE;
    default:
        return is_unknown ? HAE_PROM_UNKNOWN : HAE_PROM_GAUGE;
    }
}

/* Metadata by which whoever read the metric from a Prometheus keeps its type. */
static bool says_unknown(const struct hae_field *field)
{
    static const char key_wanted[] = "prometheus.type";
    static const char text_wanted[] = "unknown";
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_reader value;
    haetae_string key;
    haetae_string text = {NULL, 0};
    bool ok = hae_prom_read_attribute(field, &key, &value) && key.length == sizeof key_wanted - 1 &&
              memcmp(key.data, key_wanted, key.length) == 0 && hae_prom_value(&out, value, &text);

    hae_buffer_done(&out);
    return ok && text.data != NULL && text.length == sizeof text_wanted - 1 &&
           memcmp(text.data, text_wanted, text.length) == 0;
}

struct parts {
    haetae_string name;
    haetae_string help;
    haetae_string unit;
    bool is_unknown;
    hae_prom_kind kind;
    struct hae_reader points;
};

static bool read_parts(struct hae_reader reader, struct parts *ret_parts)
{
    struct hae_field field;

    *ret_parts = (struct parts){.name = {"", 0}, .help = {"", 0}, .unit = {"", 0}};
    while (hae_read_field(&reader, &field)) {
        if (field.type != HAE_WIRE_LENGTH) {
            continue;
        }
        switch (field.number) {
        case HAE_OTLP_METRIC_NAME:
            ret_parts->name = text_of(&field);
            break;
        case HAE_OTLP_METRIC_DESCRIPTION:
            ret_parts->help = text_of(&field);
            break;
        case HAE_OTLP_METRIC_UNIT:
            ret_parts->unit = text_of(&field);
            break;
        case HAE_OTLP_METRIC_METADATA:
            ret_parts->is_unknown = ret_parts->is_unknown || says_unknown(&field);
            break;
        case HAE_OTLP_METRIC_GAUGE:
        case HAE_OTLP_METRIC_SUM:
        case HAE_OTLP_METRIC_HISTOGRAM:
        case HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM:
        case HAE_OTLP_METRIC_SUMMARY:
            ret_parts->kind = field.number;
            ret_parts->points = hae_reader_over(field.data, field.size_bytes);
            break;
        default:
            break;
        }
    }
    return reader.at == reader.end;
}

static bool is_cumulative(hae_prom_kind kind, const struct traits *traits)
{
    return kind == HAE_OTLP_METRIC_GAUGE || kind == HAE_OTLP_METRIC_SUMMARY ||
           traits->temporality == HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE;
}

static bool add_metric(struct hae_prom_index *index, const struct hae_field *field,
                       const struct hae_prom_metric *place)
{
    struct hae_prom_metric *metric;
    struct traits traits;
    struct parts parts;

    if (!read_parts(hae_reader_over(field->data, field->size_bytes), &parts)) {
        return false;
    }
    if (parts.kind == 0 || parts.name.length == 0) {
        return true;
    }
    if (!read_traits(parts.kind, parts.points, &traits)) {
        return false;
    }
    if (!traits.has_points) {
        return true;
    }
    if (!is_cumulative(parts.kind, &traits)) {
        hae_prom_index_report(index, parts.name, "its temporality is not cumulative");
        return true;
    }
    metric = append(index);
    if (metric == NULL) {
        return true;
    }
    *metric = *place;
    metric->help = parts.help;
    metric->unit = parts.unit;
    metric->kind = parts.kind;
    metric->points = parts.points;
    metric->order = index->count;
    metric->family_at = index->names.length;
    metric->type = hae_prom_put_family(&index->names, index->style, parts.name, parts.unit,
                                       type_of(parts.kind, traits.is_monotonic, parts.is_unknown));
    metric->family.length = index->names.length - metric->family_at;
    return true;
}

static bool add_scope(struct hae_prom_index *index, struct hae_reader reader,
                      struct hae_reader resource)
{
    struct hae_prom_metric place = {.resource = resource, .schema_url = {"", 0}};
    struct hae_reader again = reader;
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SCOPE_METRICS_SCOPE && field.type == HAE_WIRE_LENGTH) {
            place.scope = hae_reader_over(field.data, field.size_bytes);
        } else if (field.number == HAE_OTLP_SCOPE_METRICS_SCHEMA_URL &&
                   field.type == HAE_WIRE_LENGTH) {
            place.schema_url = text_of(&field);
        }
    }
    if (reader.at != reader.end) {
        return false;
    }
    while (hae_read_field(&again, &field)) {
        if (field.number == HAE_OTLP_SCOPE_METRICS_METRICS && field.type == HAE_WIRE_LENGTH &&
            !add_metric(index, &field, &place)) {
            return false;
        }
    }
    return true;
}

static bool add_resource(struct hae_prom_index *index, struct hae_reader reader)
{
    struct hae_reader resource = {NULL, NULL};
    struct hae_reader again = reader;
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_RESOURCE_METRICS_RESOURCE && field.type == HAE_WIRE_LENGTH) {
            resource = hae_reader_over(field.data, field.size_bytes);
        }
    }
    if (reader.at != reader.end) {
        return false;
    }
    if (index->resource.at == index->resource.end) {
        index->resource = resource;
    }
    while (hae_read_field(&again, &field)) {
        if (field.number == HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS &&
            field.type == HAE_WIRE_LENGTH &&
            !add_scope(index, hae_reader_over(field.data, field.size_bytes), resource)) {
            return false;
        }
    }
    return true;
}

bool hae_prom_index_add(struct hae_prom_index *index, const uint8_t *request, size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(request, size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS &&
            field.type == HAE_WIRE_LENGTH &&
            !add_resource(index, hae_reader_over(field.data, field.size_bytes))) {
            return false;
        }
    }
    return reader.at == reader.end;
}
