/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sink.h"

#include "wire/split_sink.h"

enum { DATA = 64 };

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 13 + 5);
    }
}

static void sink_over_one_area_holds_exactly_that(void **state)
{
    uint8_t memory[DATA + 1];
    uint8_t data[DATA];
    struct hae_sink sink = hae_sink_over(memory, DATA);

    (void)state;
    fill(data, DATA);
    memory[DATA] = 0xEE;
    assert_int_equal(hae_sink_room(&sink), DATA);
    assert_true(hae_sink_reserve(&sink, DATA));
    assert_false(hae_sink_reserve(&sink, DATA + 1));
    assert_false(hae_sink_reserve(&sink, SIZE_MAX));
    hae_sink_put(&sink, data, DATA - 3);
    hae_sink_put_byte(&sink, data[DATA - 3]);
    hae_sink_put(&sink, data + DATA - 2, 0);
    hae_sink_put(&sink, data + DATA - 2, 2);
    assert_memory_equal(memory, data, DATA);
    assert_int_equal(memory[DATA], 0xEE);
    assert_int_equal(hae_sink_room(&sink), 0);
    assert_true(hae_sink_reserve(&sink, 0));
    assert_false(hae_sink_reserve(&sink, 1));
}

static void bytes_go_on_in_the_next_area_at_every_place(void **state)
{
    struct split_sink *split = malloc(sizeof *split);
    uint8_t data[DATA];
    uint8_t copy[DATA];

    (void)state;
    fill(data, DATA);
    for (size_t first = 0; first <= DATA; first++) {
        for (size_t area = 1; area < 9; area++) {
            split_begin(split, first, area, DATA);
            assert_true(hae_sink_reserve(&split->sink, DATA));
            hae_sink_put(&split->sink, data, DATA);
            assert_int_equal(split_end(split, copy, DATA), DATA);
            assert_memory_equal(copy, data, DATA);
        }
    }
    free(split);
}

static void varint_is_split_at_every_place(void **state)
{
    struct split_sink *split = malloc(sizeof *split);
    uint8_t expected[HAE_VARINT_MAX];
    uint8_t copy[HAE_VARINT_MAX];

    (void)state;
    hae_put_varint(expected, UINT64_MAX);
    for (size_t first = 0; first <= HAE_VARINT_MAX; first++) {
        split_begin(split, first, 1, HAE_VARINT_MAX);
        assert_true(hae_sink_reserve(&split->sink, HAE_VARINT_MAX));
        hae_sink_put_varint(&split->sink, UINT64_MAX);
        assert_int_equal(split_end(split, copy, sizeof copy), HAE_VARINT_MAX);
        assert_memory_equal(copy, expected, HAE_VARINT_MAX);
    }
    free(split);
}

static void areas_are_asked_for_only_when_there_is_no_room(void **state)
{
    struct split_sink *split = malloc(sizeof *split);

    (void)state;
    split_begin(split, 4, 4, 8);
    assert_true(hae_sink_reserve(&split->sink, 4));
    assert_int_equal(split->promised_areas, 0);
    assert_true(hae_sink_reserve(&split->sink, 5));
    assert_int_equal(split->promised_areas, 1);
    assert_false(hae_sink_reserve(&split->sink, 9));
    assert_int_equal(split->promised_areas, 1);
    free(split);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_over_one_area_holds_exactly_that),
        cmocka_unit_test(bytes_go_on_in_the_next_area_at_every_place),
        cmocka_unit_test(varint_is_split_at_every_place),
        cmocka_unit_test(areas_are_asked_for_only_when_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
