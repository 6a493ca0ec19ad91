/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "item_list.h"
#include "log.h"
#include "metric.h"
#include "span.h"
#include "wire/otlp.h"

/* The three signals' requests are built alike. */
#define SAME(a, b, c)                                                                              \
    _Static_assert((int)(a) == (int)(b) && (int)(a) == (int)(c), "the same number")
SAME(HAE_OTLP_EXPORT_TRACE_SERVICE_REQUEST_RESOURCE_SPANS,
     HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS,
     HAE_OTLP_EXPORT_LOGS_SERVICE_REQUEST_RESOURCE_LOGS);
SAME(HAE_OTLP_RESOURCE_SPANS_RESOURCE, HAE_OTLP_RESOURCE_METRICS_RESOURCE,
     HAE_OTLP_RESOURCE_LOGS_RESOURCE);
SAME(HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS, HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS,
     HAE_OTLP_RESOURCE_LOGS_SCOPE_LOGS);
SAME(HAE_OTLP_RESOURCE_SPANS_SCHEMA_URL, HAE_OTLP_RESOURCE_METRICS_SCHEMA_URL,
     HAE_OTLP_RESOURCE_LOGS_SCHEMA_URL);
SAME(HAE_OTLP_SCOPE_SPANS_SCOPE, HAE_OTLP_SCOPE_METRICS_SCOPE, HAE_OTLP_SCOPE_LOGS_SCOPE);
SAME(HAE_OTLP_SCOPE_SPANS_SPANS, HAE_OTLP_SCOPE_METRICS_METRICS, HAE_OTLP_SCOPE_LOGS_LOG_RECORDS);
SAME(HAE_OTLP_SCOPE_SPANS_SCHEMA_URL, HAE_OTLP_SCOPE_METRICS_SCHEMA_URL,
     HAE_OTLP_SCOPE_LOGS_SCHEMA_URL);

static void add(struct hae_mem_parser *parser, struct hae_mem_list *list, struct hae_reader message)
{
    switch (list->signal) {
    case HAETAE_SIGNAL_TRACES:
        hae_mem_add_span(parser, list, message);
        break;
    case HAETAE_SIGNAL_METRICS:
        hae_mem_add_metric(parser, list, message);
        break;
    default:
        hae_mem_add_log(parser, list, message);
        break;
    }
}

static void read_scope_items(struct hae_mem_parser *parser, struct hae_mem_list *list,
                             struct hae_reader message)
{
    haetae_memory_scope *scope = hae_mem_take(parser, 1, sizeof *scope);
    struct hae_reader whole = message;
    struct hae_field field;

    if (scope == NULL) {
        return;
    }
    *scope = (haetae_memory_scope)HAETAE_OPTIONS(haetae_memory_scope);
    list->scope = scope;
    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_SCOPE_SPANS_SCOPE, HAE_WIRE_LENGTH):
            hae_mem_scope(parser, hae_mem_inside(&field), scope);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SCOPE_SPANS_SCHEMA_URL, HAE_WIRE_LENGTH):
            scope->schema_url = hae_mem_text(&field);
            break;
        default:
            break;
        }
    }
    while (hae_mem_next(parser, &whole, &field)) {
        if (hae_mem_field(&field) == HAE_MEM_FIELD(HAE_OTLP_SCOPE_SPANS_SPANS, HAE_WIRE_LENGTH)) {
            add(parser, list, hae_mem_inside(&field));
        }
    }
}

static void read_resource_items(struct hae_mem_parser *parser, struct hae_mem_list *list,
                                struct hae_reader message)
{
    haetae_memory_resource *resource = hae_mem_take(parser, 1, sizeof *resource);
    struct hae_reader whole = message;
    struct hae_field field;

    if (resource == NULL) {
        return;
    }
    *resource = (haetae_memory_resource)HAETAE_OPTIONS(haetae_memory_resource);
    list->resource = resource;
    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_RESOURCE_SPANS_RESOURCE, HAE_WIRE_LENGTH):
            hae_mem_resource(parser, hae_mem_inside(&field), resource);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_RESOURCE_SPANS_SCHEMA_URL, HAE_WIRE_LENGTH):
            resource->schema_url = hae_mem_text(&field);
            break;
        default:
            break;
        }
    }
    while (hae_mem_next(parser, &whole, &field)) {
        if (hae_mem_field(&field) ==
            HAE_MEM_FIELD(HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS, HAE_WIRE_LENGTH)) {
            read_scope_items(parser, list, hae_mem_inside(&field));
        }
    }
}

enum hae_mem_decoded hae_mem_decode(struct hae_mem_arena *arena, haetae_signal signal,
                                    const uint8_t *data, size_t size_bytes,
                                    struct hae_mem_entry **ret_first, size_t *ret_count)
{
    struct hae_mem_parser parser = {.arena = arena};
    struct hae_mem_list list = {.signal = signal, .last = &list.first};
    uint8_t *copy = hae_mem_take(&parser, size_bytes, 1);
    struct hae_reader reader = hae_reader_over(copy, copy != NULL ? size_bytes : 0);
    struct hae_field field;

    if (copy != NULL && size_bytes > 0) {
        memcpy(copy, data, size_bytes);
    }
    while (hae_mem_next(&parser, &reader, &field)) {
        if (hae_mem_field(&field) ==
            HAE_MEM_FIELD(HAE_OTLP_EXPORT_TRACE_SERVICE_REQUEST_RESOURCE_SPANS, HAE_WIRE_LENGTH)) {
            read_resource_items(&parser, &list, hae_mem_inside(&field));
        }
    }
    if (parser.malformed) {
        return HAE_MEM_MALFORMED;
    }
    if (parser.failed) {
        return arena->full ? HAE_MEM_FULL : HAE_MEM_NO_MEMORY;
    }
    *ret_first = list.first;
    *ret_count = list.count;
    return HAE_MEM_DECODED;
}
