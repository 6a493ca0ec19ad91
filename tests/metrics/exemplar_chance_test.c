/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a reservoir among measurements. The generators begin with fixed numbers, so each
 * run is the same. */
#include "metrics/exemplar_chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE_MAX_HERE = 8, COUNT_MAX = 64, LANES = 3 };

/* What measurements are taken of, and who measures. */
struct choice {
    _Atomic uint64_t chance;
    uint32_t size;
    uint64_t random[LANES];
    int kept[SIZE_MAX_HERE]; /* -1: none */
    unsigned taken;
};

static void begin(struct choice *choice, uint32_t size)
{
    hae_chance_reset(&choice->chance);
    choice->size = size;
    for (uint32_t i = 0; i < size; i++) {
        choice->kept[i] = -1;
    }
}

static void seed(struct choice *choice)
{
    *choice = (struct choice){.taken = 0};
    for (uint64_t i = 0; i < LANES; i++) {
        choice->random[i] = hae_random_mix(i + 1);
    }
}

static void take(struct choice *choice, uint64_t drawn, int number)
{
    int32_t at =
        hae_chance_take(&choice->chance, drawn, choice->size, &choice->random[number % LANES]);

    assert_in_range(at + 1, 0, choice->size);
    if (at != HAE_CHANCE_NONE) {
        choice->kept[at] = number;
        choice->taken++;
    }
}

/* One measurement; several lanes measure by turns. */
static void measure(struct choice *choice, int number)
{
    uint64_t chance = atomic_load(&choice->chance);

    if (hae_chance_is_drawn(chance, choice->size, &choice->random[number % LANES])) {
        take(choice, chance, number);
    }
}

/* Two at a time: each is drawn before the other is taken. */
static void measure_two(struct choice *choice, int first)
{
    uint64_t chance = atomic_load(&choice->chance);
    bool drawn[2];

    for (int i = 0; i < 2; i++) {
        drawn[i] = hae_chance_is_drawn(chance, choice->size, &choice->random[(first + i) % LANES]);
    }
    for (int i = 1; i >= 0; i--) {
        if (drawn[i]) {
            take(choice, chance, first + i);
        }
    }
}

/* Each as the way of one that finds no reservoir yet: not drawn before. */
static void measure_undrawn(struct choice *choice, int number)
{
    take(choice, 0, number);
}

static double chi_square(const unsigned *seen, size_t count, double expected)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (seen[i] - expected) * (seen[i] - expected) / expected;
    }
    return sum;
}

/* About one in 10^5 of right choices is above: the mean of the distribution is its degrees of
 * freedom, and the variance twice as much. */
static void assert_even(const unsigned *seen, size_t count, double expected)
{
    double freedom = (double)count - 1;
    double most = freedom + 4.9 * __builtin_sqrt(2 * freedom) + 8;
    double sum = chi_square(seen, count, expected);

    if (sum >= most) {
        print_error("chi-square %f of at most %f\n", sum, most);
    }
    assert_true(sum < most);
}

enum way { ONE_BY_ONE, BY_TWOS, UNDRAWN };

/* Counts how often each of `count` measurements is kept. */
static void assert_all_equal(uint32_t size, int count, enum way way)
{
    enum { ROUNDS = 40000 };
    unsigned seen[COUNT_MAX] = {0};
    unsigned at_place[SIZE_MAX_HERE][COUNT_MAX] = {{0}};
    struct choice choice;

    seed(&choice);
    for (int round = 0; round < ROUNDS; round++) {
        begin(&choice, size);
        for (int i = 0; i < count; i += way == BY_TWOS ? 2 : 1) {
            if (way == BY_TWOS) {
                measure_two(&choice, i);
            } else if (way == UNDRAWN) {
                measure_undrawn(&choice, i);
            } else {
                measure(&choice, i);
            }
        }
        for (uint32_t place = 0; place < size; place++) {
            assert_in_range(choice.kept[place], 0, count - 1);
            seen[choice.kept[place]]++;
            at_place[place][choice.kept[place]]++;
        }
    }
    assert_even(seen, (size_t)count, (double)ROUNDS * size / count);
    if (size == 1) {
        assert_even(at_place[0], (size_t)count, (double)ROUNDS / count);
    }
}

static void each_measurement_is_kept_with_equal_chances(void **state)
{
    (void)state;
    assert_all_equal(1, 2, ONE_BY_ONE);
    assert_all_equal(1, 10, ONE_BY_ONE);
    assert_all_equal(1, 64, ONE_BY_ONE);
    assert_all_equal(2, 10, ONE_BY_ONE);
    assert_all_equal(5, 6, ONE_BY_ONE);
    assert_all_equal(8, 64, ONE_BY_ONE);
}

static void so_is_each_that_is_taken_while_another_one_is(void **state)
{
    (void)state;
    assert_all_equal(1, 10, BY_TWOS);
    assert_all_equal(1, 64, BY_TWOS);
    assert_all_equal(3, 64, BY_TWOS);
    assert_all_equal(8, 64, BY_TWOS);
}

static void so_is_each_that_was_not_drawn_before(void **state)
{
    (void)state;
    assert_all_equal(1, 10, UNDRAWN);
    assert_all_equal(4, 64, UNDRAWN);
}

/* Any two are kept together as often as any other two. */
static void each_pair_is_kept_with_equal_chances(void **state)
{
    enum { COUNT = 8, PAIRS = COUNT * (COUNT - 1) / 2, ROUNDS = 28000 };
    unsigned seen[COUNT * COUNT] = {0};
    unsigned pairs[PAIRS];
    size_t pair_count = 0;
    struct choice choice;

    (void)state;
    seed(&choice);
    for (int round = 0; round < ROUNDS; round++) {
        begin(&choice, 2);
        for (int i = 0; i < COUNT; i++) {
            measure(&choice, i);
        }
        seen[choice.kept[0] * COUNT + choice.kept[1]]++;
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(seen[i * COUNT + i], 0);
        for (int j = 0; j < i; j++) {
            pairs[pair_count++] = seen[i * COUNT + j] + seen[j * COUNT + i];
        }
    }
    assert_even(pairs, PAIRS, (double)ROUNDS / PAIRS);
}

/* Of n measurements about k ln(n / k) + k are: so few write the word that all read. */
static void few_are_taken(void **state)
{
    enum { ROUNDS = 20, COUNT = 1000000 };
    struct choice choice;

    (void)state;
    for (uint32_t size = 1; size <= 8; size *= 8) {
        double expected = size == 1 ? 14.4 : 102;

        seed(&choice);
        for (int round = 0; round < ROUNDS; round++) {
            begin(&choice, size);
            for (int i = 0; i < COUNT; i++) {
                measure(&choice, i);
            }
        }
        assert_true(choice.taken > ROUNDS * expected * 0.8);
        assert_true(choice.taken < ROUNDS * expected * 1.2);
    }
}

static void the_smallest_chance_still_is_one(void **state)
{
    uint64_t random = 1;
    _Atomic uint64_t chance = 3;

    (void)state;
    /* It does not become a count of what was taken. */
    for (int i = 0; i < 100; i++) {
        atomic_store(&chance, 3);
        (void)hae_chance_take(&chance, 3, 3, &random);
        assert_int_equal(atomic_load(&chance), 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measurement_is_kept_with_equal_chances),
        cmocka_unit_test(so_is_each_that_is_taken_while_another_one_is),
        cmocka_unit_test(so_is_each_that_was_not_drawn_before),
        cmocka_unit_test(each_pair_is_kept_with_equal_chances),
        cmocka_unit_test(few_are_taken),
        cmocka_unit_test(the_smallest_chance_still_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
