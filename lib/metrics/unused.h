/* SPDX-License-Identifier: Apache-2.0 */
/* Series that nobody has used for a while are given back: their places serve for other ones of the
 * same stream, which so has room again below its limit.
 *
 * A round is as long as it takes until every reader has collected once, and what it got is
 * delivered, and until every thread was seen outside of a recording call. At its end a series that
 * is used has its `use` raised from 0 to 1, and one that was raised before, further: a call that
 * finds more than 0 sets it back before it records. Whoever found 0 before the first raise has left
 * its call before the second, so from there on only a call that sets it back can add anything. What
 * is there then every reader collects in the next round. At the end of that, or of a later one, an
 * exchange ends the series: it succeeds if no call has set it back. A call that finds it ended
 * makes another series of the set. After one more round nobody looks at it, and its place is free.
 *
 * rounds.h has the rounds, reuse.h the places. tests/model/unused.pml is a model of all this. */
#ifndef HAETAE_METRICS_UNUSED_H
#define HAETAE_METRICS_UNUSED_H

#include "metrics/layout.h"
#include "recorder/format.h"

struct hae_recorder;

/* Of a provider. All but `calls` is guarded by the provider's lock of collections. */
struct hae_unused {
    uint32_t intervals;     /* that a series is kept without being used; 0: for ever */
    uint32_t round;         /* its number; a lane's idle_round is never this one before it begins */
    uint32_t readers;       /* bit set: those that have collected in this round, with delivery */
    bool others_idle;       /* `calls` was 0 in this round */
    _Atomic uint32_t calls; /* calls under way of threads without a lane */
};

void hae_unused_init(struct hae_unused *unused);

/* In a forked child: no call is under way, and nothing was collected. */
void hae_unused_reinit(struct hae_unused *unused);

void hae_unused_begin_round(struct hae_unused *unused);

/* Whether every thread was outside of a call since the round began. */
bool hae_unused_were_idle(struct hae_unused *unused, struct hae_recorder *recorder);

/* ---- Calls ------------------------------------------------------------------------------- */

/* Bracket what a call does with the series that its stream, or the table, has. `lane`: that of the
 * call; NULL: it has none. */
static inline void hae_unused_enter(struct hae_unused *unused, struct hae_lane *lane)
{
    /* Acquire and release pair with those of look_at() in unused.c, by the order of the exchanges:
     * either the worker sees that the call is under way, or the call sees all that the worker did
     * before it looked. */
    atomic_fetch_add_explicit(lane != NULL ? &lane->calls : &unused->calls, 1,
                              memory_order_acq_rel);
}

static inline void hae_unused_leave(struct hae_unused *unused, struct hae_lane *lane)
{
    /* Release pairs with the acquire in look_at(): what the call did is done. */
    if (lane != NULL) {
        /* The lane's owner alone changes it. */
        atomic_store_explicit(&lane->calls,
                              atomic_load_explicit(&lane->calls, memory_order_relaxed) + 1,
                              memory_order_release);
    } else {
        atomic_fetch_sub_explicit(&unused->calls, 1, memory_order_release);
    }
}

/* ---- Series ------------------------------------------------------------------------------- */

/* Whether a series that was found elsewhere than in the table is one, so that it may be compared.
 * Acquire pairs with the releases of reuse.c, also through a thread that found it in the table: it
 * is complete, and in the table. */
static inline bool hae_series_is_there(const struct hae_series *series)
{
    uint32_t use = atomic_load_explicit(&series->use, memory_order_acquire);

    return use < HAE_SERIES_NEW || use == HAE_SERIES_KEPT;
}

/* Whether there is nothing of it to report: it is not there, or nothing was recorded yet. */
static inline bool hae_series_is_blank(const struct hae_series *series)
{
    return !hae_series_is_there(series) ||
           atomic_load_explicit(&series->start_unix_ns, memory_order_acquire) == 0;
}

/* Notes that a call uses a series from here on, which it has found in the table, or that is there.
 * False: it has ended. */
static inline bool hae_series_use(struct hae_series *series)
{
    uint32_t use = atomic_load_explicit(&series->use, memory_order_acquire);

    /* A failed exchange means that another call has set it back, or that a round has ended, which
     * happens once at most during a call. Release pairs with the acquire of those that find the
     * series elsewhere. */
    while (use != 0 && use <= HAE_SERIES_NEW) {
        if (atomic_compare_exchange_strong_explicit(&series->use, &use, 0, memory_order_acq_rel,
                                                    memory_order_acquire)) {
            return true;
        }
    }
    return use == 0 || use == HAE_SERIES_KEPT;
}

#endif
