/* SPDX-License-Identifier: Apache-2.0 */
/* The sampler that decides as a composable intends. */
#include <stdatomic.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/random.h"
#include "trace/composable.h"

struct composite {
    haetae_composable *composable;
    bool is_probability; /* ProbabilitySampler, which remarks what it presumes */
    /* Of the numbers that take the place of a trace's randomness. Added to by all threads,
     * relaxed: each gets another number. */
    _Atomic uint64_t random;
};

/* The trace id keeps a forked child's apart from its parent's. */
static uint64_t draw(struct composite *composite, const uint8_t trace_id[16])
{
    uint64_t state =
        atomic_fetch_add_explicit(&composite->random, HAE_RANDOM_GOLDEN, memory_order_relaxed);

    return hae_random_mix(state ^ hae_load64(trace_id)) & (HAE_THRESHOLD_OFF - 1);
}

/* Gives the member "ot" back what it had before the composable was asked. */
static void keep_ot(haetae_trace_state *trace_state, const haetae_trace_state *before)
{
    haetae_string had = {NULL, 0};
    haetae_string has = {NULL, 0};

    (void)haetae_trace_state_get(before, "ot", 2, &had);
    (void)haetae_trace_state_get(trace_state, "ot", 2, &has);
    if (had.length == has.length &&
        (had.length == 0 || memcmp(had.data, has.data, had.length) == 0)) {
        return;
    }
    if (had.length != 0) {
        (void)haetae_trace_state_set(trace_state, "ot", 2, had.data, had.length);
    } else {
        (void)haetae_trace_state_delete(trace_state, "ot", 2);
    }
}

static int32_t decide_as_intended(void *user, const haetae_sampling_input *input,
                                  haetae_sampling *sampling)
{
    struct composite *composite = user;
    haetae_sampling_intent intent =
        HAETAE_OPTIONS(haetae_sampling_intent, .threshold = HAETAE_SAMPLING_NEVER);
    haetae_trace_state before = sampling->trace_state;
    uint64_t randomness;

    if (composite->is_probability && input->parent != NULL &&
        ((uint32_t)input->trace_flags & HAETAE_TRACE_FLAG_RANDOM) == 0 &&
        !hae_ot_read(&before).has_randomness) {
        hae_sampling_remark(HAE_REMARK_PRESUMED_RANDOM);
    }
    haetae_composable_intend(composite->composable, input, sampling, &intent);
    hae_sampling_bound(sampling);
    keep_ot(&sampling->trace_state, &before);
    randomness = intent.adjusted_count_reliable
                     ? hae_trace_randomness(input->trace_id, &sampling->trace_state)
                     : draw(composite, input->trace_id);
    if (randomness < intent.threshold || intent.threshold >= HAETAE_SAMPLING_NEVER) {
        sampling->attribute_count = 0;
        hae_ot_remove_threshold(&sampling->trace_state);
        return HAETAE_SAMPLING_DROP;
    }
    if (intent.adjusted_count_reliable) {
        hae_ot_set_threshold(&sampling->trace_state, intent.threshold);
    } else {
        hae_ot_remove_threshold(&sampling->trace_state);
    }
    return HAETAE_SAMPLING_RECORD_AND_SAMPLE;
}

static void drop_composable(void *user)
{
    hae_composable_drop(((struct composite *)user)->composable);
}

haetae_status haetae_sampler_composite(haetae_composable *composable, haetae_sampler **ret_sampler)
{
    struct hae_random seed;
    struct composite *own;
    haetae_sampler *made;

    if (composable == NULL || ret_sampler == NULL || composable->owned) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(sizeof *own);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    (void)hae_composable_own(composable);
    hae_random_seed(&seed);
    own = made->sampler.user;
    own->composable = composable;
    atomic_init(&own->random, seed.a);
    made->sampler.decide = decide_as_intended;
    made->sampler.done = drop_composable;
    snprintf(made->description, sizeof made->description, "CompositeSampler{%.230s}",
             composable->description);
    *ret_sampler = made;
    return HAETAE_OK;
}

haetae_status haetae_sampler_probability(double ratio, haetae_sampler **ret_sampler)
{
    char text[HAE_DECIMAL_BYTES];
    haetae_composable *composable;
    haetae_status status;

    if (ret_sampler == NULL) {
        return HAETAE_EINVAL;
    }
    status = haetae_composable_probability(ratio, &composable);
    if (status != HAETAE_OK) {
        return status;
    }
    status = haetae_sampler_composite(composable, ret_sampler);
    if (status != HAETAE_OK) {
        haetae_composable_free(composable);
        return status;
    }
    ((struct composite *)(*ret_sampler)->sampler.user)->is_probability = true;
    hae_decimal(ratio, text);
    snprintf((*ret_sampler)->description, sizeof(*ret_sampler)->description,
             "ProbabilitySampler{%s}", text);
    return HAETAE_OK;
}
