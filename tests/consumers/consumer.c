/* SPDX-License-Identifier: Apache-2.0 */
/* A user's program, built outside the tree against what is installed: a span, a
 * log record and a metric go through the console exporter. It is C99 and C++11
 * at once, so that one source serves every compiler. */
#include <haetae/console.h>
#include <haetae/haetae.h>
#ifdef CONSUMER_OTLP_HTTP
#include <haetae/otlp_grpc.h>
#include <haetae/otlp_http.h>
#endif

#include <stdio.h>
#include <string.h>

static int check(haetae_status status, const char *what)
{
    if (status == HAETAE_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", what, haetae_status_text(status));
    return 1;
}

static haetae_sdk *start(void)
{
    haetae_config *config = NULL;
    haetae_exporter *console = NULL;
    haetae_sdk *sdk = NULL;
    if (check(haetae_config_new(&config), "config_new"))
        return NULL;
    if (check(haetae_config_set(config, "OTEL_SERVICE_NAME", "consumer"), "config_set") ||
        check(haetae_console_new(stdout, &console), "console_new"))
        goto out_config;
    if (check(haetae_config_add_exporter(config, console), "add_exporter")) {
        haetae_exporter_free(console);
        goto out_config;
    }
    (void)check(haetae_sdk_start(config, &sdk), "sdk_start");
out_config:
    haetae_config_free(config);
    return sdk;
}

static void record(haetae_sdk *sdk)
{
    haetae_attribute attributes[2];
    attributes[0] = haetae_attribute_of("consumer.language", haetae_value_string("C"));
    attributes[1] = haetae_attribute_of("consumer.answer", haetae_value_int64(42));

    haetae_span span = haetae_span_start(haetae_tracer_named(sdk, "consumer"),
                                         HAETAE_TEXT("consumer span"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_set_attributes(span, attributes, 2);
    haetae_log(haetae_logger_named(sdk, "consumer"), HAETAE_SEVERITY_INFO,
               HAETAE_TEXT("consumer log"), attributes, 2);
    haetae_span_end(span);

    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    options.name = haetae_string_of("consumer.count");
    haetae_counter *counter = NULL;
    (void)check(haetae_counter_create(haetae_meter_named(sdk, "consumer"), &options, &counter),
                "counter_create");
    haetae_counter_add(counter, 7, attributes, 2);
}

#ifdef CONSUMER_OTLP_HTTP
/* That an exporter links and can be made; tests/otlp_http and tests/otlp_grpc are where they send.
 */
static int make_otlp_exporter(haetae_status (*make)(haetae_config *, haetae_exporter **))
{
    haetae_config *config = NULL;
    haetae_exporter *otlp = NULL;
    if (check(haetae_config_new(&config), "config_new"))
        return 1;
    haetae_status status = make(config, &otlp);
    if (check(status, haetae_config_error(config)) == 0)
        printf("exporter %s\n", haetae_exporter_name(otlp));
    haetae_exporter_free(otlp);
    haetae_config_free(config);
    return status != HAETAE_OK;
}
#endif

int main(void)
{
    if (strcmp(haetae_version(), HAETAE_VERSION) != 0) {
        fprintf(stderr, "header %s, library %s\n", HAETAE_VERSION, haetae_version());
        return 1;
    }
#ifdef CONSUMER_OTLP_HTTP
    if (make_otlp_exporter(haetae_otlp_http_new) != 0 ||
        make_otlp_exporter(haetae_otlp_grpc_new) != 0)
        return 1;
#endif
    haetae_sdk *sdk = start();
    if (sdk == NULL)
        return 1;
    record(sdk);
    int failed = check(haetae_sdk_shutdown(sdk, 10000), "sdk_shutdown");
    haetae_sdk_free(sdk);
    return failed;
}
