/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers for ids: two SplitMix64 streams for each thread, seeded from the kernel's
 * generator, so that making an id takes no system call. Ids must be unique; they need not
 * be secret. */
#ifndef HAETAE_BASE_RANDOM_H
#define HAETAE_BASE_RANDOM_H

#include <stdint.h>

struct hae_random {
    uint64_t a;
    uint64_t b;
};

static inline uint64_t hae_splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 64 random bits, never 0: an id of all zeroes is invalid. */
static inline uint64_t hae_random_id(uint64_t *state)
{
    uint64_t id = hae_splitmix(state);

    return id != 0 ? id : 1;
}

/* Seeds `random` from the kernel or, where that fails, from the clock, the process id and
 * an address. */
void hae_random_seed(struct hae_random *random);

#endif
