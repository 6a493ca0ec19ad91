/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exemplar_chance.h"

/* Failed exchanges after which a measurement is given up: each means that another was taken. */
enum { TRIES_MAX = 16 };

/* A random number from 0 to below 1. */
static double random_part(uint64_t *random)
{
    return (double)(hae_random_id(random) >> 11) * 0x1p-53;
}

/* A chance as a number: anything is below that of a measurement which is always taken. */
static double number_of(uint64_t chance, uint32_t size)
{
    return chance >= size ? (double)chance : 0x1p64;
}

/* What the chance is after one more: the largest of `size` random numbers below it, once there are
 * so many. It stays above what says how many were taken. */
static uint64_t next_of(uint64_t chance, uint32_t size, uint64_t *random)
{
    double largest = 0;
    uint64_t next;

    if (chance + 1 < size) {
        return chance + 1;
    }
    for (uint32_t i = 0; i < size; i++) {
        double part = random_part(random);

        largest = part > largest ? part : largest;
    }
    next = (uint64_t)(number_of(chance, size) * largest);
    return next > size ? next : size;
}

int32_t hae_chance_take(_Atomic uint64_t *chance, uint64_t drawn, uint32_t size, uint64_t *random)
{
    /* Relaxed throughout: the word stands for itself. */
    uint64_t seen = atomic_load_explicit(chance, memory_order_relaxed);

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        /* The measurement's number is any below the chance at which it was drawn. */
        if (seen != drawn && seen >= size &&
            number_of(drawn, size) * random_part(random) >= (double)seen) {
            break;
        }
        drawn = seen;
        if (atomic_compare_exchange_weak_explicit(chance, &seen, next_of(drawn, size, random),
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return (int32_t)(drawn < size ? drawn : (hae_random_id(random) >> 32) * size >> 32);
        }
    }
    return HAE_CHANCE_NONE;
}
