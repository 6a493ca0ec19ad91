/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>

#include "decode/json_text.h"
#include "decode/json_wire.h"
#include "otlp.pb-c.h"
#include "otlp_json/otlp_json.h"

static char problem[HAE_VIEW_JSON_PROBLEM];

static enum hae_view_json_result translate_of(const ProtobufCMessageDescriptor *message,
                                              const char *json, size_t length,
                                              struct hae_buffer *out)
{
    /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, json, length);
    enum hae_view_json_result result =
        hae_view_json_wire(message, (struct hae_view_bytes){copy, length}, out, problem);
    free(copy);
    return result;
}

static enum hae_view_json_result translate(const ProtobufCMessageDescriptor *message,
                                           const char *json, struct hae_buffer *out)
{
    return translate_of(message, json, strlen(json), out);
}

/* What a message is after its way through JSON. */
static ProtobufCMessage *read_message(const ProtobufCMessageDescriptor *message, const char *json)
{
    struct hae_buffer wire = HAE_BUFFER_INIT;
    if (translate(message, json, &wire) != HAE_VIEW_JSON_DONE) {
        fail_msg("%s: %s", json, problem);
    }
    ProtobufCMessage *read =
        protobuf_c_message_unpack(message, NULL, wire.length, (const uint8_t *)wire.data);
    assert_non_null(read);
    hae_buffer_done(&wire);
    return read;
}

/* The exporters' writer of JSON is the other side. */
static void check_round_trip(const ProtobufCMessageDescriptor *type,
                             const ProtobufCMessage *message)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&text);
    hae_otlp_json(&json, message);
    assert_false(text.failed);
    ProtobufCMessage *read = read_message(type, text.data);
    size_t size = protobuf_c_message_get_packed_size(message);
    assert_int_equal(protobuf_c_message_get_packed_size(read), size);
    uint8_t *wanted = malloc(2 * size);
    assert_non_null(wanted);
    protobuf_c_message_pack(message, wanted);
    protobuf_c_message_pack(read, wanted + size);
    assert_memory_equal(wanted, wanted + size, size);
    free(wanted);
    protobuf_c_message_free_unpacked(read, NULL);
    hae_buffer_done(&text);
}

static void a_span_comes_back_as_it_was(void **state)
{
    (void)state;
    static uint8_t id[16] = {1, 2, 0xff, 0, 0x80, 9, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1};
    HaeOtlp__AnyValue values[7];
    HaeOtlp__KeyValue pairs[7];
    HaeOtlp__KeyValue *list[7];
    HaeOtlp__ArrayValue array = HAE_OTLP__ARRAY_VALUE__INIT;
    HaeOtlp__KeyValueList map = HAE_OTLP__KEY_VALUE_LIST__INIT;
    HaeOtlp__AnyValue *elements[] = {&values[0], &values[1], &values[5]};
    for (size_t i = 0; i < 7; i++) {
        hae_otlp__any_value__init(&values[i]);
        hae_otlp__key_value__init(&pairs[i]);
        pairs[i].key = "k\xed\x95\x9c\xf0\x9f\x98\x80\"\\\n";
        pairs[i].value = &values[i];
        list[i] = &pairs[i];
    }
    values[0].value_case = HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    values[0].string_value = "text \x01 \xe2\x80\xae";
    values[1].value_case = HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE;
    values[1].int_value = INT64_MIN;
    values[2].value_case = HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE;
    values[3].value_case = HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
    values[3].double_value = 0.1;
    values[4].value_case = HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE;
    values[4].bytes_value = (ProtobufCBinaryData){sizeof id, id};
    values[5].value_case = HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE;
    values[5].array_value = &array;
    array.n_values = 2;
    array.values = elements;
    values[6].value_case = HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE;
    values[6].kvlist_value = &map;
    map.n_values = 3;
    map.values = list;
    HaeOtlp__Span__Event event = HAE_OTLP__SPAN__EVENT__INIT;
    HaeOtlp__Span__Event *events[] = {&event, &event};
    event.has_time_unix_nano = 1;
    event.time_unix_nano = UINT64_MAX;
    event.name = "";
    HaeOtlp__Status status = HAE_OTLP__STATUS__INIT;
    status.has_code = 1;
    status.code = HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;
    span.has_trace_id = 1;
    span.trace_id = (ProtobufCBinaryData){sizeof id, id};
    span.name = "GET /";
    span.has_kind = 1;
    span.kind = HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER;
    span.has_flags = 1;
    span.flags = UINT32_MAX;
    span.n_attributes = 7;
    span.attributes = list;
    span.n_events = 2;
    span.events = events;
    span.status = &status;
    check_round_trip(&hae_otlp__span__descriptor, &span.base);
}

static void points_come_back_as_they_were(void **state)
{
    (void)state;
    HaeOtlp__ExponentialHistogramDataPoint__Buckets buckets =
        HAE_OTLP__EXPONENTIAL_HISTOGRAM_DATA_POINT__BUCKETS__INIT;
    uint64_t counts[] = {0, 1, UINT64_MAX};
    buckets.has_offset = 1;
    buckets.offset = INT32_MIN;
    buckets.n_bucket_counts = 3;
    buckets.bucket_counts = counts;
    HaeOtlp__ExponentialHistogramDataPoint point = HAE_OTLP__EXPONENTIAL_HISTOGRAM_DATA_POINT__INIT;
    point.has_scale = 1;
    point.scale = -10;
    point.has_sum = 1;
    point.sum = -(double)INFINITY;
    point.has_min = 1;
    point.min = 5e-324;
    point.positive = &buckets;
    check_round_trip(&hae_otlp__exponential_histogram_data_point__descriptor, &point.base);

    HaeOtlp__HistogramDataPoint histogram = HAE_OTLP__HISTOGRAM_DATA_POINT__INIT;
    double bounds[] = {-1.5, 0, 1e308};
    histogram.n_explicit_bounds = 3;
    histogram.explicit_bounds = bounds;
    histogram.n_bucket_counts = 3;
    histogram.bucket_counts = counts;
    check_round_trip(&hae_otlp__histogram_data_point__descriptor, &histogram.base);

    HaeOtlp__NumberDataPoint number = HAE_OTLP__NUMBER_DATA_POINT__INIT;
    number.value_case = HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT;
    number.as_int = INT64_MIN;
    check_round_trip(&hae_otlp__number_data_point__descriptor, &number.base);
}

static HaeOtlp__Span *read_span(const char *json)
{
    return (HaeOtlp__Span *)(void *)read_message(&hae_otlp__span__descriptor, json);
}

static void other_ways_of_writing_are_understood(void **state)
{
    (void)state;
    HaeOtlp__Span *span = read_span(" { \"start_time_unix_nano\" : 12 , "
                                    "\"endTimeUnixNano\":\"13\",\n\"kind\":\"SPAN_KIND_CLIENT\","
                                    "\"traceId\":\"0A0b\", \"name\":null, \"new\":{\"a\":[1,{}, "
                                    "\"]\" ,true,false,null,-1.5e+3]},"
                                    "\"attributes\":[], \"flags\":1e2, \"droppedLinksCount\":2.0, "
                                    "\"links\":[{\"spanId\":\"\"}]}\r\n\t");
    assert_int_equal(span->start_time_unix_nano, 12);
    assert_int_equal(span->end_time_unix_nano, 13);
    assert_int_equal(span->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_CLIENT);
    assert_int_equal(span->trace_id.len, 2);
    assert_memory_equal(span->trace_id.data, "\x0a\x0b", 2);
    assert_int_equal(span->flags, 100);
    assert_int_equal(span->dropped_links_count, 2);
    assert_int_equal(span->n_links, 1);
    assert_int_equal(span->links[0]->span_id.len, 0);
    hae_otlp__span__free_unpacked(span, NULL);

    /* A pair of surrogates is one character; the last of two members counts. */
    span = read_span("{\"name\":\"first\",\"name\":\"\\ud83d\\uDE00\\u00e9\\/\\b\\f\\n\\r\\t\"}");
    assert_string_equal(span->name, "\xf0\x9f\x98\x80\xc3\xa9/\b\f\n\r\t");
    hae_otlp__span__free_unpacked(span, NULL);

    HaeOtlp__AnyValue *value = (HaeOtlp__AnyValue *)(void *)read_message(
        &hae_otlp__any_value__descriptor, "{\"bytesValue\":\"-_8=\"}");
    assert_int_equal(value->bytes_value.len, 2);
    assert_memory_equal(value->bytes_value.data, "\xfb\xff", 2);
    hae_otlp__any_value__free_unpacked(value, NULL);
    value = (HaeOtlp__AnyValue *)(void *)read_message(&hae_otlp__any_value__descriptor,
                                                      "{\"doubleValue\":\"NaN\"}");
    assert_true(isnan(value->double_value));
    hae_otlp__any_value__free_unpacked(value, NULL);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *says;
    } cases[] = {
        {"", "Span: an object is expected (byte 0)"},
        {"[]", "Span: an object is expected (byte 0)"},
        {"{", "a member is expected"},
        {"{}x", "nothing more is expected (byte 2)"},
        {"{} {}", "nothing more is expected"},
        {"{\"name\"}", "a member is expected"},
        {"{name:\"x\"}", "a member is expected"},
        {"{\"name\":\"x\"", "the object does not end"},
        {"{\"name\":\"x\",}", "a member is expected"},
        {"{\"name\":5}", "Span.name: a text is expected"},
        {"{\"name\":\"\xff\"}", "Span.name: a text is expected, in valid UTF-8"},
        {"{\"name\":\"\\ud800\"}", "Span.name"},
        {"{\"name\":\"\\udc00\"}", "Span.name"},
        {"{\"name\":\"\\ud800\\u0041\"}", "Span.name"},
        {"{\"name\":\"\\u12\"}", "Span.name"},
        {"{\"name\":\"\\x\"}", "Span.name"},
        {"{\"name\":\"a\nb\"}", "Span.name"},
        {"{\"name\":\"cut", "Span.name"},
        {"{\"kind\":1.5}", "Span.kind: a number is expected"},
        {"{\"kind\":\"SPAN_KIND_OTHER\"}", "Span.kind"},
        {"{\"kind\":2147483648}", "Span.kind"},
        {"{\"flags\":-1}", "Span.flags: a whole number from 0 is expected"},
        {"{\"flags\":4294967296}", "Span.flags"},
        {"{\"flags\":01}", "Span"},
        {"{\"flags\":+1}", "Span.flags"},
        {"{\"flags\":.5}", "Span.flags"},
        {"{\"flags\":1.}", "Span"},
        {"{\"flags\":true}", "Span.flags"},
        {"{\"startTimeUnixNano\":\"18446744073709551616\"}", "Span.start_time_unix_nano"},
        {"{\"startTimeUnixNano\":\"\"}", "Span.start_time_unix_nano"},
        {"{\"startTimeUnixNano\":\"1 \"}", "Span.start_time_unix_nano"},
        {"{\"startTimeUnixNano\":1e400}", "Span.start_time_unix_nano"},
        {"{\"traceId\":\"0\"}", "Span.trace_id: hexadecimal digits are expected"},
        {"{\"traceId\":\"zz\"}", "Span.trace_id: hexadecimal digits are expected"},
        {"{\"traceId\":7}", "Span.trace_id: a text is expected"},
        {"{\"attributes\":{}}", "Span.attributes: an array is expected"},
        {"{\"attributes\":[null]}", "KeyValue: an object is expected"},
        {"{\"attributes\":[{}", "Span.attributes: the array does not end"},
        {"{\"attributes\":[{\"value\":{\"bytesValue\":\"A\"}}]}", "AnyValue.bytes_value: base64"},
        {"{\"attributes\":[{\"value\":{\"bytesValue\":\"A!==\"}}]}", "AnyValue.bytes_value"},
        {"{\"attributes\":[{\"value\":{\"boolValue\":1}}]}", "true or false is expected"},
        {"{\"unknown\":[1,]}", "a value is expected"},
        {"{\"unknown\":nul}", "a value is expected"},
        {"{\"unknown\":1.}", "Span: a value is expected"},
        {"{\"unknown\":[1", "the array does not end"},
        {"{\"unknown\":{\"a\":1", "the object does not end"},
        {"{\"unknown\":{1:1}}", "a member is expected"},
    };
    struct hae_buffer wire = HAE_BUFFER_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(translate(&hae_otlp__span__descriptor, cases[i].json, &wire),
                         HAE_VIEW_JSON_MALFORMED);
        if (strstr(problem, cases[i].says) == NULL) {
            fail_msg("%s: %s", cases[i].json, problem);
        }
    }
    /* A NUL is no end. */
    assert_int_equal(translate_of(&hae_otlp__span__descriptor, "{}\0", 3, &wire),
                     HAE_VIEW_JSON_MALFORMED);
    hae_buffer_done(&wire);
}

/* A number that is read has an end; one that nobody asks for does not matter. */
static void long_numbers_are_no_nesting(void **state)
{
    (void)state;
    struct hae_buffer json = HAE_BUFFER_INIT;
    struct hae_buffer wire = HAE_BUFFER_INIT;
    hae_buffer_text(&json, "{\"unknown\":[0.");
    hae_buffer_repeat(&json, "1", 1000);
    hae_buffer_text(&json, "e-2, 7],\"doubleValue\":2}");
    assert_int_equal(translate(&hae_otlp__any_value__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_DONE);
    assert_int_equal(wire.length, 9);
    hae_buffer_clear(&json);
    hae_buffer_text(&json, "{\"doubleValue\":0.");
    hae_buffer_repeat(&json, "1", 1000);
    hae_buffer_text(&json, "}");
    assert_int_equal(translate(&hae_otlp__any_value__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_MALFORMED);
    assert_non_null(
        strstr(problem, "AnyValue.double_value: a number of at most 127 characters is expected"));
    hae_buffer_done(&json);
    hae_buffer_done(&wire);
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    const size_t levels = 100000;
    struct hae_buffer json = HAE_BUFFER_INIT;
    struct hae_buffer wire = HAE_BUFFER_INIT;
    hae_buffer_repeat(&json, "{\"arrayValue\":{\"values\":[", levels);
    assert_int_equal(translate(&hae_otlp__any_value__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_MALFORMED);
    assert_non_null(strstr(problem, "nested too deep"));
    hae_buffer_clear(&json);
    hae_buffer_text(&json, "{\"unknown\":");
    hae_buffer_repeat(&json, "[", levels);
    assert_int_equal(translate(&hae_otlp__any_value__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_MALFORMED);
    assert_non_null(strstr(problem, "AnyValue: nested too deep"));
    hae_buffer_clear(&json);
    hae_buffer_text(&json, "{\"unknown\":");
    hae_buffer_repeat(&json, "{\"a\":", levels);
    assert_int_equal(translate(&hae_otlp__any_value__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_MALFORMED);
    hae_buffer_done(&json);
    hae_buffer_done(&wire);
}

static void the_message_has_a_limit(void **state)
{
    (void)state;
    struct hae_buffer json = HAE_BUFFER_INIT;
    struct hae_buffer wire = HAE_BUFFER_INIT;
    wire.limit = 100000;
    hae_buffer_text(&json, "{\"bucketCounts\":[0");
    hae_buffer_repeat(&json, ",0", 20000);
    hae_buffer_text(&json, "]}");
    assert_int_equal(translate(&hae_otlp__histogram_data_point__descriptor, json.data, &wire),
                     HAE_VIEW_JSON_TOO_LARGE);
    hae_buffer_done(&json);
    hae_buffer_done(&wire);
}

static const char valid[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
    "{\"stringValue\":\"s\\u0041\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":"
    "\"0102030405060708090a0b0c0d0e0f10\",\"kind\":2,\"startTimeUnixNano\":\"5\",\"attributes\":"
    "[{\"key\":\"d\",\"value\":{\"doubleValue\":1.5}},{\"value\":{\"arrayValue\":{\"values\":[{}]}}"
    "}]"
    ",\"x\":[true]}]}]}]}";

static void a_message_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct hae_buffer wire = HAE_BUFFER_INIT;
    const ProtobufCMessageDescriptor *type = &hae_otlp__export_trace_service_request__descriptor;
    assert_int_equal(translate(type, valid, &wire), HAE_VIEW_JSON_DONE);
    for (size_t length = 0; length < sizeof valid - 1; length++) {
        assert_int_equal(translate_of(type, valid, length, &wire), HAE_VIEW_JSON_MALFORMED);
        assert_true(problem[0] != '\0');
    }
    hae_buffer_done(&wire);
}

/* Whatever comes out of a changed message passes the check of what protobuf-c is given. */
static void changed_messages_do_no_harm(void **state)
{
    (void)state;
    static const char characters[] = "{}[]\",:\\0123.-eEntfux \x7f\xff";
    struct hae_buffer wire = HAE_BUFFER_INIT;
    const ProtobufCMessageDescriptor *type = &hae_otlp__export_trace_service_request__descriptor;
    uint64_t seed = 88172645463325252U;
    size_t done = 0;
    for (int round = 0; round < 100000; round++) {
        char changed[sizeof valid];
        memcpy(changed, valid, sizeof valid);
        for (int i = 0; i <= round % 3; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            changed[seed % (sizeof valid - 1)] = characters[(seed >> 32) % (sizeof characters - 1)];
        }
        if (translate(type, changed, &wire) == HAE_VIEW_JSON_DONE) {
            struct hae_view_check check = {
                .part_limit = 1 << 20, .message_limit = 1000, .item_limit = 1000};
            struct hae_view_bytes bytes = {(const uint8_t *)wire.data, wire.length};
            assert_int_equal(hae_view_check(&check, type, bytes), HAE_VIEW_CHECK_GOOD);
            done++;
        }
    }
    assert_true(done > 1000);
    hae_buffer_done(&wire);
}

static void spans_records_metrics_and_points_count_as_items(void **state)
{
    (void)state;
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *json;
        size_t items;
    } cases[] = {
        {&hae_otlp__export_trace_service_request__descriptor,
         "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"a\"},{\"key\":\"b\"}]},"
         "\"scopeSpans\":[{\"scope\":{},\"spans\":[{\"events\":[{},{},{}]}]},{\"scope\":{}}]}]}",
         1},
        {&hae_otlp__export_logs_service_request__descriptor,
         "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{},{\"attributes\":[{}]}]}]},"
         "{\"scopeLogs\":[{\"logRecords\":[{}]}]}]}",
         3},
        {&hae_otlp__export_metrics_service_request__descriptor,
         "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"scope\":{},\"metrics\":["
         "{\"sum\":{\"dataPoints\":[{},{}]}},{\"histogram\":{\"dataPoints\":[{\"exemplars\":[{}]}]}"
         "}]}]}]}",
         5},
    };
    struct hae_buffer wire = HAE_BUFFER_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hae_view_check check = {
            .part_limit = 1000, .message_limit = 1000, .item_limit = cases[i].items};
        assert_int_equal(translate(cases[i].type, cases[i].json, &wire), HAE_VIEW_JSON_DONE);
        struct hae_view_bytes bytes = {(const uint8_t *)wire.data, wire.length};
        assert_int_equal(hae_view_check(&check, cases[i].type, bytes), HAE_VIEW_CHECK_GOOD);
        check.item_limit--;
        assert_int_equal(hae_view_check(&check, cases[i].type, bytes), HAE_VIEW_CHECK_TOO_LARGE);
        assert_non_null(strstr(check.problem, "too many items"));
    }
    hae_buffer_done(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_comes_back_as_it_was),
        cmocka_unit_test(points_come_back_as_they_were),
        cmocka_unit_test(other_ways_of_writing_are_understood),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(long_numbers_are_no_nesting),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(the_message_has_a_limit),
        cmocka_unit_test(a_message_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(changed_messages_do_no_harm),
        cmocka_unit_test(spans_records_metrics_and_points_count_as_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
