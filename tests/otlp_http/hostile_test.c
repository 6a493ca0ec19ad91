/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that answer as no server should. Each delivery must end with a verdict, and the next one
 * to a proper server must not suffer from it. */
#include "otlp_http/raw.h"

static void never_answer(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_wait_close(server, connection);
}

static void otlp_http_retries_when_no_answer_comes(void **state)
{
    haetae_delivery delivery = raw_deliver(never_answer, SHORT_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "timed out");
}

static void drip(struct http_server_raw *server, int connection, unsigned number)
{
    const char *at = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                     "Content-Length: 1000000\r\n\r\n";

    (void)number;
    do {
        http_server_raw_write(server, connection, *at != '\0' ? at++ : "", 1);
    } while (http_server_raw_pause(server, connection, 10));
}

static void otlp_http_retries_when_the_answer_drips(void **state)
{
    haetae_delivery delivery = raw_deliver(drip, SHORT_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "timed out");
}

static void close_at_once(struct http_server_raw *server, int connection, unsigned number)
{
    (void)server;
    (void)connection;
    (void)number;
}

static void close_after_request(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
}

static void reset_after_request(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_will_reset(connection);
}

static void close_in_body(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
}

static void otlp_http_retries_when_the_connection_breaks(void **state)
{
    static const http_server_raw_handler handlers[] = {
        close_at_once,        close_after_request, reset_after_request,
        raw_reset_in_headers, close_in_body,
    };

    (void)state;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        haetae_delivery delivery = raw_deliver(handlers[i], LONG_MS);

        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(delivery.result.retry_after_ms, -1);
        assert_string_not_equal(delivery.message, "");
    }
}

static void refuse_body_and_close(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 413 Too Large\r\nContent-Length: 183\r\n\r\n<p>too");
}

/* Sent again as it is, the request would be refused again. */
static void otlp_http_believes_413_whatever_comes_after(void **state)
{
    haetae_delivery delivery = raw_deliver(refuse_body_and_close, LONG_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_int_equal(delivery.result.http_status, 413);
    assert_contains(delivery.message, "HTTP 413");
}

static const char *garbage_text;

static void answer_garbage(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, garbage_text);
}

static void otlp_http_retries_when_the_answer_is_garbage(void **state)
{
    static const char *const texts[] = {
        "hello, this is not HTTP\r\n\r\n",
        "HTTP/1.1 twohundred OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "\r\n\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        haetae_delivery delivery;

        garbage_text = texts[i];
        delivery = raw_deliver(answer_garbage, LONG_MS);
        if (delivery.result.verdict != HAETAE_VERDICT_RETRY) {
            fail_msg("verdict %d for \"%s\": %s", (int)delivery.result.verdict, texts[i],
                     delivery.message);
        }
        for (const char *at = delivery.message; *at != '\0'; at++) {
            assert_true(*at >= ' ' && *at <= '~');
        }
    }
}

static void version_unknown_then_known(struct http_server_raw *server, int connection,
                                       unsigned number)
{
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               number == 1 ? "HTTP/9.9 200 OK\r\n\r\n"
                                           : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/* Some libcurl accepts an answer in a version of HTTP that does not exist, some refuses it.
 * Accepted, the request is not sent again; refused, it is sent until a proper answer comes, and no
 * more. */
static void otlp_http_believes_an_unknown_version_or_tries_again(void **state)
{
    struct http_server_raw *server = http_server_raw_start(version_unknown_then_known);
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), LONG_MS);
    haetae_delivery delivery = a_delivery();
    unsigned expected = 1;

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(http_server_raw_connection_count(server), 1);
    if (delivery.result.verdict != HAETAE_VERDICT_OK) {
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_string_not_equal(delivery.message, "");
        expected = 2;
        fake_deliver(exporter, &delivery);
    }
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_raw_connection_count(server), expected);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

static void interim_then_final(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 100 Continue\r\n\r\n"
                               "HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n"
                               "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    http_server_raw_wait_close(server, connection);
}

static void otlp_http_waits_for_the_final_response(void **state)
{
    haetae_delivery delivery = raw_deliver(interim_then_final, LONG_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, -1);
    assert_contains(delivery.message, "HTTP 503");
}

static void otlp_http_connects_anew_when_a_kept_connection_was_closed(void **state)
{
    enum { COUNT = 20 };
    struct http_server_raw *server = http_server_raw_start(raw_promise_and_close);
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), LONG_MS);

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        haetae_delivery delivery = a_delivery();

        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    assert_int_equal(http_server_raw_connection_count(server), COUNT);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_retries_when_no_answer_comes),
        cmocka_unit_test(otlp_http_retries_when_the_answer_drips),
        cmocka_unit_test(otlp_http_retries_when_the_connection_breaks),
        cmocka_unit_test(otlp_http_believes_413_whatever_comes_after),
        cmocka_unit_test(otlp_http_retries_when_the_answer_is_garbage),
        cmocka_unit_test(otlp_http_believes_an_unknown_version_or_tries_again),
        cmocka_unit_test(otlp_http_waits_for_the_final_response),
        cmocka_unit_test(otlp_http_connects_anew_when_a_kept_connection_was_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
