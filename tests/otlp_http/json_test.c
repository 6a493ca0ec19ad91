/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP/HTTP with bodies in JSON: what is sent, and what becomes of requests that cannot be JSON. */
#include <zlib.h>

#include "otlp.pb-c.h"
#include "otlp_http/pair.h"

static uint8_t trace_id[16] = {0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03,
                               0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c};

/* What the request with a span, of which this is the name and an attribute, becomes. */
static const char expected[] =
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{"
    "\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"name\":\"a \\\"b\\\"\",\"kind\":2,"
    "\"startTimeUnixNano\":\"1772357400250123456\","
    "\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":\"-9007199254740993\"}},"
    "{\"key\":\"b\",\"value\":{\"bytesValue\":\"W47/\"}}]}]}]}]}";

static size_t pack_span(uint8_t body[512])
{
    HaeOtlp__AnyValue number = HAE_OTLP__ANY_VALUE__INIT;
    HaeOtlp__AnyValue bytes = HAE_OTLP__ANY_VALUE__INIT;
    HaeOtlp__KeyValue attributes[] = {HAE_OTLP__KEY_VALUE__INIT, HAE_OTLP__KEY_VALUE__INIT};
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;
    HaeOtlp__ScopeSpans scope = HAE_OTLP__SCOPE_SPANS__INIT;
    HaeOtlp__ResourceSpans resource = HAE_OTLP__RESOURCE_SPANS__INIT;
    HaeOtlp__ExportTraceServiceRequest request = HAE_OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;

    number.value_case = HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE;
    number.int_value = -INT64_C(9007199254740993);
    bytes.value_case = HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE;
    bytes.bytes_value = (ProtobufCBinaryData){3, trace_id};
    attributes[0].key = (char *)"n";
    attributes[0].value = &number;
    attributes[1].key = (char *)"b";
    attributes[1].value = &bytes;
    span.has_trace_id = span.has_kind = span.has_start_time_unix_nano = 1;
    span.trace_id = (ProtobufCBinaryData){sizeof trace_id, trace_id};
    span.name = (char *)"a \"b\"";
    span.kind = HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER;
    span.start_time_unix_nano = UINT64_C(1772357400250123456);
    span.n_attributes = 2;
    span.attributes = (HaeOtlp__KeyValue *[]){&attributes[0], &attributes[1]};
    scope.n_spans = 1;
    scope.spans = (HaeOtlp__Span *[]){&span};
    resource.n_scope_spans = 1;
    resource.scope_spans = (HaeOtlp__ScopeSpans *[]){&scope};
    request.n_resource_spans = 1;
    request.resource_spans = (HaeOtlp__ResourceSpans *[]){&resource};
    assert_true(protobuf_c_message_get_packed_size(&request.base) <= 512);
    return protobuf_c_message_pack(&request.base, body);
}

static haetae_delivery of(const void *data, size_t size)
{
    haetae_delivery delivery = a_delivery();

    delivery.data = data;
    delivery.size = size;
    return delivery;
}

static void json_is_sent(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("PROTOCOL"), "http/json");
    uint8_t body[512];
    haetae_delivery delivery = of(body, pack_span(body));
    const struct http_request *request;

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(pair.server), 1);
    request = http_server_mhd_request(pair.server, 0);
    assert_string_equal(request->url, "/v1/traces");
    assert_header(request, "content-type", "application/json");
    assert_header(request, "content-encoding", NULL);
    assert_header(request, "user-agent", "OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION);
    assert_int_equal(request->body_size, sizeof expected - 1);
    assert_memory_equal(request->body, expected, sizeof expected - 1);
    pair_stop(&pair);
}

static void each_signal_goes_to_its_path(void **state)
{
    static const char *const urls[] = {"/v1/traces", "/v1/metrics", "/v1/logs"};
    struct pair pair = pair_start(&accepted, KEY("PROTOCOL"), "http/json");

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_delivery delivery = of("", 0);

        delivery.signal = (haetae_signal)signal;
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        const struct http_request *request = http_server_mhd_request(pair.server, (size_t)signal);
        assert_string_equal(request->url, urls[signal]);
        assert_int_equal(request->body_size, 2);
        assert_memory_equal(request->body, "{}", 2);
    }
    pair_stop(&pair);
}

static void json_is_compressed(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(server));
    haetae_exporter *exporter =
        make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("PROTOCOL"), "http/json"},
                              {KEY("COMPRESSION"), "gzip"}));
    uint8_t body[512];
    uint8_t plain[1024];
    size_t size = pack_span(body);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        haetae_delivery delivery = of(body, size);
        z_stream stream = {0};

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        const struct http_request *request = http_server_mhd_request(server, i);
        assert_header(request, "content-encoding", "gzip");
        assert_header(request, "content-type", "application/json");
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = request->body;
        stream.avail_in = (uInt)request->body_size;
        stream.next_out = plain;
        stream.avail_out = sizeof plain;
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.total_out, sizeof expected - 1);
        assert_memory_equal(plain, expected, sizeof expected - 1);
        inflateEnd(&stream);
    }
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void answers_are_read_as_json(void **state)
{
    static const char *const headers[] = {"Content-Type", "application/json", NULL};
    static const char partial[] =
        "{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"too old\"}}";
    static const char invalid[] = "{\"code\":3,\"message\":\"no name\"}";
    struct http_reply reply = {200, headers, partial, sizeof partial - 1};
    struct pair pair = pair_start(&reply, KEY("PROTOCOL"), "http/json");
    haetae_delivery delivery = of("", 0);

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(delivery.result.rejected_count, 2);
    assert_contains(delivery.message, "2 of 5 items were rejected: too old");
    reply = (struct http_reply){400, headers, invalid, sizeof invalid - 1};
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_INVALID);
    assert_contains(delivery.message, "HTTP 400: no name");
    pair_stop(&pair);
}

/* Requests with a text of so many bytes that each take six as JSON. */
static uint8_t *pack_text(size_t length, size_t *ret_size)
{
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;
    HaeOtlp__ScopeSpans scope = HAE_OTLP__SCOPE_SPANS__INIT;
    HaeOtlp__ResourceSpans resource = HAE_OTLP__RESOURCE_SPANS__INIT;
    HaeOtlp__ExportTraceServiceRequest request = HAE_OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    char *name = malloc(length + 1);
    uint8_t *body;

    assert_non_null(name);
    memset(name, 1, length);
    name[length] = '\0';
    span.name = name;
    scope.n_spans = 1;
    scope.spans = (HaeOtlp__Span *[]){&span};
    resource.n_scope_spans = 1;
    resource.scope_spans = (HaeOtlp__ScopeSpans *[]){&scope};
    request.n_resource_spans = 1;
    request.resource_spans = (HaeOtlp__ResourceSpans *[]){&resource};
    body = malloc(protobuf_c_message_get_packed_size(&request.base));
    assert_non_null(body);
    *ret_size = protobuf_c_message_pack(&request.base, body);
    free(name);
    return body;
}

static void what_cannot_be_json_has_its_verdict(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("PROTOCOL"), "http/json");
    haetae_delivery garbage = of("some spans", 10);
    size_t size;
    uint8_t *large = pack_text((size_t)12 << 20, &size);
    haetae_delivery too_large = of(large, size);
    haetae_delivery good = of("", 0);

    (void)state;
    fake_send(pair.exporter, &garbage);
    assert_int_equal(garbage.completed_count, 1);
    assert_int_equal(garbage.result.verdict, HAETAE_VERDICT_DROP);
    assert_string_equal(garbage.message, "undecodable request");

    /* 12 MiB become 72: more than a body may have. The SDK splits it. */
    fake_send(pair.exporter, &too_large);
    assert_int_equal(too_large.completed_count, 1);
    assert_int_equal(too_large.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_string_equal(too_large.message, "it takes too much memory as JSON");

    fake_deliver(pair.exporter, &good);
    assert_int_equal(good.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(pair.server), 1);
    pair_stop(&pair);
    free(large);
}

static void the_configuration_chooses(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(server));
    haetae_config *config =
        make_config(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("PROTOCOL"), "http/json"}));
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_string_equal(exporter->ops.component_type, "otlp_http_json");
    haetae_exporter_free(exporter);

    /* One exporter speaks one of them. */
    assert_int_equal(haetae_config_set(config, KEY("LOGS_PROTOCOL"), "http/protobuf"), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_EVALUE);
    assert_contains(haetae_config_error(config),
                    KEY("LOGS_PROTOCOL") "=\"http/protobuf\": this "
                                         "exporter speaks http/json only");
    haetae_config_free(config);
    http_server_mhd_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_sent),
        cmocka_unit_test(each_signal_goes_to_its_path),
        cmocka_unit_test(json_is_compressed),
        cmocka_unit_test(answers_are_read_as_json),
        cmocka_unit_test(what_cannot_be_json_has_its_verdict),
        cmocka_unit_test(the_configuration_chooses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
