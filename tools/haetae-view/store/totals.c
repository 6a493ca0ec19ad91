/* SPDX-License-Identifier: Apache-2.0 */
#include "store/totals.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

#define HOUR_NS   3600000000000ULL
#define SECOND_NS 1000000000.0

void hae_view_services_done(struct hae_view_services *services)
{
    for (uint32_t i = 0; i < services->count; i++) {
        free(services->items[i]->scopes);
        free(services->items[i]);
    }
    memset(services, 0, sizeof *services);
}

bool hae_view_services_find(struct hae_view_services *services, const char *name,
                            uint32_t *ret_service)
{
    char wanted[HAE_VIEW_NAME_SIZE];
    hae_view_text_clean_string(wanted, sizeof wanted, name);
    for (uint32_t i = 0; i < services->count; i++) {
        if (strcmp(services->items[i]->name, wanted) == 0) {
            *ret_service = i;
            return true;
        }
    }
    if (services->count == HAE_VIEW_SERVICES_MAX) {
        *ret_service = HAE_VIEW_SERVICES_MAX - 1;
        return true;
    }
    struct hae_view_service_totals *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return false;
    }
    bool last = services->count == HAE_VIEW_SERVICES_MAX - 1;
    strcpy(service->name, last ? "(other services)" : wanted);
    services->items[services->count] = service;
    *ret_service = services->count++;
    return true;
}

bool hae_view_services_find_scope(struct hae_view_service_totals *service, const char *name,
                                  const char *version, uint32_t *ret_scope)
{
    char wanted[HAE_VIEW_NAME_SIZE];
    char wanted_version[HAE_VIEW_VERSION_SIZE];
    hae_view_text_clean_string(wanted, sizeof wanted, name);
    hae_view_text_clean_string(wanted_version, sizeof wanted_version, version);
    for (uint32_t i = 0; i < service->scope_count; i++) {
        if (strcmp(service->scopes[i].name, wanted) == 0 &&
            strcmp(service->scopes[i].version, wanted_version) == 0) {
            *ret_scope = i;
            return true;
        }
    }
    if (service->scope_count == HAE_VIEW_SCOPES_MAX) {
        *ret_scope = HAE_VIEW_SCOPES_MAX - 1;
        return true;
    }
    struct hae_view_scope_totals *scopes =
        realloc(service->scopes, (service->scope_count + 1) * sizeof *scopes);
    if (scopes == NULL) {
        return false;
    }
    service->scopes = scopes;
    struct hae_view_scope_totals *scope = &scopes[service->scope_count];
    memset(scope, 0, sizeof *scope);
    bool last = service->scope_count == HAE_VIEW_SCOPES_MAX - 1;
    strcpy(scope->name, last ? "(other scopes)" : wanted);
    strcpy(scope->version, last ? "" : wanted_version);
    *ret_scope = service->scope_count++;
    return true;
}

/* The slot for what arrives now. */
static struct hae_view_slot *slot_of(struct hae_view_service_totals *service, uint64_t now_ns)
{
    uint64_t number = now_ns / HAE_VIEW_SLOT_NS + 1;
    struct hae_view_slot *slot = &service->slots[number % HAE_VIEW_SLOTS];
    if (slot->number != number) {
        memset(slot, 0, sizeof *slot);
        slot->number = number;
    }
    if (service->first_arrival_ns == 0) {
        service->first_arrival_ns = now_ns;
    }
    return slot;
}

static void settle_service(struct hae_view_service_totals *service, bool keep, uint64_t now_ns,
                           struct hae_view_counts *all)
{
    static const struct hae_view_counts nothing;
    struct hae_view_counts sum = nothing;
    for (uint32_t i = 0; i < service->scope_count; i++) {
        struct hae_view_scope_totals *scope = &service->scopes[i];
        if (keep) {
            hae_view_counts_add(&scope->counts, &scope->now);
            hae_view_counts_add(&sum, &scope->now);
        }
        scope->now = nothing;
    }
    if (memcmp(&sum, &nothing, sizeof sum) != 0) {
        hae_view_counts_add(&service->counts, &sum);
        hae_view_counts_add(&slot_of(service, now_ns)->counts, &sum);
        hae_view_counts_add(all, &sum);
    }
}

struct hae_view_counts hae_view_services_settle(struct hae_view_services *services, bool keep,
                                                uint64_t now_ns)
{
    struct hae_view_counts sum = {0};
    for (uint32_t i = 0; i < services->count; i++) {
        settle_service(services->items[i], keep, now_ns, &sum);
    }
    return sum;
}

void hae_view_service_alive(struct hae_view_service_totals *service, uint64_t unix_ns,
                            const struct hae_view_arrival *arrival)
{
    if (unix_ns + HOUR_NS < arrival->unix_ns || unix_ns > arrival->unix_ns + HOUR_NS) {
        return;
    }
    if (service->first_unix_ns == 0 || unix_ns < service->first_unix_ns) {
        service->first_unix_ns = unix_ns;
    }
    if (unix_ns > service->last_unix_ns) {
        service->last_unix_ns = unix_ns;
    }
}

void hae_view_counts_add(struct hae_view_counts *into, const struct hae_view_counts *from)
{
    into->spans += from->spans;
    into->duplicate_spans += from->duplicate_spans;
    into->error_spans += from->error_spans;
    into->entry_spans += from->entry_spans;
    into->entry_errors += from->entry_errors;
    into->logs += from->logs;
    into->error_logs += from->error_logs;
    into->data_points += from->data_points;
}

struct hae_view_counts hae_view_service_recent(const struct hae_view_service_totals *service,
                                               uint64_t now_ns, double *ret_seconds)
{
    uint64_t number = now_ns / HAE_VIEW_SLOT_NS + 1;
    struct hae_view_counts sum = {0};
    for (size_t i = 0; i < HAE_VIEW_SLOTS; i++) {
        const struct hae_view_slot *slot = &service->slots[i];
        if (slot->number != 0 && slot->number <= number && slot->number + HAE_VIEW_SLOTS > number) {
            hae_view_counts_add(&sum, &slot->counts);
        }
    }
    uint64_t from_ns = 0;
    if (number > HAE_VIEW_SLOTS) {
        from_ns = (number - HAE_VIEW_SLOTS) * HAE_VIEW_SLOT_NS;
    }
    if (from_ns < service->first_arrival_ns) {
        from_ns = service->first_arrival_ns;
    }
    double seconds = now_ns > from_ns ? (double)(now_ns - from_ns) / SECOND_NS : 0;
    *ret_seconds = seconds < 1 ? 1 : seconds;
    return sum;
}

uint64_t hae_view_totals_requests(const struct hae_view_totals *totals)
{
    return totals->requests[HAE_VIEW_TRACES] + totals->requests[HAE_VIEW_METRICS] +
           totals->requests[HAE_VIEW_LOGS];
}

uint64_t hae_view_totals_refused(const struct hae_view_totals *totals)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < sizeof totals->refused / sizeof totals->refused[0]; i++) {
        refused += totals->refused[i];
    }
    return refused;
}
