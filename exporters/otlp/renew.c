/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/renew.h"

#include "base/random.h"

void hae_http_renewal_init(struct hae_http_renewal *renewal, const struct hae_http_target *targets)
{
    struct hae_random random;

    hae_random_seed(&random);
    *renewal = (struct hae_http_renewal){.random = random.a, .since_ms = -1};
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        (void)hae_http_tls_look(&targets[signal].tls, &renewal->facts[signal]);
    }
}

/* Up to a tenth less, so that processes that began together do not all connect at once. */
static int64_t age_limit_ms(const struct hae_http_renewal *renewal, int64_t limit_ms)
{
    return limit_ms - (int64_t)(renewal->draw % (uint64_t)(limit_ms / 10 + 1));
}

static bool is_too_old(const struct hae_http_renewal *renewal, const struct hae_http_target *target,
                       int64_t now_ms)
{
    if (target->connection_idle_ms > 0 && now_ms - renewal->last_ms > target->connection_idle_ms) {
        return true;
    }
    return target->connection_age_ms > 0 &&
           now_ms - renewal->since_ms >= age_limit_ms(renewal, target->connection_age_ms);
}

bool hae_http_renewal_is_due(struct hae_http_renewal *renewal, haetae_signal signal,
                             const struct hae_http_target *target, int64_t now_ms)
{
    bool is_due = hae_http_tls_look(&target->tls, &renewal->facts[signal]);

    is_due = (renewal->since_ms >= 0 && is_too_old(renewal, target, now_ms)) || is_due ||
             renewal->is_silent;
    renewal->is_silent = false;
    if (is_due || renewal->since_ms < 0) {
        renewal->since_ms = now_ms;
        renewal->draw = hae_random_id(&renewal->random);
    }
    renewal->last_ms = now_ms;
    return is_due;
}

void hae_http_renewal_note_answer(struct hae_http_renewal *renewal, bool is_answered)
{
    renewal->is_silent = !is_answered;
}

void hae_http_renewal_note_end(struct hae_http_renewal *renewal, int64_t now_ms)
{
    renewal->last_ms = now_ms;
}
