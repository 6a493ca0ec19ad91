/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "support/core_cmocka.h"

enum { LENGTH_MAX = 300, GUARD = 16 };

/* Every length, with every alignment of source and destination. */
static void copy_or_copies_exactly_its_length(void **state)
{
    uint8_t from[LENGTH_MAX + 32];
    uint8_t to[LENGTH_MAX + 32 + 2 * GUARD];

    (void)state;
    for (size_t i = 0; i < sizeof from; i++) {
        from[i] = (uint8_t)(i * 37 + 11);
    }
    for (size_t length = 0; length <= LENGTH_MAX; length += length < 80 ? 1 : 17) {
        for (size_t from_at = 0; from_at < 16; from_at++) {
            for (size_t to_at = GUARD; to_at < GUARD + 16; to_at++) {
                memset(to, 0xA5, sizeof to);
                (void)hae_copy_or(to + to_at, from + from_at, length);
                assert_memory_equal(to + to_at, from + from_at, length);
                for (size_t i = 0; i < sizeof to; i++) {
                    if (i < to_at || i >= to_at + length) {
                        assert_int_equal(to[i], 0xA5);
                    }
                }
            }
        }
    }
}

/* Allocated to the exact size, so that a sanitizer sees a read beyond it. */
static void copy_or_reads_and_writes_only_what_it_is_given(void **state)
{
    (void)state;
    for (size_t length = 1; length <= LENGTH_MAX; length++) {
        uint8_t *from = malloc(length);
        uint8_t *to = malloc(length);

        assert_non_null(from);
        assert_non_null(to);
        memset(from, 0x7F, length);
        assert_int_equal(hae_copy_or(to, from, length) & HAE_HIGH_BITS, 0);
        assert_memory_equal(to, from, length);
        free(from);
        free(to);
    }
}

static void copy_or_shows_a_high_bit_wherever_it_is(void **state)
{
    uint8_t from[LENGTH_MAX];
    uint8_t to[LENGTH_MAX];

    (void)state;
    memset(from, 0x7F, sizeof from);
    for (size_t length = 1; length <= LENGTH_MAX; length++) {
        for (size_t at = 0; at < length; at++) {
            from[at] = 0x80;
            assert_int_not_equal(hae_copy_or(to, from, length) & HAE_HIGH_BITS, 0);
            from[at] = 0x7F;
        }
        assert_int_equal(hae_copy_or(to, from, length) & HAE_HIGH_BITS, 0);
    }
}

static void copy_or_of_nothing_touches_nothing(void **state)
{
    (void)state;
    assert_int_equal(hae_copy_or(NULL, NULL, 0), 0);
}

static void loads_and_stores_need_no_alignment(void **state)
{
    uint8_t bytes[32];

    (void)state;
    for (size_t at = 0; at < 16; at++) {
        memset(bytes, 0, sizeof bytes);
        hae_store64(bytes + at, UINT64_C(0x1122334455667788));
        assert_int_equal(hae_load64(bytes + at), UINT64_C(0x1122334455667788));
        hae_store32(bytes + at, 0x99AABBCC);
        assert_int_equal(hae_load32(bytes + at), 0x99AABBCC);
    }
}

static void little_endian_is_what_the_wire_has(void **state)
{
    uint8_t bytes[8];
    static const uint8_t eight[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};

    (void)state;
    hae_store64(bytes, hae_le64(UINT64_C(0x1122334455667788)));
    assert_memory_equal(bytes, eight, 8);
    hae_store32(bytes, hae_le32(0x55667788));
    assert_memory_equal(bytes, eight, 4);
}

static void align8_rounds_up(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 100; size++) {
        uint64_t aligned = hae_align8(size);

        assert_int_equal(aligned % 8, 0);
        assert_true(aligned >= size && aligned < size + 8);
    }
    assert_int_equal(hae_align8(UINT64_C(1) << 40), UINT64_C(1) << 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_or_copies_exactly_its_length),
        cmocka_unit_test(copy_or_reads_and_writes_only_what_it_is_given),
        cmocka_unit_test(copy_or_shows_a_high_bit_wherever_it_is),
        cmocka_unit_test(copy_or_of_nothing_touches_nothing),
        cmocka_unit_test(loads_and_stores_need_no_alignment),
        cmocka_unit_test(little_endian_is_what_the_wire_has),
        cmocka_unit_test(align8_rounds_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
