/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <haetae/otlp_http.h>

#define SHUTDOWN_TIMEOUT_MS 5000

static haetae_status configure(haetae_config *config, const char *service_name)
{
    haetae_status status = haetae_config_load_env(config);
    if (status == HAETAE_OK) {
        status = haetae_config_set(config, "OTEL_SERVICE_NAME", service_name);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    return haetae_otlp_http_register();
}

/* Each line says whose it is. */
static void print_errors(const char *service_name, haetae_status status,
                         const haetae_config *config)
{
    const char *at = haetae_config_error(config);
    fprintf(stderr, "%s: running without telemetry: %s\n", service_name,
            haetae_status_text(status));
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        fprintf(stderr, "%s: %.*s\n", service_name, (int)length, at);
        at += length + (at[length] == '\n');
    }
}

haetae_sdk *telemetry_start(const char *service_name)
{
    haetae_sdk *sdk = NULL;
    haetae_config *config = NULL;
    haetae_status status = haetae_config_new(&config);
    if (status == HAETAE_OK) {
        status = configure(config, service_name);
    }
    if (status == HAETAE_OK) {
        status = haetae_start(config, &sdk);
    }
    if (status != HAETAE_OK) {
        print_errors(service_name, status, config);
    }
    haetae_config_free(config);
    return sdk;
}

static void print_signal(FILE *out, const haetae_stats *stats, haetae_signal signal)
{
    fprintf(out,
            ",\"%s\":{\"recorded\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"dropped\":%" PRIu64
            ",\"held\":%" PRIu64 ",\"retries\":%" PRIu64 ",\"sent_bytes\":%" PRIu64,
            haetae_signal_name(signal), haetae_stats_recorded(stats, signal),
            haetae_stats_delivered(stats, signal), haetae_stats_dropped_total(stats, signal),
            haetae_stats_held(stats, signal), haetae_stats_retries(stats, signal),
            haetae_stats_sent_bytes(stats, signal));
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        uint64_t count = haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason);
        if (count > 0) {
            fprintf(out, ",\"dropped_%s\":%" PRIu64,
                    haetae_drop_reason_name((haetae_drop_reason)reason), count);
        }
    }
    fputc('}', out);
}

static void print_stats(FILE *out, const char *service_name, const haetae_stats *stats)
{
    uint64_t misuse = 0;
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        misuse += haetae_stats_misuse(stats, (haetae_misuse)cause);
    }
    fprintf(out, "{\"service\":\"%s\",\"open_spans\":%" PRIu64 ",\"misuse\":%" PRIu64, service_name,
            haetae_stats_open_spans(stats), misuse);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        print_signal(out, stats, (haetae_signal)signal);
    }
    fputs("}\n", out);
}

static void write_stats(haetae_sdk *sdk, const char *service_name, const char *path)
{
    haetae_stats *stats = NULL;
    if (haetae_stats_take(sdk, &stats) != HAETAE_OK) {
        return;
    }
    FILE *out = path != NULL ? fopen(path, "w") : stdout;
    if (out != NULL) {
        print_stats(out, service_name, stats);
        fflush(out);
    } else {
        fprintf(stderr, "%s: can't write %s: %s\n", service_name, path, strerror(errno));
    }
    if (out != NULL && out != stdout) {
        fclose(out);
    }
    haetae_stats_free(stats);
}

void telemetry_stop(haetae_sdk *sdk, const char *service_name, const char *stats_file)
{
    haetae_status status = haetae_sdk_shutdown(sdk, SHUTDOWN_TIMEOUT_MS);
    if (status != HAETAE_OK) {
        fprintf(stderr, "%s: not all telemetry was delivered: %s\n", service_name,
                haetae_status_text(status));
    }
    write_stats(sdk, service_name, stats_file);
    haetae_sdk_free(sdk);
}

double telemetry_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
