/* SPDX-License-Identifier: Apache-2.0 */
/* Reservoirs: which of the measurements that may become exemplars do. */
#include <pthread.h>
#include <string.h>

#include "haetae/keys.h"
#include "metrics/aggregations.h"
#include "metrics/exemplars.h"
#include "metrics/reservoir.h"

/* ---- Reservoirs ------------------------------------------------------------------------------ */

static void histograms_keep_one_for_each_bucket(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    const HaeOtlp__HistogramDataPoint *point;
    haetae_histogram *histogram;

    (void)state;
    init_exemplars(&f);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < 4000; i++) { /* the default boundaries are 0 to 10000 */
        enter_sampled((uint64_t)i + 1, &token);
        haetae_histogram_record_double(histogram, i * 3.0, NULL, 0);
        haetae_context_detach(&token);
    }
    collect_now(&f, &all);
    point = find_histogram(&all, "h", "");
    assert_int_equal(point->n_exemplars, point->n_bucket_counts);
    for (size_t i = 0; i < point->n_exemplars; i++) {
        double value = point->exemplars[i]->as_double;

        assert_true(i == 0 || value > point->explicit_bounds[i - 1]);
        assert_true(i == point->n_explicit_bounds || value <= point->explicit_bounds[i]);
        assert_span(point->exemplars[i], (uint64_t)(value / 3) + 1);
    }
    collection_done(&all, &f);
}

/* How many exemplars 1,000 measurements of a view's stream leave. */
static size_t kept_count(const struct view *view)
{
    struct views views = {.count = 1, .view = {*view}};
    struct fixture f;
    struct collection all;
    haetae_context_token token;
    haetae_histogram *histogram;
    const HaeOtlp__Metric *metric;
    size_t count;

    init_exemplar_views(&f, &views);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    enter_sampled(1, &token);
    for (int i = 0; i < 1000; i++) {
        haetae_histogram_record_double(histogram, i, NULL, 0);
    }
    haetae_context_detach(&token);
    collect_now(&f, &all);
    metric = find_metric(&all, "h");
    count = metric->data_case == HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM
                ? metric->exponential_histogram->data_points[0]->n_exemplars
            : metric->data_case == HAE_OTLP__METRIC__DATA_SUM
                ? metric->sum->data_points[0]->n_exemplars
                : metric->histogram->data_points[0]->n_exemplars;
    collection_done(&all, &f);
    return count;
}

static struct view view_of(uint8_t aggregation, uint16_t max_size, uint8_t kind, uint16_t places)
{
    return (struct view){.aggregation = hae_aggregation_of(aggregation),
                         .max_size = max_size,
                         .max_scale = 20,
                         .reservoir = {.kind = kind, .place_count = places}};
}

static void each_aggregation_has_its_reservoir(void **state)
{
    struct view view;

    (void)state;
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, 0, 0); /* boundaries 10 and 100 */
    assert_int_equal(kept_count(&view), 3);
    view = view_of(HAE_AGGREGATION_EXPONENTIAL, 160, 0, 0);
    assert_int_equal(kept_count(&view), 20);
    view = view_of(HAE_AGGREGATION_EXPONENTIAL, 7, 0, 0);
    assert_int_equal(kept_count(&view), 7);
    view = view_of(HAE_AGGREGATION_SUM, 0, 0, 0);
    assert_int_equal(kept_count(&view), 1);
}

static void every_way_into_an_exponential_histogram_offers(void **state)
{
    struct views views = {.count = 1, .view = {{0}}};
    struct fixture f;
    haetae_histogram *histogram;
    haetae_bound_histogram *bound = NULL;
    haetae_value value = haetae_value_string("v");

    (void)state;
    HAETAE_KEYS(keys, "k");
    views.view[0] = view_of(HAE_AGGREGATION_EXPONENTIAL, 160, 0, 0);
    init_exemplar_views(&f, &views);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("k", "v")), &bound),
                     HAETAE_OK);
    for (int way = 0; way < 3; way++) {
        for (uint64_t i = 1; i <= 3; i++) { /* the first ones find nothing known */
            const HaeOtlp__ExponentialHistogramDataPoint *point;
            struct collection all;
            haetae_context_token token;
            uint64_t number = 10 * (uint64_t)way + i;

            enter_sampled(number, &token);
            if (way == 0) {
                haetae_histogram_record_double(histogram, 1, HAETAE_ATTRS(HAETAE_ATTR("k", "v")));
            } else if (way == 1) {
                haetae_histogram_record_double_keyed(histogram, 1, &keys, &value, 1);
            } else {
                haetae_bound_histogram_record_double(bound, 1);
            }
            haetae_context_detach(&token);
            collect_now(&f, &all);
            point = find_metric(&all, "h")->exponential_histogram->data_points[0];
            assert_true(point->n_exemplars >= 1);
            assert_span(point->exemplars[0], number);
            collection_free(&all);
        }
    }
    fixture_done(&f);
}

static void a_view_has_another_reservoir(void **state)
{
    const uint8_t fixed = HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE;
    const uint8_t aligned = HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET;
    struct view view;

    (void)state;
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, fixed, 5);
    assert_int_equal(kept_count(&view), 5);
    view = view_of(HAE_AGGREGATION_SUM, 0, fixed, 256);
    assert_int_equal(kept_count(&view), 256);
    view = view_of(HAE_AGGREGATION_HISTOGRAM, 0, aligned, 0);
    assert_int_equal(kept_count(&view), 3);
    /* What has no buckets has its default. */
    view = view_of(HAE_AGGREGATION_SUM, 0, aligned, 0);
    assert_int_equal(kept_count(&view), 1);
}

/* Of `count` values each is chosen with equal chances. */
static void assert_even(const unsigned *chosen, unsigned count, unsigned rounds)
{
    for (unsigned i = 0; i < count; i++) {
        assert_in_range(chosen[i], rounds / count * 7 / 10, rounds / count * 13 / 10);
    }
}

static void every_measurement_has_the_same_chance(void **state)
{
    enum { VALUES = 8, ROUNDS = 8000 };
    unsigned of_counter[VALUES] = {0};
    unsigned of_bucket[VALUES] = {0};
    struct fixture f;
    haetae_context_token token;
    haetae_counter *counter;
    haetae_histogram *histogram;

    (void)state;
    init_exemplars(&f);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    enter_sampled(1, &token);
    for (int round = 0; round < ROUNDS; round++) {
        struct collection all;

        for (int i = 0; i < VALUES; i++) {
            haetae_counter_add(counter, i, NULL, 0);
            haetae_histogram_record(histogram, 11 + i, NULL, 0); /* all between 10 and 25 */
        }
        collect_now(&f, &all);
        of_counter[find_point(&all, "c", "")->exemplars[0]->as_int]++;
        of_bucket[find_histogram(&all, "h", "")->exemplars[0]->as_int - 11]++;
        collection_free(&all);
    }
    haetae_context_detach(&token);
    assert_even(of_counter, VALUES, ROUNDS);
    assert_even(of_bucket, VALUES, ROUNDS);
    fixture_done(&f);
}

/* ---- Threads --------------------------------------------------------------------------------- */

struct shared {
    struct fixture f;
    haetae_counter *counter;
    haetae_histogram *histogram;
    uint64_t first;
};

enum { THREADS = 4, MEASUREMENTS = 20000 };

struct worker {
    struct shared *shared;
    uint64_t first;
};

/* The value of a measurement is the number of its span, and so is its attribute. */
static void *measure(void *argument)
{
    struct worker *worker = argument;

    for (uint64_t i = 0; i < MEASUREMENTS; i++) {
        uint64_t number = worker->first + i;
        haetae_attribute set[] = {HAETAE_ATTR("number", (int64_t)number)};
        haetae_context_token token;

        enter_sampled(number, &token);
        haetae_counter_add(worker->shared->counter, (int64_t)number, set, 1);
        haetae_histogram_record(worker->shared->histogram, (int64_t)number % 10000, set, 1);
        haetae_context_detach(&token);
    }
    return NULL;
}

static void assert_whole(const HaeOtlp__Exemplar *exemplar)
{
    uint64_t number;

    assert_int_equal(exemplar->span_id.len, sizeof number);
    memcpy(&number, exemplar->span_id.data, sizeof number);
    assert_span(exemplar, number);
    assert_int_equal(exemplar->n_filtered_attributes, 1);
    assert_int_equal(exemplar->filtered_attributes[0]->value->int_value, number);
    assert_true((uint64_t)exemplar->as_int == number ||
                (uint64_t)exemplar->as_int == number % 10000);
}

/* Returns how many there are. */
static size_t assert_all_whole(struct fixture *f)
{
    struct collection all;
    const HaeOtlp__NumberDataPoint *point;
    const HaeOtlp__HistogramDataPoint *histogram;
    size_t count = 0;

    collect_now(f, &all);
    point = find_point(&all, "c", "");
    histogram = find_histogram(&all, "h", "");
    for (size_t i = 0; point != NULL && i < point->n_exemplars; i++, count++) {
        assert_whole(point->exemplars[i]);
    }
    for (size_t i = 0; histogram != NULL && i < histogram->n_exemplars; i++, count++) {
        assert_whole(histogram->exemplars[i]);
    }
    collection_free(&all);
    return count;
}

static void threads_never_mix_two_measurements(void **state)
{
    struct views views = {.count = 1, .view = {{.filter = &keeps_path}}};
    struct shared shared;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    init_exemplar_views(&shared.f, &views);
    shared.counter = make_counter(&shared.f, "c", HAETAE_NUMBER_INT64);
    shared.histogram = make_histogram(&shared.f, "h", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){&shared, 1 + i * MEASUREMENTS};
        assert_int_equal(pthread_create(&threads[i], NULL, measure, &workers[i]), 0);
    }
    for (int round = 0; round < 300; round++) {
        (void)assert_all_whole(&shared.f);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    /* The last ones stay: one of the counter, and one of each bucket but the last. */
    assert_int_equal(assert_all_whole(&shared.f), 1 + 15);
    fixture_done(&shared.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histograms_keep_one_for_each_bucket),
        cmocka_unit_test(each_aggregation_has_its_reservoir),
        cmocka_unit_test(every_way_into_an_exponential_histogram_offers),
        cmocka_unit_test(a_view_has_another_reservoir),
        cmocka_unit_test(every_measurement_has_the_same_chance),
        cmocka_unit_test(threads_never_mix_two_measurements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
