/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/route_room.h"

#include "pipeline/failover.h"
#include "pipeline/split.h"

uint64_t hae_route_share_bytes(const struct hae_route *route, haetae_signal signal)
{
    return route->store->limit_bytes[signal] / route->destinations_of[signal];
}

/* The queue of a destination if it, with those that stand in for each other, holds more than their
 * share; else NULL. */
static struct hae_export_queue *over_share(struct hae_route *route, uint32_t index,
                                           haetae_signal signal)
{
    struct hae_destination *destination = &route->destinations[index];
    struct hae_export_queue *queue = &destination->queues[signal];

    return hae_destination_takes(destination, signal) &&
                   hae_failover_held_bytes(destination, signal) >
                       hae_route_share_bytes(route, signal)
               ? queue
               : NULL;
}

static bool any_within_share(struct hae_route *route, haetae_signal signal)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (hae_destination_takes(&route->destinations[i], signal) &&
            over_share(route, i, signal) == NULL) {
            return true;
        }
    }
    return false;
}

/* Whether only queues beyond their share wait for the request, and none is sending it. */
static bool may_evict(struct hae_route *route, const struct hae_request *request)
{
    uint32_t readers = 0;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        const struct hae_export_queue *queue = over_share(route, i, request->signal);

        readers += queue != NULL && hae_export_queue_find(queue, request) != NULL;
    }
    return readers == request->reader_count && readers != 0;
}

/* Whether it waits everywhere: none is sending it, and it is not just being handed out. */
static bool only_waits(struct hae_route *route, const struct hae_request *request)
{
    uint32_t readers = 0;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        readers +=
            hae_export_queue_find(&route->destinations[i].queues[request->signal], request) != NULL;
    }
    return readers == request->reader_count && readers != 0;
}

/* Drops the request from all that still need it. */
static void evict(struct hae_route *route, struct hae_request *request, haetae_drop_reason reason)
{
    if (reason == HAETAE_DROP_QUEUE_FULL) {
        route->evicted_count[request->signal] += request->item_count;
    }
    hae_request_ref(request);
    for (uint32_t i = 0; i < route->destination_count; i++) {
        hae_destination_drop(&route->destinations[i], request, reason);
    }
    hae_request_unref(request, 0, reason);
}

/* Drops one for want of room; its place is taken at once. */
static void evict_for_room(struct hae_route *route, struct hae_request *request)
{
    haetae_signal signal = request->signal;

    evict(route, request, HAETAE_DROP_QUEUE_FULL);
    route->store->is_full[signal] = true;
}

bool hae_route_make_room(struct hae_route *route, haetae_signal signal, bool oldest)
{
    struct hae_request *request = oldest ? route->store->oldest : route->store->newest;

    if (route->destinations_of[signal] < 2 || !any_within_share(route, signal)) {
        return false;
    }
    while (request != NULL && (request->signal != signal || !may_evict(route, request))) {
        request = oldest ? request->newer : request->older;
    }
    if (request == NULL) {
        return false;
    }
    evict_for_room(route, request);
    return true;
}

bool hae_route_drop_waiting(struct hae_route *route, haetae_signal signal)
{
    struct hae_request *request = route->store->oldest;

    while (request != NULL && (request->signal != signal || !only_waits(route, request))) {
        request = request->newer;
    }
    if (request == NULL) {
        return false;
    }
    evict_for_room(route, request);
    return true;
}

static const struct hae_request *whole_of(const struct hae_request *request)
{
    while (request->split != NULL) {
        request = request->split->whole;
    }
    return request;
}

bool hae_route_replace(struct hae_route *route, haetae_signal signal, uint8_t group, uint64_t up_to)
{
    struct hae_request *request = route->store->oldest;

    /* A part comes later than what it is a part of, and has its order. */
    while (request != NULL &&
           (request->signal != signal || request->group != group || request->order > up_to ||
            hae_request_is_recovered(request) || !only_waits(route, request))) {
        request = request->newer;
    }
    if (request == NULL) {
        return false;
    }
    evict(route, request, HAETAE_DROP_REPLACED);
    return true;
}

static bool can_drop(const struct hae_route *route, const struct hae_request *request)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (!hae_destination_can_drop(&route->destinations[i], request)) {
            return false;
        }
    }
    return true;
}

bool hae_route_drop_oldest(struct hae_route *route, haetae_signal signal, bool also_wanted)
{
    struct hae_request *request = route->store->oldest;
    const struct hae_request *whole;

    /* Where only parts are left, they hold the range of the whole. */
    while (request != NULL &&
           (request->signal != signal || whole_of(request)->kept.source == NULL ||
            request->reader_count == 0)) {
        request = request->newer;
    }
    if (request == NULL || !can_drop(route, request)) {
        return false;
    }
    /* Each destination that is not done holds a reference, by itself or by a part. */
    whole = whole_of(request);
    if (whole->reference_count == whole->given_count && !also_wanted) {
        return false;
    }
    evict_for_room(route, request);
    return true;
}
