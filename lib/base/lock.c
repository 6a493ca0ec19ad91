/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <time.h>

enum { TRIES = 50, PAUSE_NS = 1000000 };

bool hae_lock_soon(pthread_mutex_t *lock)
{
    static const struct timespec pause = {0, PAUSE_NS};

    for (int tries = 0; tries < TRIES; tries++) {
        if (pthread_mutex_trylock(lock) == 0) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

bool hae_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

void hae_lock_in_child(pthread_mutex_t *lock, bool held)
{
    if (held) {
        pthread_mutex_unlock(lock);
    } else {
        /* Its owner is a thread of the parent, which the child does not have. */
        pthread_mutex_init(lock, NULL);
    }
}
