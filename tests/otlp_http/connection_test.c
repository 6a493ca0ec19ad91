/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and their sockets: kept, shared by several requests, given up. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "otlp_http/pair.h"

static void otlp_http_keeps_its_connection(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");

    (void)state;
    for (int i = 0; i < 30; i++) {
        haetae_delivery delivery = a_delivery();

        delivery.signal = (haetae_signal)(i % HAETAE_SIGNAL_COUNT);
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    }
    assert_int_equal(http_server_mhd_request_count(pair.server), 30);
    assert_int_equal(http_server_mhd_connection_count(pair.server), 1);
    pair_stop(&pair);
}

static void otlp_http_keeps_its_connection_after_an_error(void **state)
{
    static const struct http_reply busy = {.status = 503, .body = "busy", .body_size = 4};
    struct pair pair = pair_start(&busy, KEY("COMPRESSION"), "gzip");
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
    pair_stop(&pair);
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
    struct pair pair = pair_start(&accepted, KEY("COMPRESSION"), "gzip");
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
    pair_stop(&pair);
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
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");

    (void)state;
    exporter_of_chain = pair.exporter;
    for (size_t i = 0; i < 50; i++) {
        chain[i] = a_delivery();
        chain[i].on_complete = send_next;
    }
    fake_send(pair.exporter, &chain[0]);
    fake_wait(pair.exporter, chain, 50);
    assert_int_equal(http_server_mhd_request_count(pair.server), 50);
    pair_stop(&pair);
}

static void otlp_http_cancels_at_once_and_completes_no_more(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("COMPRESSION"), "gzip");
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
    pair_stop(&pair);
}

static void otlp_http_cancels_one_of_several(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    send_many(&pair, deliveries);
    fake_cancel(pair.exporter, &deliveries[0]);
    http_server_mhd_hold(pair.server, false);
    fake_wait(pair.exporter, deliveries + 1, IN_FLIGHT - 1);
    assert_int_equal(deliveries[0].completed_count, 0);
    pair_stop(&pair);
}

static void otlp_http_is_freed_with_requests_under_way(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("COMPRESSION"), "gzip");
    haetae_delivery deliveries[IN_FLIGHT];

    (void)state;
    send_many(&pair, deliveries);
    pair_stop(&pair);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(deliveries[i].completed_count, 0);
    }
}

static void otlp_http_hides_its_sockets_from_executed_programs(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
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
    pair_stop(&pair);
}

/* A child that was forked keeps every socket open that the parent closes. */
static void otlp_http_stays_quiet_while_a_child_holds_its_sockets(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
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
    pair_stop(&pair);
}

static void otlp_http_sleeps_while_it_waits_for_an_answer(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("TIMEOUT"), "500");
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
    pair_stop(&pair);
}

static void otlp_http_needs_no_turn_when_idle(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
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
    pair_stop(&pair);
}

static void otlp_http_gives_up_at_its_timeout(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("TRACES_TIMEOUT"), "200");
    haetae_delivery delivery = a_delivery();

    (void)state;
    http_server_mhd_hold(pair.server, true);
    fake_deliver(pair.exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_int_equal(delivery.result.retry_after_ms, -1);
    assert_contains(delivery.message, "timed out");
    http_server_mhd_hold(pair.server, false);
    /* On a busy machine an answer may take as long. */
    for (int i = 0; i < 100 && delivery.result.verdict != HAETAE_VERDICT_OK; i++) {
        fake_deliver(pair.exporter, &delivery);
    }
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    pair_stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
