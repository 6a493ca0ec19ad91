/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates quantiles from the buckets of OTLP histograms. Every function returns NaN when
 * there is nothing to estimate from. */
#ifndef HAETAE_VIEW_UTIL_QUANTILE_H
#define HAETAE_VIEW_UTIL_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* Buckets with explicit bounds: bucket i holds (bounds[i - 1], bounds[i]]. Values are
 * assumed to be spread evenly in a bucket; the outer buckets reach to min and max, when
 * those are not NaN. */
struct hae_view_buckets {
    const uint64_t *counts; /* bound_count + 1 of them */
    const double *bounds;
    size_t bound_count;
    double min;
    double max;
};

double hae_view_buckets_quantile(const struct hae_view_buckets *buckets, double quantile);

/* One side of an exponential histogram: bucket i holds
 * (base^(offset + i), base^(offset + i + 1)], where base = 2^(2^-scale). */
struct hae_view_exponential_side {
    const uint64_t *counts;
    size_t count;
    int32_t offset;
};

struct hae_view_exponential {
    struct hae_view_exponential_side negative;
    struct hae_view_exponential_side positive;
    uint64_t zero_count;
    int32_t scale;
    double min;
    double max;
};

double hae_view_exponential_quantile(const struct hae_view_exponential *histogram, double quantile);

#endif
