/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP/gRPC exporter under the SDK: what arrives, and what becomes of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"
#include "otlp.pb-c.h"
#include "support/http2_server.h"

/* Nothing here takes that long. */
enum { TIMEOUT_MS = 60000 };

#define HEADERS ":status: 200\ncontent-type: application/grpc\n"

static void answer(struct http2_connection *connection, const struct http2_request *request,
                   const void *body, size_t body_bytes, const char *trailers)
{
    http2_write_headers(connection, request->stream, HEADERS, false);
    if (body_bytes > 0) {
        http2_write_frame(connection, HTTP2_DATA, 0, request->stream, body, body_bytes);
    }
    http2_write_headers(connection, request->stream, trailers, true);
}

static void accept_all(struct http2_connection *connection, const struct http2_request *request)
{
    answer(connection, request, "\0\0\0\0", 5, "grpc-status: 0\n");
}

static haetae_sdk *start(struct http2_server *server, const char *const settings[][2])
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", http2_server_port(server));
    assert_int_equal(haetae_otlp_grpc_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_INSECURE", "true"), HAETAE_OK);
    for (; (*settings)[0] != NULL; settings++) {
        assert_int_equal(haetae_config_set(config, (*settings)[0], (*settings)[1]), HAETAE_OK);
    }
    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

static void record_spans(haetae_sdk *sdk, size_t count)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");

    for (size_t i = 0; i < count; i++) {
        haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("ride"), HAETAE_SPAN_KIND_SERVER));
    }
}

static struct http2_request *request_to(struct http2_server *server, const char *path)
{
    for (unsigned i = 1; i <= http2_server_request_count(server); i++) {
        struct http2_request *request = http2_server_request(server, i);
        char *value = http2_request_header(request, ":path");
        bool found = strcmp(value, path) == 0;

        free(value);
        if (found) {
            return request;
        }
        http2_request_free(request);
    }
    fail_msg("no request to %s", path);
    return NULL;
}

static void what_is_recorded_arrives(void **state)
{
    static const char *const settings[][2] = {{NULL, NULL}};
    struct http2_server *server = http2_server_start(accept_all, NULL);
    haetae_sdk *sdk = start(server, settings);
    HaeOtlp__ExportTraceServiceRequest *traces;
    HaeOtlp__ExportLogsServiceRequest *logs;
    struct http2_request *request;

    (void)state;
    record_spans(sdk, 1);
    haetae_log(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_WARN, HAETAE_TEXT("look out"),
               NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);

    request = request_to(server, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    traces = hae_otlp__export_trace_service_request__unpack(NULL, request->body_bytes - 5,
                                                            request->body + 5);
    assert_non_null(traces);
    assert_string_equal(traces->resource_spans[0]->scope_spans[0]->spans[0]->name, "ride");
    hae_otlp__export_trace_service_request__free_unpacked(traces, NULL);
    http2_request_free(request);

    request = request_to(server, "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    logs = hae_otlp__export_logs_service_request__unpack(NULL, request->body_bytes - 5,
                                                         request->body + 5);
    assert_non_null(logs);
    assert_string_equal(logs->resource_logs[0]->scope_logs[0]->log_records[0]->body->string_value,
                        "look out");
    hae_otlp__export_logs_service_request__free_unpacked(logs, NULL);
    http2_request_free(request);
    assert_int_equal(http2_server_connection_count(server), 1);
    haetae_sdk_free(sdk);
    http2_server_stop(server);
}

/* ---- A server that fails now and then -------------------------------------------------------- */

enum { SPANS = 20000, PARTIAL_REJECTED = 3 };

/* Of the server; under a lock, as each connection has a thread. */
static struct {
    pthread_mutex_t lock;
    unsigned requests;
    uint64_t accepted, rejected, refused;
    uint8_t ids[SPANS + 1][8]; /* of spans that were accepted or rejected for good */
    size_t id_count;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_ids(const struct http2_request *request, uint64_t *count)
{
    HaeOtlp__ExportTraceServiceRequest *traces = hae_otlp__export_trace_service_request__unpack(
        NULL, request->body_bytes - 5, request->body + 5);

    for (size_t r = 0; traces != NULL && r < traces->n_resource_spans; r++) {
        for (size_t s = 0; s < traces->resource_spans[r]->n_scope_spans; s++) {
            const HaeOtlp__ScopeSpans *scope = traces->resource_spans[r]->scope_spans[s];

            for (size_t i = 0; i < scope->n_spans && seen.id_count < SPANS; i++) {
                memcpy(seen.ids[seen.id_count++], scope->spans[i]->span_id.data, 8);
                (*count)++;
            }
        }
    }
    hae_otlp__export_trace_service_request__free_unpacked(traces, NULL);
}

static void answer_variously(struct http2_connection *connection,
                             const struct http2_request *request)
{
    /* partial_success {rejected_spans: 3} */
    static const uint8_t partial[] = {0, 0, 0, 0, 4, 0x0a, 2, 0x08, PARTIAL_REJECTED};
    static const uint8_t refused_stream[] = {0, 0, 0, 7};
    static const uint8_t cancelled[] = {0, 0, 0, 8};
    uint64_t count = 0;

    pthread_mutex_lock(&seen.lock);
    switch (seen.requests++ % 6) {
    case 1:
        answer(connection, request, NULL, 0, "grpc-status: 14\n");
        break;
    case 2:
        http2_write_frame(connection, HTTP2_RST_STREAM, 0, request->stream, refused_stream, 4);
        break;
    case 3:
        note_ids(request, &count);
        seen.refused += count;
        answer(connection, request, NULL, 0, "grpc-status: 13\ngrpc-message: not%20these\n");
        break;
    case 4:
        note_ids(request, &count);
        seen.accepted += count - PARTIAL_REJECTED;
        seen.rejected += PARTIAL_REJECTED;
        answer(connection, request, partial, sizeof partial, "grpc-status: 0\n");
        break;
    case 5:
        http2_write_headers(connection, request->stream, HEADERS, false);
        http2_write_frame(connection, HTTP2_RST_STREAM, 0, request->stream, cancelled, 4);
        break;
    default:
        note_ids(request, &count);
        seen.accepted += count;
        accept_all(connection, request);
        break;
    }
    pthread_mutex_unlock(&seen.lock);
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

/* A span that a server has taken or refused for good is sent once; all others are tried again. */
static void each_span_is_received_once_or_counted(void **state)
{
    static const char *const settings[][2] = {{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"},
                                              {"OTEL_BSP_SCHEDULE_DELAY", "10"},
                                              {"HAETAE_RETRY_INITIAL_MS", "1"},
                                              {"HAETAE_RETRY_MAX_MS", "5"},
                                              {"OTEL_METRICS_EXPORTER", "none"},
                                              {"HAETAE_RECORDER_BYTES", "67108864"},
                                              {NULL, NULL}};
    struct http2_server *server = http2_server_start(answer_variously, NULL);
    haetae_sdk *sdk = start(server, settings);
    haetae_stats *stats = NULL;

    (void)state;
    record_spans(sdk, SPANS);
    (void)haetae_sdk_force_flush(sdk, TIMEOUT_MS);
    (void)haetae_sdk_shutdown(sdk, TIMEOUT_MS);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), SPANS);
    assert_int_equal(haetae_stats_held(stats, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(seen.id_count, SPANS);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), seen.accepted);
    assert_int_equal(haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, HAETAE_DROP_REJECTED),
                     seen.rejected + seen.refused);
    assert_true(seen.refused > 0 && seen.rejected > 0);
    qsort(seen.ids, seen.id_count, 8, compare_ids);
    for (size_t i = 1; i < seen.id_count; i++) {
        assert_true(memcmp(seen.ids[i - 1], seen.ids[i], 8) != 0);
    }
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    http2_server_stop(server);
}

static void never_answer(struct http2_connection *connection, const struct http2_request *request)
{
    (void)connection;
    (void)request;
}

static void shutdown_gives_up_calls_that_are_never_answered(void **state)
{
    static const char *const settings[][2] = {
        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"}, {"OTEL_METRICS_EXPORTER", "none"}, {NULL, NULL}};
    struct http2_server *server = http2_server_start(never_answer, NULL);
    haetae_sdk *sdk = start(server, settings);
    haetae_stats *stats = NULL;

    (void)state;
    record_spans(sdk, 100);
    assert_int_equal(haetae_sdk_shutdown(sdk, 300), HAETAE_ETIMEOUT);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), 100);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(haetae_stats_held(stats, HAETAE_SIGNAL_TRACES), 0);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    http2_server_stop(server);
}

static void a_start_names_the_key_of_what_it_cannot_use(void **state)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
                     HAETAE_OK);
    assert_int_equal(
        haetae_config_set(config, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:1/v1/traces"),
        HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_LOGS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
    assert_non_null(strstr(haetae_config_error(config), "no path"));
    /* The other protocol is not linked here. */
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
                     HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_EVALUE);
    assert_non_null(
        strstr(haetae_config_error(config), "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=\"http/json\""));
    assert_non_null(strstr(haetae_config_error(config), "linked: otlp (grpc)"));
    assert_null(sdk);
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_recorded_arrives),
        cmocka_unit_test(each_span_is_received_once_or_counted),
        cmocka_unit_test(shutdown_gives_up_calls_that_are_never_answered),
        cmocka_unit_test(a_start_names_the_key_of_what_it_cannot_use),
    };

    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
