/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "recorder/scope.h"
#include "trace/trace_test.h"

static haetae_scope_options named(const char *name)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);

    options.name = haetae_string_of(name);
    return options;
}

static void same_scope_gives_the_same_tracer(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options a = named("a");
    haetae_scope_options b = named("b");
    haetae_tracer *tracers[4] = {NULL};

    assert_int_equal(hae_tracer_get(&core->traces, &a, &tracers[0]), HAETAE_OK);
    assert_int_equal(hae_tracer_get(&core->traces, &b, &tracers[1]), HAETAE_OK);
    assert_int_equal(hae_tracer_get(&core->traces, &a, &tracers[2]), HAETAE_OK);
    assert_int_equal(hae_tracer_get(&core->traces, NULL, &tracers[3]), HAETAE_OK);
    assert_ptr_equal(tracers[0], tracers[2]);
    assert_ptr_not_equal(tracers[0], tracers[1]);
    assert_ptr_equal(tracers[3], core->tracer);
}

static void records_name_the_scope_of_their_tracer(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("library");
    struct hae_scope_view scope;
    haetae_tracer *tracer = NULL;

    assert_int_equal(hae_tracer_get(&core->traces, &options, &tracer), HAETAE_OK);
    for (int i = 0; i < 2; i++) {
        /* Through the lane, and handed over. */
        if (i == 1) {
            core_busy_begin();
        }
        haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL));
    }
    core_busy_end();
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 2);
    for (int i = 0; i < 2; i++) {
        scope = hae_scope_at(&core->recorder->heap, core->records[i].scope);
        assert_int_equal(scope.scope_size_bytes, 2 + strlen("library"));
        assert_memory_equal(scope.bytes + 2, "library", strlen("library"));
    }
}

/* Attributes are a set: order makes no other scope, nor does a value that a later one replaces. */
static void order_of_attributes_makes_no_other_tracer(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute lists[4][3] = {
        {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2), HAETAE_ATTR("bb", 3)},
        {HAETAE_ATTR("bb", 3), HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 1)},
        {HAETAE_ATTR("a", 5), HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 1)},
        {HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)},
    };
    haetae_tracer *tracers[4];

    for (int i = 0; i < 4; i++) {
        haetae_scope_options options = named("attributes");

        options.attributes = lists[i];
        options.attribute_count = 3;
        assert_int_equal(hae_tracer_get(&core->traces, &options, &tracers[i]), HAETAE_OK);
    }
    assert_ptr_equal(tracers[0], tracers[1]);
    assert_ptr_equal(tracers[2], tracers[3]);
    assert_ptr_not_equal(tracers[0], tracers[2]);
}

/* Two tracers by turns, in one drain: each record names its own scope. */
static void records_of_two_tracers_by_turns_name_their_own_scopes(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options[2] = {named("one"), named("two")};
    haetae_tracer *tracers[2];

    for (int i = 0; i < 2; i++) {
        assert_int_equal(hae_tracer_get(&core->traces, &options[i], &tracers[i]), HAETAE_OK);
    }
    for (int i = 0; i < 20; i++) {
        haetae_span_end(haetae_span_start(tracers[i % 2], i % 2 == 0 ? "one" : "two", 3,
                                          HAETAE_SPAN_KIND_INTERNAL));
    }
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 20);
    for (int i = 0; i < 20; i++) {
        struct hae_scope_view scope = hae_scope_at(&core->recorder->heap, core->records[i].scope);

        assert_memory_equal(scope.bytes + 2, i % 2 == 0 ? "one" : "two", 3);
    }
}

static bool enabled_by(struct core_fixture *core, const char *sampler)
{
    assert_true(hae_sampling_set(&core->traces.sampling, sampler, 0.5));
    return haetae_tracer_enabled(core->tracer);
}

static void tracer_is_enabled_where_its_spans_may_be_exported(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = {.trace_id = {1}, .span_id = {2}};
    haetae_context_token token;

    assert_true(enabled_by(core, "always_on"));
    assert_true(enabled_by(core, "traceidratio"));
    assert_false(enabled_by(core, "always_off"));
    assert_true(enabled_by(core, "parentbased_always_on"));
    assert_false(enabled_by(core, "parentbased_always_off"));
    haetae_context_attach_remote(&parent, &token);
    assert_true(enabled_by(core, "always_on"));
    assert_false(enabled_by(core, "parentbased_always_on"));
    assert_false(enabled_by(core, "parentbased_traceidratio"));
    haetae_context_detach(&token);
    parent.trace_flags = HAETAE_TRACE_FLAG_SAMPLED;
    haetae_context_attach_remote(&parent, &token);
    assert_false(enabled_by(core, "always_off"));
    assert_true(enabled_by(core, "parentbased_always_off"));
    haetae_context_detach(&token);
    assert_true(enabled_by(core, "always_on"));
    core->traces.without_exporter = true;
    assert_false(haetae_tracer_enabled(core->tracer));
    core->traces.without_exporter = false;
}

static void tracer_get_survives_lack_of_memory(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("wanted");
    haetae_tracer *tracer = NULL;
    long live = hae_alloc_live_count();
    haetae_status status;

    for (long fail = 0;; fail++) {
        hae_alloc_fail_after(fail);
        status = hae_tracer_get(&core->traces, &options, &tracer);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_OK) {
            break;
        }
        assert_int_equal(status, HAETAE_ENOMEM);
        assert_null(tracer);
        assert_int_equal(hae_alloc_live_count(), live);
        assert_true(fail < 100);
    }
    assert_int_equal(hae_alloc_live_count(), live + 1);
}

static void tracer_get_reports_each_error(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = named("x");
    haetae_tracer *tracer = core->tracer;

    options.struct_size = 3;
    assert_int_equal(hae_tracer_get(&core->traces, &options, &tracer), HAETAE_EINVAL);
    assert_ptr_equal(tracer, core->tracer);
}

enum { THREADS = 4, SCOPES = 50 };

struct race {
    struct core_fixture *core;
    haetae_tracer *tracers[THREADS][SCOPES];
};

static void get_all(void *argument, unsigned number)
{
    struct race *race = argument;

    for (unsigned i = 0; i < SCOPES; i++) {
        unsigned which = (i + number * 12) % SCOPES;
        char name[16];
        haetae_scope_options options;

        snprintf(name, sizeof name, "scope %u", which);
        options = named(name);
        (void)hae_tracer_get(&race->core->traces, &options, &race->tracers[number][which]);
    }
}

static void threads_get_the_same_tracers(void **state)
{
    struct race race = {.core = *state};

    core_run_threads(THREADS, get_all, &race);
    for (int i = 0; i < SCOPES; i++) {
        assert_non_null(race.tracers[0][i]);
        for (int j = 1; j < THREADS; j++) {
            assert_ptr_equal(race.tracers[j][i], race.tracers[0][i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(same_scope_gives_the_same_tracer),
        TRACE_TEST(records_name_the_scope_of_their_tracer),
        TRACE_TEST(order_of_attributes_makes_no_other_tracer),
        TRACE_TEST(records_of_two_tracers_by_turns_name_their_own_scopes),
        TRACE_TEST(tracer_is_enabled_where_its_spans_may_be_exported),
        TRACE_TEST(tracer_get_survives_lack_of_memory),
        TRACE_TEST(tracer_get_reports_each_error),
        TRACE_TEST(threads_get_the_same_tracers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
