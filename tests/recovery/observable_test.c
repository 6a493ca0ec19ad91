/* SPDX-License-Identifier: Apache-2.0 */
/* Observed values of a process that was killed come back: what callbacks observed for the last
 * collection, and what the program set since. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "otlp.pb-c.h"
#include "recovery/child.h"
#include "recovery/witness.h"
#include "support/sdk_fixture.h"

static haetae_observable *observed[3]; /* a counter, an up-down counter, a gauge */
static int round_number;

/* Only the first round has the set gone=1. */
static void observe(void *user, haetae_observer *observer)
{
    (void)user;
    round_number++;
    haetae_observe_int64(observer, observed[0], 100 + round_number,
                         HAETAE_ATTRS(HAETAE_ATTR("who", "callback")));
    haetae_observe_int64(observer, observed[1], -7, NULL, 0);
    haetae_observe_double(observer, observed[2], 0.5, NULL, 0);
    if (round_number == 1) {
        haetae_observe_double(observer, observed[2], 1.5, HAETAE_ATTRS(HAETAE_ATTR("who", "gone")));
    }
}

/* Collections whose requests the exporter keeps, then values that are set after them. */
static void observe_and_die(const char *directory)
{
    struct fake_exporter fake;
    haetae_meter *meter;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"},
                                 {"HAETAE_RECORDER_BYTES", "1m"}, {"HAETAE_QUEUE_BYTES", "1m"},
                                 SDK_ONLY_FLUSHES),
                    SDK_FAKES(&fake));
    meter = haetae_meter_named(sdk, "m");
    observed[0] = haetae_observable_counter_named(meter, "counter", NULL);
    observed[1] = haetae_observable_up_down_counter_named(meter, "up_down", NULL);
    observed[2] = haetae_observable_gauge_named(meter, "gauge", NULL);
    EXPECT(haetae_callback_register(observed, 3, observe, NULL, NULL) == HAETAE_OK);
    while (round_number < 2) {
        (void)haetae_sdk_force_flush(sdk, 0);
    }
    haetae_observable_set_int64(observed[0], 42, HAETAE_ATTRS(HAETAE_ATTR("who", "set")));
    haetae_observable_set_int64(observed[0], 43, HAETAE_ATTRS(HAETAE_ATTR("who", "removed")));
    haetae_observable_remove(observed[0], HAETAE_ATTRS(HAETAE_ATTR("who", "removed")));
    kill(getpid(), SIGKILL);
}

/* What came, as "name{who}=value " in any order. */
struct came {
    char text[512];
};

static void take_metric(struct came *came, const HaeOtlp__Metric *metric)
{
    bool is_sum = metric->data_case == HAE_OTLP__METRIC__DATA_SUM;
    size_t count = is_sum ? metric->sum->n_data_points : metric->gauge->n_data_points;

    assert_true(is_sum || metric->data_case == HAE_OTLP__METRIC__DATA_GAUGE);
    if (is_sum) {
        assert_int_equal(metric->sum->is_monotonic, strcmp(metric->name, "counter") == 0);
        assert_int_equal(metric->sum->aggregation_temporality, 2); /* cumulative */
    }
    for (size_t i = 0; i < count; i++) {
        const HaeOtlp__NumberDataPoint *point =
            is_sum ? metric->sum->data_points[i] : metric->gauge->data_points[i];
        size_t length = strlen(came->text);

        snprintf(came->text + length, sizeof came->text - length, "%s{%s}=%g ", metric->name,
                 point->n_attributes != 0 ? point->attributes[0]->value->string_value : "",
                 point->value_case == HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT
                     ? (double)point->as_int
                     : point->as_double);
    }
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

/* Returns whether a point came, and takes it off the text. */
static bool took(struct came *came, const char *point)
{
    char *found = strstr(came->text, point);

    if (found != NULL) {
        memmove(found, found + strlen(point), strlen(found + strlen(point)) + 1);
    }
    return found != NULL;
}

static void observed_values_of_a_killed_process_come_back(void **state)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct came came = {""};
    struct fake_exporter fake;
    haetae_config *config;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        observe_and_die(*state);
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
    assert_true(took(&came, "counter{callback}=102 "));
    assert_true(took(&came, "counter{set}=42 "));
    assert_true(took(&came, "up_down{}=-7 "));
    assert_true(took(&came, "gauge{}=0.5 "));
    assert_string_equal(came.text, ""); /* neither what was removed, nor what was not seen again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(observed_values_of_a_killed_process_come_back,
                                        witness_set_up, witness_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
