/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in a tracestate: the rules of W3C Trace Context, "tracestate Header". */
#ifndef HAETAE_CONTEXT_TRACE_STATE_H
#define HAETAE_CONTEXT_TRACE_STATE_H

#include "haetae/context.h"

/* Adds the members of a text, such as the value of a further header, behind those that are there.
 * False, and nothing has changed: a member is malformed, or there would be too many. */
bool hae_trace_state_append(haetae_trace_state *trace_state, const char *text, size_t length);

#endif
