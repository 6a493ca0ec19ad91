/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "base/hex.h"
#include "otlp.pb-c.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"
#include "wire/wire.h"

/* ---- Writing ----------------------------------------------------------------------------- */

/* A message that grows. */
static void put(struct bytes *to, const void *data, size_t size)
{
    to->data = realloc(to->data, to->size + size + 1);
    assert_non_null(to->data);
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void put_field(struct bytes *to, unsigned number, const void *data, size_t size)
{
    uint8_t head[2 + HAE_VARINT_MAX];
    uint8_t *at = head;

    at = hae_put_varint(at, number << 3 | HAE_WIRE_LENGTH);
    at = hae_put_varint(at, size);
    put(to, head, (size_t)(at - head));
    put(to, data, size);
}

/* Puts a message into a field, and frees it. */
static void put_message(struct bytes *to, unsigned number, struct bytes *message)
{
    put_field(to, number, message->data != NULL ? message->data : (uint8_t *)"", message->size);
    free(message->data);
    *message = (struct bytes){NULL, 0};
}

static void put_text(struct bytes *to, unsigned number, const char *text)
{
    put_field(to, number, text, strlen(text));
}

static void put_attribute(struct bytes *to, unsigned number, const char *key, const char *text)
{
    struct bytes value = {NULL, 0};
    struct bytes pair = {NULL, 0};

    put_text(&value, HAE_OTLP_ANY_VALUE_STRING_VALUE, text);
    put_text(&pair, HAE_OTLP_KEY_VALUE_KEY, key);
    put_message(&pair, HAE_OTLP_KEY_VALUE_VALUE, &value);
    put_message(to, number, &pair);
}

static void trace_id(unsigned number, unsigned traces, uint8_t ret_id[16])
{
    uint32_t trace = number % traces + 1;

    memset(ret_id, 0xA5, 16);
    memcpy(ret_id + 4, &trace, sizeof trace);
}

void request_trace(unsigned number, unsigned traces, char ret_hex[33])
{
    uint8_t id[16];

    trace_id(number, traces, id);
    *hae_put_hex(ret_hex, id, sizeof id) = '\0';
}

static struct bytes make_span(const struct request_plan *plan, unsigned number, const char *name)
{
    struct bytes span = {NULL, 0};
    uint8_t id[16];

    if (plan->traces > 0) {
        trace_id(number, plan->traces, id);
        put_field(&span, HAE_OTLP_SPAN_TRACE_ID, id, sizeof id);
    }
    put_text(&span, HAE_OTLP_SPAN_NAME, name);
    put_attribute(&span, HAE_OTLP_SPAN_ATTRIBUTES, "item", name);
    return span;
}

static struct bytes make_log(const struct request_plan *plan, unsigned number, const char *name)
{
    struct bytes record = {NULL, 0};
    uint8_t id[16];

    put_text(&record, HAE_OTLP_LOG_RECORD_EVENT_NAME, name);
    put_attribute(&record, HAE_OTLP_LOG_RECORD_ATTRIBUTES, "item", name);
    /* Every third has no trace. */
    if (plan->traces > 0 && number % 3 != 2) {
        trace_id(number, plan->traces, id);
        put_field(&record, HAE_OTLP_LOG_RECORD_TRACE_ID, id, sizeof id);
    }
    return record;
}

static struct bytes make_metric(const struct request_plan *plan, unsigned number, const char *name)
{
    struct bytes metric = {NULL, 0};
    struct bytes data = {NULL, 0};
    unsigned points = plan->points > 0 ? plan->points : 1;

    (void)number;
    for (unsigned i = 0; i < points; i++) {
        struct bytes point = {NULL, 0};

        put_attribute(&point, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES, "item", name);
        put_message(&data, HAE_OTLP_SUM_DATA_POINTS, &point);
    }
    put_text(&metric, HAE_OTLP_METRIC_NAME, name);
    put_message(&metric, HAE_OTLP_METRIC_SUM, &data);
    return metric;
}

static struct bytes make_item(const struct request_plan *plan, unsigned number)
{
    char name[2048];
    size_t length = (size_t)snprintf(name, sizeof name, "item %u", number);

    while (length < plan->name_bytes && length + 1 < sizeof name) {
        name[length++] = '.';
    }
    name[length] = '\0';
    switch (plan->signal) {
    case HAETAE_SIGNAL_TRACES:
        return make_span(plan, number, name);
    case HAETAE_SIGNAL_LOGS:
        return make_log(plan, number, name);
    default:
        return make_metric(plan, number, name);
    }
}

static struct bytes make_scope(const struct request_plan *plan, unsigned resource, unsigned scope)
{
    unsigned resources = plan->resources > 0 ? plan->resources : 1;
    unsigned scopes = plan->scopes > 0 ? plan->scopes : 1;
    struct bytes block = {NULL, 0};
    struct bytes inner = {NULL, 0};
    char text[40];

    snprintf(text, sizeof text, "scope %u", scope);
    put_text(&inner, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, text);
    put_message(&block, HAE_OTLP_SCOPE_SPANS_SCOPE, &inner);
    for (unsigned i = 0; i < plan->items; i++) {
        if (i % resources == resource && i / resources % scopes == scope) {
            struct bytes item = make_item(plan, i);

            put_message(&block, HAE_OTLP_SCOPE_SPANS_SPANS, &item);
        }
    }
    snprintf(text, sizeof text, "scope url %u", scope);
    put_text(&block, HAE_OTLP_SCOPE_SPANS_SCHEMA_URL, text);
    return block;
}

static struct bytes make_resource(const struct request_plan *plan, unsigned resource)
{
    unsigned scopes = plan->scopes > 0 ? plan->scopes : 1;
    struct bytes block = {NULL, 0};
    struct bytes inner = {NULL, 0};
    char text[40];

    snprintf(text, sizeof text, "resource %u", resource);
    for (int i = 0; i < 2; i++) {
        bool is_name = (i == 0) != plan->reversed;

        put_attribute(&inner, HAE_OTLP_RESOURCE_ATTRIBUTES, is_name ? "service.name" : "zone",
                      is_name ? text : "same");
    }
    put_message(&block, HAE_OTLP_RESOURCE_SPANS_RESOURCE, &inner);
    for (unsigned i = 0; i < scopes; i++) {
        struct bytes scope = make_scope(plan, resource, i);

        put_message(&block, HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS, &scope);
    }
    snprintf(text, sizeof text, "resource url %u", resource);
    put_text(&block, HAE_OTLP_RESOURCE_SPANS_SCHEMA_URL, text);
    return block;
}

struct bytes request_make(const struct request_plan *plan)
{
    struct bytes request = {NULL, 0};

    for (unsigned i = 0; i < (plan->resources > 0 ? plan->resources : 1); i++) {
        struct bytes resource = make_resource(plan, i);

        put_message(&request, HAE_OTLP_EXPORT_TRACE_SERVICE_REQUEST_RESOURCE_SPANS, &resource);
    }
    return request;
}

/* ---- Reading ----------------------------------------------------------------------------- */

/* A name without the dots that made it long. */
static void copy_name(char *to, size_t size, const char *name)
{
    if (name != NULL) {
        snprintf(to, size, "%.*s", (int)strcspn(name, "."), name);
    }
}

static void note_trace(struct found_item *item, const ProtobufCBinaryData *id)
{
    if (id->len == 16) {
        *hae_put_hex(item->trace, id->data, 16) = '\0';
    }
}

/* Whether the only attribute repeats the name. */
static bool repeats(HaeOtlp__KeyValue *const *attributes, size_t count, const char *name)
{
    return count == 1 && strcmp(attributes[0]->key, "item") == 0 &&
           strcmp(attributes[0]->value->string_value, name) == 0;
}

static void note_resource(struct found_item *item, const HaeOtlp__Resource *resource,
                          const char *url)
{
    for (size_t i = 0; i < resource->n_attributes; i++) {
        if (strcmp(resource->attributes[i]->key, "service.name") == 0) {
            copy_name(item->resource, sizeof item->resource,
                      resource->attributes[i]->value->string_value);
        }
    }
    copy_name(item->resource_url, sizeof item->resource_url, url);
}

static void note_scope(struct found_item *item, const HaeOtlp__InstrumentationScope *scope,
                       const char *url)
{
    copy_name(item->scope, sizeof item->scope, scope->name);
    copy_name(item->scope_url, sizeof item->scope_url, url);
}

/* The three requests have one shape, under different names. */
#define READ(Request, request_, Blocks, n_blocks_, blocks_, Scopes, n_scopes_, scopes_, Item,      \
             n_items_, items_, note_item)                                                          \
    do {                                                                                           \
        HaeOtlp__##Request *read = hae_otlp__##request_##__unpack(NULL, size, data);               \
                                                                                                   \
        assert_non_null(read);                                                                     \
        for (size_t r = 0; r < read->n_blocks_; r++) {                                             \
            const HaeOtlp__##Blocks *block = read->blocks_[r];                                     \
                                                                                                   \
            for (size_t s = 0; s < block->n_scopes_; s++) {                                        \
                const HaeOtlp__##Scopes *scope = block->scopes_[s];                                \
                                                                                                   \
                for (size_t i = 0; i < scope->n_items_; i++) {                                     \
                    struct found_item *item = &items[count++];                                     \
                                                                                                   \
                    assert_true(count <= max);                                                     \
                    *item = (struct found_item){.points = 1};                                      \
                    note_resource(item, block->resource, block->schema_url);                       \
                    note_scope(item, scope->scope, scope->schema_url);                             \
                    note_item(item, scope->items_[i]);                                             \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        hae_otlp__##request_##__free_unpacked(read, NULL);                                         \
    } while (0)

static void note_span(struct found_item *item, const HaeOtlp__Span *span)
{
    copy_name(item->name, sizeof item->name, span->name);
    note_trace(item, &span->trace_id);
    item->is_intact = repeats(span->attributes, span->n_attributes, span->name);
}

static void note_log(struct found_item *item, const HaeOtlp__LogRecord *record)
{
    copy_name(item->name, sizeof item->name, record->event_name);
    note_trace(item, &record->trace_id);
    item->is_intact = repeats(record->attributes, record->n_attributes, record->event_name);
}

static void note_metric(struct found_item *item, const HaeOtlp__Metric *metric)
{
    copy_name(item->name, sizeof item->name, metric->name);
    item->is_intact = metric->sum != NULL;
    item->points = metric->sum != NULL ? (unsigned)metric->sum->n_data_points : 0;
}

size_t request_read(haetae_signal signal, const uint8_t *data, size_t size,
                    struct found_item *items, size_t count, size_t max)
{
    switch (signal) {
    case HAETAE_SIGNAL_TRACES:
        READ(ExportTraceServiceRequest, export_trace_service_request, ResourceSpans,
             n_resource_spans, resource_spans, ScopeSpans, n_scope_spans, scope_spans, Span,
             n_spans, spans, note_span);
        break;
    case HAETAE_SIGNAL_LOGS:
        READ(ExportLogsServiceRequest, export_logs_service_request, ResourceLogs, n_resource_logs,
             resource_logs, ScopeLogs, n_scope_logs, scope_logs, LogRecord, n_log_records,
             log_records, note_log);
        break;
    default:
        READ(ExportMetricsServiceRequest, export_metrics_service_request, ResourceMetrics,
             n_resource_metrics, resource_metrics, ScopeMetrics, n_scope_metrics, scope_metrics,
             Metric, n_metrics, metrics, note_metric);
        break;
    }
    return count;
}

unsigned found_number(const struct found_item *item)
{
    unsigned number = UINT32_MAX;

    assert_int_equal(sscanf(item->name, "item %u", &number), 1);
    return number;
}
