/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/counts.h"

#include <string.h>

#include "recorder/life.h"

void hae_count_dropped(struct hae_recorder *recorder, struct hae_lane *lane, haetae_signal signal,
                       haetae_drop_reason reason)
{
    if (lane != NULL) {
        hae_count_own(&lane->counts.dropped[signal][reason]);
    } else {
        hae_count_shared(&recorder->region->shared.dropped[signal][reason]);
    }
}

HAE_COLD void hae_count_rejected(struct hae_recorder *recorder, haetae_signal signal)
{
    uint32_t life = hae_life_of(recorder);

    if (life == HAE_LIFE_OWN) {
        hae_count_dropped(recorder, NULL, signal, HAETAE_DROP_SHUTDOWN);
    } else {
        /* Not in the region, which may be the parent's. */
        hae_count_shared(&recorder->rejected[signal][life == HAE_LIFE_OVER ? HAETAE_DROP_SHUTDOWN
                                                                           : HAETAE_DROP_FORK]);
    }
}

void hae_count_misuse(struct hae_recorder *recorder, haetae_misuse cause)
{
    /* Not in the region while it may be the parent's. */
    hae_count_shared(hae_life_of(recorder) == HAE_LIFE_OWN ? &recorder->region->misuse[cause]
                                                           : &recorder->misuse[cause]);
}

HAE_COLD void hae_count_newer_options(struct hae_recorder *recorder, const char *type)
{
    const char *none = NULL;

    /* Relaxed: string literals are there for every thread. */
    (void)atomic_compare_exchange_strong_explicit(&recorder->newer_options, &none, type,
                                                  memory_order_relaxed, memory_order_relaxed);
    hae_count_misuse(recorder, HAETAE_MISUSE_NEWER_CALLER);
}

const char *hae_newer_options(struct hae_recorder *recorder)
{
    /* Relaxed, as where it is written. */
    return atomic_load_explicit(&recorder->newer_options, memory_order_relaxed);
}

/* ---- Sums ---------------------------------------------------------------------- */

static void add_counts(const struct hae_counts *counts, struct hae_recorder_sums *sums)
{
    /* Relaxed: the sum of counters that others still write is a moment's view; the
     * counts of a thread that has returned from its calls and synchronised with us
     * are in it. */
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        sums->published[signal] +=
            atomic_load_explicit(&counts->published[signal], memory_order_relaxed);
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            sums->dropped[signal][reason] +=
                atomic_load_explicit(&counts->dropped[signal][reason], memory_order_relaxed);
        }
    }
}

/* Closed ones first, of all producers: a record that is closed meanwhile shows as open, not as
 * minus one, also when another thread closes it than opened it. */
static uint64_t count_open(struct hae_recorder *recorder, uint32_t lanes)
{
    const struct hae_counts *shared = &recorder->region->shared;
    uint64_t closed_count = atomic_load_explicit(&shared->closed, memory_order_relaxed);
    uint64_t opened_count;

    for (uint32_t i = 0; i < lanes; i++) {
        closed_count +=
            atomic_load_explicit(&hae_lane_at(recorder, i)->counts.closed, memory_order_relaxed);
    }
    opened_count = atomic_load_explicit(&shared->opened, memory_order_relaxed);
    for (uint32_t i = 0; i < lanes; i++) {
        opened_count +=
            atomic_load_explicit(&hae_lane_at(recorder, i)->counts.opened, memory_order_relaxed);
    }
    /* Relaxed loads may still be seen in another order, on some CPUs. */
    return opened_count > closed_count ? opened_count - closed_count : 0;
}

void hae_recorder_sum(struct hae_recorder *recorder, struct hae_recorder_sums *ret_sums)
{
    uint32_t lanes;

    memset(ret_sums, 0, sizeof *ret_sums);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            ret_sums->dropped[signal][reason] =
                atomic_load_explicit(&recorder->rejected[signal][reason], memory_order_relaxed);
        }
    }
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        ret_sums->misuse[cause] =
            atomic_load_explicit(&recorder->misuse[cause], memory_order_relaxed);
    }
    if (hae_recorder_untouched(recorder)) {
        return; /* the rest is the parent's */
    }
    lanes = hae_lanes_touched(recorder);
    add_counts(&recorder->region->shared, ret_sums);
    for (uint32_t i = 0; i < lanes; i++) {
        add_counts(&hae_lane_at(recorder, i)->counts, ret_sums);
    }
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        ret_sums->misuse[cause] +=
            atomic_load_explicit(&recorder->region->misuse[cause], memory_order_relaxed);
    }
    ret_sums->open_count = count_open(recorder, lanes);
}
