/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/backoff.h"

#include "base/minmax.h"

/* Exponential backoff with jitter: between half of the step and all of it, so that
 * processes that failed together do not come back together. */
static uint64_t step_ms(const struct hae_retry *retry, uint32_t failures, struct hae_random *random)
{
    uint64_t step = retry->initial_ms != 0 ? retry->initial_ms : 1;

    for (uint32_t i = 1; i < failures && step < retry->max_ms; i++) {
        step *= 2;
    }
    if (step > retry->max_ms) {
        step = retry->max_ms;
    }
    return step - hae_splitmix(&random->a) % (step / 2 + 1);
}

static void extend(struct hae_pause *pause, uint64_t until_ms, const struct hae_failure *failure)
{
    pause->until_ms = until_ms;
    if (failure->retry_after_ms > 0) {
        pause->asked_until_ms =
            hae_max(pause->asked_until_ms, failure->now_ms + (uint64_t)failure->retry_after_ms);
    }
    pause->until_ms = hae_max(pause->until_ms, pause->asked_until_ms);
}

void hae_backoff_failed(struct hae_backoff *backoff, const struct hae_retry *retry,
                        const struct hae_failure *failure, struct hae_random *random,
                        struct hae_pause *own)
{
    bool first = failure->round == backoff->round;
    uint64_t until = backoff->pause.until_ms;

    if (first && failure->attempt != 0 && backoff->failures == 0 && !backoff->one_suspected) {
        backoff->one_suspected = true;
        extend(own, failure->now_ms + step_ms(retry, failure->attempt + 1, random), failure);
        return;
    }
    /* A try made in spite of the pause was expected to fail. */
    if (first && !(failure->urgent && backoff->failures != 0)) {
        backoff->round++;
        backoff->failures++;
        until = failure->now_ms + step_ms(retry, backoff->failures, random);
    }
    extend(&backoff->pause, until, failure);
}

uint64_t hae_backoff_until_ms(const struct hae_backoff *backoff, bool is_full)
{
    return is_full
               ? hae_max(backoff->pause.asked_until_ms,
                         hae_min(backoff->pause.until_ms, backoff->tried_ms + HAE_FULL_PAUSE_MS))
               : backoff->pause.until_ms;
}

void hae_backoff_answered(struct hae_backoff *backoff, uint32_t round)
{
    if (round == backoff->round) {
        backoff->failures = 0;
        backoff->one_suspected = false;
        backoff->pause = (struct hae_pause){0, 0};
    }
}
