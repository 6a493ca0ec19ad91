/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "otlp.pb-c.h"
#include "otlp_http/harness.h"
#include "support/http_server_mhd.h"

static const struct http_reply accepted = {.status = 200};

/* A server and an exporter that is to reach it. */
struct pair {
    struct http_server_mhd *server;
    haetae_exporter *exporter;
};

static struct pair start(const struct http_reply *reply, const char *key, const char *value)
{
    struct pair pair = {.server = http_server_mhd_start(reply, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));

    pair.exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {key, value}));
    return pair;
}

static void stop(struct pair *pair)
{
    haetae_exporter_free(pair->exporter);
    http_server_mhd_stop(pair->server);
}

static void assert_header(const struct http_request *request, const char *name,
                          const char *expected)
{
    char *value = http_request_header(request, name);

    if (expected == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, expected);
    }
    free(value);
}

static void otlp_http_posts_each_signal_to_its_path(void **state)
{
    static const char *const urls[] = {"/v1/traces", "/v1/metrics", "/v1/logs"};
    struct pair pair = start(&accepted, KEY("HEADERS"), "");

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
    stop(&pair);
}

static void otlp_http_sends_configured_headers(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "api-key=a%20b,x-empty=,User-Agent=mine");
    haetae_delivery delivery = a_delivery();
    const struct http_request *request;

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    request = http_server_mhd_request(pair.server, 0);
    assert_header(request, "api-key", "a b");
    assert_header(request, "x-empty", "");
    assert_header(request, "user-agent", "mine");
    assert_header(request, "content-type", "application/x-protobuf");
    stop(&pair);
}

static void otlp_http_uses_paths_as_they_are_configured(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
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
    stop(&pair);
}

static void otlp_http_sends_an_empty_body(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = {.signal = HAETAE_SIGNAL_LOGS};

    (void)state;
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_header(http_server_mhd_request(pair.server, 0), "content-length", "0");
    stop(&pair);
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
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
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
    stop(&pair);
    free(data);
}

static void otlp_http_compresses_when_asked(void **state)
{
    static const size_t sizes[] = {0, 10, 3000000};
    uint8_t *data = make_data(3000000);
    uint8_t *unpacked = malloc(3000001);
    struct pair pair = start(&accepted, KEY("COMPRESSION"), "gzip");

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
    stop(&pair);
    free(unpacked);
    free(data);
}

static void otlp_http_keeps_its_connection(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");

    (void)state;
    for (int i = 0; i < 30; i++) {
        haetae_delivery delivery = a_delivery();

        delivery.signal = (haetae_signal)(i % HAETAE_SIGNAL_COUNT);
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    assert_int_equal(http_server_mhd_request_count(pair.server), 30);
    assert_int_equal(http_server_mhd_connection_count(pair.server), 1);
    stop(&pair);
}

static void otlp_http_keeps_its_connection_after_an_error(void **state)
{
    static const struct http_reply busy = {.status = 503, .body = "busy", .body_size = 4};
    struct pair pair = start(&busy, KEY("COMPRESSION"), "gzip");
    haetae_delivery delivery = a_delivery();

    (void)state;
    for (int i = 0; i < 5; i++) {
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    }
    http_server_mhd_set_reply(pair.server, &accepted);
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_connection_count(pair.server), 1);
    stop(&pair);
}

enum { IN_FLIGHT = 8 };

/* Sends as many as may be in flight, and runs until the server has them. */
static void send_many(struct pair *pair, haetae_delivery deliveries[IN_FLIGHT])
{
    http_server_mhd_hold(pair->server, true);
    assert_int_equal(pair->exporter->ops.max_in_flight, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        deliveries[i] = a_delivery();
        fake_send(pair->exporter, &deliveries[i]);
        assert_int_equal(deliveries[i].completed_count, 0);
    }
    while (http_server_mhd_request_count(pair->server) < IN_FLIGHT) {
        struct pollfd ready = {.fd = pair->exporter->ops.descriptor(pair->exporter->self),
                               .events = POLLIN};

        poll(&ready, 1, 1);
        pair->exporter->ops.step(pair->exporter->self);
    }
}

static void otlp_http_has_several_requests_under_way(void **state)
{
    struct pair pair = start(&accepted, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];
    haetae_delivery one_more = a_delivery();

    (void)state;
    send_many(&pair, deliveries);
    assert_int_equal(http_server_mhd_connection_count(pair.server), IN_FLIGHT);

    fake_send(pair.exporter, &one_more);
    assert_int_equal(one_more.completed_count, 1);
    assert_int_equal(one_more.result.verdict, HAETAE_VERDICT_RETRY);

    http_server_mhd_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
    }
    stop(&pair);
}

static haetae_exporter *exporter_of_chain;
static haetae_delivery chain[50];

static void send_next(haetae_delivery *delivery)
{
    if (delivery + 1 < chain + 50) {
        fake_send(exporter_of_chain, delivery + 1);
    }
}

static void otlp_http_can_be_sent_to_from_within_a_completion(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");

    (void)state;
    exporter_of_chain = pair.exporter;
    for (size_t i = 0; i < 50; i++) {
        chain[i] = a_delivery();
        chain[i].on_complete = send_next;
    }
    fake_send(pair.exporter, &chain[0]);
    fake_wait(pair.exporter, chain, 50);
    assert_int_equal(http_server_mhd_request_count(pair.server), 50);
    stop(&pair);
}

static void otlp_http_cancels_at_once_and_completes_no_more(void **state)
{
    struct pair pair = start(&accepted, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];
    haetae_delivery next = a_delivery();

    (void)state;
    send_many(&pair, deliveries);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        fake_cancel(pair.exporter, &deliveries[i]);
    }
    /* Unknown by now. */
    fake_cancel(pair.exporter, &deliveries[0]);
    http_server_mhd_hold(pair.server, false);
    fake_deliver(pair.exporter, &next);
    assert_int_equal(next.result.verdict, HAETAE_VERDICT_OK);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 0);
    }
    stop(&pair);
}

static void otlp_http_cancels_one_of_several(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    send_many(&pair, deliveries);
    fake_cancel(pair.exporter, &deliveries[0]);
    http_server_mhd_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries + 1, IN_FLIGHT - 1);
    assert_int_equal(deliveries[0].completed_count, 0);
    stop(&pair);
}

static void otlp_http_is_freed_with_requests_under_way(void **state)
{
    struct pair pair = start(&accepted, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    send_many(&pair, deliveries);
    stop(&pair);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 0);
    }
}

static void otlp_http_hides_its_sockets_from_executed_programs(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery deliveries[IN_FLIGHT];
    unsigned found = 0;

    (void)state;
    send_many(&pair, deliveries);
    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;

        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
            ntohs(peer.sin_port) == http_server_mhd_port(pair.server)) {
            assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
            found++;
        }
    }
    assert_true(found >= IN_FLIGHT);
    assert_true(fcntl(pair.exporter->ops.descriptor(pair.exporter->self), F_GETFD) & FD_CLOEXEC);
    stop(&pair);
}

/* A child that was forked keeps every socket open that the parent closes. */
static void otlp_http_stays_quiet_while_a_child_holds_its_sockets(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery deliveries[IN_FLIGHT];
    struct pollfd ready = {.fd = pair.exporter->ops.descriptor(pair.exporter->self),
                           .events = POLLIN};
    int until_closed[2];
    pid_t child;
    char byte;

    (void)state;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        deliveries[i] = a_delivery();
        fake_send(pair.exporter, &deliveries[i]);
    }
    fake_run_once(pair.exporter);
    assert_int_equal(pipe(until_closed), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(until_closed[1]);
        _exit((int)read(until_closed[0], &byte, 1));
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        fake_cancel(pair.exporter, &deliveries[i]);
    }
    assert_int_equal(poll(&ready, 1, 0), 0);
    close(until_closed[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(until_closed[0]);
    stop(&pair);
}

static void otlp_http_sleeps_while_it_waits_for_an_answer(void **state)
{
    struct pair pair = start(&accepted, KEY("TIMEOUT"), "500");
    haetae_delivery delivery = a_delivery();
    unsigned runs = 0;

    (void)state;
    http_server_mhd_hold(pair.server, true);
    fake_send(pair.exporter, &delivery);
    for (; delivery.completed_count == 0; runs++) {
        fake_run_once(pair.exporter);
    }
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_true(runs < 50);
    stop(&pair);
}

static void otlp_http_needs_no_turn_when_idle(void **state)
{
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = a_delivery();
    struct pollfd ready = {.fd = pair.exporter->ops.descriptor(pair.exporter->self),
                           .events = POLLIN};

    (void)state;
    assert_true(pair.exporter->ops.wait_ms(pair.exporter->self) < 0);
    fake_deliver(pair.exporter, &delivery);
    assert_true(pair.exporter->ops.wait_ms(pair.exporter->self) < 0);
    assert_int_equal(poll(&ready, 1, 0), 0);
    /* A run too many does no harm. */
    pair.exporter->ops.step(pair.exporter->self);
    assert_int_equal(delivery.completed_count, 1);
    stop(&pair);
}

static void otlp_http_gives_up_at_its_timeout(void **state)
{
    struct pair pair = start(&accepted, KEY("TRACES_TIMEOUT"), "200");
    haetae_delivery delivery = a_delivery();

    (void)state;
    http_server_mhd_hold(pair.server, true);
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, -1);
    assert_contains(delivery.message, "timed out");
    http_server_mhd_hold(pair.server, false);
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    stop(&pair);
}

/* Delivers once to a server that answers with this. */
static haetae_delivery deliver_to(const struct http_reply *reply)
{
    struct pair pair = start(reply, KEY("HEADERS"), "authorization=Bearer hunter2");
    haetae_delivery delivery = a_delivery();

    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(http_server_mhd_request_count(pair.server), 1);
    stop(&pair);
    /* The copy that is returned has its message elsewhere. */
    delivery.result.message = NULL;
    return delivery;
}

static void otlp_http_maps_each_status_to_its_verdict(void **state)
{
    static const struct {
        unsigned status;
        haetae_verdict verdict;
    } cases[] = {
        {200, HAETAE_VERDICT_OK},    {202, HAETAE_VERDICT_OK},        {204, HAETAE_VERDICT_OK},
        {301, HAETAE_VERDICT_DROP},  {302, HAETAE_VERDICT_DROP},      {304, HAETAE_VERDICT_DROP},
        {307, HAETAE_VERDICT_DROP},  {308, HAETAE_VERDICT_DROP},      {400, HAETAE_VERDICT_DROP},
        {401, HAETAE_VERDICT_DROP},  {403, HAETAE_VERDICT_DROP},      {404, HAETAE_VERDICT_DROP},
        {408, HAETAE_VERDICT_DROP},  {413, HAETAE_VERDICT_TOO_LARGE}, {415, HAETAE_VERDICT_DROP},
        {429, HAETAE_VERDICT_RETRY}, {500, HAETAE_VERDICT_DROP},      {501, HAETAE_VERDICT_DROP},
        {502, HAETAE_VERDICT_RETRY}, {503, HAETAE_VERDICT_RETRY},     {504, HAETAE_VERDICT_RETRY},
        {505, HAETAE_VERDICT_DROP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_reply reply = {.status = cases[i].status};
        haetae_delivery delivery = deliver_to(&reply);
        char text[16];

        snprintf(text, sizeof text, "HTTP %u", cases[i].status);
        assert_int_equal(delivery.result.verdict, cases[i].verdict);
        if (cases[i].verdict != HAETAE_VERDICT_OK) {
            assert_contains(delivery.message, text);
            assert_contains(delivery.message, "/v1/traces");
        }
    }
}

static void otlp_http_follows_no_redirect(void **state)
{
    struct http_server_mhd *other = http_server_mhd_start(&accepted, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(other));
    const char *const headers[] = {"Location", endpoint.url, NULL};
    static const unsigned statuses[] = {301, 302, 303, 307, 308};

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct http_reply reply = {.status = statuses[i], .headers = headers};

        assert_int_equal(deliver_to(&reply).result.verdict, HAETAE_VERDICT_DROP);
    }
    assert_int_equal(http_server_mhd_connection_count(other), 0);
    http_server_mhd_stop(other);
}

static void otlp_http_passes_retry_after_on(void **state)
{
    static const char *const headers[] = {"Retry-After", "7", NULL};
    struct http_reply reply = {.status = 429, .headers = headers};
    haetae_delivery delivery = deliver_to(&reply);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, 7000);
    reply.headers = NULL;
    assert_int_equal(deliver_to(&reply).result.retry_after_ms, -1);
}

static const char *const protobuf[] = {"Content-Type", "application/x-protobuf", NULL};

static void otlp_http_counts_a_partial_success(void **state)
{
    HaeOtlp__ExportTracePartialSuccess partial = HAE_OTLP__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportTraceServiceResponse response = HAE_OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
    uint8_t body[128];
    struct http_reply reply = {.status = 200, .headers = protobuf, .body = body};
    haetae_delivery delivery;

    (void)state;
    partial.has_rejected_spans = 1;
    partial.rejected_spans = 2;
    partial.error_message = (char *)"too old";
    response.partial_success = &partial;
    reply.body_size = hae_otlp__export_trace_service_response__pack(&response, body);
    delivery = deliver_to(&reply);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(delivery.result.rejected_count, 2);
    assert_contains(delivery.message, "2 of 5 items were rejected: too old");
}

static void otlp_http_shows_what_the_server_says(void **state)
{
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;
    uint8_t body[128];
    struct http_reply reply = {.status = 400, .headers = protobuf, .body = body};

    (void)state;
    status.message = (char *)"span 3 has no name";
    reply.body_size = hae_otlp__rpc_status__pack(&status, body);
    assert_contains(deliver_to(&reply).message, "HTTP 400: span 3 has no name");

    reply = (struct http_reply){.status = 404, .body = "no page\nhere", .body_size = 12};
    assert_contains(deliver_to(&reply).message, "HTTP 404: no page here");
}

static void otlp_http_shows_no_secret_that_the_server_repeats(void **state)
{
    struct http_reply reply = {
        .status = 401, .body = "bad 'Bearer hunter2' (hunter2)", .body_size = 30};
    haetae_delivery delivery = deliver_to(&reply);

    (void)state;
    assert_contains(delivery.message, "HTTP 401: bad '***' (***)");
    assert_lacks(delivery.message, "hunter2");
}

static void otlp_http_authenticates_by_user_information(void **state)
{
    static const char said[] = "hunter2 of rider; authorization: Basic cmlkZXI6aHVudGVyMg==, "
                               "cmlkZXI6aHVudGVyMg; see http://rider:hunter2@host/?token=hunter2, "
                               "rider%3Ahunter2, r%69der:hunter%32";
    static const struct http_reply refused = {
        .status = 403, .body = said, .body_size = sizeof said - 1};
    struct http_server_mhd *server = http_server_mhd_start(&refused, NULL);
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter;
    char endpoint[128];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "http://rider:hunter2@127.0.0.1:%u/x?token=hunter2",
             http_server_mhd_port(server));
    exporter = make_exporter(OPTIONS({KEY("TRACES_ENDPOINT"), endpoint}));
    fake_deliver(exporter, &delivery);
    assert_header(http_server_mhd_request(server, 0), "authorization",
                  "Basic cmlkZXI6aHVudGVyMg==");
    assert_string_equal(http_server_mhd_request(server, 0)->url, "/x");
    assert_contains(delivery.message, "HTTP 403");
    assert_lacks(delivery.message, "hunter2");
    assert_lacks(delivery.message, "rider");
    assert_lacks(delivery.message, "cmlkZXI6");
    assert_lacks(delivery.message, "hunter%32");
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

static void otlp_http_does_not_send_what_is_too_large(void **state)
{
    enum { LIMIT = 64 * 1024 * 1024 };
    struct pair pair = start(&accepted, KEY("HEADERS"), "");
    haetae_delivery delivery = a_delivery();
    uint8_t *data = calloc(1, LIMIT + 1);

    (void)state;
    delivery.data = data;
    delivery.size = LIMIT + 1;
    fake_send(pair.exporter, &delivery);
    assert_int_equal(delivery.completed_count, 1);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_TOO_LARGE);
    assert_int_equal(http_server_mhd_connection_count(pair.server), 0);
    stop(&pair);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_posts_each_signal_to_its_path),
        cmocka_unit_test(otlp_http_sends_configured_headers),
        cmocka_unit_test(otlp_http_uses_paths_as_they_are_configured),
        cmocka_unit_test(otlp_http_sends_an_empty_body),
        cmocka_unit_test(otlp_http_sends_a_large_body),
        cmocka_unit_test(otlp_http_compresses_when_asked),
        cmocka_unit_test(otlp_http_keeps_its_connection),
        cmocka_unit_test(otlp_http_keeps_its_connection_after_an_error),
        cmocka_unit_test(otlp_http_has_several_requests_under_way),
        cmocka_unit_test(otlp_http_can_be_sent_to_from_within_a_completion),
        cmocka_unit_test(otlp_http_cancels_at_once_and_completes_no_more),
        cmocka_unit_test(otlp_http_cancels_one_of_several),
        cmocka_unit_test(otlp_http_is_freed_with_requests_under_way),
        cmocka_unit_test(otlp_http_hides_its_sockets_from_executed_programs),
        cmocka_unit_test(otlp_http_stays_quiet_while_a_child_holds_its_sockets),
        cmocka_unit_test(otlp_http_sleeps_while_it_waits_for_an_answer),
        cmocka_unit_test(otlp_http_needs_no_turn_when_idle),
        cmocka_unit_test(otlp_http_gives_up_at_its_timeout),
        cmocka_unit_test(otlp_http_maps_each_status_to_its_verdict),
        cmocka_unit_test(otlp_http_follows_no_redirect),
        cmocka_unit_test(otlp_http_passes_retry_after_on),
        cmocka_unit_test(otlp_http_counts_a_partial_success),
        cmocka_unit_test(otlp_http_shows_what_the_server_says),
        cmocka_unit_test(otlp_http_shows_no_secret_that_the_server_repeats),
        cmocka_unit_test(otlp_http_authenticates_by_user_information),
        cmocka_unit_test(otlp_http_does_not_send_what_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
