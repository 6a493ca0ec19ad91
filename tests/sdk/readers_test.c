/* SPDX-License-Identifier: Apache-2.0 */
/* Metric readers, whole: those that are pulled, and those of exporters, with the streams that
 * each wants. */
#include "reader_fixture.h"

/* ---- Pulled readers -------------------------------------------------------------------------- */

static void pulled_reader_and_exporter_see_the_same(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_CUMULATIVE);

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    flush(&f);
    assert_int_equal(f.seen.sum, 5);
    haetae_counter_add(f.counter, 2, NULL, 0);
    assert_int_equal(pull(reader).sum, 7);
    assert_int_equal(pull(reader).temporality, CUMULATIVE);
    end_fixture(&f, reader);
}

static void deltas_of_a_pulled_reader_are_its_own(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    struct seen seen;

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    haetae_counter_add(f.counter, 2, NULL, 0);
    flush(&f);
    assert_int_equal(f.seen.sum, 7);
    assert_int_equal(f.seen.temporality, CUMULATIVE);
    seen = pull(reader);
    assert_int_equal(seen.sum, 2);
    assert_int_equal(seen.temporality, DELTA);
    assert_int_equal(pull(reader).points, 0);
    end_fixture(&f, reader);
}

static void a_large_collection_comes_in_pieces(void **state)
{
    enum { SERIES = 40000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    struct seen seen = {.pieces_max = 1};
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start_fixture(&f);
    add_series(&f, SERIES);
    assert_int_equal(haetae_metric_reader_collect(reader, 10000, keep, &seen), HAETAE_OK);
    assert_int_equal(seen.pieces, 1);
    seen = pull(reader);
    assert_true(seen.pieces > 1);
    assert_int_equal(seen.points, SERIES);
    assert_int_equal(seen.sum, SERIES);
    end_fixture(&f, reader);
}

static void a_reader_of_no_running_sdk_collects_nothing(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    start_fixture(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    sdk_finish(f.sdk, &f.fake);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, keep, &seen), HAETAE_ESHUTDOWN);
    assert_int_equal(seen.pieces, 0);
    haetae_metric_reader_free(reader);
}

static void pulled_metrics_need_no_exporter(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "HAETAE_SDK_METRICS", "true"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start_fixture(&f);
    haetae_counter_add(f.counter, 3, NULL, 0);
    sdk_spans(f.sdk, 2);
    flush(&f);
    assert_int_equal(f.seen.pieces, 0);
    assert_int_equal(pull(reader).sum, 3);
    assert_true(pull(reader).others > 3); /* the SDK's own metrics */
    end_fixture(&f, reader);
}

static void redaction_holds_for_pulled_metrics(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct seen seen;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(
        haetae_config_add_redaction(f.config, "i", HAETAE_REDACTION_DELETE, NULL, 0, 0), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start_fixture(&f);
    haetae_counter_add(f.counter, 1, &HAETAE_ATTR("i", (int64_t)1), 1);
    seen = pull(reader);
    assert_int_equal(seen.points, 1);
    assert_int_equal(seen.attributes, 0);
    end_fixture(&f, reader);
}

/* ---- Readers of exporters -------------------------------------------------------------------- */

static void each_exporter_has_the_temporality_of_its_reader(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    fake_init(&other, "other", accept_and_keep);
    other.user = &seen;
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start_fixture(&f);
    for (int round = 1; round <= 3; round++) {
        f.seen = seen = (struct seen){0};
        haetae_counter_add(f.counter, round, NULL, 0);
        flush(&f);
        assert_int_equal(f.seen.sum, round * (round + 1) / 2);
        assert_int_equal(f.seen.temporality, CUMULATIVE);
        assert_int_equal(seen.sum, round);
        assert_int_equal(seen.temporality, DELTA);
    }
    sdk_spans(f.sdk, 1); /* traces go to both */
    flush(&f);
    assert_int_equal(fake_count(&other, &other.taken_count[HAETAE_SIGNAL_TRACES]), 1);
    end_fixture(&f, reader);
    fake_done(&other);
}

static void an_exporter_that_fails_keeps_no_delta_from_the_others(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    fake_init(&other, "other", fake_hold);
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start_fixture(&f);
    for (int round = 1; round <= 3; round++) {
        f.seen = (struct seen){0};
        haetae_counter_add(f.counter, 1, NULL, 0);
        assert_int_equal(haetae_sdk_force_flush(f.sdk, 50), HAETAE_ETIMEOUT);
        assert_int_equal(f.seen.sum, round);
    }
    fake_release(&other, HAETAE_VERDICT_OK);
    flush(&f);
    /* No delta replaces another one: all three have arrived. */
    assert_int_equal(fake_count(&other, &other.taken_count[HAETAE_SIGNAL_METRICS]), 3);
    end_fixture(&f, reader);
    fake_done(&other);
}

static void an_exporter_brings_a_reader_of_its_own(void **state)
{
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    struct fixture f;

    (void)state;
    memset(&f, 0, sizeof f);
    fake_init(&f.fake, "fake", accept_and_keep);
    f.fake.user = &f.seen;
    f.fake.ops.reader = reader;
    f.config =
        sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", "manual"}), SDK_FAKES(&f.fake));
    start_fixture(&f);
    haetae_counter_add(f.counter, 4, NULL, 0);
    sdk_spans(f.sdk, 1);
    flush(&f);
    assert_int_equal(fake_count(&f.fake, &f.fake.taken_count[HAETAE_SIGNAL_TRACES]), 1);
    assert_int_equal(f.seen.pieces, 0);
    assert_int_equal(pull(reader).sum, 4);
    end_fixture(&f, reader);
}

static void a_reader_collects_at_its_own_interval(void **state)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 5);
    haetae_metric_reader *reader = reader_of(&options);
    struct fake_exporter other;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin_fixture(&f, "thread");
    fake_init(&other, "other", accept_and_keep);
    other.user = &seen;
    fake_make(&other);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, other.exporter), HAETAE_OK);
    start_fixture(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    fake_await(&other, &other.taken_count[HAETAE_SIGNAL_METRICS], 3);
    assert_int_equal(fake_count(&f.fake, &f.fake.taken_count[HAETAE_SIGNAL_METRICS]), 0);
    end_fixture(&f, reader);
    fake_done(&other);
}

static void requests_have_no_more_points_than_wanted(void **state)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .batch_points_max = 7);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start_fixture(&f);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(f.sdk, "m"), "other", NULL), 1, NULL,
                       0);
    add_series(&f, 32);
    flush(&f);
    assert_int_equal(f.seen.points, 32);
    assert_int_equal(f.seen.sum, 32);
    /* 33 points, in an order that is not specified. */
    assert_true(f.seen.pieces == 5 || f.seen.pieces == 6);
    assert_true(f.seen.points_of_piece_max <= 7);
    end_fixture(&f, reader);
}

/* ---- What readers want of streams ------------------------------------------------------------ */

static void each_reader_has_the_streams_that_it_wants(void **state)
{
    haetae_metric_reader_options small =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .cardinality_limit_of[HAETAE_INSTRUMENT_COUNTER] = 3);
    haetae_metric_reader_options none =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .aggregation_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_AGGREGATION_DROP);
    haetae_metric_reader_options buckets = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1,
        .aggregation_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM);
    haetae_metric_reader *readers[] = {reader_of(&small), reader_of(&none), reader_of(&buckets)};
    struct seen seen;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_config_add_metric_reader(f.config, readers[i], NULL), HAETAE_OK);
    }
    start_fixture(&f);
    add_series(&f, 10);
    seen = pull(readers[0]);
    assert_int_equal(seen.points, 4);
    assert_int_equal(seen.overflows, 1);
    assert_int_equal(seen.sum, 10);
    seen = pull(readers[1]);
    assert_int_equal(seen.points + seen.others, 0);
    seen = pull(readers[2]);
    assert_int_equal(seen.points, 0);
    assert_int_equal(seen.others, 1);
    flush(&f);
    assert_int_equal(f.seen.points, 10);
    end_fixture(&f, NULL);
    for (int i = 0; i < 3; i++) {
        haetae_metric_reader_free(readers[i]);
    }
}

static void low_memory_makes_deltas_of_counters(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_LOW_MEMORY);

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).temporality, DELTA);
    end_fixture(&f, reader);
}

static void temporality_is_set_by_kind(void **state)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1, .temporality_preference = HAETAE_PREFERENCE_DELTA,
        .temporality_of[HAETAE_INSTRUMENT_COUNTER] = HAETAE_TEMPORALITY_CUMULATIVE);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    start_fixture(&f);
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).temporality, CUMULATIVE);
    end_fixture(&f, reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulled_reader_and_exporter_see_the_same),
        cmocka_unit_test(deltas_of_a_pulled_reader_are_its_own),
        cmocka_unit_test(a_large_collection_comes_in_pieces),
        cmocka_unit_test(a_reader_of_no_running_sdk_collects_nothing),
        cmocka_unit_test(pulled_metrics_need_no_exporter),
        cmocka_unit_test(redaction_holds_for_pulled_metrics),
        cmocka_unit_test(each_exporter_has_the_temporality_of_its_reader),
        cmocka_unit_test(an_exporter_that_fails_keeps_no_delta_from_the_others),
        cmocka_unit_test(an_exporter_brings_a_reader_of_its_own),
        cmocka_unit_test(a_reader_collects_at_its_own_interval),
        cmocka_unit_test(requests_have_no_more_points_than_wanted),
        cmocka_unit_test(each_reader_has_the_streams_that_it_wants),
        cmocka_unit_test(low_memory_makes_deltas_of_counters),
        cmocka_unit_test(temporality_is_set_by_kind),
    };

    return cmocka_run_group_tests_name("sdk/readers", tests, NULL, NULL);
}
