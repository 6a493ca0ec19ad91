/* SPDX-License-Identifier: Apache-2.0 */
/* Metric readers while they collect: in slices, beside other threads, in a forked child, and
 * without memory. */
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "reader_fixture.h"
#include "recorder/consumer.h"
#include "sdk/sdk_internal.h"

/* Steps until the worker is in the middle of a collection. */
static const struct hae_metrics_source *step_into_a_collection(struct fixture *f)
{
    const struct hae_metrics_source *source = &f->sdk->readers.of[0].source;

    for (int i = 0; !source->is_collecting && i < 1000; i++) {
        assert_int_equal(haetae_sdk_step(f->sdk, 1), HAETAE_OK);
    }
    assert_true(source->is_collecting);
    return source;
}

static void records_are_drained_between_slices(void **state)
{
    enum { SERIES = 60000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    const struct hae_metrics_source *source;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start_fixture(&f);
    add_series(&f, SERIES);
    source = step_into_a_collection(&f);
    sdk_spans(f.sdk, 3);
    assert_false(hae_recorder_is_empty(f.sdk->recorder));
    assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    assert_true(source->is_collecting);
    assert_true(hae_recorder_is_empty(f.sdk->recorder));
    while (source->is_collecting) {
        assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    }
    /* Of this collection, and of one that may have begun since. */
    assert_true(f.seen.points >= SERIES && f.seen.points % SERIES == 0);
    assert_int_equal(f.seen.sum, f.seen.points);
    end_fixture(&f, reader);
}

/* Takes metrics, and keeps traces in flight. */
static void hold_traces(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_TRACES) {
        fake_hold(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

static void a_collection_replaces_nothing_but_metrics(void **state)
{
    enum { SERIES = 60000, SPANS = 30000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES);
    haetae_metric_reader *reader = reader_of(&options);
    struct sdk_numbers numbers;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    f.fake.behave = hold_traces;
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "HAETAE_QUEUE_BYTES", "2m"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "OTEL_BSP_SCHEDULE_DELAY", "1"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f.config, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start_fixture(&f);
    for (int i = 0; i < SPANS / 1000; i++) {
        sdk_spans(f.sdk, 1000);
        assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    }
    numbers = sdk_numbers(f.sdk, HAETAE_SIGNAL_TRACES);
    assert_true(numbers.dropped[HAETAE_DROP_QUEUE_FULL] != 0);
    add_series(&f, SERIES);
    (void)step_into_a_collection(&f);
    sdk_spans(f.sdk, 1000);
    assert_int_equal(haetae_sdk_step(f.sdk, 0), HAETAE_OK);
    numbers = sdk_numbers(f.sdk, HAETAE_SIGNAL_TRACES);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REPLACED], 0);
    fake_release(&f.fake, HAETAE_VERDICT_OK);
    end_fixture(&f, reader);
}

static void a_flush_within_a_collection_sees_what_came_since(void **state)
{
    enum { SERIES = 60000 };
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .interval_ms = 1, .cardinality_limit = SERIES,
                       .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_metric_reader *reader = reader_of(&options);
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_set(f.config, "HAETAE_RECORDER_BYTES", "256m"), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter), HAETAE_OK);
    start_fixture(&f);
    add_series(&f, SERIES);
    (void)step_into_a_collection(&f);
    add_series(&f, SERIES);
    flush(&f);
    assert_int_equal(f.seen.sum, 2 * SERIES);
    end_fixture(&f, reader);
}

struct race {
    struct fixture f;
    haetae_metric_reader *reader;
    _Atomic int64_t sum; /* of all deltas */
    _Atomic int recording;
    _Atomic int next;
};

static void record_or_collect(void *argument)
{
    enum { ADDITIONS = 20000, RECORDERS = 2 };
    struct race *race = argument;

    if (atomic_fetch_add(&race->next, 1) < RECORDERS) {
        for (int i = 0; i < ADDITIONS; i++) {
            haetae_counter_add(race->f.counter, 1, &HAETAE_ATTR("i", (int64_t)(i % 10)), 1);
        }
        atomic_fetch_sub(&race->recording, 1);
        return;
    }
    while (atomic_load(&race->recording) != 0) {
        atomic_fetch_add(&race->sum, pull(race->reader).sum);
    }
}

static void deltas_of_racing_collections_add_up(void **state)
{
    struct race race = {.recording = 2};

    (void)state;
    race.reader = pulled(HAETAE_PREFERENCE_DELTA);
    begin_fixture(&race.f, "thread");
    assert_int_equal(haetae_config_set(race.f.config, "OTEL_METRIC_EXPORT_INTERVAL", "1"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(race.f.config, race.reader, NULL), HAETAE_OK);
    start_fixture(&race.f);
    sdk_run_threads(4, record_or_collect, &race);
    assert_int_equal(race.sum + pull(race.reader).sum, 40000);
    end_fixture(&race.f, race.reader);
}

static int collect_in_child(struct fixture *f, haetae_metric_reader *reader)
{
    struct seen before = {0};
    struct seen after = {0};

    if (haetae_metric_reader_collect(reader, 1000, keep, &before) != HAETAE_OK) {
        return 1;
    }
    haetae_counter_add(f->counter, 2, NULL, 0);
    if (haetae_metric_reader_collect(reader, 1000, keep, &after) != HAETAE_OK) {
        return 2;
    }
    return before.sum == 0 && after.sum == 2 ? 0 : 3;
}

static void a_forked_child_collects_its_own(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    int status;
    pid_t child;

    (void)state;
    haetae_counter_add(f.counter, 5, NULL, 0);
    assert_int_equal(pull(reader).sum, 5);
    haetae_counter_add(f.counter, 1, NULL, 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(collect_in_child(&f, reader));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(pull(reader).sum, 1);
    end_fixture(&f, reader);
}

static void without_memory_nothing_is_lost(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_DELTA);
    haetae_counter *other = haetae_counter_named(haetae_meter_named(f.sdk, "n"), "c", "1");
    haetae_status status = HAETAE_ENOMEM;
    struct seen seen = {0};
    long failures = 0;

    (void)state;
    /* What the reader remembers has its memory already: only the collection itself is left. */
    add_series(&f, 100);
    haetae_counter_add(other, 1, NULL, 0);
    assert_int_equal(pull(reader).sum, 101);
    add_series(&f, 100);
    haetae_counter_add(other, 10, NULL, 0);
    for (long i = 0; status == HAETAE_ENOMEM; i++) {
        hae_alloc_fail_once_after(i);
        status = haetae_metric_reader_collect(reader, 1000, keep, &seen);
        hae_alloc_fail_once_after(-1);
        failures += status == HAETAE_ENOMEM;
        assert_true(i < 100);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(failures >= 3);
    assert_int_equal(seen.sum, 110);
    end_fixture(&f, reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_drained_between_slices),
        cmocka_unit_test(a_collection_replaces_nothing_but_metrics),
        cmocka_unit_test(a_flush_within_a_collection_sees_what_came_since),
        cmocka_unit_test(deltas_of_racing_collections_add_up),
        cmocka_unit_test(a_forked_child_collects_its_own),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests_name("sdk/readers", tests, NULL, NULL);
}
