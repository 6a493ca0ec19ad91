/* SPDX-License-Identifier: Apache-2.0 */
/* Options that mean something else with gRPC, or only there. */
#include "grpc.h"
#include "otlp/options.h"
#include "otlp_grpc/harness.h"

static const uint32_t all_signals = (1u << HAETAE_SIGNAL_COUNT) - 1;

static struct hae_http_options read_options(const struct option *list)
{
    haetae_config *config = grpc_config(list);
    struct hae_http_options options;
    haetae_status status = hae_http_options_init(&options, &hae_grpc, config, all_signals);

    if (status != HAETAE_OK) {
        fail_msg("%d: %s", (int)status, haetae_config_error(config));
    }
    haetae_config_free(config);
    return options;
}

/* What is said about options that are refused. */
static const char *bad(const struct option *list)
{
    static char error[1024];
    haetae_config *config = grpc_config(list);
    struct hae_http_options options;

    assert_int_equal(hae_http_options_init(&options, &hae_grpc, config, all_signals),
                     HAETAE_EVALUE);
    snprintf(error, sizeof error, "%s", haetae_config_error(config));
    haetae_config_free(config);
    return error;
}

static void assert_url(const struct hae_http_options *options, haetae_signal signal,
                       const char *base)
{
    static const char *const services[] = {"trace.v1.TraceService", "metrics.v1.MetricsService",
                                           "logs.v1.LogsService"};
    char url[256];

    snprintf(url, sizeof url, "%s/opentelemetry.proto.collector.%s/Export", base, services[signal]);
    assert_string_equal(options->targets[signal].url, url);
}

static void endpoints_become_urls(void **state)
{
    static const char *const cases[][3] = {
        /* endpoint, insecure, URL */
        {"http://host:1", "false", "http://host:1"}, {"HTTPS://host:1/", "true", "https://host:1"},
        {"http://host:1", "true", "http://host:1"},  {"https://host", "false", "https://host"},
        {"host:4317", "false", "https://host:4317"}, {"host:4317", "true", "http://host:4317"},
        {"localhost", "true", "http://localhost"},   {"[::1]:4317", "true", "http://[::1]:4317"},
        {"host:4317/", "true", "http://host:4317"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_http_options options =
            read_options(OPTIONS({KEY("ENDPOINT"), cases[i][0]}, {KEY("INSECURE"), cases[i][1]}));

        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            assert_url(&options, (haetae_signal)signal, cases[i][2]);
        }
        hae_http_options_done(&options);
    }
}

static void the_default_is_the_port_of_grpc(void **state)
{
    struct hae_http_options options = read_options(OPTIONS({KEY("PROTOCOL"), "grpc"}));

    (void)state;
    assert_url(&options, HAETAE_SIGNAL_LOGS, "http://localhost:4317");
    hae_http_options_done(&options);
    options = read_options(OPTIONS({KEY("HEADERS"), ""}));
    assert_url(&options, HAETAE_SIGNAL_TRACES, "http://localhost:4317");
    hae_http_options_done(&options);
    /* Whoever sets the port of HTTP means it. */
    options = read_options(OPTIONS({KEY("ENDPOINT"), "http://localhost:4318"}));
    assert_url(&options, HAETAE_SIGNAL_TRACES, "http://localhost:4318");
    hae_http_options_done(&options);
}

static void a_signal_has_an_endpoint_and_security_of_its_own(void **state)
{
    struct hae_http_options options = read_options(
        OPTIONS({KEY("ENDPOINT"), "general:1"}, {KEY("TRACES_ENDPOINT"), "traces:2"},
                {KEY("TRACES_INSECURE"), "true"}, {KEY("LOGS_ENDPOINT"), "http://logs:3"},
                {KEY("LOGS_INSECURE"), "false"}));

    (void)state;
    assert_url(&options, HAETAE_SIGNAL_TRACES, "http://traces:2");
    assert_url(&options, HAETAE_SIGNAL_METRICS, "https://general:1");
    assert_url(&options, HAETAE_SIGNAL_LOGS, "http://logs:3");
    hae_http_options_done(&options);
    options = read_options(OPTIONS({KEY("ENDPOINT"), "general:1"}, {KEY("INSECURE"), "true"},
                                   {KEY("METRICS_INSECURE"), "false"}));
    assert_url(&options, HAETAE_SIGNAL_TRACES, "http://general:1");
    assert_url(&options, HAETAE_SIGNAL_METRICS, "https://general:1");
    hae_http_options_done(&options);
}

static void endpoints_with_more_than_a_host_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"http://host:4317/v1/traces", "no path"},
        {"http://host:4317/?token=hunter2", "no path"},
        {"host:4317#x", "no path"},
        {"ftp://host:4317", "must begin with http"},
        {"dns:///host:4317", "must begin with http"},
        {"http://", "no host"},
        {"http:///x", "no host"},
        {":4317", "no host"},
        {"host:notaport", "port"},
        {"host:99999", "port"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = bad(OPTIONS({KEY("METRICS_ENDPOINT"), cases[i][0]}));

        assert_contains(error, KEY("METRICS_ENDPOINT"));
        assert_contains(error, "not an endpoint: ");
        assert_contains(error, cases[i][1]);
        assert_lacks(error, "hunter2");
    }
}

static void compression_that_grpc_does_not_have_is_refused(void **state)
{
    const char *error = bad(OPTIONS({KEY("LOGS_COMPRESSION"), "zstd"}));

    (void)state;
    assert_contains(error, KEY("LOGS_COMPRESSION") "=\"zstd\"");
    assert_contains(error, "grpc");
}

static void a_signature_is_refused(void **state)
{
    const char *error = bad(OPTIONS({"HAETAE_OTLP_AWS_SIGV4", "eu-west-1/xray"}));

    (void)state;
    assert_contains(error,
                    "HAETAE_OTLP_AWS_SIGV4=\"eu-west-1/xray\": calls of gRPC cannot be signed");
}

static void another_protocol_is_refused_where_it_is_set(void **state)
{
    const char *error = bad(OPTIONS({KEY("TRACES_PROTOCOL"), "http/protobuf"}));

    (void)state;
    assert_contains(error, KEY("TRACES_PROTOCOL") "=\"http/protobuf\"");
    assert_contains(error, "grpc only");
}

static void headers_of_grpc_cannot_be_set(void **state)
{
    static const char *const cases[][2] = {
        {"grpc-timeout=1S", "itself sets"},
        {"Grpc-Anything=1", "itself sets"},
        {"te=x", "itself sets"},
        {"content-type=x", "itself sets"},
        {"x=caf%c3%a9", "-bin"},
        {"x=a%09b", "-bin"},
        {"x=a%0ab", "control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = bad(OPTIONS({KEY("HEADERS"), cases[i][0]}));

        assert_contains(error, KEY("HEADERS"));
        assert_contains(error, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_become_urls),
        cmocka_unit_test(the_default_is_the_port_of_grpc),
        cmocka_unit_test(a_signal_has_an_endpoint_and_security_of_its_own),
        cmocka_unit_test(endpoints_with_more_than_a_host_are_refused),
        cmocka_unit_test(compression_that_grpc_does_not_have_is_refused),
        cmocka_unit_test(a_signature_is_refused),
        cmocka_unit_test(another_protocol_is_refused_where_it_is_set),
        cmocka_unit_test(headers_of_grpc_cannot_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
