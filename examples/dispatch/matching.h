/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers, and the choice of one for a ride. */
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

/* Finds the driver who arrives first, and keeps them busy for a ride. Returns false
 * when all near drivers are busy. Threads: any. */
bool matching_find(struct matching *matching, struct point pickup, struct match *ret_match);

#endif
