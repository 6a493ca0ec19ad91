/* SPDX-License-Identifier: Apache-2.0 */
/* The W3C tracestate of spans. A span has its number in the store, and the text itself in its slot,
 * where it is as long as the span is open. context/trace_state.h has the rules for the text. */
#ifndef HAETAE_TRACE_TRACE_STATE_H
#define HAETAE_TRACE_TRACE_STATE_H

#include "context/current.h"

/* Finds the text of a context that may have one. False, and it is empty: there is none. */
bool hae_current_trace_state(const struct hae_current *current,
                             haetae_trace_state *ret_trace_state);

/* The number of a context's tracestate, for a copy of the context: a new one where the store has
 * forgotten the text of an open span. 0: there is none. */
uint64_t hae_current_trace_state_number(const struct hae_current *current);

/* What a new span has: `given`, if it is valid, else the parent's. It is `ret_trace_state`, with
 * its number in the store; the number is 0 where there is none. */
uint64_t hae_trace_state_for_child(const struct hae_current *parent, haetae_string given,
                                   haetae_trace_state *ret_trace_state);

#endif
