/* SPDX-License-Identifier: Apache-2.0 */
/* haetae beside its peers, through its public API, by OTLP over HTTP.
 * Usage: peer_haetae calls ENDPOINT ROUNDS | peer_haetae cpu ENDPOINT BATCH RATE SECONDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "peer.h"

enum { FLUSH_MS = 30000 };

static haetae_tracer *tracer;
static haetae_logger *logger;
static haetae_counter *counter;
static haetae_histogram *histogram;
static haetae_bound_counter *bound_counter;
static haetae_bound_histogram *bound_histogram;
static struct texts texts;

static void must(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "peer_haetae: %s: %s\n", what, haetae_status_text(status));
        exit(2);
    }
}

/* ---- Payloads ---------------------------------------------------------------------- */

static void span_plain(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT(SPAN_NAME), HAETAE_SPAN_KIND_SERVER));
    }
}

static void span_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        const char *route = texts.routes[i % VARIANTS];
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT(SPAN_NAME), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(
            span, HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),
                               HAETAE_ATTR("http.route", route),
                               HAETAE_ATTR("http.response.status_code", 200 + i % 5),
                               HAETAE_ATTR("server.address", "dispatch.local"),
                               HAETAE_ATTR("network.peer.port", 1024 + i)));
        haetae_span_end(span);
    }
}

static void log_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        const char *zone = texts.zones[i % VARIANTS];

        haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT(LOG_BODY),
                   HAETAE_ATTRS(HAETAE_ATTR("driver.id", 1234567 + i), HAETAE_ATTR("zone", zone),
                                HAETAE_ATTR("ride.seats", i & 3)));
    }
}

#define THREE_ATTRIBUTES(i)                                                                        \
    HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),                                        \
                 HAETAE_ATTR("http.route", (const char *)texts.routes[(i) % VARIANTS]),            \
                 HAETAE_ATTR("zone", (const char *)texts.zones[(i) % VARIANTS]))

static void counter_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_counter_add(counter, 1, THREE_ATTRIBUTES(i));
    }
}

static void counter_bound(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_bound_counter_add(bound_counter, 1);
    }
}

static void histogram_bound(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_bound_histogram_record_double(bound_histogram, (double)(i * 7 % 1000));
    }
}

static void histogram_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_histogram_record_double(histogram, (double)(i * 7 % 1000), THREE_ATTRIBUTES(i));
    }
}

/* ---- The SDK ------------------------------------------------------------------------ */

static void prepare(haetae_sdk *sdk)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(sdk, "bench");

    make_texts(&texts);
    tracer = haetae_tracer_named(sdk, "bench");
    logger = haetae_logger_named(sdk, "bench");
    options.name = haetae_string_of("bench.requests");
    must(haetae_counter_create(meter, &options, &counter), "counter");
    options.name = haetae_string_of("bench.duration");
    options.unit = haetae_string_of("s");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    must(haetae_histogram_create(meter, &options, &histogram), "histogram");
    must(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("zone", "north")), &bound_counter),
         "counter bound");
    must(haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("zone", "north")),
                               &bound_histogram),
         "histogram bound");
}

static haetae_sdk *start(const char *endpoint, const char *batch_size)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), endpoint);
    must(haetae_config_set(config, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch_size), batch_size);
    if (haetae_otlp_http_new(config, &exporter) != HAETAE_OK) {
        fprintf(stderr, "peer_haetae: %s\n", haetae_config_error(config));
        exit(2);
    }
    must(haetae_config_add_exporter(config, exporter), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    prepare(sdk);
    return sdk;
}

static void flush(void *user)
{
    must(haetae_sdk_force_flush(user, FLUSH_MS), "flush");
}

/* Spans and log records only: metrics are not dropped, and their points not recordings. */
static void print_balance(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    unsigned long long recorded = 0;
    unsigned long long delivered = 0;
    const haetae_signal signals[] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_LOGS};

    must(haetae_stats_take(sdk, &stats), "statistics");
    for (int i = 0; i < 2; i++) {
        recorded += haetae_stats_recorded(stats, signals[i]);
        delivered += haetae_stats_delivered(stats, signals[i]);
    }
    haetae_stats_free(stats);
    printf("recorded %llu\ndropped %llu\n", recorded, recorded - delivered);
}

/* ---- Measuring ----------------------------------------------------------------------- */

static void measure_calls(haetae_sdk *sdk, int rounds)
{
    print_row("span", &(struct work){span_plain, flush, sdk}, rounds);
    print_row("span_5", &(struct work){span_five, flush, sdk}, rounds);
    print_row("log_3", &(struct work){log_three, flush, sdk}, rounds);
    print_row("counter_bound", &(struct work){counter_bound, rest_shortly, NULL}, rounds);
    print_row("counter_3", &(struct work){counter_three, rest_shortly, NULL}, rounds);
    print_row("histogram_bound", &(struct work){histogram_bound, rest_shortly, NULL}, rounds);
    print_row("histogram_3", &(struct work){histogram_three, rest_shortly, NULL}, rounds);
}

static void measure_cpu(haetae_sdk *sdk, unsigned rate, unsigned seconds)
{
    uint64_t cpu = process_cpu_ns();

    record_steadily(&(struct work){span_five, NULL, NULL}, rate, seconds);
    flush(sdk);
    printf("cpu %llu\n", (unsigned long long)(process_cpu_ns() - cpu));
}

int main(int argc, char **argv)
{
    haetae_sdk *sdk;

    if (argc == 4 && strcmp(argv[1], "calls") == 0) {
        sdk = start(argv[2], NULL);
        measure_calls(sdk, (int)number_of(argv[3]));
    } else if (argc == 6 && strcmp(argv[1], "cpu") == 0) {
        sdk = start(argv[2], argv[3]);
        measure_cpu(sdk, number_of(argv[4]), number_of(argv[5]));
    } else {
        fprintf(stderr, "usage: peer_haetae calls ENDPOINT ROUNDS"
                        " | cpu ENDPOINT BATCH RATE SECONDS\n");
        return 2;
    }
    print_balance(sdk);
    must(haetae_sdk_shutdown(sdk, FLUSH_MS), "shutdown");
    haetae_sdk_free(sdk);
    return 0;
}
