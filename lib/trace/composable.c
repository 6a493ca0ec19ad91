/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/composable.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/option_struct.h"
#include "trace/ot_state.h"

struct haetae_composable *hae_composable_make(size_t state_bytes)
{
    enum { ALIGN = sizeof(max_align_t) };
    size_t at = (sizeof(struct haetae_composable) + ALIGN - 1) / ALIGN * ALIGN;
    struct haetae_composable *made = hae_calloc(1, at + state_bytes);

    if (made != NULL && state_bytes != 0) {
        made->self = (char *)made + at;
    }
    return made;
}

bool hae_composable_own(haetae_composable *composable)
{
    if (composable == NULL || composable->owned) {
        return false;
    }
    composable->owned = true;
    return true;
}

void hae_composable_drop(haetae_composable *composable)
{
    if (composable != NULL) {
        if (composable->done != NULL) {
            composable->done(composable->self);
        }
        hae_free(composable);
    }
}

void haetae_composable_free(haetae_composable *composable)
{
    if (composable != NULL && !composable->owned) {
        hae_composable_drop(composable);
    }
}

void haetae_composable_intend(const haetae_composable *composable,
                              const haetae_sampling_input *input, haetae_sampling *sampling,
                              haetae_sampling_intent *intent)
{
    if (composable != NULL && input != NULL && sampling != NULL && intent != NULL) {
        composable->intend(composable->self, input, sampling, intent);
    }
}

haetae_status haetae_composable_new(const haetae_composable_ops *ops, void *self,
                                    haetae_composable **ret_composable)
{
    haetae_composable_ops known = HAETAE_OPTIONS(haetae_composable_ops);
    haetae_composable *made;

    if (ops == NULL || ret_composable == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_composable_ops, &known, ops) == HAE_OPTION_STRUCT_REJECTED ||
        known.intend == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_composable_make(0);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    made->intend = known.intend;
    made->done = known.free;
    made->self = self;
    snprintf(made->description, sizeof made->description, "%s",
             known.description != NULL ? known.description : "");
    *ret_composable = made;
    return HAETAE_OK;
}

/* ---- A fixed threshold --------------------------------------------------------------------- */

/* A mantissa of 52 bits has 13 digits. One of them at least is significant. */
enum { MANTISSA_BITS = 52, PRECISION = 4, PRECISION_MAX = 12 };

/* 1 - ratio as a fraction, rounded to so many digits behind those that are f because the ratio is
 * small: the fraction of 2 - ratio is the mantissa of a double. */
uint64_t hae_probability_threshold(double ratio)
{
    static const uint64_t mantissa_mask = (UINT64_C(1) << MANTISSA_BITS) - 1;
    int leading_zero_bits = 0;
    int digits;
    double rejected = 2 - ratio;
    uint64_t mantissa = mantissa_mask;

    if (ratio >= 1) {
        return 0;
    }
    for (double scaled = ratio; scaled < 0.5; scaled *= 2) {
        leading_zero_bits++;
    }
    digits = PRECISION + leading_zero_bits / 4;
    digits = digits < PRECISION_MAX ? digits : PRECISION_MAX;
    rejected += 0.5 / (double)(UINT64_C(1) << 4 * digits);
    if (rejected < 2) {
        memcpy(&mantissa, &rejected, sizeof mantissa);
        mantissa &= mantissa_mask;
    }
    mantissa = mantissa >> (MANTISSA_BITS - 4 * digits) << (MANTISSA_BITS - 4 * digits);
    return mantissa << 4;
}

struct fixed {
    uint64_t threshold;
};

static void intend_fixed(void *self, const haetae_sampling_input *input, haetae_sampling *sampling,
                         haetae_sampling_intent *intent)
{
    const struct fixed *fixed = self;

    (void)input;
    (void)sampling;
    intent->threshold = fixed->threshold;
    intent->adjusted_count_reliable = fixed->threshold < HAETAE_SAMPLING_NEVER;
}

static haetae_status make_fixed(uint64_t threshold, const char *description,
                                haetae_composable **ret_composable)
{
    haetae_composable *made;

    if (ret_composable == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_composable_make(sizeof(struct fixed));
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    *(struct fixed *)made->self = (struct fixed){threshold};
    made->intend = intend_fixed;
    snprintf(made->description, sizeof made->description, "%s", description);
    *ret_composable = made;
    return HAETAE_OK;
}

haetae_status haetae_composable_always_on(haetae_composable **ret_composable)
{
    return make_fixed(0, "ComposableAlwaysOn", ret_composable);
}

haetae_status haetae_composable_always_off(haetae_composable **ret_composable)
{
    return make_fixed(HAETAE_SAMPLING_NEVER, "ComposableAlwaysOff", ret_composable);
}

haetae_status haetae_composable_probability(double ratio, haetae_composable **ret_composable)
{
    static const double least = 1.0 / (double)HAETAE_SAMPLING_NEVER;
    char text[HAE_DECIMAL_BYTES];
    char description[HAE_DECIMAL_BYTES + 32];

    if (ratio == 0) {
        return haetae_composable_always_off(ret_composable);
    }
    if (!(ratio >= least && ratio <= 1)) {
        return HAETAE_EINVAL;
    }
    hae_decimal(ratio, text);
    snprintf(description, sizeof description, "ComposableProbability{%s}", text);
    return make_fixed(hae_probability_threshold(ratio), description, ret_composable);
}

/* ---- As the parent --------------------------------------------------------------------------- */

static void intend_as_parent(void *self, const haetae_sampling_input *input,
                             haetae_sampling *sampling, haetae_sampling_intent *intent)
{
    const haetae_sampling_input *in = input;
    struct hae_ot_state ot;
    bool sampled;

    if (in->parent == NULL) {
        haetae_composable_intend(self, in, sampling, intent);
        return;
    }
    sampled = (in->parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    ot = hae_ot_read(&sampling->trace_state);
    if (ot.has_threshold &&
        sampled == (hae_trace_randomness(in->trace_id, &sampling->trace_state) >= ot.threshold)) {
        intent->threshold = ot.threshold;
        intent->adjusted_count_reliable = 1;
    } else {
        intent->threshold = sampled ? 0 : HAETAE_SAMPLING_NEVER;
        intent->adjusted_count_reliable = 0;
    }
}

static void drop_delegate(void *self)
{
    hae_composable_drop(self);
}

haetae_status haetae_composable_parent_threshold(haetae_composable *root,
                                                 haetae_composable **ret_composable)
{
    haetae_composable *made;

    if (root == NULL || ret_composable == NULL || root->owned) {
        return HAETAE_EINVAL;
    }
    made = hae_composable_make(0);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    (void)hae_composable_own(root);
    made->intend = intend_as_parent;
    made->done = drop_delegate;
    made->self = root;
    snprintf(made->description, sizeof made->description, "ComposableParentThreshold{%.220s}",
             root->description);
    *ret_composable = made;
    return HAETAE_OK;
}
