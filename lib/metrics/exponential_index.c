/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exponential_index.h"

const double hae_exponential_log2[16] = {
    0.044394119358453438, 0.129283016944966455, 0.209453365628949782, 0.285402218862248342,
    0.357552004618083693, 0.426264754702097939, 0.491853096329674711, 0.554588851677637372,
    0.614709844115208215, 0.672425341971495590, 0.727920454563199179, 0.781359713524659604,
    0.832890014164741675, 0.882643049361841259, 0.930737337562886276, 0.977279923499916470,
};

/* A number of 128 bits, the lowest 32 first. */
enum { LIMBS = 4 };

/* Squares a number in [1, 2), whose highest bit is its 1. Returns whether the square is 2 or more,
 * and leaves its first 128 bits, again with the highest one set. */
static bool square(uint32_t number[LIMBS])
{
    uint32_t product[2 * LIMBS] = {0};
    bool two_or_more;

    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < LIMBS; j++) {
            carry += (uint64_t)number[i] * number[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + LIMBS] = (uint32_t)carry;
    }
    two_or_more = product[2 * LIMBS - 1] >> 31 != 0;
    for (int i = 0; i < LIMBS; i++) {
        uint32_t above = product[LIMBS + i];
        uint32_t below = product[LIMBS + i - 1];

        number[i] = two_or_more ? above : above << 1 | below >> 31;
    }
    return two_or_more;
}

/* Returns the first `bits` bits of the fraction of log2 of a number in (1, 2): each squaring moves
 * one of them before the point. What is cut off makes the last power wrong by less than 2^-106 of
 * it. The doubles next to a boundary differ from it by far more then: by 2^-52 or so. */
static int32_t log2_fraction(uint64_t mantissa, int32_t bits)
{
    uint64_t top = UINT64_C(1) << 63 | mantissa << (63 - HAE_DOUBLE_MANTISSA_BITS);
    uint32_t number[LIMBS] = {0, 0, (uint32_t)top, (uint32_t)(top >> 32)};
    int32_t fraction = 0;

    for (int32_t i = 0; i < bits; i++) {
        fraction = fraction << 1 | square(number);
    }
    return fraction;
}

HAE_COLD int32_t hae_exponential_index_exactly(double magnitude, int32_t scale)
{
    uint64_t bits = hae_double_bits(magnitude);
    uint64_t mantissa = bits & HAE_DOUBLE_MANTISSA;
    int32_t exponent = (int32_t)(bits >> HAE_DOUBLE_MANTISSA_BITS) - HAE_DOUBLE_BIAS;

    if (exponent == -HAE_DOUBLE_BIAS) { /* subnormal */
        int32_t shift = __builtin_clzll(mantissa) - (63 - HAE_DOUBLE_MANTISSA_BITS);

        exponent = 1 - HAE_DOUBLE_BIAS - shift;
        mantissa = mantissa << shift & HAE_DOUBLE_MANTISSA;
    }
    /* A power of two is the last value of its bucket. */
    if (scale <= 0) {
        return (exponent - (mantissa == 0)) >> -scale;
    }
    exponent = (int32_t)((uint32_t)exponent << scale);
    return mantissa == 0 ? exponent - 1 : exponent + log2_fraction(mantissa, scale);
}
