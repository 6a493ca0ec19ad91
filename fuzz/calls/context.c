/* SPDX-License-Identifier: Apache-2.0 */
/* The current context of the thread, and headers. */
#include <string.h>

#include "calls/calls.h"

static void check_current(const struct calls *calls)
{
    haetae_span_context current;
    bool valid = haetae_current_span_context(&current);

    FUZZ_CHECK(valid == haetae_span_context_is_valid(&calls->current.ids), "current or not");
    FUZZ_CHECK(!valid || memcmp(&current, &calls->current.ids, sizeof current) == 0,
               "another context is current");
    FUZZ_CHECK(haetae_current_span() == calls->current.span, "another span is current");
}

static void attach(struct calls *calls, bool remote)
{
    haetae_context_token *token = &calls->tokens[calls->depth];
    struct calls_span *span = &calls->spans[fuzz_below(&calls->input, CALLS_SPANS)];
    haetae_span_context context;

    if (calls->depth == CALLS_TOKENS) {
        return;
    }
    calls->before[calls->depth++] = calls->current;
    if (remote) {
        context = calls_span_context(calls);
        haetae_context_attach_remote(&context, token);
        calls->current = (struct calls_context){.span = HAETAE_SPAN_NONE};
        if (haetae_span_context_is_valid(&context)) {
            calls->current.ids = context;
        }
    } else {
        haetae_context_attach(span->handle, token);
        if (span->open) {
            calls->current = (struct calls_context){span->ids, span->handle};
        }
    }
}

/* Detaches a token, and with it all inner ones. */
static void detach(struct calls *calls, unsigned index)
{
    haetae_context_detach(&calls->tokens[index]);
    calls->current = calls->before[index];
    calls->depth = index;
    check_current(calls);
    haetae_context_detach(&calls->tokens[index]); /* has no effect */
}

void calls_detach_all(struct calls *calls)
{
    if (calls->depth > 0) {
        detach(calls, 0);
    }
}

struct headers {
    char parent[64];
    char state[HAETAE_TRACE_STATE_MAX + 1];
};

static void set_header(void *carrier, const char *key, const char *value)
{
    struct headers *headers = carrier;

    snprintf(strcmp(key, "traceparent") == 0 ? headers->parent : headers->state,
             strcmp(key, "traceparent") == 0 ? sizeof headers->parent : sizeof headers->state, "%s",
             value);
}

static const char *get_header(void *carrier, const char *key)
{
    const struct headers *headers = carrier;
    const char *value = strcmp(key, "traceparent") == 0  ? headers->parent
                        : strcmp(key, "tracestate") == 0 ? headers->state
                                                         : "";

    return value[0] != '\0' ? value : NULL;
}

/* What is injected is extracted again. */
static void through_headers(struct calls *calls)
{
    const struct calls_span *span = &calls->spans[fuzz_below(&calls->input, CALLS_SPANS)];
    struct headers headers = {"", ""};
    haetae_span_context got;
    haetae_string state;

    haetae_context_inject(span->handle, set_header, &headers);
    if (!span->open && span->handle != HAETAE_SPAN_NONE) {
        FUZZ_CHECK(headers.parent[0] == '\0', "a stale handle was injected");
        return;
    }
    if (!span->open && !haetae_span_context_is_valid(&calls->current.ids)) {
        FUZZ_CHECK(headers.parent[0] == '\0', "no context was injected");
        return;
    }
    FUZZ_CHECK(haetae_context_extract(get_header, &headers, &got, &state) == HAETAE_OK,
               "%s cannot be extracted", headers.parent);
    FUZZ_CHECK(got.is_remote == 1, "what was extracted is not remote");
    got.is_remote = span->open ? span->ids.is_remote : calls->current.ids.is_remote;
    FUZZ_CHECK(memcmp(&got, span->open ? &span->ids : &calls->current.ids, sizeof got) == 0,
               "another context was extracted");
}

void calls_on_context(struct calls *calls)
{
    haetae_context_token never = {{0}};

    switch (fuzz_below(&calls->input, 6)) {
    case 0:
    case 1:
        attach(calls, false);
        break;
    case 2:
        attach(calls, true);
        break;
    case 3:
        through_headers(calls);
        break;
    case 4:
        haetae_context_detach(&never);
        break;
    default:
        if (calls->depth > 0) {
            detach(calls, calls->depth - 1 - fuzz_below(&calls->input, calls->depth));
        }
        break;
    }
    check_current(calls);
}
