/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/spill.h"

#include <poll.h>

#include "base/clock.h"
#include "base/minmax.h"
#include "pipeline/failover.h"
#include "pipeline/sender.h"
#include "pipeline/spooling.h"

/* "They" are the members of a chain (failover.h): `first` and its backups. */

/* ---- Moving ----------------------------------------------------------------------------- */

/* What they hold, without what waits for the spool already. */
static uint64_t held_bytes(const struct hae_destination *first, haetae_signal signal)
{
    return hae_failover_held_bytes(first, signal) - first->spool->queues[signal].held_bytes;
}

/* Of all that waits for them, the oldest that may go to the spool; NULL: there is none. */
static struct hae_delivery *oldest(struct hae_destination *first, haetae_signal signal)
{
    struct hae_delivery *found = NULL;

    for (uint32_t at = 0; at <= first->backup_count; at++) {
        struct hae_delivery *delivery = first[at].queues[signal].waiting.first;

        while (delivery != NULL && hae_request_is_recovered(delivery->request)) {
            delivery = delivery->next;
        }
        if (delivery != NULL &&
            (found == NULL || delivery->request->order < found->request->order)) {
            found = delivery;
        }
    }
    return found;
}

/* False: there is no memory for it. */
static bool spill(struct hae_delivery *delivery)
{
    bool urgent = delivery->urgent;

    hae_export_queue_take_out(delivery);
    delivery->urgent = urgent;
    if (hae_failover_spool(delivery)) {
        return true;
    }
    delivery->urgent = false;
    hae_export_queue_put_back(delivery);
    return false;
}

/* ---- When ------------------------------------------------------------------------------- */

/* How much may be held while they are away or fail: nothing after HAETAE_SPOOL_AFTER_MS; before
 * that a quarter of the share once half of it is exceeded, so that they do not spill a little at
 * each run. UINT64_MAX: whatever they hold. */
static uint64_t hold_most(const struct hae_destination *first, haetae_signal signal,
                          uint64_t share_bytes, uint64_t now_ms)
{
    struct hae_spooling *spooling = first->spool->exporter->spooling;
    uint64_t held = held_bytes(first, signal);

    if (spooling->away_since_ms[signal] != 0 &&
        now_ms >= spooling->away_since_ms[signal] + spooling->after_ms) {
        return 0;
    }
    spooling->is_emptying[signal] =
        spooling->is_emptying[signal] ? held > share_bytes / 4 : held > share_bytes / 2;
    return spooling->is_emptying[signal] ? share_bytes / 4 : UINT64_MAX;
}

/* Whether they hold so much that it has to be moved before anybody knows whether a receiver fails:
 * one that hangs shows it by a timeout only, until which the rest of the memory would fill up. */
static bool presses(const struct hae_destination *first, haetae_signal signal, uint64_t share_bytes)
{
    struct hae_spooling *spooling = first->spool->exporter->spooling;
    uint64_t held = held_bytes(first, signal);

    spooling->is_pressed[signal] =
        spooling->is_pressed[signal] ? held > share_bytes / 2 : held > share_bytes / 4 * 3;
    return spooling->is_pressed[signal];
}

/* Whether anything waits for the members, or is in flight there. */
static bool members_have_any(const struct hae_destination *first, haetae_signal signal)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        const struct hae_export_queue *queue = &first[at].queues[signal];

        if (queue->waiting.first != NULL || queue->in_flight.first != NULL) {
            return true;
        }
    }
    return false;
}

/* The disk fails: everything waits as without a spool, but for one delivery that stays with the
 * spool to find out when the disk works again. When there is no other delivery, it goes to a
 * member, since the receivers must be tried as well. */
static void spill_one(struct hae_destination *first, haetae_signal signal, uint64_t now_ms)
{
    struct hae_export_queue *spool = &first->spool->queues[signal];
    struct hae_export_queue *place = hae_failover_place(first, signal, now_ms);
    struct hae_delivery *delivery = oldest(first, signal);

    (void)hae_failover_move(spool, &first->queues[signal], true, HAE_MOVES_PER_RUN);
    if (spool->waiting.first != NULL && place != NULL && !members_have_any(first, signal)) {
        (void)hae_failover_move(spool, place, false, 1);
    } else if (spool->waiting.first == NULL && spool->in_flight_count == 0 && place == NULL &&
               delivery != NULL && !delivery->urgent) { /* what is to be tried first is */
        (void)spill(delivery);
    }
}

/* Moves the oldest to the spool until they hold no more than that. Returns how many moved. */
static uint32_t spill_down_to(struct hae_destination *first, haetae_signal signal,
                              uint64_t most_held)
{
    struct hae_delivery *delivery;
    uint32_t moved = 0;

    while (moved < HAE_MOVES_PER_RUN && held_bytes(first, signal) > most_held &&
           (delivery = oldest(first, signal)) != NULL && spill(delivery)) {
        moved++;
    }
    return moved;
}

/* All are away, or the first that is not has just failed. Returns how many moved. */
static uint32_t spill_signal(struct hae_destination *first, haetae_signal signal,
                             uint64_t share_bytes, uint64_t now_ms)
{
    uint64_t most_held = hold_most(first, signal, share_bytes, now_ms);

    if (first->spool->queues[signal].backoff.failures != 0) {
        spill_one(first, signal, now_ms);
        return 0;
    }
    return spill_down_to(first, signal, most_held);
}

/* The first that is not away has not failed. Returns how many moved. */
static uint32_t relieve(struct hae_destination *first, haetae_signal signal, uint64_t share_bytes,
                        struct hae_export_queue *target)
{
    struct hae_export_queue *spool = &first->spool->queues[signal];

    first->spool->exporter->spooling->is_emptying[signal] = false;
    if (presses(first, signal, share_bytes) && spool->backoff.failures == 0) {
        return spill_down_to(first, signal, share_bytes / 2);
    }
    return hae_failover_move(spool, target, false, HAE_MOVES_PER_RUN);
}

/* What is in flight cannot be moved to the spool, so most of the memory is kept for what waits. */
static void bound_in_flight(struct hae_destination *first, haetae_signal signal,
                            uint64_t share_bytes)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        first[at].queues[signal].in_flight_bytes_most = share_bytes / 4;
    }
}

static uint32_t run_signal(struct hae_destination *first, haetae_signal signal,
                           uint64_t share_bytes, uint64_t now_ms)
{
    struct hae_spooling *spooling = first->spool->exporter->spooling;
    const struct hae_export_queue *spool = &first->spool->queues[signal];
    struct hae_export_queue *target = hae_failover_healthy(first, signal, now_ms);

    bound_in_flight(first, signal, share_bytes);
    if (target != NULL) {
        spooling->away_since_ms[signal] = 0;
    } else if (spooling->away_since_ms[signal] == 0) {
        spooling->away_since_ms[signal] = now_ms;
    }
    if (target != NULL && (target->backoff.failures == 0 || spool->backoff.failures != 0)) {
        return relieve(first, signal, share_bytes, target);
    }
    return spill_signal(first, signal, share_bytes, now_ms);
}

bool hae_spill_run(struct hae_destination *first, const uint64_t shares[HAETAE_SIGNAL_COUNT],
                   uint64_t now_ms)
{
    bool more = false;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->spool != NULL; signal++) {
        if (hae_destination_takes(first, (haetae_signal)signal)) {
            more |= run_signal(first, (haetae_signal)signal, shares[signal], now_ms) ==
                    HAE_MOVES_PER_RUN;
        }
    }
    return more;
}

/* Whether anything waits that may go to the spool. */
static bool any_waits(const struct hae_destination *first, int signal)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        if (first[at].queues[signal].waiting.first != NULL) {
            return true;
        }
    }
    return false;
}

/* When all have been away for long enough. */
static uint64_t away_due_ms(const struct hae_destination *first, int signal, uint64_t now_ms)
{
    const struct hae_spooling *spooling = first->spool->exporter->spooling;
    uint64_t then = spooling->away_since_ms[signal] + spooling->after_ms;

    /* What waits longer cannot go there now: something else has to happen first. */
    return spooling->away_since_ms[signal] != 0 && then > now_ms && any_waits(first, signal)
               ? then
               : UINT64_MAX;
}

/* When the only one that waits, for a disk that fails, is to find out about a receiver. */
static uint64_t refused_due_ms(const struct hae_destination *first, haetae_signal signal,
                               uint64_t now_ms)
{
    const struct hae_export_queue *spool = &first->spool->queues[signal];
    uint64_t due = UINT64_MAX;

    if (spool->backoff.failures == 0 || spool->waiting.first == NULL ||
        members_have_any(first, signal)) {
        return UINT64_MAX;
    }
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        const struct hae_export_queue *queue = &first[at].queues[signal];
        uint64_t then = queue->backoff.pause.until_ms;

        if (hae_destination_takes(&first[at], signal) &&
            (then > now_ms || hae_failover_may_try(queue, now_ms))) {
            due = hae_min(due, then);
        }
    }
    return due;
}

uint64_t hae_spill_due_ms(const struct hae_destination *first)
{
    uint64_t now_ms = first->spool != NULL ? hae_now_ms() : 0;
    uint64_t due = UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && first->spool != NULL; signal++) {
        if (hae_destination_takes(first, (haetae_signal)signal)) {
            due = hae_min(due, away_due_ms(first, signal, now_ms));
            due = hae_min(due, refused_due_ms(first, (haetae_signal)signal, now_ms));
        }
    }
    return due;
}

/* ---- The end ---------------------------------------------------------------------------- */

static void give_up_in_flight(struct hae_destination *destination, struct hae_delivery *delivery)
{
    const haetae_exporter *exporter = destination->exporter;

    /* First: a completion from within cancel() is too late. */
    hae_destination_take_back(delivery);
    if (exporter->ops.cancel != NULL) {
        exporter->ops.cancel(exporter->self, &delivery->view);
    }
    if (!hae_failover_spool(delivery)) {
        hae_export_queue_put_back(delivery);
    }
}

void hae_spill_all(struct hae_destination *first)
{
    for (uint32_t at = 0; at <= first->backup_count; at++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct hae_export_queue *queue = &first[at].queues[signal];

            while (queue->in_flight.first != NULL) {
                give_up_in_flight(&first[at], queue->in_flight.first);
            }
        }
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_delivery *delivery;

        while ((delivery = oldest(first, (haetae_signal)signal)) != NULL && spill(delivery)) {
        }
        /* Whatever the pause after a failure. */
        hae_export_queue_flush_now(&first->spool->queues[signal]);
    }
}

/* Whether it has something to write, and the disk has not refused it. */
static bool is_writing(const struct hae_destination *spool)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_export_queue *queue = &spool->queues[signal];

        if (queue->in_flight.first != NULL || queue->urgent_first != NULL) {
            return true;
        }
    }
    return false;
}

void hae_spill_finish(struct hae_destination *spool, uint64_t until_ns)
{
    enum { LOOK_MS = 5 };

    while (is_writing(spool) && hae_time_ns(CLOCK_MONOTONIC) < until_ns) {
        struct pollfd polled = {.fd = hae_sender_descriptor(spool), .events = POLLIN};

        if (!hae_sender_run(spool, hae_now_ms())) {
            (void)poll(&polled, 1, LOOK_MS);
        }
    }
}
