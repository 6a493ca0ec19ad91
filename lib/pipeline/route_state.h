/* SPDX-License-Identifier: Apache-2.0 */
/* What a route consists of: see route.h. */
#ifndef HAETAE_PIPELINE_ROUTE_STATE_H
#define HAETAE_PIPELINE_ROUTE_STATE_H

#include "pipeline/destination.h"

/* Exporters with their backups, as many spools, and two that only work for samplers. */
enum { HAE_EXPORTERS_MAX = 16, HAE_DESTINATIONS_MAX = 2 * HAE_EXPORTERS_MAX + 2 };

struct hae_route {
    struct hae_store *store;
    struct hae_destination destinations[HAE_DESTINATIONS_MAX];
    uint32_t destination_count;
    uint32_t destinations_of[HAETAE_SIGNAL_COUNT]; /* how many; those that stand in for each
                                                    * other count as one               */
    bool drops_oldest[HAETAE_SIGNAL_COUNT];        /* when there is no room, not what is new   */
    uint64_t evicted_count[HAETAE_SIGNAL_COUNT];   /* items dropped to make room       */
};

#endif
