/* SPDX-License-Identifier: Apache-2.0 */
/* The samplers of the API that are neither callbacks nor composites. */
#include <stdatomic.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/option_struct.h"
#include "base/rate.h"
#include "trace/sampler.h"

/* ---- Rules ------------------------------------------------------------------------------- */

static haetae_status make_rule(struct hae_sampling rule, const char *description,
                               haetae_sampler **ret_sampler)
{
    haetae_sampler *made;

    if (ret_sampler == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(0);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    made->rule = rule;
    snprintf(made->description, sizeof made->description, "%s", description);
    *ret_sampler = made;
    return HAETAE_OK;
}

haetae_status haetae_sampler_always_on(haetae_sampler **ret_sampler)
{
    return make_rule((struct hae_sampling){.threshold = 0}, "AlwaysOnSampler", ret_sampler);
}

haetae_status haetae_sampler_always_off(haetae_sampler **ret_sampler)
{
    return make_rule((struct hae_sampling){.threshold = HAE_THRESHOLD_OFF}, "AlwaysOffSampler",
                     ret_sampler);
}

haetae_status haetae_sampler_ratio(double ratio, haetae_sampler **ret_sampler)
{
    char text[HAE_DECIMAL_BYTES];
    char description[HAE_DECIMAL_BYTES + 32];

    if (!(ratio >= 0 && ratio <= 1)) {
        return HAETAE_EINVAL;
    }
    hae_decimal(ratio, text);
    snprintf(description, sizeof description, "TraceIdRatioBased{%s}", text);
    return make_rule(
        (struct hae_sampling){.threshold = hae_ratio_threshold(ratio), .is_ratio = true},
        description, ret_sampler);
}

/* ---- By the parent ------------------------------------------------------------------------- */

enum { ROOT, REMOTE_SAMPLED, REMOTE_NOT_SAMPLED, LOCAL_SAMPLED, LOCAL_NOT_SAMPLED, DELEGATES };

struct parent_based {
    haetae_sampler *delegates[DELEGATES]; /* NULL: as the parent */
};

static int32_t decide_by_parent(void *user, const haetae_sampling_input *input,
                                haetae_sampling *sampling)
{
    const struct parent_based *by = user;
    const haetae_sampling_input *in = input;
    bool sampled;
    size_t which = ROOT;

    if (in->parent != NULL) {
        sampled = (in->parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
        which = (in->parent->is_remote ? REMOTE_SAMPLED : LOCAL_SAMPLED) + (size_t)!sampled;
        if (by->delegates[which] == NULL) {
            hae_ot_keep_threshold_of(&sampling->trace_state, in->trace_id, sampled);
            return sampled ? HAETAE_SAMPLING_RECORD_AND_SAMPLE : HAETAE_SAMPLING_DROP;
        }
    }
    return hae_sampler_ask(by->delegates[which], in, sampling);
}

static void free_delegates(void *user)
{
    struct parent_based *by = user;

    for (size_t i = 0; i < DELEGATES; i++) {
        hae_sampler_drop(by->delegates[i]);
    }
}

static void give_back(haetae_sampler *const *samplers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (samplers[i] != NULL) {
            samplers[i]->owned = false;
        }
    }
}

/* Takes all of them, or none. */
static bool own_all(haetae_sampler *const *samplers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (samplers[i] != NULL && !hae_sampler_own(samplers[i])) {
            give_back(samplers, i);
            return false;
        }
    }
    return true;
}

static void describe_by_parent(haetae_sampler *made, const struct parent_based *by)
{
    static const char *const names[DELEGATES] = {"root", "remoteParentSampled",
                                                 "remoteParentNotSampled", "localParentSampled",
                                                 "localParentNotSampled"};
    size_t at = 0;
    size_t room = sizeof made->description;

    for (size_t i = 0; i < DELEGATES && at < room; i++) {
        if (by->delegates[i] != NULL) {
            at += (size_t)snprintf(made->description + at, room - at, "%s%s:%s",
                                   i == 0 ? "ParentBased{" : ",", names[i],
                                   by->delegates[i]->description);
        }
    }
    if (at < room) {
        snprintf(made->description + at, room - at, "}");
    }
}

/* Whether a rule alone says the same, which costs a span nothing. */
static bool is_rule(const struct parent_based *by)
{
    for (size_t i = REMOTE_SAMPLED; i < DELEGATES; i++) {
        if (by->delegates[i] != NULL) {
            return false;
        }
    }
    return by->delegates[ROOT]->sampler.decide == NULL;
}

haetae_status haetae_sampler_parent_based(const haetae_parent_based_options *options,
                                          haetae_sampler **ret_sampler)
{
    haetae_parent_based_options known = HAETAE_OPTIONS(haetae_parent_based_options);
    struct parent_based *by;
    haetae_sampler *made;

    if (options == NULL || ret_sampler == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_parent_based_options, &known, options) ==
            HAE_OPTION_STRUCT_REJECTED ||
        known.root == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(sizeof *by);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    by = made->sampler.user;
    *by = (struct parent_based){{known.root, known.remote_sampled, known.remote_not_sampled,
                                 known.local_sampled, known.local_not_sampled}};
    if (!own_all(by->delegates, DELEGATES)) {
        hae_free(made);
        return HAETAE_EINVAL;
    }
    made->sampler.done = free_delegates;
    for (size_t i = 0; i < DELEGATES; i++) {
        hae_sampler_add_working(made, by->delegates[i]);
    }
    describe_by_parent(made, by);
    if (is_rule(by)) {
        made->rule = (struct hae_sampling){by->delegates[ROOT]->rule.threshold, true, false};
    } else {
        made->sampler.decide = decide_by_parent;
    }
    *ret_sampler = made;
    return HAETAE_OK;
}

/* ---- Always record ------------------------------------------------------------------------- */

static int32_t decide_to_record(void *user, const haetae_sampling_input *input,
                                haetae_sampling *sampling)
{
    int32_t decision = hae_sampler_ask(user, input, sampling);

    return decision == HAETAE_SAMPLING_RECORD_AND_SAMPLE ? decision : HAETAE_SAMPLING_RECORD_ONLY;
}

static void free_root(void *user)
{
    hae_sampler_drop(user);
}

haetae_status haetae_sampler_always_record(haetae_sampler *root, haetae_sampler **ret_sampler)
{
    haetae_sampler *made;

    if (root == NULL || ret_sampler == NULL || root->owned) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(0);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    (void)hae_sampler_own(root);
    made->sampler = (struct hae_sampler){decide_to_record, free_root, root};
    hae_sampler_add_working(made, root);
    snprintf(made->description, sizeof made->description, "AlwaysRecord{%.230s}",
             root->description);
    *ret_sampler = made;
    return HAETAE_OK;
}

/* ---- A limited rate ----------------------------------------------------------------------- */

struct rate {
    uint64_t interval_ns;
    _Atomic uint64_t due_ns; /* written by all threads that start spans */
};

static int32_t decide_by_rate(void *user, const haetae_sampling_input *input,
                              haetae_sampling *sampling)
{
    struct rate *rate = user;

    (void)input;
    hae_ot_remove_threshold(&sampling->trace_state); /* nobody knows the probability */
    return hae_rate_take(&rate->due_ns, rate->interval_ns, hae_time_ns(CLOCK_MONOTONIC))
               ? HAETAE_SAMPLING_RECORD_AND_SAMPLE
               : HAETAE_SAMPLING_DROP;
}

haetae_status haetae_sampler_rate_limiting(double spans_per_second, haetae_sampler **ret_sampler)
{
    char text[HAE_DECIMAL_BYTES];
    haetae_sampler *made;
    struct rate *rate;

    if (ret_sampler == NULL || !(spans_per_second >= 1e-6 && spans_per_second <= 1e9)) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(sizeof *rate);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    rate = made->sampler.user;
    rate->interval_ns = hae_rate_interval_ns(spans_per_second);
    made->sampler.decide = decide_by_rate;
    hae_decimal(spans_per_second, text);
    snprintf(made->description, sizeof made->description, "RateLimitingSampler{%s}", text);
    *ret_sampler = made;
    return HAETAE_OK;
}
