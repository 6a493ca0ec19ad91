/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms of durations: quantiles, and what the database keeps of them. */
#include "view_test.h"

#include "store/histogram.h"

static void histogram_quantiles_are_close_and_the_longest_is_exact(void **state)
{
    (void)state;
    struct hae_view_histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    assert_int_equal(hae_view_histogram_quantile(histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 10000; i++) {
        hae_view_histogram_add(histogram, i * 1000);
    }
    for (int percent = 1; percent < 100; percent++) {
        double exact = percent * 100000.0;
        double found = (double)hae_view_histogram_quantile(histogram, percent / 100.0);
        assert_true(found > exact * 0.984 && found < exact * 1.016);
    }
    assert_int_equal(hae_view_histogram_quantile(histogram, 1), 10000000);
    hae_view_histogram_add(histogram, UINT64_MAX);
    assert_int_equal(hae_view_histogram_quantile(histogram, 1), UINT64_MAX);
    free(histogram);
}

static void histograms_come_back_from_their_blobs(void **state)
{
    (void)state;
    struct hae_view_histogram *one = calloc(2, sizeof *one);
    assert_non_null(one);
    struct hae_view_histogram *two = one + 1;
    static uint8_t blob[HAE_VIEW_HISTOGRAM_BYTES];
    for (uint64_t i = 0; i < 64; i++) {
        hae_view_histogram_add(one, (uint64_t)1 << i);
    }
    size_t size = hae_view_histogram_blob(one, blob);
    hae_view_histogram_add_blob(two, blob, size);
    hae_view_histogram_add_blob(two, blob, size);
    assert_int_equal(two->count, 2 * one->count);
    for (size_t i = 0; i < HAE_VIEW_HISTOGRAM_BUCKETS; i++) {
        assert_int_equal(two->buckets[i], 2 * one->buckets[i]);
    }
    /* A blob that is cut, or has a bucket that there is not, does no harm. */
    memset(blob, 0xff, sizeof blob);
    hae_view_histogram_add_blob(two, blob, 11);
    hae_view_histogram_add_blob(two, NULL, 0);
    assert_int_equal(two->count, 2 * one->count);
    /* Quantiles stay below the longest even of many in a wide bucket. */
    memset(one, 0, sizeof *one);
    for (int i = 0; i < 3; i++) {
        hae_view_histogram_add(one, ((uint64_t)1 << 40) + 1);
    }
    assert_int_equal(hae_view_histogram_quantile(one, 0.5), ((uint64_t)1 << 40) + 1);
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histogram_quantiles_are_close_and_the_longest_is_exact),
        cmocka_unit_test(histograms_come_back_from_their_blobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
