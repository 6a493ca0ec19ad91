/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that send without end. */
#include <sys/resource.h>

#include <zlib.h>

#include "otlp_http/raw.h"

static void flood_body(struct http_server_raw *server, int connection, unsigned number)
{
    static char page[65536];

    (void)number;
    memset(page, 'x', sizeof page);
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n\r\n");
    while (http_server_raw_write(server, connection, page, sizeof page)) {
    }
}

/* 1,000 bytes that unpack to a million, over and over. It is not unpacked: nobody asked for it. */
static void flood_body_packed(struct http_server_raw *server, int connection, unsigned number)
{
    static uint8_t zeros[1000000], packed[2000];
    uLongf size = sizeof packed;

    (void)number;
    assert_int_equal(compress(packed, &size, zeros, sizeof zeros), Z_OK);
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                               "Content-Encoding: deflate\r\n\r\n");
    while (http_server_raw_write(server, connection, packed, size)) {
    }
}

static void flood_header_lines(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, "HTTP/1.1 503 Busy\r\n");
    while (http_server_raw_write_text(server, connection, "X-Filler: a line of little use\r\n")) {
    }
}

static void flood_one_header(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, "HTTP/1.1 200 OK\r\nX-Filler: ");
    while (http_server_raw_write_text(server, connection, "a word of little use ")) {
    }
}

static void flood_interim_responses(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    while (http_server_raw_write_text(server, connection, "HTTP/1.1 100 Continue\r\n\r\n")) {
    }
}

static long peak_memory_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void otlp_http_breaks_off_a_flood(void **state)
{
    static const struct {
        http_server_raw_handler handler;
        haetae_verdict verdict;
    } floods[] = {
        /* The status decides. */
        {flood_body, HAETAE_VERDICT_OK},
        {flood_body_packed, HAETAE_VERDICT_OK},
        {flood_header_lines, HAETAE_VERDICT_RETRY},
        {flood_interim_responses, HAETAE_VERDICT_RETRY},
        /* libcurl ends this one: it never became a header. */
        {flood_one_header, HAETAE_VERDICT_RETRY},
    };
    long before = peak_memory_kib();

    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        haetae_delivery delivery = raw_deliver(floods[i].handler, LONG_MS);

        if (delivery.result.verdict != (int)floods[i].verdict) {
            fail_msg("flood %zu: verdict %d: %s", i, (int)delivery.result.verdict,
                     delivery.message);
        }
    }
    /* Sanitizers keep what was freed. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(peak_memory_kib() - before < 32 * 1024);
#else
    (void)before;
#endif
}

static void bad_once_then_good(struct http_server_raw *server, int connection, unsigned number)
{
    if (number == 1) {
        flood_header_lines(server, connection, number);
        return;
    }
    if (number == 2) {
        raw_reset_in_headers(server, connection, number);
        return;
    }
    raw_promise_and_close(server, connection, number);
}

static void otlp_http_recovers_when_the_server_does(void **state)
{
    struct http_server_raw *server = http_server_raw_start(bad_once_then_good);
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), LONG_MS);
    haetae_delivery delivery = a_delivery();

    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    }
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_null(delivery.result.message);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_breaks_off_a_flood),
        cmocka_unit_test(otlp_http_recovers_when_the_server_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
