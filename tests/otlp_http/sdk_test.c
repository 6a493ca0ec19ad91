/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/HTTP exporter under the SDK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "otlp.pb-c.h"
#include "support/http_server_mhd.h"

/* Nothing here takes that long. */
enum { TIMEOUT_MS = 30000 };

struct fixture {
    struct http_server_mhd *server;
    haetae_sdk *sdk;
    /* Of all diagnostics so far. */
    char diagnostics[4096];
};

static const struct http_reply accepted = {.status = 200};

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->diagnostics);

    (void)level;
    snprintf(fixture->diagnostics + used, sizeof fixture->diagnostics - used, "%s\n", text);
}

static void start(struct fixture *fixture, const struct http_reply *reply)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    char endpoint[64];

    memset(fixture, 0, sizeof *fixture);
    fixture->server = http_server_mhd_start(reply, NULL);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u",
             http_server_mhd_port(fixture->server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(
        haetae_config_set(config, "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hunter2"),
        HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "NO_SUCH_KEY", "x"), HAETAE_EKEY);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, fixture), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_string_equal(haetae_exporter_name(exporter), "otlp");
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &fixture->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void record_a_span(const struct fixture *fixture)
{
    haetae_tracer *tracer = haetae_tracer_named(fixture->sdk, "test");
    haetae_span span = haetae_span_start(tracer, "ride", 4, HAETAE_SPAN_KIND_SERVER);

    haetae_span_end(span);
}

static void record_a_log(const struct fixture *fixture)
{
    haetae_logger *logger = haetae_logger_named(fixture->sdk, "test");

    haetae_log(logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("look out"), NULL, 0);
}

/* Delivered and dropped for one reason; nothing else may have become of it. */
static void assert_fate(const struct fixture *fixture, haetae_signal signal, uint64_t delivered,
                        haetae_drop_reason reason, uint64_t dropped)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(fixture->sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, signal), delivered + dropped);
    assert_int_equal(haetae_stats_delivered(stats, signal), delivered);
    assert_int_equal(haetae_stats_dropped(stats, signal, reason), dropped);
    assert_int_equal(haetae_stats_held(stats, signal), 0);
    haetae_stats_free(stats);
}

static void stop(struct fixture *fixture)
{
    haetae_sdk_free(fixture->sdk);
    http_server_mhd_stop(fixture->server);
}

static const struct http_request *request_to(struct fixture *fixture, const char *url)
{
    for (size_t i = 0; i < http_server_mhd_request_count(fixture->server); i++) {
        if (strcmp(http_server_mhd_request(fixture->server, i)->url, url) == 0) {
            return http_server_mhd_request(fixture->server, i);
        }
    }
    fail_msg("no request to %s", url);
    return NULL;
}

static void what_is_recorded_arrives(void **state)
{
    struct fixture fixture;
    const struct http_request *request;
    HaeOtlp__ExportTraceServiceRequest *traces;
    HaeOtlp__ExportLogsServiceRequest *logs;

    (void)state;
    start(&fixture, &accepted);
    record_a_span(&fixture);
    record_a_log(&fixture);
    assert_int_equal(haetae_sdk_force_flush(fixture.sdk, TIMEOUT_MS), HAETAE_OK);

    request = request_to(&fixture, "/v1/traces");
    traces =
        hae_otlp__export_trace_service_request__unpack(NULL, request->body_size, request->body);
    assert_non_null(traces);
    assert_string_equal(traces->resource_spans[0]->scope_spans[0]->spans[0]->name, "ride");
    hae_otlp__export_trace_service_request__free_unpacked(traces, NULL);

    request = request_to(&fixture, "/v1/logs");
    logs = hae_otlp__export_logs_service_request__unpack(NULL, request->body_size, request->body);
    assert_non_null(logs);
    assert_string_equal(logs->resource_logs[0]->scope_logs[0]->log_records[0]->body->string_value,
                        "look out");
    hae_otlp__export_logs_service_request__free_unpacked(logs, NULL);

    assert_fate(&fixture, HAETAE_SIGNAL_TRACES, 1, HAETAE_DROP_REJECTED, 0);
    assert_fate(&fixture, HAETAE_SIGNAL_LOGS, 1, HAETAE_DROP_REJECTED, 0);
    assert_string_equal(fixture.diagnostics, "");
    stop(&fixture);
}

static void what_is_refused_is_counted_and_reported_without_secrets(void **state)
{
    static const struct http_reply refused = {
        .status = 401, .body = "who is hunter2?", .body_size = 15};
    struct fixture fixture;

    (void)state;
    start(&fixture, &refused);
    record_a_span(&fixture);
    haetae_sdk_force_flush(fixture.sdk, TIMEOUT_MS);
    assert_fate(&fixture, HAETAE_SIGNAL_TRACES, 0, HAETAE_DROP_REJECTED, 1);
    assert_non_null(strstr(fixture.diagnostics, "HTTP 401: who is ***?"));
    assert_null(strstr(fixture.diagnostics, "hunter2"));
    stop(&fixture);
}

/* Would never end if shutdown waited for the answer. */
static void shutdown_gives_up_a_server_that_never_answers(void **state)
{
    struct fixture fixture;

    (void)state;
    start(&fixture, &accepted);
    http_server_mhd_hold(fixture.server, true);
    record_a_span(&fixture);
    assert_int_equal(haetae_sdk_shutdown(fixture.sdk, 300), HAETAE_ETIMEOUT);
    assert_fate(&fixture, HAETAE_SIGNAL_TRACES, 0, HAETAE_DROP_SHUTDOWN, 1);
    stop(&fixture);
}

static void exporter_is_freed_with_a_configuration_that_nobody_used(void **state)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    haetae_config_free(config);
}

/* ---- haetae_start() -------------------------------------------------------------------- */

static void one_call_starts_an_sdk_that_delivers(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", http_server_mhd_port(server));
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, 1);
    setenv("OTEL_BSP_SCHEDULE_DELAY", "soon", 1); /* left out */
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    unsetenv("OTEL_BSP_SCHEDULE_DELAY");
    unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT");
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("ride"),
                                      HAETAE_SPAN_KIND_SERVER));
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(http_server_mhd_request_count(server), 1);
    assert_string_equal(http_server_mhd_request(server, 0)->url, "/v1/traces");
    haetae_sdk_free(sdk);
    http_server_mhd_stop(server);
}

static void one_call_that_fails_reports_why_and_leaves_its_output(void **state)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    setenv("OTEL_EXPORTER_OTLP_HEADERS", "no-equals-sign", 1);
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_EVALUE);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_EVALUE);
    unsetenv("OTEL_EXPORTER_OTLP_HEADERS");
    assert_non_null(strstr(haetae_config_error(config), "OTEL_EXPORTER_OTLP_HEADERS=(hidden): "));

    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "OTEL_EXPORTER_OTLP_PROTOCOL=\"grpc\""));
    assert_non_null(
        strstr(haetae_config_error(config), "linked: otlp (http/protobuf), otlp (http/json)"));
    assert_null(sdk);
    haetae_config_free(config);
}

static void one_call_starts_nothing_when_disabled(void **state)
{
    haetae_sdk *sdk = (haetae_sdk *)state;

    setenv("OTEL_SDK_DISABLED", "true", 1);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    unsetenv("OTEL_SDK_DISABLED");
    assert_null(sdk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_recorded_arrives),
        cmocka_unit_test(what_is_refused_is_counted_and_reported_without_secrets),
        cmocka_unit_test(shutdown_gives_up_a_server_that_never_answers),
        cmocka_unit_test(exporter_is_freed_with_a_configuration_that_nobody_used),
        cmocka_unit_test(one_call_starts_an_sdk_that_delivers),
        cmocka_unit_test(one_call_that_fails_reports_why_and_leaves_its_output),
        cmocka_unit_test(one_call_starts_nothing_when_disabled),
    };

    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
