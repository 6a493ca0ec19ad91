/* SPDX-License-Identifier: Apache-2.0 */
/* Exemplars from a configuration and a span to what an exporter gets. tests/metrics/exemplar_test.c
 * has the rules. */
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

#include "haetae/view.h"

struct fixture {
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;
    HaeOtlp__ExportMetricsServiceRequest *metrics;
};

static void forget(struct fixture *f)
{
    if (f->metrics != NULL) {
        hae_otlp__export_metrics_service_request__free_unpacked(f->metrics, NULL);
        f->metrics = NULL;
    }
}

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct fixture *f = fake->user;

    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        forget(f);
        f->metrics = hae_otlp__export_metrics_service_request__unpack(
            NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));
    }
    fake_accept(fake, delivery);
}

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    fake_init(&f->fake, "fake", keep);
    f->fake.user = f;
    f->config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&f->fake));
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static void end(struct fixture *f)
{
    sdk_finish(f->sdk, &f->fake);
    forget(f);
}

/* The only data point of an integer counter that was exported. */
static const HaeOtlp__NumberDataPoint *only_point(struct fixture *f)
{
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_non_null(f->metrics);
    return f->metrics->resource_metrics[0]->scope_metrics[0]->metrics[0]->sum->data_points[0];
}

/* Measures `value` within a span of its own, and returns the span's context. */
static haetae_span_context measure(struct fixture *f, haetae_counter *counter, int64_t value)
{
    haetae_span span = haetae_span_start(haetae_tracer_named(f->sdk, "t"), HAETAE_TEXT("request"),
                                         HAETAE_SPAN_KIND_SERVER);
    haetae_span_context context = {.trace_flags = 0};
    haetae_context_token token;

    haetae_context_attach(span, &token);
    haetae_counter_add(counter, value, NULL, 0);
    haetae_context_detach(&token);
    (void)haetae_span_get_context(span, &context);
    haetae_span_end(span);
    return context;
}

static haetae_counter *make_counter(struct fixture *f)
{
    haetae_counter *counter = haetae_counter_named(haetae_meter_named(f->sdk, "t"), "c", NULL);

    assert_non_null(counter);
    return counter;
}

static void measurements_in_a_span_have_its_ids(void **state)
{
    struct fixture f;
    const HaeOtlp__NumberDataPoint *point;
    haetae_span_context context;

    (void)state;
    begin(&f);
    start(&f);
    context = measure(&f, make_counter(&f), 7);
    point = only_point(&f);
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 7);
    assert_memory_equal(point->exemplars[0]->trace_id.data, context.trace_id, 16);
    assert_memory_equal(point->exemplars[0]->span_id.data, context.span_id, 8);
    end(&f);
}

/* How many exemplars a measurement within a span and one without leave. */
static size_t count_with(const char *filter, const char *sampler)
{
    struct fixture f;
    haetae_counter *counter;
    size_t count;

    begin(&f);
    if (filter != NULL) {
        assert_int_equal(haetae_config_set(f.config, "OTEL_METRICS_EXEMPLAR_FILTER", filter),
                         HAETAE_OK);
    }
    assert_int_equal(haetae_config_set(f.config, "OTEL_TRACES_SAMPLER", sampler), HAETAE_OK);
    start(&f);
    counter = make_counter(&f);
    (void)measure(&f, counter, 1);
    haetae_counter_add(counter, 1, NULL, 0);
    count = only_point(&f)->n_exemplars;
    end(&f);
    return count;
}

static void the_key_sets_the_filter(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(count_with(NULL, "always_on"), 1);
    assert_int_equal(count_with(NULL, "always_off"), 0);
    assert_int_equal(count_with("trace_based", "always_on"), 1);
    assert_int_equal(count_with("trace_based", "always_off"), 0);
    assert_int_equal(count_with("always_on", "always_off"), 1);
    assert_int_equal(count_with("always_off", "always_on"), 0);

    begin(&f);
    assert_int_equal(haetae_config_set(f.config, "OTEL_METRICS_EXEMPLAR_FILTER", "sometimes"),
                     HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(f.config), "OTEL_METRICS_EXEMPLAR_FILTER"));
    assert_non_null(strstr(haetae_config_error(f.config), "sometimes"));
    start(&f);
    end(&f);
}

static void a_view_sets_the_reservoir(void **state)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);
    struct fixture f;
    haetae_counter *counter;

    (void)state;
    begin(&f);
    view.instrument_name = haetae_string_of("c");
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    view.exemplar_size = 3;
    assert_int_equal(haetae_config_add_view(f.config, &view), HAETAE_OK);
    start(&f);
    counter = make_counter(&f);
    for (int i = 0; i < 10; i++) {
        (void)measure(&f, counter, i);
    }
    assert_int_equal(only_point(&f)->n_exemplars, 3);
    end(&f);
}

static int32_t offer_second(void *self, void *state, const haetae_exemplar_measurement *measurement)
{
    assert_null(state);
    ++*(int *)self;
    return measurement->as_int64 == 2 ? 0 : -1;
}

static void a_view_sets_a_reservoir_of_the_program(void **state)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);
    int offered = 0;
    haetae_exemplar_reservoir_ops ops =
        HAETAE_OPTIONS(haetae_exemplar_reservoir_ops, .offer = offer_second, .self = &offered);
    struct fixture f;
    haetae_counter *counter;

    (void)state;
    begin(&f);
    view.instrument_name = haetae_string_of("c");
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_CUSTOM;
    view.exemplar_ops = &ops;
    assert_int_equal(haetae_config_add_view(f.config, &view), HAETAE_OK);
    memset(&ops, 0, sizeof ops); /* it was copied */
    start(&f);
    counter = make_counter(&f);
    for (int i = 1; i <= 3; i++) {
        (void)measure(&f, counter, i);
    }
    assert_int_equal(only_point(&f)->n_exemplars, 1);
    assert_int_equal(only_point(&f)->exemplars[0]->as_int, 2);
    assert_int_equal(offered, 3);
    end(&f);
}

static void memory_that_is_used_up_is_reported_once(void **state)
{
    struct fixture f;
    haetae_counter *counter;
    char *first;

    (void)state;
    begin(&f);
    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(f.config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "HAETAE_EXEMPLAR_BYTES", "4096"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "OTEL_METRICS_EXEMPLAR_FILTER", "always_on"),
                     HAETAE_OK);
    start(&f);
    counter = make_counter(&f);
    for (int i = 0; i < 100; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("n", i)));
    }
    (void)only_point(&f);
    first = strstr(sdk_diagnostics, "HAETAE_EXEMPLAR_BYTES above 4096");
    assert_non_null(first);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("n", 100)));
    (void)only_point(&f);
    assert_null(strstr(first + 1, "HAETAE_EXEMPLAR_BYTES"));
    end(&f);
}

/* Whether a view is refused, with a text that has `why`. */
static void assert_refused(const haetae_view_options *view, const char *why)
{
    struct fixture f;

    begin(&f);
    assert_int_equal(haetae_config_add_view(f.config, view), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(f.config), why));
    start(&f);
    end(&f);
}

static void what_a_view_cannot_say_of_exemplars_is_refused(void **state)
{
    haetae_exemplar_reservoir_ops ops =
        HAETAE_OPTIONS(haetae_exemplar_reservoir_ops, .offer = offer_second);
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);

    (void)state;
    view.instrument_name = haetae_string_of("c");
    view.exemplar_reservoir = 4;
    assert_refused(&view, "exemplar_reservoir is none");
    view.exemplar_reservoir = -1;
    assert_refused(&view, "exemplar_reservoir is none");
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_DEFAULT;
    view.exemplar_size = 1;
    assert_refused(&view, "exemplar_size is for");
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    view.exemplar_size = HAETAE_EXEMPLARS_MAX + 1;
    assert_refused(&view, "exemplar_size is at most 256");
    view.exemplar_size = 1;
    view.exemplar_ops = &ops;
    assert_refused(&view, "exemplar_ops is for");
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_CUSTOM;
    view.exemplar_ops = NULL;
    assert_refused(&view, "needs exemplar_ops");
    view.exemplar_ops = &ops;
    ops.state_size_bytes = HAETAE_EXEMPLAR_STATE_MAX_BYTES + 1;
    assert_refused(&view, "state_size_bytes");
    ops.state_size_bytes = 0;
    ops.offer = NULL;
    assert_refused(&view, "offer of exemplar_ops is NULL");
    ops.struct_size = 1;
    assert_refused(&view, "struct_size of exemplar_ops");
    view.exemplar_ops = NULL;
    view.exemplar_size = 0;
    view.exemplar_reservoir = HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET;
    view.aggregation = HAETAE_AGGREGATION_SUM;
    assert_refused(&view, "is for histograms with explicit buckets");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurements_in_a_span_have_its_ids),
        cmocka_unit_test(the_key_sets_the_filter),
        cmocka_unit_test(a_view_sets_the_reservoir),
        cmocka_unit_test(a_view_sets_a_reservoir_of_the_program),
        cmocka_unit_test(memory_that_is_used_up_is_reported_once),
        cmocka_unit_test(what_a_view_cannot_say_of_exemplars_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
