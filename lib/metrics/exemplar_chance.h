/* SPDX-License-Identifier: Apache-2.0 */
/* Which measurements of an unknown number a reservoir takes, all with equal chances, without a word
 * that threads change with every measurement.
 *
 * Think of a random number for each measurement; the reservoir keeps those with the smallest ones.
 * Then a further measurement is taken if its number is below the largest of those kept. That is the
 * chance: a word which falls with each measurement taken, and which threads otherwise only read.
 * Their random numbers come from a generator of their lane. Of the numbers kept none but the
 * largest matters, and the others are evenly spread below it, so how it falls can be drawn, too.
 *
 * The word is zero at first: below the size of the reservoir it is how many were taken, and the
 * next measurement is; else a measurement is taken with a chance of word / 2^64. Specification:
 * "SimpleFixedSizeExemplarReservoir". */
#ifndef HAETAE_METRICS_EXEMPLAR_CHANCE_H
#define HAETAE_METRICS_EXEMPLAR_CHANCE_H

#include <stdbool.h>

#include "base/random.h"
#include "recorder/format.h"

/* A lane's generator; zero at first. Only the lane's owner uses it. */
struct hae_lane_random {
    uint64_t state;
    uint8_t apart[HAE_CACHE_LINE - sizeof(uint64_t)]; /* from what other lanes write */
};

/* Whether a measurement is taken at a chance. `random`: the state of a generator. */
static inline bool hae_chance_is_drawn(uint64_t chance, uint32_t size, uint64_t *random)
{
    return chance < size || hae_random_id(random) < chance;
}

enum { HAE_CHANCE_NONE = -1 };

/* Has a measurement taken that was drawn at the chance `drawn`; 0: it was not drawn yet. Returns
 * which of `size` exemplars, at least 1, it replaces; or HAE_CHANCE_NONE: it is not taken, as the
 * chance has fallen meanwhile. Lock-free; any thread. */
int32_t hae_chance_take(_Atomic uint64_t *chance, uint64_t drawn, uint32_t size, uint64_t *random);

/* Has the choice begin again. */
static inline void hae_chance_reset(_Atomic uint64_t *chance)
{
    /* Relaxed: a measurement meanwhile is one before or after it. */
    atomic_store_explicit(chance, 0, memory_order_relaxed);
}

#endif
