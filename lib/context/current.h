/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's current context, for the signals that correlate with it. */
#ifndef HAE_CONTEXT_CURRENT_H
#define HAE_CONTEXT_CURRENT_H

#include "haetae/context.h"
#include "recorder/call.h"

static inline const struct hae_current *hae_current(void)
{
    return &hae_thread.current;
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
