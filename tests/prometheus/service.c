/* SPDX-License-Identifier: Apache-2.0 */
/* A service that a real Prometheus scrapes: prints its port, waits for a line, records, prints what
 * it has recorded, and goes on being scraped until its input ends. Usage: service <steps>
 * <milliseconds between steps> */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "haetae/prometheus.h"

static void need(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "service: %s: %s\n", what, haetae_status_text(status));
        exit(1);
    }
}

static void set(haetae_config *config, const char *key, const char *value)
{
    need(haetae_config_set(config, key, value), key);
}

static haetae_instrument_options options_of(const char *name, const char *unit, const char *help)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(name),
                       .unit = haetae_string_of(unit), .description = haetae_string_of(help));

    return options;
}

static haetae_sdk *start(void)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    need(haetae_prometheus_register(), "register");
    need(haetae_config_new(&config), "config_new");
    set(config, "OTEL_SERVICE_NAME", "scraped");
    set(config, "OTEL_TRACES_EXPORTER", "none");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "prometheus");
    set(config, "OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1");
    set(config, "OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    need(haetae_config_load_env(config), "load_env");
    need(haetae_start(config, &sdk), haetae_config_error(config));
    haetae_config_free(config);
    return sdk;
}

/* Makes a sampled span current whose ids end with the number of the step. */
static void enter_step(long step, haetae_context_token *token)
{
    haetae_span_context context = {
        .trace_id = {0xAB}, .span_id = {0xCD}, .trace_flags = HAETAE_TRACE_FLAG_SAMPLED};

    context.trace_id[14] = context.span_id[6] = (uint8_t)(step >> 8);
    context.trace_id[15] = context.span_id[7] = (uint8_t)step;
    haetae_context_attach_remote(&context, token);
}

int main(int count, char **arguments)
{
    long steps = count > 1 ? atol(arguments[1]) : 10;
    long pause_ms = count > 2 ? atol(arguments[2]) : 100;
    const struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};
    haetae_sdk *sdk = start();
    haetae_meter *meter = haetae_meter_named(sdk, "test.service");
    haetae_instrument_options rides_options = options_of("dispatch.rides", "{ride}", "Rides");
    haetae_instrument_options time_options =
        options_of("ride.duration", "s", "Time of \"rides\"\n");
    haetae_instrument_options waiting_options = options_of("waiting", "{person}", "Who waits");

    time_options.number_type = HAETAE_NUMBER_DOUBLE;
    haetae_counter *rides = NULL;
    haetae_histogram *duration = NULL;
    haetae_up_down_counter *waiting = NULL;
    double sum = 0;

    need(haetae_counter_create(meter, &rides_options, &rides), "counter");
    need(haetae_histogram_create(meter, &time_options, &duration), "histogram");
    need(haetae_up_down_counter_create(meter, &waiting_options, &waiting), "up_down_counter");
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test.service");
    printf("port %u\n", (unsigned)haetae_prometheus_port(NULL));
    fflush(stdout);
    while (getchar() != '\n') {
    }
    for (long i = 0; i < steps; i++) {
        double value = (double)(i % 8) * 1.25;
        haetae_context_token token;

        enter_step(i, &token);
        HAETAE_SPAN_SCOPE(span, tracer, "ride", HAETAE_SPAN_KIND_INTERNAL);
        haetae_counter_add(rides, 5, HAETAE_ATTRS(HAETAE_ATTR("http.route", "/a\"b\\c\n")));
        haetae_histogram_record_double(duration, value, HAETAE_ATTRS(HAETAE_ATTR("kind", "short")));
        haetae_up_down_counter_add(waiting, i % 2 == 0 ? 3 : -4, NULL, 0);
        haetae_context_detach(&token);
        sum += value;
        nanosleep(&pause, NULL);
    }
    printf("done %ld %.17g\n", steps, sum);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    haetae_sdk_shutdown(sdk, 10000);
    haetae_sdk_free(sdk);
    return 0;
}
