/* SPDX-License-Identifier: Apache-2.0 */
#include "rides.h"

#include <pthread.h>
#include <stdlib.h>

#define KEPT 65536u

struct rides {
    pthread_mutex_t lock;
    uint64_t last_id;
    struct ride kept[KEPT]; /* ride `id` is at index id % KEPT */
};

struct rides *rides_new(void)
{
    struct rides *rides = calloc(1, sizeof *rides);
    if (rides != NULL) {
        pthread_mutex_init(&rides->lock, NULL);
    }
    return rides;
}

void rides_free(struct rides *rides)
{
    if (rides != NULL) {
        pthread_mutex_destroy(&rides->lock);
        free(rides);
    }
}

uint64_t rides_add(struct rides *rides, const struct match *match)
{
    pthread_mutex_lock(&rides->lock);
    uint64_t id = ++rides->last_id;
    rides->kept[id % KEPT] = (struct ride){*match, false};
    pthread_mutex_unlock(&rides->lock);
    return id;
}

static bool find(struct rides *rides, uint64_t id, bool pay, struct ride *ret_ride)
{
    pthread_mutex_lock(&rides->lock);
    bool found = id > 0 && id <= rides->last_id && rides->last_id - id < KEPT;
    if (found) {
        struct ride *ride = &rides->kept[id % KEPT];
        ride->paid = ride->paid || pay;
        *ret_ride = *ride;
    }
    pthread_mutex_unlock(&rides->lock);
    return found;
}

bool rides_find(struct rides *rides, uint64_t id, struct ride *ret_ride)
{
    return find(rides, id, false, ret_ride);
}

bool rides_pay(struct rides *rides, uint64_t id, struct ride *ret_ride)
{
    return find(rides, id, true, ret_ride);
}
