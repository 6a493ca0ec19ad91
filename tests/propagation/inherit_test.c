/* SPDX-License-Identifier: Apache-2.0 */
/* A child has its parent's tracestate, whichever way it got its parent. */
#include "propagation/headers.h"
#include "recorder/open_record.h"

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
    struct core_fixture *core = *state;

    assert_false(haetae_current_span_context(NULL));
    (void)core_drain(core);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    core_end(core);
    free(core);
    return 0;
}

static const char sampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

static haetae_span_context extracted(const char *tracestate)
{
    struct headers headers = {.count = 0};
    haetae_span_context context;

    headers_set(&headers, "traceparent", sampled);
    if (tracestate != NULL) {
        headers_set(&headers, "tracestate", tracestate);
    }
    assert_int_equal(haetae_context_extract(headers_get, &headers, &context, NULL), HAETAE_OK);
    return context;
}

static haetae_span start(struct core_fixture *core)
{
    return haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
}

static haetae_span start_under(struct core_fixture *core, const haetae_span_context *parent)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent = parent);

    return haetae_span_start_with(core->tracer, HAETAE_TEXT("span"), &options);
}

/* The span goes on with the trace of `sampled`, and with this tracestate. Ends it. */
static void check_and_end(haetae_span span, const char *tracestate)
{
    struct headers headers = {.count = 0};
    haetae_trace_state text;
    const char *found;

    haetae_context_inject(span, headers_set, &headers);
    assert_memory_equal(headers_only(&headers, "traceparent"), sampled, 35);
    found = headers_only(&headers, "tracestate");
    assert_string_equal(found != NULL ? found : "", tracestate);
    assert_int_equal(haetae_span_get_trace_state(span, &text), tracestate[0] != '\0');
    assert_string_equal(text.text, tracestate);
    haetae_span_end(span);
}

static void child_of_an_attached_context_has_its_tracestate(void **state)
{
    haetae_span_context remote = extracted("a=1,b=2");
    haetae_context_token token;

    haetae_context_attach_remote(&remote, &token);
    check_and_end(start(*state), "a=1,b=2");
    check_and_end(HAETAE_SPAN_NONE, "a=1,b=2"); /* what is current */
    haetae_context_detach(&token);
}

static void child_of_an_extracted_context_has_its_tracestate(void **state)
{
    haetae_span_context remote = extracted("a=1");

    check_and_end(start_under(*state, &remote), "a=1");
}

static void child_of_a_copied_context_has_its_tracestate(void **state)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(*state, &remote);
    haetae_span_context copies[2];
    haetae_context_token token;

    assert_true(haetae_span_get_context(server, &copies[0]));
    haetae_context_attach(server, &token);
    assert_true(haetae_current_span_context(&copies[1]));
    haetae_context_detach(&token);
    check_and_end(start_under(*state, &copies[0]), "a=1");
    check_and_end(server, "a=1");
    check_and_end(start_under(*state, &copies[0]), "a=1"); /* the parent has ended */
    check_and_end(start_under(*state, &copies[1]), "a=1");
    haetae_context_attach_remote(&copies[0], &token);
    check_and_end(start(*state), "a=1");
    haetae_context_detach(&token);
}

static void child_of_a_span_that_has_ended_but_is_current_has_its_tracestate(void **state)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(*state, &remote);
    haetae_context_token tokens[2];
    haetae_span child;

    haetae_context_attach(server, &tokens[0]);
    haetae_span_end(server);
    child = start(*state);
    haetae_context_attach(child, &tokens[1]);
    check_and_end(start(*state), "a=1");
    haetae_context_detach(&tokens[1]);
    check_and_end(child, "a=1");
    haetae_context_detach(&tokens[0]);
}

static void parent_may_be_given_by_its_handle(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(core, &remote);
    haetae_span other = start(core);
    haetae_span_context context;
    haetae_span_context parent;
    haetae_context_token token;
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent_span = server, .ret_context = &context);
    haetae_span child;

    haetae_context_attach(other, &token);
    child = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    assert_true(haetae_span_get_context(child, &parent));
    assert_memory_equal(&parent, &context, sizeof parent);
    check_and_end(child, "a=1");
    check_and_end(start_under(core, &context), "a=1"); /* of what was returned at the start */

    /* A handle whose span has ended is counted; then the context counts, then what is current. */
    haetae_span_end(server);
    options.parent = &remote;
    check_and_end(haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options), "a=1");
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    options.parent = NULL;
    child = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 2);
    haetae_context_detach(&token);
    assert_true(haetae_span_get_context(other, &parent));
    assert_memory_equal(context.trace_id, parent.trace_id, sizeof parent.trace_id);
    haetae_span_end(child);
    haetae_span_end(other);
}

static void options_may_replace_the_tracestate(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context remote = extracted("a=1,b=2");
    haetae_trace_state text;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent = &remote);
    haetae_span child;
    haetae_context_token token;

    assert_true(haetae_span_context_get_trace_state(&remote, &text));
    assert_int_equal(haetae_trace_state_set(&text, HAETAE_TEXT("b"), HAETAE_TEXT("3")), HAETAE_OK);
    options.trace_state = haetae_string_of(text.text);
    child = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    haetae_context_attach(child, &token);
    check_and_end(start(core), "b=3,a=1");
    haetae_context_detach(&token);
    check_and_end(child, "b=3,a=1");
    options.trace_state = haetae_string_of("not valid");
    check_and_end(haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options), "a=1,b=2");
}

static void context_may_get_another_tracestate(void **state)
{
    haetae_span_context context = extracted("a=1");
    haetae_span_context invalid = {.trace_flags = 1};
    haetae_trace_state text = {.length = 0};

    assert_int_equal(haetae_trace_state_set(&text, HAETAE_TEXT("k"), HAETAE_TEXT("v")), HAETAE_OK);
    assert_int_equal(haetae_span_context_set_trace_state(&context, &text), HAETAE_OK);
    check_and_end(start_under(*state, &context), "k=v");
    assert_int_equal(haetae_span_context_set_trace_state(NULL, &text), HAETAE_EINVAL);
    assert_int_equal(haetae_span_context_set_trace_state(&invalid, &text), HAETAE_EINVAL);
    text.text[1] = ',';
    assert_int_equal(haetae_span_context_set_trace_state(&context, &text), HAETAE_EFORMAT);
    text.length = 5000;
    assert_int_equal(haetae_span_context_set_trace_state(&context, &text), HAETAE_EFORMAT);
    check_and_end(start_under(*state, &context), "k=v");
    assert_int_equal(haetae_span_context_set_trace_state(&context, NULL), HAETAE_OK);
    check_and_end(start_under(*state, &context), "");
    assert_false(haetae_span_context_get_trace_state(&context, &text));
    assert_int_equal(text.length, 0);
    assert_false(haetae_span_context_get_trace_state(NULL, NULL));
}

/* Has the library forget all texts that it keeps apart from spans. */
static void forget_stored_texts(void)
{
    for (int i = 0; i < 10000; i++) {
        (void)extracted("overwrites=others");
    }
}

static void open_span_keeps_its_tracestate_however_many_others_come(void **state)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(*state, &remote);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent_span = server);
    struct core_fixture *core = *state;
    haetae_span_context copy;
    haetae_context_token token;

    forget_stored_texts();
    assert_false(haetae_span_context_get_trace_state(&remote, NULL));
    haetae_context_attach(server, &token);
    check_and_end(start(core), "a=1");
    assert_true(haetae_current_span_context(&copy));
    haetae_context_detach(&token);
    check_and_end(haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options), "a=1");
    check_and_end(start_under(core, &copy), "a=1");
    assert_true(haetae_span_get_context(server, &copy));
    check_and_end(server, "a=1");
    check_and_end(start_under(core, &copy), "a=1"); /* copied when the store had forgotten it */
}

static bool has_text(const haetae_context *context, const char *text)
{
    haetae_span_context copy;
    haetae_trace_state found;

    return haetae_context_span_context(context, &copy) &&
           haetae_span_context_get_trace_state(&copy, &found) && strcmp(found.text, text) == 0;
}

static void context_of_an_open_span_has_its_tracestate_however_many_others_come(void **state)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(*state, &remote);
    haetae_context *current = NULL;
    haetae_context *of_span = NULL;
    haetae_context_token token;

    haetae_context_attach(server, &token);
    forget_stored_texts();
    assert_int_equal(haetae_context_current(&current), HAETAE_OK);
    forget_stored_texts();
    assert_int_equal(haetae_context_with_span(NULL, server, &of_span), HAETAE_OK);
    haetae_context_detach(&token);
    check_and_end(server, "a=1");
    forget_stored_texts();
    assert_true(has_text(current, "a=1"));
    assert_true(has_text(of_span, "a=1"));
    haetae_context_unref(current);
    haetae_context_unref(of_span);
}

static void tracestate_is_inherited_while_others_change_the_parent(void **state)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span server = start_under(*state, &remote);
    struct core_fixture *core = *state;
    haetae_context_token token;
    bool contended;

    /* As another thread that is changing the span. */
    assert_int_not_equal(hae_open_acquire(core->recorder, server, &contended), 0);
    haetae_context_attach(server, &token);
    check_and_end(start(core), "a=1");
    haetae_context_detach(&token);
    hae_open_release(core->recorder, server);
    haetae_span_end(server);
}

/* ---- Where nothing records ----------------------------------------------------------------- */

/* A request goes through a service that calls another, in each of the ways to give a parent. */
static void check_passed_on(haetae_tracer *tracer)
{
    haetae_span_context remote = extracted("a=1");
    haetae_span_context context;
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = &remote, .ret_context = &context);
    haetae_context_token tokens[2];
    haetae_span server = haetae_span_start_with(tracer, HAETAE_TEXT("serve"), &options);
    haetae_span client;

    assert_memory_equal(&context, &remote, sizeof context);
    assert_false(haetae_span_is_recording(server));
    haetae_span_set_int64(server, HAETAE_TEXT("key"), 1);
    haetae_context_attach(server, &tokens[0]);
    assert_int_equal(haetae_current_span(), server);
    client = haetae_span_start(tracer, HAETAE_TEXT("call"), HAETAE_SPAN_KIND_CLIENT);
    haetae_context_attach(client, &tokens[1]);
    check_and_end(HAETAE_SPAN_NONE, "a=1");
    /* Without a parent of its own it is none, and what was current stays so. */
    assert_int_equal(client, HAETAE_SPAN_NONE);
    assert_int_equal(haetae_current_span(), server);
    haetae_context_detach(&tokens[1]);
    haetae_context_detach(&tokens[0]);
    options.parent = NULL;
    options.parent_span = server;
    options.trace_state = haetae_string_of("b=2");
    check_and_end(haetae_span_start_with(tracer, HAETAE_TEXT("call"), &options), "b=2");
    check_and_end(server, "a=1");
    assert_false(haetae_span_get_context(server, &context));

    haetae_context_attach_remote(&remote, &tokens[0]);
    assert_int_equal(haetae_span_start_with(tracer, HAETAE_TEXT("call"), NULL), HAETAE_SPAN_NONE);
    check_and_end(HAETAE_SPAN_NONE, "a=1");
    haetae_context_detach(&tokens[0]);
    options = (haetae_span_options)HAETAE_OPTIONS(haetae_span_options, .parent = &remote, .root = 1,
                                                  .ret_context = &context);
    assert_int_equal(haetae_span_start_with(tracer, HAETAE_TEXT("root"), &options),
                     HAETAE_SPAN_NONE);
    assert_false(haetae_span_context_is_valid(&context));
}

static void remote_parent_is_passed_on_without_an_sdk(void **state)
{
    (void)state;
    check_passed_on(NULL);
}

static void remote_parent_is_passed_on_when_traces_are_off(void **state)
{
    struct core_fixture *core = *state;

    hae_tracer_provider_enable(&core->traces, false);
    check_passed_on(core->tracer);
    hae_tracer_provider_enable(&core->traces, true);
}

static void remote_parent_is_passed_on_after_the_shutdown(void **state)
{
    struct core_fixture *core = *state;

    atomic_store(&core->recorder->accepting, false);
    check_passed_on(core->tracer);
    atomic_store(&core->recorder->accepting, true);
}

static void remote_parent_is_passed_on_when_no_slot_is_left(void **state)
{
    struct core_fixture *core = *state;
    size_t count = (size_t)core_slot_count(core->recorder);
    haetae_span *spans = calloc(count, sizeof *spans);

    assert_non_null(spans);
    for (size_t i = 0; i < count; i++) {
        spans[i] = start(core);
        assert_true(haetae_span_is_recording(spans[i]));
    }
    check_passed_on(core->tracer);
    for (size_t i = 0; i < count; i++) {
        haetae_span_end(spans[i]);
        if (i % 64 == 0) {
            (void)core_drain(core);
        }
    }
    free(spans);
}

#define INHERIT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INHERIT_TEST(child_of_an_attached_context_has_its_tracestate),
        INHERIT_TEST(child_of_an_extracted_context_has_its_tracestate),
        INHERIT_TEST(child_of_a_copied_context_has_its_tracestate),
        INHERIT_TEST(child_of_a_span_that_has_ended_but_is_current_has_its_tracestate),
        INHERIT_TEST(parent_may_be_given_by_its_handle),
        INHERIT_TEST(options_may_replace_the_tracestate),
        INHERIT_TEST(context_may_get_another_tracestate),
        INHERIT_TEST(open_span_keeps_its_tracestate_however_many_others_come),
        INHERIT_TEST(context_of_an_open_span_has_its_tracestate_however_many_others_come),
        INHERIT_TEST(tracestate_is_inherited_while_others_change_the_parent),
        INHERIT_TEST(remote_parent_is_passed_on_without_an_sdk),
        INHERIT_TEST(remote_parent_is_passed_on_when_traces_are_off),
        INHERIT_TEST(remote_parent_is_passed_on_after_the_shutdown),
        INHERIT_TEST(remote_parent_is_passed_on_when_no_slot_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
