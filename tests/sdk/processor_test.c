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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processor_sees_the_resource_of_its_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
