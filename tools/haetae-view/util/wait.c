/* SPDX-License-Identifier: Apache-2.0 */
#include "util/wait.h"

#include <time.h>

#define SECOND_NS UINT64_C(1000000000)

bool hae_view_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_ns)
{
    struct timespec until = {(time_t)(until_ns / SECOND_NS), (long)(until_ns % SECOND_NS)};
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}
