/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "context/current.h"
#include "sdk/sdk_internal.h"

struct signal_stats {
    uint64_t recorded;
    uint64_t delivered;
    uint64_t held;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;
};

struct haetae_stats {
    struct signal_stats signals[HAETAE_SIGNAL_COUNT];
    uint64_t open_spans;
    uint64_t misuse[HAETAE_MISUSE_COUNT];
};

/* The pipeline's part first, under its lock, then the recorder's: what the lock shows
 * as drained was published before, so the rest that is held in rings is never less
 * than nothing. */
static void take(haetae_sdk *sdk, haetae_stats *stats)
{
    struct hae_recorder_sums sums;
    struct hae_ledger ledgers[HAETAE_SIGNAL_COUNT];
    uint64_t drained[HAETAE_SIGNAL_COUNT];

    pthread_mutex_lock(&sdk->pipeline.account.lock);
    memcpy(ledgers, sdk->pipeline.account.signals, sizeof ledgers);
    hae_recorder_drained(sdk->recorder, drained);
    pthread_mutex_unlock(&sdk->pipeline.account.lock);
    hae_recorder_sum(sdk->recorder, &sums);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct signal_stats *s = &stats->signals[signal];
        const struct hae_ledger *ledger = &ledgers[signal];

        /* Metrics come into being in the pipeline, all else in the recorder. */
        s->recorded = signal == HAETAE_SIGNAL_METRICS ? ledger->taken : sums.published[signal];
        s->held = ledger->held + sums.published[signal] - drained[signal];
        s->delivered = ledger->delivered;
        s->retries = ledger->retries;
        s->sent_bytes = ledger->sent_bytes;
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            s->recorded += sums.dropped[signal][reason];
            s->dropped[reason] = sums.dropped[signal][reason] + ledger->dropped[reason];
        }
    }
    stats->open_spans = sums.spans_open;
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        stats->misuse[cause] =
            atomic_load_explicit(&sdk->recorder->misuse[cause], memory_order_relaxed);
    }
    stats->misuse[HAETAE_MISUSE_CONTEXT] += hae_context_misuse_count();
}

haetae_status haetae_stats_take(haetae_sdk *sdk, haetae_stats **ret_stats)
{
    haetae_stats *stats;

    if (ret_stats == NULL) {
        return HAETAE_EINVAL;
    }
    stats = hae_calloc(1, sizeof *stats);
    if (stats == NULL) {
        return HAETAE_ENOMEM;
    }
    if (sdk != NULL) {
        take(sdk, stats);
    }
    *ret_stats = stats;
    return HAETAE_OK;
}

void haetae_stats_free(haetae_stats *stats)
{
    hae_free(stats);
}

static const struct signal_stats *signal_of(const haetae_stats *stats, haetae_signal signal)
{
    static const struct signal_stats none;

    return stats != NULL && (unsigned)signal < HAETAE_SIGNAL_COUNT ? &stats->signals[signal]
                                                                   : &none;
}

uint64_t haetae_stats_recorded(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->recorded;
}

uint64_t haetae_stats_delivered(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->delivered;
}

uint64_t haetae_stats_held(const haetae_stats *stats, haetae_signal signal)
{
    return signal_of(stats, signal)->held;
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

uint64_t haetae_stats_misuse(const haetae_stats *stats, haetae_misuse cause)
{
    return stats != NULL && (unsigned)cause < HAETAE_MISUSE_COUNT ? stats->misuse[cause] : 0;
}
