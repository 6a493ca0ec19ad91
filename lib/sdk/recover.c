/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/recover.h"

#include <string.h>

#include "base/cancel.h"
#include "base/minmax.h"
#include "base/option_struct.h"
#include "sdk/sdk_internal.h"
#include "sdk/start.h"

/* The longest wait between two looks at how far it is. */
enum { STEP_MS = 100 };

void hae_recovery_count_items(const haetae_stats *stats, haetae_recovery *recovery)
{
    recovery->delivered_spans = haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES);
    recovery->delivered_data_points = haetae_stats_delivered(stats, HAETAE_SIGNAL_METRICS);
    recovery->delivered_log_records = haetae_stats_delivered(stats, HAETAE_SIGNAL_LOGS);
    recovery->dropped_spans = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_TRACES);
    recovery->dropped_data_points = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_METRICS);
    recovery->dropped_log_records = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_LOGS);
}

static void count(const haetae_sdk *sdk, const haetae_stats *stats, haetae_recovery *recovery)
{
    struct hae_recovery_counts files = hae_recovery_counts(sdk->recovery);

    recovery->files_recovered = files.files_done;
    recovery->files_corrupt = files.files_corrupt;
    recovery->files_in_use = files.files_alive;
    recovery->files_not_ours = files.files_other;
    recovery->files_left = hae_recovery_files_left(sdk->recovery);
    recovery->files_refused = files.files_refused;
    recovery->damaged_places = files.damaged_places;
    recovery->files_redacted = files.files_redacted;
    recovery->open_spans = files.open_spans;
    hae_recovery_count_items(stats, recovery);
}

bool hae_recovery_step_until(haetae_sdk *sdk, bool (*is_done)(const haetae_sdk *sdk),
                             uint64_t deadline_ms)
{
    while (!is_done(sdk)) {
        uint64_t now = hae_now_ms();

        if (now >= deadline_ms) {
            return false;
        }
        (void)haetae_sdk_step(sdk, (uint32_t)hae_min(deadline_ms - now, STEP_MS));
    }
    return true;
}

static bool files_done(const haetae_sdk *sdk)
{
    return hae_recovery_done(sdk->recovery);
}

static haetae_status step_until_done(haetae_sdk *sdk, uint64_t deadline_ms)
{
    if (hae_recovery_step_until(sdk, files_done, deadline_ms)) {
        return HAETAE_OK;
    }
    /* What is left is counted, however short the time was. */
    hae_recovery_look_once(sdk->recovery);
    return files_done(sdk) ? HAETAE_OK : HAETAE_ETIMEOUT;
}

haetae_status haetae_recover(haetae_config *config, const char *directory, uint32_t timeout_ms,
                             haetae_recovery *ret_recovery)
{
    HAE_HOLD_CANCELLATION();
    uint64_t deadline = hae_now_ms() + timeout_ms;
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    haetae_stats *stats = NULL;
    haetae_sdk *sdk = NULL;
    haetae_status status;

    if (config == NULL || directory == NULL || config->exporter_count == 0 ||
        (ret_recovery != NULL &&
         !hae_option_struct_valid(ret_recovery->struct_size, haetae_recovery_size_v1))) {
        return HAETAE_EINVAL;
    }
    status = hae_sdk_start_recovery(config, directory, NULL, &sdk);
    if (status != HAETAE_OK) {
        return status;
    }
    status = step_until_done(sdk, deadline);
    (void)haetae_sdk_shutdown(sdk, 0);
    if (ret_recovery != NULL && haetae_stats_take(sdk, &stats) == HAETAE_OK) {
        count(sdk, stats, &recovery);
        hae_option_struct_write(ret_recovery, &recovery, sizeof recovery);
        haetae_stats_free(stats);
    }
    haetae_sdk_free(sdk);
    return status;
}
