/* SPDX-License-Identifier: Apache-2.0 */
/* Exact counts of all that came in this run: in all, for each service and for each of its scopes;
 * and of each service those of the last minute.
 *
 * The number of services and scopes is bounded. Further ones are counted in a last entry, "(other
 * services)" or "(other scopes)", so that sums stay exact. What a request adds is counted apart
 * until it is known whether it is kept. */
#ifndef HAETAE_VIEW_STORE_TOTALS_H
#define HAETAE_VIEW_STORE_TOTALS_H

#include "store/model.h"

#define HAE_VIEW_SERVICES_MAX 128
#define HAE_VIEW_SCOPES_MAX   64 /* of one service */
#define HAE_VIEW_NAME_SIZE    96
#define HAE_VIEW_VERSION_SIZE 32
#define HAE_VIEW_REFUSAL_SIZE 200

/* Recent counts cover this many slots: the current one and those before it. */
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

/* Sums over everything that was taken. */
struct hae_view_totals {
    uint64_t requests[HAE_VIEW_SIGNALS]; /* answered with 200 */
    uint64_t wire_bytes;                 /* of their bodies, as they came */
    uint64_t body_bytes;                 /* of their bodies, decompressed */
    uint64_t refused[600];               /* by HTTP status; not counted as requests */
    uint64_t failed_on_purpose;          /* of those refused, by --fail-rate */
    char last_refusal[HAE_VIEW_REFUSAL_SIZE];
    struct hae_view_counts counts;
    uint64_t invalid_spans; /* ids of a wrong length or all zero */
    uint64_t
        forgotten_ids; /* spans that were deleted, and so are not noticed when they come again */
    uint64_t remembered_ids; /* of spans that came in this run and are kept */
    uint64_t span_events;
    uint64_t span_links;
    uint64_t logs_by_severity[HAE_VIEW_SEVERITIES];
    uint64_t logs_with_trace;
    uint64_t repeated_points;
    uint64_t late_points;
    uint64_t untracked_points;
    uint64_t series;
    uint64_t series_restarts;
};

struct hae_view_scope_totals {
    char name[HAE_VIEW_NAME_SIZE];
    char version[HAE_VIEW_VERSION_SIZE];
    struct hae_view_counts counts;
    struct hae_view_counts now; /* of the request */
};

struct hae_view_slot {
    uint64_t number; /* of the slot since the clock's zero, plus 1; 0: unused */
    struct hae_view_counts counts;
};

struct hae_view_service_totals {
    char name[HAE_VIEW_NAME_SIZE];
    struct hae_view_counts counts;
    struct hae_view_scope_totals *scopes;
    uint32_t scope_count;
    uint64_t first_arrival_ns; /* monotonic */
    uint64_t first_unix_ns;    /* of what spans and logs say of themselves */
    uint64_t last_unix_ns;
    struct hae_view_slot slots[HAE_VIEW_SLOTS];
};

struct hae_view_services {
    struct hae_view_service_totals *items[HAE_VIEW_SERVICES_MAX];
    uint32_t count;
};

void hae_view_services_done(struct hae_view_services *services);

/* Finds or makes a service, and a scope in it; false when out of memory. */
bool hae_view_services_find(struct hae_view_services *services, const char *name,
                            uint32_t *ret_service);
bool hae_view_services_find_scope(struct hae_view_service_totals *service, const char *name,
                                  const char *version, uint32_t *ret_scope);

/* Adds what the request has counted in each scope to the counts, or forgets it. Returns its sum. */
struct hae_view_counts hae_view_services_settle(struct hae_view_services *services, bool keep,
                                                uint64_t now_ns);

/* Records that the service was alive at a time that it reported. Times more than an hour away from
 * the arrival are ignored as mistakes. */
void hae_view_service_alive(struct hae_view_service_totals *service, uint64_t unix_ns,
                            const struct hae_view_arrival *arrival);

/* Sums up the recent slots. *ret_seconds is the time that they cover, at least 1. */
struct hae_view_counts hae_view_service_recent(const struct hae_view_service_totals *service,
                                               uint64_t now_ns, double *ret_seconds);

/* All requests that were taken, and all that were refused. */
uint64_t hae_view_totals_requests(const struct hae_view_totals *totals);
uint64_t hae_view_totals_refused(const struct hae_view_totals *totals);

/* Adds all counts of `from` to `into`. */
void hae_view_counts_add(struct hae_view_counts *into, const struct hae_view_counts *from);

#endif
