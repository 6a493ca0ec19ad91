/* SPDX-License-Identifier: Apache-2.0 */
/* The context of the calling thread: the current span, which the signals correlate with, and
 * values by key, such as baggage.
 * Specification: "Context". */
#ifndef HAETAE_CONTEXT_CURRENT_H
#define HAETAE_CONTEXT_CURRENT_H

#include "context/span_identity.h"
#include "recorder/call.h"

/* A value of the context. A thread's values are a list that only ever grows at its head: no
 * node changes while it is attached, so whoever holds a head holds a whole context. */
struct hae_context_value {
    const void *key; /* an address of the key's owner, e.g. of a static variable */
    const void *value;
    const struct hae_context_value *next; /* what was attached before */
};

/* All that attach replaces and detach gives back. */
struct hae_context {
    struct hae_current current;
    const struct hae_context_value *values; /* newest first; NULL: none */
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

/* Adds a value to the thread's context, or hides an older one of the same key, until detach.
 * Ownership: `value` stays the caller's, who fills key and value, and keeps all of it as it is
 * until the detach. `token` as in haetae_context_attach(). */
void hae_context_attach_value(struct hae_context_value *value, haetae_context_token *token);

/* The newest value of a key in a list, such as hae_context()->values; NULL: there is none. */
const void *hae_context_value(const struct hae_context_value *values, const void *key);

/* Detaches without an attach, in this process. */
uint64_t hae_context_misuse_count(void);

/* Adds the hooks of the context to the table of base/atfork.h, once. */
void hae_context_watch_fork(void);

/* Counts a call with a stale handle, for the recorder the handle names. A handle that names
 * none is not counted: nobody would report it. */
void hae_count_stale_handle(haetae_span span);

#endif
