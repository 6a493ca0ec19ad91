/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the map service how long a drive takes. Each try is a CLIENT span whose
 * context goes along in the request, so that the map service's spans continue
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
/* Once no thread uses it any more, and all that did have ended. */
void maps_client_free(struct maps_client *client);

/* Seconds from `from` to `to`. Two tries, each with a timeout; then false, and
 * *ret_seconds untouched. Threads: any. */
bool maps_client_eta(struct maps_client *client, struct point from, struct point to,
                     double *ret_seconds);

#endif
