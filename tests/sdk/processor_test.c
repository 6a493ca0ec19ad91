/* SPDX-License-Identifier: Apache-2.0 */
/* Span processors in an SDK. */
#include "trace/processor.h"

#include <sys/wait.h>
#include <unistd.h>

#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

static uint8_t resource[4096];
static size_t resource_size_bytes;
static uint64_t ended_count;

static void on_end(void *user, const haetae_span_view *view)
{
    (void)user;
    assert_true(view->origin->resource_size_bytes <= sizeof resource);
    memcpy(resource, view->origin->resource, view->origin->resource_size_bytes);
    resource_size_bytes = view->origin->resource_size_bytes;
    ended_count++;
}

static void record_span(haetae_sdk *sdk)
{
    haetae_span_processor processor = HAETAE_OPTIONS(haetae_span_processor, .on_end = on_end);

    if (sdk->traces.processors.count == 0) {
        assert_int_equal(hae_tracer_provider_add_processor(&sdk->traces, &processor), HAETAE_OK);
    }
    sdk_spans(sdk, 1);
}

static bool sees_own_resource(const haetae_sdk *sdk)
{
    return resource_size_bytes != 0 && resource_size_bytes == sdk->resource.size_bytes &&
           memcmp(resource, sdk->resource.bytes, resource_size_bytes) == 0;
}

static void processor_sees_the_resource_of_its_process(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    int status;
    pid_t child;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    record_span(sdk);
    assert_true(sees_own_resource(sdk));
    child = fork();
    if (child == 0) {
        record_span(sdk);
        _exit(ended_count == 2 && sees_own_resource(sdk) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

struct seen {
    unsigned started;
    unsigned ending;
    unsigned ended;
    uint64_t end_time_unix_ns;
    bool shut_down;
};

static void count_start(void *self, const haetae_span_view *view, haetae_span_fields *fields,
                        const haetae_context *parent)
{
    struct seen *seen = self;

    (void)view;
    (void)fields;
    (void)parent;
    seen->started++;
}

static void count_ending(void *self, const haetae_span_view *view, haetae_span_fields *fields)
{
    struct seen *seen = self;

    (void)view;
    haetae_span_fields_update_name(fields, HAETAE_TEXT("left"));
    seen->ending++;
}

static void count_end(void *self, const haetae_span_view *view)
{
    struct seen *seen = self;
    char name[8];

    assert_false(seen->shut_down);
    assert_int_equal(haetae_span_view_name(view, name, sizeof name), 4);
    assert_memory_equal(name, "left", 4);
    seen->end_time_unix_ns = view->end_time_unix_ns;
    seen->ended++;
}

static haetae_status note_shutdown(void *self, uint32_t timeout_ms)
{
    struct seen *seen = self;

    (void)timeout_ms;
    seen->shut_down = true;
    return HAETAE_OK;
}

static void processors_see_the_ends_that_the_shutdown_makes(void **state)
{
    struct seen seen = {.started = 0};
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .self = &seen, .on_start = count_start,
                       .on_ending = count_ending, .on_end = count_end, .shutdown = note_shutdown);
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_add_span_processor(config, &processor), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    (void)haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("open"), 1);
    (void)haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("open"), 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(seen.started, 2);
    assert_int_equal(seen.ending, 2);
    assert_int_equal(seen.ended, 2);
    assert_true(seen.end_time_unix_ns != 0);
    assert_true(seen.shut_down);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 2);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processor_sees_the_resource_of_its_process),
        cmocka_unit_test(processors_see_the_ends_that_the_shutdown_makes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
