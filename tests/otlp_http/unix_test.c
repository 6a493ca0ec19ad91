/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers behind Unix sockets. */
#include <unistd.h>

#include "otlp_http/pair.h"
#include "support/temporary.h"
#include "support/unix_listener.h"

static char directory[TEMPORARY_PATH_MAX];
static char path[TEMPORARY_FILE_MAX];

static int make_directory(void **state)
{
    (void)state;
    assert_true(temporary_directory(directory));
    snprintf(path, sizeof path, "%s/collector.sock", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void otlp_http_posts_to_a_unix_socket(void **state)
{
    static const struct {
        const char *key, *format, *url;
    } cases[] = {
        {KEY("ENDPOINT"), "unix://%s", "/v1/traces"},
        {KEY("ENDPOINT"), "unix:%s", "/v1/traces"},
        {KEY("ENDPOINT"), "unix://%s:/base", "/base/v1/traces"},
        {KEY("TRACES_ENDPOINT"), "unix://%s:/v1/traces", "/v1/traces"},
        {KEY("TRACES_ENDPOINT"), "unix://%s", "/"},
    };
    struct http_server_mhd *server =
        http_server_mhd_start_on(unix_listener(path, false), &accepted, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char endpoint[256];
        haetae_exporter *exporter;
        haetae_delivery delivery = a_delivery();

        snprintf(endpoint, sizeof endpoint, cases[i].format, path);
        exporter = make_exporter(OPTIONS({cases[i].key, endpoint}));
        fake_deliver(exporter, &delivery);
        assert_string_equal(delivery.message, "");
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        assert_string_equal(http_server_mhd_request(server, i)->url, cases[i].url);
        assert_header(http_server_mhd_request(server, i), "host", "localhost");
        haetae_exporter_free(exporter);
    }
    http_server_mhd_stop(server);
    unlink(path);
}

static void otlp_http_posts_to_an_abstract_socket(void **state)
{
    char name[64], endpoint[96];
    struct http_server_mhd *server;
    haetae_exporter *exporter;
    haetae_delivery deliveries[2] = {a_delivery(), a_delivery()};

    (void)state;
    snprintf(name, sizeof name, "haetae-test-%ld", (long)getpid());
    snprintf(endpoint, sizeof endpoint, "unix-abstract:%s", name);
    server = http_server_mhd_start_on(unix_listener(name, true), &accepted, NULL);
    exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}));
    for (int i = 0; i < 2; i++) {
        fake_deliver(exporter, &deliveries[i]);
        assert_int_equal(deliveries[i].result.verdict, HAETAE_VERDICT_OK);
    }
    /* libcurl 7.88 opens a connection for each. */
    assert_int_equal(http_server_mhd_request_count(server), 2);
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
}

/* Two sockets are two receivers, though both have the host name "localhost". */
static void otlp_http_keeps_sockets_apart(void **state)
{
    char other[TEMPORARY_FILE_MAX], endpoints[2][256];
    struct http_server_mhd *servers[2];
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter;

    (void)state;
    snprintf(other, sizeof other, "%s/other.sock", directory);
    servers[0] = http_server_mhd_start_on(unix_listener(path, false), &accepted, NULL);
    servers[1] = http_server_mhd_start_on(unix_listener(other, false), &accepted, NULL);
    snprintf(endpoints[0], sizeof endpoints[0], "unix://%s", path);
    snprintf(endpoints[1], sizeof endpoints[1], "unix://%s", other);
    exporter = make_exporter(
        OPTIONS({KEY("ENDPOINT"), endpoints[0]}, {KEY("LOGS_ENDPOINT"), endpoints[1]}));
    fake_deliver(exporter, &delivery);
    delivery.signal = HAETAE_SIGNAL_LOGS;
    fake_deliver(exporter, &delivery);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(http_server_mhd_request_count(servers[i]), 1);
        http_server_mhd_stop(servers[i]);
    }
    haetae_exporter_free(exporter);
    unlink(path);
    unlink(other);
}

static void otlp_http_names_a_socket_that_nobody_listens_at(void **state)
{
    char endpoint[256], expected[256];
    haetae_exporter *exporter;
    haetae_delivery delivery = a_delivery();

    (void)state;
    snprintf(endpoint, sizeof endpoint, "unix://%s", path);
    snprintf(expected, sizeof expected, "unix:%s:/v1/traces: ", path);
    exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}));
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, expected);
    haetae_exporter_free(exporter);
}

static void otlp_http_asks_no_proxy_for_a_socket(void **state)
{
    struct http_server_mhd *server =
        http_server_mhd_start_on(unix_listener(path, false), &accepted, NULL);
    char endpoint[256];
    haetae_exporter *exporter;
    haetae_delivery delivery = a_delivery();

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    snprintf(endpoint, sizeof endpoint, "unix://%s", path);
    exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint}));
    fake_deliver(exporter, &delivery);
    unsetenv("http_proxy");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_string_equal(http_server_mhd_request(server, 0)->url, "/v1/traces");
    haetae_exporter_free(exporter);
    http_server_mhd_stop(server);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_posts_to_a_unix_socket),
        cmocka_unit_test(otlp_http_posts_to_an_abstract_socket),
        cmocka_unit_test(otlp_http_keeps_sockets_apart),
        cmocka_unit_test(otlp_http_names_a_socket_that_nobody_listens_at),
        cmocka_unit_test(otlp_http_asks_no_proxy_for_a_socket),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
