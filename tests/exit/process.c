/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <stdio.h>
#include <unistd.h>

static _Atomic uint64_t taken[HAETAE_SIGNAL_COUNT];

void process_must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "check failed: %s\n", what);
        _exit(3);
    }
}

static void take(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    (void)self;
    atomic_fetch_add(&taken[haetae_delivery_signal(delivery)],
                     haetae_delivery_item_count(delivery));
    haetae_delivery_complete(delivery, &result);
}

haetae_sdk *process_start(void)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "accepting", .send = take, .max_in_flight = 1);
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    MUST(haetae_config_new(&config) == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_BLRP_SCHEDULE_DELAY", "1") == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_BSP_SCHEDULE_DELAY", "1") == HAETAE_OK);
    MUST(haetae_config_set_diagnostics(config, NULL, NULL) == HAETAE_OK);
    MUST(haetae_exporter_new(&ops, NULL, &exporter) == HAETAE_OK);
    MUST(haetae_config_add_exporter(config, exporter) == HAETAE_OK);
    MUST(haetae_sdk_start(config, &sdk) == HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

uint64_t process_taken(haetae_signal signal)
{
    return atomic_load(&taken[signal]);
}

void process_span(haetae_tracer *tracer)
{
    haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_set_int64(span, HAETAE_TEXT("number"), 1);
    haetae_span_end(span);
}

void process_log(haetae_logger *logger)
{
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("something happened"), NULL, 0);
}

void process_all_settled(haetae_sdk *sdk, haetae_signal signal, uint64_t recorded)
{
    haetae_stats *stats = NULL;

    MUST(haetae_stats_take(sdk, &stats) == HAETAE_OK);
    MUST(haetae_stats_recorded(stats, signal) == recorded);
    MUST(haetae_stats_held(stats, signal) == 0);
    MUST(haetae_stats_delivered(stats, signal) + haetae_stats_dropped_total(stats, signal) ==
         recorded);
    haetae_stats_free(stats);
}

uint64_t process_dropped(haetae_sdk *sdk, haetae_signal signal, haetae_drop_reason reason)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    MUST(haetae_stats_take(sdk, &stats) == HAETAE_OK);
    count = haetae_stats_dropped(stats, signal, reason);
    haetae_stats_free(stats);
    return count;
}

uint64_t process_lost(haetae_sdk *sdk, haetae_signal signal)
{
    uint64_t count = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        count += process_dropped(sdk, signal, (haetae_drop_reason)reason);
    }
    return count;
}
