/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters of configuration files: `otlp_grpc`. */
#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/http2_server.h"

#define TRACES "file_format: \"1.1\"\ntracer_provider:\n  processors:\n    - batch: {exporter: "

static void accept_all(struct http2_connection *connection, const struct http2_request *request)
{
    http2_write_headers(connection, request->stream,
                        ":status: 200\ncontent-type: application/grpc\n", false);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, "\0\0\0\0", 5);
    http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
}

/* More than 100 bytes. */
static void accept_with_much(struct http2_connection *connection,
                             const struct http2_request *request)
{
    static const uint8_t much[200];

    http2_write_headers(connection, request->stream,
                        ":status: 200\ncontent-type: application/grpc\n", false);
    http2_write_frame(connection, HTTP2_DATA, 0, request->stream, much, sizeof much);
    http2_write_headers(connection, request->stream, "grpc-status: 0\n", true);
}

static void keep(void *user, haetae_diagnostic_level level, const char *text)
{
    char *said = user;

    (void)level;
    snprintf(said, 1024, "%s", text);
}

static void assert_header(const struct http2_request *request, const char *name,
                          const char *expected)
{
    char *value = http2_request_header(request, name);

    assert_non_null(value);
    assert_string_equal(value, expected);
    free(value);
}

static haetae_status add_header(void *user, int32_t signal, const char *label,
                                haetae_request_headers *headers)
{
    (void)user;
    (void)signal;
    (void)label;
    return haetae_request_headers_add(headers, "x-fresh", "now");
}

static haetae_status load(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

static void an_exporter_has_what_the_file_says(void **state)
{
    struct http2_server *server = http2_server_start(accept_all, NULL);
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    struct http2_request *request;
    char text[512];

    (void)state;
    snprintf(text, sizeof text,
             TRACES "{otlp_grpc: {endpoint: '127.0.0.1:%u', tls: {insecure: true}, compression: "
                    "gzip, timeout: 54321, headers: [{name: x-tenant, value: blue}]}}}\n"
                    "distribution: {haetae: {HAETAE_OTLP_USER_AGENT: shop/1.4}}\n",
             http2_server_port(server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set_request_headers(config, add_header, NULL), HAETAE_OK);
    if (load(config, text) != HAETAE_OK || haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("ride"),
                                      HAETAE_SPAN_KIND_SERVER));
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    haetae_sdk_free(sdk);
    assert_int_equal(http2_server_request_count(server), 1);
    request = http2_server_request(server, 1);
    assert_header(request, ":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert_header(request, "grpc-encoding", "gzip");
    assert_header(request, "grpc-timeout", "54321m");
    assert_header(request, "x-tenant", "blue");
    assert_header(request, "x-fresh", "now");
    assert_header(request, "user-agent", "shop/1.4 OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION);
    http2_request_free(request);
    http2_server_stop(server);
}

/* The default would let it through. */
static void a_response_is_read_up_to_the_size_that_the_file_says(void **state)
{
    struct http2_server *server = http2_server_start(accept_with_much, NULL);
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    char said[1024] = "";
    char text[512];

    (void)state;
    snprintf(text, sizeof text,
             TRACES "{otlp_grpc: {endpoint: '127.0.0.1:%u', tls: {insecure: true}, "
                    "max_response_size: 100}}}\n",
             http2_server_port(server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep, said), HAETAE_OK);
    if (load(config, text) != HAETAE_OK || haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("ride"),
                                      HAETAE_SPAN_KIND_SERVER));
    (void)haetae_sdk_shutdown(sdk, 60000);
    haetae_sdk_free(sdk);
    http2_server_stop(server);
    if (strstr(said, "broken off") == NULL) {
        fail_msg("%s", said);
    }
}

static void what_is_wrong_has_its_place(void **state)
{
    static const char *const rows[][2] = {
        {TRACES "{otlp_grpc: {endpoint: 'http://host:1/v1/traces'}}}\n", "no path"},
        {TRACES "{otlp_grpc: {compression: zstd}}}\n", "grpc"},
        {TRACES "{otlp_grpc: {compression: brotli}}}\n", "none, gzip"},
        {TRACES "{otlp_grpc: {tls: {insecure: perhaps}}}}\n", "insecure"},
        {TRACES "{otlp_grpc: {tls: {ca_file: relative.pem}}}}\n", "absolute path"},
        {TRACES "{otlp_grpc: {encoding: json}}}\n", "no such key"},
        {TRACES "{otlp_grpc: {max_response_size: 0}}}\n", "max_response_size"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_not_equal(load(config, rows[i][0]), HAETAE_OK);
        if (strstr(haetae_config_error(config), rows[i][1]) == NULL ||
            strstr(haetae_config_error(config), "f.yaml:4: ") == NULL) {
            fail_msg("%s", haetae_config_error(config));
        }
        haetae_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exporter_has_what_the_file_says),
        cmocka_unit_test(a_response_is_read_up_to_the_size_that_the_file_says),
        cmocka_unit_test(what_is_wrong_has_its_place),
    };

    (void)haetae_otlp_grpc_register();
    (void)haetae_config_file_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
