/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/chain.h"

#include "support/core_fixture.h"

enum {
    SLOT_DATA = sizeof(((struct hae_slot *)0)->data),
    MODEL_MAX = 64 * 1024,
    SIZE_MAX_BYTES = 40000
};

/* A chain, and the bytes that it should hold. */
struct model {
    struct core_fixture core;
    struct hae_chain chain;
    uint32_t first;
    uint8_t bytes[MODEL_MAX];
    size_t size;
    uint32_t random;
};

static uint32_t next_random(struct model *model)
{
    model->random = model->random * 1664525u + 1013904223u;
    return model->random >> 8;
}

static int set_up(void **state)
{
    struct model *model = calloc(1, sizeof *model);

    assert_non_null(model);
    core_begin(&model->core, 0, 2);
    model->first = hae_slot_take(model->core.recorder, NULL);
    assert_int_not_equal(model->first, 0);
    hae_chain_begin(&model->chain, model->core.recorder, model->first, 0, SIZE_MAX_BYTES);
    model->random = 7;
    *state = model;
    return 0;
}

static int tear_down(void **state)
{
    struct model *model = *state;
    struct hae_recorder *recorder = model->core.recorder;

    hae_slot_give_chain(recorder, NULL, model->first);
    assert_int_equal(core_free_slot_count(recorder), core_slot_count(recorder));
    core_end(&model->core);
    free(model);
    return 0;
}

static void put(struct model *model, size_t size)
{
    uint8_t piece[MODEL_MAX];

    for (size_t i = 0; i < size; i++) {
        piece[i] = (uint8_t)next_random(model);
    }
    memcpy(model->bytes + model->size, piece, size);
    model->size += size;
    hae_sink_put(&model->chain.sink, piece, size);
}

static void append(struct model *model, size_t size)
{
    assert_true(hae_sink_reserve(&model->chain.sink, size));
    put(model, size);
}

static uint32_t chain_length(struct model *model)
{
    uint32_t count = 0;

    for (uint32_t slot = model->first; slot != 0;
         slot = hae_slot_at(model->core.recorder, slot)->chain) {
        count++;
    }
    return count;
}

/* Ends the chain, compares it with the model, and begins a new one. */
static void check(struct model *model)
{
    uint8_t gathered[MODEL_MAX];

    hae_chain_end(&model->chain);
    assert_int_equal(model->chain.size_bytes, model->size);
    assert_ptr_equal(hae_chain_gather(model->core.recorder, model->first, 0, gathered),
                     gathered + model->size);
    assert_memory_equal(gathered, model->bytes, model->size);
    hae_chain_begin(&model->chain, model->core.recorder, model->chain.last, model->chain.size_bytes,
                    SIZE_MAX_BYTES);
}

static struct hae_chain_cursor cursor_at(struct model *model, size_t offset)
{
    struct hae_chain_cursor cursor = {model->core.recorder, model->first, 0};

    hae_chain_skip(&cursor, offset);
    (void)hae_chain_at_end(&cursor); /* moves to the place of the next byte */
    return cursor;
}

static void cut(struct model *model, size_t from, size_t to)
{
    hae_chain_end(&model->chain);
    model->chain.last = hae_chain_remove(cursor_at(model, from), cursor_at(model, to));
    memmove(model->bytes + from, model->bytes + to, model->size - to);
    model->size -= to - from;
    hae_chain_begin(&model->chain, model->core.recorder, model->chain.last, (uint32_t)model->size,
                    SIZE_MAX_BYTES);
}

static void chain_holds_bytes_of_every_size(void **state)
{
    struct model *model = *state;

    for (size_t size = 1; size < 3 * SLOT_DATA; size += 97) {
        append(model, size);
        check(model);
    }
}

static void chain_reserve_counts_slots_that_are_linked_already(void **state)
{
    struct model *model = *state;
    uint64_t free_before = core_free_slot_count(model->core.recorder);

    /* A large reservation, then smaller ones inside it, as for an event with attributes. */
    assert_true(hae_sink_reserve(&model->chain.sink, 3 * SLOT_DATA + 40));
    assert_int_equal(core_free_slot_count(model->core.recorder), free_before - 3);
    for (int i = 0; i < 10; i++) {
        append(model, 3 * SLOT_DATA / 10);
    }
    put(model, 40);
    assert_int_equal(core_free_slot_count(model->core.recorder), free_before - 3);
    check(model);
    assert_int_equal(chain_length(model), 4);
}

static void chain_reserve_beyond_its_largest_size_changes_nothing(void **state)
{
    struct model *model = *state;
    uint64_t free_before;

    append(model, 1000);
    free_before = core_free_slot_count(model->core.recorder);
    assert_false(hae_sink_reserve(&model->chain.sink, SIZE_MAX_BYTES - 999));
    assert_false(hae_sink_reserve(&model->chain.sink, SIZE_MAX));
    assert_int_equal(core_free_slot_count(model->core.recorder), free_before);
    append(model, SIZE_MAX_BYTES - 1000);
    /* Refused although the last slot has room. */
    assert_false(hae_sink_reserve(&model->chain.sink, 1));
    check(model);
    assert_false(hae_sink_reserve(&model->chain.sink, 1));
    cut(model, 100, 101);
    assert_false(hae_sink_reserve(&model->chain.sink, 2));
    append(model, 1);
    assert_false(hae_sink_reserve(&model->chain.sink, 1));
    check(model);
}

static void chain_reserve_gives_back_what_it_got_when_slots_run_out(void **state)
{
    struct model *model = *state;
    struct hae_recorder *recorder = model->core.recorder;
    uint32_t taken = 0;
    uint32_t list = 0;
    uint32_t index;

    append(model, 100);
    while (core_free_slot_count(recorder) > 3 && (index = hae_slot_take(recorder, NULL)) != 0) {
        hae_slot_at(recorder, index)->chain = list;
        list = index;
        taken++;
    }
    assert_true(taken > 0);
    assert_false(hae_sink_reserve(&model->chain.sink, 5 * SLOT_DATA));
    assert_int_equal(core_free_slot_count(recorder), 3);
    append(model, 3 * SLOT_DATA);
    assert_false(hae_sink_reserve(&model->chain.sink, SLOT_DATA));
    check(model);
    hae_slot_give_chain(recorder, NULL, list);
}

static void chain_removes_ranges_at_every_slot_border(void **state)
{
    struct model *model = *state;

    for (size_t from = SLOT_DATA - 2; from <= SLOT_DATA + 2; from++) {
        for (size_t length = SLOT_DATA - 2; length <= SLOT_DATA + 2; length++) {
            append(model, 4 * SLOT_DATA);
            cut(model, from, from + length);
            check(model);
            cut(model, 0, model->size);
            check(model);
            assert_int_equal(chain_length(model), 1);
        }
    }
}

static void chain_removal_to_the_end_frees_slots(void **state)
{
    struct model *model = *state;
    uint64_t free_before = core_free_slot_count(model->core.recorder);

    append(model, 5 * SLOT_DATA);
    cut(model, 10, model->size);
    assert_int_equal(core_free_slot_count(model->core.recorder), free_before);
    append(model, 20);
    check(model);
}

static void chain_agrees_with_a_plain_array_after_random_changes(void **state)
{
    struct model *model = *state;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        uint32_t what = next_random(model) % 3;
        size_t size = next_random(model) % (next_random(model) % 8 == 0 ? 3 * SLOT_DATA : 60);

        if (what == 0 && model->size > 0) {
            size_t from = next_random(model) % model->size;
            size_t length = next_random(model) % (model->size - from + 1);

            cut(model, from, from + length);
        } else if (model->size + size <= SIZE_MAX_BYTES) {
            append(model, size);
        } else {
            cut(model, 0, model->size / 2);
        }
        if (i % 16 == 0) {
            check(model);
        }
    }
    check(model);
}

static void cursor_reads_across_slots(void **state)
{
    struct model *model = *state;
    static const uint8_t varint[] = {0xAC, 0x82, 0x01}; /* 16684 */

    for (size_t before = SLOT_DATA - 3; before <= SLOT_DATA + 1; before++) {
        struct hae_chain_cursor cursor;
        uint8_t copy[2 * SLOT_DATA];

        append(model, before);
        assert_true(hae_sink_reserve(&model->chain.sink, sizeof varint));
        hae_sink_put(&model->chain.sink, varint, sizeof varint);
        memcpy(model->bytes + model->size, varint, sizeof varint);
        model->size += sizeof varint;
        check(model);
        cursor = cursor_at(model, before);
        assert_int_equal(hae_chain_varint(&cursor), 16684);
        assert_true(hae_chain_at_end(&cursor));
        assert_int_equal(hae_chain_byte(&cursor), 0);
        cursor = cursor_at(model, 1);
        assert_true(hae_chain_equals(cursor, model->bytes + 1, model->size - 1));
        assert_false(hae_chain_equals(cursor, model->bytes, model->size - 1));
        assert_false(hae_chain_equals(cursor, model->bytes + 1, model->size));
        hae_chain_copy(cursor, copy, model->size - 1);
        assert_memory_equal(copy, model->bytes + 1, model->size - 1);
        cut(model, 0, model->size);
    }
}

#define CHAIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(chain_holds_bytes_of_every_size),
        CHAIN_TEST(chain_reserve_counts_slots_that_are_linked_already),
        CHAIN_TEST(chain_reserve_beyond_its_largest_size_changes_nothing),
        CHAIN_TEST(chain_reserve_gives_back_what_it_got_when_slots_run_out),
        CHAIN_TEST(chain_removes_ranges_at_every_slot_border),
        CHAIN_TEST(chain_removal_to_the_end_frees_slots),
        CHAIN_TEST(chain_agrees_with_a_plain_array_after_random_changes),
        CHAIN_TEST(cursor_reads_across_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
