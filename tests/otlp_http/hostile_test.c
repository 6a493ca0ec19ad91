/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that do what no server should. Each delivery must end with a verdict,
 * and the next one to a proper server must not suffer from it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "otlp_http/harness.h"
#include "support/http_server_raw.h"

static haetae_exporter *exporter_for(unsigned port, const char *timeout_ms)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);

    return make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), timeout_ms},
                                 {KEY("HEADERS"), "authorization=hunter2"}));
}

/* Delivers once to a server with this behaviour. */
static haetae_delivery deliver_to(http_server_raw_handler handler, const char *timeout_ms)
{
    struct http_server_raw *server = http_server_raw_start(handler);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), timeout_ms);
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
    assert_lacks(delivery.message, "hunter2");
    delivery.result.message = NULL;
    return delivery;
}

/* Time enough for what ends by itself, and what must not be waited for. */
#define LONG_MS  "60000"
#define SHORT_MS "300"

static void never_answer(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_wait_close(server, connection);
}

static void otlp_http_retries_when_no_answer_comes(void **state)
{
    haetae_delivery delivery = deliver_to(never_answer, SHORT_MS);

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
    haetae_delivery delivery = deliver_to(drip, SHORT_MS);

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

static void reset_in_headers(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection, "HTTP/1.1 200 OK\r\nContent-Le");
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
        close_at_once, close_after_request, reset_after_request, reset_in_headers, close_in_body,
    };

    (void)state;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        haetae_delivery delivery = deliver_to(handlers[i], LONG_MS);

        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_int_equal(delivery.result.retry_after_ms, -1);
        assert_string_not_equal(delivery.message, "");
    }
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
        delivery = deliver_to(answer_garbage, LONG_MS);
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
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), LONG_MS);
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
        haetae_delivery delivery = deliver_to(floods[i].handler, LONG_MS);

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
    haetae_delivery delivery = deliver_to(interim_then_final, LONG_MS);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, -1);
    assert_contains(delivery.message, "HTTP 503");
}

static unsigned closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void otlp_http_retries_when_nobody_listens(void **state)
{
    haetae_exporter *exporter = exporter_for(closed_port(), LONG_MS);
    haetae_delivery delivery = a_delivery();

    (void)state;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "127.0.0.1");
    haetae_exporter_free(exporter);
}

static void otlp_http_retries_when_the_backlog_is_full(void **state)
{
    enum { FILLERS = 8 };
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int fillers[FILLERS];
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter;

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    exporter = exporter_for(ntohs(address.sin_port), SHORT_MS);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    haetae_exporter_free(exporter);
    for (int i = 0; i < FILLERS; i++) {
        close(fillers[i]);
    }
    close(listener);
}

/* Reads a little of a large request, then goes away: writing to it would raise
 * SIGPIPE, which ends this program if it comes. */
static void hang_up_on_the_writer(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_pause(server, connection, 20);
    http_server_raw_will_reset(connection);
}

static void otlp_http_survives_a_peer_that_hangs_up_while_it_sends(void **state)
{
    enum { SIZE = 32 * 1024 * 1024 };
    struct http_server_raw *server = http_server_raw_start(hang_up_on_the_writer);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), LONG_MS);
    haetae_delivery delivery = a_delivery();
    uint8_t *data = calloc(1, SIZE);

    (void)state;
    delivery.data = data;
    delivery.size = SIZE;
    for (int i = 0; i < 5; i++) {
        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    }
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
    free(data);
}

static void never_read(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    while (http_server_raw_pause(server, connection, 1000)) {
    }
}

static void otlp_http_retries_when_the_server_does_not_read(void **state)
{
    enum { SIZE = 32 * 1024 * 1024 };
    struct http_server_raw *server = http_server_raw_start(never_read);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), SHORT_MS);
    haetae_delivery delivery = a_delivery();
    uint8_t *data = calloc(1, SIZE);

    (void)state;
    delivery.data = data;
    delivery.size = SIZE;
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
    free(data);
}

/* Says that it keeps the connection, and closes it. */
static void promise_and_close(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_write_text(server, connection,
                               "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
                               "Content-Length: 0\r\n\r\n");
}

static void otlp_http_connects_anew_when_a_kept_connection_was_closed(void **state)
{
    enum { COUNT = 20 };
    struct http_server_raw *server = http_server_raw_start(promise_and_close);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), LONG_MS);

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

static void bad_once_then_good(struct http_server_raw *server, int connection, unsigned number)
{
    if (number == 1) {
        flood_header_lines(server, connection, number);
        return;
    }
    if (number == 2) {
        reset_in_headers(server, connection, number);
        return;
    }
    promise_and_close(server, connection, number);
}

static void otlp_http_recovers_when_the_server_does(void **state)
{
    struct http_server_raw *server = http_server_raw_start(bad_once_then_good);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), LONG_MS);
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

/* With no descriptor left, neither a socket nor anything else can be opened. */
static void otlp_http_retries_when_descriptors_run_out(void **state)
{
    struct http_server_raw *server = http_server_raw_start(promise_and_close);
    haetae_exporter *exporter = exporter_for(http_server_raw_port(server), LONG_MS);
    haetae_delivery delivery = a_delivery();
    struct rlimit limit, none;
    haetae_config *config = make_config(OPTIONS({KEY("TIMEOUT"), "1"}));
    haetae_exporter *second = NULL;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    fake_send(exporter, &delivery);
    for (int i = 0; i < 1000 && delivery.completed_count == 0; i++) {
        exporter->ops.step(exporter->self);
    }
    assert_int_equal(haetae_otlp_http_new(config, &second), HAETAE_EIO);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_contains(haetae_config_error(config), strerror(EMFILE));
    haetae_config_free(config);
    assert_int_equal(delivery.completed_count, 1);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);

    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_retries_when_no_answer_comes),
        cmocka_unit_test(otlp_http_retries_when_the_answer_drips),
        cmocka_unit_test(otlp_http_retries_when_the_connection_breaks),
        cmocka_unit_test(otlp_http_retries_when_the_answer_is_garbage),
        cmocka_unit_test(otlp_http_believes_an_unknown_version_or_tries_again),
        cmocka_unit_test(otlp_http_breaks_off_a_flood),
        cmocka_unit_test(otlp_http_waits_for_the_final_response),
        cmocka_unit_test(otlp_http_retries_when_nobody_listens),
        cmocka_unit_test(otlp_http_retries_when_the_backlog_is_full),
        cmocka_unit_test(otlp_http_survives_a_peer_that_hangs_up_while_it_sends),
        cmocka_unit_test(otlp_http_retries_when_the_server_does_not_read),
        cmocka_unit_test(otlp_http_connects_anew_when_a_kept_connection_was_closed),
        cmocka_unit_test(otlp_http_recovers_when_the_server_does),
        cmocka_unit_test(otlp_http_retries_when_descriptors_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
