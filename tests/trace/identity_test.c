/* SPDX-License-Identifier: Apache-2.0 */
/* Spans that are not sampled: their identity is all that there is of them, and lies in slots that
 * the lane keeps for such. */
#include <pthread.h>
#include <sched.h>

#include "recorder/identity_slot.h"
#include "trace/trace_test.h"

enum { MORE = 3 * HAE_IDENTITY_SLOTS };

static int set_up(void **state)
{
    int result = trace_set_up(state);
    struct core_fixture *core = *state;

    assert_true(hae_sampling_set(&core->traces.sampling, "always_off", 1));
    return result;
}

#define IDENTITY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, trace_tear_down)

static haetae_span_context context_of(haetae_span span)
{
    haetae_span_context context;

    assert_true(haetae_span_get_context(span, &context));
    assert_true(haetae_span_context_is_valid(&context));
    assert_int_equal(context.trace_flags, HAETAE_TRACE_FLAG_RANDOM);
    return context;
}

static void each_span_has_ids_of_its_own_however_many_are_open(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context contexts[MORE];
    haetae_span spans[MORE];

    for (int i = 0; i < MORE; i++) {
        spans[i] = trace_start(core);
        contexts[i] = context_of(spans[i]);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(spans[i], spans[j]);
            assert_memory_not_equal(contexts[i].trace_id, contexts[j].trace_id, 16);
            assert_memory_not_equal(contexts[i].span_id, contexts[j].span_id, 8);
        }
    }
    assert_int_equal(core_sums(core).open_count, MORE);
    for (int i = 0; i < MORE; i++) {
        haetae_span_context context = context_of(spans[i]);

        assert_memory_equal(&context, &contexts[i], sizeof context);
        haetae_span_end(spans[i]);
        assert_int_equal(core_sums(core).open_count, MORE - 1 - i);
    }
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
}

/* The first spans that are open at once take the slots of the lane, each another, and more of them
 * take none. */
static void all_slots_of_the_lane_are_used(void **state)
{
    struct core_fixture *core = *state;
    haetae_span spans[HAE_IDENTITY_SLOTS + 1];

    for (int i = 0; i <= HAE_IDENTITY_SLOTS; i++) {
        spans[i] = trace_start(core);
    }
    for (int i = 0; i <= HAE_IDENTITY_SLOTS; i++) {
        const struct hae_slot *slot = hae_slot_at(core->recorder, hae_handle_slot(spans[i]));
        uint64_t state_bits = atomic_load_explicit(&slot->state, memory_order_relaxed);

        assert_int_equal((state_bits & HAE_SLOT_IDENTITY) != 0, i < HAE_IDENTITY_SLOTS);
        haetae_span_end(spans[i]);
    }
}

/* One after the other they take the same slot, and the handles differ. */
static void a_handle_is_stale_once_its_span_has_ended(void **state)
{
    struct core_fixture *core = *state;
    haetae_span first = trace_start(core);
    haetae_span_context context;
    haetae_span second;

    haetae_span_end(first);
    second = trace_start(core);
    assert_int_equal(hae_handle_slot(first), hae_handle_slot(second));
    assert_int_not_equal(first, second);
    assert_false(haetae_span_get_context(first, &context));
    haetae_span_end(first);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    (void)context_of(second);
    haetae_span_end(second);
    haetae_span_end(second);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 2);
}

static void a_child_has_the_trace_of_its_parent(void **state)
{
    struct core_fixture *core = *state;
    haetae_span parent = trace_start(core);
    haetae_span_context parent_context = context_of(parent);
    haetae_context_token token;
    haetae_span child;
    haetae_span_context context;

    haetae_context_attach(parent, &token);
    child = trace_start(core);
    haetae_context_detach(&token);
    context = context_of(child);
    assert_memory_equal(context.trace_id, parent_context.trace_id, 16);
    assert_memory_not_equal(context.span_id, parent_context.span_id, 8);
    haetae_span_end(parent);
    (void)context_of(child);
    haetae_span_end(child);
}

/* More of them than the lane has slots for, with a tracestate and without, sampled or not: the
 * start gives the context that the handle leads to. */
static void options_get_the_context(void **state)
{
    static const char *const samplers[] = {"always_off", "always_on"};
    struct core_fixture *core = *state;

    for (int i = 0; i < 4; i++) {
        haetae_span spans[MORE];

        assert_true(hae_sampling_set(&core->traces.sampling, samplers[i % 2], 1));
        for (int j = 0; j < MORE; j++) {
            haetae_span_context parent = {.trace_id = {1}, .span_id = {2}};
            haetae_span_context given;
            haetae_span_context found;
            haetae_span_options options = HAETAE_OPTIONS(
                haetae_span_options, .parent = j % 3 != 0 ? &parent : NULL, .ret_context = &given);

            if (i >= 2) {
                options.trace_state = (haetae_string){"a=b", 3};
            }
            memset(&given, 0xA5, sizeof given);
            spans[j] = haetae_span_start_with(core->tracer, HAETAE_TEXT("span"), &options);
            assert_true(haetae_span_get_context(spans[j], &found));
            assert_memory_equal(&given, &found, sizeof given);
            assert_int_equal(given.trace_flags & HAETAE_TRACE_FLAG_SAMPLED, i % 2);
            assert_int_equal(memcmp(given.trace_id, parent.trace_id, 16) == 0, j % 3 != 0);
        }
        for (int j = 0; j < MORE; j++) {
            haetae_span_end(spans[j]);
        }
        core_forget(core);
    }
}

/* ---- Several threads ---------------------------------------------------------------------- */

struct passed {
    struct core_fixture *core;
    haetae_span span;
};

static void *end_it(void *user)
{
    haetae_span_end(((struct passed *)user)->span);
    return NULL;
}

static void *start_it(void *user)
{
    struct passed *passed = user;

    passed->span = trace_start(passed->core);
    return NULL;
}

static void run(void *(*work)(void *), struct passed *passed)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, passed), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void another_thread_ends_a_span(void **state)
{
    struct core_fixture *core = *state;
    struct passed passed = {core, trace_start(core)};
    uint32_t slot = hae_handle_slot(passed.span);
    haetae_span_context context;

    run(end_it, &passed);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_false(haetae_span_get_context(passed.span, &context));
    run(end_it, &passed);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 1);
    /* The slot is of use again. */
    passed.span = trace_start(core);
    assert_int_equal(hae_handle_slot(passed.span), slot);
    haetae_span_end(passed.span);
}

static void a_span_outlives_its_thread(void **state)
{
    struct core_fixture *core = *state;
    struct passed passed = {core, HAETAE_SPAN_NONE};
    haetae_span_context before;
    haetae_span_context after;
    haetae_span spans[MORE];

    run(start_it, &passed);
    before = context_of(passed.span);
    /* This thread may have the lane now. */
    for (int i = 0; i < MORE; i++) {
        spans[i] = trace_start(core);
        assert_int_not_equal(hae_handle_slot(spans[i]), hae_handle_slot(passed.span));
    }
    for (int i = 0; i < MORE; i++) {
        haetae_span_end(spans[i]);
    }
    after = context_of(passed.span);
    assert_memory_equal(&after, &before, sizeof after);
    haetae_span_end(passed.span);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
}

/* ---- On lent lanes ------------------------------------------------------------------------ */

static void *keep_identities(void *user)
{
    struct core_fixture *core = user;
    unsigned rounds = core_repeat(5000);

    for (unsigned round = 0; round < rounds; round++) {
        haetae_span spans[2] = {trace_start(core), trace_start(core)};
        haetae_span_context before[2] = {context_of(spans[0]), context_of(spans[1])};

        sched_yield();
        for (int i = 0; i < 2; i++) {
            haetae_span_context after = context_of(spans[i]);

            assert_memory_equal(&after, &before[i], sizeof after);
            haetae_span_end(spans[i]);
            assert_false(haetae_span_get_context(spans[i], &after));
        }
        assert_memory_not_equal(before[0].trace_id, before[1].trace_id, 16);
    }
    return NULL;
}

static void spans_keep_their_identity_on_lent_lanes(void **state)
{
    struct core_fixture *core = *state;
    struct hae_lane *taken[HAE_LANES_MAX];
    pthread_t threads[3];
    uint32_t count = 0;

    for (;;) {
        taken[count] = hae_lane_claim(core->recorder, core->recorder->lane_count);
        if (taken[count] == NULL) {
            break;
        }
        count++;
    }
    assert_true(count < core->recorder->lane_count);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, keep_identities, core), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
    for (uint32_t i = 0; i < count; i++) {
        hae_lane_hand_back(core->recorder, taken[i]);
    }
}

/* ---- Races -------------------------------------------------------------------------------- */

/* Both threads end each span: one of them does, and the other is counted. */
struct race {
    struct core_fixture *core;
    _Atomic haetae_span span;
    _Atomic unsigned round;
    _Atomic unsigned done;
    unsigned rounds;
};

static void *end_each(void *user)
{
    struct race *race = user;

    for (unsigned round = 1; round <= race->rounds; round++) {
        while (atomic_load(&race->round) < round) {
            sched_yield();
        }
        haetae_span_end(atomic_load(&race->span));
        atomic_store(&race->done, round);
    }
    return NULL;
}

static void two_threads_end_one_span_once(void **state)
{
    struct core_fixture *core = *state;
    struct race race = {.core = core, .rounds = core_repeat(20000)};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, end_each, &race), 0);
    for (unsigned round = 1; round <= race.rounds; round++) {
        haetae_span span = trace_start(core);
        haetae_span next;

        atomic_store(&race.span, span);
        atomic_store(&race.round, round);
        haetae_span_end(span);
        /* A late end of the other thread does not end what comes next. */
        next = trace_start(core);
        while (atomic_load(&race.done) < round) {
            sched_yield();
        }
        (void)context_of(next);
        haetae_span_end(next);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(core_sums(core).open_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IDENTITY_TEST(each_span_has_ids_of_its_own_however_many_are_open),
        IDENTITY_TEST(all_slots_of_the_lane_are_used),
        IDENTITY_TEST(a_handle_is_stale_once_its_span_has_ended),
        IDENTITY_TEST(a_child_has_the_trace_of_its_parent),
        IDENTITY_TEST(options_get_the_context),
        IDENTITY_TEST(another_thread_ends_a_span),
        IDENTITY_TEST(a_span_outlives_its_thread),
        IDENTITY_TEST(spans_keep_their_identity_on_lent_lanes),
        IDENTITY_TEST(two_threads_end_one_span_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
