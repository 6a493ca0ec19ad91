/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "pipeline/intake_driver.h"
#include "pipeline/sender.h"

uint64_t sim_dropped(const struct hae_item_counts *counts)
{
    uint64_t sum = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        sum += counts->dropped[reason];
    }
    return sum;
}

/* ---- Queues and store --------------------------------------------------------------------- */

static void check_queue(struct sim_world *world, const struct hae_export_queue *queue)
{
    uint64_t held_bytes = 0;
    uint64_t order = 0;
    uint32_t in_flight = 0;

    for (const struct hae_delivery *d = queue->waiting.first; d != NULL; d = d->next) {
        SIM_CHECK(world, d->queue == queue && !d->in_flight);
        SIM_CHECK(world, d->request->order >= order);
        order = d->request->order;
        held_bytes += hae_request_charge(d->request->size_bytes);
    }
    for (const struct hae_delivery *d = queue->in_flight.first; d != NULL; d = d->next) {
        SIM_CHECK(world, d->queue == queue && d->in_flight && d->request->data != NULL);
        held_bytes += hae_request_charge(d->request->size_bytes);
        in_flight++;
    }
    SIM_CHECK(world, held_bytes == queue->held_bytes);
    SIM_CHECK(world, in_flight == queue->in_flight_count);
    SIM_CHECK(world, in_flight <= queue->destination->in_flight_max);
}

/* How many deliveries read a request. */
static uint32_t readers_of(struct sim_world *world, const struct hae_request *request)
{
    const struct hae_route *route = &world->pipeline.route;
    uint32_t count = 0;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        const struct hae_export_queue *queue = &route->destinations[i].queues[request->signal];

        count += hae_export_queue_find(queue, request) != NULL;
        count += hae_export_queue_find_in_flight(queue, request) != NULL;
    }
    return count;
}

static void check_store(struct sim_world *world)
{
    const struct hae_store *store = &world->pipeline.store;
    uint64_t used[HAETAE_SIGNAL_COUNT] = {0};
    uint64_t sequence = 0;

    for (const struct hae_request *r = store->oldest; r != NULL; r = r->newer) {
        uint32_t readers = readers_of(world, r);

        SIM_CHECK(world, r->sequence > sequence);
        sequence = r->sequence;
        SIM_CHECK(world, readers == r->reader_count);
        SIM_CHECK(world, r->reference_count >= readers && r->reference_count != 0);
        used[r->signal] += hae_request_charge(r->data != NULL ? r->capacity_bytes : 0) +
                           readers * sizeof(struct hae_delivery);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        SIM_CHECK(world, used[signal] == store->used_bytes[signal]);
    }
}

/* ---- For whoever looks for the reason ------------------------------------------------------ */

static long long from_now(const struct sim_world *world, uint64_t then_ms)
{
    return then_ms == UINT64_MAX ? -1 : (long long)(then_ms - world->now_ms);
}

static void show_queue(const struct sim_world *world, const struct hae_export_queue *queue)
{
    const struct hae_delivery *first = queue->waiting.first;
    unsigned waiting = 0;

    for (const struct hae_delivery *d = first; d != NULL; d = d->next) {
        waiting++;
    }
    print_message("    %s: %u wait, %u in flight, %u failures, pause %lld, asked %lld",
                  haetae_signal_name(queue->signal), waiting, queue->in_flight_count,
                  queue->backoff.failures, from_now(world, queue->backoff.pause.until_ms),
                  from_now(world, queue->backoff.pause.asked_until_ms));
    if (first != NULL) {
        print_message("; first: attempt %u, urgent %d, refused by %x, pause %lld",
                      first->view.attempt, first->urgent, first->refused_by,
                      from_now(world, first->pause.until_ms));
    }
    print_message("\n");
}

void sim_show(struct sim_world *world)
{
    struct hae_pipeline *pipeline = &world->pipeline;

    print_message("intake due %lld, failover due %lld, source %u of %u, starved %d, flushing %d\n",
                  from_now(world, hae_intake_due_ms(&pipeline->intake)),
                  from_now(world, hae_route_due_ms(&pipeline->route)), world->given,
                  world->recorded, pipeline->is_starved, pipeline->is_flushing);
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        const struct hae_destination *destination = &pipeline->route.destinations[i];

        print_message("  destination %u, first %d, at most %u in flight, sender due %lld\n", i,
                      (int)(destination->first - pipeline->route.destinations),
                      destination->in_flight_max,
                      (long long)hae_sender_wait_ms(destination, world->now_ms));
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            show_queue(world, &destination->queues[signal]);
        }
    }
    if (world->has_spools) {
        sim_show_spools(world);
    }
}

/* ---- The balance -------------------------------------------------------------------------- */

void sim_check(struct sim_world *world)
{
    const struct hae_item_counts *counts = world->pipeline.accounting.signals;
    const struct hae_route *route = &world->pipeline.route;

    world->steps++;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        SIM_CHECK(world, counts[signal].taken == counts[signal].delivered + counts[signal].held +
                                                     counts[signal].spooled +
                                                     sim_dropped(&counts[signal]));
        SIM_CHECK(world, counts[signal].exporting <= counts[signal].held);
    }
    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            check_queue(world, &route->destinations[i].queues[signal]);
        }
        SIM_CHECK(world, hae_destination_in_flight(&route->destinations[i]) <=
                             route->destinations[i].in_flight_max);
    }
    check_store(world);
    if (world->has_spools) {
        sim_check_spools(world);
    }
}

/* How often an item arrived at a chain; at most 255 for each link. */
static uint32_t arrivals(const struct sim_chain *chain, uint32_t item)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < chain->link_count; i++) {
        count += chain->links[i].arrived[item];
    }
    return count;
}

/* What was lost is counted, and what could be sent without a loss was. */
static void check_losses(struct sim_world *world, const struct sim_chain *chain)
{
    const struct hae_item_counts *counts = world->pipeline.accounting.signals;
    uint64_t missing[HAETAE_SIGNAL_COUNT] = {0};
    uint64_t twice[HAETAE_SIGNAL_COUNT] = {0};

    for (uint32_t item = 0; item < world->given; item++) {
        haetae_signal signal = world->signals[item];
        bool wanted =
            (chain->signals >> signal & 1) != 0 && (chain->scopes >> item % SIM_SCOPES & 1) != 0;
        uint32_t count = arrivals(chain, item);

        missing[signal] += wanted && count == 0;
        twice[signal] += count > 1 ? count - 1 : 0;
        SIM_CHECK(world, wanted || count == 0);
        SIM_CHECK(world, !world->is_calm || count <= 1 || world->process != 0);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        SIM_CHECK(world, world->may_miss || missing[signal] <= sim_dropped(&counts[signal]) +
                                                                   world->former_dropped[signal] +
                                                                   world->killed[signal]);
        SIM_CHECK(world, !world->is_exact || twice[signal] <= chain->twice[signal]);
    }
}

void sim_check_settled(struct sim_world *world)
{
    const struct hae_item_counts *counts = world->pipeline.accounting.signals;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        SIM_CHECK(world, counts[signal].held == 0);
        SIM_CHECK(world, counts[signal].exporting == 0);
        SIM_CHECK(world, world->pipeline.store.used_bytes[signal] == 0);
        SIM_CHECK(world,
                  !(world->is_calm || world->is_lossless) ||
                      sim_dropped(&counts[signal]) == counts[signal].dropped[HAETAE_DROP_REPLACED]);
    }
    for (uint32_t i = 0; i < world->chain_count; i++) {
        check_losses(world, &world->chains[i]);
    }
}
