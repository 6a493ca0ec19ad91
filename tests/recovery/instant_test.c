/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of the file at instants at which a kill is rare to fall: each record is there once in
 * every one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/journal.h"
#include "recorder/region_file.h"
#include "recovery/dead_look.h"
#include "recovery/dead_read.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"
#include "trace/span_slot.h"
#include "wire/reader.h"

enum { SPANS = 12, LOGS = 9 };

struct instants {
    char directory[TEMPORARY_PATH_MAX];
    haetae_sdk *sdk;
    struct fake_exporter fake;
    haetae_tracer *tracer;
    uint8_t *picture;
    uint64_t picture_count;
};

static int set_up(void **state)
{
    static struct instants it;
    struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", it.directory},
                                     {"HAETAE_WORKER", "manual"},
                                     {"HAETAE_RECORDER_BYTES", "256k"},
                                     {"HAETAE_QUEUE_BYTES", "256k"},
                                     {NULL, NULL}};

    assert_true(temporary_directory(it.directory));
    fake_init(&it.fake, "fake", fake_accept);
    it.sdk = sdk_start(settings, SDK_FAKES(&it.fake));
    it.tracer = haetae_tracer_named(it.sdk, "instants");
    it.picture = aligned_alloc(4096, (size_t)it.sdk->recorder->file->size_bytes);
    it.picture_count = 0;
    assert_non_null(it.picture);
    *state = &it;
    return 0;
}

static int tear_down(void **state)
{
    struct instants *it = *state;

    hae_region_file_remove(it->sdk->recorder->file);
    haetae_sdk_free(it->sdk);
    fake_done(&it->fake);
    free(it->picture);
    return rmdir(it->directory);
}

static void take_picture(struct instants *it)
{
    memcpy(it->picture, it->sdk->recorder->region, (size_t)it->sdk->recorder->file->size_bytes);
    it->picture_count++;
}

static struct hae_region *picture_region(struct instants *it)
{
    return (struct hae_region *)(void *)it->picture;
}

static struct hae_lane *picture_lane(struct instants *it)
{
    return hae_region_at(picture_region(it), picture_region(it)->lanes_offset);
}

static struct hae_slot *picture_slot(struct instants *it, haetae_span span)
{
    struct hae_slot *slots = hae_region_at(picture_region(it), picture_region(it)->slots_offset);

    return &slots[hae_handle_slot(span)];
}

/* Reads with a pause at each step. */
static void look(struct hae_dead *dead)
{
    while (!hae_dead_look(dead)) {
        hae_dead_allow(dead, 1);
    }
}

static bool peek(struct hae_dead *dead, struct hae_record *record)
{
    enum hae_dead_next next;

    while ((next = hae_dead_peek(dead, record)) == HAE_DEAD_PAUSES) {
        hae_dead_allow(dead, 1);
    }
    return next == HAE_DEAD_RECORD;
}

/* That the picture has so many spans, `open` of them open, and log records. */
static void check_picture(struct instants *it, unsigned spans, unsigned open, unsigned logs)
{
    struct hae_dead dead;
    struct hae_record record;
    unsigned counts[HAETAE_SIGNAL_COUNT] = {0};
    unsigned open_count = 0;

    assert_int_equal(hae_dead_open(&dead, it->picture, it->sdk->recorder->file->size_bytes,
                                   it->sdk->recorder->file->size_bytes),
                     HAE_DEAD_READABLE);
    look(&dead);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal += HAETAE_SIGNAL_LOGS) {
        hae_dead_begin(&dead, (haetae_signal)signal);
        for (; peek(&dead, &record); hae_dead_skip(&dead)) {
            counts[signal]++;
            open_count += dead.record_is_open;
        }
    }
    assert_string_equal(dead.fault, "");
    assert_int_equal(counts[HAETAE_SIGNAL_TRACES], spans);
    assert_int_equal(counts[HAETAE_SIGNAL_LOGS], logs);
    assert_int_equal(open_count, open);
    hae_dead_close(&dead);
}

/* Takes a record as the pipeline does, and a picture before its place is given up. */
static bool take_and_picture(void *user, const struct hae_record *record)
{
    struct instants *it = user;

    hae_journal_append(it->sdk->recorder, record);
    take_picture(it);
    check_picture(it, SPANS, 0, LOGS);
    return true;
}

static void drain(struct instants *it)
{
    (void)hae_recorder_drain(it->sdk->recorder, take_and_picture, it);
    take_picture(it);
    check_picture(it, SPANS, 0, LOGS);
}

static void record_of_a_lane_that_is_being_drained_is_there_once(void **state)
{
    struct instants *it = *state;

    sdk_spans_of(it->tracer, SPANS);
    sdk_logs(it->sdk, LOGS);
    drain(it);
    assert_int_equal(it->picture_count, SPANS + LOGS + 1);
}

/* What interrupts a recording call has no lane. */
static void record_in_slots_that_is_being_drained_is_there_once(void **state)
{
    struct instants *it = *state;

    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    sdk_spans_of(it->tracer, SPANS);
    sdk_logs(it->sdk, LOGS);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
    drain(it);
    assert_int_equal(it->picture_count, SPANS + LOGS + 1);
}

/* The slot is used again by another record, while the first is in the journal still. */
static void next_record_in_a_slot_is_another_one(void **state)
{
    struct instants *it = *state;

    for (unsigned i = 1; i <= 3; i++) {
        atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
        sdk_logs(it->sdk, 1);
        atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
        take_picture(it);
        check_picture(it, 0, 0, i);
        assert_int_equal(haetae_sdk_step(it->sdk, 0), HAETAE_OK);
        take_picture(it);
        check_picture(it, 0, 0, i);
    }
}

static void span_that_is_being_ended_is_open_or_a_record(void **state)
{
    struct instants *it = *state;
    haetae_span span = haetae_span_start(it->tracer, "span", 4, HAETAE_SPAN_KIND_INTERNAL);
    struct hae_lane *lane;
    uint64_t open_state;
    uint64_t tail;

    take_picture(it);
    check_picture(it, 1, 1, 0);
    lane = picture_lane(it);
    open_state = picture_slot(it, span)->state;
    tail = lane->tail;

    /* Before its record is published. */
    lane->ending = tail << HAE_ENDING_TAIL_SHIFT | hae_handle_slot(span);
    check_picture(it, 1, 1, 0);

    /* After it, and before the slot is closed. */
    haetae_span_end(span);
    take_picture(it);
    check_picture(it, 1, 0, 0);
    picture_slot(it, span)->state = open_state | HAE_SLOT_BUSY | HAE_SLOT_END;
    lane->ending = tail << HAE_ENDING_TAIL_SHIFT | hae_handle_slot(span);
    check_picture(it, 1, 0, 0);
}

/* One thread was asked to end it by another, whose call has returned, and had not yet. */
static void span_whose_end_was_left_to_another_thread_has_ended(void **state)
{
    struct instants *it = *state;
    haetae_span span = haetae_span_start(it->tracer, "span", 4, HAETAE_SPAN_KIND_INTERNAL);

    take_picture(it);
    picture_slot(it, span)->state |= HAE_SLOT_BUSY | HAE_SLOT_END | HAE_SLOT_TIMED;
    picture_slot(it, span)->end_unix_ns = 1;
    check_picture(it, 1, 0, 0);
    haetae_span_end(span);
}

/* Requests that are answered out of turn leave the journal by themselves. */
static void settled_records_are_not_there_any_more(void **state)
{
    struct instants *it = *state;
    struct hae_recorder *recorder = it->sdk->recorder;
    uint64_t at[4];

    for (unsigned i = 0; i < 3; i++) {
        struct hae_record record = {HAETAE_SIGNAL_LOGS, 0, 0, NULL, 0, 0};
        const uint8_t body[] = {0x10, 0x09}; /* severity_number */

        record.data = body;
        record.size_bytes = sizeof body;
        at[i] = hae_journal_end(recorder, HAETAE_SIGNAL_LOGS);
        hae_journal_append(recorder, &record);
        at[i + 1] = hae_journal_end(recorder, HAETAE_SIGNAL_LOGS);
    }
    take_picture(it);
    check_picture(it, 0, 0, 3);
    hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, at[1], at[2]);
    take_picture(it);
    check_picture(it, 0, 0, 2);
    hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, at[0], at[1]);
    take_picture(it);
    check_picture(it, 0, 0, 1);
    hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, at[2], at[3]);
    assert_true(hae_journal_is_empty(recorder, HAETAE_SIGNAL_LOGS));
}

/* Many times around the log, with records of all sizes. */
static void journal_goes_around(void **state)
{
    static uint8_t body[5000];
    struct instants *it = *state;
    struct hae_recorder *recorder = it->sdk->recorder;
    struct hae_record record = {HAETAE_SIGNAL_LOGS, 0, 0, body, 0, 0};
    uint64_t oldest = hae_journal_end(recorder, HAETAE_SIGNAL_LOGS);
    uint64_t previous = oldest;

    /* A body: text of any length. */
    for (unsigned i = 0; i < 2000; i++) {
        unsigned length = 1 + i * 37 % 4000;
        uint8_t *end = hae_put_varint(body + 1, length);

        body[0] = HAE_TAG(12, HAE_WIRE_LENGTH);
        memset(end, 'x', length);
        record.size_bytes = (uint32_t)(end + length - body);
        previous = hae_journal_end(recorder, HAETAE_SIGNAL_LOGS);
        assert_true(hae_journal_has_room(recorder, HAETAE_SIGNAL_LOGS, record.size_bytes));
        hae_journal_append(recorder, &record);
        if (i % 100 == 0) {
            take_picture(it);
            check_picture(it, 0, 0, i == 0 ? 1 : 2);
        }
        /* All but the last. */
        hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, oldest, previous);
        oldest = previous;
    }
    hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, oldest,
                       hae_journal_end(recorder, HAETAE_SIGNAL_LOGS));
    assert_true(hae_journal_is_empty(recorder, HAETAE_SIGNAL_LOGS));
}

static void full_journal_takes_nothing(void **state)
{
    static uint8_t body[1000] = {HAE_TAG(12, HAE_WIRE_LENGTH), 0xE5, 0x07};
    struct instants *it = *state;
    struct hae_recorder *recorder = it->sdk->recorder;
    struct hae_record record = {HAETAE_SIGNAL_LOGS, 0, sizeof body, body, 0, 0};
    uint64_t begin = hae_journal_end(recorder, HAETAE_SIGNAL_LOGS);
    unsigned count = 0;

    while (hae_journal_has_room(recorder, HAETAE_SIGNAL_LOGS, sizeof body)) {
        hae_journal_append(recorder, &record);
        count++;
    }
    assert_true(hae_journal_end(recorder, HAETAE_SIGNAL_LOGS) - begin <=
                recorder->file->stored->journals[HAETAE_SIGNAL_LOGS].size_bytes);
    take_picture(it);
    check_picture(it, 0, 0, count);
    hae_journal_settle(recorder, HAETAE_SIGNAL_LOGS, begin,
                       hae_journal_end(recorder, HAETAE_SIGNAL_LOGS));
}

/* The end of the span in the picture that is open: a fixed64, field 8. */
static uint64_t open_end(struct instants *it)
{
    struct hae_dead dead;
    struct hae_record record;
    struct hae_field field;
    uint64_t end = 0;

    assert_int_equal(hae_dead_open(&dead, it->picture, it->sdk->recorder->file->size_bytes,
                                   it->sdk->recorder->file->size_bytes),
                     HAE_DEAD_READABLE);
    look(&dead);
    hae_dead_begin(&dead, HAETAE_SIGNAL_TRACES);
    for (; peek(&dead, &record); hae_dead_skip(&dead)) {
        struct hae_reader reader = hae_reader_over(record.data, record.size_bytes);

        while (dead.record_is_open && hae_read_field(&reader, &field)) {
            end = field.number == 8 ? field.value : end;
        }
    }
    hae_dead_close(&dead);
    return end;
}

static void open_span_ends_when_the_process_was_last_seen(void **state)
{
    struct instants *it = *state;
    uint64_t before = hae_time_ns(CLOCK_REALTIME);
    haetae_span open = haetae_span_start(it->tracer, "open", 4, HAETAE_SPAN_KIND_INTERNAL);
    haetae_span span = haetae_span_start(it->tracer, "span", 4, HAETAE_SPAN_KIND_INTERNAL);
    uint64_t noted;

    take_picture(it);
    noted = open_end(it);
    /* Clocks of the CPU and of the kernel differ by a little. */
    assert_true(noted + 1000000 > before);

    haetae_span_end_at(span, 1); /* no later than the last one known */
    take_picture(it);
    assert_int_equal(open_end(it), noted);
    span = haetae_span_start(it->tracer, "span", 4, HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_end_at(span, before + UINT64_C(1000000000) * 1000000);
    take_picture(it);
    assert_true(open_end(it) >= noted);
    assert_true(open_end(it) < before + UINT64_C(1000000000) * 100000);
    haetae_span_end(open);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(record_of_a_lane_that_is_being_drained_is_there_once),
        TEST(record_in_slots_that_is_being_drained_is_there_once),
        TEST(next_record_in_a_slot_is_another_one),
        TEST(span_that_is_being_ended_is_open_or_a_record),
        TEST(span_whose_end_was_left_to_another_thread_has_ended),
        TEST(open_span_ends_when_the_process_was_last_seen),
        TEST(settled_records_are_not_there_any_more),
        TEST(journal_goes_around),
        TEST(full_journal_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
