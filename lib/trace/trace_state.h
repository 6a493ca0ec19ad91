/* SPDX-License-Identifier: Apache-2.0 */
/* The W3C tracestate of spans. A span has its number in the store, and the text itself in its slot,
 * where it is as long as the span is open. context/trace_state.h has the rules for the text. */
#ifndef HAETAE_TRACE_TRACE_STATE_H
#define HAETAE_TRACE_TRACE_STATE_H

#include "context/current.h"

/* Copies the tracestate of an open span out of its slot. Returns its length, 0 when there is none.
 */
size_t hae_trace_state_of_span(haetae_span span, char *buffer);

/* What a new span has: `given`, if it is valid, else the parent's. It is `ret_trace_state`, with
 * its number in the store; the number is 0 where there is none. */
uint64_t hae_trace_state_for_child(const struct hae_current *parent, haetae_string given,
                                   haetae_trace_state *ret_trace_state);

#endif
