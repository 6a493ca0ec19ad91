/* SPDX-License-Identifier: Apache-2.0 */
/* Composables: they state with which threshold a span should be sampled. */
#ifndef HAETAE_TRACE_COMPOSABLE_H
#define HAETAE_TRACE_COMPOSABLE_H

#include "trace/sampler.h"

struct haetae_composable {
    void (*intend)(void *self, const haetae_sampling_input *input, haetae_sampling *sampling,
                   haetae_sampling_intent *intent);
    void (*done)(void *self); /* NULL: nothing to do */
    void *self;
    bool owned; /* by another composable, or a sampler */
    char description[HAE_DESCRIPTION_BYTES];
};

/* Makes one with `state_bytes` of zeroed memory for its own state, which is `self`, and is freed
 * with it. NULL: no memory. */
struct haetae_composable *hae_composable_make(size_t state_bytes);

/* Takes it from the caller. False, and nothing has changed: NULL, or it has an owner. */
bool hae_composable_own(haetae_composable *composable);

/* Frees one that is owned. NULL: does nothing. */
void hae_composable_drop(haetae_composable *composable);

/* The threshold for a share of the traces, with four significant digits.
 * Specification: "Converting floating-point probability to threshold value". */
uint64_t hae_probability_threshold(double ratio);

#endif
