/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/slot.h"

#include <sched.h>

#include "recorder/lane.h"
#include "support/core_fixture.h"

struct slots {
    struct core_fixture core;
    struct hae_recorder *recorder;
    size_t count;
    uint32_t *taken;
};

static int set_up(void **state)
{
    struct slots *slots = calloc(1, sizeof *slots);

    assert_non_null(slots);
    core_begin(&slots->core, HAE_REGION_SIZE_MIN, 4);
    slots->recorder = slots->core.recorder;
    slots->count = (size_t)core_slot_count(slots->recorder);
    slots->taken = calloc(slots->count + 1, sizeof *slots->taken);
    assert_non_null(slots->taken);
    *state = slots;
    return 0;
}

static int tear_down(void **state)
{
    struct slots *slots = *state;

    assert_int_equal(core_free_slot_count(slots->recorder), slots->count);
    assert_int_equal(atomic_load(&slots->recorder->slots_lost), 0);
    core_end(&slots->core);
    free(slots->taken);
    free(slots);
    return 0;
}

static void slots_are_given_out_once_each_until_none_is_left(void **state)
{
    struct slots *slots = *state;
    bool *seen = calloc(slots->count + 1, sizeof *seen);

    for (int round = 0; round < 3; round++) {
        memset(seen, 0, (slots->count + 1) * sizeof *seen);
        for (uint64_t i = 0; i < slots->count; i++) {
            uint32_t index = hae_slot_take(slots->recorder, NULL);

            assert_true(index != 0 && index <= slots->count);
            assert_false(seen[index]);
            seen[index] = true;
            slots->taken[i] = index;
        }
        for (int i = 0; i < 1000; i++) {
            assert_int_equal(hae_slot_take(slots->recorder, NULL), 0);
        }
        assert_int_equal(core_free_slot_count(slots->recorder), 0);
        for (uint64_t i = 0; i < slots->count; i++) {
            hae_slot_give(slots->recorder, NULL, slots->taken[i]);
        }
    }
    free(seen);
}

static void slot_is_empty_when_taken(void **state)
{
    struct slots *slots = *state;
    struct hae_lane *lane = hae_lane_claim(slots->recorder, 1);

    for (int i = 0; i < 6; i++) {
        struct hae_lane *from = i % 2 == 0 ? lane : NULL;
        uint32_t index = hae_slot_take(slots->recorder, from);
        struct hae_slot *slot = hae_slot_at(slots->recorder, index);

        assert_int_equal(slot->chain, 0);
        assert_int_equal(slot->used, 0);
        slot->used = 99;
        slot->chain = 77;
        hae_slot_give(slots->recorder, from, index);
    }
    hae_slot_give_all(slots->recorder, lane);
    hae_lane_hand_back(slots->recorder, lane);
}

static void lane_keeps_a_few_slots_and_shares_the_rest(void **state)
{
    struct slots *slots = *state;
    struct hae_lane *lane = hae_lane_claim(slots->recorder, 1);
    uint32_t kept_max = slots->recorder->slots_kept_max;

    /* All lanes together keep at most a quarter of the slots. */
    assert_true(kept_max > 0 && kept_max <= 64);
    assert_true(kept_max * 4 <= slots->count / 4 + 4);
    for (uint64_t i = 0; i < slots->count; i++) {
        slots->taken[i] = hae_slot_take(slots->recorder, lane);
        assert_int_not_equal(slots->taken[i], 0);
    }
    for (uint64_t i = 0; i < slots->count; i++) {
        hae_slot_give(slots->recorder, lane, slots->taken[i]);
    }
    assert_int_equal(lane->free_slot_count, kept_max);
    assert_int_equal(core_free_slot_count(slots->recorder), slots->count);
    /* Only the lane's owner can take the slots that it keeps. */
    for (uint64_t i = 0; i < slots->count - kept_max; i++) {
        slots->taken[i] = hae_slot_take(slots->recorder, NULL);
        assert_int_not_equal(slots->taken[i], 0);
    }
    assert_int_equal(hae_slot_take(slots->recorder, NULL), 0);
    for (uint64_t i = 0; i < slots->count - kept_max; i++) {
        hae_slot_give(slots->recorder, NULL, slots->taken[i]);
    }
    hae_slot_give_all(slots->recorder, lane);
    assert_int_equal(lane->free_slot_count, 0);
    hae_lane_hand_back(slots->recorder, lane);
}

static void chain_is_given_back_whole(void **state)
{
    struct slots *slots = *state;
    uint32_t first = hae_slot_take(slots->recorder, NULL);
    uint32_t second = hae_slot_take(slots->recorder, NULL);
    uint32_t third = hae_slot_take(slots->recorder, NULL);

    hae_slot_at(slots->recorder, first)->chain = second;
    hae_slot_at(slots->recorder, second)->chain = third;
    assert_int_equal(core_free_slot_count(slots->recorder), slots->count - 3);
    hae_slot_give_chain(slots->recorder, NULL, first);
    assert_int_equal(core_free_slot_count(slots->recorder), slots->count);
}

static void head_of_the_free_list_differs_after_the_same_slot_came_back(void **state)
{
    struct slots *slots = *state;
    uint32_t index = hae_slot_take(slots->recorder, NULL);
    uint64_t before;
    uint64_t after;

    hae_slot_give(slots->recorder, NULL, index);
    before = atomic_load(&slots->recorder->region->slots_free);
    assert_int_equal(hae_slot_take(slots->recorder, NULL), index);
    hae_slot_give(slots->recorder, NULL, index);
    after = atomic_load(&slots->recorder->region->slots_free);
    /* Otherwise a thread that is about to take the slot would not notice. */
    assert_int_equal((uint32_t)after, (uint32_t)before);
    assert_int_not_equal(after, before);
}

/* ---- Threads ------------------------------------------------------------------------ */

enum { THREADS = 4, HELD = 40 };

struct scramble {
    struct slots *slots;
    _Atomic uint8_t *owned;
    _Atomic unsigned wrong;
    _Atomic unsigned took;
};

/* Takes and returns slots at random. Half of the threads have lanes. */
static void scramble(void *argument, unsigned number)
{
    struct scramble *shared = argument;
    struct hae_recorder *recorder = shared->slots->recorder;
    struct hae_lane *lane = number % 2 == 0 ? hae_lane_claim(recorder, recorder->lane_count) : NULL;
    uint32_t held[HELD];
    unsigned count = 0;
    uint32_t random = number + 1;
    unsigned took = 0;

    for (unsigned i = 0; i < core_repeat(50000); i++) {
        random = random * 1664525u + 1013904223u;
        if (count < HELD && random >> 31 == 0) {
            uint32_t index = hae_slot_take(recorder, lane);

            if (index != 0) {
                atomic_fetch_add(&shared->wrong, atomic_exchange(&shared->owned[index], 1));
                hae_slot_at(recorder, index)
                    ->data[0]++; /* a plain access: only this thread has the slot */
                held[count++] = index;
                took++;
            }
        } else if (count > 0) {
            uint32_t at = (random >> 8) % count;

            atomic_store(&shared->owned[held[at]], 0);
            hae_slot_give(recorder, lane, held[at]);
            held[at] = held[--count];
        }
    }
    while (count > 0) {
        atomic_store(&shared->owned[held[--count]], 0);
        hae_slot_give(recorder, lane, held[count]);
    }
    if (lane != NULL) {
        hae_slot_give_all(recorder, lane);
        hae_lane_hand_back(recorder, lane);
    }
    atomic_fetch_add(&shared->took, took);
}

static void slot_never_has_two_users(void **state)
{
    struct slots *slots = *state;
    struct scramble shared = {.slots = slots, .owned = calloc(slots->count + 1, 1)};

    core_run_threads(THREADS, scramble, &shared);
    assert_int_equal(shared.wrong, 0);
    assert_true(shared.took > core_repeat(50000));
    free((void *)shared.owned);
}

/* Threads want as many slots as there are, so that the list is often empty. */
static void take_few(void *argument, unsigned number)
{
    struct scramble *shared = argument;
    struct hae_recorder *recorder = shared->slots->recorder;

    (void)number;
    for (unsigned i = 0; i < core_repeat(50000); i++) {
        uint32_t index = hae_slot_take(recorder, NULL);

        if (index != 0) {
            atomic_fetch_add(&shared->wrong, atomic_exchange(&shared->owned[index], 1));
            atomic_store(&shared->owned[index], 0);
            hae_slot_give(recorder, NULL, index);
            atomic_fetch_add(&shared->took, 1);
        }
    }
}

static void slot_never_has_two_users_when_few_are_left(void **state)
{
    struct slots *slots = *state;
    struct scramble shared = {.slots = slots, .owned = calloc(slots->count + 1, 1)};
    uint64_t kept = 0;

    while (core_free_slot_count(slots->recorder) > 2) {
        slots->taken[kept++] = hae_slot_take(slots->recorder, NULL);
    }
    core_run_threads(THREADS, take_few, &shared);
    assert_int_equal(shared.wrong, 0);
    assert_true(shared.took > 0);
    while (kept > 0) {
        hae_slot_give(slots->recorder, NULL, slots->taken[--kept]);
    }
    free((void *)shared.owned);
}

/* ---- Handing over ---------------------------------------------------------------------- */

struct passing {
    struct slots *slots;
    _Atomic unsigned producing;
    uint32_t handed[THREADS];
    uint32_t seen[THREADS];
    unsigned wrong;
};

static void write_number(struct hae_slot *slot, uint32_t producer, uint32_t number)
{
    hae_store32(slot->data, producer);
    hae_store32(slot->data + 4, number);
}

static void take_what_was_passed(struct passing *passing)
{
    struct hae_recorder *recorder = passing->slots->recorder;
    uint32_t index = hae_slot_take_handed_over(recorder);

    while (index != 0) {
        struct hae_slot *slot = hae_slot_at(recorder, index);
        uint32_t next = atomic_load(&slot->next);
        uint32_t producer = hae_load32(slot->data);

        passing->wrong +=
            producer >= THREADS || hae_load32(slot->data + 4) != passing->seen[producer]++;
        hae_slot_give(recorder, NULL, index);
        index = next;
    }
}

static void pass_or_take(void *argument, unsigned number)
{
    struct passing *passing = argument;
    struct hae_recorder *recorder = passing->slots->recorder;

    if (number == THREADS) {
        while (atomic_load(&passing->producing) != 0) {
            take_what_was_passed(passing);
        }
        take_what_was_passed(passing);
        return;
    }
    while (passing->handed[number] < core_repeat(10000)) {
        uint32_t index = hae_slot_take(recorder, NULL);

        if (index == 0) {
            sched_yield();
            continue;
        }
        write_number(hae_slot_at(recorder, index), number, passing->handed[number]++);
        if (!hae_slot_hand_over(recorder, index)) {
            abort();
        }
    }
    atomic_fetch_sub(&passing->producing, 1);
}

static void handed_over_slots_arrive_once_and_in_each_producers_order(void **state)
{
    struct passing passing = {.slots = *state, .producing = THREADS};

    core_run_threads(THREADS + 1, pass_or_take, &passing);
    assert_int_equal(passing.wrong, 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(passing.seen[i], core_repeat(10000));
    }
    /* The consumer would decrease the count; this test has none. */
    atomic_store(&passing.slots->recorder->region->handed_over_count, 0);
    assert_int_equal(hae_slot_take_handed_over(passing.slots->recorder), 0);
}

#define SLOT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOT_TEST(slots_are_given_out_once_each_until_none_is_left),
        SLOT_TEST(slot_is_empty_when_taken),
        SLOT_TEST(lane_keeps_a_few_slots_and_shares_the_rest),
        SLOT_TEST(chain_is_given_back_whole),
        SLOT_TEST(head_of_the_free_list_differs_after_the_same_slot_came_back),
        SLOT_TEST(slot_never_has_two_users),
        SLOT_TEST(slot_never_has_two_users_when_few_are_left),
        SLOT_TEST(handed_over_slots_arrive_once_and_in_each_producers_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
