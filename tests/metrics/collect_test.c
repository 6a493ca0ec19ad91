/* SPDX-License-Identifier: Apache-2.0 */
/* The Metric messages that a collection gives. */
#include "metrics/fixture.h"

#include <stdio.h>
#include <string.h>

#include "wire/otlp.h"

static void nothing_recorded_gives_nothing(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    make_counter(&f, "c", HAETAE_NUMBER_INT64);
    make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    fixture_done(&f);
}

static void each_kind_has_its_data_and_temporality(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 1, NULL, 0);
    haetae_up_down_counter_add(make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64), 1, NULL, 0);
    haetae_gauge_record(make_gauge(&f, "g", HAETAE_NUMBER_INT64), 1, NULL, 0);
    haetae_histogram_record(make_histogram(&f, "h", HAETAE_NUMBER_INT64), 1, NULL, 0);
    collect(&f, &all);
    assert_int_equal(all.count, 4); /* in the order they were made */
    assert_string_equal(all.metrics[0]->name, "c");
    assert_string_equal(all.metrics[3]->name, "h");

    const HaeOtlp__Sum *counter = find_metric(&all, "c")->sum;
    assert_int_equal(counter->aggregation_temporality,
                     HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE);
    assert_true(counter->has_is_monotonic && counter->is_monotonic);
    const HaeOtlp__Sum *up_down = find_metric(&all, "u")->sum;
    assert_int_equal(up_down->aggregation_temporality,
                     HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE);
    assert_false(up_down->is_monotonic);
    assert_int_equal(find_metric(&all, "g")->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    const HaeOtlp__Histogram *histogram = find_metric(&all, "h")->histogram;
    assert_int_equal(histogram->aggregation_temporality,
                     HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE);
    collection_done(&all, &f);
}

static void points_start_at_their_first_measurement(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_bound_histogram *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_histogram_bind(histogram, NULL, 0, &bound);
    uint64_t before = hae_clock_now_unix_ns(&f.recorder->region->clock);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_bound_histogram_record(bound, 1);
    uint64_t after = hae_clock_now_unix_ns(&f.recorder->region->clock);
    collect(&f, &all);
    uint64_t start = find_point(&all, "c", "")->start_time_unix_nano;
    assert_true(start >= before && start <= after);
    assert_int_equal(find_point(&all, "c", "")->time_unix_nano, COLLECTED_NS);
    uint64_t histogram_start = find_histogram(&all, "h", "")->start_time_unix_nano;
    assert_true(histogram_start >= before && histogram_start <= after);
    assert_int_equal(find_histogram(&all, "h", "")->time_unix_nano, COLLECTED_NS);
    collection_free(&all);

    haetae_counter_add(counter, 1, NULL, 0);
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "")->start_time_unix_nano, start);
    assert_int_equal(find_histogram(&all, "h", "")->start_time_unix_nano, histogram_start);
    collection_done(&all, &f);
}

struct kept {
    uint8_t bytes[1024];
    size_t size_bytes;
};

static bool keep(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                 uint32_t points)
{
    struct kept *kept = user;

    assert_int_equal(scope, 1);
    assert_int_equal(points, 1);
    assert_true(size_bytes <= sizeof kept->bytes);
    memcpy(kept->bytes, metric, size_bytes);
    kept->size_bytes = size_bytes;
    return true;
}

static void a_time_before_the_start_is_not_reported(void **state)
{
    struct fixture f;
    struct kept kept;
    HaeOtlp__Metric *metric;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter_add(make_counter(&f, "c", HAETAE_NUMBER_INT64), 1, NULL, 0);
    assert_int_equal(hae_metric_reader_collect(&f.reader, 5, keep, &kept), HAETAE_OK);
    metric = hae_otlp__metric__unpack(NULL, kept.size_bytes, kept.bytes);
    assert_non_null(metric);
    assert_int_equal(metric->sum->data_points[0]->time_unix_nano,
                     metric->sum->data_points[0]->start_time_unix_nano);
    hae_otlp__metric__free_unpacked(metric, NULL);
    fixture_done(&f);
}

/* name "req", description "what", unit "1"; one point of 42 with a = "b" and n = 7. */
static const uint8_t golden[] = {
    0x0A, 0x03, 'r',  'e',  'q',                               /* name                   */
    0x12, 0x04, 'w',  'h',  'a',  't',                         /* description            */
    0x1A, 0x01, '1',                                           /* unit                   */
    0x3A, 0x34,                                                /* sum                    */
    0x0A, 0x2E,                                                /* its point              */
    0x11, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,      /* start                  */
    0x19, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,      /* time                   */
    0x31, 0x2A, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,      /* as_int                 */
    0x3A, 0x08, 0x0A, 0x01, 'a',  0x12, 0x03, 0x0A, 0x01, 'b', /* attribute a           */
    0x3A, 0x07, 0x0A, 0x01, 'n',  0x12, 0x02, 0x18, 0x07,      /* attribute n            */
    0x10, 0x02, 0x18, 0x01,                                    /* cumulative, monotonic  */
};

static void bytes_are_as_expected(void **state)
{
    struct fixture f;
    struct kept kept;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;
    struct hae_series *series;

    (void)state;
    fixture_init(&f, 0);
    options.name = haetae_string_of("req");
    options.description = haetae_string_of("what");
    options.unit = haetae_string_of("1");
    assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 42, HAETAE_ATTRS(HAETAE_ATTR("a", "b"), HAETAE_ATTR("n", 7)));
    series = hae_ref_at(f.recorder->region,
                        hae_series_ref(atomic_load(&counter->instrument.first.data->series)));
    atomic_store(&series->start_unix_ns, UINT64_C(0x0807060504030201));
    assert_int_equal(
        hae_metric_reader_collect(&f.reader, UINT64_C(0x1112131415161718), keep, &kept), HAETAE_OK);
    assert_int_equal(kept.size_bytes, sizeof golden);
    assert_memory_equal(kept.bytes, golden, sizeof golden);
    fixture_done(&f);
}

/* Each point has a value of its own. */
static void mark_values(const HaeOtlp__Sum *sum, bool *seen, int64_t count)
{
    for (size_t i = 0; i < sum->n_data_points; i++) {
        int64_t value = sum->data_points[i]->as_int;

        assert_true(value >= 0 && value < count && !seen[value]);
        seen[value] = true;
    }
}

static void many_points_come_in_several_messages(void **state)
{
    enum { COUNT = 2000 };
    static char text[400];
    static bool seen[COUNT];
    struct fixture f;
    struct collection all;
    size_t points = 0;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    fixture_init_sized(&f, 32u << 20, 0);
    haetae_up_down_counter *sums = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    haetae_histogram *histograms = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    for (int i = 0; i < COUNT; i++) {
        haetae_up_down_counter_add(sums, i,
                                   HAETAE_ATTRS(HAETAE_ATTR("i", i), HAETAE_ATTR("t", text)));
        haetae_histogram_record(histograms, i,
                                HAETAE_ATTRS(HAETAE_ATTR("i", i), HAETAE_ATTR("t", text)));
    }
    collect(&f, &all);
    assert_true(all.count >= 8);
    for (size_t i = 0; i < all.count; i++) {
        assert_true(all.sizes[i] <= HAE_METRIC_SIZE_MAX);
        points += all.point_counts[i];
        if (all.metrics[i]->data_case == HAE_OTLP__METRIC__DATA_SUM) {
            mark_values(all.metrics[i]->sum, seen, COUNT);
        }
    }
    assert_int_equal(points, 2 * COUNT);
    assert_int_equal(point_count(&all, "h"), COUNT);
    collection_done(&all, &f);
}

struct pieces {
    size_t count;
    size_t largest_bytes;
    uint32_t points;
};

static bool take_piece(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                       uint32_t points)
{
    struct pieces *pieces = user;

    (void)scope;
    (void)metric;
    pieces->count++;
    pieces->points += points;
    if (size_bytes > pieces->largest_bytes) {
        pieces->largest_bytes = size_bytes;
    }
    return true;
}

static struct pieces pieces_of(const struct hae_stream *stream, size_t size_max)
{
    struct hae_collector *collector = hae_collector_new();
    struct pieces pieces = {.count = 0};
    struct hae_metric_message message = {.region = stream->region,
                                         .now_unix_ns = COLLECTED_NS,
                                         .size_max = size_max,
                                         .take = take_piece,
                                         .user = &pieces};
    uint32_t at = hae_series_ref(atomic_load(&stream->data->series));

    assert_non_null(collector);
    hae_message_begin(&message, collector, stream->data, stream->aggregation,
                      HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE);
    while (at != 0) {
        const struct hae_series *series = hae_ref_at(stream->region, at);

        assert_true(hae_message_add(&message, series));
        at = series->next;
    }
    assert_true(hae_message_end(&message));
    hae_collector_free(collector);
    return pieces;
}

/* Those that recover a dead process's series ask for less than a collection does. */
static void pieces_are_as_small_as_asked_for(void **state)
{
    enum { COUNT = 100, SMALL = 1000, TINY = 1 };
    struct fixture f;
    struct pieces pieces;
    haetae_counter *counter;
    size_t whole_bytes;

    (void)state;
    fixture_init(&f, 0);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < COUNT; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("number", i)));
    }
    pieces = pieces_of(&counter->instrument.first, SIZE_MAX);
    assert_int_equal(pieces.count, 1);
    whole_bytes = pieces.largest_bytes;
    pieces = pieces_of(&counter->instrument.first, SMALL);
    assert_in_range(pieces.count, whole_bytes / SMALL, 2 * whole_bytes / SMALL);
    assert_in_range(pieces.largest_bytes, SMALL / 2, SMALL);
    assert_int_equal(pieces.points, COUNT);
    /* Less than a name takes cannot be meant. */
    pieces = pieces_of(&counter->instrument.first, TINY);
    assert_int_equal(pieces.count, 1);
    assert_int_equal(pieces.points, COUNT);
    fixture_done(&f);
}

struct refusal {
    size_t calls;
    size_t taken_max;
};

static bool refuse(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                   uint32_t points)
{
    struct refusal *refusal = user;

    (void)scope;
    (void)metric;
    (void)size_bytes;
    (void)points;
    return refusal->calls++ < refusal->taken_max;
}

static void refused_metrics_come_again(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter_add(make_counter(&f, "a", HAETAE_NUMBER_INT64), 1, NULL, 0);
    haetae_counter_add(make_counter(&f, "b", HAETAE_NUMBER_INT64), 2, NULL, 0);
    for (size_t max = 0; max < 2; max++) {
        struct refusal refusal = {0, max};

        assert_int_equal(hae_metric_reader_collect(&f.reader, 1, refuse, &refusal), HAETAE_ENOMEM);
        assert_int_equal(refusal.calls, max + 1);
    }
    assert_int_equal(collected_int(&f, "a", ""), 1);
    assert_int_equal(collected_int(&f, "b", ""), 2);
    fixture_done(&f);
}

static void histogram_with_the_most_boundaries_counts_in_each_bucket(void **state)
{
    double boundaries[HAETAE_BOUNDARIES_MAX];
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("h"),
                       .boundaries = boundaries, .boundary_count = HAETAE_BOUNDARIES_MAX);
    haetae_histogram *histogram = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    for (int i = 0; i < HAETAE_BOUNDARIES_MAX; i++) {
        boundaries[i] = i;
    }
    fixture_init(&f, 0);
    assert_int_equal(haetae_histogram_create(f.meter, &options, &histogram), HAETAE_OK);
    for (int i = 0; i <= HAETAE_BOUNDARIES_MAX; i++) {
        haetae_histogram_record(histogram, i, NULL, 0); /* the last one is above all */
    }
    for (int round = 0; round < 2; round++) {
        const HaeOtlp__HistogramDataPoint *point;

        collect(&f, &all);
        point = find_histogram(&all, "h", "");
        assert_non_null(point);
        assert_int_equal(point->n_explicit_bounds, HAETAE_BOUNDARIES_MAX);
        assert_int_equal(point->n_bucket_counts, HAETAE_BOUNDARIES_MAX + 1);
        for (size_t i = 0; i < point->n_bucket_counts; i++) {
            assert_int_equal(point->bucket_counts[i], 1);
        }
        assert_int_equal(point->count, HAETAE_BOUNDARIES_MAX + 1);
        collection_free(&all);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_recorded_gives_nothing),
        cmocka_unit_test(each_kind_has_its_data_and_temporality),
        cmocka_unit_test(points_start_at_their_first_measurement),
        cmocka_unit_test(a_time_before_the_start_is_not_reported),
        cmocka_unit_test(bytes_are_as_expected),
        cmocka_unit_test(many_points_come_in_several_messages),
        cmocka_unit_test(pieces_are_as_small_as_asked_for),
        cmocka_unit_test(refused_metrics_come_again),
        cmocka_unit_test(histogram_with_the_most_boundaries_counts_in_each_bucket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
