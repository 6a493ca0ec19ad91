/* SPDX-License-Identifier: Apache-2.0 */
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, haetae_status_text(status));
        exit(2);
    }
}

static void send_nowhere(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

haetae_sdk *start_sdk(const char *key, const char *value, const char *recorder_dir)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "nowhere", .send = send_nowhere);
    haetae_view_options view = HAETAE_OPTIONS(
        haetae_view_options, .instrument_name = haetae_string_of("bench.exponential"),
        .aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM);
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, key, value), key);
    must(haetae_config_set(config, "HAETAE_RECORDER_DIR", recorder_dir), "recorder directory");
    if (strcmp(value, "always_off") == 0) {
        must(haetae_config_set(config, "HAETAE_LOGS_MIN_SEVERITY", "warn"), "severity");
    }
    must(haetae_config_add_view(config, &view), "view");
    must(haetae_exporter_new(&ops, NULL, &exporter), "exporter");
    must(haetae_config_add_exporter(config, exporter), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    return sdk;
}

void flush_sdk(void *sdk)
{
    must(haetae_sdk_force_flush(sdk, 10000), "flush");
}

void check_nothing_dropped(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t dropped = 0;

    must(haetae_stats_take(sdk, &stats), "statistics");
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        dropped += haetae_stats_dropped_total(stats, (haetae_signal)signal);
    }
    haetae_stats_free(stats);
    if (dropped != 0) {
        fprintf(stderr, "bench: %llu items were dropped: the figures mean nothing\n",
                (unsigned long long)dropped);
        exit(2);
    }
}
