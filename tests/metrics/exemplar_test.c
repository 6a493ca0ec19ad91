/* SPDX-License-Identifier: Apache-2.0 */
/* Which measurements may become exemplars, and what is reported of them. */
#include <math.h>
#include <string.h>

#include "haetae/keys.h"
#include "metrics/aggregations.h"
#include "metrics/exemplars.h"
#include "metrics/reservoir.h"

/* ---- The filters ----------------------------------------------------------------------------- */

/* One measurement of each call, whose value is the number of the span. */
struct all_calls {
    struct fixture f;
    haetae_bound_counter *bound;
    haetae_counter *counter;
    haetae_counter *reals;
    haetae_up_down_counter *up_down;
    haetae_gauge *gauge;
    haetae_histogram *histogram;
    haetae_counter *keyed;
    haetae_counter *bindable;
};

static void make_all(struct all_calls *all)
{
    all->counter = make_counter(&all->f, "counter", HAETAE_NUMBER_INT64);
    all->reals = make_counter(&all->f, "reals", HAETAE_NUMBER_DOUBLE);
    all->up_down = make_up_down_counter(&all->f, "up_down", HAETAE_NUMBER_INT64);
    all->gauge = make_gauge(&all->f, "gauge", HAETAE_NUMBER_INT64);
    all->histogram = make_histogram(&all->f, "histogram", HAETAE_NUMBER_INT64);
    all->keyed = make_counter(&all->f, "keyed", HAETAE_NUMBER_INT64);
    all->bindable = make_counter(&all->f, "bound", HAETAE_NUMBER_INT64);
    assert_int_equal(
        haetae_counter_bind(all->bindable, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &all->bound),
        HAETAE_OK);
}

static void call_all(struct all_calls *all, int64_t value)
{
    HAETAE_KEYS(keys, "k");
    haetae_attribute set[] = {HAETAE_ATTR("k", "v")};
    haetae_value values[] = {haetae_value_string("v")};

    haetae_counter_add(all->counter, value, set, 1);
    haetae_counter_add_double(all->reals, (double)value, set, 1);
    haetae_up_down_counter_add(all->up_down, value, set, 1);
    haetae_gauge_record(all->gauge, value, set, 1);
    haetae_histogram_record(all->histogram, value, set, 1);
    haetae_counter_add_keyed(all->keyed, value, &keys, values, 1);
    haetae_bound_counter_add(all->bound, value);
}

static const char *const all_names[] = {"counter", "reals", "up_down", "gauge", "keyed", "bound"};

/* How many exemplars all of them have. */
static size_t exemplar_count(const struct collection *all)
{
    const HaeOtlp__HistogramDataPoint *histogram = find_histogram(all, "histogram", "k=v");
    size_t count = histogram != NULL ? histogram->n_exemplars : 0;

    for (size_t i = 0; i < sizeof all_names / sizeof all_names[0]; i++) {
        const HaeOtlp__NumberDataPoint *point = find_point(all, all_names[i], "k=v");

        count += point != NULL ? point->n_exemplars : 0;
    }
    return count;
}

static void measurements_in_a_sampled_span_become_exemplars(void **state)
{
    struct all_calls calls;
    struct collection all;
    haetae_context_token token;
    uint64_t before;

    (void)state;
    init_exemplars(&calls.f);
    make_all(&calls);
    /* The first ones find no series, the next ones find it known. */
    for (int round = 0; round < 3; round++) {
        call_all(&calls, 1);
        before = now_of(&calls.f);
        enter_sampled(7, &token);
        call_all(&calls, 7);
        haetae_context_detach(&token);
        call_all(&calls, 1);
        collect_now(&calls.f, &all);
        assert_int_equal(exemplar_count(&all), 7);
        for (size_t i = 0; i < sizeof all_names / sizeof all_names[0]; i++) {
            const HaeOtlp__NumberDataPoint *point = find_point(&all, all_names[i], "k=v");
            const HaeOtlp__Exemplar *exemplar = point->exemplars[0];

            assert_span(exemplar, 7);
            assert_true(exemplar->time_unix_nano >= before);
            assert_true(exemplar->time_unix_nano <= point->time_unix_nano);
            assert_int_equal(exemplar->n_filtered_attributes, 0);
            if (strcmp(all_names[i], "reals") == 0) {
                assert_int_equal(exemplar->value_case, HAE_OTLP__EXEMPLAR__VALUE_AS_DOUBLE);
                assert_true(exemplar->as_double == 7);
            } else {
                assert_int_equal(exemplar->value_case, HAE_OTLP__EXEMPLAR__VALUE_AS_INT);
                assert_int_equal(exemplar->as_int, 7);
            }
        }
        assert_span(find_histogram(&all, "histogram", "k=v")->exemplars[0], 7);
        collection_free(&all);
    }
    fixture_done(&calls.f);
}

/* What a filter makes of measurements within a span of these flags; UINT32_MAX: within none. */
static size_t filtered_count(enum hae_exemplar_filter filter, uint32_t flags)
{
    struct all_calls calls;
    struct collection all;
    haetae_context_token token;
    size_t count;

    init_exemplars_with(&calls.f, filter, POOL_BYTES);
    make_all(&calls);
    for (int i = 0; i < 3; i++) {
        if (flags != UINT32_MAX) {
            enter_span(3, (uint8_t)flags, &token);
        }
        call_all(&calls, 3);
        if (flags != UINT32_MAX) {
            haetae_context_detach(&token);
        }
    }
    assert_true((calls.f.provider.streams.exemplars.memory != NULL) ==
                (filter != HAE_EXEMPLARS_ALWAYS_OFF));
    collect_now(&calls.f, &all);
    assert_int_equal(int_total(&all, "counter"), 9);
    count = exemplar_count(&all);
    collection_done(&all, &calls.f);
    return count;
}

static void the_filter_decides_which_measurements_may_become_some(void **state)
{
    (void)state;
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, HAETAE_TRACE_FLAG_SAMPLED), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, 0), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, HAETAE_TRACE_FLAG_RANDOM), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_TRACE_BASED, UINT32_MAX), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, HAETAE_TRACE_FLAG_SAMPLED), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, 0), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_ON, UINT32_MAX), 7);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_OFF, HAETAE_TRACE_FLAG_SAMPLED), 0);
    assert_int_equal(filtered_count(HAE_EXEMPLARS_ALWAYS_OFF, UINT32_MAX), 0);
}

static void without_a_span_an_exemplar_has_no_ids(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 5, NULL, 0);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->n_exemplars, 1);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->as_int, 5);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->trace_id.len, 0);
    assert_int_equal(find_point(&all, "c", "")->exemplars[0]->span_id.len, 0);
    collection_done(&all, &f);
}

/* ---- Measurements that are refused ------------------------------------------------------------
 */

/* A call with a value that its instrument refuses: because of the value, or because a sum that is
 * near the largest double would no longer be finite. */
static void record_real(int way, void *instrument, double value)
{
    HAETAE_KEYS(keys, "k");
    haetae_attribute set[] = {HAETAE_ATTR("k", "v")};
    haetae_value values[] = {haetae_value_string("v")};

    switch (way) {
    case 0:
        haetae_counter_add_double(instrument, value, set, 1);
        break;
    case 1:
        haetae_counter_add_double_keyed(instrument, value, &keys, values, 1);
        break;
    case 2:
        haetae_bound_counter_add_double(instrument, value);
        break;
    case 3:
        haetae_histogram_record_double(instrument, value, set, 1);
        break;
    case 4:
        haetae_histogram_record_double_keyed(instrument, value, &keys, values, 1);
        break;
    default:
        haetae_bound_histogram_record_double(instrument, value);
        break;
    }
}

enum { WAYS = 6, COUNTER_WAYS = 3 };

static void make_ways(struct fixture *f, void *instruments[WAYS])
{
    haetae_counter *counter = make_counter(f, "c", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = make_histogram(f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_bound_counter *bound = NULL;
    haetae_bound_histogram *bound_histogram = NULL;

    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &bound),
                     HAETAE_OK);
    assert_int_equal(
        haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &bound_histogram),
        HAETAE_OK);
    instruments[0] = instruments[1] = counter;
    instruments[2] = bound;
    instruments[3] = instruments[4] = histogram;
    instruments[5] = bound_histogram;
}

/* The exemplars of the one series of a way's stream. */
static size_t exemplars_of_way(const struct collection *all, int way,
                               HaeOtlp__Exemplar ***ret_exemplars)
{
    const HaeOtlp__Metric *metric = find_metric(all, way < COUNTER_WAYS ? "c" : "h");

    if (metric->data_case == HAE_OTLP__METRIC__DATA_SUM) {
        *ret_exemplars = metric->sum->data_points[0]->exemplars;
        return metric->sum->data_points[0]->n_exemplars;
    }
    if (metric->data_case == HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM) {
        *ret_exemplars = metric->exponential_histogram->data_points[0]->exemplars;
        return metric->exponential_histogram->data_points[0]->n_exemplars;
    }
    *ret_exemplars = metric->histogram->data_points[0]->exemplars;
    return metric->histogram->data_points[0]->n_exemplars;
}

/* `nested`: as a signal handler within a recording call, which has no lane. */
static void assert_refused_by(int way, struct views *views, bool nested)
{
    static const double refused[] = {NAN, INFINITY, -INFINITY, -1, 0x1.8p1023};
    enum { REFUSED = sizeof refused / sizeof refused[0] };
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    HaeOtlp__Exemplar **exemplars = NULL;
    void *instruments[WAYS];
    size_t count;

    fixture_init_views(&f, 0, views);
    assert_int_equal(
        hae_meter_provider_use_exemplars(&f.provider, HAE_EXEMPLARS_TRACE_BASED, POOL_BYTES),
        HAETAE_OK);
    make_ways(&f, instruments);
    enter_sampled(1, &token);
    if (nested) {
        hae_lane_begin();
    }
    record_real(way, instruments[way], 0x1p1023);
    for (size_t i = 0; i < 2 * REFUSED; i++) { /* the series is known by then */
        record_real(way, instruments[way], refused[i % REFUSED]);
    }
    if (nested) {
        hae_lane_end();
    }
    haetae_context_detach(&token);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 2 * REFUSED);
    collect_now(&f, &all);
    count = exemplars_of_way(&all, way, &exemplars);
    assert_int_equal(count, 1);
    assert_true(exemplars[0]->as_double == 0x1p1023);
    collection_done(&all, &f);
}

static void what_is_refused_becomes_none(void **state)
{
    /* Room for all, so that each measurement that is offered is kept. */
    static const struct hae_reservoir_plan roomy = {.kind = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE,
                                                    .place_count = 32};
    struct views views = {.count = 1, .view = {{.reservoir = roomy}}};

    (void)state;
    for (int exponential = 0; exponential < 2; exponential++) {
        for (int way = exponential ? COUNTER_WAYS : 0; way < WAYS; way++) {
            assert_refused_by(way, &views, false);
            assert_refused_by(way, &views, true);
        }
        views.view[0].aggregation = hae_aggregation_of(HAE_AGGREGATION_EXPONENTIAL);
        views.view[0].max_size = 160;
        views.view[0].max_scale = 20;
    }
}

static void totals_that_are_refused_become_none(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *observable = NULL;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    options.name = haetae_string_of("c");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    assert_int_equal(haetae_observable_counter_create(f.meter, &options, &observable), HAETAE_OK);
    haetae_observable_set_double(observable, 4, NULL, 0);
    haetae_observable_set_double(observable, NAN, NULL, 0);
    haetae_observable_set_double(observable, -1, NULL, 0);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->n_exemplars, 1);
    assert_true(find_point(&all, "c", "")->exemplars[0]->as_double == 4);
    collection_done(&all, &f);
}

/* ---- Readers -------------------------------------------------------------------------------- */

static size_t count_of(struct hae_metric_reader *reader, struct fixture *f, int64_t *ret_value)
{
    struct collection all;
    const HaeOtlp__NumberDataPoint *point;
    size_t count = 0;

    assert_int_equal(collect_with(reader, now_of(f), METRICS_MAX, &all), HAETAE_OK);
    point = find_point(&all, "c", "");
    if (point != NULL && point->n_exemplars != 0) {
        count = point->n_exemplars;
        *ret_value = point->exemplars[0]->as_int;
        assert_true(point->exemplars[0]->time_unix_nano >= point->start_time_unix_nano);
        assert_true(point->exemplars[0]->time_unix_nano <= point->time_unix_nano);
    }
    collection_free(&all);
    return count;
}

static void deltas_have_those_since_the_last_one(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    haetae_counter *counter;
    int64_t value = 0;

    (void)state;
    init_exemplars(&f);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_in_span(counter, 5);
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 5);
    haetae_counter_add(counter, 1, NULL, 0); /* a point without an exemplar */
    assert_int_equal(count_of(&delta, &f, &value), 0);
    /* The cumulative reader has it as long as no other comes. */
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(value, 5);
    add_in_span(counter, 6);
    assert_int_equal(count_of(&f.reader, &f, &value), 1);
    assert_int_equal(value, 6);
    /* What another reader collected is no less new to this one. */
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 6);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

static void a_refused_delta_is_offered_again_with_its_exemplar(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    struct collection all;
    int64_t value = 0;

    (void)state;
    init_exemplars(&f);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    add_in_span(make_counter(&f, "c", HAETAE_NUMBER_INT64), 5);
    assert_int_equal(collect_with(&delta, now_of(&f), 0, &all), HAETAE_ENOMEM);
    collection_free(&all);
    assert_int_equal(count_of(&delta, &f, &value), 1);
    assert_int_equal(value, 5);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static void attributes_that_a_filter_leaves_out_are_kept(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    haetae_attribute set[] = {HAETAE_ATTR("user", "first"),
                              HAETAE_ATTR("path", "/a"),
                              HAETAE_ATTR("retries", 2),
                              HAETAE_ATTR("user", "u-1"),
                              {.key = {NULL, 3}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    const HaeOtlp__Exemplar *exemplar;

    (void)state;
    init_exemplar_views(&f, &views);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    haetae_counter_add(counter, 1, set, 5);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "path=/a")->n_exemplars, 1);
    exemplar = find_point(&all, "c", "path=/a")->exemplars[0];
    assert_string_equal(
        attributes_text(exemplar->n_filtered_attributes, exemplar->filtered_attributes),
        "retries=2,user=u-1");
    collection_done(&all, &f);
}

static void attributes_that_do_not_fit_are_left_out_whole(void **state)
{
    static char text[HAE_EXEMPLAR_ATTRIBUTES_BYTES + 1];
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    void *filled = memset(text, 'x', sizeof text - 1);
    haetae_attribute set[] = {HAETAE_ATTR("before", 1),
                              {haetae_string_of("text"), haetae_value_string(filled)},
                              HAETAE_ATTR("behind", 2)};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    const HaeOtlp__Exemplar *exemplar;

    (void)state;
    init_exemplar_views(&f, &views);
    enter_sampled(4, &token);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 1, set, 3);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    exemplar = find_point(&all, "c", "")->exemplars[0];
    assert_string_equal(
        attributes_text(exemplar->n_filtered_attributes, exemplar->filtered_attributes),
        "before=1,behind=2");
    collection_done(&all, &f);
}

static void the_overflow_series_keeps_the_sets(void **state)
{
    struct views views = {.count = 1, .view = {{.series_limit = 1}}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_counter *counter;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_exemplar_views(&f, &views);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    enter_sampled(4, &token);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("user", "u-1")));
    haetae_counter_add(counter, 2, HAETAE_ATTRS(HAETAE_ATTR("user", "u-2")));
    haetae_context_detach(&token);
    collect_now(&f, &all);
    assert_int_equal(find_point(&all, "c", "user=u-1")->exemplars[0]->n_filtered_attributes, 0);
    point = find_point(&all, "c", "otel.metric.overflow=true");
    assert_int_equal(point->n_exemplars, 1);
    assert_string_equal(attributes_text(point->exemplars[0]->n_filtered_attributes,
                                        point->exemplars[0]->filtered_attributes),
                        "user=u-2");
    collection_done(&all, &f);
}

/* ---- Observables ----------------------------------------------------------------------------- */

static void observables_have_some_when_all_measurements_do(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    haetae_attribute set[] = {HAETAE_ATTR("path", "/a"), HAETAE_ATTR("user", "u-1")};
    struct fixture f;
    struct collection all;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *observable = NULL;
    haetae_context_token token;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    set_views(&f, &views);
    options.name = haetae_string_of("c");
    options.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_observable_counter_create(f.meter, &options, &observable), HAETAE_OK);
    enter_sampled(4, &token);
    haetae_observable_set_int64(observable, 12, set, 2);
    haetae_context_detach(&token);
    collect_now(&f, &all);
    point = find_point(&all, "c", "path=/a");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 12);
    assert_int_equal(point->exemplars[0]->trace_id.len, 0);
    assert_string_equal(attributes_text(point->exemplars[0]->n_filtered_attributes,
                                        point->exemplars[0]->filtered_attributes),
                        "user=u-1");
    collection_done(&all, &f);
}

static void observe(void *user, haetae_observer *observer)
{
    haetae_observe_int64(observer, user, 21, NULL, 0);
}

static void what_callbacks_observe_has_the_time_of_the_collection(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *observable = NULL;
    haetae_callback *callback = NULL;
    const HaeOtlp__NumberDataPoint *point;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    options.name = haetae_string_of("c");
    options.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_observable_gauge_create(f.meter, &options, &observable), HAETAE_OK);
    assert_int_equal(haetae_callback_register(&observable, 1, observe, observable, &callback),
                     HAETAE_OK);
    collect_now(&f, &all);
    point = find_point(&all, "c", "");
    assert_int_equal(point->n_exemplars, 1);
    assert_int_equal(point->exemplars[0]->as_int, 21);
    assert_true(point->exemplars[0]->time_unix_nano <= point->time_unix_nano);
    haetae_callback_unregister(callback);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurements_in_a_sampled_span_become_exemplars),
        cmocka_unit_test(the_filter_decides_which_measurements_may_become_some),
        cmocka_unit_test(without_a_span_an_exemplar_has_no_ids),
        cmocka_unit_test(what_is_refused_becomes_none),
        cmocka_unit_test(totals_that_are_refused_become_none),
        cmocka_unit_test(deltas_have_those_since_the_last_one),
        cmocka_unit_test(a_refused_delta_is_offered_again_with_its_exemplar),
        cmocka_unit_test(attributes_that_a_filter_leaves_out_are_kept),
        cmocka_unit_test(attributes_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(the_overflow_series_keeps_the_sets),
        cmocka_unit_test(observables_have_some_when_all_measurements_do),
        cmocka_unit_test(what_callbacks_observe_has_the_time_of_the_collection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
