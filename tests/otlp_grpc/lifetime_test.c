/* SPDX-License-Identifier: Apache-2.0 */
/* How long connections live, and calls over a Unix socket. */
#include <unistd.h>

#include "otlp_grpc/harness.h"
#include "support/jumping_clock.h"
#include "support/temporary.h"
#include "support/unix_listener.h"

/* An exporter without a timeout, which a jump of the clock would reach. */
static haetae_exporter *exporter_of(const struct http2_server *server)
{
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(server));

    return grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), "0"},
                                 {"HAETAE_OTLP_CONNECTION_MAX_AGE_MS", "600000"}));
}

static unsigned connection_of(struct http2_server *server, unsigned number)
{
    struct http2_request *request = http2_server_request(server, number);
    unsigned connection = request->connection;

    http2_request_free(request);
    return connection;
}

static void deliver(haetae_exporter *exporter)
{
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    assert_string_equal(delivery.message, "");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
}

static void calls_leave_a_connection_that_is_too_old(void **state)
{
    struct http2_server *server = http2_server_start(grpc_accept, NULL);
    haetae_exporter *exporter = exporter_of(server);

    (void)state;
    for (unsigned generation = 1; generation <= 3; generation++) {
        for (unsigned i = 1; i <= 2; i++) {
            deliver(exporter);
            assert_int_equal(connection_of(server, 2 * (generation - 1) + i), generation);
            jump_s(100);
        }
        jump_s(500);
    }
    assert_int_equal(http2_server_request_count(server), 6);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

/* A connection with a call under way ends when that has. */
static void calls_under_way_keep_their_connection(void **state)
{
    struct http2_server *server = http2_server_start(grpc_accept, NULL);
    haetae_exporter *exporter = exporter_of(server);
    haetae_delivery deliveries[2] = {a_delivery(), a_delivery()};

    (void)state;
    http2_server_hold(server, true);
    for (unsigned i = 0; i < 2; i++) {
        fake_send(exporter, &deliveries[i]);
        while (http2_server_request_count(server) < i + 1) {
            fake_run_once(exporter);
        }
        jump_s(700);
    }
    http2_server_hold(server, false);
    fake_wait(exporter, deliveries, 2);
    assert_int_equal(deliveries[0].result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(deliveries[1].result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(connection_of(server, 1), 1);
    assert_int_equal(connection_of(server, 2), 2);
    deliver(exporter);
    deliver(exporter);
    assert_int_equal(connection_of(server, 3), 3);
    assert_int_equal(connection_of(server, 4), 3);
    assert_int_equal(http2_server_request_count(server), 4);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

/* libcurl keeps a connection whose call was ended by a timeout. A dead one would serve for ever. */
static void calls_leave_a_connection_that_gave_no_answer_in_time(void **state)
{
    struct http2_server *server = http2_server_start(grpc_accept, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(server));
    haetae_exporter *exporter =
        grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), SHORT_MS}));
    haetae_delivery delivery = a_delivery();

    (void)state;
    http2_server_hold(server, true);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    http2_server_hold(server, false);
    deliver(exporter);
    deliver(exporter);
    assert_int_equal(connection_of(server, 1), 1);
    assert_int_equal(connection_of(server, 2), 2);
    assert_int_equal(connection_of(server, 3), 2);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

/* The same where the pipeline has given the call up. */
static void calls_leave_a_connection_whose_call_was_cancelled(void **state)
{
    struct http2_server *server = http2_server_start(grpc_accept, NULL);
    haetae_exporter *exporter = exporter_of(server);
    haetae_delivery delivery = a_delivery();

    (void)state;
    http2_server_hold(server, true);
    fake_send(exporter, &delivery);
    while (http2_server_request_count(server) < 1) {
        fake_run_once(exporter);
    }
    fake_cancel(exporter, &delivery);
    http2_server_hold(server, false);
    deliver(exporter);
    assert_int_equal(connection_of(server, 2), 2);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
}

static void calls_go_to_a_unix_socket(void **state)
{
    static const char *const forms[] = {"unix://%s", "unix:%s"};
    char directory[TEMPORARY_PATH_MAX], path[TEMPORARY_FILE_MAX];
    struct http2_options options = {0};
    struct http2_server *server;

    (void)state;
    assert_true(temporary_directory(directory));
    snprintf(path, sizeof path, "%s/collector.sock", directory);
    options.listener = unix_listener(path, false);
    server = http2_server_start(grpc_accept, &options);
    for (unsigned i = 0; i < 2; i++) {
        char endpoint[256];
        haetae_exporter *exporter;
        struct http2_request *request;
        char *authority;

        snprintf(endpoint, sizeof endpoint, forms[i], path);
        exporter = grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}));
        deliver(exporter);
        deliver(exporter);
        request = http2_server_request(server, 2 * i + 2);
        authority = http2_request_header(request, ":authority");
        assert_string_equal(authority, "localhost");
        assert_int_equal(request->connection, i + 1);
        free(authority);
        http2_request_free(request);
        haetae_exporter_free(exporter);
    }
    http2_server_stop(server);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_leave_a_connection_that_is_too_old),
        cmocka_unit_test(calls_under_way_keep_their_connection),
        cmocka_unit_test(calls_leave_a_connection_that_gave_no_answer_in_time),
        cmocka_unit_test(calls_leave_a_connection_whose_call_was_cancelled),
        cmocka_unit_test(calls_go_to_a_unix_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
