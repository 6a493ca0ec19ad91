/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/sender.h"

#include <stdio.h>

#include "base/minmax.h"
#include "pipeline/verdict.h"

/* ---- Timeouts --------------------------------------------------------------------------- */

/* When a delivery has taken too long; UINT64_MAX: never. What an exporter can't give
 * up can't be taken from it. */
static uint64_t overdue_ms(const struct hae_destination *destination,
                           const struct hae_delivery *delivery)
{
    uint64_t timeout = destination->options.timeout_ms[delivery->request->signal];

    return timeout != 0 && destination->exporter->ops.cancel != NULL ? delivery->sent_ms + timeout
                                                                     : UINT64_MAX;
}

static struct hae_delivery *first_overdue(const struct hae_destination *destination,
                                          const struct hae_export_queue *queue, uint64_t now_ms)
{
    struct hae_delivery *delivery = queue->in_flight.first;

    while (delivery != NULL && now_ms < overdue_ms(destination, delivery)) {
        delivery = delivery->next;
    }
    return delivery;
}

static void take_back_overdue(struct hae_destination *destination,
                              const struct hae_export_queue *queue, uint64_t now_ms)
{
    struct hae_delivery *delivery;

    while ((delivery = first_overdue(destination, queue, now_ms)) != NULL) {
        char why[64];

        snprintf(why, sizeof why, "no answer in %llu ms",
                 (unsigned long long)(now_ms - delivery->sent_ms));
        hae_destination_note_end(delivery, NULL);
        /* First: a completion from within cancel() is too late. */
        hae_destination_take_back(delivery);
        destination->exporter->ops.cancel(destination->exporter->self, &delivery->view);
        hae_delivery_failed(delivery, why);
    }
}

/* ---- Sending ---------------------------------------------------------------------------- */

/* How many deliveries of a queue may be in flight. It leaves the last place to the
 * destination's other signals, so that a receiver that hangs delays only its own. */
static uint32_t window(const struct hae_destination *destination)
{
    bool is_alone = (destination->signals & (destination->signals - 1)) == 0;

    return is_alone || destination->in_flight_max == 1 ? destination->in_flight_max
                                                       : destination->in_flight_max - 1;
}

/* What is in flight cannot go to the spool: where there is one, a receiver that hangs may not get
 * all the memory. */
static bool leaves_room(const struct hae_export_queue *queue)
{
    return queue->in_flight_bytes_most == 0 || queue->in_flight_bytes < queue->in_flight_bytes_most;
}

static bool has_place(const struct hae_destination *destination,
                      const struct hae_export_queue *queue)
{
    return leaves_room(queue) && queue->in_flight_count < window(destination) &&
           hae_destination_in_flight(destination) < destination->in_flight_max;
}

/* From when on there is a place for what no flush asks for: after a failure one delivery finds out
 * whether the receiver is back. While the signal has no room for more, another one does not wait
 * for long until that one ends, which may hang. UINT64_MAX: not before one ends. */
static uint64_t usual_place_ms(const struct hae_destination *destination,
                               const struct hae_export_queue *queue)
{
    if (!has_place(destination, queue)) {
        return UINT64_MAX;
    }
    if (queue->backoff.failures == 0 || queue->in_flight_count == 0) {
        return 0;
    }
    return hae_export_queue_is_full(queue) ? queue->in_flight.last->sent_ms + HAE_FULL_PAUSE_MS
                                           : UINT64_MAX;
}

static struct hae_delivery *next_of_queue(const struct hae_destination *destination,
                                          const struct hae_export_queue *queue, uint64_t now_ms)
{
    struct hae_delivery *next = NULL;

    if (has_place(destination, queue)) {
        next = hae_export_queue_next_urgent(queue, now_ms);
    }
    if (next == NULL && now_ms >= usual_place_ms(destination, queue)) {
        next = hae_export_queue_next(queue, now_ms);
    }
    return next;
}

/* Of all queues, the oldest delivery that may be sent now. NULL: none may. */
static struct hae_delivery *choose(const struct hae_destination *destination, uint64_t now_ms)
{
    struct hae_delivery *oldest = NULL;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_delivery *next =
            next_of_queue(destination, &destination->queues[signal], now_ms);

        if (next != NULL && (oldest == NULL || next->request->order < oldest->request->order)) {
            oldest = next;
        }
    }
    return oldest;
}

static void send_delivery(struct hae_destination *destination, struct hae_delivery *delivery,
                          uint64_t now_ms)
{
    struct hae_accounting *accounting = delivery->request->store->accounting;
    struct hae_item_counts *counts = &accounting->signals[delivery->request->signal];

    hae_export_queue_begin(delivery);
    delivery->sent_ms = now_ms;
    if (destination->options.ended != NULL) {
        delivery->sent_ns = hae_time_ns(CLOCK_MONOTONIC);
    }
    delivery->queue->backoff.tried_ms = now_ms;
    if (delivery->first_try_ms == 0 && !delivery->was_urgent) {
        delivery->first_try_ms = now_ms;
    }
    delivery->queue->retries += delivery->view.attempt != 0;
    if (!hae_destination_is_spool(destination)) {
        counts->sent_bytes += delivery->request->size_bytes;
        counts->retries += delivery->view.attempt != 0;
    }
    hae_accounting_publish(accounting);
    delivery->view.complete = hae_delivery_complete;
    destination->keeps_something = true;
    destination->exporter->ops.send(destination->exporter->self, &delivery->view);
}

/* Sends begun in one run, so that an exporter that is done at once does not keep the worker
 * from the rings. */
enum { SENDS_PER_RUN = 16 };

bool hae_sender_run(struct hae_destination *destination, uint64_t now_ms)
{
    const haetae_exporter *exporter = destination->exporter;
    uint64_t ended_before = destination->ended_count;
    struct hae_delivery *next;
    int sends = 0;

    if (exporter->ops.step != NULL) {
        exporter->ops.step(exporter->self);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        take_back_overdue(destination, &destination->queues[signal], now_ms);
    }
    while (sends < SENDS_PER_RUN && (next = choose(destination, now_ms)) != NULL) {
        send_delivery(destination, next, now_ms);
        sends++;
    }
    return sends > 0 || destination->ended_count != ended_before;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static uint64_t queue_next_ms(const struct hae_destination *destination,
                              const struct hae_export_queue *queue)
{
    uint64_t place = usual_place_ms(destination, queue);
    uint64_t next = UINT64_MAX;

    for (const struct hae_delivery *d = queue->in_flight.first; d != NULL; d = d->next) {
        next = hae_min(next, overdue_ms(destination, d));
    }
    /* When it waits for one in flight, that one's end is what matters. */
    if (has_place(destination, queue)) {
        next = hae_min(next, hae_export_queue_next_urgent_ms(queue));
    }
    if (place != UINT64_MAX) {
        next = hae_min(next, hae_max(place, hae_export_queue_next_ms(queue)));
    }
    return next;
}

int64_t hae_sender_wait_ms(const struct hae_destination *destination, uint64_t now_ms)
{
    const haetae_exporter_ops *ops = &destination->exporter->ops;
    int64_t said = ops->wait_ms != NULL ? ops->wait_ms(destination->exporter->self) : -1;
    uint64_t then = said >= 0 ? now_ms + (uint64_t)said : UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        then = hae_min(then, queue_next_ms(destination, &destination->queues[signal]));
    }
    if (then == UINT64_MAX) {
        return -1;
    }
    return then > now_ms ? (int64_t)(then - now_ms) : 0;
}

int hae_sender_descriptor(const struct hae_destination *destination)
{
    const haetae_exporter_ops *ops = &destination->exporter->ops;

    return ops->descriptor != NULL ? ops->descriptor(destination->exporter->self) : -1;
}
