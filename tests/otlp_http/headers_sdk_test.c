/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that a program makes for each request, under the SDK: what becomes of items when there
 * are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "support/http_server_mhd.h"

enum { TIMEOUT_MS = 60000 };

/* The worker calls the callback. */
struct program {
    _Atomic unsigned calls;
    unsigned failing;  /* so many of the first calls */
    _Atomic bool said; /* a diagnostic has named the failure */
};

static const struct http_reply accepted = {.status = 200};

static haetae_status add_token(void *user, int32_t signal, const char *label,
                               haetae_request_headers *headers)
{
    struct program *program = user;

    (void)signal;
    (void)label;
    return atomic_fetch_add(&program->calls, 1) < program->failing
               ? HAETAE_ETIMEOUT
               : haetae_request_headers_add(headers, "Authorization", "Bearer hunter2");
}

static void keep(void *user, haetae_diagnostic_level level, const char *text)
{
    struct program *program = user;

    (void)level;
    if (strstr(text, "HAETAE_ETIMEOUT") != NULL) {
        atomic_store(&program->said, true);
    }
}

static haetae_sdk *start(const struct http_server_mhd *server, struct program *program)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", http_server_mhd_port(server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_RETRY_INITIAL_MS", "1"), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep, program), HAETAE_OK);
    assert_int_equal(haetae_config_set_request_headers(config, add_token, program), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("ride"),
                                      HAETAE_SPAN_KIND_SERVER));
    return sdk;
}

static haetae_stats *take_stats(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), 1);
    return stats;
}

static void items_wait_for_headers(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    struct program program = {.failing = 2};
    haetae_sdk *sdk = start(server, &program);
    haetae_stats *stats;
    char *token;

    (void)state;
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    (void)haetae_sdk_shutdown(sdk, TIMEOUT_MS);
    stats = take_stats(sdk);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), 1);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    assert_int_equal(http_server_mhd_request_count(server), 1);
    token = http_request_header(http_server_mhd_request(server, 0), "authorization");
    assert_string_equal(token, "Bearer hunter2");
    free(token);
    http_server_mhd_stop(server);
}

static void items_that_never_get_headers_are_counted(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    struct program program = {.failing = UINT32_MAX};
    haetae_sdk *sdk = start(server, &program);
    haetae_stats *stats;
    uint64_t dropped = 0;

    (void)state;
    while (atomic_load(&program.calls) == 0) {
        (void)haetae_sdk_force_flush(sdk, 10);
    }
    (void)haetae_sdk_shutdown(sdk, 10);
    stats = take_stats(sdk);
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        dropped += haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, (haetae_drop_reason)reason);
    }
    assert_int_equal(dropped, 1);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(haetae_stats_held(stats, HAETAE_SIGNAL_TRACES), 0);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    assert_true(atomic_load(&program.calls) > 0);
    assert_int_equal(http_server_mhd_request_count(server), 0);
    http_server_mhd_stop(server);
    assert_true(atomic_load(&program.said));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_wait_for_headers),
        cmocka_unit_test(items_that_never_get_headers_are_counted),
    };

    (void)haetae_otlp_http_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
