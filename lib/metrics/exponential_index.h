/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket of a base-2 exponential histogram holds a value.
 *
 * At a scale, bucket i holds the values above base^i, up to base^(i+1), base^(i+1) included, with
 * base = 2^(2^-scale). Specification: metrics data model, "ExponentialHistogram". */
#ifndef HAETAE_METRICS_EXPONENTIAL_INDEX_H
#define HAETAE_METRICS_EXPONENTIAL_INDEX_H

#include "metrics/cell.h"

enum { HAE_DOUBLE_MANTISSA_BITS = 52, HAE_DOUBLE_BIAS = 1023 };
#define HAE_DOUBLE_MANTISSA ((UINT64_C(1) << HAE_DOUBLE_MANTISSA_BITS) - 1)

/* log2 of 1 + (2i + 1) / 32. */
extern const double hae_exponential_log2[16];

/* The same as hae_exponential_index() for any value, without haste. */
int32_t hae_exponential_index_exactly(double magnitude, int32_t scale);

/* Returns the index of a finite value above 0, right to the last bit.
 *
 * The logarithm comes from the nearest entry c of the table, by z = (x - c) / (x + c):
 * log2(x / c) = 2 / ln 2 * (z + z^3 / 3 + z^5 / 5 + …). As |z| < 2^-6, three terms leave an error
 * below 2^-42. A value as close as that to a boundary, and any that is not above 1 times a power
 * of two, takes the exact way. */
static inline int32_t hae_exponential_index(double magnitude, int32_t scale)
{
    const double unit = 0x1p52; /* of the fraction below */
    const uint64_t error = UINT64_C(1) << 10;
    uint64_t bits = hae_double_bits(magnitude);
    uint64_t mantissa = bits & HAE_DOUBLE_MANTISSA;
    int32_t exponent = (int32_t)(bits >> HAE_DOUBLE_MANTISSA_BITS) - HAE_DOUBLE_BIAS;
    const uint64_t one = (uint64_t)HAE_DOUBLE_BIAS << HAE_DOUBLE_MANTISSA_BITS;
    const uint64_t top = UINT64_C(0xF) << 48;
    double x;
    double c;
    double z;
    double square;
    uint64_t fraction;
    uint64_t bucket_size;

    if (HAE_UNLIKELY(mantissa == 0 || exponent == -HAE_DOUBLE_BIAS)) {
        return hae_exponential_index_exactly(magnitude, scale);
    }
    if (scale <= 0) {
        return exponent >> -scale;
    }
    x = hae_double_from_bits(one | mantissa);
    c = hae_double_from_bits(one | (mantissa & top) | UINT64_C(1) << 47);
    z = (x - c) / (x + c);
    square = z * z;
    fraction =
        (uint64_t)(int64_t)((hae_exponential_log2[mantissa >> 48] +
                             z * (2.8853900817779268 +
                                  square * (0.9617966939259756 + square * 0.5770780163555854))) *
                            unit);
    bucket_size = UINT64_C(1) << (HAE_DOUBLE_MANTISSA_BITS - scale);
    if (HAE_UNLIKELY(((fraction + error) & (bucket_size - 1)) < 2 * error)) {
        return hae_exponential_index_exactly(magnitude, scale);
    }
    return (int32_t)((uint32_t)exponent << scale) +
           (int32_t)(fraction >> (HAE_DOUBLE_MANTISSA_BITS - scale));
}

#endif
