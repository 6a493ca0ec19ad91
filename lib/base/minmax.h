/* SPDX-License-Identifier: Apache-2.0 */
/* The smaller and the larger of two numbers. */
#ifndef HAETAE_BASE_MINMAX_H
#define HAETAE_BASE_MINMAX_H

#include <stdint.h>

static inline uint64_t hae_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t hae_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
