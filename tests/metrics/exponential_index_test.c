/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket of an exponential histogram a value falls into, against a reference that proves each
 * bit of the logarithm by interval arithmetic. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "metrics/aggregation.h"
#include "metrics/exponential_index.h"

enum { LIMBS = 8, RANDOM_VALUES = 200000, BOUNDARIES = 2000 };

/* A number in [1, 4) of 256 bits, the lowest 32 first; two of them are before the point. */
struct wide {
    uint32_t limb[LIMBS];
};

/* The first 256 bits of a square: of a number in [1, 2), so that the square is in [1, 4). What is
 * cut off is less than the lowest bit. */
static struct wide squared(const struct wide *number)
{
    uint32_t product[2 * LIMBS] = {0};
    struct wide result;

    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < LIMBS; j++) {
            carry += (uint64_t)number->limb[i] * number->limb[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + LIMBS] = (uint32_t)carry;
    }
    for (int i = 0; i < LIMBS; i++) { /* 4 bits before the point: back to 2 */
        result.limb[i] = product[LIMBS + i] << 2 | product[LIMBS + i - 1] >> 30;
    }
    return result;
}

static void add_one(struct wide *number)
{
    for (int i = 0; i < LIMBS && ++number->limb[i] == 0; i++) {
    }
}

static void halve(struct wide *number)
{
    for (int i = 0; i < LIMBS; i++) {
        number->limb[i] = number->limb[i] >> 1 | (i + 1 < LIMBS ? number->limb[i + 1] << 31 : 0);
    }
}

static bool is_two_or_more(const struct wide *number)
{
    return number->limb[LIMBS - 1] >> 31 != 0;
}

/* The index by the definition: ceil(log2(value) * 2^scale) - 1. */
static int32_t reference_index(double value, int scale)
{
    int exponent;
    double fraction = 2 * frexp(value, &exponent); /* [1, 2) */
    uint64_t top = (uint64_t)ldexp(fraction, 62);
    struct wide low = {{[LIMBS - 2] = (uint32_t)top, [LIMBS - 1] = (uint32_t)(top >> 32)}};
    struct wide high = low;
    int64_t floor_of_log = exponent - 1;
    bool exact = fraction == 1;

    for (int i = 0; i < scale; i++) {
        low = squared(&low);
        high = squared(&high);
        add_one(&high);
        assert_int_equal(is_two_or_more(&low), is_two_or_more(&high));
        floor_of_log = 2 * floor_of_log + is_two_or_more(&low);
        if (is_two_or_more(&low)) {
            halve(&low);
            halve(&high);
            add_one(&high);
        }
        if (exact) { /* a square of 1 is 1 */
            high = low;
        }
    }
    if (scale < 0) {
        return (int32_t)((floor_of_log - exact) >> -scale);
    }
    return (int32_t)(floor_of_log - exact);
}

static void check_at(double value, int scale)
{
    int32_t expected = reference_index(value, scale);

    if (hae_exponential_index(value, scale) != expected) {
        print_error("%a at scale %d\n", value, scale);
    }
    assert_int_equal(hae_exponential_index(value, scale), expected);
    assert_int_equal(hae_exponential_index_exactly(value, scale), expected);
}

static void check_everywhere(double value)
{
    for (int scale = HAE_EXPONENTIAL_SCALE_MIN; scale <= HAE_EXPONENTIAL_SCALE_MAX; scale++) {
        check_at(value, scale);
    }
}

static void buckets_include_their_upper_boundary_alone(void **state)
{
    (void)state;
    /* At scale 0: (1, 2], (2, 4]. */
    assert_int_equal(hae_exponential_index(1, 0), -1);
    assert_int_equal(hae_exponential_index(nextafter(1, 2), 0), 0);
    assert_int_equal(hae_exponential_index(2, 0), 0);
    assert_int_equal(hae_exponential_index(nextafter(2, 3), 0), 1);
    assert_int_equal(hae_exponential_index(4, 0), 1);
    /* At scale 1 the boundaries are powers of the root of 2. */
    assert_int_equal(hae_exponential_index(1.414, 1), 0);
    assert_int_equal(hae_exponential_index(1.415, 1), 1);
    assert_int_equal(hae_exponential_index(2, 1), 1);
}

static void powers_of_two_and_their_neighbours_are_right(void **state)
{
    (void)state;
    for (int exponent = -1074; exponent <= 1023; exponent += exponent < -1010 ? 1 : 7) {
        double value = ldexp(1, exponent);

        check_everywhere(value);
        check_everywhere(nextafter(value, INFINITY));
        if (exponent > -1074) {
            check_everywhere(nextafter(value, 0));
        }
    }
    check_everywhere(1.7976931348623157e308);
}

/* The doubles next to 2^(i / 2^scale) on both sides, and the next ones. */
static void neighbours_of_boundaries_are_right(void **state)
{
    uint64_t random = 11;

    (void)state;
    for (int i = 0; i < BOUNDARIES; i++) {
        int scale = 1 + (int)(hae_splitmix(&random) % HAE_EXPONENTIAL_SCALE_MAX);
        uint64_t index = hae_splitmix(&random) & ((UINT64_C(1) << scale) - 1);
        double value = exp2(ldexp((double)index, -scale));

        for (int step = 0; step < 3; step++) {
            check_at(value, scale);
            value = nextafter(value, 3);
        }
    }
}

static void values_of_all_magnitudes_are_right(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (int i = 0; i < RANDOM_VALUES; i++) {
        double value = hae_double_from_bits(hae_splitmix(&random) & (UINT64_MAX >> 1));

        if (isfinite(value) && value > 0) {
            check_at(value, (int)(hae_splitmix(&random) % 32) + HAE_EXPONENTIAL_SCALE_MIN);
        }
    }
}

static void subnormal_values_are_right(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (int i = 0; i < BOUNDARIES; i++) {
        double value = hae_double_from_bits(1 + (hae_splitmix(&random) & HAE_DOUBLE_MANTISSA) /
                                                    (1 + (hae_splitmix(&random) >> 14)));

        check_at(value, (int)(hae_splitmix(&random) % 32) + HAE_EXPONENTIAL_SCALE_MIN);
    }
}

/* So buckets can be merged without a look at the values. */
static void index_at_a_lower_scale_is_the_halved_one(void **state)
{
    uint64_t random = 5;

    (void)state;
    for (int i = 0; i < RANDOM_VALUES; i++) {
        double value = hae_double_from_bits(hae_splitmix(&random) & (UINT64_MAX >> 1));

        for (int scale = HAE_EXPONENTIAL_SCALE_MAX;
             isfinite(value) && value > 0 && scale > HAE_EXPONENTIAL_SCALE_MIN; scale -= 5) {
            assert_int_equal(hae_exponential_index(value, scale) >> 1,
                             hae_exponential_index(value, scale - 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_include_their_upper_boundary_alone),
        cmocka_unit_test(powers_of_two_and_their_neighbours_are_right),
        cmocka_unit_test(neighbours_of_boundaries_are_right),
        cmocka_unit_test(values_of_all_magnitudes_are_right),
        cmocka_unit_test(subnormal_values_are_right),
        cmocka_unit_test(index_at_a_lower_scale_is_the_halved_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
