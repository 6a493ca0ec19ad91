/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/w3c.h"

#include <string.h>

#include "context/trace_state.h"

static const char traceparent[] = "traceparent";
static const char tracestate[] = "tracestate";

/* Headers of one name that are read, at most. */
enum { VALUES_MAX = 256 };

static void inject(const struct hae_carried *carried, haetae_carrier_set set, void *carrier)
{
    char value[HAETAE_TRACEPARENT_LENGTH + 1];

    if (haetae_traceparent_format(&carried->span, value, sizeof value) == 0) {
        return;
    }
    set(carrier, traceparent, value);
    if (carried->trace_state.length != 0) {
        set(carrier, tracestate, carried->trace_state.text);
    }
}

/* Puts the members of all values together. Where one is malformed, the trace goes on without any
 * of them. */
static void extract_trace_state(const struct hae_headers *headers, struct hae_carried *carried)
{
    haetae_trace_state sum = {.length = 0};
    haetae_string text = {NULL, 0};
    size_t count = 0;

    for (const char *value; (value = hae_header(headers, tracestate, count)) != NULL; count++) {
        if (count == VALUES_MAX || !hae_trace_state_append(&sum, value, strlen(value))) {
            return;
        }
        text = haetae_string_of(value);
    }
    carried->trace_state = sum;
    if (count == 1 && sum.length != 0) {
        carried->carrier_text = text;
    }
}

static haetae_status extract(const struct hae_headers *headers, struct hae_carried *carried)
{
    const char *value = hae_header(headers, traceparent, 0);
    haetae_span_context span;

    if (value == NULL || haetae_traceparent_parse(value, strlen(value), &span) != HAETAE_OK ||
        hae_header(headers, traceparent, 1) != NULL) {
        return HAETAE_EFORMAT;
    }
    carried->span = span;
    extract_trace_state(headers, carried);
    return HAETAE_OK;
}

static const char *const fields[] = {traceparent, tracestate, NULL};

const struct hae_propagator hae_propagator_w3c = {
    .name = "tracecontext", .fields = fields, .inject = inject, .extract = extract};
