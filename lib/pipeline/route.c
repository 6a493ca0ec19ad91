/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/route.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "pipeline/blocking.h"
#include "pipeline/export_thread.h"
#include "pipeline/failover.h"
#include "pipeline/route_room.h"
#include "pipeline/spill.h"
#include "pipeline/split.h"

/* ---- Handing out ------------------------------------------------------------------------ */

bool hae_route_has(const struct hae_route *route, haetae_signal signal)
{
    return route->destinations_of[signal] != 0;
}

/* Whether it gets the request, or one of those that stand in for it. */
static bool is_for(const struct hae_destination *destination, const struct hae_request *request)
{
    return destination->first == destination &&
           hae_destination_takes(destination, request->signal) &&
           (request->only == NULL || request->only == destination) &&
           (request->group == HAE_GROUP_ALL || request->group == destination->options.group);
}

bool hae_route_has_group(const struct hae_route *route, haetae_signal signal, uint8_t group)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        const struct hae_destination *destination = &route->destinations[i];

        if (hae_destination_takes(destination, signal) && destination->options.group == group) {
            return true;
        }
    }
    return false;
}

/* A holder that could not be made loses so many items of the request. */
static void lose(struct hae_request *request, uint64_t count)
{
    hae_request_ref(request);
    hae_request_unref(request, count, HAETAE_DROP_QUEUE_FULL);
}

static bool add_to_queue(struct hae_destination *destination, struct hae_request *request)
{
    return hae_export_queue_add(hae_failover_choose(destination, request->signal), request);
}

/* Gives a destination the part of a request that it gets by scope: the only part of the whole, as
 * far as it is concerned. */
static void give_part(struct hae_route *route, struct hae_destination *destination,
                      struct hae_request *request, struct hae_request *part)
{
    struct hae_split *split = hae_calloc(1, sizeof *split);

    if (split == NULL) {
        lose(request, part->item_count);
        hae_request_free(part);
        return;
    }
    *split = (struct hae_split){
        .whole = hae_request_ref(request), .parts_left = 1, .answered = true, .is_pick = true};
    part->split = split;
    part->group = request->group;
    hae_store_add(route->store, part);
    if (!add_to_queue(destination, part)) {
        lose(part, part->item_count);
    }
}

/* As the intake makes room: see HAETAE_QUEUE_FULL. */
static bool make_room_for_part(struct hae_route *route, haetae_signal signal)
{
    return hae_route_make_room(route, signal, route->drops_oldest[signal]) ||
           (route->drops_oldest[signal] && hae_route_drop_waiting(route, signal));
}

/* Makes the part that a destination gets by scope. */
static enum hae_pick pick(struct hae_route *route, const struct hae_destination *destination,
                          const struct hae_request *request, struct hae_request **ret_part,
                          uint64_t *ret_count)
{
    enum hae_pick done;

    if (destination->exporter->scopes == NULL) {
        *ret_count = request->item_count;
        return HAE_PICK_ALL;
    }
    do {
        done = hae_request_pick(request, destination->exporter->scopes,
                                hae_store_left(route->store, request->signal), ret_part, ret_count);
    } while (done == HAE_PICK_NO_ROOM && make_room_for_part(route, request->signal));
    return done;
}

/* Gives a request to a destination, or what that gets of it. */
static void give(struct hae_route *route, struct hae_destination *destination,
                 struct hae_request *request)
{
    struct hae_request *part = NULL;
    uint64_t count;
    enum hae_pick picked = pick(route, destination, request, &part, &count);

    request->given_count += picked != HAE_PICK_NONE;
    switch (picked) {
    case HAE_PICK_NONE:
        break;
    case HAE_PICK_DONE:
        give_part(route, destination, request, part);
        break;
    case HAE_PICK_ALL:
        if (add_to_queue(destination, request)) {
            break;
        }
        /* fall through */
    default:
        lose(request, count);
        break;
    }
}

void hae_route_hand_out(struct hae_route *route, struct hae_request *request)
{
    hae_store_add(route->store, request);
    /* Our own reference: it outlives a queue that has no memory for it. */
    hae_request_open(request);
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (is_for(&route->destinations[i], request)) {
            give(route, &route->destinations[i], request);
        }
    }
    /* What nobody wants has no receiver to wait for. */
    request->answered |= request->given_count == 0;
    hae_request_close(request);
    hae_request_unref(request, 0, HAETAE_DROP_QUEUE_FULL);
}

/* ---- Splitting -------------------------------------------------------------------------- */

/* Makes the parts, for which it takes memory from those that hold more than their share. */
static enum hae_cut cut(struct hae_route *route, const struct hae_request *request,
                        struct hae_request *ret_parts[2])
{
    enum hae_cut cut;

    do {
        cut =
            hae_request_split(request, hae_store_left_for_parts(route->store, request), ret_parts);
    } while (cut == HAE_CUT_NO_ROOM && hae_route_make_room(route, request->signal, false));
    return cut;
}

static enum hae_split_outcome split(void *user, struct hae_export_queue *queue,
                                    struct hae_request *request)
{
    struct hae_route *route = user;
    struct hae_split *whole = hae_calloc(1, sizeof *whole);
    struct hae_request *parts[2];
    enum hae_cut done = HAE_CUT_NO_MEMORY;

    if (whole != NULL) {
        done = cut(route, request, parts);
    }
    if (done != HAE_CUT_DONE) {
        hae_free(whole);
        return done == HAE_CUT_ONE_ITEM ? HAE_SPLIT_ONE_ITEM : HAE_SPLIT_NO_MEMORY;
    }
    whole->whole = request;
    whole->parts_left = 2;
    whole->answered = true;
    for (int i = 0; i < 2; i++) {
        parts[i]->split = whole;
        parts[i]->group = request->group;
        parts[i]->kept = request->kept;
        parts[i]->kept.first_item += i == 0 ? 0 : parts[0]->item_count;
        hae_store_add(route->store, parts[i]);
    }
    /* The last first, as each goes before its equals. */
    for (int i = 1; i >= 0; i--) {
        if (!hae_export_queue_add(queue, parts[i])) {
            lose(parts[i], parts[i]->item_count);
        }
    }
    return HAE_SPLIT_DONE;
}

/* ---- Life ------------------------------------------------------------------------------- */

/* Adds a destination; its first is NULL: it stands in for no other. */
static struct hae_destination *add(struct hae_route *route, struct hae_destination *first,
                                   haetae_exporter *exporter, uint32_t signals,
                                   const struct hae_destination_options *options)
{
    struct hae_destination *added = &route->destinations[route->destination_count++];
    struct hae_destination_options all = *options;

    all.split = split;
    all.split_user = route;
    all.random.a += route->destination_count;
    if (exporter->ops.signals != 0) {
        signals &= exporter->ops.signals;
    }
    hae_destination_init(added, exporter, signals, &all);
    if (first != NULL) {
        added->first = first;
    }
    return added;
}

/* What is written is not given up, nor cut short, and is no export. */
static void add_spool(struct hae_route *route, struct hae_destination *first,
                      const struct hae_destination_options *options)
{
    struct hae_destination_options own = *options;

    own.retry.elapsed_ms = 0;
    memset(own.timeout_ms, 0, sizeof own.timeout_ms);
    own.ended = NULL;
    first->spool = add(route, first, options->spool, first->signals, &own);
}

void hae_route_add(struct hae_route *route, haetae_exporter *exporter, uint32_t signals,
                   const struct hae_destination_options *options)
{
    struct hae_destination *first = add(route, NULL, exporter, signals, options);

    for (haetae_exporter *backup = exporter->backup; backup != NULL; backup = backup->backup) {
        (void)add(route, first, backup, first->signals, options);
        first->backup_count++;
    }
    if (options->spool != NULL) {
        add_spool(route, first, options);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        route->destinations_of[signal] += first->signals >> signal & 1;
    }
}

bool hae_route_fail_over(struct hae_route *route, uint64_t now_ms)
{
    uint64_t shares[HAETAE_SIGNAL_COUNT];
    bool more = false;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        shares[signal] = route->destinations_of[signal] != 0
                             ? hae_route_share_bytes(route, (haetae_signal)signal)
                             : UINT64_MAX;
    }
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (route->destinations[i].first == &route->destinations[i]) {
            more |= hae_failover_run(&route->destinations[i], now_ms);
            more |= hae_spill_run(&route->destinations[i], shares, now_ms);
        }
    }
    return more;
}

uint64_t hae_route_due_ms(const struct hae_route *route)
{
    uint64_t due = UINT64_MAX;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (route->destinations[i].first == &route->destinations[i]) {
            due = hae_min(due, hae_failover_due_ms(&route->destinations[i]));
            due = hae_min(due, hae_spill_due_ms(&route->destinations[i]));
        }
    }
    return due;
}

void hae_route_flush_now(struct hae_route *route)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            hae_export_queue_flush_now(&route->destinations[i].queues[signal]);
        }
    }
}

void hae_route_shut_down(struct hae_route *route)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        hae_destination_shut_down(&route->destinations[i]);
    }
}

bool hae_route_keeps_something(const struct hae_route *route)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        const struct hae_destination *destination = &route->destinations[i];

        if (destination->exporter->ops.force_flush != NULL && destination->keeps_something) {
            return true;
        }
    }
    return false;
}

bool hae_route_has_spool(const struct hae_route *route)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (route->destinations[i].spool != NULL) {
            return true;
        }
    }
    return false;
}

void hae_route_spool_rest(struct hae_route *route, uint64_t until_ns)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (route->destinations[i].spool != NULL) {
            hae_spill_all(&route->destinations[i]);
        }
    }
    for (uint32_t i = 0; i < route->destination_count; i++) {
        if (route->destinations[i].spool != NULL) {
            hae_spill_finish(route->destinations[i].spool, until_ns);
        }
    }
}

void hae_route_abandon(struct hae_route *route)
{
    for (uint32_t i = 0; i < route->destination_count; i++) {
        hae_destination_abandon(&route->destinations[i], HAETAE_DROP_SHUTDOWN);
    }
}

void hae_route_done(struct hae_route *route)
{
    uint64_t leave_ns = hae_export_thread_leave_ns();

    hae_route_abandon(route);
    for (uint32_t i = 0; i < route->destination_count; i++) {
        const haetae_exporter *exporter = route->destinations[i].exporter;

        hae_blocking_stop(&exporter->ops, exporter->self, leave_ns);
    }
    for (uint32_t i = 0; i < route->destination_count; i++) {
        hae_destination_done(&route->destinations[i]);
    }
}
