/* SPDX-License-Identifier: Apache-2.0 */
/* Handles that only carry a context on: a span that is given a parent and starts where nothing
 * records (no SDK, tracing off, after the shutdown, no slot left) has the context of its parent, so
 * that a request which passes through this process keeps its trace. Such a handle records nothing
 * and is ended like any other. The table of them is one for the process. Any thread and any signal
 * handler may use it; nothing waits. Specification: "Behavior of the API in the absence of an
 * installed SDK". */
#ifndef HAETAE_CONTEXT_RELAY_H
#define HAETAE_CONTEXT_RELAY_H

#include "context/span_identity.h"

/* A handle for a context, or HAETAE_SPAN_NONE: the context is not valid, or too many are open. */
haetae_span hae_relay_new(const struct hae_current *context);

/* Its context, with the handle as its span. False: it is no such handle, or has ended. */
bool hae_relay_find(haetae_span span, struct hae_current *ret_current);

/* Ends it. False: it is no such handle, or has ended. */
bool hae_relay_end(haetae_span span);

#endif
