/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts as objects: values by key, spans, hand-over, coroutines. */
#include "context/context.h"

#include "base/alloc.h"
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
    assert_int_equal(hae_current()->depth, 0);
    assert_null(hae_context()->values);
    core_end(*state);
    free(*state);
    return 0;
}

static haetae_span start(struct core_fixture *core)
{
    return haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
}

static haetae_context_key *new_key(const char *name)
{
    haetae_context_key *key = NULL;

    assert_int_equal(haetae_context_key_new(name, &key), HAETAE_OK);
    assert_non_null(key);
    return key;
}

/* `context` with a value, in place of *context, whose reference goes. */
static void set_value(haetae_context **context, haetae_context_key *key, void *value,
                      void (*free_value)(void *value))
{
    haetae_context *next = NULL;

    assert_int_equal(haetae_context_with_value(*context, key, value, free_value, &next), HAETAE_OK);
    haetae_context_unref(*context);
    *context = next;
}

static void count_free(void *value)
{
    ++*(int *)value;
}

/* ---- Keys and values ---------------------------------------------------------------------- */

static void keys_of_one_name_are_different(void **state)
{
    haetae_context_key *a = new_key("name");
    haetae_context_key *b = new_key("name");
    haetae_context_key *nameless = new_key(NULL);
    haetae_context *context = NULL;
    int one = 1;

    (void)state;
    assert_string_equal(haetae_context_key_name(a), "name");
    assert_string_equal(haetae_context_key_name(nameless), "");
    assert_ptr_not_equal(a, b);
    set_value(&context, a, &one, NULL);
    assert_ptr_equal(haetae_context_value(context, a), &one);
    assert_null(haetae_context_value(context, b));
    assert_null(haetae_context_value(context, nameless));
    assert_null(haetae_context_value(context, NULL));
    haetae_context_unref(context);
    haetae_context_key_free(a);
    haetae_context_key_free(b);
    haetae_context_key_free(nameless);
}

static void context_with_a_value_leaves_the_other_as_it_was(void **state)
{
    haetae_context_key *a = new_key("a");
    haetae_context_key *b = new_key("b");
    haetae_context *with_a = NULL;
    haetae_context *with_both = NULL;
    haetae_context *replaced = NULL;
    haetae_context *without = NULL;
    int values[3] = {0, 0, 0};

    (void)state;
    set_value(&with_a, a, &values[0], NULL);
    assert_int_equal(haetae_context_with_value(with_a, b, &values[1], NULL, &with_both), HAETAE_OK);
    assert_int_equal(haetae_context_with_value(with_both, a, &values[2], NULL, &replaced),
                     HAETAE_OK);
    assert_int_equal(haetae_context_with_value(replaced, b, NULL, NULL, &without), HAETAE_OK);
    assert_ptr_equal(haetae_context_value(with_a, a), &values[0]);
    assert_null(haetae_context_value(with_a, b));
    assert_ptr_equal(haetae_context_value(with_both, a), &values[0]);
    assert_ptr_equal(haetae_context_value(with_both, b), &values[1]);
    assert_ptr_equal(haetae_context_value(replaced, a), &values[2]);
    assert_ptr_equal(haetae_context_value(replaced, b), &values[1]);
    assert_ptr_equal(haetae_context_value(without, a), &values[2]);
    assert_null(haetae_context_value(without, b));
    haetae_context_unref(with_both);
    haetae_context_unref(with_a);
    haetae_context_unref(without);
    assert_ptr_equal(haetae_context_value(replaced, b), &values[1]);
    haetae_context_unref(replaced);
    haetae_context_key_free(a);
    haetae_context_key_free(b);
}

static void value_is_freed_with_the_last_context_that_has_it(void **state)
{
    haetae_context_key *a = new_key("a");
    haetae_context_key *b = new_key("b");
    haetae_context *first = NULL;
    haetae_context *second = NULL;
    int freed_a = 0;
    int freed_b = 0;

    (void)state;
    set_value(&first, a, &freed_a, count_free);
    assert_int_equal(haetae_context_with_value(first, b, &freed_b, count_free, &second), HAETAE_OK);
    haetae_context_key_free(a); /* the contexts keep what they need of it */
    haetae_context_unref(first);
    assert_int_equal(freed_a, 0);
    set_value(&second, b, NULL, NULL);
    assert_int_equal(freed_b, 1);
    assert_int_equal(freed_a, 0);
    haetae_context_unref(second);
    assert_int_equal(freed_a, 1);
    haetae_context_key_free(b);
}

static void value_that_is_set_again_and_again_takes_no_more_memory(void **state)
{
    haetae_context_key *key = new_key("key");
    haetae_context *context = NULL;
    int freed = 0;
    long live;

    (void)state;
    set_value(&context, key, &freed, count_free);
    live = hae_alloc_live_count();
    for (int i = 0; i < 100; i++) {
        set_value(&context, key, &freed, count_free);
    }
    assert_int_equal(hae_alloc_live_count(), live);
    assert_int_equal(freed, 100);
    haetae_context_unref(context);
    haetae_context_key_free(key);
}

static void values_have_a_limit(void **state)
{
    haetae_context_key *keys[HAETAE_CONTEXT_VALUES_MAX + 1];
    haetae_context *context = NULL;
    haetae_context *more = NULL;
    int value = 0;

    (void)state;
    for (int i = 0; i <= HAETAE_CONTEXT_VALUES_MAX; i++) {
        keys[i] = new_key("key");
    }
    for (int i = 0; i < HAETAE_CONTEXT_VALUES_MAX; i++) {
        set_value(&context, keys[i], &value, NULL);
    }
    assert_int_equal(haetae_context_with_value(context, keys[HAETAE_CONTEXT_VALUES_MAX], &value,
                                               count_free, &more),
                     HAETAE_ELIMIT);
    assert_null(more);
    assert_int_equal(value, 0);               /* it stays the caller's */
    set_value(&context, keys[5], keys, NULL); /* one that it has can be replaced */
    assert_ptr_equal(haetae_context_value(context, keys[5]), keys);
    haetae_context_unref(context);
    for (int i = 0; i <= HAETAE_CONTEXT_VALUES_MAX; i++) {
        haetae_context_key_free(keys[i]);
    }
}

/* ---- Spans ------------------------------------------------------------------------------ */

static void root_has_nothing_and_needs_no_reference(void **state)
{
    struct core_fixture *core = *state;
    const haetae_context *root = haetae_context_root();
    haetae_span span = start(core);
    haetae_span_context context;
    haetae_context_token tokens[2];

    haetae_context_attach(span, &tokens[0]);
    assert_int_equal(haetae_context_span(root), HAETAE_SPAN_NONE);
    assert_false(haetae_context_span_context(root, &context));
    assert_false(haetae_span_context_is_valid(&context));
    haetae_context_unref(haetae_context_ref(root));
    haetae_context_unref(haetae_context_ref(root));
    haetae_context_attach_context(root, &tokens[1]);
    assert_false(haetae_current_span_context(NULL));
    haetae_context_detach(&tokens[1]);
    assert_int_equal(haetae_context_span(NULL), span);
    haetae_context_detach(&tokens[0]);
    haetae_span_end(span);
}

static void context_takes_span_and_values_of_the_current_one_along(void **state)
{
    struct core_fixture *core = *state;
    haetae_context_key *key = new_key("key");
    haetae_context *outer = NULL;
    haetae_context *taken = NULL;
    haetae_span span = start(core);
    haetae_context_token tokens[2];
    haetae_span_context mine;
    haetae_span_context theirs;
    int value = 0;

    set_value(&outer, key, &value, NULL);
    haetae_context_attach_context(outer, &tokens[0]);
    assert_ptr_equal(haetae_context_value(NULL, key), &value);
    haetae_context_attach(span, &tokens[1]); /* leaves the values */
    assert_ptr_equal(haetae_context_value(NULL, key), &value);
    assert_int_equal(haetae_context_current(&taken), HAETAE_OK);
    assert_true(haetae_current_span_context(&mine));
    haetae_context_detach(&tokens[1]);
    haetae_context_detach(&tokens[0]);
    assert_null(haetae_context_value(NULL, key));
    haetae_context_unref(outer);

    assert_int_equal(haetae_context_span(taken), span);
    assert_true(haetae_context_span_context(taken, &theirs));
    assert_memory_equal(&mine, &theirs, sizeof mine);
    assert_ptr_equal(haetae_context_value(taken, key), &value);
    haetae_span_end(span);
    assert_true(haetae_context_span_context(taken, &theirs)); /* it may end meanwhile */
    assert_memory_equal(&mine, &theirs, sizeof mine);
    haetae_context_unref(taken);
    haetae_context_key_free(key);
}

static void context_with_a_span_keeps_its_values(void **state)
{
    struct core_fixture *core = *state;
    haetae_context_key *key = new_key("key");
    haetae_context *plain = NULL;
    haetae_context *with_span = NULL;
    haetae_context *with_remote = NULL;
    haetae_context *stale = NULL;
    haetae_span_context remote = {.trace_id = {1}, .span_id = {2}, .is_remote = 1};
    haetae_span_context found;
    haetae_span span = start(core);
    int value = 0;

    set_value(&plain, key, &value, NULL);
    assert_int_equal(haetae_context_with_span(plain, span, &with_span), HAETAE_OK);
    assert_int_equal(haetae_context_with_span_context(with_span, &remote, &with_remote), HAETAE_OK);
    assert_int_equal(haetae_context_span(plain), HAETAE_SPAN_NONE);
    assert_int_equal(haetae_context_span(with_span), span);
    assert_int_equal(haetae_context_span(with_remote), HAETAE_SPAN_NONE);
    assert_true(haetae_context_span_context(with_remote, &found));
    assert_memory_equal(&found, &remote, sizeof found);
    assert_ptr_equal(haetae_context_value(with_remote, key), &value);
    haetae_span_end(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
    assert_int_equal(haetae_context_with_span(with_remote, span, &stale), HAETAE_OK);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    assert_true(haetae_context_span_context(stale, &found));
    assert_memory_equal(&found, &remote, sizeof found);
    haetae_context_unref(stale);
    assert_int_equal(haetae_context_with_span_context(with_span, NULL, &stale), HAETAE_OK);
    assert_false(haetae_context_span_context(stale, NULL));
    haetae_context_unref(stale);
    haetae_context_unref(plain);
    haetae_context_unref(with_span);
    haetae_context_unref(with_remote);
    haetae_context_key_free(key);
}

static void context_remembers_a_tracestate_that_the_store_forgets(void **state)
{
    haetae_trace_state text;
    haetae_trace_state found;
    haetae_span_context remote = {.trace_id = {1}, .span_id = {2}, .is_remote = 1};
    haetae_context *context = NULL;
    haetae_context_token token;

    (void)state;
    assert_int_equal(haetae_trace_state_parse("vendor=value", 12, &text), HAETAE_OK);
    assert_int_equal(haetae_span_context_set_trace_state(&remote, &text), HAETAE_OK);
    assert_int_equal(haetae_context_with_span_context(NULL, &remote, &context), HAETAE_OK);
    for (int i = 0; i < 100000 && haetae_span_context_get_trace_state(&remote, NULL); i++) {
        haetae_span_context other = {.trace_id = {3}, .span_id = {4}};

        assert_int_equal(haetae_span_context_set_trace_state(&other, &text), HAETAE_OK);
    }
    assert_false(haetae_span_context_get_trace_state(&remote, NULL));
    assert_true(haetae_context_span_context(context, &remote));
    assert_true(haetae_span_context_get_trace_state(&remote, &found));
    assert_string_equal(found.text, "vendor=value");
    haetae_context_attach_context(context, &token);
    assert_true(haetae_span_get_trace_state(HAETAE_SPAN_NONE, &found));
    assert_string_equal(found.text, "vendor=value");
    haetae_context_detach(&token);
    haetae_context_unref(context);
}

static void span_starts_in_the_context_that_its_options_name(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context remote = {.trace_id = {1}, .span_id = {2}, .is_remote = 1};
    haetae_span_context other = {.trace_id = {3}, .span_id = {4}};
    haetae_span_context got;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .ret_context = &got);
    haetae_span current = start(core);
    haetae_context *context = NULL;
    haetae_context_token token;
    haetae_span span;

    haetae_context_attach(current, &token);
    assert_int_equal(haetae_context_with_span_context(NULL, &remote, &context), HAETAE_OK);
    options.parent_context = context;
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    assert_memory_equal(got.trace_id, remote.trace_id, sizeof got.trace_id);
    haetae_span_end(span);
    options.parent = &other; /* goes before */
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    assert_memory_equal(got.trace_id, other.trace_id, sizeof got.trace_id);
    haetae_span_end(span);
    options.parent = NULL;
    options.parent_context = haetae_context_root();
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("root"), &options);
    assert_true(haetae_span_context_is_valid(&got));
    assert_memory_not_equal(got.trace_id, remote.trace_id, sizeof got.trace_id);
    haetae_span_end(span);
    assert_int_equal(haetae_current_span(), current);

    /* Where nothing records, the context is carried on. */
    options.parent_context = context;
    span = haetae_span_start_with(NULL, HAETAE_TEXT("relay"), &options);
    assert_memory_equal(&got, &remote, sizeof got);
    haetae_span_end(span);
    haetae_context_detach(&token);
    haetae_span_end(current);
    haetae_context_unref(context);
}

/* ---- Mistakes ----------------------------------------------------------------------------- */

static void context_that_is_attached_is_not_freed(void **state)
{
    haetae_context_key *key = new_key("key");
    haetae_context *context = NULL;
    haetae_context_token token;
    uint64_t misuse = hae_context_misuse_count();
    struct hae_values *values;
    int freed = 0;

    (void)state;
    set_value(&context, key, &freed, count_free);
    values = context->values;
    haetae_context_attach_context(context, &token);
    haetae_context_unref(context); /* too early */
    assert_int_equal(hae_context_misuse_count(), misuse + 1);
    assert_int_equal(freed, 0);
    assert_ptr_equal(haetae_context_value(NULL, key), &freed);
    haetae_context_detach(&token);
    /* The library has given it up. */
    hae_values_unref(values);
    hae_free(context);
    haetae_context_key_free(key);
}

static void failure_touches_nothing(void **state)
{
    haetae_context_key *key = new_key("key");
    haetae_context *context = NULL;
    int freed = 0;
    long live = hae_alloc_live_count();

    (void)state;
    assert_int_equal(haetae_context_key_new("x", NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_current(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_span(NULL, HAETAE_SPAN_NONE, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_span_context(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_value(NULL, NULL, &freed, count_free, &context),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_value(NULL, key, &freed, count_free, NULL), HAETAE_EINVAL);
    for (long allocations = 0; allocations < 100; allocations++) {
        haetae_status status;

        hae_alloc_fail_after(allocations);
        status = haetae_context_with_value(NULL, key, &freed, count_free, &context);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_OK) {
            assert_int_equal(allocations, 3);
            break;
        }
        assert_int_equal(status, HAETAE_ENOMEM);
        assert_null(context);
        assert_int_equal(freed, 0);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    haetae_context_unref(context);
    assert_int_equal(freed, 1);
    haetae_context_key_free(key);
}

/* ---- Threads ------------------------------------------------------------------------------ */

struct shared {
    haetae_context *context;
    haetae_context_key *key;
    int value;
};

static void use_shared(void *argument, unsigned number)
{
    struct shared *shared = argument;

    (void)number;
    for (unsigned i = 0; i < core_repeat(2000); i++) {
        haetae_context *mine = haetae_context_ref(shared->context);
        haetae_context *changed = NULL;
        haetae_context_token token;

        haetae_context_attach_context(mine, &token);
        assert_ptr_equal(haetae_context_value(NULL, shared->key), &shared->value);
        assert_int_equal(
            haetae_context_with_value(mine, shared->key, &shared->context, NULL, &changed),
            HAETAE_OK);
        assert_ptr_equal(haetae_context_value(changed, shared->key), &shared->context);
        haetae_context_detach(&token);
        haetae_context_unref(changed);
        haetae_context_unref(mine);
    }
}

static void threads_share_a_context(void **state)
{
    struct shared shared = {.key = new_key("shared")};

    (void)state;
    set_value(&shared.context, shared.key, &shared.value, NULL);
    core_run_threads(4, use_shared, &shared);
    haetae_context_unref(shared.context);
    haetae_context_key_free(shared.key);
}

/* ---- Coroutines --------------------------------------------------------------------------- */

static void coroutines_in_turns_keep_their_contexts(void **state)
{
    struct core_fixture *core = *state;
    haetae_span spans[2] = {start(core), start(core)};
    haetae_context_stack mine;
    haetae_context_stack stacks[2];
    haetae_context_token tokens[2];
    uint64_t misuse = hae_context_misuse_count();

    for (int i = 0; i < 2; i++) {
        haetae_context_stack_init(&stacks[i], haetae_context_root());
        haetae_context_switch(&mine, &stacks[i]);
        haetae_context_attach(spans[i], &tokens[i]);
        haetae_context_switch(&stacks[i], &mine);
        assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    }
    for (int i = 0; i < 2; i++) {
        haetae_context_switch(&mine, &stacks[i]);
        assert_int_equal(haetae_current_span(), spans[i]);
        haetae_context_detach(&tokens[1 - i]); /* the other's: a mistake */
        assert_int_equal(haetae_current_span(), spans[i]);
        haetae_context_switch(&stacks[i], &mine);
    }
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
    for (int i = 0; i < 2; i++) {
        haetae_context_switch(&mine, &stacks[i]);
        haetae_context_detach(&tokens[i]);
        assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
        haetae_context_switch(&stacks[i], &mine);
        haetae_span_end(spans[i]);
    }
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
}

struct moving {
    haetae_context_stack stack;
    haetae_context_token token;
    haetae_span span;
    haetae_span seen[2];
};

static void go_on(void *argument, unsigned number)
{
    struct moving *moving = argument;
    haetae_context_stack mine;

    (void)number;
    haetae_context_switch(&mine, &moving->stack);
    moving->seen[0] = haetae_current_span();
    haetae_context_detach(&moving->token);
    moving->seen[1] = haetae_current_span();
    haetae_context_switch(&moving->stack, &mine);
}

static void coroutine_goes_on_on_another_thread(void **state)
{
    struct core_fixture *core = *state;
    struct moving moving = {.span = start(core)};
    haetae_context_stack mine;
    uint64_t misuse = hae_context_misuse_count();

    haetae_context_stack_init(&moving.stack, NULL);
    haetae_context_switch(&mine, &moving.stack);
    haetae_context_attach(moving.span, &moving.token);
    haetae_context_switch(&moving.stack, &mine);
    core_run_threads(1, go_on, &moving);
    assert_int_equal(moving.seen[0], moving.span);
    assert_int_equal(moving.seen[1], HAETAE_SPAN_NONE);
    assert_int_equal(hae_context_misuse_count(), misuse);
    haetae_span_end(moving.span);
}

static void stack_that_does_not_wait_is_not_used(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core);
    haetae_context_stack mine;
    haetae_context_stack stack;
    haetae_context_stack zero = {{0}};
    haetae_context_token token;
    uint64_t misuse = hae_context_misuse_count();

    haetae_context_attach(span, &token);
    haetae_context_switch(&mine, &zero);
    assert_int_equal(hae_context_misuse_count(), misuse + 1);
    assert_int_equal(haetae_current_span(), span);
    haetae_context_stack_init(&stack, haetae_context_root());
    haetae_context_switch(&mine, &stack);
    haetae_context_switch(&zero, &stack); /* it runs already */
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    haetae_context_switch(&stack, &mine);
    assert_int_equal(haetae_current_span(), span);
    haetae_context_switch(NULL, &stack);
    haetae_context_switch(&mine, NULL);
    haetae_context_stack_init(NULL, NULL);
    assert_int_equal(hae_context_misuse_count(), misuse + 2);
    haetae_context_detach(&token);
    haetae_span_end(span);
}

#define CONTEXT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTEXT_TEST(keys_of_one_name_are_different),
        CONTEXT_TEST(context_with_a_value_leaves_the_other_as_it_was),
        CONTEXT_TEST(value_is_freed_with_the_last_context_that_has_it),
        CONTEXT_TEST(value_that_is_set_again_and_again_takes_no_more_memory),
        CONTEXT_TEST(values_have_a_limit),
        CONTEXT_TEST(root_has_nothing_and_needs_no_reference),
        CONTEXT_TEST(context_takes_span_and_values_of_the_current_one_along),
        CONTEXT_TEST(context_with_a_span_keeps_its_values),
        CONTEXT_TEST(context_remembers_a_tracestate_that_the_store_forgets),
        CONTEXT_TEST(span_starts_in_the_context_that_its_options_name),
        CONTEXT_TEST(context_that_is_attached_is_not_freed),
        CONTEXT_TEST(failure_touches_nothing),
        CONTEXT_TEST(threads_share_a_context),
        CONTEXT_TEST(coroutines_in_turns_keep_their_contexts),
        CONTEXT_TEST(coroutine_goes_on_on_another_thread),
        CONTEXT_TEST(stack_that_does_not_wait_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
