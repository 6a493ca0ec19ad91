/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/cancel.h"
#include "context/current.h"
#include "pipeline/export_thread.h"
#include "recorder/registry.h"
#include "sdk/stats_destinations.h"

static void take_misuse(const struct hae_recorder_sums *sums, haetae_stats *stats)
{
    memcpy(stats->misuse, sums->misuse, sizeof stats->misuse);
    stats->misuse[HAETAE_MISUSE_CONTEXT] += hae_context_misuse_count();
    stats->misuse[HAETAE_MISUSE_ENDED_SPAN] += hae_registry_stray_count();
}

/* What is in the rings and will stay there was recorded beside the shutdown, after the worker
 * had looked for the last time. */
static void drop_left_behind(struct hae_signal_stats *stats, uint64_t in_rings)
{
    stats->held -= in_rings;
    stats->dropped[HAETAE_DROP_SHUTDOWN] += in_rings;
}

/* Of what the pipeline has taken, what had been in the rings. A record is counted before it can
 * be drained, and the pipeline's counts were read first, so no more was drained than recorded. */
static uint64_t count_in_rings(const struct hae_recorder_sums *sums,
                               const struct hae_item_counts *counts, int signal)
{
    uint64_t drained = counts->taken - counts->recovered;

    return sums->published[signal] > drained ? sums->published[signal] - drained : 0;
}

static void add_up(struct hae_signal_stats *stats, const struct hae_recorder_sums *sums,
                   const struct hae_item_counts *counts, int signal)
{
    uint64_t in_rings = count_in_rings(sums, counts, signal);

    /* Metrics come into being in the pipeline, all else in the recorder. */
    stats->recorded = counts->taken + in_rings;
    stats->recovered = counts->recovered;
    stats->held = counts->held + counts->spooled + in_rings;
    stats->spooled = counts->spooled;
    stats->delivered = counts->delivered;
    stats->retries = counts->retries;
    stats->sent_bytes = counts->sent_bytes;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        stats->recorded += sums->dropped[signal][reason];
        stats->dropped[reason] = sums->dropped[signal][reason] + counts->dropped[reason];
    }
}

/* Whether the pipeline has ended first, then its counts, then the recorder's: what is in the
 * rings can only be more by then. Nothing here waits for the worker. */
static void take(haetae_sdk *sdk, haetae_stats *stats)
{
    struct hae_item_counts counts[HAETAE_SIGNAL_COUNT];
    struct hae_recorder_sums sums;
    bool kept;
    bool ended = hae_pipeline_has_ended(&sdk->pipeline, &kept);

    hae_pipeline_counts(&sdk->pipeline, counts);
    hae_recorder_sum(sdk->recorder, &sums);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        add_up(&stats->signals[signal], &sums, &counts[signal], signal);
        if (ended && !kept) {
            drop_left_behind(&stats->signals[signal],
                             count_in_rings(&sums, &counts[signal], signal));
        }
    }
    stats->open_spans = sums.open_count;
    take_misuse(&sums, stats);
    stats->hanging_sends = hae_export_thread_hanging_count();
    stats->spans_left_open =
        atomic_load_explicit(&sdk->traces.left_open_count, memory_order_relaxed);
}

haetae_status haetae_stats_take(haetae_sdk *sdk, haetae_stats **ret_stats)
{
    HAE_HOLD_CANCELLATION();
    size_t count = hae_stats_destinations_of(sdk);
    haetae_stats *stats;

    if (ret_stats == NULL) {
        return HAETAE_EINVAL;
    }
    stats = hae_calloc(1, sizeof *stats + count * sizeof stats->destinations[0]);
    if (stats == NULL) {
        return HAETAE_ENOMEM;
    }
    stats->destination_count = count;
    if (sdk != NULL) {
        take(sdk, stats);
        hae_stats_take_destinations(sdk, stats);
    }
    *ret_stats = stats;
    return HAETAE_OK;
}

void haetae_stats_free(haetae_stats *stats)
{
    hae_free(stats);
}

static const struct hae_signal_stats *signal_of(const haetae_stats *stats, haetae_signal signal)
{
    static const struct hae_signal_stats none;

    return stats != NULL && (unsigned)signal < HAETAE_SIGNAL_COUNT ? &stats->signals[signal]
                                                                   : &none;
}

uint64_t haetae_stats_recorded(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->recorded;
}

uint64_t haetae_stats_recovered(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->recovered;
}

uint64_t haetae_stats_delivered(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->delivered;
}

uint64_t haetae_stats_held(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->held;
}

uint64_t haetae_stats_spooled(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->spooled;
}

uint64_t haetae_stats_spooled_bytes(const haetae_stats *stats, haetae_signal signal)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < haetae_stats_destination_count(stats); i++) {
        bytes += haetae_stats_destination_value(stats, i, signal, HAETAE_DESTINATION_SPOOLED_BYTES);
    }
    return bytes;
}

uint64_t haetae_stats_dropped(const haetae_stats *stats, haetae_signal signal,
                              haetae_drop_reason reason)
{
    return (unsigned)reason < HAETAE_DROP_COUNT ? signal_of(stats, signal)->dropped[reason] : 0;
}

uint64_t haetae_stats_dropped_total(const haetae_stats *stats, haetae_signal signal)
{
    uint64_t total = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        total += signal_of(stats, signal)->dropped[reason];
    }
    return total;
}

uint64_t haetae_stats_retries(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->retries;
}

uint64_t haetae_stats_sent_bytes(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->sent_bytes;
}

uint64_t haetae_stats_open_spans(const haetae_stats *stats)
{
    return stats != NULL ? stats->open_spans : 0;
}

uint64_t haetae_stats_spans_left_open(const haetae_stats *stats)
{
    return stats != NULL ? stats->spans_left_open : 0;
}

uint64_t haetae_stats_misuse(const haetae_stats *stats, haetae_misuse cause)
{
    return stats != NULL && (unsigned)cause < HAETAE_MISUSE_COUNT ? stats->misuse[cause] : 0;
}

uint64_t haetae_stats_hanging_sends(const haetae_stats *stats)
{
    return stats != NULL ? stats->hanging_sends : 0;
}
