/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers, and which of them takes a ride. */
#ifndef HAETAE_EXAMPLES_DISPATCH_MATCHING_H
#define HAETAE_EXAMPLES_DISPATCH_MATCHING_H

#include "maps_client.h"

struct matching;

struct match {
    int driver;
    double eta_s;
    bool estimated; /* the map service did not answer: the eta is a guess */
};

/* NULL on failure. `maps` is borrowed. */
struct matching *matching_new(haetae_sdk *sdk, struct maps_client *maps);
void matching_free(struct matching *matching);

/* Finds the driver who is there first, and keeps them busy for a ride. False when
 * all near drivers are busy. Threads: any. */
bool matching_find(struct matching *matching, struct point pickup, struct match *ret_match);

#endif
