/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies that the environment names. */
#include "otlp_http/pair.h"

/* The server of a pair is the receiver; this one is the proxy. */
static struct http_server_mhd *proxy;
static char proxy_url[96];

static int start_proxy(void **state)
{
    (void)state;
    proxy = http_server_mhd_start(&accepted, NULL);
    snprintf(proxy_url, sizeof proxy_url, "http://user:hunter2@127.0.0.1:%u",
             http_server_mhd_port(proxy));
    return 0;
}

static int stop_proxy(void **state)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY",
                                        "all_proxy"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    http_server_mhd_stop(proxy);
    return 0;
}

/* Delivers once; returns how many requests the proxy got. */
static size_t deliver(struct pair *pair)
{
    haetae_delivery delivery = a_delivery();

    fake_deliver(pair->exporter, &delivery);
    assert_string_equal(delivery.message, "");
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    return http_server_mhd_request_count(proxy);
}

static void otlp_http_asks_the_proxy_of_the_environment(void **state)
{
    static const char *const names[] = {"http_proxy", "all_proxy"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");
        char url[96];

        setenv(names[i], proxy_url, 1);
        assert_int_equal(deliver(&pair), i + 1);
        unsetenv(names[i]);
        snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/traces",
                 http_server_mhd_port(pair.server));
        assert_string_equal(http_server_mhd_request(proxy, i)->url, url);
        assert_header(http_server_mhd_request(proxy, i), "proxy-authorization",
                      "Basic dXNlcjpodW50ZXIy");
        assert_int_equal(http_server_mhd_request_count(pair.server), 0);
        pair_stop(&pair);
    }
}

static void otlp_http_goes_around_the_proxy_where_it_should(void **state)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY"};

    (void)state;
    setenv("http_proxy", proxy_url, 1);
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");

        setenv(names[i], "elsewhere.example,127.0.0.1", 1);
        assert_int_equal(deliver(&pair), 0);
        unsetenv(names[i]);
        assert_int_equal(http_server_mhd_request_count(pair.server), 1);
        pair_stop(&pair);
    }
}

/* A header "Proxy" of a request would set it in a CGI program. */
static void otlp_http_ignores_the_variable_that_a_request_can_set(void **state)
{
    struct pair pair = pair_start(&accepted, KEY("HEADERS"), "");

    (void)state;
    setenv("HTTP_PROXY", proxy_url, 1);
    assert_int_equal(deliver(&pair), 0);
    pair_stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(otlp_http_asks_the_proxy_of_the_environment, start_proxy,
                                        stop_proxy),
        cmocka_unit_test_setup_teardown(otlp_http_goes_around_the_proxy_where_it_should,
                                        start_proxy, stop_proxy),
        cmocka_unit_test_setup_teardown(otlp_http_ignores_the_variable_that_a_request_can_set,
                                        start_proxy, stop_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
