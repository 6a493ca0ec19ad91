/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as structs: each field, requests that no recorder writes, memory that runs out. */
#include "console/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "console/sample.h"
#include "decode.h"

#define START_NS UINT64_C(1772357400250123456)

enum { LIMIT_BYTES = 1 << 20 };

struct decoded {
    struct hae_mem_arena arena;
    struct hae_mem_entry *first;
    size_t count;
};

static enum hae_mem_decoded decode(struct decoded *decoded, const struct body *body, size_t limit)
{
    *decoded = (struct decoded){.arena.limit_bytes = limit};
    return hae_mem_decode(&decoded->arena, body->signal, body->data, body->size, &decoded->first,
                          &decoded->count);
}

static void decode_sample(struct decoded *decoded, struct body body)
{
    assert_int_equal(decode(decoded, &body, LIMIT_BYTES), HAE_MEM_DECODED);
    /* Nothing points to the request. */
    memset(body.data, 0xA5, body.size);
    body_free(&body);
}

static void assert_text(haetae_string text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static const haetae_value *value_of(const haetae_memory_item *item, const char *key)
{
    const haetae_value *value =
        haetae_memory_attribute(item->attributes, item->attribute_count, key);

    assert_non_null(value);
    return value;
}

/* ---- Fields ------------------------------------------------------------------------------ */

static void a_span_has_each_of_its_fields(void **state)
{
    struct decoded decoded;

    (void)state;
    decode_sample(&decoded, sample_traces());
    assert_int_equal(decoded.count, 2);
    const haetae_memory_item *item = &decoded.first->item;
    const haetae_memory_span *span = item->span;
    assert_int_equal(item->signal, HAETAE_SIGNAL_TRACES);
    assert_int_equal(item->struct_size, sizeof *item);
    assert_null(item->log);
    assert_null(item->point);
    assert_text(item->name, "POST /rides");
    assert_text(item->scope->name, "dispatch.http");
    assert_text(haetae_memory_attribute(item->resource->attributes, item->resource->attribute_count,
                                        "service.name")
                    ->as.string,
                "dispatch");
    assert_int_equal(item->attribute_count, 2);
    assert_text(value_of(item, "http.request.method")->as.string, "POST");
    assert_int_equal(value_of(item, "http.response.status_code")->as.int64, 503);
    assert_int_equal(span->kind, HAETAE_SPAN_KIND_SERVER);
    assert_int_equal(span->status, HAETAE_SPAN_STATUS_ERROR);
    assert_text(span->status_description, "map service \"down\"");
    assert_int_equal(span->start_time_unix_ns, START_NS);
    assert_int_equal(span->end_time_unix_ns, START_NS + 12345678);
    assert_int_equal(span->context.trace_id[15], 0x0c);
    assert_int_equal(span->context.span_id[7], 0x74);
    assert_int_equal(span->parent_span_id[7], 0x73);
    assert_int_equal(span->dropped_attribute_count, 7);
    assert_int_equal(span->event_count, 2);
    assert_text(span->events[1].name, "driver matched");
    assert_int_equal(span->events[1].time_unix_ns, START_NS + 3200000);
    assert_int_equal(span->link_count, 1);

    /* The other one has nothing, of another resource and scope. */
    const haetae_memory_item *bare = &decoded.first->next->item;
    assert_int_equal(bare->name.length, 0);
    assert_int_equal(bare->scope->name.length, 0);
    assert_int_equal(bare->resource->attribute_count, 0);
    assert_null(decoded.first->next->next);
    hae_mem_arena_done(&decoded.arena);
}

static void a_log_record_has_each_of_its_fields(void **state)
{
    struct decoded decoded;

    (void)state;
    decode_sample(&decoded, sample_logs());
    assert_int_equal(decoded.count, 2);
    const haetae_memory_log *log = decoded.first->item.log;
    assert_int_equal(log->severity, HAETAE_SEVERITY_INFO + 1);
    assert_text(log->severity_text, "notice");
    assert_text(log->body.as.string, "ride accepted\nfor 이순신");
    assert_int_equal(log->observed_time_unix_ns, START_NS);
    assert_int_equal(log->context.span_id[0], 0xee);

    const haetae_memory_item *event = &decoded.first->next->item;
    assert_text(event->name, "ride.cancelled");
    assert_int_equal(event->log->body.type, HAETAE_VALUE_EMPTY);
    const haetae_value *map = value_of(event, "detail");
    assert_int_equal(map->type, HAETAE_VALUE_MAP);
    assert_text(map->as.map.items[0].key, "list of all");
    const haetae_value *list = &map->as.map.items[0].value;
    assert_int_equal(list->as.array.count, 5);
    assert_int_equal(list->as.array.items[0].as.int64, -1);
    assert_true(list->as.array.items[1].as.real == 0.1);
    assert_true(list->as.array.items[2].as.boolean);
    assert_int_equal(list->as.array.items[3].as.bytes.length, 2);
    assert_int_equal(list->as.array.items[3].as.bytes.data[1], 0xe1);
    assert_int_equal(list->as.array.items[4].type, HAETAE_VALUE_EMPTY);
    hae_mem_arena_done(&decoded.arena);
}

static void points_of_four_kinds_have_their_fields(void **state)
{
    struct decoded decoded;

    (void)state;
    decode_sample(&decoded, sample_metrics());
    assert_int_equal(decoded.count, 4);
    const struct hae_mem_entry *at = decoded.first;
    assert_text(at->item.name, "dispatch.rides");
    assert_text(value_of(&at->item, "http.route")->as.string, "/rides/{id}");
    assert_int_equal(at->item.point->metric->kind, HAETAE_POINT_SUM);
    assert_int_equal(at->item.point->metric->temporality, HAETAE_TEMPORALITY_CUMULATIVE);
    assert_int_equal(at->item.point->metric->monotonic, 1);
    assert_text(at->item.point->metric->unit, "{ride}");
    assert_int_equal(at->item.point->point->number_type, HAETAE_NUMBER_INT64);
    assert_int_equal(at->item.point->point->as_int64, 42);
    assert_int_equal(at->item.point->point->time_unix_ns, START_NS);

    at = at->next;
    assert_int_equal(at->item.point->metric->kind, HAETAE_POINT_GAUGE);
    assert_int_equal(at->item.point->metric->temporality, 0);
    assert_int_equal(at->item.point->point->number_type, HAETAE_NUMBER_DOUBLE);
    assert_true(at->item.point->point->as_double == 2.5);

    at = at->next;
    const haetae_metric_point *histogram = at->item.point->point;
    assert_int_equal(at->item.point->metric->kind, HAETAE_POINT_HISTOGRAM);
    assert_int_equal(at->item.point->metric->temporality, HAETAE_TEMPORALITY_DELTA);
    assert_int_equal(histogram->count, 3);
    assert_true(histogram->has_sum && histogram->sum == 0.5);
    assert_true(histogram->has_extremes && histogram->minimum == 0 && histogram->maximum == 0.4);
    assert_int_equal(histogram->boundary_count, 2);
    assert_true(histogram->boundaries[1] == 0.01);
    assert_int_equal(histogram->bucket_count, 3);
    assert_int_equal(histogram->bucket_counts[2], 1);

    at = at->next;
    const haetae_metric_point *exponential = at->item.point->point;
    assert_int_equal(at->item.point->metric->kind, HAETAE_POINT_EXPONENTIAL_HISTOGRAM);
    assert_int_equal(exponential->count, 7);
    assert_int_equal(exponential->scale, 3);
    assert_int_equal(exponential->zero_count, 2);
    assert_int_equal(exponential->positive.offset, -1);
    assert_int_equal(exponential->positive.count, 3);
    assert_int_equal(exponential->positive.counts[2], 4);
    assert_false(exponential->has_sum);
    hae_mem_arena_done(&decoded.arena);
}

/* A request with one metric, which is packed. */
static struct body request_of(HaeOtlp__Metric *metric)
{
    HaeOtlp__ScopeMetrics scope = HAE_OTLP__SCOPE_METRICS__INIT;
    HaeOtlp__ResourceMetrics resource = HAE_OTLP__RESOURCE_METRICS__INIT;
    HaeOtlp__ExportMetricsServiceRequest request = HAE_OTLP__EXPORT_METRICS_SERVICE_REQUEST__INIT;

    scope.n_metrics = 1;
    scope.metrics = &metric;
    resource.n_scope_metrics = 1;
    resource.scope_metrics = (HaeOtlp__ScopeMetrics *[]){&scope};
    request.n_resource_metrics = 1;
    request.resource_metrics = (HaeOtlp__ResourceMetrics *[]){&resource};
    struct body body = {HAETAE_SIGNAL_METRICS, NULL,
                        protobuf_c_message_get_packed_size(&request.base)};
    body.data = malloc(body.size);
    assert_non_null(body.data);
    protobuf_c_message_pack(&request.base, body.data);
    return body;
}

static void a_summary_has_its_quantiles(void **state)
{
    HaeOtlp__SummaryDataPoint__ValueAtQuantile half =
        HAE_OTLP__SUMMARY_DATA_POINT__VALUE_AT_QUANTILE__INIT;
    HaeOtlp__SummaryDataPoint point = HAE_OTLP__SUMMARY_DATA_POINT__INIT;
    HaeOtlp__Summary summary = HAE_OTLP__SUMMARY__INIT;
    HaeOtlp__Metric metric = HAE_OTLP__METRIC__INIT;
    struct decoded decoded;

    (void)state;
    half.has_quantile = half.has_value = 1;
    half.quantile = 0.5;
    half.value = 12;
    point.has_count = point.has_sum = point.has_flags = 1;
    point.count = 3;
    point.sum = 36.5;
    point.flags = 1;
    point.n_quantile_values = 2;
    point.quantile_values = (HaeOtlp__SummaryDataPoint__ValueAtQuantile *[]){&half, &half};
    summary.n_data_points = 1;
    summary.data_points = (HaeOtlp__SummaryDataPoint *[]){&point};
    metric.name = "old";
    metric.data_case = HAE_OTLP__METRIC__DATA_SUMMARY;
    metric.summary = &summary;
    decode_sample(&decoded, request_of(&metric));
    assert_int_equal(decoded.count, 1);
    const haetae_metric_point *values = decoded.first->item.point->point;
    assert_int_equal(decoded.first->item.point->metric->kind, HAETAE_POINT_SUMMARY);
    assert_int_equal(values->count, 3);
    assert_true(values->has_sum && values->sum == 36.5);
    assert_int_equal(values->no_recorded_value, 1);
    assert_int_equal(values->quantile_count, 2);
    assert_true(values->quantiles[1] == 0.5 && values->quantile_values[1] == 12);
    hae_mem_arena_done(&decoded.arena);
}

static void an_exemplar_has_its_fields(void **state)
{
    uint8_t trace_id[16] = {1, [15] = 2};
    uint8_t span_id[8] = {3, [7] = 4};
    HaeOtlp__AnyValue user = sample_string("u-1");
    HaeOtlp__KeyValue attribute = HAE_OTLP__KEY_VALUE__INIT;
    HaeOtlp__Exemplar exemplar = HAE_OTLP__EXEMPLAR__INIT;
    HaeOtlp__NumberDataPoint point = HAE_OTLP__NUMBER_DATA_POINT__INIT;
    HaeOtlp__Gauge gauge = HAE_OTLP__GAUGE__INIT;
    HaeOtlp__Metric metric = HAE_OTLP__METRIC__INIT;
    struct decoded decoded;

    (void)state;
    attribute.key = "user.id";
    attribute.value = &user;
    exemplar.value_case = HAE_OTLP__EXEMPLAR__VALUE_AS_DOUBLE;
    exemplar.as_double = 2.5;
    exemplar.has_time_unix_nano = exemplar.has_trace_id = exemplar.has_span_id = 1;
    exemplar.time_unix_nano = 77;
    exemplar.trace_id = (ProtobufCBinaryData){sizeof trace_id, trace_id};
    exemplar.span_id = (ProtobufCBinaryData){sizeof span_id, span_id};
    exemplar.n_filtered_attributes = 1;
    exemplar.filtered_attributes = (HaeOtlp__KeyValue *[]){&attribute};
    point.value_case = HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT;
    point.as_int = -7;
    point.n_exemplars = 1;
    point.exemplars = (HaeOtlp__Exemplar *[]){&exemplar};
    gauge.n_data_points = 1;
    gauge.data_points = (HaeOtlp__NumberDataPoint *[]){&point};
    metric.data_case = HAE_OTLP__METRIC__DATA_GAUGE;
    metric.gauge = &gauge;
    decode_sample(&decoded, request_of(&metric));
    const haetae_memory_point *seen = decoded.first->item.point;
    assert_int_equal(seen->point->as_int64, -7);
    assert_int_equal(seen->exemplar_count, 1);
    assert_int_equal(seen->exemplars->number_type, HAETAE_NUMBER_DOUBLE);
    assert_true(seen->exemplars->as_double == 2.5);
    assert_int_equal(seen->exemplars->time_unix_ns, 77);
    assert_int_equal(seen->exemplars->context.trace_id[15], 2);
    assert_int_equal(seen->exemplars->context.span_id[7], 4);
    assert_text(seen->exemplars->attributes->key, "user.id");
    hae_mem_arena_done(&decoded.arena);
}

/* ---- Requests that no recorder writes ---------------------------------------------------- */

static void assert_survives(const struct body *body)
{
    struct decoded decoded;
    enum hae_mem_decoded how = decode(&decoded, body, LIMIT_BYTES);

    assert_true(how == HAE_MEM_DECODED || how == HAE_MEM_MALFORMED);
    hae_mem_arena_done(&decoded.arena);
}

static void cut_requests_do_no_harm(void **state)
{
    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body whole = sample_of((haetae_signal)signal);

        for (size_t size = 0; size < whole.size; size++) {
            /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
            struct body cut = {whole.signal, malloc(size > 0 ? size : 1), size};

            assert_non_null(cut.data);
            memcpy(cut.data, whole.data, size);
            assert_survives(&cut);
            body_free(&cut);
        }
        body_free(&whole);
    }
}

static void changed_requests_do_no_harm(void **state)
{
    static const uint8_t changes[] = {0x01, 0x07, 0x1b, 0x80, 0xff};

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body body = sample_of((haetae_signal)signal);

        for (size_t i = 0; i < body.size * sizeof changes; i++) {
            uint8_t *byte = &body.data[i / sizeof changes];
            uint8_t before = *byte;

            *byte ^= changes[i % sizeof changes];
            for (int as = 0; as < HAETAE_SIGNAL_COUNT; as++) {
                assert_survives(&(struct body){(haetae_signal)as, body.data, body.size});
            }
            *byte = before;
        }
        body_free(&body);
    }
}

/* A body of arrays in each other. */
static enum hae_mem_decoded decode_nested(size_t levels)
{
    HaeOtlp__AnyValue *values = calloc(levels + 1, sizeof *values);
    HaeOtlp__ArrayValue *arrays = calloc(levels, sizeof *arrays);
    HaeOtlp__AnyValue **items = calloc(levels, sizeof(HaeOtlp__AnyValue *));
    struct decoded decoded;
    enum hae_mem_decoded how;

    assert_true(values != NULL && arrays != NULL && items != NULL);
    values[levels] = sample_int(1);
    for (size_t i = levels; i-- > 0;) {
        hae_otlp__any_value__init(&values[i]);
        hae_otlp__array_value__init(&arrays[i]);
        items[i] = &values[i + 1];
        arrays[i].n_values = 1;
        arrays[i].values = &items[i];
        values[i].value_case = HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE;
        values[i].array_value = &arrays[i];
    }
    struct body body = sample_log_of(&values[0]);
    how = decode(&decoded, &body, LIMIT_BYTES);
    hae_mem_arena_done(&decoded.arena);
    body_free(&body);
    free(values);
    free(arrays);
    free(items);
    return how;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(decode_nested(HAETAE_VALUE_DEPTH_MAX), HAE_MEM_DECODED);
    assert_int_equal(decode_nested(500), HAE_MEM_MALFORMED);
}

/* ---- Memory ------------------------------------------------------------------------------ */

static void every_limit_holds(void **state)
{
    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body body = sample_of((haetae_signal)signal);
        enum hae_mem_decoded how = HAE_MEM_FULL;
        struct decoded decoded;
        size_t limit = 0;

        for (; how != HAE_MEM_DECODED; limit += 8) {
            how = decode(&decoded, &body, limit);
            assert_true(how == HAE_MEM_DECODED || how == HAE_MEM_FULL);
            assert_true(decoded.arena.used_bytes <= limit);
            hae_mem_arena_done(&decoded.arena);
        }
        assert_true(limit > body.size);
        body_free(&body);
    }
}

static void every_failed_allocation_is_one(void **state)
{
    long live = hae_alloc_live_count();

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body body = sample_of((haetae_signal)signal);
        enum hae_mem_decoded how = HAE_MEM_NO_MEMORY;
        long count = 0;

        for (; how != HAE_MEM_DECODED; count++) {
            struct decoded decoded;

            hae_alloc_fail_after(count);
            how = decode(&decoded, &body, LIMIT_BYTES);
            hae_alloc_fail_after(-1);
            assert_true(how == HAE_MEM_DECODED || how == HAE_MEM_NO_MEMORY);
            hae_mem_arena_done(&decoded.arena);
            assert_int_equal(hae_alloc_live_count(), live);
        }
        assert_true(count > 1);
        body_free(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_has_each_of_its_fields),
        cmocka_unit_test(a_log_record_has_each_of_its_fields),
        cmocka_unit_test(points_of_four_kinds_have_their_fields),
        cmocka_unit_test(a_summary_has_its_quantiles),
        cmocka_unit_test(an_exemplar_has_its_fields),
        cmocka_unit_test(cut_requests_do_no_harm),
        cmocka_unit_test(changed_requests_do_no_harm),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(every_limit_holds),
        cmocka_unit_test(every_failed_allocation_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
