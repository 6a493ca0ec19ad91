/* SPDX-License-Identifier: Apache-2.0 */
/* The context of the calling thread: the current span, which the signals correlate with, and
 * values by key, such as baggage.
 * Specification: "Context". */
#ifndef HAETAE_CONTEXT_CURRENT_H
#define HAETAE_CONTEXT_CURRENT_H

#include "context/span_identity.h"
#include "recorder/call.h"

struct hae_values;

/* All that attach replaces and detach gives back. */
struct hae_context {
    struct hae_current current;
    const struct hae_values *values; /* whoever attached them has a reference; NULL: none */
};
_Static_assert(sizeof(struct hae_context) <= HAE_THREAD_CONTEXT_BYTES, "it lies in hae_thread");

/* The calling thread's. It lies in the thread's block, which has room for it. */
static inline struct hae_context *hae_context(void)
{
    return (struct hae_context *)(void *)hae_thread.context;
}

static inline const struct hae_current *hae_current(void)
{
    return &hae_context()->current;
}

/* Converts a span context of the API. The result is not valid when `context` is NULL or not
 * valid. */
struct hae_current hae_current_from(const haetae_span_context *context);

/* The context of an open span, and of a handle that only carries a context on. False, and *ret is
 * untouched: the handle is stale, or HAETAE_SPAN_NONE. */
bool hae_current_of_span(haetae_span span, struct hae_current *ret_current);

/* Converts back. `trace_state` is the number that the copy leads to. */
void hae_current_to_context(const struct hae_current *current, uint64_t trace_state,
                            haetae_span_context *ret_context);

/* The number of the tracestate that a context leads to, or 0. */
uint64_t hae_context_trace_state(const haetae_span_context *context);

/* The context that a call names: the span's, if the handle is not stale, else `context`, if it is
 * not NULL, else the thread's current one. A stale handle is counted. */
struct hae_current hae_current_named(haetae_span span, const haetae_span_context *context);

/* Makes a span context and values current. `values` stays the caller's until the detach. */
void hae_context_attach_both(const struct hae_current *next, const struct hae_values *values,
                             haetae_context_token *token);

/* Prepares the stack of a coroutine, which begins with these. */
void hae_context_stack_fill(haetae_context_stack *stack, const struct hae_current *current,
                            const struct hae_values *values);

/* Counts a mistake with tokens, stacks or references, for the process. */
void hae_context_count_misuse(void);

/* How many there were, in this process. */
uint64_t hae_context_misuse_count(void);

/* Adds the hooks of the context to the table of base/atfork.h, once. */
void hae_context_watch_fork(void);

/* Counts a call with a stale handle, for the recorder the handle names. A handle that names
 * none is not counted: nobody would report it. */
void hae_count_stale_handle(haetae_span span);

/* Finds the text of a context that may have one. False, and it is empty: there is none. */
bool hae_current_trace_state(const struct hae_current *current,
                             haetae_trace_state *ret_trace_state);

/* The number of a context's tracestate, for a copy of the context: a new one where the store has
 * forgotten the text of an open span. 0: there is none. */
uint64_t hae_current_trace_state_number(const struct hae_current *current);

#endif
