/* SPDX-License-Identifier: Apache-2.0 */
/* Base-2 exponential histograms, bucket by bucket against a plain model: from lanes, from the cell
 * that threads share, from both, in deltas, and while threads record. */
#include "metrics/views.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "metrics/aggregation_exponential.h"
#include "metrics/aggregation_histogram.h"
#include "metrics/series.h"
#include "metrics/whole.h"

static struct views exponential = {.count = 1,
                                   .view = {{.aggregation = &hae_aggregation_exponential}}};

static const HaeOtlp__ExponentialHistogramDataPoint *point_of(const struct collection *all,
                                                              const char *name)
{
    const HaeOtlp__Metric *metric = find_metric(all, name);

    assert_non_null(metric);
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM);
    assert_int_equal(metric->exponential_histogram->n_data_points, 1);
    return metric->exponential_histogram->data_points[0];
}

/* ---- The model: all values, and at the end the best scale at which they fit -------------------
 */

struct model {
    int max_size;
    int max_scale;
    size_t count;
    struct modelled {
        double value;
        int64_t
            index; /* at the highest scale there is; tests/metrics/exponential_index proves it */
    } * values;
};

static void model_add(struct model *model, double value)
{
    model->values = realloc(model->values, (model->count + 1) * sizeof model->values[0]);
    assert_non_null(model->values);
    model->values[model->count++] = (struct modelled){
        value, value != 0 ? hae_exponential_index(fabs(value), HAE_EXPONENTIAL_SCALE_MAX) : 0};
}

static bool is_of_sign(const struct modelled *value, bool negative)
{
    return value->value != 0 && (value->value < 0) == negative;
}

struct span {
    int64_t first;
    int64_t last;
    bool any;
};

static struct span model_span(const struct model *model, int scale, bool negative)
{
    struct span span = {0, 0, false};

    for (size_t i = 0; i < model->count; i++) {
        if (is_of_sign(&model->values[i], negative)) {
            int64_t index = model->values[i].index >> (HAE_EXPONENTIAL_SCALE_MAX - scale);

            span.first = !span.any || index < span.first ? index : span.first;
            span.last = !span.any || index > span.last ? index : span.last;
            span.any = true;
        }
    }
    return span;
}

static int model_scale(const struct model *model)
{
    int scale = model->max_scale;

    for (int negative = 0; negative < 2; negative++) {
        struct span span = model_span(model, scale, negative != 0);

        while (span.any && span.last - span.first >= model->max_size) {
            scale--;
            span = model_span(model, scale, negative != 0);
        }
    }
    return scale;
}

static uint64_t model_bucket(const struct model *model, int scale, bool negative, int64_t index)
{
    uint64_t count = 0;

    for (size_t i = 0; i < model->count; i++) {
        count += is_of_sign(&model->values[i], negative) &&
                 model->values[i].index >> (HAE_EXPONENTIAL_SCALE_MAX - scale) == index;
    }
    return count;
}

static void check_buckets(const struct model *model, int scale, bool negative,
                          const HaeOtlp__ExponentialHistogramDataPoint__Buckets *buckets)
{
    struct span span = model_span(model, scale, negative);

    assert_int_equal(buckets != NULL, span.any);
    if (!span.any) {
        return;
    }
    assert_int_equal(buckets->offset, span.first);
    assert_int_equal(buckets->n_bucket_counts, span.last - span.first + 1);
    assert_true(buckets->n_bucket_counts <= (size_t)model->max_size);
    for (size_t i = 0; i < buckets->n_bucket_counts; i++) {
        assert_int_equal(buckets->bucket_counts[i],
                         model_bucket(model, scale, negative, span.first + (int64_t)i));
    }
}

static void check_point(const struct model *model,
                        const HaeOtlp__ExponentialHistogramDataPoint *point)
{
    uint64_t zeroes = 0;
    int scale = model_scale(model);

    for (size_t i = 0; i < model->count; i++) {
        zeroes += model->values[i].value == 0;
    }
    assert_int_equal(point->scale, scale);
    assert_int_equal(point->count, model->count);
    assert_int_equal(point->zero_count, zeroes);
    check_buckets(model, scale, false, point->positive);
    check_buckets(model, scale, true, point->negative);
}

/* ---- By one thread ----------------------------------------------------------------------------
 */

static void values_fall_into_buckets_zero_and_extremes(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record_double(histogram, 0, NULL, 0);
    haetae_histogram_record_double(histogram, 3, NULL, 0);
    collect(&f, &all);
    const HaeOtlp__ExponentialHistogramDataPoint *point = point_of(&all, "h");
    /* A single value is reported at the highest scale. */
    assert_int_equal(point->scale, 20);
    assert_int_equal(point->zero_count, 1);
    assert_int_equal(point->positive->n_bucket_counts, 1);
    assert_int_equal(point->positive->offset, hae_exponential_index_exactly(3, 20));
    assert_null(point->negative);
    assert_true(point->has_sum && point->sum == 3);
    assert_true(point->has_min && point->min == 0 && point->max == 3);
    assert_true(point->zero_threshold == 0);
    assert_int_equal(find_metric(&all, "h")->exponential_histogram->aggregation_temporality,
                     HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE);
    collection_free(&all);
    /* 160 buckets from 1 to 2^20: 8 of them for each doubling, so scale 3. */
    haetae_histogram_record_double(histogram, ldexp(1, 20), NULL, 0);
    haetae_histogram_record_double(histogram, nextafter(1, 2), NULL, 0);
    collect(&f, &all);
    point = point_of(&all, "h");
    assert_int_equal(point->scale, 3);
    assert_int_equal(point->positive->offset, 0);
    assert_int_equal(point->positive->n_bucket_counts, 160);
    assert_int_equal(point->positive->bucket_counts[159], 1);
    collection_done(&all, &f);
}

static void integers_are_counted_and_mistakes_refused(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_histogram *reals = make_histogram(&f, "d", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < 5; i++) {
        haetae_histogram_record(histogram, i, NULL, 0);
    }
    haetae_histogram_record(histogram, -1, NULL, 0);
    haetae_histogram_record_double(reals, NAN, NULL, 0);
    haetae_histogram_record_double(reals, INFINITY, NULL, 0);
    haetae_histogram_record_double(reals, -0.5, NULL, 0);
    haetae_histogram_record_double(reals, DBL_MAX, NULL, 0);
    haetae_histogram_record_double(reals, DBL_MAX, NULL, 0); /* the sum would be infinite */
    collect(&f, &all);
    assert_int_equal(point_of(&all, "h")->count, 5);
    assert_true(point_of(&all, "h")->sum == 10);
    assert_int_equal(point_of(&all, "d")->count, 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 5);
    collection_done(&all, &f);
}

/* Measurements of gauges and up-down counters may be negative; their sum is left out. */
static void negative_values_have_buckets_of_their_own(void **state)
{
    static const double values[] = {-4, 0.25, -0.0, 1000, -1e-9, -4, 7};
    struct model model = {.max_size = 160, .max_scale = 20};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_up_down_counter *up_down = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        haetae_gauge_record_double(gauge, values[i], NULL, 0);
        model_add(&model, values[i]);
    }
    haetae_up_down_counter_add(up_down, -3, NULL, 0);
    collect(&f, &all);
    check_point(&model, point_of(&all, "g"));
    assert_false(point_of(&all, "g")->has_sum);
    assert_true(point_of(&all, "g")->min == -4 && point_of(&all, "g")->max == 1000);
    assert_int_equal(point_of(&all, "u")->negative->n_bucket_counts, 1);
    assert_null(point_of(&all, "u")->positive);
    free(model.values);
    collection_done(&all, &f);
}

static void extremes_can_be_left_out(void **state)
{
    static struct views views = {
        .count = 2,
        .view = {{.aggregation = &hae_aggregation_exponential, .omits_extremes = true},
                 {.name = "x", .aggregation = &hae_aggregation_histogram, .omits_extremes = true}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_histogram_record_double(make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE), 3, NULL, 0);
    clock_was_set_back = true; /* the fixture lets extremes be absent */
    collect(&f, &all);
    clock_was_set_back = false;
    assert_false(point_of(&all, "h")->has_min || point_of(&all, "h")->has_max);
    assert_true(point_of(&all, "h")->has_sum);
    assert_false(find_histogram(&all, "x", "")->has_min);
    collection_done(&all, &f);
}

static void values_up_to_the_zero_threshold_count_as_zero(void **state)
{
    static struct views views = {
        .count = 1, .view = {{.aggregation = &hae_aggregation_exponential, .zero_threshold = 0.5}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_gauge_record_double(gauge, 0.5, NULL, 0);
    haetae_gauge_record_double(gauge, -0.5, NULL, 0);
    haetae_gauge_record_double(gauge, nextafter(0.5, 1), NULL, 0);
    collect(&f, &all);
    assert_int_equal(point_of(&all, "g")->zero_count, 2);
    assert_true(point_of(&all, "g")->zero_threshold == 0.5);
    assert_int_equal(point_of(&all, "g")->positive->n_bucket_counts, 1);
    collection_done(&all, &f);
}

/* They are not recorded inline, and found in the lane's cache all the same. */
static void keys_and_values_are_recorded_like_attributes(void **state)
{
    HAETAE_KEYS(keys, "method", "route");
    HAETAE_KEYS(turned, "route", "method");
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_histogram *reals = make_histogram(&f, "d", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *integers = make_histogram(&f, "i", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 10; i++) {
        haetae_histogram_record_double_keyed(reals, i, &keys, HAETAE_VALUES("GET", "/"));
        haetae_histogram_record_double_keyed(reals, i, &turned, HAETAE_VALUES("/", "GET"));
        haetae_histogram_record_double(
            reals, i, HAETAE_ATTRS(HAETAE_ATTR("route", "/"), HAETAE_ATTR("method", "GET")));
        haetae_histogram_record_keyed(integers, i, &keys, HAETAE_VALUES("GET", "/"));
    }
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);
    haetae_histogram_record_double_keyed(reals, -1, &keys, HAETAE_VALUES("GET", "/"));
    haetae_histogram_record_double_keyed(reals, NAN, &keys, HAETAE_VALUES("GET", "/"));
    haetae_histogram_record_keyed(reals, 1, &keys, HAETAE_VALUES("GET", "/"));
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 3);
    collect(&f, &all);
    assert_int_equal(point_of(&all, "d")->count, 30);
    assert_int_equal(point_of(&all, "d")->zero_count, 3);
    assert_int_equal(point_of(&all, "d")->n_attributes, 2);
    assert_int_equal(point_of(&all, "i")->count, 10);
    collection_free(&all);
    haetae_histogram_record_double_keyed(reals, 1, &keys, HAETAE_VALUES("GET"));
    haetae_histogram_record_double_keyed(reals, 1, &keys, NULL, 2);
    haetae_histogram_record_double_keyed(reals, 1, NULL, HAETAE_VALUES("GET"));
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 3);
    collect(&f, &all);
    assert_int_equal(find_metric(&all, "d")->exponential_histogram->n_data_points, 3);
    collection_done(&all, &f);
}

/* A bound instrument of one stream remembers the lane's cell; one of several finds each. */
static void bound_instruments_record_into_every_stream(void **state)
{
    static struct views two = {.count = 2,
                               .view = {{.aggregation = &hae_aggregation_exponential},
                                        {.name = "x", .aggregation = &hae_aggregation_histogram}}};
    struct views *const views[] = {&exponential, &two};
    struct collection all;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        haetae_bound_histogram *bound = NULL;

        fixture_init_views(&f, 0, views[i]);
        assert_int_equal(haetae_histogram_bind(make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE),
                                               HAETAE_ATTRS(HAETAE_ATTR("a", 1)), &bound),
                         HAETAE_OK);
        for (int k = 0; k < 20; k++) {
            haetae_bound_histogram_record_double(bound, k);
        }
        collect(&f, &all);
        assert_int_equal(point_of(&all, "h")->count, 20);
        assert_true(i == 0 || find_histogram(&all, "x", "a=1")->count == 20);
        collection_done(&all, &f);
    }
}

/* ---- Random values ----------------------------------------------------------------------------
 */

/* Values of all magnitudes, or of a few around 1, in any order. */
static double random_value(uint64_t *random, unsigned spread, bool negative)
{
    uint64_t word = hae_splitmix(random);
    double value =
        ldexp(1 + (double)(word >> 12) * 0x1p-52, (int)(word % (2 * spread + 1)) - (int)spread);

    if (hae_splitmix(random) % 16 == 0) {
        value = hae_splitmix(random) % 2 == 0 ? 0 : ldexp(1, (int)(word % spread));
    }
    return negative && (hae_splitmix(random) & 1) ? -value : value;
}

enum source { LANES, SHARED, BOTH };

static void record_into(struct fixture *f, struct hae_instrument *instrument, enum source source,
                        uint64_t *random, double value)
{
    struct hae_stream *stream = &instrument->streams[0];
    union hae_number number = {.real = value};

    (void)f;
    if (source == SHARED || (source == BOTH && hae_splitmix(random) % 3 == 0)) {
        struct hae_series *series = hae_series_find(stream, NULL, 0);

        stream->aggregation->record_shared(stream, series, number);
    } else {
        haetae_gauge_record_double((haetae_gauge *)instrument, value, NULL, 0);
    }
}

static void run(enum source source, int max_size, int max_scale, unsigned spread, uint64_t seed)
{
    struct views views = {.count = 1,
                          .view = {{.aggregation = &hae_aggregation_exponential,
                                    .max_size = (uint16_t)max_size,
                                    .max_scale = (int8_t)max_scale}}};
    struct model model = {.max_size = max_size, .max_scale = max_scale};
    struct fixture f;
    struct collection all;

    print_message("source %d, size %d, scale %d, spread %u, seed %llu\n", (int)source, max_size,
                  max_scale, spread, (unsigned long long)seed);
    fixture_init_views(&f, 0, &views);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < 300; i++) {
        double value = random_value(&seed, spread, true);

        record_into(&f, &gauge->instrument, source, &seed, value);
        model_add(&model, value);
        if (i % 29 == 0 || i == 299) {
            collect(&f, &all);
            check_point(&model, point_of(&all, "g"));
            collection_free(&all);
        }
    }
    free(model.values);
    fixture_done(&f);
}

static void each_bucket_equals_the_models(void **state)
{
    static const int sizes[] = {2, 3, 4, 7, 16, 31, 160, 161, 320};
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int source = LANES; source <= BOTH; source++) {
            run((enum source)source, sizes[i], 20, 1, seed++);
            run((enum source)source, sizes[i], 5, 12, seed++);
            run((enum source)source, sizes[i], -2, 900, seed++);
            run((enum source)source, sizes[i], HAE_EXPONENTIAL_SCALE_MIN, 1000, seed++);
        }
    }
}

/* ---- Little memory ----------------------------------------------------------------------------
 */

/* Without memory for pieces the count stays exact, at the lowest scale. */
static void shared_cell_without_memory_counts_at_the_lowest_scale(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    uint64_t random = 1;
    record_into(&f, &gauge->instrument, SHARED, &random, 5);
    fill_heap(&f, 0);
    for (int i = 0; i < 4; i++) {
        record_into(&f, &gauge->instrument, SHARED, &random, i % 2 == 0 ? 1e10 : -0.125);
    }
    collect(&f, &all);
    const HaeOtlp__ExponentialHistogramDataPoint *point = point_of(&all, "g");
    assert_int_equal(point->count, 5);
    assert_int_equal(point->scale, HAE_EXPONENTIAL_SCALE_MIN);
    assert_int_equal(point->positive->offset, 0);
    assert_int_equal(point->positive->bucket_counts[0], 3);
    assert_int_equal(point->negative->offset, -1);
    assert_int_equal(point->negative->bucket_counts[0], 2);
    collection_done(&all, &f);
}

static void no_value_takes_memory_once_all_magnitudes_were_seen(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record_double(histogram, 1, NULL, 0);
    uint64_t used = atomic_load(&f.recorder->region->heap_used_bytes);
    hae_alloc_fail_after(0);
    haetae_histogram_record_double(histogram, 5e-324, NULL, 0);
    haetae_histogram_record_double(histogram, 1e308, NULL, 0);
    hae_alloc_fail_after(-1);
    assert_int_equal(atomic_load(&f.recorder->region->heap_used_bytes), used);
    fixture_done(&f);
}

/* ---- Deltas -----------------------------------------------------------------------------------
 */

static void deltas_add_up_though_the_scale_falls(void **state)
{
    struct hae_metric_reader reader;
    struct model model = {.max_size = 160, .max_scale = 20};
    struct fixture f;
    uint64_t random = 99;
    uint64_t total = 0;
    uint64_t buckets = 0;
    double sum = 0;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    assert_int_equal(hae_metric_reader_init(&reader, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (unsigned round = 0; round < 40; round++) {
        struct collection all;
        struct model part = {.max_size = 160, .max_scale = 20};

        for (int i = 0; i < 50; i++) {
            double value = random_value(&random, 1 + round, false);

            haetae_histogram_record_double(histogram, value, NULL, 0);
            model_add(&model, value);
            model_add(&part, value);
        }
        assert_int_equal(collect_with(&reader, COLLECTED_NS + round, METRICS_MAX, &all), HAETAE_OK);
        const HaeOtlp__ExponentialHistogramDataPoint *point = point_of(&all, "h");
        /* The scale is that of all values; the buckets are those of the new ones. */
        assert_int_equal(point->scale, model_scale(&model));
        assert_int_equal(point->count, 50);
        check_buckets(&part, point->scale, false, point->positive);
        assert_int_equal(point->has_min, round == 0);
        total += point->count;
        sum += point->sum;
        for (size_t i = 0; i < point->positive->n_bucket_counts; i++) {
            buckets += point->positive->bucket_counts[i];
        }
        buckets += point->zero_count;
        free(part.values);
        collection_free(&all);
    }
    assert_int_equal(total, model.count);
    assert_int_equal(buckets, model.count);
    assert_true(sum > 0);
    free(model.values);
    hae_metric_reader_done(&reader);
    fixture_done(&f);
}

/* ---- What a reader finds -------------------------------------------------------------------- */

static struct hae_exponential_cell *lane_cell(const struct hae_stream *stream)
{
    struct hae_series *series = hae_series_find(stream, NULL, 0);
    const _Atomic uint32_t *group = hae_ref_at(stream->region, atomic_load(&series->groups[0]));

    for (int i = 0; i < HAE_LANES_PER_GROUP; i++) {
        if (atomic_load(&group[i]) != 0) {
            return hae_ref_at(stream->region, atomic_load(&group[i]));
        }
    }
    return NULL;
}

/* The owner was stopped, or died, while it copied the merged buckets back. */
static void half_rescaled_cell_is_read_from_the_scratch(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int i = 1; i <= 100; i++) {
        haetae_histogram_record_double(histogram, i, NULL, 0);
    }
    haetae_histogram_record_double(histogram, 1e9, NULL, 0); /* rescales */
    struct hae_exponential_cell *cell = lane_cell(&histogram->instrument.first);
    struct hae_exponential_buckets *buckets = (void *)(cell + 1);
    atomic_store(&cell->state, atomic_load(&cell->state) | 1);
    memset(buckets, 0x5A, sizeof *buckets + 100 * sizeof(uint64_t));
    collect(&f, &all);
    assert_int_equal(point_of(&all, "h")->count, 100);
    assert_int_equal(
        find_metric(&all, "h")->exponential_histogram->data_points[0]->positive->offset, -1);
    assert_int_equal(f.recorder->damage_count, 0);
    collection_done(&all, &f);
}

static void forked_child_begins_with_empty_cells_that_can_be_rescaled(void **state)
{
    struct model model = {.max_size = 160, .max_scale = 20};
    struct fixture f;
    struct collection all;
    uint64_t random = 5;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    record_into(&f, &gauge->instrument, LANES, &random, 5);
    record_into(&f, &gauge->instrument, SHARED, &random, 500);
    hae_meter_provider_reinit(&f.provider);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    collection_free(&all);
    for (int i = 0; i < 100; i++) {
        double value = random_value(&random, 100, true);

        record_into(&f, &gauge->instrument, BOTH, &random, value);
        model_add(&model, value);
    }
    collect(&f, &all);
    check_point(&model, point_of(&all, "g"));
    free(model.values);
    collection_done(&all, &f);
}

/* ---- Damage ------------------------------------------------------------------------------------
 */

static void collected_damage(struct fixture *f, bool reported)
{
    uint64_t before = f->recorder->damage_count;
    struct collection all;

    collect(f, &all);
    assert_int_equal(all.count, reported ? 1 : 0);
    assert_int_equal(f->recorder->damage_count - before, reported ? 0 : 1);
    collection_free(&all);
}

#define DAMAGE(f, type, field, value)                                                              \
    do {                                                                                           \
        type kept_ = (field);                                                                      \
        (field) = (type)(value);                                                                   \
        collected_damage(f, false);                                                                \
        (field) = kept_;                                                                           \
        collected_damage(f, true);                                                                 \
    } while (0)

static void cells_that_lead_out_of_the_memory_are_left_out(void **state)
{
    struct fixture f;
    uint64_t random = 2;

    (void)state;
    fixture_init_views(&f, 0, &exponential);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    struct hae_stream *stream = &gauge->instrument.first;
    record_into(&f, &gauge->instrument, LANES, &random, 1);
    record_into(&f, &gauge->instrument, LANES, &random, 1e9);
    record_into(&f, &gauge->instrument, SHARED, &random, 1);
    record_into(&f, &gauge->instrument, SHARED, &random, 1e9);
    struct hae_exponential_cell *cell = lane_cell(stream);
    struct hae_exponential_shared *shared =
        hae_ref_at(stream->region, hae_series_find(stream, NULL, 0)->shared);
    struct hae_exponential_piece *piece =
        (void *)((uint8_t *)shared + (int64_t)atomic_load(&shared->newest));
    uint64_t scratch = cell->scratch;

    DAMAGE(&f, uint64_t, shared->newest, UINT64_C(1) << 40);
    DAMAGE(&f, uint64_t, shared->newest,
           8 - (uint64_t)((uint8_t *)shared - (uint8_t *)stream->region));
    DAMAGE(&f, uint64_t, piece->next, UINT64_C(1) << 50);
    DAMAGE(&f, uint64_t, piece->next, 1);
    DAMAGE(&f, uint16_t, stream->data->max_size, 0);
    DAMAGE(&f, int8_t, stream->data->max_scale, 21);
    DAMAGE(&f, uint8_t, stream->data->kind, HAE_HISTOGRAM);
    cell->scratch = UINT64_C(1) << 40;
    DAMAGE(&f, uint64_t, cell->state, 1);
    cell->scratch = scratch;
    /* What has no meaning in a place that can be read is read as nothing. */
    atomic_store(&cell->state, UINT64_C(1) << 40);
    atomic_store(&shared->newest, 0);
    struct collection all;
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    collection_done(&all, &f);
}

/* ---- Threads -----------------------------------------------------------------------------------
 */

enum { THREADS = 4, ROUNDS = 20000 };

struct stage {
    struct fixture f;
    haetae_histogram *histogram;
    pthread_barrier_t start;
    _Atomic int running;
};

/* Each power of two comes as often as any other; the range grows all the time. */
static void *record_growing(void *argument)
{
    struct stage *stage = argument;

    pthread_barrier_wait(&stage->start);
    for (int i = 0; i < ROUNDS; i++) {
        int reach = 1 + i * 400 / ROUNDS;

        haetae_histogram_record_double(stage->histogram, ldexp(1, i % reach - reach / 2), NULL, 0);
    }
    atomic_fetch_sub(&stage->running, 1);
    return NULL;
}

static void run_threads(uint32_t lanes)
{
    struct model model = {.max_size = 160, .max_scale = 20};
    struct stage stage;
    struct collection all;
    pthread_t ids[THREADS];
    uint64_t seen = 0;

    fixture_init_views(&stage.f, lanes, &exponential);
    stage.histogram = make_histogram(&stage.f, "h", HAETAE_NUMBER_DOUBLE);
    atomic_store(&stage.running, THREADS);
    assert_int_equal(pthread_barrier_init(&stage.start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&ids[i], NULL, record_growing, &stage), 0);
    }
    while (atomic_load(&stage.running) != 0) {
        /* Counts never shrink, and agree with the buckets: fixture.c checks that. */
        collect(&stage.f, &all);
        if (all.count != 0) {
            assert_true(point_of(&all, "h")->count >= seen);
            seen = point_of(&all, "h")->count;
        }
        collection_free(&all);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(ids[i], NULL);
    }
    pthread_barrier_destroy(&stage.start);
    for (int i = 0; i < ROUNDS; i++) {
        int reach = 1 + i * 400 / ROUNDS;

        model_add(&model, ldexp(1, i % reach - reach / 2));
    }
    collect(&stage.f, &all);
    const HaeOtlp__ExponentialHistogramDataPoint *point = point_of(&all, "h");
    assert_int_equal(point->count, THREADS * ROUNDS);
    assert_int_equal(point->scale, model_scale(&model));
    for (size_t i = 0; i < point->positive->n_bucket_counts; i++) {
        assert_int_equal(point->positive->bucket_counts[i],
                         THREADS * model_bucket(&model, point->scale, false,
                                                point->positive->offset + (int64_t)i));
    }
    assert_int_equal(misuse_count(&stage.f, HAETAE_MISUSE_CONTENDED), 0);
    free(model.values);
    collection_done(&all, &stage.f);
}

static void buckets_are_exact_whatever_the_threads(void **state)
{
    (void)state;
    run_threads(THREADS); /* a lane each */
    run_threads(1);       /* all but one share */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_fall_into_buckets_zero_and_extremes),
        cmocka_unit_test(integers_are_counted_and_mistakes_refused),
        cmocka_unit_test(negative_values_have_buckets_of_their_own),
        cmocka_unit_test(extremes_can_be_left_out),
        cmocka_unit_test(values_up_to_the_zero_threshold_count_as_zero),
        cmocka_unit_test(keys_and_values_are_recorded_like_attributes),
        cmocka_unit_test(bound_instruments_record_into_every_stream),
        cmocka_unit_test(each_bucket_equals_the_models),
        cmocka_unit_test(shared_cell_without_memory_counts_at_the_lowest_scale),
        cmocka_unit_test(no_value_takes_memory_once_all_magnitudes_were_seen),
        cmocka_unit_test(deltas_add_up_though_the_scale_falls),
        cmocka_unit_test(half_rescaled_cell_is_read_from_the_scratch),
        cmocka_unit_test(forked_child_begins_with_empty_cells_that_can_be_rescaled),
        cmocka_unit_test(cells_that_lead_out_of_the_memory_are_left_out),
        cmocka_unit_test(buckets_are_exact_whatever_the_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
