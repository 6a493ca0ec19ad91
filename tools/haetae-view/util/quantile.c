/* SPDX-License-Identifier: Apache-2.0 */
#include "util/quantile.h"

#include <math.h>

static double sum_of(const uint64_t *counts, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)counts[i];
    }
    return sum;
}

/* Comparisons with NaN are false, so an unknown limit changes nothing. */
static double clamp(double value, double min, double max)
{
    if (value < min) {
        return min;
    }
    return value > max ? max : value;
}

/* The ends of a bucket, no wider than the smallest and the largest value allow. */
static double lower_end(const struct hae_view_buckets *buckets, size_t index)
{
    if (index > 0) {
        return clamp(buckets->bounds[index - 1], buckets->min, buckets->max);
    }
    if (!isnan(buckets->min)) {
        return buckets->min;
    }
    if (buckets->bound_count == 0) {
        return NAN;
    }
    return buckets->bounds[0] > 0 ? 0 : buckets->bounds[0];
}

static double upper_end(const struct hae_view_buckets *buckets, size_t index)
{
    if (index < buckets->bound_count) {
        return clamp(buckets->bounds[index], buckets->min, buckets->max);
    }
    if (!isnan(buckets->max)) {
        return buckets->max;
    }
    return buckets->bound_count > 0 ? buckets->bounds[buckets->bound_count - 1] : NAN;
}

/* What lies at a part of the way through a bucket. Durations and sizes crowd at the lower end of
 * a wide bucket, so the way is logarithmic where that is possible. */
static double between(double low, double high, double part)
{
    return low > 0 && high > low ? low * pow(high / low, part) : low + (high - low) * part;
}

double hae_view_buckets_quantile(const struct hae_view_buckets *buckets, double quantile)
{
    double total = sum_of(buckets->counts, buckets->bound_count + 1);
    double before = 0;
    for (size_t i = 0; total > 0 && i <= buckets->bound_count; i++) {
        double here = (double)buckets->counts[i];
        if (here > 0 && before + here >= quantile * total) {
            return between(lower_end(buckets, i), upper_end(buckets, i),
                           (quantile * total - before) / here);
        }
        before += here;
    }
    return NAN;
}

/* The middle of a bucket on the logarithmic scale. */
static double middle_of(int32_t scale, int32_t offset, size_t index)
{
    return exp2(((double)offset + (double)index + 0.5) * exp2(-(double)scale));
}

/* Counts from the largest magnitude on the negative side, over zero, to the largest on the
 * positive side. */
double hae_view_exponential_quantile(const struct hae_view_exponential *histogram, double quantile)
{
    const struct hae_view_exponential_side *negative = &histogram->negative;
    const struct hae_view_exponential_side *positive = &histogram->positive;
    double total = sum_of(negative->counts, negative->count) +
                   sum_of(positive->counts, positive->count) + (double)histogram->zero_count;
    double left = quantile * total;
    if (!(total > 0)) {
        return NAN;
    }
    for (size_t i = negative->count; i > 0; i--) {
        left -= (double)negative->counts[i - 1];
        if (left <= 0 && negative->counts[i - 1] > 0) {
            return clamp(-middle_of(histogram->scale, negative->offset, i - 1), histogram->min,
                         histogram->max);
        }
    }
    left -= (double)histogram->zero_count;
    if (left <= 0 && histogram->zero_count > 0) {
        return clamp(0, histogram->min, histogram->max);
    }
    for (size_t i = 0; i < positive->count; i++) {
        left -= (double)positive->counts[i];
        if (left <= 0 && positive->counts[i] > 0) {
            return clamp(middle_of(histogram->scale, positive->offset, i), histogram->min,
                         histogram->max);
        }
    }
    return histogram->max;
}
