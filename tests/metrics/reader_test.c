/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of different temporalities over the same cells. */
#include "metrics/views.h"

#include <math.h>

/* The time of a collection: later than every measurement. */
static uint64_t at(uint64_t tick)
{
    return COLLECTED_NS + tick;
}

struct two {
    struct fixture f; /* its reader is cumulative */
    struct hae_metric_reader delta;
};

static void two_init_sized(struct two *two, uint64_t size_bytes)
{
    fixture_init_sized(&two->f, size_bytes, 0);
    assert_int_equal(hae_metric_reader_init(&two->delta, &two->f.provider, &hae_temporality_delta),
                     HAETAE_OK);
}

static void two_init(struct two *two)
{
    two_init_sized(two, 4u << 20);
}

/* Returns a counter of integers named "c". */
static haetae_counter *two_init_counter(struct two *two)
{
    two_init(two);
    return make_counter(&two->f, "c", HAETAE_NUMBER_INT64);
}

static void two_done(struct two *two)
{
    hae_metric_reader_done(&two->delta);
    fixture_done(&two->f);
}

static void collect_delta(struct two *two, uint64_t tick, struct collection *ret_collection)
{
    assert_int_equal(collect_with(&two->delta, at(tick), METRICS_MAX, ret_collection), HAETAE_OK);
}

/* What a collection of the delta reader gives for the one series of an integer; -1: no point. */
static int64_t delta_int(struct two *two, uint64_t tick, const char *name)
{
    struct collection all;
    int64_t value = -1;

    collect_delta(two, tick, &all);
    if (point_count(&all, name) != 0) {
        value = int_total(&all, name);
    }
    collection_free(&all);
    return value;
}

static void each_reader_subtracts_what_it_reported_itself(void **state)
{
    struct two two;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_counter_add(counter, 5, NULL, 0);
    assert_int_equal(delta_int(&two, 1, "c"), 5);
    assert_int_equal(collected_int(&two.f, "c", ""), 5);
    haetae_counter_add(counter, 7, NULL, 0);
    assert_int_equal(collected_int(&two.f, "c", ""), 12);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(collected_int(&two.f, "c", ""), 13);
    assert_int_equal(delta_int(&two, 2, "c"), 8);
    assert_int_equal(collected_int(&two.f, "c", ""), 13);
    two_done(&two);
}

static void two_delta_readers_do_not_share_a_memory(void **state)
{
    struct two two;
    struct hae_metric_reader other;
    struct collection all;

    (void)state;
    two_init(&two);
    assert_int_equal(hae_metric_reader_init(&other, &two.f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&two.f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, NULL, 0);
    assert_int_equal(delta_int(&two, 1, "c"), 5);
    haetae_counter_add(counter, 6, NULL, 0);
    assert_int_equal(delta_int(&two, 2, "c"), 6);
    assert_int_equal(collect_with(&other, at(3), METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(int_total(&all, "c"), 11);
    collection_free(&all);
    hae_metric_reader_done(&other);
    two_done(&two);
}

static void each_kind_has_the_temporality_of_its_reader(void **state)
{
    enum {
        CUMULATIVE = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE,
        DELTA = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA
    };
    struct two two;
    struct collection all;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_up_down_counter *up_down = make_up_down_counter(&two.f, "u", HAETAE_NUMBER_INT64);
    haetae_gauge *gauge = make_gauge(&two.f, "g", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&two.f, "h", HAETAE_NUMBER_INT64);
    for (int round = 1; round <= 2; round++) {
        haetae_counter_add(counter, 3, NULL, 0);
        haetae_up_down_counter_add(up_down, 3, NULL, 0);
        haetae_gauge_record(gauge, 3, NULL, 0);
        haetae_histogram_record(histogram, 3, NULL, 0);
        collect_delta(&two, (uint64_t)round, &all);
        assert_int_equal(find_metric(&all, "c")->sum->aggregation_temporality, DELTA);
        assert_true(find_metric(&all, "c")->sum->is_monotonic);
        assert_int_equal(int_total(&all, "c"), 3);
        assert_int_equal(find_metric(&all, "u")->sum->aggregation_temporality, CUMULATIVE);
        assert_int_equal(int_total(&all, "u"), 3 * round);
        assert_int_equal(int_total(&all, "g"), 3);
        assert_int_equal(find_metric(&all, "h")->histogram->aggregation_temporality, DELTA);
        assert_int_equal(histogram_total(&all, "h"), 1);
        collection_free(&all);
    }
    two_done(&two);
}

/* ---- The clock is set back ---- */

/* Collects at a time, and checks the only point of a counter. */
static void cumulative_point(struct fixture *f, uint64_t now, int64_t value, uint64_t start,
                             uint64_t time)
{
    const HaeOtlp__NumberDataPoint *point;
    struct collection all;

    assert_int_equal(collect_with(&f->reader, now, METRICS_MAX, &all), HAETAE_OK);
    point = find_metric(&all, "c")->sum->data_points[0];
    assert_int_equal(point->as_int, value);
    assert_int_equal(point->start_time_unix_nano, start);
    assert_int_equal(point->time_unix_nano, time);
    collection_free(&all);
}

#define NOW  UINT64_C(9000000000000000000)
#define HOUR UINT64_C(3600000000000)

/* The series' start lies in its past: what the region's clock says. */
static uint64_t start_of(struct fixture *f)
{
    struct collection all;
    uint64_t start;

    assert_int_equal(collect_with(&f->reader, NOW, METRICS_MAX, &all), HAETAE_OK);
    start = find_metric(&all, "c")->sum->data_points[0]->start_time_unix_nano;
    collection_free(&all);
    return start;
}

static void clock_set_back_begins_series_again(void **state)
{
    const uint64_t back = NOW - HOUR, again = back - HOUR;
    struct fixture f;
    uint64_t start;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, NULL, 0);
    start = start_of(&f);
    haetae_counter_add(counter, 1, NULL, 0);
    /* Nothing is lost: what came before the step ends the old series. */
    cumulative_point(&f, back, 6, start, NOW + 1);
    haetae_counter_add(counter, 2, NULL, 0);
    cumulative_point(&f, back + 10, 2, back, back + 10);
    haetae_counter_add(counter, 3, NULL, 0);
    cumulative_point(&f, back + 20, 5, back, back + 20);
    cumulative_point(&f, back + 30, 5, back, back + 30);
    /* A second step. */
    cumulative_point(&f, again, 5, back, back + 31);
    haetae_counter_add(counter, 4, NULL, 0);
    cumulative_point(&f, again + 10, 4, again, again + 10);
    fixture_done(&f);
}

static void clock_that_is_slowed_down_only_moves_on(void **state)
{
    struct fixture f;
    uint64_t start;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, NULL, 0);
    start = start_of(&f);
    cumulative_point(&f, NOW - 1000, 5, start, NOW + 1);
    cumulative_point(&f, NOW - 500, 5, start, NOW + 2);
    cumulative_point(&f, NOW + 100, 5, start, NOW + 100);
    fixture_done(&f);
}

/* A refused message leaves the step for the next collection. */
static void refused_end_of_a_series_is_offered_again(void **state)
{
    const uint64_t back = NOW - HOUR;
    struct fixture f;
    struct collection all;
    uint64_t start;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, NULL, 0);
    start = start_of(&f);
    assert_int_equal(collect_with(&f.reader, back, 0, &all), HAETAE_ENOMEM);
    collection_free(&all);
    cumulative_point(&f, back + 5, 5, start, NOW + 1);
    haetae_counter_add(counter, 2, NULL, 0);
    cumulative_point(&f, back + 10, 2, back + 5, back + 10);
    fixture_done(&f);
}

/* What is read as a level stays, and every kind moves on. */
static void levels_and_histograms_after_the_clock_is_set_back(void **state)
{
    const uint64_t back = NOW - HOUR;
    struct two two;
    struct collection all;

    (void)state;
    clock_was_set_back = true;
    two_init(&two);
    haetae_up_down_counter *up_down = make_up_down_counter(&two.f, "u", HAETAE_NUMBER_INT64);
    haetae_gauge *gauge = make_gauge(&two.f, "g", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&two.f, "h", HAETAE_NUMBER_INT64);
    haetae_counter *counter = make_counter(&two.f, "c", HAETAE_NUMBER_INT64);
    for (uint64_t round = 0; round < 3; round++) {
        const uint64_t now[] = {NOW, back, back + 10};

        haetae_up_down_counter_add(up_down, 7, NULL, 0);
        haetae_gauge_record(gauge, 3, NULL, 0);
        haetae_histogram_record(histogram, 2, NULL, 0);
        haetae_counter_add(counter, 1, NULL, 0);
        assert_int_equal(collect_with(&two.delta, now[round], METRICS_MAX, &all), HAETAE_OK);
        assert_int_equal(int_total(&all, "c"), 1); /* each once */
        collection_free(&all);
        assert_int_equal(collect_with(&two.f.reader, now[round], METRICS_MAX, &all), HAETAE_OK);
        if (round < 2) {
            collection_free(&all);
        }
    }
    assert_int_equal(int_total(&all, "u"), 21);
    assert_int_equal(find_metric(&all, "u")->sum->data_points[0]->start_time_unix_nano, back);
    assert_int_equal(find_metric(&all, "g")->gauge->data_points[0]->time_unix_nano, back + 10);
    assert_true(find_metric(&all, "g")->gauge->data_points[0]->start_time_unix_nano <= back + 10);
    assert_int_equal(find_histogram(&all, "h", "")->count, 1);
    assert_true(find_histogram(&all, "h", "")->sum == 2);
    assert_int_equal(find_histogram(&all, "h", "")->start_time_unix_nano, back);
    collection_free(&all);
    two_done(&two);
    clock_was_set_back = false;
}

static void deltas_follow_each_other_without_a_gap(void **state)
{
    struct two two;
    struct collection all;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    uint64_t before = hae_clock_now_unix_ns(&two.f.recorder->region->clock);
    haetae_counter_add(counter, 1, NULL, 0);
    uint64_t after = hae_clock_now_unix_ns(&two.f.recorder->region->clock);
    collect_delta(&two, 1, &all);
    uint64_t start = find_point(&all, "c", "")->start_time_unix_nano;
    assert_true(start >= before && start <= after);
    assert_int_equal(find_point(&all, "c", "")->time_unix_nano, at(1));
    collection_free(&all);
    assert_int_equal(delta_int(&two, 2, "c"), -1); /* nothing came */
    haetae_counter_add(counter, 1, NULL, 0);
    collect_delta(&two, 3, &all);
    assert_int_equal(find_point(&all, "c", "")->start_time_unix_nano, at(1));
    assert_int_equal(find_point(&all, "c", "")->time_unix_nano, at(3));
    collection_free(&all);
    two_done(&two);
}

static void a_clock_that_is_slowed_down_makes_no_empty_delta(void **state)
{
    struct two two;
    struct collection all;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(delta_int(&two, 100, "c"), 1);
    for (uint64_t round = 0; round < 2; round++) {
        haetae_counter_add(counter, 1, NULL, 0);
        collect_delta(&two, 50, &all);
        assert_int_equal(find_point(&all, "c", "")->start_time_unix_nano, at(100) + round);
        assert_int_equal(find_point(&all, "c", "")->time_unix_nano, at(100) + round + 1);
        collection_free(&all);
    }
    two_done(&two);
}

static void a_first_point_of_zero_is_reported_once(void **state)
{
    struct two two;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_counter_add(counter, 0, NULL, 0);
    assert_int_equal(delta_int(&two, 1, "c"), 0);
    haetae_counter_add(counter, 0, NULL, 0);
    assert_int_equal(delta_int(&two, 2, "c"), -1);
    two_done(&two);
}

static void a_histogram_gives_the_difference_of_each_bucket(void **state)
{
    struct two two;
    struct collection all;

    (void)state;
    two_init(&two);
    haetae_histogram *histogram = make_histogram(&two.f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record_double(histogram, 3, NULL, 0);
    haetae_histogram_record_double(histogram, 60, NULL, 0);
    collect_delta(&two, 1, &all);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "h", "");
    assert_true(point->count == 2 && point->sum == 63);
    assert_true(point->has_min && point->min == 3 && point->max == 60); /* of all time, too */
    collection_free(&all);
    haetae_histogram_record_double(histogram, 4, NULL, 0);
    haetae_histogram_record_double(histogram, 4.5, NULL, 0);
    haetae_histogram_record_double(histogram, 20000, NULL, 0);
    collect_delta(&two, 2, &all);
    point = find_histogram(&all, "h", "");
    assert_int_equal(point->count, 3);
    assert_int_equal(point->bucket_counts[1], 2);
    assert_int_equal(point->bucket_counts[15], 1);
    assert_true(point->sum == 20008.5);
    assert_false(point->has_min || point->has_max);
    collection_free(&all);
    collect(&two.f, &all);
    point = find_histogram(&all, "h", "");
    assert_true(point->count == 5 && point->min == 3 && point->max == 20000);
    collection_free(&all);
    collect_delta(&two, 3, &all);
    assert_int_equal(all.count, 0);
    collection_free(&all);
    two_done(&two);
}

static void deltas_of_doubles_add_up(void **state)
{
    struct two two;
    struct collection all;
    double sum = 0;

    (void)state;
    two_init(&two);
    haetae_counter *counter = make_counter(&two.f, "d", HAETAE_NUMBER_DOUBLE);
    for (int i = 1; i <= 20; i++) {
        haetae_counter_add_double(counter, 0.25 * i, NULL, 0);
        collect_delta(&two, (uint64_t)i, &all);
        assert_true(find_point(&all, "d", "")->as_double == 0.25 * i);
        sum += find_point(&all, "d", "")->as_double;
        collection_free(&all);
    }
    assert_true(collected_double(&two.f, "d", "") == sum);
    two_done(&two);
}

static void series_that_come_later_and_the_overflow_have_deltas_of_their_own(void **state)
{
    struct two two;
    struct collection all;

    (void)state;
    two_init(&two);
    two.f.provider.defaults.cardinality_limit = 40;
    haetae_counter *counter = make_counter(&two.f, "c", HAETAE_NUMBER_INT64);
    for (int round = 1; round <= 6; round++) {
        for (int i = 0; i < 10 * round; i++) {
            haetae_counter_add(counter, 1 + i, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        }
        collect_delta(&two, (uint64_t)round, &all);
        assert_int_equal(point_count(&all, "c"), round <= 4 ? 10 * round : 41);
        assert_int_equal(find_point(&all, "c", "i=0")->as_int, 1);
        assert_int_equal(find_point(&all, "c", "i=9")->as_int, 10);
        assert_int_equal(int_total(&all, "c"), 10 * round * (10 * round + 1) / 2);
        collection_free(&all);
    }
    two_done(&two);
}

static void each_stream_of_an_instrument_has_deltas_of_its_own(void **state)
{
    static struct views views = {.count = 2,
                                 .view = {{0}, {.name = "merged", .filter = &drops_path}}};
    struct two two;
    struct collection all;

    (void)state;
    two_init(&two);
    set_views(&two.f, &views);
    haetae_counter *counter = make_counter(&two.f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
    collect_delta(&two, 1, &all);
    assert_int_equal(int_total(&all, "merged"), 1);
    collection_free(&all);
    haetae_counter_add(counter, 2, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
    haetae_counter_add(counter, 4, HAETAE_ATTRS(HAETAE_ATTR("path", "/b")));
    collect_delta(&two, 2, &all);
    assert_int_equal(find_point(&all, "c", "path=/a")->as_int, 2);
    assert_int_equal(find_point(&all, "c", "path=/b")->as_int, 4);
    assert_int_equal(find_point(&all, "merged", "")->as_int, 6);
    collection_free(&all);
    assert_int_equal(collected_int(&two.f, "merged", ""), 7);
    two_done(&two);
}

/* ---- Refused messages ---------------------------------------------------------------------- */

enum { SERIES = 3000, TEXT = 200 };

static void record_many(haetae_counter *counter, haetae_histogram *histogram)
{
    static char text[TEXT];

    for (int i = 0; i < TEXT - 1; i++) {
        text[i] = 'x';
    }
    for (int i = 0; i < SERIES; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i), HAETAE_ATTR("t", text)));
        if (i % 3 == 0) {
            haetae_histogram_record(histogram, 1,
                                    HAETAE_ATTRS(HAETAE_ATTR("i", i), HAETAE_ATTR("t", text)));
        }
    }
}

/* Whatever message is refused: what was taken before is not reported again, what was not is in
 * the next collection. */
static void what_was_refused_comes_again_and_nothing_twice(void **state)
{
    struct two two;
    struct collection all;
    int64_t counted = 0;
    uint64_t observed = 0;
    size_t messages = 0;

    (void)state;
    two_init_sized(&two, 32u << 20);
    two.f.provider.defaults.cardinality_limit = SERIES;
    haetae_counter *counter = make_counter(&two.f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&two.f, "h", HAETAE_NUMBER_INT64);
    for (size_t taken_max = 0; messages == 0 || taken_max <= messages; taken_max++) {
        record_many(counter, histogram);
        haetae_status status = collect_with(&two.delta, at(taken_max + 1), taken_max, &all);
        assert_int_equal(all.count <= taken_max, true);
        if (status == HAETAE_OK) {
            messages = all.count;
        } else {
            assert_int_equal(status, HAETAE_ENOMEM);
            assert_int_equal(all.count, taken_max);
        }
        counted += int_total(&all, "c");
        observed += histogram_total(&all, "h");
        collection_free(&all);
    }
    assert_true(messages >= 4);
    collect_delta(&two, 1000, &all);
    counted += int_total(&all, "c");
    observed += histogram_total(&all, "h");
    collection_free(&all);
    collect(&two.f, &all);
    assert_int_equal(int_total(&all, "c"), counted);
    assert_int_equal(histogram_total(&all, "h"), observed);
    assert_int_equal(counted, (int64_t)SERIES * (int64_t)(messages + 1));
    assert_int_equal(observed, (uint64_t)(SERIES / 3) * (messages + 1));
    collection_free(&all);
    two_done(&two);
}

/* ---- Forked children ------------------------------------------------------------------------ */

static void a_forked_child_reports_its_own_alone(void **state)
{
    struct two two;

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_counter_add(counter, 5, NULL, 0);
    assert_int_equal(delta_int(&two, 1, "c"), 5);
    hae_meter_provider_reinit(&two.f.provider);
    assert_int_equal(delta_int(&two, 2, "c"), -1);
    haetae_counter_add(counter, 3, NULL, 0);
    assert_int_equal(delta_int(&two, 3, "c"), 3);
    haetae_counter_add(counter, 4, NULL, 0);
    assert_int_equal(delta_int(&two, 4, "c"), 4);
    two_done(&two);
}

/* The parent's thread was collecting at the fork: what it was about to change is not touched. */
static void a_child_leaves_alone_what_was_changed_at_the_fork(void **state)
{
    struct two two;
    struct hae_delta torn = {.entries = (uint64_t *)8, .entry_count = 1};

    (void)state;
    haetae_counter *counter = two_init_counter(&two);
    haetae_counter_add(counter, 5, NULL, 0);
    two.delta.deltas = &torn;
    two.delta.delta_count = 1;
    atomic_store(&two.delta.collecting, true);
    hae_meter_provider_reinit(&two.f.provider);
    haetae_counter_add(counter, 3, NULL, 0);
    assert_int_equal(delta_int(&two, 1, "c"), 3);
    haetae_counter_add(counter, 4, NULL, 0);
    assert_int_equal(delta_int(&two, 2, "c"), 4);
    assert_false(atomic_load(&two.delta.collecting));
    two_done(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reader_subtracts_what_it_reported_itself),
        cmocka_unit_test(two_delta_readers_do_not_share_a_memory),
        cmocka_unit_test(each_kind_has_the_temporality_of_its_reader),
        cmocka_unit_test(clock_set_back_begins_series_again),
        cmocka_unit_test(clock_that_is_slowed_down_only_moves_on),
        cmocka_unit_test(refused_end_of_a_series_is_offered_again),
        cmocka_unit_test(levels_and_histograms_after_the_clock_is_set_back),
        cmocka_unit_test(deltas_follow_each_other_without_a_gap),
        cmocka_unit_test(a_clock_that_is_slowed_down_makes_no_empty_delta),
        cmocka_unit_test(a_first_point_of_zero_is_reported_once),
        cmocka_unit_test(a_histogram_gives_the_difference_of_each_bucket),
        cmocka_unit_test(deltas_of_doubles_add_up),
        cmocka_unit_test(series_that_come_later_and_the_overflow_have_deltas_of_their_own),
        cmocka_unit_test(each_stream_of_an_instrument_has_deltas_of_its_own),
        cmocka_unit_test(what_was_refused_comes_again_and_nothing_twice),
        cmocka_unit_test(a_forked_child_reports_its_own_alone),
        cmocka_unit_test(a_child_leaves_alone_what_was_changed_at_the_fork),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
