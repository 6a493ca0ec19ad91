/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context of an incoming request.
 * Input: a traceparent value, a line feed, and a tracestate. */
#include <stdlib.h>
#include <string.h>

#include "haetae/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct carrier {
    char *traceparent;
    char *tracestate; /* NULL: no such header */
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const char *get(void *user, const char *key)
{
    struct carrier *carrier = user;
    if (strcmp(key, "traceparent") == 0)
        return carrier->traceparent;
    return strcmp(key, "tracestate") == 0 ? carrier->tracestate : NULL;
}

/* An accepted context is the same after injection and extraction. */
static void check_round_trip(const haetae_span_context *context)
{
    char text[HAETAE_TRACEPARENT_LENGTH + 1];
    haetae_span_context again;
    check(haetae_span_context_is_valid(context) && context->is_remote == 1);
    check(haetae_traceparent_format(context, text, sizeof text) == HAETAE_TRACEPARENT_LENGTH);
    check(haetae_traceparent_parse(text, HAETAE_TRACEPARENT_LENGTH, &again) == HAETAE_OK);
    check(memcmp(again.trace_id, context->trace_id, sizeof again.trace_id) == 0);
    check(memcmp(again.span_id, context->span_id, sizeof again.span_id) == 0);
}

/* A tracestate that was accepted is accepted again, unchanged, and one member can be changed. */
static void check_trace_state(const haetae_trace_state *state)
{
    haetae_trace_state again;
    haetae_string value;
    check(state->length <= HAETAE_TRACE_STATE_MAX && strlen(state->text) == state->length);
    check(haetae_trace_state_parse(state->text, state->length, &again) == HAETAE_OK);
    check(again.length == state->length && memcmp(again.text, state->text, again.length) == 0);
    check(haetae_trace_state_set(&again, "new", 3, "value", 5) == HAETAE_OK);
    check(haetae_trace_state_get(&again, "new", 3, &value) && value.length == 5);
    check(again.length <= HAETAE_TRACE_STATE_MAX && strlen(again.text) == again.length);
    check(haetae_trace_state_delete(&again, "new", 3));
    check(again.length <= state->length);
}

static void extract(struct carrier *carrier)
{
    haetae_span_context context;
    haetae_trace_state kept;
    haetae_string trace_state = {NULL, 0};
    if (haetae_context_extract(get, carrier, &context, &trace_state) != HAETAE_OK)
        return;
    check_round_trip(&context);
    check(haetae_span_context_get_trace_state(&context, &kept) == (trace_state.length != 0));
    check_trace_state(&kept);
    check(trace_state.length == 0 ||
          memcmp(trace_state.data, carrier->tracestate, trace_state.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    haetae_span_context context;
    if (haetae_traceparent_parse((const char *)data, size, &context) == HAETAE_OK)
        check_round_trip(&context);

    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    char *line_feed = strchr(text, '\n');
    struct carrier carrier = {text, NULL};
    if (line_feed != NULL) {
        *line_feed = '\0';
        carrier.tracestate = line_feed + 1;
    }
    extract(&carrier);
    free(text);
    return 0;
}
