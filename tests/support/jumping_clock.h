/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that the test moves on, for what the program itself reads of it: the linker leads its
 * calls here (--wrap=clock_gettime). */
#ifndef HAETAE_TESTS_SUPPORT_JUMPING_CLOCK_H
#define HAETAE_TESTS_SUPPORT_JUMPING_CLOCK_H

#include <stdatomic.h>
#include <time.h>

static _Atomic long jumped_s; /* by how much, in seconds */

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int result = __real_clock_gettime(clock, ret_time);

    ret_time->tv_sec += atomic_load(&jumped_s);
    return result;
}

static inline void jump_s(long seconds)
{
    atomic_fetch_add(&jumped_s, seconds);
}

#endif
