/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "support/core_cmocka.h"

enum { COUNT = 100000 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void mix_gives_different_numbers_for_different_numbers(void **state)
{
    static uint64_t mixed[COUNT];

    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) {
        mixed[i] = hae_mix64(i * UINT64_C(0x100000001));
    }
    qsort(mixed, COUNT, sizeof *mixed, compare);
    for (size_t i = 1; i < COUNT; i++) {
        assert_true(mixed[i] != mixed[i - 1]);
    }
}

/* The low bits choose a place in a table: numbers that differ only in high bits must nearly
 * always differ there too. */
static void mix_carries_every_bit_down(void **state)
{
    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        unsigned same = 0;

        for (uint64_t i = 0; i < 1000; i++) {
            uint64_t input = i * UINT64_C(0x9E3779B97F4A7C15);

            same += ((hae_mix64(input) ^ hae_mix64(input ^ UINT64_C(1) << bit)) & 0xFFF) == 0;
        }
        assert_in_range(same, 0, 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mix_gives_different_numbers_for_different_numbers),
        cmocka_unit_test(mix_carries_every_bit_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
