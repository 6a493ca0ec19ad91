/* SPDX-License-Identifier: Apache-2.0 */
/* The W3C tracestate of a span. The library passes it on as it came, and reads nothing in it.
 * Specification: W3C Trace Context, "tracestate Header". */
#ifndef HAETAE_TRACE_TRACE_STATE_H
#define HAETAE_TRACE_TRACE_STATE_H

#include "haetae/context.h"

/* Whether a tracestate can be passed on: not empty, not too long, and printable ASCII, so that
 * nothing in it breaks a header or a log. */
bool hae_trace_state_valid(haetae_string text);

/* Copies the tracestate of an open span into `buffer`, which has room for
 * HAETAE_TRACE_STATE_MAX bytes; returns its length, 0 when there is none. */
size_t hae_span_trace_state(haetae_span span, char *buffer);

#endif
