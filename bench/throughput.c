/* SPDX-License-Identifier: Apache-2.0 */
/* Records spans at a steady rate, or as fast as it can, and reports what became of them and
 * what the process paid for it: recording, worker and exporter together. */
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "haetae/haetae.h"
#ifdef BENCH_OTLP_HTTP
#include "haetae/otlp_http.h"
#include "sink.h"
#endif
#ifdef BENCH_KAFKA
#include "haetae/kafka.h"
#include "kafka_mock.h"
#endif

enum { THREADS_MAX = 64, TICK_NS = 1000000, FLUSH_MS = 30000 };

struct settings {
    uint64_t spans_per_second; /* of all threads; 0: as many as they can */
    unsigned seconds;
    unsigned threads;
    unsigned attributes; /* of each span, up to 5 */
    unsigned in_trace;   /* spans of a trace */
    bool otlp;
    bool kafka;
    bool sink; /* to a receiver of our own */
    unsigned sink_delay_ms;
};

struct recording {
    const struct settings *settings;
    haetae_tracer *tracer;
    uint64_t end_ns;
    uint64_t count;
    haetae_span root; /* of the trace that is under way */
};

static void must(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "throughput: %s: %s\n", what, haetae_status_text(status));
        exit(2);
    }
}

/* At more than a receiver takes, a flush meets a full queue: the report counts what was lost. */
static void unless_lost(haetae_status status, const char *what)
{
    if (status != HAETAE_ELOST) {
        must(status, what);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- Recording ------------------------------------------------------------------- */

/* The next span of a trace; the first is the parent of all others. */
static haetae_span start_span(struct recording *recording, uint64_t number)
{
    static const char name[] = "GET /rides/{id}";
    haetae_span_options options = HAETAE_OPTIONS(
        haetae_span_options, .kind = HAETAE_SPAN_KIND_SERVER, .parent_span = recording->root);

    if (recording->settings->in_trace == 1) {
        return haetae_span_start(recording->tracer, HAETAE_TEXT("GET /rides/{id}"),
                                 HAETAE_SPAN_KIND_SERVER);
    }
    if (number % recording->settings->in_trace == 0) {
        haetae_span_end(recording->root);
        options.parent_span = HAETAE_SPAN_NONE;
    }
    return haetae_span_start_with(recording->tracer, name, sizeof name - 1, &options);
}

static void record(struct recording *recording, uint64_t number)
{
    static const char *const methods[] = {"GET", "PUT", "POST", "DELETE"};
    haetae_span span = start_span(recording, number);

    if (recording->settings->attributes != 0) {
        const char *method = methods[number % 4];
        haetae_attribute attributes[] = {
            HAETAE_ATTR("http.request.method", method), HAETAE_ATTR("url.path", "/rides/4711"),
            HAETAE_ATTR("http.response.status_code", (int64_t)(200 + number % 4)),
            HAETAE_ATTR("server.address", "dispatch.example"),
            HAETAE_ATTR("network.peer.port", (int64_t)(1024 + number % 50000))};

        haetae_span_set_attributes(span, attributes, recording->settings->attributes);
    }
    if (recording->settings->in_trace > 1 && number % recording->settings->in_trace == 0) {
        recording->root = span;
    } else {
        haetae_span_end(span);
    }
}

/* As many as are due since the start, once in each tick; at full speed, until the end. */
static void *run(void *argument)
{
    struct recording *recording = argument;
    const struct settings *settings = recording->settings;
    uint64_t begin = now_ns();
    uint64_t now = begin;

    while (now < recording->end_ns) {
        uint64_t due = recording->count + 1000;

        if (settings->spans_per_second != 0) {
            due = (uint64_t)((double)(now - begin) / 1e9 * (double)settings->spans_per_second /
                             settings->threads);
        }
        while (recording->count < due) {
            record(recording, recording->count++);
        }
        if (settings->spans_per_second != 0) {
            nanosleep(&(struct timespec){0, TICK_NS}, NULL);
        }
        now = now_ns();
    }
    haetae_span_end(recording->root);
    return NULL;
}

static uint64_t record_all(const struct settings *settings, haetae_sdk *sdk)
{
    struct recording recordings[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    uint64_t end = now_ns() + settings->seconds * UINT64_C(1000000000);
    uint64_t count = 0;

    for (unsigned i = 0; i < settings->threads; i++) {
        recordings[i] = (struct recording){settings, haetae_tracer_named(sdk, "throughput"), end, 0,
                                           HAETAE_SPAN_NONE};
        if (pthread_create(&threads[i], NULL, run, &recordings[i]) != 0) {
            fprintf(stderr, "throughput: a thread could not be started\n");
            exit(2);
        }
    }
    for (unsigned i = 0; i < settings->threads; i++) {
        pthread_join(threads[i], NULL);
        count += recordings[i].count;
    }
    return count;
}

/* ---- Exporting ------------------------------------------------------------------- */

static void send_nowhere(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

static haetae_exporter *make_exporter(const struct settings *settings, haetae_config *config)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "otlp", .send = send_nowhere);
    haetae_exporter *exporter = NULL;

#ifdef BENCH_KAFKA
    if (settings->kafka) {
        if (haetae_kafka_new(config, &exporter) != HAETAE_OK) {
            fprintf(stderr, "throughput: %s\n", haetae_config_error(config));
            exit(2);
        }
        return exporter;
    }
#endif
    if (!settings->otlp) {
        must(haetae_exporter_new(&ops, NULL, &exporter), "exporter");
        return exporter;
    }
#ifdef BENCH_OTLP_HTTP
    if (haetae_otlp_http_new(config, &exporter) != HAETAE_OK) {
        fprintf(stderr, "throughput: %s\n", haetae_config_error(config));
        exit(2);
    }
#else
    (void)config;
    fprintf(stderr, "throughput: built without the OTLP/HTTP exporter\n");
    exit(2);
#endif
    return exporter;
}

/* ---- The receiver ------------------------------------------------------------------ */

#ifdef BENCH_OTLP_HTTP
static struct sink sink;
#endif

static void start_sink(const struct settings *settings)
{
#ifdef BENCH_OTLP_HTTP
    char endpoint[64];

    if (!settings->sink) {
        return;
    }
    if (sink_start(&sink, settings->sink_delay_ms) != 0) {
        exit(2);
    }
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", sink.port);
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, 1);
#else
    (void)settings;
#endif
}

#ifdef BENCH_KAFKA
static struct kafka_mock mock;
#endif

/* Unless HAETAE_KAFKA_BROKERS names brokers. */
static void start_mock(const struct settings *settings)
{
#ifdef BENCH_KAFKA
    if (settings->kafka && getenv("HAETAE_KAFKA_BROKERS") == NULL) {
        if (kafka_mock_start(&mock) != 0) {
            fprintf(stderr, "throughput: no mock cluster\n");
            exit(2);
        }
        setenv("HAETAE_KAFKA_BROKERS", mock.brokers, 1);
    }
#else
    if (settings->kafka) {
        fprintf(stderr, "throughput: built without the exporter for Kafka\n");
        exit(2);
    }
#endif
}

static void stop_mock(void)
{
#ifdef BENCH_KAFKA
    if (mock.process > 0) {
        kafka_mock_stop(&mock);
    }
#endif
}

static void stop_sink(const struct settings *settings)
{
#ifdef BENCH_OTLP_HTTP
    if (settings->sink) {
        sink_stop(&sink);
    }
#else
    (void)settings;
#endif
}

/* ---- The SDK ------------------------------------------------------------------------ */

static haetae_sdk *start(const struct settings *settings)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    must(haetae_config_new(&config), "configuration");
    if (haetae_config_load_env(config) != HAETAE_OK) {
        fprintf(stderr, "throughput: %s\n", haetae_config_error(config));
        exit(2);
    }
    must(haetae_config_add_exporter(config, make_exporter(settings, config)), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    return sdk;
}

/* ---- The report ------------------------------------------------------------------ */

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int report(haetae_sdk *sdk, uint64_t count, double seconds, double cpu)
{
    const haetae_signal traces = HAETAE_SIGNAL_TRACES;
    haetae_stats *stats = NULL;
    uint64_t dropped;

    must(haetae_stats_take(sdk, &stats), "statistics");
    dropped = haetae_stats_dropped_total(stats, traces);
    printf("recorded  %12llu  %.0f spans/s\n", (unsigned long long)count, (double)count / seconds);
    printf("delivered %12llu  %.1f MB\n", (unsigned long long)haetae_stats_delivered(stats, traces),
           (double)haetae_stats_sent_bytes(stats, traces) / 1e6);
    printf("held      %12llu\n", (unsigned long long)haetae_stats_held(stats, traces));
    printf("dropped   %12llu", (unsigned long long)dropped);
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        uint64_t drops = haetae_stats_dropped(stats, traces, (haetae_drop_reason)reason);

        if (drops != 0) {
            printf("  %s %llu", haetae_drop_reason_name((haetae_drop_reason)reason),
                   (unsigned long long)drops);
        }
    }
    printf("\nCPU       %9.0f ns  a span, of the whole process\n", cpu * 1e9 / (double)count);
    haetae_stats_free(stats);
    return dropped == 0 ? 0 : 1;
}

/* ---- Options --------------------------------------------------------------------- */

static const char help[] =
    "Usage: bench_throughput [OPTION]...\n"
    "  --rate N        spans a second, of all threads (0: as many as they can)\n"
    "  --seconds N     how long (10)\n"
    "  --threads N     recording threads (2)\n"
    "  --attributes N  of each span, 0 to 5 (5)\n"
    "  --otlp          export by OTLP/HTTP, as OTEL_EXPORTER_OTLP_* say; else nowhere\n"
    "  --in-trace N    spans of a trace (1)\n"
    "  --kafka         export to Kafka, as HAETAE_KAFKA_* say; without brokers to a mock cluster\n"
    "  --sink MS       the same, to a receiver that answers after MS and keeps nothing\n"
    "The status is 1 when a span was dropped.\n";

static unsigned number_of(const char *text, unsigned max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > max) {
        fprintf(stderr, "throughput: '%s': expected a number up to %u\n", text, max);
        exit(2);
    }
    return (unsigned)value;
}

static void read_options(int argc, char **argv, struct settings *settings)
{
    static const struct option known[] = {
        {"rate", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 't'},
        {"attributes", required_argument, NULL, 'a'},
        {"otlp", no_argument, NULL, 'o'},
        {"sink", required_argument, NULL, 'k'},
        {"in-trace", required_argument, NULL, 'i'},
        {"kafka", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    int code;

    while ((code = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (code) {
        case 'r':
            settings->spans_per_second = number_of(optarg, 1000000000);
            break;
        case 's':
            settings->seconds = number_of(optarg, 86400);
            break;
        case 't':
            settings->threads = number_of(optarg, THREADS_MAX);
            break;
        case 'a':
            settings->attributes = number_of(optarg, 5);
            break;
        case 'o':
            settings->otlp = true;
            break;
        case 'i':
            settings->in_trace = number_of(optarg, 1000000);
            settings->in_trace += settings->in_trace == 0;
            break;
        case 'f':
            settings->kafka = true;
            break;
        case 'k':
            settings->otlp = true;
            settings->sink = true;
            settings->sink_delay_ms = number_of(optarg, 3600000);
            break;
        default:
            fputs(help, stderr);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {.seconds = 10, .threads = 2, .attributes = 5, .in_trace = 1};
    double cpu = cpu_seconds();
    uint64_t begin;
    uint64_t count;
    double seconds;
    haetae_sdk *sdk;
    int dropped;

    read_options(argc, argv, &settings);
    start_sink(&settings);
    start_mock(&settings);
    sdk = start(&settings);
    begin = now_ns();
    count = record_all(&settings, sdk);
    seconds = (double)(now_ns() - begin) / 1e9;
    unless_lost(haetae_sdk_force_flush(sdk, FLUSH_MS), "flush");
    dropped = report(sdk, count, seconds, cpu_seconds() - cpu);
    unless_lost(haetae_sdk_shutdown(sdk, FLUSH_MS), "shutdown");
    haetae_sdk_free(sdk);
    stop_sink(&settings);
    stop_mock();
    return dropped;
}
