/* SPDX-License-Identifier: Apache-2.0 */
/* The current context of a thread. */
#include "context/current.h"

#include "support/core_fixture.h"

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
    /* Each test leaves the thread as it found it. */
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_false(haetae_current_span_context(NULL));
    assert_int_equal(hae_current()->depth, 0);
    core_end(*state);
    free(*state);
    return 0;
}

static haetae_span start(struct core_fixture *core)
{
    return haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
}

static void check_current(haetae_span span)
{
    haetae_span_context current;
    haetae_span_context expected;

    assert_int_equal(haetae_current_span(), span);
    assert_int_equal(haetae_current_span_context(&current), span != HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_get_context(span, &expected), span != HAETAE_SPAN_NONE);
    assert_memory_equal(&current, &expected, sizeof current);
}

static void attached_span_is_current_until_it_is_detached(void **state)
{
    struct core_fixture *core = *state;
    haetae_span spans[20];
    haetae_context_token tokens[20];

    check_current(HAETAE_SPAN_NONE);
    for (int i = 0; i < 20; i++) {
        spans[i] = start(core);
        haetae_context_attach(spans[i], &tokens[i]);
        check_current(spans[i]);
    }
    for (int i = 20; i-- > 0;) {
        check_current(spans[i]);
        haetae_context_detach(&tokens[i]);
        haetae_span_end(spans[i]);
    }
    assert_int_equal(hae_context_misuse_count(), 0);
}

static void attaching_no_span_changes_nothing(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_span ended = start(core);
    haetae_context_token tokens[3];

    haetae_span_end(ended);
    haetae_context_attach(HAETAE_SPAN_NONE, &tokens[0]);
    check_current(HAETAE_SPAN_NONE);
    haetae_context_attach(span, &tokens[1]);
    haetae_context_attach(HAETAE_SPAN_NONE, &tokens[2]);
    check_current(span);
    haetae_context_detach(&tokens[2]);
    check_current(span);
    haetae_context_attach(ended, &tokens[2]);
    check_current(span);
    haetae_context_detach(&tokens[2]);
    haetae_context_detach(&tokens[1]);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(span);
    assert_int_equal(hae_context_misuse_count(), 0);
}

static void bare_context_is_current_without_a_span(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_span_context remote = {.trace_flags = 1, .is_remote = 1};
    haetae_span_context current;
    haetae_context_token tokens[3];

    memset(remote.trace_id, 0x11, 16);
    memset(remote.span_id, 0x22, 8);
    haetae_context_attach(span, &tokens[0]);
    haetae_context_attach_remote(&remote, &tokens[1]);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_true(haetae_current_span_context(&current));
    assert_memory_equal(&current, &remote, sizeof remote);
    haetae_context_attach_remote(NULL, &tokens[2]);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_false(haetae_current_span_context(&current));
    assert_false(haetae_span_context_is_valid(&current));
    haetae_context_detach(&tokens[2]);
    assert_true(haetae_current_span_context(&current));
    haetae_context_detach(&tokens[1]);
    check_current(span);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(span);
}

static void context_of_a_span_that_ends_stays_current(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_context_token token;
    haetae_span_context before;
    haetae_span_context after;

    haetae_context_attach(span, &token);
    assert_true(haetae_current_span_context(&before));
    haetae_span_end(span);
    assert_true(haetae_current_span_context(&after));
    assert_memory_equal(&before, &after, sizeof before);
    haetae_context_detach(&token);
}

static void span_that_ended_but_is_current_is_the_parent_of_later_spans(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_span_context ended;
    haetae_span_context child;
    haetae_context_token token;
    haetae_span later;

    assert_true(haetae_span_get_context(span, &ended));
    haetae_context_attach(span, &token);
    haetae_span_end(span);
    assert_int_equal(haetae_current_span(), span);
    later = start(core);
    assert_true(haetae_span_get_context(later, &child));
    assert_memory_equal(child.trace_id, ended.trace_id, sizeof child.trace_id);
    haetae_context_detach(&token);
    haetae_span_end(later);
}

static void outer_detach_ends_inner_ones_which_are_counted_when_they_come_later(void **state)
{
    struct core_fixture *core = *state;
    uint64_t before = hae_context_misuse_count();
    haetae_span spans[3];
    haetae_context_token tokens[3];

    for (int i = 0; i < 3; i++) {
        spans[i] = start(core);
        haetae_context_attach(spans[i], &tokens[i]);
    }
    haetae_context_detach(&tokens[1]);
    check_current(spans[0]);
    haetae_context_detach(&tokens[2]); /* is not current any more, and changes nothing */
    check_current(spans[0]);
    assert_int_equal(hae_context_misuse_count(), before + 1);
    haetae_context_detach(&tokens[1]); /* a second time */
    check_current(spans[0]);
    assert_int_equal(hae_context_misuse_count(), before + 2);
    haetae_context_detach(&tokens[0]);
    check_current(HAETAE_SPAN_NONE);
    for (int i = 0; i < 3; i++) {
        haetae_span_end(spans[i]);
    }
}

static void parent_with_zero_ids_is_none(void **state)
{
    struct core_fixture *core = *state;
    haetae_span current = start(core);
    haetae_span_context parents[3] = {{.trace_flags = 1}, {.trace_id = {1}}, {.span_id = {1}}};
    haetae_span_context mine;
    haetae_context_token token;

    haetae_context_attach(current, &token);
    assert_true(haetae_span_get_context(current, &mine));
    for (int i = 0; i < 3; i++) {
        haetae_span_context context;
        haetae_span_options options =
            HAETAE_OPTIONS(haetae_span_options, .parent = &parents[i], .ret_context = &context);
        haetae_span span = haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options);

        assert_true(haetae_span_context_is_valid(&context));
        assert_memory_not_equal(context.trace_id, mine.trace_id, sizeof mine.trace_id);
        assert_memory_not_equal(context.trace_id, parents[i].trace_id, sizeof mine.trace_id);
        haetae_span_end(span);
    }
    haetae_context_detach(&token);
    haetae_span_end(current);
}

static void context_of_a_span_is_what_it_was_given(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_span_context context;

    assert_true(haetae_span_get_context(span, &context));
    assert_true(haetae_span_context_is_valid(&context));
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_SAMPLED | HAETAE_TRACE_FLAG_RANDOM);
    assert_int_equal(context.is_remote, 0);
    assert_true(haetae_span_get_context(span, NULL));
    haetae_span_end(span);
    memset(&context, 0x55, sizeof context);
    assert_false(haetae_span_get_context(span, &context));
    for (size_t i = 0; i < sizeof context; i++) {
        assert_int_equal(((uint8_t *)&context)[i], 0);
    }
}

/* ---- Mistakes --------------------------------------------------------------------------- */

static void token_is_good_for_one_detach(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    uint64_t misuse = hae_context_misuse_count();
    haetae_context_token token;
    haetae_context_token copy;

    haetae_context_attach(span, &token);
    copy = token;
    haetae_context_detach(&token);
    check_current(HAETAE_SPAN_NONE);
    haetae_context_detach(&token);
    haetae_context_detach(&copy);
    check_current(HAETAE_SPAN_NONE);
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
    haetae_span_end(span);
}

static void token_that_was_never_attached_is_counted(void **state)
{
    uint64_t misuse = hae_context_misuse_count();
    haetae_context_token zero;
    haetae_context_token garbage;

    (void)state;
    memset(&zero, 0, sizeof zero);
    memset(&garbage, 0xA5, sizeof garbage);
    haetae_context_detach(&zero);
    haetae_context_detach(&garbage);
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
    haetae_context_detach(NULL);
    haetae_context_attach(HAETAE_SPAN_NONE, NULL);
    haetae_context_attach_remote(NULL, NULL);
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
}

static void detach_of_an_outer_token_takes_the_inner_along(void **state)
{
    struct core_fixture *core = *state;
    haetae_span outer = start(core);
    haetae_span inner = start(core);
    uint64_t misuse = hae_context_misuse_count();
    haetae_context_token tokens[3];

    haetae_context_attach(outer, &tokens[0]);
    haetae_context_attach(inner, &tokens[1]);
    haetae_context_attach(outer, &tokens[2]);
    haetae_context_detach(&tokens[1]); /* the third was forgotten */
    check_current(outer);
    assert_int_equal(hae_context_misuse_count(), misuse);
    haetae_context_detach(&tokens[2]); /* now it is too late for it */
    check_current(outer);
    assert_int_equal(hae_context_misuse_count(), misuse + 1);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(inner);
    haetae_span_end(outer);
}

struct elsewhere {
    haetae_span span;
    haetae_context_token token;
    haetae_span seen[2];
    uint64_t misuse;
};

static void use_elsewhere(void *argument, unsigned number)
{
    struct elsewhere *elsewhere = argument;
    haetae_context_token token;

    (void)number;
    elsewhere->seen[0] = haetae_current_span();
    haetae_context_attach(elsewhere->span, &token);
    elsewhere->seen[1] = haetae_current_span();
    elsewhere->misuse = hae_context_misuse_count();
    haetae_context_detach(&elsewhere->token); /* another thread's */
    elsewhere->misuse = hae_context_misuse_count() - elsewhere->misuse;
    haetae_context_detach(&token);
}

static void each_thread_has_a_context_of_its_own(void **state)
{
    struct core_fixture *core = *state;
    struct elsewhere elsewhere = {.span = start(core)};

    haetae_context_attach(elsewhere.span, &elsewhere.token);
    core_run_threads(1, use_elsewhere, &elsewhere);
    assert_int_equal(elsewhere.seen[0], HAETAE_SPAN_NONE);
    assert_int_equal(elsewhere.seen[1], elsewhere.span);
    assert_int_equal(elsewhere.misuse, 1);
    check_current(elsewhere.span);
    haetae_context_detach(&elsewhere.token); /* still good here */
    haetae_span_end(elsewhere.span);
}

static void scope_of_a_block_ends_and_detaches(void **state)
{
    struct core_fixture *core = *state;

    for (int i = 0; i < 2; i++) {
        HAETAE_SPAN_SCOPE(outer, core->tracer, "outer", HAETAE_SPAN_KIND_SERVER);
        check_current(outer);
        {
            HAETAE_SPAN_SCOPE(inner, core->tracer, "inner", HAETAE_SPAN_KIND_INTERNAL);
            check_current(inner);
            haetae_span_set(inner, "i", i);
        }
        check_current(outer);
        if (i == 1) {
            break;
        }
    }
    check_current(HAETAE_SPAN_NONE);
    assert_int_equal(core_published(core, HAETAE_SIGNAL_TRACES), 4);
    assert_int_equal(core_sums(core).open_count, 0);
}

#define CURRENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CURRENT_TEST(attached_span_is_current_until_it_is_detached),
        CURRENT_TEST(attaching_no_span_changes_nothing),
        CURRENT_TEST(bare_context_is_current_without_a_span),
        CURRENT_TEST(context_of_a_span_that_ends_stays_current),
        CURRENT_TEST(span_that_ended_but_is_current_is_the_parent_of_later_spans),
        CURRENT_TEST(outer_detach_ends_inner_ones_which_are_counted_when_they_come_later),
        CURRENT_TEST(parent_with_zero_ids_is_none),
        CURRENT_TEST(context_of_a_span_is_what_it_was_given),
        CURRENT_TEST(token_is_good_for_one_detach),
        CURRENT_TEST(token_that_was_never_attached_is_counted),
        CURRENT_TEST(detach_of_an_outer_token_takes_the_inner_along),
        CURRENT_TEST(each_thread_has_a_context_of_its_own),
        CURRENT_TEST(scope_of_a_block_ends_and_detaches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
