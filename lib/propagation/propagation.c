/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_context_inject() and haetae_context_extract(): the propagators that are in use. */
#include "context/current.h"
#include "propagation/w3c.h"
#include "trace/trace_state.h"

static const struct hae_propagator *const items[] = {&hae_propagator_w3c};
static const struct hae_propagators in_use = {items, sizeof items / sizeof items[0]};

void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier)
{
    char trace_state[HAETAE_TRACE_STATE_MAX + 1];
    struct hae_carried carried;

    if (span == HAETAE_SPAN_NONE) {
        span = haetae_current_span();
        haetae_current_span_context(&carried.span);
    } else if (!haetae_span_get_context(span, &carried.span)) {
        hae_count_stale_handle(span);
        return;
    }
    if (set == NULL) {
        return;
    }
    carried.trace_state = (haetae_string){trace_state, hae_span_trace_state(span, trace_state)};
    trace_state[carried.trace_state.length] = '\0';
    hae_propagators_inject(&in_use, &carried, set, carrier);
}

haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                     haetae_span_context *ret_context,
                                     haetae_string *ret_trace_state)
{
    struct hae_carried carried;
    haetae_status status;

    if (get == NULL || ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    status = hae_propagators_extract(&in_use, get, carrier, &carried);
    if (status == HAETAE_OK) {
        *ret_context = carried.span;
        if (ret_trace_state != NULL) {
            *ret_trace_state = carried.trace_state;
        }
    }
    return status;
}
