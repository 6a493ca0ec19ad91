/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that are not there, or do not take what is sent; and no descriptor to reach them by. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "otlp_http/raw.h"

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
    haetae_exporter *exporter = raw_exporter(closed_port(), LONG_MS);
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
    exporter = raw_exporter(ntohs(address.sin_port), SHORT_MS);
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
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), LONG_MS);
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
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), SHORT_MS);
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

/* With no descriptor left, neither a socket nor anything else can be opened. */
static void otlp_http_retries_when_descriptors_run_out(void **state)
{
    struct http_server_raw *server = http_server_raw_start(raw_promise_and_close);
    haetae_exporter *exporter = raw_exporter(http_server_raw_port(server), LONG_MS);
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
        cmocka_unit_test(otlp_http_retries_when_nobody_listens),
        cmocka_unit_test(otlp_http_retries_when_the_backlog_is_full),
        cmocka_unit_test(otlp_http_survives_a_peer_that_hangs_up_while_it_sends),
        cmocka_unit_test(otlp_http_retries_when_the_server_does_not_read),
        cmocka_unit_test(otlp_http_retries_when_descriptors_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
