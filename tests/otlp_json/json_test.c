/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP as JSON, compared with the specification. */
#include <math.h>

#include "otlp.pb-c.h"
#include "otlp_json/otlp_json.h"
#include "support/core_cmocka.h"

static void check_json(const void *message, const char *expected)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    hae_otlp_json(&json, message);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    hae_buffer_done(&out);
}

static void ids_are_hexadecimal(void **state)
{
    uint8_t id[8] = {0x01, 0xAB, 0, 0, 0, 0, 0, 0xFF};
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;

    (void)state;
    span.has_span_id = 1;
    span.span_id = (ProtobufCBinaryData){8, id};
    span.has_trace_id = 1;
    span.trace_id = (ProtobufCBinaryData){2, id};
    check_json(&span, "{\"traceId\":\"01ab\",\"spanId\":\"01ab0000000000ff\"}");
}

static void numbers_of_64_bits_are_strings_and_enums_numbers(void **state)
{
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;

    (void)state;
    span.has_kind = 1;
    span.kind = 2;
    span.has_start_time_unix_nano = 1;
    span.start_time_unix_nano = UINT64_MAX;
    span.has_dropped_attributes_count = 1;
    span.dropped_attributes_count = 7;
    check_json(&span, "{\"kind\":2,\"startTimeUnixNano\":\"18446744073709551615\","
                      "\"droppedAttributesCount\":7}");
}

static void text_is_escaped(void **state)
{
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;

    (void)state;
    span.name = (char *)"a\"b\\c\n\x01\xED\x95\xB4";
    check_json(&span, "{\"name\":\"a\\\"b\\\\c\\u000a\\u0001\xED\x95\xB4\"}");
}

static void bytes_are_base64(void **state)
{
    static const struct {
        size_t length;
        const char *expected;
    } samples[] = {{0, ""}, {1, "Zg=="}, {2, "Zm8="}, {3, "Zm9v"}, {6, "Zm9vYmFy"}};
    uint8_t text[] = "foobar";

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        HaeOtlp__AnyValue value = HAE_OTLP__ANY_VALUE__INIT;
        char expected[64];

        value.value_case = HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE;
        value.bytes_value = (ProtobufCBinaryData){samples[i].length, text};
        snprintf(expected, sizeof expected, "{\"bytesValue\":\"%s\"}", samples[i].expected);
        check_json(&value, expected);
    }
}

static void a_member_that_is_chosen_is_shown_though_it_is_zero(void **state)
{
    HaeOtlp__AnyValue value = HAE_OTLP__ANY_VALUE__INIT;

    (void)state;
    check_json(&value, "{}");
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE;
    check_json(&value, "{\"boolValue\":false}");
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE;
    check_json(&value, "{\"intValue\":\"0\"}");
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
    value.double_value = -INFINITY;
    check_json(&value, "{\"doubleValue\":\"-Infinity\"}");
    value.double_value = NAN;
    check_json(&value, "{\"doubleValue\":\"NaN\"}");
    value.double_value = 0.5;
    check_json(&value, "{\"doubleValue\":0.5}");
}

static void lists_are_arrays(void **state)
{
    HaeOtlp__KeyValue one = HAE_OTLP__KEY_VALUE__INIT;
    HaeOtlp__KeyValue two = HAE_OTLP__KEY_VALUE__INIT;
    HaeOtlp__KeyValue *list[] = {&one, &two};
    HaeOtlp__KeyValueList message = HAE_OTLP__KEY_VALUE_LIST__INIT;
    HaeOtlp__HistogramDataPoint point = HAE_OTLP__HISTOGRAM_DATA_POINT__INIT;
    uint64_t counts[] = {1, 2};

    (void)state;
    one.key = (char *)"a";
    two.key = (char *)"b";
    message.n_values = 2;
    message.values = list;
    check_json(&message, "{\"values\":[{\"key\":\"a\"},{\"key\":\"b\"}]}");
    point.n_bucket_counts = 2;
    point.bucket_counts = counts;
    check_json(&point, "{\"bucketCounts\":[\"1\",\"2\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_hexadecimal),
        cmocka_unit_test(numbers_of_64_bits_are_strings_and_enums_numbers),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(bytes_are_base64),
        cmocka_unit_test(a_member_that_is_chosen_is_shown_though_it_is_zero),
        cmocka_unit_test(lists_are_arrays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
