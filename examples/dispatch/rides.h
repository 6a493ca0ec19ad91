/* SPDX-License-Identifier: Apache-2.0 */
/* The rides that were accepted: the last 65536 of them. */
#ifndef HAETAE_EXAMPLES_DISPATCH_RIDES_H
#define HAETAE_EXAMPLES_DISPATCH_RIDES_H

#include <stdbool.h>
#include <stdint.h>

#include "matching.h"

struct rides;

struct ride {
    struct match match;
    bool paid;
};

struct rides *rides_new(void);
void rides_free(struct rides *rides);

/* Stores a ride and returns its number, which begins at 1. Threads: any. */
uint64_t rides_add(struct rides *rides, const struct match *match);
/* Returns false when there is no such ride or it is no longer stored. Threads: any. */
bool rides_find(struct rides *rides, uint64_t id, struct ride *ret_ride);
/* As rides_find(); the ride is paid from then on. Paying twice changes nothing. */
bool rides_pay(struct rides *rides, uint64_t id, struct ride *ret_ride);

#endif
