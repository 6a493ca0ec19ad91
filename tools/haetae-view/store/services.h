/* SPDX-License-Identifier: Apache-2.0 */
/* The services and scopes that data came from, with exact counts of each, and recent rates
 * and durations of each service.
 *
 * Their number is bounded. Further ones are counted in a last entry, "(other services)" or
 * "(other scopes)", so that sums stay exact. */
#ifndef HAETAE_VIEW_STORE_SERVICES_H
#define HAETAE_VIEW_STORE_SERVICES_H

#include "store/latency.h"
#include "store/model.h"

#define HAE_VIEW_SERVICES_MAX 128
#define HAE_VIEW_SCOPES_MAX   64 /* of one service */
#define HAE_VIEW_NAME_SIZE    96
#define HAE_VIEW_VERSION_SIZE 32

/* Recent figures cover this many slots: the current one and those before it. */
#define HAE_VIEW_SLOTS   6
#define HAE_VIEW_SLOT_NS 10000000000ULL

struct hae_view_counts {
    uint64_t spans; /* with duplicates; what follows is without them */
    uint64_t duplicate_spans;
    uint64_t error_spans;
    uint64_t entry_spans;
    uint64_t entry_errors;
    uint64_t logs;
    uint64_t error_logs; /* severity ERROR and above */
    uint64_t data_points;
};

struct hae_view_scope {
    char name[HAE_VIEW_NAME_SIZE];
    char version[HAE_VIEW_VERSION_SIZE];
    struct hae_view_counts counts;
};

struct hae_view_slot {
    uint64_t number; /* of the slot since the clock's zero, plus 1; 0: unused */
    struct hae_view_counts counts;
    struct hae_view_latency entries;
};

struct hae_view_service {
    char name[HAE_VIEW_NAME_SIZE];
    struct hae_view_counts counts;
    struct hae_view_scope *scopes;
    uint32_t scope_count;
    uint64_t first_arrival_ns; /* monotonic */
    uint64_t first_unix_ns;    /* of what spans and logs say of themselves */
    uint64_t last_unix_ns;
    struct hae_view_latency entries; /* durations of entry spans, the whole run */
    struct hae_view_slot slots[HAE_VIEW_SLOTS];
};

struct hae_view_services {
    struct hae_view_service *items[HAE_VIEW_SERVICES_MAX];
    uint32_t count;
};

void hae_view_services_done(struct hae_view_services *services);

/* Finds or makes a service, and a scope in it; false when out of memory. */
bool hae_view_services_find(struct hae_view_services *services, const char *name,
                            uint32_t *ret_service);
bool hae_view_services_find_scope(struct hae_view_service *service, const char *name,
                                  const char *version, uint32_t *ret_scope);

/* The slot for what arrives now. */
struct hae_view_slot *hae_view_service_slot(struct hae_view_service *service, uint64_t now_ns);

/* Records that the service was alive at a time that it reported. Times more than an hour
 * away from the arrival are ignored as mistakes. */
void hae_view_service_alive(struct hae_view_service *service, uint64_t unix_ns,
                            const struct hae_view_arrival *arrival);

/* Sums up the recent slots. *ret_seconds is the time that they cover, at least 1. */
void hae_view_service_recent(const struct hae_view_service *service, uint64_t now_ns,
                             struct hae_view_slot *ret_sum, double *ret_seconds);

/* Adds all counts of `from` to `into`. */
void hae_view_counts_add(struct hae_view_counts *into, const struct hae_view_counts *from);

#endif
