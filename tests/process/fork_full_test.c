/* SPDX-License-Identifier: Apache-2.0 */
/* Forks of a process whose recorder is full: the child begins with an empty one. */
#include <unistd.h>

#include "process.h"
#include "support/temporary.h"

enum { CHILD_ITEMS = 50, OPEN_MAX_SPANS = 4096 };

static struct {
    struct fixture f;
    haetae_span open[OPEN_MAX_SPANS];
    unsigned open_count;
    uint64_t dropped; /* by the parent */
} full;

static uint64_t count_dropped(haetae_signal signal, haetae_drop_reason reason)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    CHILD_EXPECT(haetae_stats_take(full.f.sdk, &stats) == HAETAE_OK);
    count = haetae_stats_dropped(stats, signal, reason);
    haetae_stats_free(stats);
    return count;
}

/* Nobody drives: rings fill up, then the slots that records may wait in. */
static void fill_ring(void)
{
    unsigned long made = 0;

    while (count_dropped(HAETAE_SIGNAL_LOGS, HAETAE_DROP_RING_FULL) == 0 && made < 1000000) {
        for (int i = 0; i < 500; i++) {
            process_log(full.f.logger, (struct item_id){PARENT, 0, made++});
        }
    }
    full.dropped = count_dropped(HAETAE_SIGNAL_LOGS, HAETAE_DROP_RING_FULL);
    assert_true(full.dropped > 0);
}

static void fill_slots(void)
{
    full.open_count = 0;
    while (full.open_count < OPEN_MAX_SPANS) {
        haetae_span span =
            process_start_span(full.f.tracer, (struct item_id){PARENT, 1, full.open_count});

        if (span == HAETAE_SPAN_NONE ||
            count_dropped(HAETAE_SIGNAL_TRACES, HAETAE_DROP_NO_SLOT) != 0) {
            break;
        }
        full.open[full.open_count++] = span;
    }
    full.dropped = count_dropped(HAETAE_SIGNAL_TRACES, HAETAE_DROP_NO_SLOT);
    assert_true(full.dropped > 0);
}

static void expect_counts(uint64_t recorded, uint64_t stale)
{
    haetae_stats *stats = NULL;

    CHILD_EXPECT(haetae_stats_take(full.f.sdk, &stats) == HAETAE_OK);
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        CHILD_EXPECT(haetae_stats_dropped_total(stats, (haetae_signal)i) == 0);
    }
    CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES) == recorded);
    CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS) == recorded);
    CHILD_EXPECT(haetae_stats_open_spans(stats) == 0);
    CHILD_EXPECT(haetae_stats_misuse(stats, HAETAE_MISUSE_ENDED_SPAN) == stale);
    haetae_stats_free(stats);
}

/* Records as if nothing had been; the parent's handles are stale, before and after. */
static void begin_anew(void *argument)
{
    uint64_t stale = full.open_count;

    (void)argument;
    expect_counts(0, 0);
    for (unsigned i = 0; i < full.open_count; i++) {
        haetae_span_end(full.open[i]);
    }
    fixture_record(&full.f, CHILD, 0, CHILD_ITEMS);
    for (unsigned i = 0; i < full.open_count; i++) {
        haetae_span_set_int64(full.open[i], HAETAE_TEXT("late"), 1);
    }
    expect_counts(CHILD_ITEMS, 2 * stale);
    CHILD_EXPECT(haetae_sdk_shutdown(full.f.sdk, 60000) == HAETAE_OK);
}

static void child_begins_with_an_empty_recorder(void (*fill)(void), const char *directory)
{
    struct sdk_setting settings[] = {{"HAETAE_WORKER", "manual"},
                                     {"HAETAE_RECORDER_BYTES", "524288"},
                                     {"HAETAE_QUEUE_BYTES", "1048576"},
                                     {"HAETAE_RECORDER_DIR", directory},
                                     {NULL, NULL}};

    memset(&full, 0, sizeof full);
    fixture_begin(&full.f, settings);
    fill();
    for (int i = 0; i < 3; i++) {
        process_run(begin_anew, NULL);
    }
    /* The parent is as full as it was, and its spans end. */
    for (unsigned i = 0; i < full.open_count; i++) {
        haetae_span_end(full.open[i]);
        assert_int_equal(haetae_sdk_step(full.f.sdk, 0), HAETAE_OK);
    }
    fixture_finish(&full.f);
    receiver_has_each_once(full.f.receiver, HAETAE_SIGNAL_TRACES, PARENT, 1, full.open_count);
    fixture_end(&full.f);
}

static void child_of_a_full_ring_begins_with_an_empty_one(void **state)
{
    (void)state;
    child_begins_with_an_empty_recorder(fill_ring, "");
}

static void child_of_used_slots_begins_with_free_ones(void **state)
{
    (void)state;
    child_begins_with_an_empty_recorder(fill_slots, "");
}

static void child_of_a_full_file_begins_with_an_empty_one(void **state)
{
    char directory[TEMPORARY_PATH_MAX];

    (void)state;
    assert_true(temporary_directory(directory));
    child_begins_with_an_empty_recorder(fill_ring, directory);
    child_begins_with_an_empty_recorder(fill_slots, directory);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_of_a_full_ring_begins_with_an_empty_one),
        cmocka_unit_test(child_of_used_slots_begins_with_free_ones),
        cmocka_unit_test(child_of_a_full_file_begins_with_an_empty_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
