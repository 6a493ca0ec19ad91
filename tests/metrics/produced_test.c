/* SPDX-License-Identifier: Apache-2.0 */
/* What a metric producer adds to a batch, and what is refused. */
#include "metrics/produced.h"

#include <math.h>

#include "otlp.pb-c.h"
#include "support/core_cmocka.h"

enum { NOW_NS = 77 };

/* ---- A batch --------------------------------------------------------------------------------- */

struct fixture {
    haetae_metric_batch batch;
    struct hae_produced produced;
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    hae_produced_begin(&f->batch);
    f->batch.time_unix_ns = NOW_NS;
    f->batch.scope = 3;
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;

    hae_produced_free(&f->produced);
    hae_produced_done(&f->batch);
    free(f);
    return 0;
}

#define BATCH_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static haetae_metric_description describe(int32_t kind, int32_t temporality)
{
    return (haetae_metric_description){.struct_size = sizeof(haetae_metric_description),
                                       .name = haetae_string_of("name"),
                                       .kind = kind,
                                       .temporality = temporality};
}

static void add_metric(struct fixture *f, int32_t kind)
{
    haetae_metric_description metric = describe(
        kind,
        kind == HAETAE_POINT_GAUGE || kind == HAETAE_POINT_SUMMARY ? 0 : HAETAE_TEMPORALITY_DELTA);

    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_OK);
}

static haetae_status add(struct fixture *f, const haetae_metric_point *point)
{
    return haetae_metric_batch_add_point(&f->batch, point);
}

/* The only metric, decoded. */
static HaeOtlp__Metric *only_metric(struct fixture *f)
{
    HaeOtlp__Metric *metric;

    assert_true(hae_produced_take(&f->batch, &f->produced));
    assert_non_null(f->produced.first);
    assert_ptr_equal(f->produced.first, f->produced.last);
    assert_int_equal(f->produced.first->scope, 3);
    metric = hae_otlp__metric__unpack(NULL, f->produced.first->size_bytes, f->produced.first->data);
    assert_non_null(metric);
    return metric;
}

/* ---- Points of each kind --------------------------------------------------------------------- */

static void numbers_are_integers_or_doubles(void **state)
{
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .as_int64 = INT64_MIN);
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_GAUGE);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    point.number_type = HAETAE_NUMBER_DOUBLE;
    point.as_double = -0.5;
    point.time_unix_ns = 9;
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    assert_int_equal(metric->gauge->n_data_points, 2);
    assert_int_equal(metric->gauge->data_points[0]->as_int, INT64_MIN);
    assert_int_equal(metric->gauge->data_points[0]->time_unix_nano, NOW_NS);
    assert_true(metric->gauge->data_points[1]->as_double == -0.5);
    assert_int_equal(metric->gauge->data_points[1]->time_unix_nano, 9);
    hae_otlp__metric__free_unpacked(metric, NULL);
}

static void histogram_is_kept_whole(void **state)
{
    static const double boundaries[] = {-1, 2.5};
    static const uint64_t counts[] = {1, 0, 300};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .count = 301, .sum = 7.5, .has_sum = 1,
                       .has_extremes = 1, .minimum = -4, .maximum = 9, .boundaries = boundaries,
                       .boundary_count = 2, .bucket_counts = counts, .bucket_count = 3);
    const HaeOtlp__HistogramDataPoint *got;
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_HISTOGRAM);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_int_equal(metric->histogram->aggregation_temporality, HAETAE_TEMPORALITY_DELTA);
    got = metric->histogram->data_points[0];
    assert_int_equal(got->count, 301);
    assert_true(got->sum == 7.5);
    assert_true(got->min == -4);
    assert_true(got->max == 9);
    assert_int_equal(got->n_bucket_counts, 3);
    assert_memory_equal(got->bucket_counts, counts, sizeof counts);
    assert_int_equal(got->n_explicit_bounds, 2);
    assert_memory_equal(got->explicit_bounds, boundaries, sizeof boundaries);
    hae_otlp__metric__free_unpacked(metric, NULL);
}

static void exponential_histogram_is_kept_whole(void **state)
{
    static const uint64_t positive[] = {1, 2, UINT32_MAX};
    static const uint64_t negative[] = {5};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .count = (uint64_t)UINT32_MAX + 3 + 5 + 4,
                       .positive = {positive, 3, -7, 0}, .negative = {negative, 1, INT32_MAX, 0},
                       .scale = -10, .zero_count = 4, .zero_threshold = 0.25);
    const HaeOtlp__ExponentialHistogramDataPoint *got;
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM);
    got = metric->exponential_histogram->data_points[0];
    assert_int_equal(got->count, point.count);
    assert_int_equal(got->scale, -10);
    assert_int_equal(got->zero_count, 4);
    assert_true(got->zero_threshold == 0.25);
    assert_int_equal(got->positive->offset, -7);
    assert_int_equal(got->positive->n_bucket_counts, 3);
    assert_memory_equal(got->positive->bucket_counts, positive, sizeof positive);
    assert_int_equal(got->negative->offset, INT32_MAX);
    assert_int_equal(got->negative->n_bucket_counts, 1);
    assert_int_equal(got->negative->bucket_counts[0], 5);
    hae_otlp__metric__free_unpacked(metric, NULL);
}

static void summary_has_quantiles(void **state)
{
    static const double quantiles[] = {0, 0.5, 1};
    static const double values[] = {1, 20, 300};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .count = 6, .sum = 100, .quantiles = quantiles,
                       .quantile_values = values, .quantile_count = 3);
    const HaeOtlp__SummaryDataPoint *got;
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_SUMMARY);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_SUMMARY);
    got = metric->summary->data_points[0];
    assert_int_equal(got->count, 6);
    assert_true(got->sum == 100);
    assert_int_equal(got->n_quantile_values, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(got->quantile_values[i]->quantile == quantiles[i]);
        assert_true(got->quantile_values[i]->value == values[i]);
    }
    hae_otlp__metric__free_unpacked(metric, NULL);
}

static void series_that_ended_has_no_value(void **state)
{
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .no_recorded_value = 1,
                                               .number_type = 99, .as_int64 = 4);
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_GAUGE);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->gauge->data_points[0]->flags, 1);
    assert_int_equal(metric->gauge->data_points[0]->value_case,
                     HAE_OTLP__NUMBER_DATA_POINT__VALUE__NOT_SET);
    hae_otlp__metric__free_unpacked(metric, NULL);
}

/* ---- Attributes and texts -------------------------------------------------------------------- */

static void of_equal_keys_the_last_one_counts(void **state)
{
    haetae_attribute attributes[] = {haetae_attribute_of("k", haetae_value_int64(1)),
                                     haetae_attribute_of("k", haetae_value_int64(2))};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .attributes = attributes, .attribute_count = 2);
    HaeOtlp__Metric *metric;

    add_metric(*state, HAETAE_POINT_GAUGE);
    assert_int_equal(add(*state, &point), HAETAE_OK);
    metric = only_metric(*state);
    assert_int_equal(metric->gauge->data_points[0]->n_attributes, 1);
    assert_int_equal(metric->gauge->data_points[0]->attributes[0]->value->int_value, 2);
    hae_otlp__metric__free_unpacked(metric, NULL);
}

static void ill_formed_texts_are_repaired(void **state)
{
    struct fixture *f = *state;
    haetae_metric_description metric = describe(HAETAE_POINT_GAUGE, 0);
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .as_int64 = 1);
    HaeOtlp__Metric *got;

    metric.name = haetae_string_of("a\xff");
    metric.unit = haetae_string_of("\xc3");
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_OK);
    assert_int_equal(add(f, &point), HAETAE_OK);
    got = only_metric(f);
    assert_string_equal(got->name, "a\xef\xbf\xbd");
    assert_string_equal(got->unit, "\xef\xbf\xbd");
    hae_otlp__metric__free_unpacked(got, NULL);
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static void many_points_come_in_several_messages(void **state)
{
    struct fixture *f = *state;
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .as_int64 = 1);
    int64_t seen = 0;
    size_t messages = 0;

    add_metric(f, HAETAE_POINT_GAUGE);
    for (int64_t i = 0; i < 10000; i++) {
        point.as_int64 = i;
        assert_int_equal(add(f, &point), HAETAE_OK);
    }
    assert_true(hae_produced_take(&f->batch, &f->produced));
    for (struct hae_produced_metric *at = f->produced.first; at != NULL; at = at->next) {
        HaeOtlp__Metric *metric = hae_otlp__metric__unpack(NULL, at->size_bytes, at->data);

        assert_non_null(metric);
        assert_string_equal(metric->name, "name");
        assert_int_equal(metric->gauge->n_data_points, at->point_count);
        assert_true(at->size_bytes < 128 * 1024);
        for (size_t i = 0; i < metric->gauge->n_data_points; i++) {
            assert_int_equal(metric->gauge->data_points[i]->as_int, seen++);
        }
        hae_otlp__metric__free_unpacked(metric, NULL);
        messages++;
    }
    assert_int_equal(seen, 10000);
    assert_true(messages > 3);
}

static void batch_and_point_have_limits(void **state)
{
    struct fixture *f = *state;
    char *text = malloc(2 << 20);
    haetae_attribute attribute;
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .attributes = &attribute, .attribute_count = 1);
    haetae_status status = HAETAE_OK;
    unsigned count = 0;

    assert_non_null(text);
    memset(text, 'x', 2 << 20);
    add_metric(f, HAETAE_POINT_GAUGE);
    attribute = haetae_attribute_of("k", haetae_value_text(text, 2 << 20));
    assert_int_equal(add(f, &point), HAETAE_ELIMIT);
    attribute = haetae_attribute_of("k", haetae_value_text(text, 1000000));
    while (status == HAETAE_OK && count < 100) {
        status = add(f, &point);
        count += status == HAETAE_OK;
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_int_equal(count, 16);
    attribute = haetae_attribute_of("k", haetae_value_int64(1));
    assert_int_equal(add(f, &point), HAETAE_OK); /* there is room for a small one */
    free(text);
}

static void metric_without_points_is_left_out(void **state)
{
    struct fixture *f = *state;

    add_metric(f, HAETAE_POINT_GAUGE);
    add_metric(f, HAETAE_POINT_SUM);
    assert_true(hae_produced_take(&f->batch, &f->produced));
    assert_null(f->produced.first);
}

/* ---- What cannot be -------------------------------------------------------------------------- */

static void metrics_that_cannot_be_are_refused(void **state)
{
    struct fixture *f = *state;
    const haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .as_int64 = 1);
    const struct {
        int32_t kind;
        int32_t temporality;
        int32_t monotonic;
    } bad[] = {
        {0, 0, 0},
        {6, 0, 0},
        {INT32_MIN, 0, 0},
        {HAETAE_POINT_SUM, 0, 0},
        {HAETAE_POINT_SUM, 3, 0},
        {HAETAE_POINT_HISTOGRAM, 0, 0},
        {HAETAE_POINT_HISTOGRAM, HAETAE_TEMPORALITY_DELTA, 1},
        {HAETAE_POINT_GAUGE, HAETAE_TEMPORALITY_DELTA, 0},
        {HAETAE_POINT_SUMMARY, HAETAE_TEMPORALITY_CUMULATIVE, 0},
        {HAETAE_POINT_GAUGE, 0, 1},
    };
    haetae_metric_description metric;

    assert_int_equal(add(f, &point), HAETAE_EINVAL); /* no metric was begun */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add_metric(f, HAETAE_POINT_GAUGE);
        metric = describe(bad[i].kind, bad[i].temporality);
        metric.monotonic = bad[i].monotonic;
        assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_EINVAL);
        assert_int_equal(add(f, &point), HAETAE_EINVAL);
    }
    metric = describe(HAETAE_POINT_GAUGE, 0);
    metric.name = (haetae_string){NULL, 4};
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_EINVAL);
    metric.name = (haetae_string){"x", SIZE_MAX};
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, NULL, NULL), HAETAE_EINVAL);
    metric = describe(HAETAE_POINT_GAUGE, 0);
    metric.struct_size = 8;
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_EINVAL);
    metric = describe(HAETAE_POINT_GAUGE, 0);
    metric.reserved = 1;
    assert_int_equal(haetae_metric_batch_add_metric(&f->batch, &metric, NULL), HAETAE_EINVAL);
}

static void refuse(struct fixture *f, int32_t kind, haetae_metric_point point)
{
    add_metric(f, kind);
    assert_int_equal(add(f, &point), HAETAE_EINVAL);
}

static void histograms_that_cannot_be_are_refused(void **state)
{
    static const double falling[] = {2, 1};
    static const double unknown[] = {0, NAN};
    static const uint64_t counts[] = {1, 2, UINT64_MAX};
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .count = 3);

    point.bucket_counts = counts;
    point.bucket_count = 2;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point); /* no boundary between them */
    point.boundaries = falling;
    point.boundary_count = 1;
    point.count = 4;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point); /* not their sum */
    point.count = 2;
    point.bucket_count = 3;
    point.boundary_count = 2;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point); /* falling, and the sum overflows */
    point.boundaries = unknown;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point);
    point.bucket_count = 0;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point); /* boundaries without buckets */
    point.bucket_count = SIZE_MAX;
    point.boundary_count = SIZE_MAX - 1;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point);
    point.bucket_counts = NULL;
    point.bucket_count = 1;
    point.boundary_count = 0;
    refuse(*state, HAETAE_POINT_HISTOGRAM, point);
}

static void exponential_histograms_that_cannot_be_are_refused(void **state)
{
    static const uint64_t counts[] = {1, UINT64_MAX};
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .count = 1);

    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point); /* in no bucket */
    point.positive = (haetae_exponential_buckets){counts, 2, INT32_MAX, 0};
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point); /* beyond the last index */
    point.positive = (haetae_exponential_buckets){counts, 2, 0, 0};
    point.count = 0;
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point); /* the sum overflows */
    point.positive = (haetae_exponential_buckets){NULL, 1, 0, 0};
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point);
    point.positive = (haetae_exponential_buckets){NULL, 0, 0, 0};
    point.zero_threshold = -1;
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point);
    point.zero_threshold = NAN;
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point);
}

static void summaries_that_cannot_be_are_refused(void **state)
{
    static const double falling[] = {0.5, 0.5};
    static const double outside[] = {1.5};
    static const double unknown[] = {NAN};
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .quantile_count = 2);

    point.quantile_values = falling;
    refuse(*state, HAETAE_POINT_SUMMARY, point);
    point.quantiles = falling;
    refuse(*state, HAETAE_POINT_SUMMARY, point);
    point.quantile_count = 1;
    point.quantiles = outside;
    refuse(*state, HAETAE_POINT_SUMMARY, point);
    point.quantiles = unknown;
    refuse(*state, HAETAE_POINT_SUMMARY, point);
}

static void points_that_cannot_be_are_refused(void **state)
{
    haetae_attribute attribute = haetae_attribute_of("", haetae_value_int64(1));
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .number_type = 2);

    refuse(*state, HAETAE_POINT_GAUGE, point);
    point.number_type = 0;
    point.attribute_count = 1;
    refuse(*state, HAETAE_POINT_GAUGE, point); /* NULL */
    point.attributes = &attribute;
    refuse(*state, HAETAE_POINT_GAUGE, point); /* without a key */
    point.attribute_count = 0;
    point.reserved = 1;
    refuse(*state, HAETAE_POINT_GAUGE, point);
    point.reserved = 0;
    point.positive.reserved = 1; /* which is read of exponential histograms alone */
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point);
    point.positive.reserved = 0;
    point.negative.reserved = -1;
    refuse(*state, HAETAE_POINT_EXPONENTIAL_HISTOGRAM, point);
    point.struct_size = 16;
    refuse(*state, HAETAE_POINT_GAUGE, point);
    assert_int_equal(add(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_batch_add_point(NULL, &point), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_batch_temporality(NULL, HAETAE_INSTRUMENT_COUNTER),
                     HAETAE_TEMPORALITY_CUMULATIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BATCH_TEST(numbers_are_integers_or_doubles),
        BATCH_TEST(histogram_is_kept_whole),
        BATCH_TEST(exponential_histogram_is_kept_whole),
        BATCH_TEST(summary_has_quantiles),
        BATCH_TEST(series_that_ended_has_no_value),
        BATCH_TEST(of_equal_keys_the_last_one_counts),
        BATCH_TEST(ill_formed_texts_are_repaired),
        BATCH_TEST(many_points_come_in_several_messages),
        BATCH_TEST(batch_and_point_have_limits),
        BATCH_TEST(metric_without_points_is_left_out),
        BATCH_TEST(metrics_that_cannot_be_are_refused),
        BATCH_TEST(histograms_that_cannot_be_are_refused),
        BATCH_TEST(exponential_histograms_that_cannot_be_are_refused),
        BATCH_TEST(summaries_that_cannot_be_are_refused),
        BATCH_TEST(points_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
