/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "support/core_cmocka.h"

/* SplitMix64 as published: the first outputs for the seed 1234567. */
static void splitmix_gives_the_published_sequence(void **state)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    uint64_t seed = 1234567;

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(hae_splitmix(&seed), expected[i]);
    }
}

static void id_is_never_zero(void **state)
{
    /* The state after which SplitMix64 gives 0. */
    uint64_t seed = UINT64_C(0) - UINT64_C(0x9E3779B97F4A7C15);
    uint64_t copy = seed;

    (void)state;
    assert_int_equal(hae_splitmix(&copy), 0);
    assert_int_not_equal(hae_random_id(&seed), 0);
}

static void seeds_differ_each_time(void **state)
{
    struct hae_random seeds[64];

    (void)state;
    for (int i = 0; i < 64; i++) {
        hae_random_seed(&seeds[i]);
        assert_true(seeds[i].a != seeds[i].b);
        for (int j = 0; j < i; j++) {
            assert_true(seeds[i].a != seeds[j].a);
            assert_true(seeds[i].b != seeds[j].b);
        }
    }
}

/* Two processes with one memory have the same numbers, until each draws a step of its own. */
static void streams_of_equal_state_go_apart_with_a_new_step(void **state)
{
    uint64_t one = 1234567;
    uint64_t other = one;

    (void)state;
    assert_int_equal(hae_random_id(&one), hae_random_id(&other));
    for (int i = 0; i < 64; i++) {
        uint64_t before = atomic_load(&hae_random_step);
        uint64_t id = hae_random_id(&one);

        hae_random_refresh();
        assert_int_not_equal(atomic_load(&hae_random_step), before);
        assert_int_equal(atomic_load(&hae_random_step) & 1, 1);
        assert_int_not_equal(hae_random_id(&other), id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitmix_gives_the_published_sequence),
        cmocka_unit_test(id_is_never_zero),
        cmocka_unit_test(seeds_differ_each_time),
        cmocka_unit_test(streams_of_equal_state_go_apart_with_a_new_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
