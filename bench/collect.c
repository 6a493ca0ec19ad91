/* SPDX-License-Identifier: Apache-2.0 */
/* Measures collections of many series: the time of one, of cumulative points and of deltas, and
 * what a series takes of the process's memory. It reports; it does not fail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "haetae/haetae.h"

enum { ROUNDS = 5, SERIES_MAX = 100000 };

enum kind { COUNTER, HISTOGRAM, EXPONENTIAL };
static const char *const kinds[] = {"counter", "histogram", "exponential"};

struct subject {
    haetae_sdk *sdk;
    haetae_metric_reader *readers[2]; /* cumulative, delta */
    haetae_counter *counter;
    haetae_histogram *histograms[2]; /* the second one exponential, by a view */
    size_t bytes;                    /* collected */
};

static void must(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "collect: %s: %s\n", what, haetae_status_text(status));
        exit(2);
    }
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static haetae_metric_reader *add_reader(haetae_config *config, int32_t preference)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .temporality_preference = preference, .cardinality_limit = SERIES_MAX);
    haetae_metric_reader *reader = NULL;

    must(haetae_metric_reader_new(&options, &reader), "reader");
    must(haetae_config_add_metric_reader(config, reader, NULL), "reader");
    return reader;
}

static void start(struct subject *subject)
{
    haetae_view_options view =
        HAETAE_OPTIONS(haetae_view_options, .instrument_name = haetae_string_of("e"),
                       .aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM);
    haetae_config *config = NULL;
    haetae_meter *meter;

    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, "HAETAE_WORKER", "manual"), "HAETAE_WORKER");
    must(haetae_config_set(config, "HAETAE_RECORDER_BYTES", "1g"), "HAETAE_RECORDER_BYTES");
    must(haetae_config_set_diagnostics(config, NULL, NULL), "diagnostics");
    must(haetae_config_add_view(config, &view), "view");
    subject->readers[0] = add_reader(config, HAETAE_PREFERENCE_CUMULATIVE);
    subject->readers[1] = add_reader(config, HAETAE_PREFERENCE_DELTA);
    must(haetae_sdk_start(config, &subject->sdk), "start");
    haetae_config_free(config);
    meter = haetae_meter_named(subject->sdk, "bench");
    subject->counter = haetae_counter_named(meter, "c", "1");
    subject->histograms[0] = haetae_histogram_named(meter, "h", "s");
    subject->histograms[1] = haetae_histogram_named(meter, "e", "s");
}

static void record(const struct subject *subject, int64_t series, enum kind kind)
{
    for (int64_t i = 0; i < series; i++) {
        haetae_attribute attributes[] = {HAETAE_ATTR("http.route", "/rides/{id}"),
                                         HAETAE_ATTR("user.number", i),
                                         HAETAE_ATTR("http.response.status_code", (int64_t)200)};

        if (kind == COUNTER) {
            haetae_counter_add(subject->counter, 1, attributes, 3);
        } else {
            haetae_histogram_record_double(subject->histograms[kind == EXPONENTIAL], 12.5,
                                           attributes, 3);
        }
    }
}

static bool take(void *user, const uint8_t *request, size_t size_bytes)
{
    struct subject *subject = user;

    (void)request;
    subject->bytes += size_bytes;
    return true;
}

/* The shortest time of several. */
static double collect(struct subject *subject, int reader, int64_t series, enum kind kind)
{
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double begin;

        record(subject, series, kind); /* something for a delta */
        subject->bytes = 0;
        begin = now_ms();
        must(haetae_metric_reader_collect(subject->readers[reader], 60000, take, subject),
             "collect");
        best = now_ms() - begin < best ? now_ms() - begin : best;
    }
    return best;
}

static void measure(int64_t series, enum kind kind)
{
    struct subject subject = {.sdk = NULL};
    double before;
    double cumulative;
    double delta;
    double memory;

    start(&subject);
    before = resident_bytes();
    record(&subject, series, kind);
    memory = (resident_bytes() - before) / (double)series;
    cumulative = collect(&subject, 0, series, kind);
    delta = collect(&subject, 1, series, kind);
    printf("| %-11s | %7lld | %10.2f | %8.2f | %8.0f | %8.0f |\n", kinds[kind], (long long)series,
           cumulative, delta, memory, (double)subject.bytes / (double)series);
    fflush(stdout);
    must(haetae_sdk_shutdown(subject.sdk, 0), "shutdown");
    haetae_sdk_free(subject.sdk);
    haetae_metric_reader_free(subject.readers[0]);
    haetae_metric_reader_free(subject.readers[1]);
}

int main(void)
{
    printf("collections by one reader, series of three attributes recorded by one thread\n"
           "| kind        |  series | cumulative | delta ms | memory B | sent B   |\n"
           "|-------------|--------:|-----------:|---------:|---------:|---------:|\n");
    for (int64_t series = 1000; series <= SERIES_MAX; series *= 10) {
        for (int kind = COUNTER; kind <= EXPONENTIAL; kind++) {
            if (kind != EXPONENTIAL || series < SERIES_MAX) { /* they would not fit the region */
                measure(series, (enum kind)kind);
            }
        }
    }
    return 0;
}
