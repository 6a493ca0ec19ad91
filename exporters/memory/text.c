/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "base/json.h"
#include "match.h"

static const char *one_of(const char *const *names, size_t count, int32_t index)
{
    return index >= 0 && (size_t)index < count ? names[index] : "?";
}

#define ONE_OF(names, index) one_of((names), sizeof(names) / sizeof(names)[0], (index))

static void put_text(struct hae_json *json, const char *name, haetae_string text)
{
    hae_json_text_of(json, name, text.length > 0 ? text.data : "", text.length);
}

static void put_text_if_any(struct hae_json *json, const char *name, haetae_string text)
{
    if (text.length > 0) {
        put_text(json, name, text);
    }
}

static bool is_zero(const uint8_t *id, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (id[i] != 0) {
            return false;
        }
    }
    return true;
}

static void put_id_if_any(struct hae_json *json, const char *name, const uint8_t *id,
                          size_t size_bytes)
{
    if (!is_zero(id, size_bytes)) {
        hae_json_hex(json, name, id, size_bytes);
    }
}

static void put_context(struct hae_json *json, const haetae_span_context *context)
{
    put_id_if_any(json, "trace_id", context->trace_id, sizeof context->trace_id);
    put_id_if_any(json, "span_id", context->span_id, sizeof context->span_id);
}

/* ---- Values ------------------------------------------------------------------------------ */

/* The writer takes names that end with NUL; keys are texts with a length. So an attribute is an
 * element of a list, with its key and its value. */
static void put_attributes(struct hae_json *json, const char *name,
                           const haetae_attribute *attributes, size_t count);

static void put_value(struct hae_json *json, const char *name, const haetae_value *value)
{
    switch (value->type) {
    case HAETAE_VALUE_STRING:
        put_text(json, name, value->as.string);
        break;
    case HAETAE_VALUE_BOOL:
        hae_json_bool(json, name, value->as.boolean);
        break;
    case HAETAE_VALUE_INT64:
        hae_json_integer(json, name, value->as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        hae_json_number(json, name, value->as.real);
        break;
    case HAETAE_VALUE_BYTES:
        hae_json_base64(json, name, value->as.bytes.data, value->as.bytes.length);
        break;
    case HAETAE_VALUE_ARRAY:
        hae_json_open(json, name, '[');
        for (size_t i = 0; i < value->as.array.count; i++) {
            put_value(json, NULL, &value->as.array.items[i]);
        }
        hae_json_close(json, ']');
        break;
    case HAETAE_VALUE_MAP:
        put_attributes(json, name, value->as.map.items, value->as.map.count);
        break;
    default:
        hae_json_null(json, name);
        break;
    }
}

static void put_attributes(struct hae_json *json, const char *name,
                           const haetae_attribute *attributes, size_t count)
{
    hae_json_open(json, name, '[');
    for (size_t i = 0; i < count; i++) {
        hae_json_open(json, NULL, '{');
        put_text(json, "key", attributes[i].key);
        put_value(json, "value", &attributes[i].value);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
}

/* ---- Items ------------------------------------------------------------------------------- */

static void put_span(struct hae_json *json, const haetae_memory_span *span)
{
    static const char *const kinds[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    static const char *const statuses[] = {"unset", "ok", "error"};

    hae_json_text(json, "kind", ONE_OF(kinds, span->kind));
    hae_json_text(json, "status", ONE_OF(statuses, span->status));
    put_text_if_any(json, "description", span->status_description);
    put_context(json, &span->context);
    put_id_if_any(json, "parent_span_id", span->parent_span_id, sizeof span->parent_span_id);
    if (span->event_count > 0) {
        hae_json_open(json, "events", '[');
        for (size_t i = 0; i < span->event_count; i++) {
            put_text(json, NULL, span->events[i].name);
        }
        hae_json_close(json, ']');
    }
    if (span->link_count > 0) {
        hae_json_count(json, "links", span->link_count);
    }
}

static void put_log(struct hae_json *json, const haetae_memory_log *log)
{
    hae_json_integer(json, "severity", log->severity);
    put_text_if_any(json, "severity_text", log->severity_text);
    put_value(json, "body", &log->body);
    put_context(json, &log->context);
}

static void put_point(struct hae_json *json, const haetae_memory_point *point)
{
    static const char *const kinds[] = {
        "?", "sum", "gauge", "histogram", "exponential_histogram", "summary"};
    static const char *const temporalities[] = {"?", "delta", "cumulative"};
    const haetae_metric_point *values = point->point;

    hae_json_text(json, "kind", ONE_OF(kinds, point->metric->kind));
    if (point->metric->temporality != 0) {
        hae_json_text(json, "temporality", ONE_OF(temporalities, point->metric->temporality));
    }
    put_text_if_any(json, "unit", point->metric->unit);
    if (point->metric->kind != HAETAE_POINT_SUM && point->metric->kind != HAETAE_POINT_GAUGE) {
        hae_json_count(json, "count", values->count);
        if (values->has_sum != 0) {
            hae_json_number(json, "sum", values->sum);
        }
    } else if (values->number_type == HAETAE_NUMBER_INT64) {
        hae_json_integer(json, "value", values->as_int64);
    } else {
        hae_json_number(json, "value", values->as_double);
    }
}

void hae_mem_put_item(struct hae_buffer *out, const haetae_memory_item *item)
{
    static const char *const names[] = {"span", "metric", "log"};
    struct hae_json json = HAE_JSON_INIT(out);

    hae_json_open(&json, NULL, '{');
    put_text(&json, ONE_OF(names, item->signal), item->name);
    if (item->span != NULL) {
        put_span(&json, item->span);
    } else if (item->log != NULL) {
        put_log(&json, item->log);
    } else {
        put_point(&json, item->point);
    }
    if (item->attribute_count > 0) {
        put_attributes(&json, "attributes", item->attributes, item->attribute_count);
    }
    put_text_if_any(&json, "scope", item->scope->name);
    hae_json_close(&json, '}');
    hae_buffer_char(out, '\n');
}

static void put_signals(struct hae_json *json, uint32_t signals)
{
    hae_json_open(json, "signals", '[');
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((signals >> signal & 1) != 0) {
            hae_json_text(json, NULL, haetae_signal_name((haetae_signal)signal));
        }
    }
    hae_json_close(json, ']');
}

static void put_query_fields(struct hae_json *json, const haetae_memory_query *query)
{
    if (query->signals != 0) {
        put_signals(json, query->signals);
    }
    put_text_if_any(json, "name", query->name);
    if (query->attribute_count > 0) {
        put_attributes(json, "attributes", query->attributes, query->attribute_count);
    }
    if (query->matches != NULL) {
        hae_json_bool(json, "matches", true);
    }
}

void hae_mem_put_query(struct hae_buffer *out, const haetae_memory_query *query)
{
    struct hae_json json = HAE_JSON_INIT(out);

    hae_json_open(&json, NULL, '{');
    if (query != NULL) {
        put_query_fields(&json, query);
    }
    hae_json_close(&json, '}');
}
