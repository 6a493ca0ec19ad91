/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the map service how long a drive takes. Each try is a CLIENT span. The
 * request carries the span's context, so that the map service's spans continue
 * the trace. */
#ifndef HAETAE_EXAMPLES_DISPATCH_MAPS_CLIENT_H
#define HAETAE_EXAMPLES_DISPATCH_MAPS_CLIENT_H

#include <haetae/haetae.h>

struct point {
    double x; /* metres */
    double y;
};

struct maps_client;

/* `url` such as http://127.0.0.1:8081, borrowed. NULL on failure. */
struct maps_client *maps_client_new(haetae_sdk *sdk, const char *url);
/* Call it when all threads that used the client have ended. */
void maps_client_free(struct maps_client *client);

/* Returns the seconds of a drive from `from` to `to`. It tries twice, each time with
 * a timeout, then returns false and leaves *ret_seconds untouched. Threads: any. */
bool maps_client_eta(struct maps_client *client, struct point from, struct point to,
                     double *ret_seconds);

#endif
