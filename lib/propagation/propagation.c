/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_context_inject() and haetae_context_extract(): the propagators that are in use. */
#include "context/current.h"
#include "propagation/w3c.h"
#include "trace/trace_state.h"

static const struct hae_propagator *const items[] = {&hae_propagator_w3c};
static const struct hae_propagators in_use = {items, sizeof items / sizeof items[0]};

void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier)
{
    struct hae_current current = *hae_current();
    struct hae_carried carried;

    if (span != HAETAE_SPAN_NONE && !hae_current_of_span(span, &current)) {
        hae_count_stale_handle(span);
        return;
    }
    if (set == NULL || !current.valid) {
        return;
    }
    hae_current_to_context(&current, current.trace_state, &carried.span);
    (void)hae_current_trace_state(&current, &carried.trace_state);
    hae_propagators_inject(&in_use, &carried, set, carrier);
}

static haetae_status extract(const struct hae_headers *headers, haetae_span_context *ret_context,
                             haetae_string *ret_trace_state)
{
    struct hae_carried carried;
    haetae_status status = hae_propagators_extract(&in_use, headers, &carried);

    if (status != HAETAE_OK) {
        return status;
    }
    if (carried.trace_state.length != 0) {
        (void)haetae_span_context_set_trace_state(&carried.span, &carried.trace_state);
    }
    *ret_context = carried.span;
    if (ret_trace_state != NULL) {
        *ret_trace_state = carried.carrier_text;
    }
    return HAETAE_OK;
}

haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                     haetae_span_context *ret_context,
                                     haetae_string *ret_trace_state)
{
    struct hae_headers headers = {.get = get, .carrier = carrier};

    return get != NULL && ret_context != NULL ? extract(&headers, ret_context, ret_trace_state)
                                              : HAETAE_EINVAL;
}

haetae_status haetae_context_extract_all(haetae_carrier_get_all get, void *carrier,
                                         haetae_span_context *ret_context)
{
    struct hae_headers headers = {.get_all = get, .carrier = carrier};

    return get != NULL && ret_context != NULL ? extract(&headers, ret_context, NULL)
                                              : HAETAE_EINVAL;
}
