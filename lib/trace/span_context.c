/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that copy the context of a span or of the thread, with what leads to its tracestate. */
#include "context/current.h"
#include "trace/trace_state.h"

static void give(const struct hae_current *current, haetae_span_context *ret_context)
{
    if (ret_context != NULL) {
        hae_current_to_context(current, hae_current_trace_state_number(current), ret_context);
    }
}

bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context)
{
    struct hae_current current = {.valid = 0};

    (void)hae_current_of_span(span, &current);
    give(&current, ret_context);
    return current.valid != 0;
}

bool haetae_current_span_context(haetae_span_context *ret_context)
{
    const struct hae_current *current = hae_current();

    give(current, ret_context);
    return current->valid != 0;
}

bool haetae_span_get_trace_state(haetae_span span, haetae_trace_state *ret_trace_state)
{
    struct hae_current current = *hae_current();
    haetae_trace_state found = {.length = 0};

    if (span == HAETAE_SPAN_NONE || hae_current_of_span(span, &current)) {
        (void)hae_current_trace_state(&current, &found);
    }
    if (ret_trace_state != NULL) {
        *ret_trace_state = found;
    }
    return found.length != 0;
}
