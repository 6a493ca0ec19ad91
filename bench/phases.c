/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what a span with five attributes costs its thread while the worker exports, while the
 * collector is down, and while the worker delivers what has piled up since.
 * It reports; it does not fail when a call is slow. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "harness.h"
#include "percentiles.h"
#include "setup.h"
#include "sink.h"

enum { SPANS_PER_SECOND = 20000, TICK_NS = 1000000, SINK_DELAY_MS = 1, FLUSH_MS = 60000 };

/* ---- The collector ------------------------------------------------------------------ */

/* This program again, by --receiver: it can be started while this one has threads. */
static FILE *start_collector(const char *self, unsigned port)
{
    char command[4200];
    FILE *collector;

    snprintf(command, sizeof command, "exec '%s' --receiver %u", self, port);
    collector = popen(command, "w"); /* NOLINT(bugprone-command-processor) */
    if (collector == NULL) {
        perror("bench: collector");
        exit(2);
    }
    return collector;
}

/* It ends with its standard input. */
static int be_collector(unsigned port)
{
    struct sink sink;

    if (sink_start_at(&sink, SINK_DELAY_MS, port) != 0) {
        return 2;
    }
    while (getchar() != EOF) {
    }
    sink_stop(&sink);
    return 0;
}

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (probe < 0 || bind(probe, (struct sockaddr *)&address, size) != 0 ||
        getsockname(probe, (struct sockaddr *)&address, &size) != 0) {
        perror("bench: port");
        exit(2);
    }
    close(probe);
    return ntohs(address.sin_port);
}

/* ---- The SDK -------------------------------------------------------------------------- */

/* That the collector is away is meant. */
static void say_nothing(void *user, haetae_diagnostic_level level, const char *line)
{
    (void)user;
    (void)level;
    (void)line;
}

static haetae_sdk *start(unsigned port)
{
    char endpoint[64];
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", port);
    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), endpoint);
    /* A request every 50 ms, and tries that soon notice that the collector is back. */
    must(haetae_config_set(config, "OTEL_BSP_SCHEDULE_DELAY", "50"), "delay");
    must(haetae_config_set(config, "HAETAE_RETRY_INITIAL_MS", "50"), "retries");
    must(haetae_config_set(config, "HAETAE_RETRY_MAX_MS", "200"), "retries");
    /* What piles up has room. */
    must(haetae_config_set(config, "HAETAE_QUEUE_BYTES", "128m"), "queue");
    haetae_config_set_diagnostics(config, say_nothing, NULL);
    must(haetae_otlp_http_new(config, &exporter), "exporter");
    must(haetae_config_add_exporter(config, exporter), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    return sdk;
}

/* ---- Recording -------------------------------------------------------------------------- */

static uint32_t record_timed(haetae_tracer *tracer, size_t number)
{
    double start = now_ns(CLOCK_MONOTONIC);
    haetae_span span =
        haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);
    double took;

    haetae_span_set_attributes(
        span, HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),
                           HAETAE_ATTR("http.route", "/rides/{id}"),
                           HAETAE_ATTR("http.response.status_code", 200 + (int)(number % 5)),
                           HAETAE_ATTR("server.address", "dispatch.local"),
                           HAETAE_ATTR("network.peer.port", 1024 + (int)(number % 5000))));
    haetae_span_end(span);
    took = now_ns(CLOCK_MONOTONIC) - start;
    return took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
}

/* Records as many spans as are due, once in each tick. */
static void record_steadily(haetae_tracer *tracer, uint32_t *took_ns, size_t count)
{
    double begin = now_ns(CLOCK_MONOTONIC);
    size_t done = 0;

    while (done < count) {
        double passed_s = (now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
        size_t due = (size_t)(passed_s * SPANS_PER_SECOND);

        for (due = due < count ? due : count; done < due; done++) {
            took_ns[done] = record_timed(tracer, done);
        }
        nanosleep(&(struct timespec){0, TICK_NS}, NULL);
    }
}

/* ---- Phases ------------------------------------------------------------------------------- */

static uint64_t delivered(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    must(haetae_stats_take(sdk, &stats), "statistics");
    count = haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES);
    haetae_stats_free(stats);
    return count;
}

static void measure(haetae_sdk *sdk, const char *phase, int seconds)
{
    size_t count = (size_t)seconds * SPANS_PER_SECOND;
    uint32_t *took_ns = calloc(count, sizeof *took_ns);
    uint64_t before = delivered(sdk);

    if (took_ns == NULL) {
        fprintf(stderr, "bench: no memory\n");
        exit(2);
    }
    memset(took_ns, 1, count * sizeof *took_ns); /* its pages are there now */
    record_steadily(haetae_tracer_named(sdk, "bench"), took_ns, count);
    sort_times(took_ns, count);
    printf("| %-29s | %8.2f | %8.2f | %8.2f | %8.2f | %9zu | %9llu |\n", phase,
           percentile_us(took_ns, count, 0.5), percentile_us(took_ns, count, 0.99),
           percentile_us(took_ns, count, 0.999), percentile_us(took_ns, count, 1), count,
           (unsigned long long)(delivered(sdk) - before));
    fflush(stdout);
    free(took_ns);
}

static void print_drops(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;

    must(haetae_stats_take(sdk, &stats), "statistics");
    printf("\nafter a flush: %llu recorded, %llu delivered, %llu dropped\n",
           (unsigned long long)haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES),
           (unsigned long long)haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES),
           (unsigned long long)haetae_stats_dropped_total(stats, HAETAE_SIGNAL_TRACES));
    haetae_stats_free(stats);
}

static void run(const char *self, int seconds)
{
    unsigned port = free_port();
    FILE *collector = start_collector(self, port);
    haetae_sdk *sdk = start(port);

    printf("| %-29s |  p50, us |  p99, us | p99.9, us|  max, us |  recorded | delivered |\n",
           "span with five attributes");
    printf("|-------------------------------|---------:|---------:|---------:|---------:"
           "|----------:|----------:|\n");
    measure(sdk, "the first second", 1);
    measure(sdk, "while the worker exports", seconds);
    pclose(collector);
    measure(sdk, "while the collector is down", seconds);
    collector = start_collector(self, port);
    measure(sdk, "while the worker catches up", seconds);
    (void)haetae_sdk_force_flush(sdk, FLUSH_MS);
    print_drops(sdk);
    haetae_sdk_free(sdk);
    pclose(collector);
}

int main(int argc, char **argv)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    int seconds = 5;

    if (argc == 3 && strcmp(argv[1], "--receiver") == 0) {
        return be_collector((unsigned)strtoul(argv[2], NULL, 10));
    }
    if (argc == 2 && strcmp(argv[1], "--quick") == 0) {
        seconds = 1;
    } else if (argc == 3 && strcmp(argv[1], "--seconds") == 0) {
        seconds = atoi(argv[2]);
    } else if (argc != 1) {
        seconds = 0;
    }
    if (seconds <= 0 || length < 0) {
        fprintf(stderr, "usage: %s [--seconds N] [--quick]\n", argv[0]);
        return 2;
    }
    self[length] = '\0';
    run(self, seconds);
    return 0;
}
