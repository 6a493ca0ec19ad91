/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/life.h"

#include <sched.h>
#include <time.h>

bool hae_recorder_untouched(const struct hae_recorder *recorder)
{
    uint32_t life = hae_life_of(recorder);

    return life == HAE_LIFE_INHERITED || life == HAE_LIFE_OVER;
}

HAE_COLD bool hae_recorder_may_resume(const struct hae_recorder *recorder)
{
    uint32_t life = hae_life_of(recorder);

    return life == HAE_LIFE_INHERITED || life == HAE_LIFE_REINITIALIZING;
}

/* Mostly it takes microseconds. Yielding alone would never let a thread of lower real-time priority
 * come to its end on the same CPU. */
enum { YIELDS = 100, PAUSE_NS = 100000 };

void hae_recorder_settle(const struct hae_recorder *recorder)
{
    static const struct timespec pause = {0, PAUSE_NS};

    for (int tries = 0; hae_life_of(recorder) == HAE_LIFE_REINITIALIZING; tries++) {
        if (tries < YIELDS) {
            sched_yield();
        } else {
            tries = YIELDS;
            nanosleep(&pause, NULL);
        }
    }
}

bool hae_recorder_give_up(struct hae_recorder *recorder)
{
    uint32_t life = HAE_LIFE_INHERITED;

    hae_recorder_settle(recorder);
    /* Relaxed: it only decides which thread was first; settling has acquired the rest. */
    return atomic_compare_exchange_strong_explicit(&recorder->life, &life, HAE_LIFE_OVER,
                                                   memory_order_relaxed, memory_order_relaxed) ||
           life == HAE_LIFE_OVER;
}
