/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>

#include "util/quantile.h"

static void bucket_quantiles_are_interpolated(void **state)
{
    (void)state;
    const uint64_t counts[] = {50, 40, 9, 1};
    const double bounds[] = {1, 2, 4};
    struct hae_view_buckets buckets = {counts, bounds, 3, 0, 8};
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.5) - 1) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.25) - 0.5) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.7) - sqrt(2)) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.99) - 4) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 1) - 8) < 1e-9);
    buckets.max = 1.2; /* max says that nothing is above it */
    assert_true(hae_view_buckets_quantile(&buckets, 0.99) <= 1.2);
}

/* Of 19 values in one wide bucket, the estimates lie between the smallest and the largest. */
static void bucket_quantiles_keep_to_the_values(void **state)
{
    (void)state;
    const uint64_t counts[] = {19, 0};
    const double bounds[] = {5};
    struct hae_view_buckets buckets = {counts, bounds, 1, 0.1, 3.6};
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.5) - 0.6) < 1e-9);
    assert_true(hae_view_buckets_quantile(&buckets, 0.99) < 3.6);
}

static void bucket_quantiles_of_nothing_are_not_a_number(void **state)
{
    (void)state;
    const uint64_t counts[] = {0, 0};
    const double bounds[] = {1};
    struct hae_view_buckets buckets = {counts, bounds, 1, NAN, NAN};
    assert_true(isnan(hae_view_buckets_quantile(&buckets, 0.5)));
    struct hae_view_buckets single = {counts, NULL, 0, NAN, NAN};
    assert_true(isnan(hae_view_buckets_quantile(&single, 0.5)));
    const uint64_t one[] = {1};
    single.counts = one;
    assert_true(isnan(hae_view_buckets_quantile(&single, 0.5)));
}

static void exponential_quantiles_find_their_bucket(void **state)
{
    (void)state;
    const uint64_t positive[] = {10, 0, 80, 10}; /* 1..2, 2..4, 4..8, 8..16 */
    const uint64_t negative[] = {5};
    struct hae_view_exponential histogram = {{NULL, 0, 0}, {positive, 4, 0}, 0, 0, NAN, NAN};
    double p50 = hae_view_exponential_quantile(&histogram, 0.5);
    assert_true(p50 > 4 && p50 <= 8);
    histogram.negative = (struct hae_view_exponential_side){negative, 1, 0};
    assert_true(hae_view_exponential_quantile(&histogram, 0.01) < 0);
    histogram.zero_count = 1000;
    assert_true(hae_view_exponential_quantile(&histogram, 0.5) == 0);
    histogram.scale = INT32_MIN; /* invalid, and nothing worse */
    hae_view_exponential_quantile(&histogram, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_quantiles_are_interpolated),
        cmocka_unit_test(bucket_quantiles_keep_to_the_values),
        cmocka_unit_test(bucket_quantiles_of_nothing_are_not_a_number),
        cmocka_unit_test(exponential_quantiles_find_their_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
