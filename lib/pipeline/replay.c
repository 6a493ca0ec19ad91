/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/replay.h"

#include "base/clock.h"
#include "base/minmax.h"
#include "pipeline/failover.h"
#include "pipeline/intake.h"
#include "pipeline/spool_read.h"
#include "pipeline/spooling.h"
#include "spool/spool_bounds.h"
#include "spool/spool_look.h"
#include "spool/spool_out.h"

/* The time between two looks into a directory, for what processes leave that die meanwhile, and the
 * pause after what failed here. */
enum { LOOK_AGAIN_MS = 10000, PAUSE_MS = 1000 };

static struct hae_spool *spool_of(const struct hae_spooling_leg *leg)
{
    return &leg->spooling->spools[leg->signal];
}

static uint64_t unix_ms(void)
{
    return hae_time_ns(CLOCK_REALTIME) / 1000000;
}

/* ---- Settling --------------------------------------------------------------------------- */

/* What the bounds, or damage, have taken from a spool. */
static void count_lost(struct hae_accounting *accounting, const struct hae_spooling_leg *leg,
                       struct hae_destination *first)
{
    struct hae_spool_lost lost = hae_spool_take_lost(spool_of(leg));
    struct hae_item_counts *counts = &accounting->signals[leg->signal];

    counts->spooled -= lost.own;
    counts->taken += lost.adopted;
    counts->recovered += lost.adopted;
    counts->dropped[HAETAE_DROP_SPOOL] += lost.own + lost.adopted;
    first->queues[leg->signal].lost_count += lost.own + lost.adopted;
}

static void settled(void *user, enum hae_recovered_end end)
{
    struct hae_spooling_leg *leg = user;
    struct hae_request *request = leg->out;
    struct hae_spool *spool = spool_of(leg);
    uint32_t items;

    leg->out = NULL;
    if (leg->spooling->is_inherited) {
        return; /* in a forked child: the record is the parent's */
    }
    if (end != HAE_RECOVERED_DONE) {
        leg->resume_ms = hae_now_ms() + PAUSE_MS;
        hae_spool_put_back(spool);
        return;
    }
    request->recovered.is_own = hae_spool_out_is_own(spool);
    items = hae_spool_settle(spool);
    if (request->recovered.is_own && items == HAE_SPOOL_PENDING) {
        hae_tickets_done(request->store->oldest, spool, &spool->out.receipt, &request->loss);
        items = 0;
    }
    request->recovered.own_count = items;
}

/* ---- Handing out ------------------------------------------------------------------------ */

/* Whether nothing newer waits for a destination, its backups or its spool. What is being written
 * may be what would be read. */
static bool is_idle(const struct hae_destination *first, haetae_signal signal)
{
    const struct hae_export_queue *spool = &first->spool->queues[signal];

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        if (first[at].queues[signal].waiting.first != NULL) {
            return false;
        }
    }
    return spool->waiting.first == NULL && spool->in_flight_count == 0;
}

/* At most half of the places are for what is sent again. */
static bool has_place(struct hae_destination *first, haetae_signal signal, uint64_t now_ms)
{
    const struct hae_export_queue *queue = hae_failover_place(first, signal, now_ms);

    return queue != NULL && is_idle(first, signal) &&
           2 * hae_destination_in_flight(queue->destination) <
               hae_max(queue->destination->in_flight_max, 2);
}

static enum hae_source_result hand_out(struct hae_spooling_leg *leg, struct hae_intake *intake,
                                       const struct hae_destination *first,
                                       struct hae_request *request)
{
    request->group = first->options.group;
    request->only = first;
    request->recovered =
        (struct hae_recovered){.settled = settled, .user = leg, .is_spooled = true};
    leg->out = request;
    hae_intake_hand_out(intake, request);
    return HAE_SOURCE_MORE;
}

/* A record that is whole, but no request with so many items: it was not written by us. */
static void lose(const struct hae_spooling_leg *leg, struct hae_intake *intake, uint64_t item_count)
{
    struct hae_item_counts *counts = &intake->accounting->signals[leg->signal];
    struct hae_spool *spool = spool_of(leg);
    uint32_t items = hae_spool_settle(spool);

    if (!hae_spool_out_is_own(spool)) {
        hae_intake_drop_recovered(intake, leg->signal, item_count, HAETAE_DROP_SPOOL);
    } else if (items != HAE_SPOOL_PENDING) {
        counts->spooled -= items;
        counts->dropped[HAETAE_DROP_SPOOL] += items;
    }
}

static enum hae_source_result send_next(struct hae_spooling_leg *leg, struct hae_intake *intake,
                                        const struct hae_destination *first)
{
    struct hae_request *request = NULL;
    uint64_t items = 0;

    switch (hae_spool_read_next(spool_of(leg), intake, unix_ms(), &request, &items)) {
    case HAE_SPOOL_READ_DONE:
        return hand_out(leg, intake, first, request);
    case HAE_SPOOL_READ_WRONG:
        lose(leg, intake, items);
        return HAE_SOURCE_MORE;
    case HAE_SPOOL_READ_MORE:
        return HAE_SOURCE_MORE;
    case HAE_SPOOL_READ_LATER:
    case HAE_SPOOL_READ_FAILED:
    case HAE_SPOOL_READ_EMPTY:
        break;
    }
    leg->resume_ms = intake->now_ms + PAUSE_MS;
    return HAE_SOURCE_DONE;
}

static enum hae_source_result run_leg(struct hae_spooling_leg *leg, struct hae_intake *intake,
                                      struct hae_destination *first, const struct hae_run *run)
{
    count_lost(intake->accounting, leg, first);
    if (run->closing) {
        leg->look_ms = leg->resume_ms = UINT64_MAX;
        return HAE_SOURCE_DONE;
    }
    if (run->now_ms >= leg->look_ms) {
        leg->look_ms = run->now_ms + LOOK_AGAIN_MS;
        hae_spool_look(spool_of(leg));
        hae_spool_expire(spool_of(leg), unix_ms());
    }
    if (leg->out != NULL || run->now_ms < leg->resume_ms || !hae_spool_has_any(spool_of(leg)) ||
        !has_place(first, leg->signal, run->now_ms)) {
        return HAE_SOURCE_DONE;
    }
    return send_next(leg, intake, first);
}

/* ---- The source ------------------------------------------------------------------------- */

/* The leg of a spool and a signal among the destinations; NULL: there is none. */
static struct hae_spooling_leg *leg_at(const struct hae_route *route, uint32_t at, int signal)
{
    const struct hae_destination *destination = &route->destinations[at];
    struct hae_spooling *spooling = destination->exporter->spooling;

    return spooling != NULL && hae_destination_takes(destination, (haetae_signal)signal)
               ? &spooling->legs[signal]
               : NULL;
}

static enum hae_source_result run(void *self, struct hae_intake *intake, const struct hae_run *run)
{
    struct hae_route *route = self;
    enum hae_source_result result = HAE_SOURCE_DONE;

    for (uint32_t at = 0; at < route->destination_count; at++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct hae_spooling_leg *leg = leg_at(route, at, signal);

            if (leg != NULL &&
                run_leg(leg, intake, route->destinations[at].first, run) == HAE_SOURCE_MORE) {
                result = HAE_SOURCE_MORE;
            }
        }
    }
    return result;
}

/* When a leg has something to do: after its own pause, and that of a destination that is away. What
 * waits for newer data, or for a place, goes on when these have ended. */
static uint64_t leg_due_ms(const struct hae_spooling_leg *leg, struct hae_destination *first,
                           uint64_t now_ms)
{
    uint64_t due = UINT64_MAX;

    if (leg->out != NULL || !hae_spool_has_any(spool_of(leg)) || !is_idle(first, leg->signal)) {
        return leg->look_ms;
    }
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        due = hae_min(due, first[at].queues[leg->signal].backoff.pause.until_ms);
    }
    due = hae_max(due, leg->resume_ms);
    if (due <= now_ms && !has_place(first, leg->signal, now_ms)) {
        return leg->look_ms;
    }
    return hae_min(due, leg->look_ms);
}

static uint64_t wait_ms(void *self, uint64_t now_ms)
{
    const struct hae_route *route = self;
    uint64_t due = UINT64_MAX;

    for (uint32_t at = 0; at < route->destination_count; at++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct hae_spooling_leg *leg = leg_at(route, at, signal);

            if (leg != NULL) {
                due = hae_min(due, leg_due_ms(leg, route->destinations[at].first, now_ms));
            }
        }
    }
    return due > now_ms ? due - now_ms : 0;
}

/* What is in the spools stays there, and counts as held. */
static bool end(void *self, struct hae_intake *intake)
{
    const struct hae_route *route = self;
    uint64_t spooled[HAETAE_SIGNAL_COUNT];

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (uint32_t at = 0; at < route->destination_count; at++) {
            if (leg_at(route, at, signal) != NULL) {
                count_lost(intake->accounting, leg_at(route, at, signal),
                           route->destinations[at].first);
            }
        }
        spooled[signal] = intake->accounting->signals[signal].spooled;
    }
    hae_accounting_publish(intake->accounting);
    if (spooled[0] + spooled[1] + spooled[2] != 0) {
        hae_diagnose(intake->diagnostics, HAETAE_DIAGNOSTIC_WARN, "shutdown spool",
                     "not delivered before the shutdown, kept in the spool for the next start: "
                     "%llu spans, %llu data points, %llu log records",
                     (unsigned long long)spooled[HAETAE_SIGNAL_TRACES],
                     (unsigned long long)spooled[HAETAE_SIGNAL_METRICS],
                     (unsigned long long)spooled[HAETAE_SIGNAL_LOGS]);
    }
    return false;
}

static void reinit_leg(struct hae_spooling_leg *leg)
{
    struct hae_spooling *spooling = leg->spooling;

    hae_spool_reinit(spool_of(leg));
    leg->out = NULL;
    leg->look_ms = leg->resume_ms = 0;
    spooling->is_inherited = false;
    spooling->away_since_ms[leg->signal] = 0;
    spooling->is_emptying[leg->signal] = false;
    spooling->is_pressed[leg->signal] = false;
}

static void reinit(void *self, uint64_t now_ms)
{
    const struct hae_route *route = self;

    (void)now_ms;
    for (uint32_t at = 0; at < route->destination_count; at++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (leg_at(route, at, signal) != NULL) {
                reinit_leg(leg_at(route, at, signal));
            }
        }
    }
}

struct hae_source hae_replay_source(struct hae_route *route)
{
    return (struct hae_source){.name = "spool",
                               .self = route,
                               .run = run,
                               .wait_ms = wait_ms,
                               .end = end,
                               .reinit = reinit};
}
