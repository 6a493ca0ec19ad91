/* SPDX-License-Identifier: Apache-2.0 */
/* What callbacks observe, from the start of an SDK to its shutdown. */
#include <stdatomic.h>
#include <stdio.h>

#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

static struct {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_observable *rounds;
    _Atomic int64_t called; /* how often the callback was */
    int64_t exported;       /* the last value; -1: none */
    unsigned requests;      /* with metrics */
} f;

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        HaeOtlp__ExportMetricsServiceRequest *request =
            hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                             haetae_delivery_data(delivery));
        const HaeOtlp__Metric *metric;

        assert_non_null(request);
        assert_int_equal(request->resource_metrics[0]->n_scope_metrics, 1);
        metric = request->resource_metrics[0]->scope_metrics[0]->metrics[0];
        assert_string_equal(metric->name, "rounds");
        assert_int_equal(metric->sum->n_data_points, 1);
        f.exported = metric->sum->data_points[0]->as_int;
        f.requests++;
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
    fake_accept(fake, delivery);
}

static void observe(void *user, haetae_observer *observer)
{
    (void)user;
    haetae_observe_int64(observer, f.rounds,
                         atomic_fetch_add_explicit(&f.called, 1, memory_order_relaxed) + 1, NULL,
                         0);
}

static void start(const char *worker)
{
    f.exported = -1;
    f.requests = 0;
    atomic_store_explicit(&f.called, 0, memory_order_relaxed);
    fake_init(&f.fake, "fake", take);
    f.sdk = sdk_start_for_flushes(&f.fake, worker);
    f.rounds =
        haetae_observable_counter_named(haetae_meter_named(f.sdk, "library"), "rounds", NULL);
    assert_int_equal(haetae_callback_register(&f.rounds, 1, observe, NULL, NULL), HAETAE_OK);
}

static int64_t called(void)
{
    return atomic_load_explicit(&f.called, memory_order_relaxed);
}

static const char *const workers[] = {"thread", "manual"};

/* Nothing was collected before: only the shutdown asks. */
static void shutdown_exports_what_its_round_of_callbacks_observes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start(workers[i]);
        assert_int_equal(haetae_sdk_shutdown(f.sdk, 60000), HAETAE_OK);
        assert_true(called() > 0);
        assert_int_equal(f.exported, called());
        assert_true(f.requests > 0);
        sdk_finish(f.sdk, &f.fake);
    }
}

static void shutdown_after_a_flush_exports_the_later_round(void **state)
{
    int64_t before;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start(workers[i]);
        assert_int_equal(haetae_sdk_force_flush(f.sdk, 60000), HAETAE_OK);
        before = f.exported;
        assert_int_equal(before, called());
        assert_int_equal(haetae_sdk_shutdown(f.sdk, 60000), HAETAE_OK);
        assert_true(f.exported > before);
        assert_int_equal(f.exported, called());
        sdk_finish(f.sdk, &f.fake);
    }
}

static void no_callback_is_called_after_the_shutdown(void **state)
{
    int64_t before;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start(workers[i]);
        assert_int_equal(haetae_sdk_shutdown(f.sdk, 60000), HAETAE_OK);
        before = called();
        (void)haetae_sdk_force_flush(f.sdk, 1000);
        assert_int_equal(haetae_callback_register(&f.rounds, 1, observe, NULL, NULL),
                         HAETAE_ESHUTDOWN);
        sdk_finish(f.sdk, &f.fake);
        assert_int_equal(called(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shutdown_exports_what_its_round_of_callbacks_observes),
        cmocka_unit_test(shutdown_after_a_flush_exports_the_later_round),
        cmocka_unit_test(no_callback_is_called_after_the_shutdown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
