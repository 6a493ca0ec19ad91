/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer beside producers. */
#include <pthread.h>
#include <sched.h>

#include "recorder/drain.h"
#include "support/core_fixture.h"
#include "wire/attribute.h"

#define LOG HAETAE_SIGNAL_LOGS

static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789";

/* A record has its number in the bytes of its last attribute. The rest of the record
 * depends on the number. */
static haetae_value body_of(uint64_t number)
{
    return haetae_value_text(text, (size_t)(number % 35));
}

static haetae_attribute attribute_of(const uint64_t *number)
{
    return (haetae_attribute){{text, (size_t)(*number % 30) + 1},
                              haetae_value_bytes(number, sizeof *number)};
}

static void log_number(struct core_fixture *core, uint64_t number)
{
    haetae_attribute attribute = attribute_of(&number);

    haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, body_of(number).as.string.length,
               &attribute, 1);
}

/* False when the record differs from what log_number() made. */
static bool read_number(const uint8_t *data, size_t size, uint64_t *ret_number)
{
    uint8_t expected[128];
    struct hae_sink sink = hae_sink_over(expected, sizeof expected);
    haetae_attribute attribute;
    haetae_value body;
    size_t length;

    memcpy(ret_number, data + size - sizeof *ret_number, sizeof *ret_number);
    attribute = attribute_of(ret_number);
    body = body_of(*ret_number);
    (void)hae_put_value(&sink, 5, &body, HAE_NO_LIMITS);
    (void)hae_put_attribute(&sink, 6, &attribute, HAE_NO_LIMITS);
    length = (size_t)(sink.at - expected);
    return size > length && memcmp(data + size - length, expected, length) == 0;
}

/* ---- Producers and the consumer at the same time --------------------------------------- */

enum { PRODUCERS_MAX = 8 };
#define NUMBERS_PER_PRODUCER (UINT64_C(1) << 40)

struct race {
    struct core_fixture core;
    uint64_t count_each;
    unsigned producers;
    _Atomic unsigned done;
    uint64_t next[PRODUCERS_MAX];
    uint64_t taken;
    unsigned wrong;
};

/* Waits for room before it writes, so that nothing is dropped. */
static void produce(struct race *race, unsigned number)
{
    struct hae_recorder *recorder = race->core.recorder;

    for (uint64_t i = 0; i < race->count_each; i++) {
        const struct hae_lane *lane;

        do {
            lane = hae_thread.attachments[recorder->index].lane;
        } while (lane != NULL &&
                 atomic_load(&lane->tail) - atomic_load(&lane->head) >
                     recorder->ring_size_bytes - 2048 &&
                 sched_yield() == 0);
        log_number(&race->core, number * NUMBERS_PER_PRODUCER + i);
    }
    atomic_fetch_add(&race->done, 1);
}

static bool take_in_order(void *user, const struct hae_record *record)
{
    struct race *race = user;
    uint64_t number;
    uint64_t producer;

    if (!read_number(record->data, record->size_bytes, &number)) {
        race->wrong++;
        return true;
    }
    producer = number / NUMBERS_PER_PRODUCER;
    if (producer >= race->producers || number % NUMBERS_PER_PRODUCER != race->next[producer]) {
        race->wrong++;
    } else {
        race->next[producer]++;
    }
    race->taken++;
    return true;
}

static void consume_until_done(struct race *race)
{
    bool done;

    do {
        done = atomic_load(&race->done) == race->producers;
        (void)hae_recorder_drain(race->core.recorder, take_in_order, race);
    } while (!done);
}

static void produce_or_consume(void *argument, unsigned number)
{
    struct race *race = argument;

    if (number == race->producers) {
        consume_until_done(race);
    } else {
        produce(race, number);
    }
}

static void race_of(unsigned producers, uint32_t lane_count, uint64_t count_each)
{
    struct race race = {.producers = producers, .count_each = count_each};

    core_begin(&race.core, 4 << 20, lane_count);
    core_run_threads(producers + 1, produce_or_consume, &race);
    assert_int_equal(race.wrong, 0);
    assert_int_equal(race.taken, producers * count_each);
    assert_int_equal(core_published(&race.core, LOG), producers * count_each);
    core_end(&race.core);
}

static void drain_keeps_content_and_order_while_a_thread_records(void **state)
{
    (void)state;
    race_of(1, 4, core_repeat(1000000));
}

static void drain_keeps_order_of_each_of_several_lanes(void **state)
{
    (void)state;
    race_of(4, 8, core_repeat(100000));
}

/* ---- Records are lost only where they are counted ---------------------------------------- */

static void produce_without_waiting(void *argument, unsigned number)
{
    struct race *race = argument;

    if (number == race->producers) {
        consume_until_done(race);
        return;
    }
    for (uint64_t i = 0; i < race->count_each; i++) {
        log_number(&race->core, number * NUMBERS_PER_PRODUCER + i);
    }
    atomic_fetch_add(&race->done, 1);
}

static void take_in_order_with_gaps_is_counted(unsigned producers, uint32_t lane_count)
{
    struct race race = {.producers = producers, .count_each = core_repeat(200000)};
    struct hae_recorder_sums sums;

    core_begin(&race.core, HAE_REGION_SIZE_MIN, lane_count);
    core_run_threads(producers + 1, produce_without_waiting, &race);
    sums = core_sums(&race.core);
    assert_int_equal(sums.published[LOG], race.taken);
    assert_int_equal(sums.published[LOG] + sums.dropped[LOG][HAETAE_DROP_RING_FULL],
                     producers * race.count_each);
    assert_int_equal(core_free_slot_count(race.core.recorder), core_slot_count(race.core.recorder));
    core_end(&race.core);
}

static void flood_is_delivered_or_counted(void **state)
{
    (void)state;
    take_in_order_with_gaps_is_counted(2, 2);
}

static void flood_without_lanes_is_delivered_or_counted(void **state)
{
    (void)state;
    take_in_order_with_gaps_is_counted(4, 1);
}

/* ---- Handed over ------------------------------------------------------------------------- */

static void handed_over_records_come_in_the_order_of_their_writing(void **state)
{
    struct race race = {.producers = 1, .count_each = 500};

    (void)state;
    core_begin(&race.core, 0, 1);
    core_busy_begin();
    for (uint64_t i = 0; i < 250; i++) {
        log_number(&race.core, i);
    }
    (void)hae_recorder_drain(race.core.recorder, take_in_order, &race);
    for (uint64_t i = 250; i < 500; i++) {
        log_number(&race.core, i);
    }
    core_busy_end();
    (void)hae_recorder_drain(race.core.recorder, take_in_order, &race);
    assert_int_equal(race.wrong, 0);
    assert_int_equal(race.taken, 500);
    core_end(&race.core);
}

static void handed_over_record_that_is_refused_comes_again(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 1);
    core_busy_begin();
    for (uint64_t i = 0; i < 10; i++) {
        log_number(&core, i);
    }
    core.refuse_after = 4;
    assert_false(core_drain(&core));
    log_number(&core, 10);
    core_busy_end();
    assert_false(core_drain(&core));
    core.refuse_after = SIZE_MAX;
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, 11);
    for (size_t i = 0; i < core.record_count; i++) {
        uint64_t number;

        assert_true(read_number(core.records[i].data, core.records[i].size_bytes, &number));
        assert_int_equal(number, i);
    }
    assert_int_equal(core_free_slot_count(core.recorder), core_slot_count(core.recorder));
    core_end(&core);
}

/* ---- Refusing ------------------------------------------------------------------------------ */

struct picky {
    struct core_fixture core;
    unsigned left; /* records taken before one is refused */
    uint64_t taken_numbers;
    bool rare_seen;
};

enum { RARE = 1000000 };

static bool take_some(void *user, const struct hae_record *record)
{
    struct picky *picky = user;
    uint64_t number;

    if (picky->left == 0) {
        return false;
    }
    picky->left--;
    picky->rare_seen |= read_number(record->data, record->size_bytes, &number) && number == RARE;
    return true;
}

static void *log_rarely(void *core)
{
    log_number(core, RARE);
    return NULL;
}

static void drain_that_stops_early_goes_on_with_the_other_lanes(void **state)
{
    struct picky picky = {.left = 0};
    struct hae_lane *first;
    pthread_t thread;

    (void)state;
    core_begin(&picky.core, 0, 4);
    log_number(&picky.core, 0); /* this thread has the first lane */
    first = hae_lane_at(picky.core.recorder, 0);
    assert_int_equal(atomic_load(&first->counts.published[LOG]), 1);
    assert_int_equal(pthread_create(&thread, NULL, log_rarely, &picky.core), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* The first lane always has more than one drain takes. */
    for (int i = 0; i < 20 && !picky.rare_seen; i++) {
        for (int j = 0; j < 20; j++) {
            log_number(&picky.core, 1);
        }
        picky.left = 10;
        assert_false(hae_recorder_drain(picky.core.recorder, take_some, &picky));
    }
    assert_true(picky.rare_seen);
    core_end(&picky.core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drain_keeps_content_and_order_while_a_thread_records),
        cmocka_unit_test(drain_keeps_order_of_each_of_several_lanes),
        cmocka_unit_test(flood_is_delivered_or_counted),
        cmocka_unit_test(flood_without_lanes_is_delivered_or_counted),
        cmocka_unit_test(handed_over_records_come_in_the_order_of_their_writing),
        cmocka_unit_test(handed_over_record_that_is_refused_comes_again),
        cmocka_unit_test(drain_that_stops_early_goes_on_with_the_other_lanes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
