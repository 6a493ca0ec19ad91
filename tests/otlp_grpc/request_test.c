/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out: headers and framing of calls. */
#include <zlib.h>

#include "otlp_grpc/harness.h"

static void assert_header(const struct http2_request *request, const char *name,
                          const char *expected)
{
    char *value = http2_request_header(request, name);

    if (expected == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, expected);
    }
    free(value);
}

/* Delivers once and returns the request. */
static struct http2_request *request_of(const char *key, const char *value, haetae_signal signal)
{
    struct grpc_pair pair = grpc_start(grpc_accept, key, value);
    haetae_delivery delivery = a_delivery();
    struct http2_request *request;

    delivery.signal = signal;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_string_equal(delivery.message, "");
    assert_int_equal(http2_server_request_count(pair.server), 1);
    request = http2_server_request(pair.server, 1);
    grpc_stop(&pair);
    return request;
}

static void otlp_grpc_calls_the_method_of_each_signal(void **state)
{
    static const char *const paths[HAETAE_SIGNAL_COUNT] = {
        [HAETAE_SIGNAL_TRACES] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        [HAETAE_SIGNAL_METRICS] = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        [HAETAE_SIGNAL_LOGS] = "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    };

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct http2_request *request = request_of(KEY("HEADERS"), "", (haetae_signal)signal);

        assert_header(request, ":path", paths[signal]);
        http2_request_free(request);
    }
}

static void otlp_grpc_sends_the_headers_of_a_call(void **state)
{
    struct http2_request *request = request_of(KEY("TIMEOUT"), "12345", HAETAE_SIGNAL_TRACES);
    char *agent = http2_request_header(request, "user-agent");

    (void)state;
    assert_header(request, ":method", "POST");
    assert_header(request, ":scheme", "http");
    assert_header(request, "te", "trailers");
    assert_header(request, "content-type", "application/grpc+proto");
    assert_header(request, "grpc-timeout", "12345m");
    assert_header(request, "grpc-accept-encoding", "identity,gzip");
    assert_header(request, "grpc-encoding", NULL);
    assert_header(request, "content-encoding", NULL);
    assert_header(request, "accept", NULL);
    assert_header(request, "expect", NULL);
    assert_header(request, "transfer-encoding", NULL);
    assert_non_null(agent);
    assert_contains(agent, "OTel-OTLP-Exporter-C-haetae/");
    free(agent);
    http2_request_free(request);
}

static void otlp_grpc_writes_a_timeout_in_eight_digits(void **state)
{
    static const char *const timeouts[][2] = {
        {"1", "1m"}, {"99999999", "99999999m"}, {"100000000", "100000S"}, {"0", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        /* A millisecond may pass before the answer: only the header counts. */
        struct grpc_pair pair = grpc_start(grpc_accept, KEY("TIMEOUT"), timeouts[i][0]);
        haetae_delivery delivery = a_delivery();

        for (int tries = 0; tries < 1000 && http2_server_request_count(pair.server) == 0; tries++) {
            fake_deliver(pair.exporter, &delivery);
        }
        if (http2_server_request_count(pair.server) > 0) {
            struct http2_request *request = http2_server_request(pair.server, 1);

            assert_header(request, "grpc-timeout", timeouts[i][1]);
            http2_request_free(request);
        } else {
            assert_int_equal(i, 0);
        }
        grpc_stop(&pair);
    }
}

static void otlp_grpc_frames_the_message(void **state)
{
    struct http2_request *request = request_of(KEY("HEADERS"), "", HAETAE_SIGNAL_TRACES);

    (void)state;
    assert_int_equal(request->body_bytes, 15);
    assert_memory_equal(request->body, "\0\0\0\0\x0asome spans", 15);
    http2_request_free(request);
}

static void otlp_grpc_frames_an_empty_message(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");
    haetae_delivery delivery = {.signal = HAETAE_SIGNAL_LOGS, .data = NULL, .size = 0};
    struct http2_request *request;

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    request = http2_server_request(pair.server, 1);
    assert_int_equal(request->body_bytes, 5);
    assert_memory_equal(request->body, "\0\0\0\0\0", 5);
    http2_request_free(request);
    grpc_stop(&pair);
}

/* Unpacks gzip to `out` and returns the size. */
static size_t unpack(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)size,
                       .next_out = out,
                       .avail_out = (uInt)room};

    assert_int_equal(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return room - stream.avail_out;
}

static void otlp_grpc_compresses_the_message_and_not_its_frame(void **state)
{
    struct http2_request *request = request_of(KEY("COMPRESSION"), "gzip", HAETAE_SIGNAL_TRACES);
    uint8_t out[64];

    (void)state;
    assert_header(request, "grpc-encoding", "gzip");
    assert_header(request, "content-encoding", NULL);
    assert_true(request->body_bytes > 5);
    assert_int_equal(request->body[0], 1);
    assert_int_equal(request->body[1], 0);
    assert_int_equal(request->body[2], 0);
    assert_int_equal(request->body[3] << 8 | request->body[4], request->body_bytes - 5);
    assert_int_equal(unpack(request->body + 5, request->body_bytes - 5, out, sizeof out), 10);
    assert_memory_equal(out, "some spans", 10);
    http2_request_free(request);
}

static void otlp_grpc_sends_large_messages_whole(void **state)
{
    enum { SIZE = 5 * 1000 * 1000 };
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("TIMEOUT"), LONG_MS);
    uint8_t *data = malloc(SIZE);
    haetae_delivery delivery = {.signal = HAETAE_SIGNAL_LOGS, .data = data, .size = SIZE};
    struct http2_request *request;

    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        data[i] = (uint8_t)(i * 7 + i / 251);
    }
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    request = http2_server_request(pair.server, 1);
    assert_int_equal(request->body_bytes, SIZE + 5);
    assert_memory_equal(request->body, "\0\0\x4c\x4b\x40", 5);
    assert_memory_equal(request->body + 5, data, SIZE);
    http2_request_free(request);
    free(data);
    grpc_stop(&pair);
}

static void otlp_grpc_sends_configured_headers(void **state)
{
    struct http2_request *request = request_of(KEY("HEADERS"),
                                               "X-Tenant=blue%20one,trace-BIN=%00%ff%01,empty=,"
                                               "token-bin=abcd,x-tenant=blue%20two",
                                               HAETAE_SIGNAL_TRACES);

    (void)state;
    assert_header(request, "x-tenant", "blue two");
    assert_header(request, "trace-bin", "AP8B");
    assert_header(request, "token-bin", "YWJjZA");
    assert_header(request, "empty", "");
    http2_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_calls_the_method_of_each_signal),
        cmocka_unit_test(otlp_grpc_sends_the_headers_of_a_call),
        cmocka_unit_test(otlp_grpc_writes_a_timeout_in_eight_digits),
        cmocka_unit_test(otlp_grpc_frames_the_message),
        cmocka_unit_test(otlp_grpc_frames_an_empty_message),
        cmocka_unit_test(otlp_grpc_compresses_the_message_and_not_its_frame),
        cmocka_unit_test(otlp_grpc_sends_large_messages_whole),
        cmocka_unit_test(otlp_grpc_sends_configured_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
