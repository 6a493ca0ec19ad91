/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers for ids: two SplitMix64 streams for each thread, seeded from the kernel's
 * generator, so that making an id takes no system call. Ids must be unique; they need not
 * be secret. */
#ifndef HAETAE_BASE_RANDOM_H
#define HAETAE_BASE_RANDOM_H

#include <stdatomic.h>
#include <stdint.h>

struct hae_random {
    uint64_t a;
    uint64_t b;
};

#define HAE_RANDOM_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t hae_random_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint64_t hae_splitmix(uint64_t *state)
{
    return hae_random_mix(*state += HAE_RANDOM_GOLDEN);
}

/* By how much each id moves its stream on: any odd number. It changes every second or so, by
 * hae_random_refresh(), so that processes with one memory go apart: copies of a virtual machine, or
 * a program that was frozen and runs again; and streams seeded before the kernel had any
 * entropy become random. Written by the workers, relaxed: any value will do. */
extern _Atomic uint64_t hae_random_step __attribute__((visibility("hidden")));

/* Draws a new step from the kernel. Where it has none, from the clock. */
void hae_random_refresh(void);

/* 64 random bits, never 0: an id of all zeroes is invalid. */
static inline uint64_t hae_random_id(uint64_t *state)
{
    uint64_t id =
        hae_random_mix(*state += atomic_load_explicit(&hae_random_step, memory_order_relaxed));

    return id != 0 ? id : 1;
}

/* Seeds `random` from the kernel or, where that fails, from the clock, the process id and
 * an address. */
void hae_random_seed(struct hae_random *random);

#endif
