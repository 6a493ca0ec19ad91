/* SPDX-License-Identifier: Apache-2.0 */
/* The resource as it is sent with each signal: its attributes and the URL of its schema. */
#include "capture.h"
#include "support/temporary.h"

#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

static void record(struct capture *c)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"x", 1});
    haetae_counter *counter = NULL;

    haetae_span_end(haetae_span_start(c->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL));
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
    assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
}

static bool has_service(const HaeOtlp__Resource *resource, const char *name)
{
    const HaeOtlp__AnyValue *value =
        capture_find(resource->attributes, resource->n_attributes, "service.name");

    return value != NULL && strcmp(value->string_value, name) == 0;
}

static void schema_url_goes_out_with_each_signal(void **state)
{
    struct capture *c = *state;
    const char *expected = "https://opentelemetry.io/schemas/1.43.0";

    record(c);
    (void)capture_span(c);
    assert_string_equal(c->traces->resource_spans[0]->schema_url, expected);
    assert_string_equal(c->logs->resource_logs[0]->schema_url, expected);
    assert_string_equal(c->metrics->resource_metrics[0]->schema_url, expected);
    /* That of a scope is another one. */
    assert_null(c->traces->resource_spans[0]->scope_spans[0]->schema_url);
    assert_non_null(c->traces->resource_spans[0]->resource);
    assert_false(has_service(c->traces->resource_spans[0]->resource, "nobody"));
}

/* ---- Of a dead process -------------------------------------------------------------------------
 */

static struct {
    char schema_url[64];
    bool has_service;
} left;

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    HaeOtlp__ExportTraceServiceRequest *request = hae_otlp__export_trace_service_request__unpack(
        NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));

    if (request != NULL && request->n_resource_spans == 1) {
        snprintf(left.schema_url, sizeof left.schema_url, "%s",
                 request->resource_spans[0]->schema_url);
        left.has_service = has_service(request->resource_spans[0]->resource, "victim");
        hae_otlp__export_trace_service_request__free_unpacked(request, NULL);
    }
    fake_accept(fake, delivery);
}

/* Records in a process that dies with it. */
static void die_with_a_span(const char *directory)
{
    haetae_resource *resource = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    if (haetae_config_new(&config) == HAETAE_OK && haetae_resource_new(&resource) == HAETAE_OK) {
        (void)haetae_config_set(config, "HAETAE_RECORDER_DIR", directory);
        (void)haetae_config_set(config, "HAETAE_WORKER", "manual");
        (void)haetae_config_set(config, "HAETAE_RESOURCE_DETECTORS", "none");
        (void)haetae_resource_set_schema_url(resource, haetae_string_of("https://victim/1"));
        (void)haetae_resource_put(resource, &HAETAE_ATTR("service.name", "victim"));
        (void)haetae_config_set_resource(config, resource);
        if (haetae_sdk_start(config, &sdk) == HAETAE_OK) {
            haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("x"), 1));
        }
    }
    _exit(0);
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found;
    (void)kind;
    (void)place;
    return remove(path);
}

static void schema_url_of_a_dead_process_is_recovered(void **state)
{
    struct fake_exporter fake;
    char directory[TEMPORARY_PATH_MAX];
    haetae_config *config;
    pid_t child;

    (void)state;
    assert_true(temporary_directory(directory));
    child = fork();
    if (child == 0) {
        die_with_a_span(directory);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    fake_init(&fake, "fake", keep);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 10000, NULL), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    (void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert_string_equal(left.schema_url, "https://victim/1");
    assert_true(left.has_service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(schema_url_goes_out_with_each_signal, capture_begin,
                                        capture_end),
        cmocka_unit_test(schema_url_of_a_dead_process_is_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
