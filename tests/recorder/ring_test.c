/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of one lane, without threads. */
#include "recorder/drain.h"
#include "recorder/lane.h"
#include "support/core_fixture.h"

enum { SMALL = 256 * 1024, SMALL_LANES = 30, SMALL_RING = 4096, HEADER = 8 };

struct ring {
    struct core_fixture core;
    struct hae_lane *lane;
    uint64_t size;
    uint32_t random;
    uint32_t written; /* records, numbered from 0 */
    uint32_t read;
    uint32_t read_end; /* records from this one on are refused */
};

static int set_up(void **state)
{
    struct ring *ring = calloc(1, sizeof *ring);

    assert_non_null(ring);
    core_begin(&ring->core, SMALL, SMALL_LANES);
    ring->lane = hae_lane_claim(ring->core.recorder, 1);
    assert_non_null(ring->lane);
    ring->size = ring->core.recorder->ring_size_bytes;
    assert_int_equal(ring->size, SMALL_RING);
    ring->random = 1;
    ring->read_end = UINT32_MAX;
    *state = ring;
    return 0;
}

static int tear_down(void **state)
{
    struct ring *ring = *state;

    hae_lane_hand_back(ring->core.recorder, ring->lane);
    core_end(&ring->core);
    free(ring);
    return 0;
}

static uint32_t next_random(struct ring *ring)
{
    ring->random = ring->random * 1664525u + 1013904223u;
    return ring->random >> 8;
}

static uint8_t byte_of(uint32_t number, size_t at)
{
    return (uint8_t)(number * 31u + at * 7u + 1u);
}

/* Writes record number ring->written; false when there is no room. */
static bool write_record(struct ring *ring, size_t size)
{
    size_t room = 0;
    uint8_t *to = hae_ring_reserve(ring->lane, ring->size, size, &room);

    if (to == NULL) {
        return false;
    }
    assert_true(room >= size);
    /* The producer owns all of the room, and may overwrite what is not published. */
    memset(to, 0xEE, room);
    for (size_t i = 0; i < size; i++) {
        to[i] = byte_of(ring->written, i);
    }
    hae_ring_publish(ring->lane, ring->size, (uint32_t)size, (uint16_t)(ring->written % 999),
                     HAETAE_SIGNAL_LOGS);
    ring->written++;
    return true;
}

static bool check_record(void *user, const struct hae_record *record)
{
    struct ring *ring = user;

    if (ring->read >= ring->read_end) {
        return false;
    }
    assert_int_equal(record->signal, HAETAE_SIGNAL_LOGS);
    assert_int_equal(record->scope, ring->read % 999);
    for (size_t i = 0; i < record->size_bytes; i++) {
        assert_int_equal(record->data[i], byte_of(ring->read, i));
    }
    ring->read++;
    return true;
}

static bool read_all(struct ring *ring)
{
    return hae_recorder_drain(ring->core.recorder, check_record, ring);
}

/* Moves the empty ring's positions to `offset` in its memory. */
static void move_to(struct ring *ring, uint64_t offset)
{
    while ((atomic_load(&ring->lane->tail) & (ring->size - 1)) != offset) {
        assert_true(write_record(ring, 0));
        assert_true(read_all(ring));
    }
}

static void ring_keeps_records_of_every_size_at_every_offset(void **state)
{
    struct ring *ring = *state;

    for (uint64_t offset = 0; offset < ring->size; offset += 8) {
        size_t size = (size_t)(offset / 8) % 80;

        move_to(ring, offset);
        assert_true(write_record(ring, size));
        assert_true(write_record(ring, 3));
        assert_true(read_all(ring));
        assert_int_equal(ring->read, ring->written);
    }
}

static void ring_takes_the_largest_record_at_every_offset(void **state)
{
    struct ring *ring = *state;

    for (uint64_t offset = 0; offset < ring->size; offset += 8) {
        move_to(ring, offset);
        assert_true(write_record(ring, ring->core.recorder->record_size_max));
        assert_true(read_all(ring));
        assert_int_equal(ring->read, ring->written);
    }
}

static void ring_drops_newest_when_full(void **state)
{
    struct ring *ring = *state;
    uint32_t kept;

    for (uint64_t offset = 0; offset < ring->size; offset += 200 * 8) {
        move_to(ring, offset);
        while (write_record(ring, 40)) {
        }
        kept = ring->written - ring->read;
        assert_int_equal(kept, (ring->size - (offset != 0 ? ring->size - offset : 0) % 48) / 48);
        for (int i = 0; i < 100; i++) {
            assert_false(write_record(ring, 40));
        }
        assert_true(read_all(ring)); /* which checks that nothing was overwritten */
        assert_int_equal(ring->read, ring->written);
        assert_true(write_record(ring, 40));
        assert_true(read_all(ring));
    }
}

static void ring_can_be_filled_to_the_last_byte(void **state)
{
    struct ring *ring = *state;

    move_to(ring, 0);
    for (uint64_t i = 0; i < ring->size / 64; i++) {
        assert_true(write_record(ring, 64 - HEADER));
    }
    assert_false(write_record(ring, 0));
    assert_true(read_all(ring));
    assert_int_equal(ring->read, ring->written);
}

static void ring_refuses_more_than_it_holds_even_when_empty(void **state)
{
    struct ring *ring = *state;
    size_t room;

    for (uint64_t offset = 0; offset < ring->size; offset += 1000 * 8) {
        move_to(ring, offset);
        assert_null(
            hae_ring_reserve(ring->lane, ring->size, (size_t)ring->size - HEADER + 1, &room));
        assert_true(read_all(ring));
        assert_true(write_record(ring, 100));
        assert_true(read_all(ring));
        assert_int_equal(ring->read, ring->written);
    }
}

static void ring_agrees_with_counting_after_random_use(void **state)
{
    struct ring *ring = *state;

    for (unsigned i = 0; i < core_repeat(200000); i++) {
        size_t size = next_random(ring) % (next_random(ring) % 16 == 0 ? 1900 : 90);

        if (next_random(ring) % 8 == 0) {
            ring->read_end = ring->read + next_random(ring) % 20;
            (void)read_all(ring);
        }
        (void)write_record(ring, size);
    }
    ring->read_end = UINT32_MAX;
    assert_true(read_all(ring));
    assert_int_equal(ring->read, ring->written);
    assert_true(ring->written > core_repeat(200000) / 4);
}

static void ring_offers_a_refused_record_again(void **state)
{
    struct ring *ring = *state;

    for (int i = 0; i < 5; i++) {
        assert_true(write_record(ring, 10));
    }
    ring->read_end = 3;
    assert_false(read_all(ring));
    assert_int_equal(ring->read, 3);
    assert_false(read_all(ring));
    ring->read_end = UINT32_MAX;
    assert_true(read_all(ring));
    assert_int_equal(ring->read, 5);
}

/* ---- The head, while a drain is under way --------------------------------------- */

struct watch {
    struct hae_lane *lane;
    uint64_t largest_backlog;
    uint64_t taken_bytes;
};

static bool watch_head(void *user, const struct hae_record *record)
{
    struct watch *watch = user;
    uint64_t backlog;

    watch->taken_bytes += HEADER + hae_align8(record->size_bytes);
    backlog = watch->taken_bytes - atomic_load(&watch->lane->head);
    watch->largest_backlog = backlog > watch->largest_backlog ? backlog : watch->largest_backlog;
    return true;
}

static void drain_gives_room_back_while_it_is_under_way(void **state)
{
    struct core_fixture core;
    struct watch watch = {NULL, 0, 0};
    size_t room;

    (void)state;
    core_begin(&core, CORE_SIZE_BYTES, 2);
    watch.lane = hae_lane_claim(core.recorder, 1);
    while (hae_ring_reserve(watch.lane, core.recorder->ring_size_bytes, 1000, &room) != NULL) {
        hae_ring_publish(watch.lane, core.recorder->ring_size_bytes, 1000, 1, HAETAE_SIGNAL_LOGS);
    }
    assert_true(atomic_load(&watch.lane->tail) > 200 * 1024);
    assert_true(hae_recorder_drain(core.recorder, watch_head, &watch));
    assert_true(watch.taken_bytes > 200 * 1024);
    assert_true(watch.largest_backlog <= 16 * 1024 + 1008);
    hae_lane_hand_back(core.recorder, watch.lane);
    core_end(&core);
}

#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(ring_keeps_records_of_every_size_at_every_offset),
        RING_TEST(ring_takes_the_largest_record_at_every_offset),
        RING_TEST(ring_drops_newest_when_full),
        RING_TEST(ring_can_be_filled_to_the_last_byte),
        RING_TEST(ring_refuses_more_than_it_holds_even_when_empty),
        RING_TEST(ring_agrees_with_counting_after_random_use),
        RING_TEST(ring_offers_a_refused_record_again),
        cmocka_unit_test(drain_gives_room_back_while_it_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
