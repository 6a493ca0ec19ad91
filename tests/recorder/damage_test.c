/* SPDX-License-Identifier: Apache-2.0 */
/* What the consumer makes of memory that the host has written over: it counts each damage once,
 * and takes the records that are whole. */
#include "recorder/drain.h"
#include "support/core_fixture.h"

enum { RECORDS = 5 };

static void say(struct core_fixture *core, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        haetae_log(core->logger, HAETAE_SEVERITY_INFO, "record", 6, NULL, 0);
    }
}

/* Drains, and checks how many records came and how often damage was counted since the beginning. */
static void drained(struct core_fixture *core, size_t record_count, uint64_t damage_count)
{
    core_forget(core);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, record_count);
    assert_int_equal(core->recorder->damage_count, damage_count);
}

/* And that it is over: what comes next is whole again. */
static void whole_again(struct core_fixture *core, uint64_t damage_count)
{
    drained(core, 0, damage_count);
    say(core, RECORDS);
    drained(core, RECORDS, damage_count);
}

/* ---- A ring -------------------------------------------------------------------------------- */

static void header_in_a_ring_ends_what_is_read_of_it(void **state)
{
    struct hae_record_header *second;
    struct core_fixture core;
    struct hae_lane *lane;

    (void)state;
    core_begin(&core, 0, 2);
    say(&core, 1);
    lane = hae_lane_at(core.recorder, 0);
    second = (struct hae_record_header *)(void *)&lane->ring[atomic_load(&lane->tail)];
    say(&core, RECORDS);
    second->size_bytes = UINT32_MAX;
    drained(&core, 1, 1);
    whole_again(&core, 1);
    core_end(&core);
}

static void position_in_a_ring_makes_it_empty(void **state)
{
    struct core_fixture core;
    struct hae_lane *lane;

    (void)state;
    core_begin(&core, 0, 2);
    say(&core, RECORDS);
    lane = hae_lane_at(core.recorder, 0);
    atomic_store(&lane->head, atomic_load(&lane->tail) + 8);
    drained(&core, 0, 1);
    whole_again(&core, 1);
    core_end(&core);
}

/* ---- Slots ----------------------------------------------------------------------------------- */

/* Records that were handed over, newest first, as they lie on the list. */
static struct hae_slot *hand_over(struct core_fixture *core)
{
    core_busy_begin();
    say(core, RECORDS);
    core_busy_end();
    return hae_slot_at(core->recorder, (uint32_t)atomic_load(&core->recorder->region->handed_over));
}

static struct hae_slot *next_of(struct core_fixture *core, struct hae_slot *slot)
{
    return hae_slot_at(core->recorder, atomic_load(&slot->next));
}

static void slot_that_holds_no_record_is_passed(void **state)
{
    struct core_fixture core;
    struct hae_slot *slot;

    (void)state;
    core_begin(&core, 0, 1);
    slot = next_of(&core, hand_over(&core));
    atomic_store(&slot->state, atomic_load(&slot->state) ^ 1);
    drained(&core, RECORDS - 1, 1);
    whole_again(&core, 1);
    core_end(&core);
}

static void signal_in_a_slot_that_there_is_not_is_passed(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 1);
    hand_over(&core)->signal = HAETAE_SIGNAL_COUNT;
    drained(&core, RECORDS - 1, 1);
    whole_again(&core, 1);
    core_end(&core);
}

/* The newest record is the first of the list; those behind it cannot be found. */
static void list_that_leads_out_of_the_slots_ends_there(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 1);
    atomic_store(&hand_over(&core)->next, core.recorder->slot_count);
    drained(&core, 1, 1);
    whole_again(&core, 1);
    core_end(&core);
}

static void list_that_leads_round_ends(void **state)
{
    struct core_fixture core;
    struct hae_slot *first;
    uint32_t index;

    (void)state;
    core_begin(&core, 0, 1);
    first = hand_over(&core);
    index = (uint32_t)atomic_load(&core.recorder->region->handed_over);
    atomic_store(&next_of(&core, next_of(&core, first))->next, index);
    core_forget(&core);
    assert_true(core_drain(&core));
    assert_in_range(core.record_count, 1, 3);
    assert_true(core.recorder->damage_count >= 1);
    whole_again(&core, core.recorder->damage_count);
    core_end(&core);
}

/* The consumer has turned the list round already, and a record was refused. */
static void list_that_is_written_over_while_it_waits_ends(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 1);
    (void)hand_over(&core);
    core.refuse_after = 1;
    assert_false(core_drain(&core));
    core.refuse_after = SIZE_MAX;
    atomic_store(&hae_slot_at(core.recorder, core.recorder->pending)->next,
                 core.recorder->slot_count);
    drained(&core, 1, 1);
    whole_again(&core, 1);
    core_end(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_in_a_ring_ends_what_is_read_of_it),
        cmocka_unit_test(position_in_a_ring_makes_it_empty),
        cmocka_unit_test(slot_that_holds_no_record_is_passed),
        cmocka_unit_test(signal_in_a_slot_that_there_is_not_is_passed),
        cmocka_unit_test(list_that_leads_out_of_the_slots_ends_there),
        cmocka_unit_test(list_that_leads_round_ends),
        cmocka_unit_test(list_that_is_written_over_while_it_waits_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
