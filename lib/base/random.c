/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <stddef.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

_Atomic uint64_t hae_random_step = HAE_RANDOM_GOLDEN;

/* Numbers that differ between processes and moments, should the kernel have none. */
static struct hae_random read_clock(void)
{
    struct hae_random random;
    struct timespec now;
    static const char here;

    clock_gettime(CLOCK_REALTIME, &now);
    random.a = (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec;
    random.b = ((uint64_t)getpid() << 32) ^ (uint64_t)(uintptr_t)&here;
    random.a = hae_splitmix(&random.a);
    random.b ^= hae_splitmix(&random.a);
    return random;
}

void hae_random_seed(struct hae_random *random)
{
    if (getrandom(random, sizeof *random, GRND_NONBLOCK) != (ssize_t)sizeof *random) {
        *random = read_clock();
    }
}

void hae_random_refresh(void)
{
    uint64_t word;

    if (getrandom(&word, sizeof word, GRND_NONBLOCK) != (ssize_t)sizeof word) {
        word = atomic_load_explicit(&hae_random_step, memory_order_relaxed) ^ read_clock().b;
    }
    atomic_store_explicit(&hae_random_step, word | 1, memory_order_relaxed);
}
