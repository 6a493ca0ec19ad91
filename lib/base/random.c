/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <stddef.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void hae_random_seed(struct hae_random *random)
{
    struct timespec now;
    static const char here;

    if (getrandom(random, sizeof *random, GRND_NONBLOCK) == (ssize_t)sizeof *random) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    random->a = (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec;
    random->b = ((uint64_t)getpid() << 32) ^ (uint64_t)(uintptr_t)&here;
    random->a = hae_splitmix(&random->a);
    random->b ^= hae_splitmix(&random->a);
}
