/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: kept, shared by calls that are under way at once, given up. */
#include <poll.h>
#include <unistd.h>

#include "otlp_grpc/harness.h"

enum { IN_FLIGHT = 8 };

static void otlp_grpc_keeps_its_connection(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");

    (void)state;
    for (int i = 0; i < 30; i++) {
        haetae_delivery delivery = a_delivery();

        delivery.signal = (haetae_signal)(i % HAETAE_SIGNAL_COUNT);
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    assert_int_equal(http2_server_request_count(pair.server), 30);
    assert_int_equal(http2_server_connection_count(pair.server), 1);
    grpc_stop(&pair);
}

/* Runs until the server has so many requests. */
static void await_requests(struct grpc_pair *pair, unsigned count)
{
    while (http2_server_request_count(pair->server) < count) {
        struct pollfd ready = {.fd = pair->exporter->ops.descriptor(pair->exporter->self),
                               .events = POLLIN};

        poll(&ready, 1, 1);
        pair->exporter->ops.step(pair->exporter->self);
    }
}

/* Sends as many as may be in flight; the server holds them. */
static void send_many(struct grpc_pair *pair, haetae_delivery deliveries[IN_FLIGHT])
{
    http2_server_hold(pair->server, true);
    assert_int_equal(pair->exporter->ops.max_in_flight, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        deliveries[i] = a_delivery();
        fake_send(pair->exporter, &deliveries[i]);
        assert_int_equal(deliveries[i].completed_count, 0);
    }
}

static void otlp_grpc_has_several_calls_on_one_connection(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];
    haetae_delivery one_more = a_delivery();

    (void)state;
    send_many(&pair, deliveries);
    await_requests(&pair, IN_FLIGHT);
    assert_int_equal(http2_server_most_open(pair.server), IN_FLIGHT);
    assert_int_equal(http2_server_connection_count(pair.server), 1);

    fake_send(pair.exporter, &one_more);
    assert_int_equal(one_more.completed_count, 1);
    assert_int_equal(one_more.result.verdict, HAETAE_VERDICT_RETRY);

    /* The last comes first. */
    http2_server_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 1);
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
    }
    grpc_stop(&pair);
}

static unsigned requests_on_first(struct grpc_pair *pair)
{
    unsigned count = 0;

    for (unsigned i = 1; i <= http2_server_request_count(pair->server); i++) {
        struct http2_request *request = http2_server_request(pair->server, i);

        count += request->connection == 1;
        http2_request_free(request);
    }
    return count;
}

static void otlp_grpc_keeps_to_the_streams_that_a_server_allows(void **state)
{
    struct http2_options options = {.max_streams = 2};
    struct grpc_pair pair = {.server = http2_server_start(grpc_accept, &options)};
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(pair.server));
    haetae_delivery deliveries[IN_FLIGHT];
    haetae_delivery first = a_delivery();

    (void)state;
    pair.exporter = grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}));
    fake_deliver(pair.exporter, &first); /* by then the server's limit is known */
    send_many(&pair, deliveries);
    await_requests(&pair, 1 + IN_FLIGHT);
    http2_server_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries, IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
    }
    /* On those that are new, nothing is known of a limit at first. */
    assert_int_equal(requests_on_first(&pair), 1 + 2);
    assert_in_range(http2_server_connection_count(pair.server), 2, IN_FLIGHT);
    grpc_stop(&pair);
}

static void otlp_grpc_sleeps_while_calls_wait_for_answers(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("TIMEOUT"), "500");
    haetae_delivery deliveries[IN_FLIGHT];
    unsigned runs = 0;
    bool all = false;

    (void)state;
    send_many(&pair, deliveries);
    for (; !all; runs++) {
        fake_run_once(pair.exporter);
        all = true;
        for (size_t i = 0; i < IN_FLIGHT; i++) {
            all = all && deliveries[i].completed_count > 0;
        }
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(deliveries[i].message, "timed out");
    }
    if (runs > 100) {
        fail_msg("%u runs", runs);
    }
    grpc_stop(&pair);
}

/* A server with this window, and a call with a body that is larger. */
static struct grpc_pair start_without_window(enum http2_window window, const char *timeout_ms,
                                             haetae_delivery *delivery)
{
    static uint8_t body[300000];
    struct http2_options options = {.window = window};
    struct grpc_pair pair = {.server = http2_server_start(grpc_accept, &options)};
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(pair.server));

    memset(body, 'b', sizeof body);
    *delivery = a_delivery();
    delivery->data = body;
    delivery->size = sizeof body;
    pair.exporter =
        grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), timeout_ms}));
    fake_send(pair.exporter, delivery);
    return pair;
}

static void otlp_grpc_sleeps_while_a_server_gives_no_window(void **state)
{
    (void)state;
    for (int window = HTTP2_WINDOW_SMALL; window <= HTTP2_WINDOW_NONE; window++) {
        haetae_delivery delivery;
        struct grpc_pair pair = start_without_window((enum http2_window)window, "500", &delivery);
        unsigned runs = 0;

        for (; delivery.completed_count == 0; runs++) {
            fake_run_once(pair.exporter);
        }
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(delivery.message, "timed out");
        if (runs > 100) {
            fail_msg("%u runs", runs);
        }
        grpc_stop(&pair);
    }
}

static void otlp_grpc_goes_on_when_a_server_gives_window(void **state)
{
    enum { RUNS = 20 };

    (void)state;
    for (int window = HTTP2_WINDOW_SMALL; window <= HTTP2_WINDOW_NONE; window++) {
        haetae_delivery delivery;
        struct grpc_pair pair = start_without_window((enum http2_window)window, LONG_MS, &delivery);
        struct http2_request *request;

        for (int i = 0; i < RUNS; i++) {
            fake_run_once(pair.exporter);
        }
        assert_int_equal(delivery.completed_count, 0);
        http2_server_give_window(pair.server);
        fake_wait(pair.exporter, &delivery, 1);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        request = http2_server_request(pair.server, 1);
        assert_int_equal(request->body_bytes, 5 + delivery.size);
        assert_memory_equal(request->body + 5, delivery.data, delivery.size);
        http2_request_free(request);
        grpc_stop(&pair);
    }
}

static void otlp_grpc_needs_no_turn_when_idle(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");
    haetae_delivery delivery = a_delivery();
    struct pollfd ready = {.fd = pair.exporter->ops.descriptor(pair.exporter->self),
                           .events = POLLIN};

    (void)state;
    assert_true(pair.exporter->ops.wait_ms(pair.exporter->self) < 0);
    fake_deliver(pair.exporter, &delivery);
    assert_true(pair.exporter->ops.wait_ms(pair.exporter->self) < 0);
    assert_int_equal(poll(&ready, 1, 0), 0);
    grpc_stop(&pair);
}

/* The server answers the call all the same, as not every libcurl tells it. */
static void otlp_grpc_cancels_one_call_and_leaves_the_others(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");
    haetae_delivery deliveries[IN_FLIGHT];
    haetae_delivery next = a_delivery();

    (void)state;
    send_many(&pair, deliveries);
    await_requests(&pair, IN_FLIGHT);
    fake_cancel(pair.exporter, &deliveries[3]);
    http2_server_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries, 3);
    fake_wait(pair.exporter, deliveries + 4, IN_FLIGHT - 4);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, i != 3);
    }
    fake_deliver(pair.exporter, &next);
    assert_int_equal(next.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http2_server_connection_count(pair.server), 1);
    grpc_stop(&pair);
}

static void otlp_grpc_is_freed_with_calls_under_way(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    send_many(&pair, deliveries);
    await_requests(&pair, IN_FLIGHT);
    grpc_stop(&pair);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 0);
    }
}

static haetae_exporter *exporter_of_chain;
static haetae_delivery chain[50];

static void send_next(haetae_delivery *delivery)
{
    if (delivery + 1 < chain + 50) {
        fake_send(exporter_of_chain, delivery + 1);
    }
}

static void otlp_grpc_can_be_sent_to_from_within_a_completion(void **state)
{
    struct grpc_pair pair = grpc_start(grpc_accept, KEY("HEADERS"), "");

    (void)state;
    exporter_of_chain = pair.exporter;
    for (size_t i = 0; i < 50; i++) {
        chain[i] = a_delivery();
        chain[i].on_complete = send_next;
    }
    fake_send(pair.exporter, &chain[0]);
    fake_wait(pair.exporter, chain, 50);
    assert_int_equal(http2_server_request_count(pair.server), 50);
    grpc_stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_grpc_keeps_its_connection),
        cmocka_unit_test(otlp_grpc_has_several_calls_on_one_connection),
        cmocka_unit_test(otlp_grpc_keeps_to_the_streams_that_a_server_allows),
        cmocka_unit_test(otlp_grpc_sleeps_while_calls_wait_for_answers),
        cmocka_unit_test(otlp_grpc_sleeps_while_a_server_gives_no_window),
        cmocka_unit_test(otlp_grpc_goes_on_when_a_server_gives_window),
        cmocka_unit_test(otlp_grpc_needs_no_turn_when_idle),
        cmocka_unit_test(otlp_grpc_cancels_one_call_and_leaves_the_others),
        cmocka_unit_test(otlp_grpc_is_freed_with_calls_under_way),
        cmocka_unit_test(otlp_grpc_can_be_sent_to_from_within_a_completion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
