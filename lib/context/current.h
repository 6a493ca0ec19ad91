/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's current context, for the signals that correlate with it. */
#ifndef HAE_CONTEXT_CURRENT_H
#define HAE_CONTEXT_CURRENT_H

#include "haetae/context.h"
#include "recorder/call.h"

/* A thread's current context, as context.h of the API tells it. */
struct hae_current {
    uint64_t trace_id[2]; /* bytes in memory order */
    uint64_t span_id;
    haetae_span span; /* 0 for a bare span context */
    uint8_t trace_flags;
    uint8_t is_remote;
    uint8_t valid;
    uint8_t has_trace_state; /* which is in the span's slot */
    uint32_t depth;          /* attaches not detached yet */
};
_Static_assert(sizeof(struct hae_current) <= HAE_THREAD_CONTEXT_BYTES, "it lies in hae_thread");

/* The calling thread's own. Only lib/context changes it. */
static inline struct hae_current *hae_current_of_thread(void)
{
    return (struct hae_current *)(void *)hae_thread.context;
}

static inline const struct hae_current *hae_current(void)
{
    return hae_current_of_thread();
}

/* The same from a span context of the API; not valid for NULL. */
struct hae_current hae_current_from(const haetae_span_context *context);

/* Detaches that had no attach, in this process. */
uint64_t hae_context_misuse_count(void);

/* After fork(), in the child: none of them were its own. */
void hae_context_in_child(void);

/* Counts a call with a handle that is spent; of no recorder, nobody can count it. */
void hae_count_stale_handle(haetae_span span);

/* Whether a tracestate is passed on, as it came: not empty, not too long, and nothing in
 * it that could break a header or a log. It is printable ASCII. */
bool hae_trace_state_usable(haetae_string text);

/* Copies the trace_state of an open span into `buffer`, which has room for
 * HAETAE_TRACE_STATE_MAX bytes; returns its length. */
size_t hae_span_trace_state(haetae_span span, char *buffer);

#endif
