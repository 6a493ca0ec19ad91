/* SPDX-License-Identifier: Apache-2.0 */
/* Spans: parents, the current context, propagation, status, and misuse. */
#include <strings.h>

#include "everything.h"

static const char scope_id[] = "interop/contexts";

/* ---- Parents ------------------------------------------------------------------------ */

static void record_family(const struct run *run, haetae_tracer *tracer)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span parent = haetae_span_start(tracer, HAETAE_TEXT("parent"), HAETAE_SPAN_KIND_SERVER);
    struct expected_span expected = expected_root(parent, STRING_OF("parent"));
    haetae_context_token token, inner_token;
    haetae_span_context current;
    haetae_span child, grandchild, root;

    EXPECT(run, haetae_current_span() == HAETAE_SPAN_NONE);
    EXPECT(run, !haetae_current_span_context(&current));
    haetae_context_attach(parent, &token);
    EXPECT(run, haetae_current_span() == parent);
    EXPECT(run, haetae_current_span_context(&current) &&
                    memcmp(current.span_id, expected.context.span_id, 8) == 0);
    expected.kind = HAETAE_SPAN_KIND_SERVER;
    expect_span(run, scope_id, &expected);

    child = haetae_span_start(tracer, HAETAE_TEXT("child"), HAETAE_SPAN_KIND_INTERNAL);
    expected = expected_child(child, STRING_OF("child"), parent);
    EXPECT(run, memcmp(expected.context.trace_id, current.trace_id, 16) == 0);
    expect_span(run, scope_id, &expected);

    haetae_context_attach(child, &inner_token);
    grandchild = haetae_span_start_with(tracer, HAETAE_TEXT("grandchild"), NULL);
    haetae_context_detach(&inner_token);
    expected = expected_child(grandchild, STRING_OF("grandchild"), child);
    expect_span(run, scope_id, &expected);
    EXPECT(run, haetae_current_span() == parent);

    options.root = 1;
    root = haetae_span_start_with(tracer, HAETAE_TEXT("root"), &options);
    expected = expected_root(root, STRING_OF("root"));
    EXPECT(run, memcmp(expected.context.trace_id, current.trace_id, 16) != 0);
    expect_span(run, scope_id, &expected);

    haetae_span_end(root);
    haetae_span_end(grandchild);
    haetae_span_end(child);
    haetae_context_detach(&token);
    haetae_span_end(parent);
    EXPECT(run, haetae_current_span() == HAETAE_SPAN_NONE);
}

/* An explicit parent, while another span is current. */
static void record_explicit_parent(const struct run *run, haetae_tracer *tracer)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span parent = haetae_span_start(tracer, HAETAE_TEXT("named"), HAETAE_SPAN_KIND_CLIENT);
    struct expected_span expected = expected_root(parent, STRING_OF("named"));
    haetae_span_context context = expected.context;

    expected.kind = HAETAE_SPAN_KIND_CLIENT;
    expect_span(run, scope_id, &expected);
    {
        HAETAE_SPAN_SCOPE(span, tracer, "scoped", HAETAE_SPAN_KIND_INTERNAL);
        haetae_span child;

        expected = expected_root(span, STRING_OF("scoped"));
        expect_span(run, scope_id, &expected);
        options.parent = &context;
        child = haetae_span_start_with(tracer, HAETAE_TEXT("of named"), &options);
        expected = expected_child(child, STRING_OF("of named"), parent);
        expect_span(run, scope_id, &expected);
        haetae_span_end(child);
    }
    haetae_span_end(parent);
}

/* ---- Propagation -------------------------------------------------------------------- */

/* Headers of a request, for a server or a client. */
struct headers {
    char traceparent[HAETAE_TRACEPARENT_LENGTH + 1];
    char tracestate[HAETAE_TRACE_STATE_MAX + 1];
};

static void set_header(void *carrier, const char *key, const char *value)
{
    struct headers *headers = carrier;

    if (strcasecmp(key, "traceparent") == 0) {
        snprintf(headers->traceparent, sizeof headers->traceparent, "%s", value);
    } else if (strcasecmp(key, "tracestate") == 0) {
        snprintf(headers->tracestate, sizeof headers->tracestate, "%s", value);
    }
}

static const char *get_header(void *carrier, const char *key)
{
    struct headers *headers = carrier;
    const char *value = NULL;

    if (strcasecmp(key, "traceparent") == 0) {
        value = headers->traceparent;
    } else if (strcasecmp(key, "tracestate") == 0) {
        value = headers->tracestate;
    }
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *get_header_number(void *carrier, const char *key, size_t index)
{
    return index == 0 ? get_header(carrier, key) : NULL;
}

/* The tracestate of a span, of a context, and changes of it. */
static void check_trace_state(const struct run *run, haetae_span span, const char *text)
{
    haetae_trace_state state, parsed, held;
    haetae_span_context context;
    haetae_string value;

    EXPECT(run, haetae_span_get_trace_state(span, &state) && strcmp(state.text, text) == 0);
    EXPECT_OK(run, haetae_trace_state_parse(text, strlen(text), &parsed));
    EXPECT(run, strcmp(parsed.text, text) == 0);
    EXPECT_OK(run, haetae_trace_state_set(&parsed, "here", 4, "1", 1));
    EXPECT(run, haetae_trace_state_get(&parsed, "here", 4, &value) && value.length == 1);
    EXPECT(run, haetae_trace_state_delete(&parsed, "rojo", 4));
    EXPECT(run, haetae_span_get_context(span, &context));
    EXPECT_OK(run, haetae_span_context_set_trace_state(&context, &parsed));
    EXPECT(run, haetae_span_context_get_trace_state(&context, &held) &&
                    strcmp(held.text, parsed.text) == 0);
}

/* Client and server of one call, which share only the headers. */
static void record_call(const struct run *run, haetae_tracer *tracer)
{
    struct headers received = {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                               "congo=t61rcWkgMzE,rojo=00f067"};
    struct headers sent = {"", ""};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span_context remote, parsed;
    haetae_string state = STRING_OF("");
    struct expected_span expected;
    char text[HAETAE_TRACEPARENT_LENGTH + 1];
    haetae_span span;

    EXPECT_OK(run, haetae_context_extract(get_header, &received, &remote, &state));
    EXPECT_OK(run,
              haetae_traceparent_parse(received.traceparent, HAETAE_TRACEPARENT_LENGTH, &parsed));
    EXPECT(run, memcmp(remote.trace_id, parsed.trace_id, sizeof parsed.trace_id) == 0 &&
                    memcmp(remote.span_id, parsed.span_id, sizeof parsed.span_id) == 0 &&
                    remote.trace_flags == parsed.trace_flags && parsed.is_remote == 1);
    EXPECT_OK(run, haetae_context_extract_all(get_header_number, &received, &parsed));
    EXPECT(run, memcmp(remote.span_id, parsed.span_id, sizeof parsed.span_id) == 0);
    EXPECT(run, haetae_traceparent_format(&remote, text, sizeof text) == sizeof text - 1);
    EXPECT(run, strcmp(text, received.traceparent) == 0);
    options.parent = &remote;
    options.trace_state = state;
    options.kind = HAETAE_SPAN_KIND_SERVER;
    span = haetae_span_start_with(tracer, HAETAE_TEXT("remote parent"), &options);
    expected = expected_root(span, STRING_OF("remote parent"));
    memcpy(expected.parent_span_id, remote.span_id, sizeof remote.span_id);
    expected.flags = FLAGS_REMOTE;
    expected.kind = HAETAE_SPAN_KIND_SERVER;
    expected.trace_state = haetae_string_of(received.tracestate);
    expect_span(run, scope_id, &expected);

    check_trace_state(run, span, received.tracestate);
    haetae_context_inject(span, set_header, &sent);
    EXPECT(run, strcmp(sent.tracestate, received.tracestate) == 0);
    haetae_traceparent_format(&expected.context, text, sizeof text);
    EXPECT(run, strcmp(sent.traceparent, text) == 0);
    haetae_span_end(span);
}

/* A trace that continues in a thread without its own span, and a trace_state
 * that a child inherits. */
static void record_bare_context(const struct run *run, haetae_tracer *tracer)
{
    const haetae_span_context remote = {
        .trace_id = {7}, .span_id = {8}, .trace_flags = 1, .is_remote = 1};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    struct expected_span expected;
    haetae_context_token token;
    haetae_span span, child;

    haetae_context_attach_remote(&remote, &token);
    span = haetae_span_start(tracer, HAETAE_TEXT("continued"), HAETAE_SPAN_KIND_CONSUMER);
    haetae_context_detach(&token);
    expected = expected_root(span, STRING_OF("continued"));
    memcpy(expected.parent_span_id, remote.span_id, sizeof remote.span_id);
    expected.flags = FLAGS_REMOTE;
    expected.kind = HAETAE_SPAN_KIND_CONSUMER;
    expect_span(run, scope_id, &expected);
    haetae_span_end(span);

    options.parent = &remote;
    options.trace_state = STRING_OF("a=1");
    span = haetae_span_start_with(tracer, HAETAE_TEXT("with state"), &options);
    expected = expected_root(span, STRING_OF("with state"));
    memcpy(expected.parent_span_id, remote.span_id, sizeof remote.span_id);
    expected.flags = FLAGS_REMOTE;
    expected.trace_state = STRING_OF("a=1");
    expect_span(run, scope_id, &expected);
    haetae_context_attach(span, &token);
    child = haetae_span_start(tracer, HAETAE_TEXT("inherits state"), HAETAE_SPAN_KIND_INTERNAL);
    expected = expected_child(child, STRING_OF("inherits state"), span);
    expected.trace_state = STRING_OF("a=1");
    expect_span(run, scope_id, &expected);
    haetae_span_end(child);
    haetae_context_detach(&token);
    haetae_span_end(span);
}

/* A context as an object, in which a span starts, by name and attached, and a coroutine goes on. */
static void record_in_a_context(const struct run *run, haetae_tracer *tracer)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span parent = haetae_span_start(tracer, HAETAE_TEXT("kept"), HAETAE_SPAN_KIND_SERVER);
    struct expected_span expected = expected_root(parent, STRING_OF("kept"));
    haetae_context_stack mine, stack;
    haetae_context_key *key = NULL;
    haetae_context *context = NULL, *with_value = NULL, *same = NULL;
    haetae_context_token token;
    haetae_span_context found;
    haetae_span child;
    int value = 0;

    expected.kind = HAETAE_SPAN_KIND_SERVER;
    expect_span(run, scope_id, &expected);
    EXPECT_OK(run, haetae_context_key_new("key", &key));
    EXPECT(run, strcmp(haetae_context_key_name(key), "key") == 0);
    EXPECT_OK(run, haetae_context_with_span(haetae_context_root(), parent, &context));
    EXPECT_OK(run, haetae_context_with_value(context, key, &value, NULL, &with_value));
    options.parent_context = with_value;
    child = haetae_span_start_with(tracer, HAETAE_TEXT("in a context"), &options);
    expected = expected_child(child, STRING_OF("in a context"), parent);
    expect_span(run, scope_id, &expected);
    haetae_span_end(child);

    haetae_context_attach_context(with_value, &token);
    EXPECT(run, haetae_context_value(NULL, key) == &value);
    EXPECT(run, haetae_context_span(NULL) == parent);
    EXPECT_OK(run, haetae_context_current(&same));
    haetae_context_detach(&token);
    EXPECT(run, haetae_context_span_context(same, &found));
    haetae_context_unref(context);
    EXPECT_OK(run, haetae_context_with_span_context(NULL, &found, &context));

    haetae_context_stack_init(&stack, haetae_context_ref(context));
    haetae_context_switch(&mine, &stack);
    child = haetae_span_start(tracer, HAETAE_TEXT("in a coroutine"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_context_switch(&stack, &mine);
    expected = expected_child(child, STRING_OF("in a coroutine"), parent);
    expect_span(run, scope_id, &expected);
    haetae_span_end(child);
    haetae_span_end(parent);
    haetae_context_unref(context);
    haetae_context_unref(context);
    haetae_context_unref(with_value);
    haetae_context_unref(same);
    haetae_context_key_free(key);
}

/* ---- Status, times and misuse --------------------------------------------------------- */

struct status_case {
    haetae_string name;
    haetae_span_status first, second;
    uint32_t code;
    haetae_string message;
};

static void record_statuses(const struct run *run, haetae_tracer *tracer)
{
    const struct status_case cases[] = {
        {STRING_OF("ok"), HAETAE_SPAN_STATUS_OK, HAETAE_SPAN_STATUS_UNSET, HAETAE_SPAN_STATUS_OK,
         STRING_OF("")},
        {STRING_OF("ok is final"), HAETAE_SPAN_STATUS_OK, HAETAE_SPAN_STATUS_ERROR,
         HAETAE_SPAN_STATUS_OK, STRING_OF("")},
        {STRING_OF("error stays"), HAETAE_SPAN_STATUS_ERROR, HAETAE_SPAN_STATUS_UNSET,
         HAETAE_SPAN_STATUS_ERROR, STRING_OF("one")},
        {STRING_OF("later error"), HAETAE_SPAN_STATUS_ERROR, HAETAE_SPAN_STATUS_ERROR,
         HAETAE_SPAN_STATUS_ERROR, STRING_OF("two")},
        {STRING_OF("error then ok"), HAETAE_SPAN_STATUS_ERROR, HAETAE_SPAN_STATUS_OK,
         HAETAE_SPAN_STATUS_OK, STRING_OF("")},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        haetae_span span = haetae_span_start(tracer, cases[i].name.data, cases[i].name.length,
                                             HAETAE_SPAN_KIND_INTERNAL);
        struct expected_span expected = expected_root(span, cases[i].name);

        haetae_span_set_status(span, cases[i].first, HAETAE_TEXT("one"));
        haetae_span_set_status(span, cases[i].second, HAETAE_TEXT("two"));
        haetae_span_end(span);
        expected.status_code = cases[i].code;
        expected.status_message = cases[i].message;
        expect_span(run, scope_id, &expected);
    }
}

static void record_times(const struct run *run, haetae_tracer *tracer)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    struct expected_span expected;
    haetae_span span;

    options.start_time_unix_ns = AT(100);
    span = haetae_span_start_with(tracer, HAETAE_TEXT("ends before it starts"), &options);
    expected = expected_root(span, STRING_OF("ends before it starts"));
    expected.start_unix_ns = AT(100);
    expected.end_unix_ns = AT(100);
    haetae_span_end_at(span, AT(99));
    expect_span(run, scope_id, &expected);

    span = haetae_span_start_with(tracer, HAETAE_TEXT("ends now"), &options);
    expected = expected_root(span, STRING_OF("ends now"));
    expected.start_unix_ns = AT(100);
    haetae_span_end_at(span, 0);
    expect_span(run, scope_id, &expected);

    span = haetae_span_start(tracer, NULL, 0, HAETAE_SPAN_KIND_INTERNAL);
    expected = expected_root(span, STRING_OF(""));
    haetae_span_end(span);
    expect_span(run, scope_id, &expected);
}

static void record_attributes_with_the_end(const struct run *run, haetae_tracer *tracer)
{
    haetae_attribute attributes[] = {
        haetae_attribute_of("set before", haetae_value_bool(true)),
        haetae_attribute_of("http.route", haetae_value_string("/rides/{id}")),
        haetae_attribute_of("http.response.status_code", haetae_value_int64(404))};
    haetae_span span =
        haetae_span_start(tracer, HAETAE_TEXT("ends with attributes"), HAETAE_SPAN_KIND_INTERNAL);
    struct expected_span expected = expected_root(span, STRING_OF("ends with attributes"));

    haetae_span_set_attributes(span, attributes, 1);
    haetae_span_end_with(span, attributes + 1, 2);
    expected.attributes = attributes;
    expected.attribute_count = COUNT_OF(attributes);
    expect_span(run, scope_id, &expected);
}

/* A static site and an object, with and without a constant attribute. */
static void record_sites(const struct run *run, haetae_tracer *tracer)
{
    HAETAE_SPAN_SITE(at_site, HAETAE_SPAN_KIND_CONSUMER, "at a site", "text", "real");
    haetae_attribute attributes[] = {HAETAE_ATTR("text", "t"), HAETAE_ATTR("real", 0.5),
                                     HAETAE_ATTR("constant", true)};
    haetae_span_site with_constant = at_site;
    haetae_span_site *made = NULL;
    struct expected_span expected;
    haetae_span span;

    for (int i = 0; i < 2; i++) {
        span = haetae_span_start_site(tracer, &at_site);
        expected = expected_root(span, at_site.name);
        expected.kind = HAETAE_SPAN_KIND_CONSUMER;
        expected.attributes = attributes;
        expected.attribute_count = 2;
        haetae_span_end_site(span, &at_site, HAETAE_VALUES("t", 0.5));
        expect_span(run, scope_id, &expected);
    }
    with_constant.attributes = attributes + 2;
    with_constant.attribute_count = 1;
    EXPECT_OK(run, haetae_span_site_new(&with_constant, &made));
    span = haetae_span_start_site(tracer, made);
    expected = expected_root(span, at_site.name);
    expected.kind = HAETAE_SPAN_KIND_CONSUMER;
    expected.attributes = attributes;
    expected.attribute_count = 3;
    haetae_span_end_site(span, made, HAETAE_VALUES("t", 0.5));
    haetae_span_site_free(made);
    expect_span(run, scope_id, &expected);
}

static void record_misuse(const struct run *run, haetae_tracer *tracer)
{
    haetae_span_options unsized = {0};
    haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("ended"), HAETAE_SPAN_KIND_INTERNAL);
    struct expected_span expected = expected_root(span, STRING_OF("ended"));
    haetae_context_token token;

    haetae_context_attach(span, &token);
    haetae_context_detach(&token);
    haetae_context_detach(&token);
    misuses_made.count[HAETAE_MISUSE_CONTEXT]++;
    haetae_span_end(span);
    expect_span(run, scope_id, &expected);

    haetae_span_set_int64(span, HAETAE_TEXT("late"), 1);
    haetae_span_add_event(span, HAETAE_TEXT("late"), 0, NULL, 0);
    haetae_span_update_name(span, HAETAE_TEXT("late"));
    haetae_span_end(span);
    misuses_made.count[HAETAE_MISUSE_ENDED_SPAN] += 4;
    EXPECT(run, !haetae_span_is_recording(span));
    EXPECT(run, !haetae_span_get_context(span, &expected.context));
    EXPECT(run, !haetae_span_context_is_valid(&expected.context));

    unsized.kind = HAETAE_SPAN_KIND_SERVER;
    span = haetae_span_start_with(tracer, HAETAE_TEXT("bad options"), &unsized);
    misuses_made.count[HAETAE_MISUSE_ARGUMENT]++;
    expected = expected_root(span, STRING_OF("bad options"));
    haetae_span_end(span);
    expect_span(run, scope_id, &expected);
}

void record_contexts(const struct run *run)
{
    haetae_tracer *tracer = haetae_tracer_named(run->sdk, scope_id);

    EXPECT(run, tracer != NULL);
    define_named_scope(run, scope_id);
    record_family(run, tracer);
    record_explicit_parent(run, tracer);
    record_call(run, tracer);
    record_bare_context(run, tracer);
    record_in_a_context(run, tracer);
    record_statuses(run, tracer);
    record_times(run, tracer);
    record_attributes_with_the_end(run, tracer);
    record_sites(run, tracer);
    record_misuse(run, tracer);
}
