/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts as objects: a span context and a set of values, with references. */
#ifndef HAETAE_CONTEXT_CONTEXT_H
#define HAETAE_CONTEXT_CONTEXT_H

#include "context/current.h"
#include "context/values.h"

struct haetae_context {
    _Atomic size_t references; /* 0: the root, or one that a callback is shown */
    struct hae_current current;
    struct hae_values *values;
    /* A copy of the tracestate, since the store forgets. NULL: there is none. */
    const haetae_trace_state *trace_state;
};

/* A context without references, which shows what is current on the thread, with `current` in place
 * of its span. It is valid as long as the thread's context stays. */
haetae_context hae_context_view(const struct hae_current *current);

/* What `context` says, or, for NULL, what the thread's current context says. */
const struct hae_current *hae_context_current_of(const haetae_context *context);
const struct hae_values *hae_context_values_of(const haetae_context *context);

/* A context of these parts. It takes references of its own.
 * Output untouched on failure. Errors: HAETAE_ENOMEM. */
haetae_status hae_context_new(const struct hae_current *current, const struct hae_values *values,
                              const haetae_trace_state *trace_state, haetae_context **ret_context);

/* `context` (NULL: the current one) with other values, of which it takes a reference of its own. */
haetae_status hae_context_with_values(const haetae_context *context,
                                      const struct hae_values *values,
                                      haetae_context **ret_context);

#endif
