/* SPDX-License-Identifier: Apache-2.0 */
/* The default SDK of the process, and what a library finds of it. */
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

HAETAE_LIBRARY(cache, "acme.cache", "1.2");

static int tear_down(void **state)
{
    (void)state;
    haetae_set_default_sdk(NULL);
    return 0;
}

static void end_span(haetae_library *library)
{
    haetae_span_end(haetae_span_start(haetae_library_tracer(library), HAETAE_TEXT("hit"),
                                      HAETAE_SPAN_KIND_INTERNAL));
}

static void library_finds_nothing_without_a_default(void **state)
{
    (void)state;
    assert_null(haetae_default_sdk());
    assert_null(haetae_library_tracer(&cache));
    assert_null(haetae_library_meter(&cache));
    assert_null(haetae_library_logger(&cache));
    end_span(&cache);
}

static void library_finds_the_default_from_its_setting_on(void **state)
{
    struct fake_exporter fake;
    haetae_library local = {.name = haetae_string_of("local")};
    haetae_counter *counter = NULL;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("hits"));
    haetae_sdk *sdk;

    (void)state;
    end_span(&cache);
    end_span(&local);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    assert_null(haetae_library_tracer(&cache)); /* to start is not to set */
    haetae_set_default_sdk(sdk);
    assert_ptr_equal(haetae_default_sdk(), sdk);
    assert_non_null(haetae_library_tracer(&cache));
    assert_ptr_equal(haetae_library_tracer(&cache), haetae_library_tracer(&cache));
    assert_ptr_equal(haetae_library_tracer(&local), haetae_tracer_named(sdk, "local"));
    assert_ptr_not_equal(haetae_library_tracer(&cache), haetae_tracer_named(sdk, "acme.cache"));
    assert_ptr_equal(haetae_library_logger(&local), haetae_logger_named(sdk, "local"));
    assert_ptr_equal(haetae_library_meter(&local), haetae_meter_named(sdk, "local"));
    assert_int_equal(haetae_counter_create(haetae_library_meter(&local), &options, &counter),
                     HAETAE_OK);
    end_span(&cache);
    end_span(&local);
    sdk_logs_of(haetae_library_logger(&cache), 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 3);
    sdk_finish(sdk, &fake);
}

static void generation_changes_with_the_default(void **state)
{
    uint64_t first = haetae_default_generation();

    (void)state;
    assert_int_not_equal(first, 0);
    assert_int_equal(haetae_default_generation(), first);
    haetae_set_default_sdk(NULL);
    assert_int_not_equal(haetae_default_generation(), first);
}

static void library_goes_on_with_another_default(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdks[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_init(&fakes[i], "fake", fake_accept);
        sdks[i] = sdk_start_manual(&fakes[i]);
        haetae_set_default_sdk(sdks[i]);
        end_span(&cache);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(haetae_sdk_force_flush(sdks[i], 0), HAETAE_OK);
        sdk_all_delivered(sdks[i], HAETAE_SIGNAL_TRACES, 1);
    }
    sdk_finish(sdks[0], &fakes[0]); /* is not the default any more, which stays */
    assert_ptr_equal(haetae_default_sdk(), sdks[1]);
    sdk_finish(sdks[1], &fakes[1]); /* is, and goes */
    assert_null(haetae_default_sdk());
    assert_null(haetae_library_tracer(&cache));
    end_span(&cache);
}

static void library_finds_nothing_new_after_a_shutdown(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_tracer *tracer;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    haetae_set_default_sdk(sdk);
    tracer = haetae_library_tracer(&cache);
    assert_non_null(tracer);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1000), HAETAE_OK);
    assert_ptr_equal(haetae_library_tracer(&cache), tracer); /* counts what comes too late */
    assert_null(haetae_library_logger(&cache));
    sdk_finish(sdk, &fake);
}

static void library_asks_again_where_memory_was_short(void **state)
{
    struct fake_exporter fake;
    haetae_library local = {.name = haetae_string_of("short")};
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    haetae_set_default_sdk(sdk);
    hae_alloc_fail_after(0);
    assert_null(haetae_library_tracer(&local));
    hae_alloc_fail_after(-1);
    assert_non_null(haetae_library_tracer(&local));
    sdk_finish(sdk, &fake);
}

/* ---- Threads and fork --------------------------------------------------------------------- */

struct racing {
    haetae_sdk *sdks[2];
    _Atomic unsigned ended_count;
};

static void use_library(void *argument)
{
    struct racing *racing = argument;

    for (unsigned i = 0; i < sdk_repeat(20000); i++) {
        end_span(&cache);
    }
    atomic_fetch_add(&racing->ended_count, 1);
}

static void *use_on_threads(void *argument)
{
    sdk_run_threads(3, use_library, argument);
    return NULL;
}

static void default_changes_beside_its_use(void **state)
{
    struct racing racing = {.ended_count = 0};
    struct fake_exporter fakes[2];
    pthread_t thread;
    uint64_t sum = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_init(&fakes[i], "fake", fake_accept);
        racing.sdks[i] =
            sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&fakes[i]));
    }
    haetae_set_default_sdk(racing.sdks[0]);
    assert_int_equal(pthread_create(&thread, NULL, use_on_threads, &racing), 0);
    for (unsigned i = 0; atomic_load(&racing.ended_count) < 3; i++) {
        haetae_set_default_sdk(racing.sdks[i % 2]);
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < 2; i++) {
        sum += sdk_numbers(racing.sdks[i], HAETAE_SIGNAL_TRACES).recorded;
        sdk_finish(racing.sdks[i], &fakes[i]);
    }
    /* Each span is in one of them. */
    assert_int_equal(sum, 3 * sdk_repeat(20000));
}

static void child_finds_the_same(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    int status = 0;
    pid_t child;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    haetae_set_default_sdk(sdk);
    tracer = haetae_library_tracer(&cache);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool same = haetae_default_sdk() == sdk && haetae_library_tracer(&cache) == tracer;

        _exit(same && haetae_library_logger(&cache) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    sdk_finish(sdk, &fake);
}

#define DEFAULT_TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEFAULT_TEST(library_finds_nothing_without_a_default),
        DEFAULT_TEST(library_finds_the_default_from_its_setting_on),
        DEFAULT_TEST(generation_changes_with_the_default),
        DEFAULT_TEST(library_goes_on_with_another_default),
        DEFAULT_TEST(library_finds_nothing_new_after_a_shutdown),
        DEFAULT_TEST(library_asks_again_where_memory_was_short),
        DEFAULT_TEST(default_changes_beside_its_use),
        DEFAULT_TEST(child_finds_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
