/* SPDX-License-Identifier: Apache-2.0 */
/* Usage: volume COUNT TOTALS
 * Records COUNT spans and COUNT log records from four threads, each log within a
 * span, exports them to OTEL_EXPORTER_OTLP_ENDPOINT, and writes the library's
 * statistics to the file TOTALS. Producers wait while many items are held, so nothing
 * may be dropped. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "haetae/haetae.h"
#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#include "json_out.h"

enum {
    THREAD_COUNT = 4,
    PACE_EVERY = 32,   /* spans between two checks of what is held                  */
    HELD_MAX = 1024,   /* of a signal: fits the ring of one lane if it must        */
    STALL_SECONDS = 60 /* without any progress: the collector is gone              */
};

struct producer {
    haetae_sdk *sdk;
    int64_t first, end;
    bool failed;
};

static const haetae_signal signals[] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_LOGS};

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Reads the larger held count of both signals, and the sum of their delivered counts. */
static bool look(haetae_sdk *sdk, uint64_t *ret_held, uint64_t *ret_delivered)
{
    haetae_stats *stats = NULL;

    if (haetae_stats_take(sdk, &stats) != HAETAE_OK) {
        return false;
    }
    *ret_held = 0;
    *ret_delivered = 0;
    for (int i = 0; i < 2; i++) {
        uint64_t held = haetae_stats_held(stats, signals[i]);

        *ret_held = held > *ret_held ? held : *ret_held;
        *ret_delivered += haetae_stats_delivered(stats, signals[i]);
    }
    haetae_stats_free(stats);
    return true;
}

/* Waits until fewer items are held. False when delivery has stopped. */
static bool pace(haetae_sdk *sdk)
{
    const struct timespec pause = {0, 200000};
    uint64_t since_ns = monotonic_ns();
    uint64_t last = 0, held, delivered;

    while (look(sdk, &held, &delivered)) {
        if (held <= HELD_MAX) {
            return true;
        }
        if (delivered != last) {
            last = delivered;
            since_ns = monotonic_ns();
        } else if (monotonic_ns() - since_ns > STALL_SECONDS * UINT64_C(1000000000)) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

static void record_one(haetae_tracer *tracer, haetae_logger *logger, int64_t seq)
{
    HAETAE_SPAN_SCOPE(span, tracer, "volume", HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_set(span, "seq", seq);
    haetae_span_set(span, "text", "some text of a usual length");
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("one of very many log records"),
               HAETAE_ATTRS(HAETAE_ATTR("seq", seq)));
}

static void *produce(void *argument)
{
    struct producer *producer = argument;
    haetae_tracer *tracer = haetae_tracer_named(producer->sdk, "interop/volume");
    haetae_logger *logger = haetae_logger_named(producer->sdk, "interop/volume");

    for (int64_t seq = producer->first; seq < producer->end; seq++) {
        if (seq % PACE_EVERY == 0 && !pace(producer->sdk)) {
            producer->failed = true;
            break;
        }
        record_one(tracer, logger, seq);
    }
    return NULL;
}

static bool produce_all(haetae_sdk *sdk, int64_t count)
{
    struct producer producers[THREAD_COUNT];
    pthread_t threads[THREAD_COUNT];
    bool failed = false;

    for (int i = 0; i < THREAD_COUNT; i++) {
        producers[i] =
            (struct producer){sdk, count * i / THREAD_COUNT, count * (i + 1) / THREAD_COUNT, false};
        if (pthread_create(&threads[i], NULL, produce, &producers[i]) != 0) {
            fprintf(stderr, "a thread could not be started\n");
            exit(2);
        }
    }
    for (int i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
        failed |= producers[i].failed;
    }
    return !failed;
}

static void write_totals(haetae_sdk *sdk, double seconds, struct json_out *out)
{
    haetae_stats *stats = NULL;

    json_object(out, NULL);
    json_double(out, "seconds", seconds);
    if (haetae_stats_take(sdk, &stats) == HAETAE_OK) {
        for (int i = 0; i < 2; i++) {
            json_object(out, haetae_signal_name(signals[i]));
            json_uint64(out, "recorded", haetae_stats_recorded(stats, signals[i]));
            json_uint64(out, "delivered", haetae_stats_delivered(stats, signals[i]));
            json_uint64(out, "held", haetae_stats_held(stats, signals[i]));
            json_uint64(out, "sent_bytes", haetae_stats_sent_bytes(stats, signals[i]));
            json_object(out, "dropped");
            for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
                haetae_drop_reason r = (haetae_drop_reason)reason;

                json_uint64(out, haetae_drop_reason_name(r),
                            haetae_stats_dropped(stats, signals[i], r));
            }
            json_object_end(out);
            json_object_end(out);
        }
        haetae_stats_free(stats);
    }
    json_object_end(out);
    json_line_end(out);
}

/* Whether the environment asks for gRPC. */
static bool is_grpc(const haetae_config *config)
{
    return strcmp(haetae_config_get(config, "OTEL_EXPORTER_OTLP_PROTOCOL"), "grpc") == 0;
}

static haetae_sdk *start(void)
{
    /* The environment may say otherwise. */
    static const char *const options[][2] = {{"OTEL_SERVICE_NAME", "volume"},
                                             {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                             {"OTEL_BSP_SCHEDULE_DELAY", "1"},
                                             {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                                             {"HAETAE_LANE_COUNT", "8"}};
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    haetae_status status = haetae_config_new(&config);

    if (status == HAETAE_OK) {
        status = haetae_config_load_env(config);
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0] && status == HAETAE_OK; i++) {
        status = haetae_config_set_default(config, options[i][0], options[i][1]);
    }
    if (status == HAETAE_OK) {
        status = (is_grpc(config) ? haetae_otlp_grpc_new : haetae_otlp_http_new)(config, &exporter);
    }
    if (status == HAETAE_OK) {
        status = haetae_config_add_exporter(config, exporter);
    }
    if (status == HAETAE_OK) {
        status = haetae_sdk_start(config, &sdk);
    }
    if (status != HAETAE_OK) {
        fprintf(stderr, "%s: %s\n", haetae_status_name(status), haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

int main(int argc, char **argv)
{
    struct json_out out = {NULL, false};
    int64_t count = argc == 3 ? strtoll(argv[1], NULL, 10) : 0;
    haetae_sdk *sdk;
    haetae_status status;
    uint64_t start_ns;
    bool produced;

    if (count <= 0 || (out.file = fopen(argv[2], "w")) == NULL) {
        fprintf(stderr, "usage: volume COUNT TOTALS\n");
        return 2;
    }
    sdk = start();
    if (sdk == NULL) {
        return 1;
    }
    start_ns = monotonic_ns();
    produced = produce_all(sdk, count);
    status = haetae_sdk_shutdown(sdk, STALL_SECONDS * 1000);
    write_totals(sdk, (double)(monotonic_ns() - start_ns) / 1e9, &out);
    haetae_sdk_free(sdk);
    if (!produced) {
        fprintf(stderr, "nothing was delivered for %d seconds\n", STALL_SECONDS);
    }
    if (status != HAETAE_OK) {
        fprintf(stderr, "shutdown: %s\n", haetae_status_name(status));
    }
    return fclose(out.file) == 0 && produced && status == HAETAE_OK ? 0 : 1;
}
