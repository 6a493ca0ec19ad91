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
        TRACE_TEST(tracer_get_survives_lack_of_memory),
        TRACE_TEST(tracer_get_reports_each_error),
        TRACE_TEST(threads_get_the_same_tracers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
