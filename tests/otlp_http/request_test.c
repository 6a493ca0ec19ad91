/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter sends. */
#include <zlib.h>

#include "otlp_http/pair.h"

static void otlp_http_posts_each_signal_to_its_path(void **state)
{
    static const char *const urls[] = {"/v1/traces", "/v1/metrics", "/v1/logs"};
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_delivery delivery = a_delivery();
        const struct http_request *request;

        delivery.signal = (haetae_signal)signal;
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        assert_int_equal(delivery.result.struct_size, sizeof delivery.result);
        assert_null(delivery.result.message);

        request = http_server_mhd_request(pair.server, (size_t)signal);
        assert_string_equal(request->method, "POST");
        assert_string_equal(request->url, urls[signal]);
        assert_int_equal(request->body_size, 10);
        assert_memory_equal(request->body, "some spans", 10);
        assert_header(request, "content-type", "application/x-protobuf");
        assert_header(request, "content-length", "10");
        assert_header(request, "user-agent", "OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION);
        assert_header(request, "content-encoding", NULL);
        assert_header(request, "accept-encoding", NULL);
        assert_header(request, "expect", NULL);
        assert_header(request, "transfer-encoding", NULL);
    }
    pair_stop(&pair);
}

static void otlp_http_sends_configured_headers(void **state)
{
    struct pair pair =
        pair_start(&accepted, KEY("HEADERS"), "api-key=a%20b,x-empty=,User-Agent=mine");
    haetae_delivery delivery = a_delivery();
    const struct http_request *request;

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    request = http_server_mhd_request(pair.server, 0);
    assert_header(request, "api-key", "a b");
    assert_header(request, "x-empty", "");
    assert_header(request, "user-agent", "mine");
    assert_header(request, "content-type", "application/x-protobuf");
    pair_stop(&pair);
}

/* Specification: "OpenTelemetry Protocol Exporter", "User Agent". */
static void otlp_http_names_the_product_before_its_own(void **state)
{
    struct pair pair = pair_start(&accepted, "HAETAE_OTLP_USER_AGENT", "shop/1.4 (seoul)");
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_header(http_server_mhd_request(pair.server, 0), "user-agent",
                  "shop/1.4 (seoul) OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION);
    pair_stop(&pair);
}

static void otlp_http_uses_paths_as_they_are_configured(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));
    char with_path[128];
    haetae_delivery delivery = a_delivery();

    (void)state;
    haetae_exporter_free(pair.exporter);
    snprintf(with_path, sizeof with_path, "%s/a/../b/./", endpoint.url);
    pair.exporter =
        make_exporter(OPTIONS({KEY("ENDPOINT"), with_path}, {KEY("LOGS_ENDPOINT"), endpoint.url}));
    fake_deliver(pair.exporter, &delivery);
    assert_string_equal(http_server_mhd_request(pair.server, 0)->url, "/a/../b/./v1/traces");
    delivery.signal = HAETAE_SIGNAL_LOGS;
    fake_deliver(pair.exporter, &delivery);
    assert_string_equal(http_server_mhd_request(pair.server, 1)->url, "/");
    pair_stop(&pair);
}

static void otlp_http_sends_an_empty_body(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = {.signal = HAETAE_SIGNAL_LOGS};

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_header(http_server_mhd_request(pair.server, 0), "content-length", "0");
    pair_stop(&pair);
}

static uint8_t *make_data(size_t size)
{
    uint8_t *data = malloc(size);
    uint32_t x = 1;

    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        /* One byte in sixteen is random, so that it can be compressed. */
        data[i] = i % 16 == 0 ? (uint8_t)(x >> 24) : (uint8_t)i;
    }
    return data;
}

static void otlp_http_sends_a_large_body(void **state)
{
    enum { SIZE = 5000000 };
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = a_delivery();
    uint8_t *data = make_data(SIZE);

    (void)state;
    delivery.data = data;
    delivery.size = SIZE;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request(pair.server, 0)->body_size, SIZE);
    assert_memory_equal(http_server_mhd_request(pair.server, 0)->body, data, SIZE);
    /* From a size on, libcurl would ask first and wait for leave. */
    assert_header(http_server_mhd_request(pair.server, 0), "expect", NULL);
    pair_stop(&pair);
    free(data);
}

static void otlp_http_compresses_when_asked(void **state)
{
    static const size_t sizes[] = {0, 10, 3000000};
    uint8_t *data = make_data(3000000);
    uint8_t *unpacked = malloc(3000001);
    struct pair pair = pair_start(&accepted, KEY("COMPRESSION"), "gzip");

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        haetae_delivery delivery = a_delivery();
        const struct http_request *request;
        z_stream stream = {0};

        delivery.data = data;
        delivery.size = sizes[i];
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);

        request = http_server_mhd_request(pair.server, i);
        assert_header(request, "content-encoding", "gzip");
        assert_header(request, "content-type", "application/x-protobuf");
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = request->body;
        stream.avail_in = (unsigned)request->body_size;
        stream.next_out = unpacked;
        stream.avail_out = 3000001;
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.total_out, sizes[i]);
        assert_memory_equal(unpacked, data, sizes[i]);
        inflateEnd(&stream);
    }
    assert_true(http_server_mhd_request(pair.server, 2)->body_size < 3000000 / 2);
    pair_stop(&pair);
    free(unpacked);
    free(data);
}

static void otlp_http_does_not_send_what_is_too_large(void **state)
{
    enum { LIMIT = 64 * 1024 * 1024 };
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = a_delivery();
    uint8_t *data = calloc(1, LIMIT + 1);

    (void)state;
    delivery.data = data;
    delivery.size = LIMIT + 1;
    fake_send(pair.exporter, &delivery);
    assert_int_equal(delivery.completed_count, 1);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_int_equal(http_server_mhd_connection_count(pair.server), 0);
    pair_stop(&pair);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_posts_each_signal_to_its_path),
        cmocka_unit_test(otlp_http_sends_configured_headers),
        cmocka_unit_test(otlp_http_names_the_product_before_its_own),
        cmocka_unit_test(otlp_http_uses_paths_as_they_are_configured),
        cmocka_unit_test(otlp_http_sends_an_empty_body),
        cmocka_unit_test(otlp_http_sends_a_large_body),
        cmocka_unit_test(otlp_http_compresses_when_asked),
        cmocka_unit_test(otlp_http_does_not_send_what_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
