/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/w3c.h"

#include "context/trace_state.h"

static const char traceparent[] = "traceparent";
static const char tracestate[] = "tracestate";

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    const struct hae_carried *carried = &injection->carried;
    char value[HAETAE_TRACEPARENT_LENGTH + 1];
    size_t length = haetae_traceparent_format(&carried->span, value, sizeof value);

    (void)format;
    if (length == 0) {
        return;
    }
    hae_set_header(&injection->setter, traceparent, (haetae_string){value, length});
    if (carried->trace_state.length != 0) {
        hae_set_header(&injection->setter, tracestate,
                       (haetae_string){carried->trace_state.text, carried->trace_state.length});
    }
}

/* Puts the members of all values together. Where one is malformed, the trace goes on without any
 * of them. */
static void extract_trace_state(const struct hae_getter *getter, struct hae_carried *carried)
{
    haetae_trace_state sum = {.length = 0};
    haetae_string text = {NULL, 0};
    size_t count = 0;

    for (haetae_string value; hae_header(getter, tracestate, count, &value); count++) {
        if (count == HAE_HEADER_VALUES_MAX ||
            !hae_trace_state_append(&sum, value.data, value.length)) {
            return;
        }
        text = value;
    }
    carried->trace_state = sum;
    if (count == 1 && sum.length != 0) {
        carried->carrier_text = text;
    }
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    const struct hae_getter *getter = &extraction->getter;
    haetae_string value;
    haetae_span_context span;

    (void)format;
    if (!hae_header(getter, traceparent, 0, &value) ||
        haetae_traceparent_parse(value.data, value.length, &span) != HAETAE_OK ||
        hae_header(getter, traceparent, 1, &value)) {
        return HAETAE_EFORMAT;
    }
    carried->span = span;
    extract_trace_state(getter, carried);
    return HAETAE_OK;
}

static const char *const fields[] = {traceparent, tracestate, NULL};

const struct hae_format hae_format_w3c = {
    .name = "tracecontext", .fields = fields, .inject = inject, .extract = extract};
