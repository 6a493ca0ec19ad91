/* SPDX-License-Identifier: Apache-2.0 */
/* The exponential histograms of a process that was killed come back: what its lanes' cells hold,
 * and what the shared cells do. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "otlp.pb-c.h"
#include "recorder/call.h"
#include "recovery/child.h"
#include "recovery/witness.h"
#include "support/sdk_fixture.h"

static haetae_sdk *start(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {NULL, NULL}};
    haetae_view_options view = HAETAE_OPTIONS(
        haetae_view_options, .instrument_name = haetae_string_of("g*"),
        .aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM, .max_size = 20);
    haetae_config *config = sdk_config(settings, SDK_FAKES(fake));
    haetae_sdk *sdk = NULL;

    EXPECT(haetae_config_add_view(config, &view) == HAETAE_OK);
    EXPECT(haetae_sdk_start(config, &sdk) == HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

/* 1, 2, 4 up to 2^29 and their negatives, each by a thread with a lane and as a signal handler
 * that interrupts one does; and a zero. */
static void record_and_die(const char *directory)
{
    struct fake_exporter fake;
    haetae_gauge *gauge;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_hold);
    sdk = start(directory, &fake);
    gauge = haetae_gauge_named(haetae_meter_named(sdk, "m"), "g", "1");
    EXPECT(gauge != NULL);
    for (int i = 0; i < 30; i++) {
        for (int nested = 0; nested < 2; nested++) {
            atomic_store_explicit(&hae_thread.busy, (uint8_t)nested, memory_order_relaxed);
            haetae_gauge_record_double(gauge, (double)(1 << i), NULL, 0);
            haetae_gauge_record_double(gauge, -(double)(1 << i), NULL, 0);
        }
        atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
    }
    haetae_gauge_record_double(gauge, 0, NULL, 0);
    kill(getpid(), SIGKILL);
}

/* What came of the histogram. */
struct came {
    unsigned points;
    int32_t scale;
    uint64_t count;
    uint64_t zero_count;
    int32_t offset[2];
    uint64_t buckets[2][20];
};

static void take_side(struct came *came, int side,
                      const HaeOtlp__ExponentialHistogramDataPoint__Buckets *buckets)
{
    assert_non_null(buckets);
    assert_true(buckets->n_bucket_counts <= 20);
    came->offset[side] = buckets->offset;
    for (size_t i = 0; i < buckets->n_bucket_counts; i++) {
        came->buckets[side][i] = buckets->bucket_counts[i];
    }
}

static void take_metric(struct came *came, const HaeOtlp__Metric *metric)
{
    const HaeOtlp__ExponentialHistogramDataPoint *point;

    if (metric->data_case != HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM) {
        return;
    }
    assert_int_equal(metric->exponential_histogram->n_data_points, 1);
    point = metric->exponential_histogram->data_points[0];
    came->points++;
    came->scale = point->scale;
    came->count = point->count;
    came->zero_count = point->zero_count;
    take_side(came, 0, point->positive);
    take_side(came, 1, point->negative);
}

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        HaeOtlp__ExportMetricsServiceRequest *request =
            hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                             haetae_delivery_data(delivery));

        assert_non_null(request);
        for (size_t i = 0; i < request->n_resource_metrics; i++) {
            for (size_t j = 0; j < request->resource_metrics[i]->n_scope_metrics; j++) {
                HaeOtlp__ScopeMetrics *scope = request->resource_metrics[i]->scope_metrics[j];

                for (size_t k = 0; k < scope->n_metrics; k++) {
                    take_metric(fake->user, scope->metrics[k]);
                }
            }
        }
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
    fake_accept(fake, delivery);
}

static void buckets_of_a_killed_process_come_back(void **state)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct came came = {0};
    struct fake_exporter fake;
    haetae_config *config;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        record_and_die(*state);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fake_init(&fake, "fake", take);
    fake.user = &came;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, *state, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    assert_int_equal(recovery.files_recovered, 1);
    assert_int_equal(recovery.files_corrupt, 0);
    assert_int_equal(came.points, 1);
    assert_int_equal(came.count, 121);
    assert_int_equal(came.zero_count, 1);
    /* 30 doublings need 16 buckets of 4 times their base: (1/4, 1], (1, 4] and so on. */
    assert_int_equal(came.scale, -1);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(came.offset[side], -1);
        assert_int_equal(came.buckets[side][0], 2);
        for (int i = 1; i < 15; i++) {
            assert_int_equal(came.buckets[side][i], 4);
        }
        assert_int_equal(came.buckets[side][15], 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(buckets_of_a_killed_process_come_back, witness_set_up,
                                        witness_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
