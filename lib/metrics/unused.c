/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/unused.h"

#include "recorder/state.h"

/* Looks at a lane whose calls come one after the other: between two of them it is idle. One that
 * stays in a call is looked at again in the next collection. */
enum { LOOKS = 100 };

void hae_unused_init(struct hae_unused *unused)
{
    unused->intervals = 0;
    unused->round = 1;
    unused->readers = 0;
    unused->others_idle = false;
    atomic_store_explicit(&unused->calls, 0, memory_order_relaxed);
}

void hae_unused_begin_round(struct hae_unused *unused)
{
    /* A lane that was never looked at has 0. */
    unused->round = unused->round + 1 != 0 ? unused->round + 1 : 1;
    unused->readers = 0;
    unused->others_idle = false;
}

void hae_unused_reinit(struct hae_unused *unused)
{
    hae_unused_begin_round(unused);
    atomic_store_explicit(&unused->calls, 0, memory_order_relaxed);
}

/* ---- Whether a round is over ---------------------------------------------------------------- */

/* An exchange that changes nothing: calls that begin later see all that came before it. */
static uint32_t look_at(_Atomic uint32_t *word)
{
    /* Pairs with hae_unused_enter() and hae_unused_leave(). */
    return atomic_fetch_add_explicit(word, 0, memory_order_acq_rel);
}

static bool is_idle(struct hae_lane *lane)
{
    for (int i = 0; i < LOOKS; i++) {
        if (look_at(&lane->calls) % 2 == 0) {
            return true;
        }
    }
    return false;
}

bool hae_unused_were_idle(struct hae_unused *unused, struct hae_recorder *recorder)
{
    /* A lane from there on has its first call later, which sees what was done before: acquire and
     * release pair with those of note_touched() in lane.c. */
    uint32_t lanes = look_at(&recorder->region->lanes_touched);
    bool all;

    unused->others_idle = unused->others_idle || look_at(&unused->calls) == 0;
    all = unused->others_idle;
    for (uint32_t i = 0; i < lanes && i < recorder->lane_count; i++) {
        struct hae_lane *lane = hae_lane_at(recorder, i);

        if (lane->idle_round != unused->round && is_idle(lane)) {
            lane->idle_round = unused->round;
        }
        all = all && lane->idle_round == unused->round;
    }
    return all;
}
