/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that answer as no server should. Each delivery must end with a verdict, and one that was
 * accepted is not sent again. */
#include "otlp_grpc/harness.h"

static void assert_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        assert_true((unsigned char)*text >= ' ' && *text != 0x7f);
    }
}

static void assert_verdict(http2_handler handler, haetae_verdict verdict, const char *part)
{
    haetae_delivery delivery = grpc_deliver(handler, LONG_MS);

    assert_printable(delivery.message);
    if (delivery.result.verdict != (int32_t)verdict) {
        fail_msg("verdict %d, not %d, for \"%s\": %s", (int)delivery.result.verdict, (int)verdict,
                 part, delivery.message);
    }
    assert_contains(delivery.message, part);
}

/* ---- Statuses ------------------------------------------------------------------------------- */

static void answer_trailers_only(struct http2_connection *connection,
                                 const struct http2_request *request)
{
    http2_write_headers(connection, request->stream,
                        GRPC_HEADERS "grpc-status: 14\n"
                                     "grpc-message: r%C3%BCckw%c3%a4rts 100%\n",
                        true);
}

static void otlp_grpc_reads_an_answer_of_trailers_only(void **state)
{
    (void)state;
    assert_verdict(answer_trailers_only, HAETAE_VERDICT_RETRY,
                   "gRPC status 14 (UNAVAILABLE): r\xc3\xbc"
                   "ckw\xc3\xa4rts 100%");
}

static const char *trailers;

static void answer_with_trailers(struct http2_connection *connection,
                                 const struct http2_request *request)
{
    grpc_answer(connection, request, NULL, 0, trailers);
}

static void otlp_grpc_hides_secrets_that_a_server_repeats(void **state)
{
    (void)state;
    trailers = "grpc-status: 16\ngrpc-message: bad token hunter%32, aHVudGVyMg\n";
    assert_verdict(answer_with_trailers, HAETAE_VERDICT_DROP, "(UNAUTHENTICATED): bad token ***");
}

static void otlp_grpc_takes_the_last_status(void **state)
{
    (void)state;
    trailers = "grpc-status: 0\ngrpc-status: 7\n";
    assert_verdict(answer_with_trailers, HAETAE_VERDICT_DROP, "gRPC status 7 (PERMISSION_DENIED)");
}

static void otlp_grpc_shows_the_start_of_a_huge_message(void **state)
{
    enum { SIZE = 50000 };
    char *text = malloc(SIZE + 64);
    size_t at = (size_t)sprintf(text, "grpc-status: 13\ngrpc-message: ");
    haetae_delivery delivery;

    (void)state;
    memset(text + at, 'x', SIZE);
    strcpy(text + at + SIZE, "\n");
    trailers = text;
    delivery = grpc_deliver(answer_with_trailers, LONG_MS);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_contains(delivery.message, "(INTERNAL): xxxxx");
    assert_true(strlen(delivery.message) < 768);
    free(text);
}

static const char *http_status;

static void answer_in_http(struct http2_connection *connection, const struct http2_request *request)
{
    char lines[128];

    snprintf(lines, sizeof lines, ":status: %s\ncontent-type: text/html\nretry-after: 7\n",
             http_status);
    http2_write_headers(connection, request->stream, lines, false);
    http2_write_frame(connection, HTTP2_DATA, HTTP2_END_STREAM, request->stream, "<p>no</p>", 9);
}

static void otlp_grpc_judges_an_answer_without_a_grpc_status_by_http(void **state)
{
    static const struct {
        const char *status;
        haetae_verdict verdict;
    } cases[] = {
        {"200", HAETAE_VERDICT_DROP},      {"302", HAETAE_VERDICT_DROP},
        {"400", HAETAE_VERDICT_DROP},      {"401", HAETAE_VERDICT_DROP},
        {"403", HAETAE_VERDICT_DROP},      {"404", HAETAE_VERDICT_DROP},
        {"413", HAETAE_VERDICT_TOO_LARGE}, {"429", HAETAE_VERDICT_RETRY},
        {"500", HAETAE_VERDICT_DROP},      {"502", HAETAE_VERDICT_RETRY},
        {"503", HAETAE_VERDICT_RETRY},     {"504", HAETAE_VERDICT_RETRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_delivery delivery;

        http_status = cases[i].status;
        delivery = grpc_deliver(answer_in_http, LONG_MS);
        assert_int_equal(delivery.result.verdict, cases[i].verdict);
        assert_contains(delivery.message, cases[i].status);
        assert_contains(delivery.message, "without a gRPC status: <p>no</p>");
        assert_int_equal(delivery.result.retry_after_ms,
                         cases[i].verdict == HAETAE_VERDICT_RETRY ? 7000 : -1);
        assert_int_equal(delivery.result.http_status, atoi(cases[i].status));
    }
}

static void answer_with_a_redirect(struct http2_connection *connection,
                                   const struct http2_request *request)
{
    http2_write_headers(
        connection, request->stream,
        ":status: 302\nlocation: https://user:hunter3@elsewhere.example/hunter2/v2?k=hunter4\n",
        true);
}

static void otlp_grpc_names_where_a_redirect_leads(void **state)
{
    haetae_delivery delivery = grpc_deliver(answer_with_a_redirect, "60000");

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_contains(delivery.message, "a redirect that is not followed, to "
                                      "https://***@elsewhere.example/***/v2?***");
    assert_lacks(delivery.message, "hunter");
}

static void answer_interim_first(struct http2_connection *connection,
                                 const struct http2_request *request)
{
    http2_write_headers(connection, request->stream,
                        ":status: 103\ngrpc-status: 12\nretry-after: 5\n", false);
    trailers = "grpc-status: 14\n";
    answer_with_trailers(connection, request);
}

static void otlp_grpc_waits_for_the_final_response(void **state)
{
    haetae_delivery delivery = grpc_deliver(answer_interim_first, LONG_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, -1);
}

/* ---- Answers that break off ------------------------------------------------------------------ */

static void never_answer(struct http2_connection *connection, const struct http2_request *request)
{
    (void)connection;
    (void)request;
}

static void drip_headers(struct http2_connection *connection, const struct http2_request *request)
{
    http2_write_headers(connection, request->stream, GRPC_HEADERS, false);
}

static void reset_stream(struct http2_connection *connection, uint32_t stream, uint8_t error)
{
    const uint8_t code[4] = {0, 0, 0, error};

    http2_write_frame(connection, HTTP2_RST_STREAM, 0, stream, code, sizeof code);
}

static void reset_before_answer(struct http2_connection *connection,
                                const struct http2_request *request)
{
    reset_stream(connection, request->stream, 2);
}

static void reset_mid_answer(struct http2_connection *connection,
                             const struct http2_request *request)
{
    drip_headers(connection, request);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, "\0\0", 2);
    reset_stream(connection, request->stream, 8);
}

static void close_before_answer(struct http2_connection *connection,
                                const struct http2_request *request)
{
    (void)request;
    http2_close(connection);
}

static void close_mid_answer(struct http2_connection *connection,
                             const struct http2_request *request)
{
    drip_headers(connection, request);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, "\0\0", 2);
    http2_close(connection);
}

static void answer_half_a_frame(struct http2_connection *connection,
                                const struct http2_request *request)
{
    static const uint8_t half[] = {0, 0, 100, HTTP2_HEADERS, 4, 0, 0, 0, 1, 0x88};

    (void)request;
    http2_write(connection, half, sizeof half);
    http2_close(connection);
}

static void answer_oversized_frame(struct http2_connection *connection,
                                   const struct http2_request *request)
{
    static const uint8_t huge[] = {0xff, 0xff, 0xff, HTTP2_DATA, 0, 0, 0, 0, 1};

    drip_headers(connection, request);
    http2_write(connection, huge, sizeof huge);
}

static void answer_broken_headers(struct http2_connection *connection,
                                  const struct http2_request *request)
{
    /* An index that no table has. */
    http2_write_frame(connection, HTTP2_HEADERS, HTTP2_END_HEADERS | HTTP2_END_STREAM,
                      request->stream, "\xff\xff\xff\x7f", 4);
}

static void answer_in_http1(struct http2_connection *connection,
                            const struct http2_request *request)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

    (void)request;
    http2_write(connection, text, sizeof text - 1);
    http2_close(connection);
}

static void otlp_grpc_retries_when_no_status_comes_in_time(void **state)
{
    static const http2_handler handlers[] = {never_answer, drip_headers};
    haetae_delivery delivery;

    (void)state;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        delivery = grpc_deliver(handlers[i], SHORT_MS);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(delivery.message, "timed out");
    }
    /* libcurl ends the connection, or waits for the server to do so. */
    delivery = grpc_deliver(answer_oversized_frame, SHORT_MS);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_string_not_equal(delivery.message, "");
}

static void otlp_grpc_retries_when_the_connection_breaks(void **state)
{
    static const http2_handler handlers[] = {
        reset_before_answer, reset_mid_answer,      close_before_answer, close_mid_answer,
        answer_half_a_frame, answer_broken_headers, answer_in_http1,
    };

    (void)state;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        haetae_delivery delivery = grpc_deliver(handlers[i], LONG_MS);

        if (delivery.result.verdict != HAETAE_VERDICT_RETRY) {
            fail_msg("%zu: verdict %d: %s", i, (int)delivery.result.verdict, delivery.message);
        }
        assert_int_equal(delivery.result.retry_after_ms, -1);
        assert_string_not_equal(delivery.message, "");
        assert_printable(delivery.message);
    }
}

static void refuse_body_and_hang(struct http2_connection *connection,
                                 const struct http2_request *request)
{
    http2_write_headers(connection, request->stream, ":status: 413\ncontent-length: 183\n", false);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, "<p>too", 6);
}

/* What is reset in the same moment, some libcurl loses with its status. */
static void otlp_grpc_believes_413_whatever_comes_after(void **state)
{
    haetae_delivery delivery = grpc_deliver(refuse_body_and_hang, SHORT_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_contains(delivery.message, "HTTP 413");
}

static void answer_without_trailers(struct http2_connection *connection,
                                    const struct http2_request *request)
{
    drip_headers(connection, request);
    http2_write_frame(connection, HTTP2_DATA, HTTP2_END_STREAM, request->stream, "\0\0\0\0\0", 5);
}

static void answer_with_nothing(struct http2_connection *connection,
                                const struct http2_request *request)
{
    http2_write_headers(connection, request->stream, GRPC_HEADERS, true);
}

/* Some libcurl loses trailers behind which the connection ends, and so do some proxies. */
static void otlp_grpc_believes_a_message_without_a_status(void **state)
{
    (void)state;
    assert_verdict(answer_without_trailers, HAETAE_VERDICT_OK, "");
    assert_verdict(answer_with_nothing, HAETAE_VERDICT_RETRY, "ended without a gRPC status");
}

static void accept_and_reset(struct http2_connection *connection,
                             const struct http2_request *request)
{
    grpc_accept(connection, request);
    reset_stream(connection, request->stream, 0);
}

static void accept_and_close(struct http2_connection *connection,
                             const struct http2_request *request)
{
    grpc_accept(connection, request);
    http2_close(connection);
}

static void otlp_grpc_believes_a_status_whatever_comes_after(void **state)
{
    static const http2_handler handlers[] = {accept_and_reset, accept_and_close};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_verdict(handlers[i], HAETAE_VERDICT_OK, "");
    }
}

/* ---- Requests that a server sends back ------------------------------------------------------- */

static void refuse_once(struct http2_connection *connection, const struct http2_request *request)
{
    if (request->number == 1) {
        reset_stream(connection, request->stream, 7);
    } else {
        grpc_accept(connection, request);
    }
}

static void go_away_once(struct http2_connection *connection, const struct http2_request *request)
{
    if (request->number == 1) {
        http2_write_frame(connection, HTTP2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
    } else {
        grpc_accept(connection, request);
    }
}

/* What a server has not looked at is sent again, by libcurl or at the next try. */
static void otlp_grpc_sends_again_what_a_server_did_not_look_at(void **state)
{
    static const http2_handler handlers[] = {refuse_once, go_away_once};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct grpc_pair pair = grpc_start(handlers[i], KEY("COMPRESSION"), "gzip");
        haetae_delivery delivery = a_delivery();
        struct http2_request *first, *second;

        fake_deliver(pair.exporter, &delivery);
        if (delivery.result.verdict == HAETAE_VERDICT_RETRY) {
            fake_deliver(pair.exporter, &delivery);
        }
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        assert_int_equal(http2_server_request_count(pair.server), 2);
        first = http2_server_request(pair.server, 1);
        second = http2_server_request(pair.server, 2);
        assert_int_equal(first->body_bytes, second->body_bytes);
        assert_memory_equal(first->body, second->body, first->body_bytes);
        http2_request_free(first);
        http2_request_free(second);
        grpc_stop(&pair);
    }
}

static void accept_and_go_away(struct http2_connection *connection,
                               const struct http2_request *request)
{
    const uint8_t last[8] = {0, 0, 0, (uint8_t)request->stream};

    http2_write_frame(connection, HTTP2_GOAWAY, 0, 0, last, sizeof last);
    grpc_accept(connection, request);
}

/* Some libcurl loses the whole answer where the connection's end comes with it. */
static void otlp_grpc_connects_anew_after_a_server_went_away(void **state)
{
    struct grpc_pair pair = grpc_start(accept_and_go_away, KEY("HEADERS"), "");

    (void)state;
    for (unsigned i = 1; i <= 5; i++) {
        haetae_delivery delivery = a_delivery();

        fake_deliver(pair.exporter, &delivery);
        if (delivery.result.verdict != HAETAE_VERDICT_OK) {
            assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        }
        assert_int_equal(http2_server_request_count(pair.server), i);
    }
    assert_int_equal(http2_server_connection_count(pair.server), 5);
    grpc_stop(&pair);
}

/* ---- Too much ----------------------------------------------------------------------------- */

static void answer_endlessly(struct http2_connection *connection,
                             const struct http2_request *request)
{
    static const uint8_t zeros[16384];

    drip_headers(connection, request);
    for (int i = 0; i < 400; i++) {
        http2_write_frame(connection, HTTP2_DATA, 0, request->stream, zeros, sizeof zeros);
    }
    http2_write_headers(connection, request->stream, "grpc-status: 14\n", true);
}

static void otlp_grpc_breaks_a_large_answer_off(void **state)
{
    (void)state;
    assert_verdict(answer_endlessly, HAETAE_VERDICT_DROP, "so large that it was broken off");
}

static void answer_many_headers(struct http2_connection *connection,
                                const struct http2_request *request)
{
    enum { LINES = 2000 };
    char *lines = malloc(LINES * 64);
    size_t at = (size_t)sprintf(lines, GRPC_HEADERS);

    for (int i = 0; i < LINES; i++) {
        at += (size_t)sprintf(lines + at, "x-%d: %040d\n", i, i);
    }
    http2_write_headers(connection, request->stream, lines, false);
    free(lines);
    http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
}

static void otlp_grpc_breaks_many_headers_off(void **state)
{
    haetae_delivery delivery = grpc_deliver(answer_many_headers, SHORT_MS);

    (void)state;
    /* libcurl or nghttp2 may have a lower limit, and wait then until the time is over. */
    assert_int_not_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_string_not_equal(delivery.message, "");
}

static void answer_pings(struct http2_connection *connection, const struct http2_request *request)
{
    for (int i = 0; i < 2000; i++) {
        http2_write_frame(connection, HTTP2_PING, 0, 0, "12345678", 8);
        http2_write_frame(connection, HTTP2_SETTINGS, 0, 0, NULL, 0);
    }
    (void)request;
}

static void otlp_grpc_survives_a_flood_of_pings(void **state)
{
    haetae_delivery delivery = grpc_deliver(answer_pings, SHORT_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_reads_an_answer_of_trailers_only),
        cmocka_unit_test(otlp_grpc_hides_secrets_that_a_server_repeats),
        cmocka_unit_test(otlp_grpc_takes_the_last_status),
        cmocka_unit_test(otlp_grpc_shows_the_start_of_a_huge_message),
        cmocka_unit_test(otlp_grpc_judges_an_answer_without_a_grpc_status_by_http),
        cmocka_unit_test(otlp_grpc_names_where_a_redirect_leads),
        cmocka_unit_test(otlp_grpc_waits_for_the_final_response),
        cmocka_unit_test(otlp_grpc_retries_when_no_status_comes_in_time),
        cmocka_unit_test(otlp_grpc_retries_when_the_connection_breaks),
        cmocka_unit_test(otlp_grpc_believes_413_whatever_comes_after),
        cmocka_unit_test(otlp_grpc_believes_a_message_without_a_status),
        cmocka_unit_test(otlp_grpc_believes_a_status_whatever_comes_after),
        cmocka_unit_test(otlp_grpc_sends_again_what_a_server_did_not_look_at),
        cmocka_unit_test(otlp_grpc_connects_anew_after_a_server_went_away),
        cmocka_unit_test(otlp_grpc_breaks_a_large_answer_off),
        cmocka_unit_test(otlp_grpc_breaks_many_headers_off),
        cmocka_unit_test(otlp_grpc_survives_a_flood_of_pings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
