/* SPDX-License-Identifier: Apache-2.0 */
/* Flush and shutdown keep their deadlines whatever a TCP server does: none of these
 * servers ever answers, so that a call that waits for an answer never returns. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "support/http_server_raw.h"
#include "support/sdk_fixture.h"

enum { DEADLINE_MS = 200, SPANS = 3, LOGS = 2 };

static haetae_sdk *start(unsigned port)
{
    haetae_config *config = sdk_config(NULL, NULL);
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", port);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    /* No try ends by itself. */
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_TIMEOUT", "600000"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_BSP_EXPORT_TIMEOUT", "0"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_BLRP_EXPORT_TIMEOUT", "0"), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

/* Nothing is delivered, nothing is lost from the books. `server` may be NULL. */
static void give_up(unsigned port, struct http_server_raw *server)
{
    haetae_sdk *sdk = start(port);

    sdk_spans(sdk, SPANS);
    sdk_logs(sdk, LOGS);
    assert_int_equal(haetae_sdk_force_flush(sdk, DEADLINE_MS), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held, SPANS);
    while (server != NULL && http_server_raw_connection_count(server) == 0) {
        sched_yield(); /* the flush goes on */
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, DEADLINE_MS), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_SHUTDOWN], SPANS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_SHUTDOWN], LOGS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 0);
    haetae_sdk_free(sdk);
}

static void give_up_on(http_server_raw_handler handler)
{
    struct http_server_raw *server = http_server_raw_start(handler);

    give_up(http_server_raw_port(server), server);
    http_server_raw_stop(server);
}

/* ---- Servers --------------------------------------------------------------------------------- */

static void never_answer(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_wait_close(server, connection);
}

static void never_read(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    while (http_server_raw_pause(server, connection, 1000)) {
    }
}

/* A byte a second, of an answer that would end well in some minutes. */
static void drip(struct http_server_raw *server, int connection, unsigned number)
{
    const char *at = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                     "Content-Length: 1000\r\n\r\n";

    (void)number;
    if (!http_server_raw_read_request(server, connection)) {
        return;
    }
    while (http_server_raw_write(server, connection, at, 1) &&
           http_server_raw_pause(server, connection, 1000)) {
        at += *at != '\0';
    }
}

static void reset(struct http_server_raw *server, int connection, unsigned number)
{
    (void)number;
    http_server_raw_read_request(server, connection);
    http_server_raw_will_reset(connection);
}

/* ---- Tests ------------------------------------------------------------------------- */

static void a_server_that_never_replies_is_given_up(void **state)
{
    (void)state;
    give_up_on(never_answer);
    give_up_on(never_read);
}

static void a_server_that_drips_is_given_up(void **state)
{
    (void)state;
    give_up_on(drip);
}

static void a_server_that_resets_is_given_up(void **state)
{
    (void)state;
    give_up_on(reset);
}

/* It listens, but nobody takes the connections. */
static void a_server_that_never_accepts_is_given_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    give_up(ntohs(address.sin_port), NULL);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_never_replies_is_given_up),
        cmocka_unit_test(a_server_that_drips_is_given_up),
        cmocka_unit_test(a_server_that_resets_is_given_up),
        cmocka_unit_test(a_server_that_never_accepts_is_given_up),
    };

    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
