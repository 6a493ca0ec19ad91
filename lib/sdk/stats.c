/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "context/current.h"
#include "recorder/drain.h"
#include "sdk/sdk_internal.h"

struct signal_stats {
    uint64_t recorded;
    uint64_t recovered;
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

/* What is in the rings and will stay there: recorded beside the shutdown, after the
 * worker had looked for the last time. */
static void drop_left_behind(struct signal_stats *stats, uint64_t in_rings)
{
    stats->held -= in_rings;
    stats->dropped[HAETAE_DROP_SHUTDOWN] += in_rings;
}

static void take_misuse(haetae_sdk *sdk, haetae_stats *stats)
{
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        stats->misuse[cause] =
            atomic_load_explicit(&sdk->recorder->misuse[cause], memory_order_relaxed);
    }
    stats->misuse[HAETAE_MISUSE_CONTEXT] += hae_context_misuse_count();
}

/* The pipeline's part first, under its lock, then the recorder's: what is in the rings
 * can only be more by then. */
static void take(haetae_sdk *sdk, haetae_stats *stats)
{
    struct hae_recorder_sums sums;
    struct hae_ledger ledgers[HAETAE_SIGNAL_COUNT];
    uint64_t drained[HAETAE_SIGNAL_COUNT];
    bool left_behind;

    pthread_mutex_lock(&sdk->pipeline.account.lock);
    memcpy(ledgers, sdk->pipeline.account.signals, sizeof ledgers);
    /* Acquire pairs with the release in fork.c: the ledgers are no longer the parent's. */
    if (atomic_load_explicit(&sdk->atfork.inherited, memory_order_acquire)) {
        memset(ledgers, 0, sizeof ledgers);
    }
    hae_recorder_drained(sdk->recorder, drained);
    left_behind = sdk->pipeline.ended && !sdk->pipeline.kept;
    pthread_mutex_unlock(&sdk->pipeline.account.lock);
    hae_recorder_sum(sdk->recorder, &sums);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct signal_stats *s = &stats->signals[signal];
        const struct hae_ledger *ledger = &ledgers[signal];
        /* A thread counts a record just after it has published it, so the worker may
         * have been faster. */
        uint64_t in_rings =
            sums.published[signal] > drained[signal] ? sums.published[signal] - drained[signal] : 0;

        /* Metrics come into being in the pipeline, all else in the recorder; what was
         * drained was taken. */
        s->recorded = ledger->taken + in_rings;
        s->recovered = ledger->recovered;
        s->held = ledger->held + in_rings;
        s->delivered = ledger->delivered;
        s->retries = ledger->retries;
        s->sent_bytes = ledger->sent_bytes;
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            s->recorded += sums.dropped[signal][reason];
            s->dropped[reason] = sums.dropped[signal][reason] + ledger->dropped[reason];
        }
        if (left_behind) {
            drop_left_behind(s, in_rings);
        }
    }
    /* A span that ends on another lane while they are summed up may seem to have ended
     * without a start. */
    stats->open_spans = (int64_t)sums.spans_open > 0 ? sums.spans_open : 0;
    take_misuse(sdk, stats);
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
