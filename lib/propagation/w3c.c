/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/w3c.h"

#include <string.h>

#include "trace/trace_state.h"

static const char traceparent[] = "traceparent";
static const char tracestate[] = "tracestate";

static void inject(const struct hae_carried *carried, haetae_carrier_set set, void *carrier)
{
    char value[HAETAE_TRACEPARENT_LENGTH + 1];

    if (haetae_traceparent_format(&carried->span, value, sizeof value) == 0) {
        return;
    }
    set(carrier, traceparent, value);
    if (carried->trace_state.length != 0) {
        set(carrier, tracestate, carried->trace_state.data);
    }
}

static haetae_status extract(haetae_carrier_get get, void *carrier, struct hae_carried *carried)
{
    const char *value = get(carrier, traceparent);
    haetae_status status = HAETAE_EFORMAT;

    if (value != NULL) {
        status = haetae_traceparent_parse(value, strlen(value), &carried->span);
    }
    if (status == HAETAE_OK) {
        carried->trace_state = haetae_string_of(get(carrier, tracestate));
        if (!hae_trace_state_valid(carried->trace_state)) {
            carried->trace_state.length = 0; /* the trace goes on without it */
        }
    }
    return status;
}

static const char *const fields[] = {traceparent, tracestate, NULL};

const struct hae_propagator hae_propagator_w3c = {
    .name = "tracecontext", .fields = fields, .inject = inject, .extract = extract};
