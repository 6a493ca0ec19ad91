/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts on their way through the headers of requests. */
#include <strings.h>

#include "support/core_fixture.h"

struct headers {
    char traceparent[64];
    char tracestate[HAETAE_TRACE_STATE_MAX + 8];
    unsigned traceparents;
    unsigned tracestates;
    unsigned others;
};

static void set_header(void *carrier, const char *key, const char *value)
{
    struct headers *headers = carrier;

    if (strcmp(key, "traceparent") == 0) {
        headers->traceparents++;
        assert_true(strlen(value) < sizeof headers->traceparent);
        strcpy(headers->traceparent, value);
    } else if (strcmp(key, "tracestate") == 0) {
        headers->tracestates++;
        assert_true(strlen(value) < sizeof headers->tracestate);
        strcpy(headers->tracestate, value);
    } else {
        headers->others++;
    }
}

static const char *get_header(void *carrier, const char *key)
{
    const struct headers *headers = carrier;

    if (strcasecmp(key, "traceparent") == 0 && headers->traceparents != 0) {
        return headers->traceparent;
    }
    return strcasecmp(key, "tracestate") == 0 && headers->tracestates != 0 ? headers->tracestate
                                                                           : NULL;
}

static int set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, 0, 4);
    *state = core;
    return 0;
}

static int tear_down(void **state)
{
    core_end(*state);
    free(*state);
    return 0;
}

static struct headers incoming(const char *traceparent, const char *tracestate)
{
    struct headers headers = {.traceparents = traceparent != NULL};

    if (traceparent != NULL) {
        strcpy(headers.traceparent, traceparent);
    }
    if (tracestate != NULL) {
        headers.tracestates = 1;
        strcpy(headers.tracestate, tracestate);
    }
    return headers;
}

static const char sampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
static const char unsampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/* A server span for a request with these headers. */
static haetae_span serve(struct core_fixture *core, const char *traceparent, const char *tracestate)
{
    struct headers headers = incoming(traceparent, tracestate);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_span_context parent;

    assert_int_equal(haetae_context_extract(get_header, &headers, &parent, &options.trace_state),
                     HAETAE_OK);
    options.parent = &parent;
    options.kind = HAETAE_SPAN_KIND_SERVER;
    return haetae_span_start_with(core->tracer, HAETAE_TEXT("serve"), &options);
}

static struct headers inject(haetae_span span)
{
    struct headers headers = {.others = 0};

    haetae_context_inject(span, set_header, &headers);
    assert_int_equal(headers.others, 0);
    return headers;
}

static void check_injected(haetae_span span, const char *tracestate)
{
    struct headers headers = inject(span);
    char expected[64];
    haetae_span_context context;

    assert_true(haetae_span_get_context(span, &context));
    haetae_traceparent_format(&context, expected, sizeof expected);
    assert_int_equal(headers.traceparents, 1);
    assert_string_equal(headers.traceparent, expected);
    assert_int_equal(headers.tracestates, tracestate != NULL);
    assert_string_equal(headers.tracestate, tracestate != NULL ? tracestate : "");
}

static void trace_goes_through_a_service(void **state)
{
    struct core_fixture *core = *state;
    haetae_span server = serve(core, sampled, NULL);
    haetae_context_token token;
    haetae_span client;
    haetae_span_context context;

    haetae_context_attach(server, &token);
    client = haetae_span_start(core->tracer, HAETAE_TEXT("call"), HAETAE_SPAN_KIND_CLIENT);
    check_injected(client, NULL);
    assert_true(haetae_span_get_context(client, &context));
    assert_memory_equal(context.trace_id, "\x0a\xf7\x65\x19\x16\xcd\x43\xdd", 8);
    assert_int_equal(context.trace_flags, 1);
    haetae_span_end(client);
    haetae_context_detach(&token);
    haetae_span_end(server);
}

static void inject_without_a_span_takes_the_current_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = serve(core, sampled, "k=v");
    haetae_span_context remote = {.trace_flags = 1};
    haetae_context_token tokens[2];
    struct headers headers = inject(HAETAE_SPAN_NONE);

    assert_int_equal(headers.traceparents + headers.tracestates, 0); /* there is none */
    haetae_context_attach(span, &tokens[0]);
    headers = inject(HAETAE_SPAN_NONE);
    assert_int_equal(headers.traceparents, 1);
    assert_string_equal(headers.tracestate, "k=v");
    memset(remote.trace_id, 0xAB, 16);
    memset(remote.span_id, 0xCD, 8);
    haetae_context_attach_remote(&remote, &tokens[1]);
    headers = inject(HAETAE_SPAN_NONE);
    assert_string_equal(headers.traceparent,
                        "00-abababababababababababababababab-cdcdcdcdcdcdcdcd-01");
    assert_int_equal(headers.tracestates, 0);
    haetae_context_detach(&tokens[1]);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(span);
    haetae_context_inject(HAETAE_SPAN_NONE, NULL, NULL);
}

static void inject_of_a_stale_handle_sets_nothing_and_is_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = serve(core, sampled, "k=v");
    haetae_span current = serve(core, sampled, NULL);
    haetae_context_token token;
    struct headers headers;

    haetae_span_end(span);
    haetae_context_attach(current, &token);
    headers = inject(span);
    assert_int_equal(headers.traceparents + headers.tracestates, 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    haetae_context_detach(&token);
    haetae_span_end(current);
}

/* ---- tracestate ------------------------------------------------------------------------- */

static void tracestate_goes_from_parent_to_child(void **state)
{
    struct core_fixture *core = *state;
    haetae_span server = serve(core, sampled, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token tokens[2];
    haetae_span child;
    haetae_span grandchild;

    check_injected(server, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    haetae_context_attach(server, &tokens[0]);
    child = haetae_span_start(core->tracer, HAETAE_TEXT("child"), HAETAE_SPAN_KIND_INTERNAL);
    check_injected(child, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    haetae_context_attach(child, &tokens[1]);
    grandchild = haetae_span_start_with(core->tracer, HAETAE_TEXT("grandchild"), &options);
    check_injected(grandchild, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    haetae_context_detach(&tokens[1]);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(grandchild);
    haetae_span_end(child);
    haetae_span_end(server);
}

static void tracestate_goes_on_through_spans_that_are_not_sampled(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span server;
    haetae_span children[2];

    assert_true(hae_sampling_set(&core->traces.sampling, "parentbased_always_on", 1.0));
    server = serve(core, unsampled, "k=v");
    assert_false(haetae_span_is_recording(server));
    check_injected(server, "k=v");
    haetae_context_attach(server, &token);
    children[0] = haetae_span_start(core->tracer, HAETAE_TEXT("a"), HAETAE_SPAN_KIND_INTERNAL);
    children[1] = haetae_span_start_with(core->tracer, HAETAE_TEXT("b"), &options);
    check_injected(children[0], "k=v");
    check_injected(children[1], "k=v");
    haetae_context_detach(&token);
    haetae_span_end(children[1]);
    haetae_span_end(children[0]);
    haetae_span_end(server);
    assert_int_equal(core_published(core, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
}

static void root_has_the_tracestate_that_it_is_given(void **state)
{
    struct core_fixture *core = *state;
    haetae_span server = serve(core, sampled, "k=v");
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span root;

    haetae_context_attach(server, &token);
    options.root = 1;
    root = haetae_span_start_with(core->tracer, HAETAE_TEXT("root"), &options);
    check_injected(root, NULL); /* not the current one's */
    haetae_span_end(root);
    options.trace_state = haetae_string_of("own=1");
    root = haetae_span_start_with(core->tracer, HAETAE_TEXT("root"), &options);
    check_injected(root, "own=1");
    haetae_context_detach(&token);
    haetae_span_end(root);
    haetae_span_end(server);
}

/* "a=v…,b=v…,c=v…", the three values as long as given. */
static void three_members(char *text, int a, int b, int c)
{
    char values[257];

    memset(values, 'v', sizeof values);
    sprintf(text, "a=%.*s,b=%.*s,c=%.*s", a, values, b, values, c, values);
}

static void longest_tracestate_is_kept_and_a_longer_one_cut(void **state)
{
    struct core_fixture *core = *state;
    char text[HAETAE_TRACE_STATE_MAX + 8];
    haetae_span span;

    three_members(text, 250, 200, 54);
    assert_int_equal(strlen(text), HAETAE_TRACE_STATE_MAX);
    span = serve(core, sampled, text);
    check_injected(span, text);
    haetae_span_end(span);

    /* The last one above 128 bytes goes. */
    three_members(text, 250, 200, 55);
    span = serve(core, sampled, text);
    memmove(strstr(text, ",b="), strstr(text, ",c="), strlen(strstr(text, ",c=")) + 1);
    check_injected(span, text);
    haetae_span_end(span);
}

static void tracestate_that_could_break_a_header_is_refused(void **state)
{
    static const char *const wrong[] = {"k=v\r\nEvil: 1", "k=\x01", "k=\x7F",
                                        "k=\xC3\xA9",     "k=v\n",  "\n"};
    struct core_fixture *core = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct headers headers = incoming(sampled, wrong[i]);
        haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
        haetae_span_context context;
        haetae_string extracted = {"x", 1};
        haetae_span span;

        assert_int_equal(haetae_context_extract(get_header, &headers, &context, &extracted),
                         HAETAE_OK);
        assert_int_equal(extracted.length, 0);
        /* Nor when it comes by another way. */
        options.parent = &context;
        options.trace_state = haetae_string_of(wrong[i]);
        span = haetae_span_start_with(core->tracer, HAETAE_TEXT("span"), &options);
        check_injected(span, NULL);
        haetae_span_end(span);
    }
}

/* ---- Extracting -------------------------------------------------------------------------- */

static void extract_tells_what_is_wrong_and_touches_nothing(void **state)
{
    struct headers headers = incoming("00-malformed", "k=v");
    haetae_span_context context;
    haetae_string trace_state = {"before", 6};

    (void)state;
    memset(&context, 0x33, sizeof context);
    assert_int_equal(haetae_context_extract(get_header, &headers, &context, &trace_state),
                     HAETAE_EFORMAT);
    headers = incoming(NULL, "k=v");
    assert_int_equal(haetae_context_extract(get_header, &headers, &context, &trace_state),
                     HAETAE_EFORMAT);
    assert_int_equal(haetae_context_extract(NULL, &headers, &context, &trace_state), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract(get_header, &headers, NULL, &trace_state),
                     HAETAE_EINVAL);
    assert_string_equal(trace_state.data, "before");
    assert_int_equal(trace_state.length, 6);
    assert_int_equal(context.trace_id[0], 0x33);
    headers = incoming(sampled, "k=v");
    assert_int_equal(haetae_context_extract(get_header, &headers, &context, NULL), HAETAE_OK);
    assert_int_equal(context.is_remote, 1);
}

#define PROPAGATION_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPAGATION_TEST(trace_goes_through_a_service),
        PROPAGATION_TEST(inject_without_a_span_takes_the_current_context),
        PROPAGATION_TEST(inject_of_a_stale_handle_sets_nothing_and_is_counted),
        PROPAGATION_TEST(tracestate_goes_from_parent_to_child),
        PROPAGATION_TEST(tracestate_goes_on_through_spans_that_are_not_sampled),
        PROPAGATION_TEST(root_has_the_tracestate_that_it_is_given),
        PROPAGATION_TEST(longest_tracestate_is_kept_and_a_longer_one_cut),
        PROPAGATION_TEST(tracestate_that_could_break_a_header_is_refused),
        PROPAGATION_TEST(extract_tells_what_is_wrong_and_touches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
