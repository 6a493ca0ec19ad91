/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics about the process and its host without memory: each allocation fails, alone or with those
 * behind it. */
#include "base/alloc.h"
#include "otlp.pb-c.h"
#include "support/fake_root.h"
#include "support/sdk_fixture.h"

/* Of the scope haetae.host, in the last request. */
static size_t metric_count;

static void count_metrics(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        HaeOtlp__ExportMetricsServiceRequest *request =
            hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                             haetae_delivery_data(delivery));

        assert_non_null(request);
        metric_count = 0;
        for (size_t i = 0; i < request->resource_metrics[0]->n_scope_metrics; i++) {
            const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[i];

            metric_count += strcmp(scope->scope->name, "haetae.host") == 0 ? scope->n_metrics : 0;
        }
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
    fake_accept(fake, delivery);
}

/* An SDK with metrics of the process and of one disk, whose start or first flush is short of
 * memory.
 */
struct run {
    struct fake_exporter fake;
    struct fake_root root;
    haetae_config *config;
    haetae_sdk *sdk;
    long live;
};

static void begin(struct run *run)
{
    sdk_diagnostics[0] = '\0';
    metric_count = 0;
    assert_true(fake_root_begin(&run->root));
    assert_true(fake_root_text(&run->root, "/proc/diskstats",
                               "8 0 sda 10 20 30 40 50 60 70 80 0 90 100\n"));
    run->live = hae_alloc_live_count();
    run->sdk = NULL;
    fake_init(&run->fake, "fake", count_metrics);
    run->config = sdk_config(SDK_SETTINGS({"HAETAE_HOST_METRICS", "process,disk"},
                                          {"HAETAE_WORKER", "manual"},
                                          {"HAETAE_HOST_ROOT", run->root.path}, SDK_ONLY_FLUSHES),
                             SDK_FAKES(&run->fake));
    haetae_config_set_diagnostics(run->config, sdk_diagnose, NULL);
}

static void end(struct run *run)
{
    haetae_config_free(run->config);
    haetae_sdk_free(run->sdk);
    fake_done(&run->fake);
    assert_int_equal(hae_alloc_live_count(), run->live);
    fake_root_end(&run->root);
}

/* What there is when nothing fails. */
static size_t whole_count(void)
{
    struct run run;

    begin(&run);
    assert_int_equal(haetae_sdk_start(run.config, &run.sdk), HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(run.sdk, 10000), HAETAE_OK);
    assert_string_equal(sdk_diagnostics, "");
    end(&run);
    assert_true(metric_count > 10);
    return metric_count;
}

/* Returns how many allocations failed. */
static long start_without(long allocations, void (*fail_after)(long count), size_t whole)
{
    long refused = hae_alloc_refused_count();
    haetae_status status;
    struct run run;

    begin(&run);
    fail_after(allocations);
    status = haetae_sdk_start(run.config, &run.sdk);
    hae_alloc_fail_after(-1);
    assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
    if (status == HAETAE_OK) {
        assert_int_equal(haetae_sdk_force_flush(run.sdk, 10000), HAETAE_OK);
        /* What is missing is reported. */
        assert_true(metric_count == whole ||
                    strstr(sdk_diagnostics, "are left out for lack of memory"));
    }
    end(&run);
    return hae_alloc_refused_count() - refused;
}

static void a_start_without_memory_reports_what_is_missing(void **state)
{
    size_t whole = whole_count();
    long count;

    (void)state;
    for (count = 0; start_without(count, hae_alloc_fail_once_after, whole) != 0; count++) {
    }
    assert_true(count > 30);
    for (count = 0; start_without(count, hae_alloc_fail_after, whole) != 0; count++) {
    }
    assert_true(count > 30);
}

/* Returns how many allocations failed. */
static long collect_without(long allocations, void (*fail_after)(long count), size_t whole)
{
    long refused = hae_alloc_refused_count();
    struct run run;

    begin(&run);
    assert_int_equal(haetae_sdk_start(run.config, &run.sdk), HAETAE_OK);
    fail_after(allocations);
    (void)haetae_sdk_force_flush(run.sdk, 0);
    hae_alloc_fail_after(-1);
    refused = hae_alloc_refused_count() - refused;
    assert_int_equal(haetae_sdk_force_flush(run.sdk, 10000), HAETAE_OK);
    assert_int_equal(metric_count, whole);
    end(&run);
    return refused;
}

static void a_collection_without_memory_is_made_up_for(void **state)
{
    size_t whole = whole_count();
    long count;

    (void)state;
    for (count = 0; collect_without(count, hae_alloc_fail_once_after, whole) != 0; count++) {
    }
    assert_true(count > 3);
    for (count = 0; collect_without(count, hae_alloc_fail_after, whole) != 0; count++) {
    }
    assert_true(count > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_without_memory_reports_what_is_missing),
        cmocka_unit_test(a_collection_without_memory_is_made_up_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
