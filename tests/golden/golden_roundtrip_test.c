/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf-c with our schema reads what the reference implementation wrote, and
 * writes the same bytes. Includes only golden.h and the generated code. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "golden.h"
#include "otlp.pb-c.h"

#define START UINT64_C(1700000000000000000)
#define END   UINT64_C(1700000000123456789)

struct golden {
    const char *name;
    const unsigned char *data;
    size_t size;
    const ProtobufCMessageDescriptor *descriptor;
};

#define ROW(name, message)                                                                         \
    {#name, golden_##name, sizeof golden_##name, &hae_otlp__##message##__descriptor},
static const struct golden goldens[] = {GOLDEN_EACH(ROW)};
static const size_t golden_count = sizeof goldens / sizeof goldens[0];

/* False for text with a NUL byte, the only text that protobuf-c's C strings cannot hold. */
static bool fits_c_strings(const struct golden *golden)
{
    return strcmp(golden->name, "any_string_with_nul") != 0;
}

#define READ(message, name) hae_otlp__##message##__unpack(NULL, sizeof golden_##name, golden_##name)

static void assert_bytes(ProtobufCBinaryData found, unsigned char first, size_t count)
{
    assert_int_equal(found.len, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found.data[i], first + i);
}

static void assert_real(double found, double expected)
{
    /* Compares the bytes: exact, and -0 differs from 0. */
    assert_memory_equal(&found, &expected, sizeof found);
}

static void assert_string_attribute(const HaeOtlp__KeyValue *found, const char *key,
                                    const char *value)
{
    assert_string_equal(found->key, key);
    assert_int_equal(found->value->value_case, HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    assert_string_equal(found->value->string_value, value);
}

static void assert_int_attribute(const HaeOtlp__KeyValue *found, const char *key, int64_t value)
{
    assert_string_equal(found->key, key);
    assert_int_equal(found->value->value_case, HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE);
    assert_int_equal(found->value->int_value, value);
}

static void golden_repacks_to_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < golden_count; i++) {
        const struct golden *golden = &goldens[i];
        ProtobufCMessage *message =
            protobuf_c_message_unpack(golden->descriptor, NULL, golden->size, golden->data);

        if (message == NULL)
            fail_msg("%s: not understood", golden->name);
        assert_int_equal(message->n_unknown_fields, 0);
        if (fits_c_strings(golden)) {
            unsigned char *packed = test_malloc(golden->size);

            if (protobuf_c_message_get_packed_size(message) != golden->size)
                fail_msg("%s: packs to another size", golden->name);
            protobuf_c_message_pack(message, packed);
            if (memcmp(packed, golden->data, golden->size) != 0)
                fail_msg("%s: packs to other bytes", golden->name);
            test_free(packed);
        }
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

/* A cut between two fields leaves a shorter message; any other cut is an error. The
 * copy has no spare byte, so a sanitizer detects a read beyond its end. */
static void golden_cut_short_is_a_shorter_message_or_refused(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t i = 0; i < golden_count; i++) {
        const struct golden *golden = &goldens[i];

        for (size_t size = 1; fits_c_strings(golden) && size < golden->size; size++) {
            unsigned char *copy = test_malloc(size);
            memcpy(copy, golden->data, size);
            ProtobufCMessage *message =
                protobuf_c_message_unpack(golden->descriptor, NULL, size, copy);

            if (message == NULL)
                refused++;
            else
                assert_int_equal(protobuf_c_message_get_packed_size(message), size);
            protobuf_c_message_free_unpacked(message, NULL);
            test_free(copy);
        }
    }
    assert_true(refused > golden_count);
}

static void golden_text_with_nul_ends_there_in_protobuf_c(void **state)
{
    (void)state;
    HaeOtlp__AnyValue *value = READ(any_value, any_string_with_nul);

    assert_non_null(value);
    assert_string_equal(value->string_value, "a");
    hae_otlp__any_value__free_unpacked(value, NULL);
}

static void golden_values_have_their_type(void **state)
{
    (void)state;
    HaeOtlp__AnyValue *text = READ(any_value, any_string_utf8);
    HaeOtlp__AnyValue *none = READ(any_value, any_bool_false);
    HaeOtlp__AnyValue *least = READ(any_value, any_int_min);
    HaeOtlp__AnyValue *zero = READ(any_value, any_double_minus_zero);
    HaeOtlp__AnyValue *bytes = READ(any_value, any_bytes);

    assert_string_equal(text->string_value, "\xED\x95\xB4\xED\x83\x9C \xF0\x9F\x94\xA5");
    assert_int_equal(none->value_case, HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
    assert_false(none->bool_value);
    assert_int_equal(least->value_case, HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE);
    assert_true(least->int_value == INT64_MIN);
    assert_int_equal(zero->value_case, HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE);
    assert_real(zero->double_value, -0.0);
    assert_int_equal(bytes->value_case, HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE);
    assert_int_equal(bytes->bytes_value.len, 5);
    assert_memory_equal(bytes->bytes_value.data, "\x00\x01\x7F\x80\xFF", 5);

    hae_otlp__any_value__free_unpacked(text, NULL);
    hae_otlp__any_value__free_unpacked(none, NULL);
    hae_otlp__any_value__free_unpacked(least, NULL);
    hae_otlp__any_value__free_unpacked(zero, NULL);
    hae_otlp__any_value__free_unpacked(bytes, NULL);
}

static void golden_nested_values_keep_their_shape(void **state)
{
    (void)state;
    HaeOtlp__AnyValue *mixed = READ(any_value, any_array_mixed);
    HaeOtlp__AnyValue *map = READ(any_value, any_map_nested);

    assert_int_equal(mixed->array_value->n_values, 6);
    assert_string_equal(mixed->array_value->values[0]->string_value, "a");
    assert_int_equal(mixed->array_value->values[2]->int_value, -2);
    assert_int_equal(mixed->array_value->values[5]->value_case,
                     HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);

    assert_int_equal(map->kvlist_value->n_values, 2);
    HaeOtlp__KeyValue *outer = map->kvlist_value->values[0];
    assert_string_equal(outer->key, "outer");
    HaeOtlp__KeyValue *inner = outer->value->kvlist_value->values[0];
    assert_int_equal(inner->value->array_value->n_values, 2);
    assert_int_equal(inner->value->array_value->values[0]->int_value, 1);
    assert_int_equal(outer->value->kvlist_value->values[1]->value->kvlist_value->n_values, 0);
    assert_int_attribute(map->kvlist_value->values[1], "last", 7);

    hae_otlp__any_value__free_unpacked(mixed, NULL);
    hae_otlp__any_value__free_unpacked(map, NULL);
}

static void golden_empty_value_is_not_an_absent_one(void **state)
{
    (void)state;
    HaeOtlp__KeyValue *empty = READ(key_value, kv_empty_value);
    HaeOtlp__KeyValue *absent = READ(key_value, kv_no_value);

    assert_non_null(empty->value);
    assert_int_equal(empty->value->value_case, HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
    assert_null(absent->value);
    hae_otlp__key_value__free_unpacked(empty, NULL);
    hae_otlp__key_value__free_unpacked(absent, NULL);
}

static void golden_span_has_all_its_fields(void **state)
{
    (void)state;
    HaeOtlp__Span *span = READ(span, span_full);

    assert_bytes(span->trace_id, 0xA0, 16);
    assert_bytes(span->span_id, 0xB0, 8);
    assert_bytes(span->parent_span_id, 0xC0, 8);
    assert_string_equal(span->trace_state, "vendor=value,other=1");
    assert_string_equal(span->name, "match driver");
    assert_int_equal(span->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER);
    assert_true(span->start_time_unix_nano == START && span->end_time_unix_nano == END);
    assert_int_equal(span->n_attributes, 5);
    assert_string_attribute(span->attributes[0], "http.request.method", "POST");
    assert_int_attribute(span->attributes[1], "http.response.status_code", 503);
    assert_int_equal(span->dropped_attributes_count, 3);
    assert_int_equal(span->dropped_events_count, 300);
    assert_int_equal(span->dropped_links_count, 1);
    assert_int_equal(span->status->code, HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR);
    assert_string_equal(span->status->message, "no driver");
    assert_int_equal(span->flags, 0x101);

    hae_otlp__span__free_unpacked(span, NULL);
}

static void golden_span_has_its_events_and_links(void **state)
{
    (void)state;
    HaeOtlp__Span *span = READ(span, span_full);

    assert_int_equal(span->n_events, 2);
    assert_true(span->events[0]->time_unix_nano == START + 1000);
    assert_string_equal(span->events[0]->name, "exception");
    assert_string_attribute(span->events[0]->attributes[1], "exception.message", "no answer");
    assert_int_equal(span->events[0]->dropped_attributes_count, 4);
    assert_string_equal(span->events[1]->name, "retry");
    assert_int_equal(span->n_links, 2);
    assert_bytes(span->links[0]->trace_id, 0xD0, 16);
    assert_bytes(span->links[0]->span_id, 0xE0, 8);
    assert_string_equal(span->links[0]->trace_state, "a=1");
    assert_string_attribute(span->links[0]->attributes[0], "why", "batch");
    assert_int_equal(span->links[0]->dropped_attributes_count, 5);
    assert_int_equal(span->links[0]->flags, 0x301);
    assert_false(span->links[1]->has_flags);

    hae_otlp__span__free_unpacked(span, NULL);
}

static void golden_absent_fields_stay_absent(void **state)
{
    (void)state;
    HaeOtlp__Span *span = READ(span, span_minimal);

    assert_null(span->trace_state);
    assert_false(span->has_parent_span_id || span->has_flags);
    assert_false(span->has_dropped_attributes_count || span->has_dropped_events_count);
    assert_null(span->status);
    assert_int_equal(span->n_attributes + span->n_events + span->n_links, 0);
    assert_int_equal(span->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_INTERNAL);
    hae_otlp__span__free_unpacked(span, NULL);
}

static void golden_log_has_all_its_fields(void **state)
{
    (void)state;
    HaeOtlp__LogRecord *log = READ(log_record, log_full);

    assert_true(log->time_unix_nano == START && log->observed_time_unix_nano == END);
    assert_int_equal(log->severity_number, HAE_OTLP__SEVERITY_NUMBER__SEVERITY_NUMBER_ERROR);
    assert_string_equal(log->severity_text, "ERROR");
    assert_string_equal(log->body->string_value, "rack 7: 93 \xC2\xB0"
                                                 "C");
    assert_int_equal(log->n_attributes, 3);
    assert_int_attribute(log->attributes[0], "rack", 7);
    assert_true(log->attributes[1]->value->bool_value);
    assert_string_attribute(log->attributes[2], "sensor", "t-7");
    assert_int_equal(log->dropped_attributes_count, 2);
    assert_int_equal(log->flags, 1);
    assert_bytes(log->trace_id, 0xA0, 16);
    assert_bytes(log->span_id, 0xB0, 8);
    assert_string_equal(log->event_name, "rack.overheated");

    hae_otlp__log_record__free_unpacked(log, NULL);
}

static void golden_number_points_tell_int_from_double(void **state)
{
    (void)state;
    HaeOtlp__NumberDataPoint *zero = READ(number_data_point, number_point_int_zero);
    HaeOtlp__NumberDataPoint *real = READ(number_data_point, number_point_double);
    HaeOtlp__NumberDataPoint *none = READ(number_data_point, number_point_no_value);

    assert_int_equal(zero->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT);
    assert_int_equal(zero->as_int, 0);
    assert_int_equal(real->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE);
    assert_real(real->as_double, 93.25);
    assert_string_attribute(real->attributes[0], "zone", "pangyo");
    assert_int_equal(real->n_exemplars, 2);
    assert_real(real->exemplars[0]->as_double, 12.5);
    assert_bytes(real->exemplars[0]->trace_id, 0xA0, 16);
    assert_string_attribute(real->exemplars[0]->filtered_attributes[0], "user", "u-1");
    assert_int_equal(real->exemplars[1]->as_int, -7);
    assert_int_equal(none->value_case, HAE_OTLP__NUMBER_DATA_POINT__VALUE__NOT_SET);
    assert_int_equal(none->flags,
                     HAE_OTLP__DATA_POINT_FLAGS__DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK);

    hae_otlp__number_data_point__free_unpacked(zero, NULL);
    hae_otlp__number_data_point__free_unpacked(real, NULL);
    hae_otlp__number_data_point__free_unpacked(none, NULL);
}

static void golden_histogram_tells_zero_sum_from_no_sum(void **state)
{
    (void)state;
    HaeOtlp__HistogramDataPoint *full = READ(histogram_data_point, histogram_point);
    HaeOtlp__HistogramDataPoint *zeros = READ(histogram_data_point, histogram_point_zeros);
    HaeOtlp__HistogramDataPoint *no_sum = READ(histogram_data_point, histogram_point_no_sum);

    assert_int_equal(full->count, 6);
    assert_real(full->sum, 31.5);
    assert_int_equal(full->n_bucket_counts, 3);
    assert_int_equal(full->bucket_counts[0] + 10 * full->bucket_counts[2], 51);
    assert_int_equal(full->n_explicit_bounds, 2);
    assert_real(full->explicit_bounds[1], 5.0);
    assert_real(full->min, -2.0);
    assert_real(full->max, 12.5);
    assert_true(zeros->has_sum && zeros->has_min && zeros->has_max);
    assert_real(zeros->sum, 0.0);
    assert_false(no_sum->has_sum || no_sum->has_min || no_sum->has_max);

    hae_otlp__histogram_data_point__free_unpacked(full, NULL);
    hae_otlp__histogram_data_point__free_unpacked(zeros, NULL);
    hae_otlp__histogram_data_point__free_unpacked(no_sum, NULL);
}

static void golden_exponential_histogram_and_summary_are_read(void **state)
{
    (void)state;
    HaeOtlp__ExponentialHistogramDataPoint *point =
        READ(exponential_histogram_data_point, exponential_histogram_point);
    HaeOtlp__SummaryDataPoint *summary = READ(summary_data_point, summary_point);

    assert_int_equal(point->scale, -2);
    assert_int_equal(point->zero_count, 5);
    assert_int_equal(point->positive->offset, -3);
    assert_int_equal(point->positive->n_bucket_counts, 4);
    assert_int_equal(point->positive->bucket_counts[2], 300);
    assert_int_equal(point->negative->offset, 4);
    assert_real(point->zero_threshold, 1e-6);
    assert_real(point->max, 64.0);
    assert_int_equal(summary->n_quantile_values, 2);
    assert_real(summary->quantile_values[1]->quantile, 1.0);
    assert_real(summary->quantile_values[1]->value, 3.5);

    hae_otlp__exponential_histogram_data_point__free_unpacked(point, NULL);
    hae_otlp__summary_data_point__free_unpacked(summary, NULL);
}

static void golden_traces_request_has_its_scopes(void **state)
{
    (void)state;
    HaeOtlp__ExportTraceServiceRequest *request =
        READ(export_trace_service_request, traces_request);

    assert_int_equal(request->n_resource_spans, 1);
    HaeOtlp__ResourceSpans *batch = request->resource_spans[0];
    assert_string_attribute(batch->resource->attributes[0], "service.name", "haetae-demo");
    assert_string_equal(batch->schema_url, "https://example.com/resource");
    assert_int_equal(batch->n_scope_spans, 2);
    assert_string_equal(batch->scope_spans[0]->scope->version, "1.2.3");
    assert_string_equal(batch->scope_spans[0]->schema_url, "https://example.com/scope");
    assert_int_equal(batch->scope_spans[0]->n_spans, 2);
    assert_string_equal(batch->scope_spans[0]->spans[0]->name, "match driver");
    assert_int_equal(batch->scope_spans[1]->n_spans, 1);
    assert_null(batch->scope_spans[1]->schema_url);

    hae_otlp__export_trace_service_request__free_unpacked(request, NULL);
}

static void golden_metrics_request_has_every_kind(void **state)
{
    (void)state;
    HaeOtlp__ExportMetricsServiceRequest *request =
        READ(export_metrics_service_request, metrics_request);
    HaeOtlp__ScopeMetrics **scopes = request->resource_metrics[0]->scope_metrics;

    assert_int_equal(request->resource_metrics[0]->n_scope_metrics, 2);
    assert_int_equal(scopes[0]->metrics[0]->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    assert_int_equal(scopes[0]->metrics[1]->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_true(scopes[0]->metrics[1]->sum->is_monotonic);
    assert_int_equal(scopes[0]->metrics[1]->sum->n_data_points, 2);
    assert_string_attribute(scopes[0]->metrics[1]->metadata[0], "source", "golden");
    assert_int_equal(scopes[1]->metrics[0]->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_int_equal(scopes[1]->metrics[1]->data_case,
                     HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM);
    assert_int_equal(scopes[1]->metrics[2]->data_case, HAE_OTLP__METRIC__DATA_SUMMARY);

    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

static void golden_error_status_holds_a_retry_delay(void **state)
{
    (void)state;
    HaeOtlp__RpcStatus *status = READ(rpc_status, rpc_status_unavailable);

    assert_int_equal(status->code, 14);
    assert_string_equal(status->message, "overloaded");
    assert_int_equal(status->n_details, 1);
    assert_string_equal(strrchr(status->details[0]->type_url, '/'), "/google.rpc.RetryInfo");
    HaeOtlp__RpcRetryInfo *wait = hae_otlp__rpc_retry_info__unpack(
        NULL, status->details[0]->value.len, status->details[0]->value.data);
    assert_int_equal(wait->retry_delay->seconds, 2);
    assert_int_equal(wait->retry_delay->nanos, 500000000);

    hae_otlp__rpc_retry_info__free_unpacked(wait, NULL);
    hae_otlp__rpc_status__free_unpacked(status, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_repacks_to_the_same_bytes),
        cmocka_unit_test(golden_cut_short_is_a_shorter_message_or_refused),
        cmocka_unit_test(golden_text_with_nul_ends_there_in_protobuf_c),
        cmocka_unit_test(golden_values_have_their_type),
        cmocka_unit_test(golden_nested_values_keep_their_shape),
        cmocka_unit_test(golden_empty_value_is_not_an_absent_one),
        cmocka_unit_test(golden_span_has_all_its_fields),
        cmocka_unit_test(golden_span_has_its_events_and_links),
        cmocka_unit_test(golden_absent_fields_stay_absent),
        cmocka_unit_test(golden_log_has_all_its_fields),
        cmocka_unit_test(golden_number_points_tell_int_from_double),
        cmocka_unit_test(golden_histogram_tells_zero_sum_from_no_sum),
        cmocka_unit_test(golden_exponential_histogram_and_summary_are_read),
        cmocka_unit_test(golden_traces_request_has_its_scopes),
        cmocka_unit_test(golden_metrics_request_has_every_kind),
        cmocka_unit_test(golden_error_status_holds_a_retry_delay),
    };
    return cmocka_run_group_tests_name("golden roundtrip", tests, NULL, NULL);
}
