/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/destination.h"

#include <string.h>

#include "base/minmax.h"
#include "recorder/counts.h"

static void begin(struct hae_destination *destination, struct hae_random random)
{
    destination->random = random;
    destination->ended_count = 0;
    destination->is_shut_down = destination->keeps_something = false;
    destination->flushing_for = destination->flushed_for = 0;
    memset(destination->target, 0, sizeof destination->target);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        destination->queues[signal] =
            (struct hae_export_queue){.destination = destination, .signal = (haetae_signal)signal};
    }
}

void hae_destination_init(struct hae_destination *destination, haetae_exporter *exporter,
                          uint32_t signals, const struct hae_destination_options *options)
{
    *destination = (struct hae_destination){
        .first = destination,
        .exporter = exporter,
        .options = *options,
        .signals = signals,
        .in_flight_max = exporter->ops.max_in_flight != 0 ? exporter->ops.max_in_flight : 1};
    begin(destination, options->random);
    /* Release pairs with the acquire in haetae_exporter_warn(). */
    atomic_store_explicit(&exporter->diagnostics, options->diagnostics, memory_order_release);
    if (exporter->newer_options != NULL) {
        hae_count_newer_options(options->recorder, exporter->newer_options);
    }
}

void hae_destination_note_end(const struct hae_delivery *delivery, const haetae_result *result)
{
    const struct hae_destination_options *options = &delivery->queue->destination->options;

    if (options->ended != NULL) {
        struct hae_operation operation = {delivery->queue,
                                          hae_time_ns(CLOCK_MONOTONIC) - delivery->sent_ns, result};

        options->ended(options->ended_user, &operation);
    }
}

uint32_t hae_destination_in_flight(const struct hae_destination *destination)
{
    uint32_t count = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        count += destination->queues[signal].in_flight_count;
    }
    return count;
}

void hae_destination_take_back(struct hae_delivery *delivery)
{
    hae_export_queue_take_back(delivery);
    delivery->queue->destination->ended_count++;
}

/* Has the exporter give up a delivery in flight. */
static void cancel(struct hae_destination *destination, struct hae_delivery *delivery,
                   haetae_drop_reason reason)
{
    const haetae_exporter *exporter = destination->exporter;

    /* First: a completion from within cancel() is too late. */
    hae_destination_take_back(delivery);
    if (exporter->ops.cancel != NULL) {
        exporter->ops.cancel(exporter->self, &delivery->view);
    }
    hae_export_queue_settle(delivery, delivery->request->item_count, reason);
}

bool hae_destination_can_drop(const struct hae_destination *destination,
                              const struct hae_request *request)
{
    return destination->exporter->ops.cancel != NULL ||
           hae_export_queue_find_in_flight(&destination->queues[request->signal], request) == NULL;
}

void hae_destination_drop(struct hae_destination *destination, const struct hae_request *request,
                          haetae_drop_reason reason)
{
    struct hae_export_queue *queue = &destination->queues[request->signal];
    struct hae_delivery *delivery = hae_export_queue_find(queue, request);

    if (delivery != NULL) {
        hae_export_queue_evict(delivery, reason);
        return;
    }
    delivery = hae_export_queue_find_in_flight(queue, request);
    if (delivery != NULL) {
        cancel(destination, delivery, reason);
    }
}

void hae_destination_abandon(struct hae_destination *destination, haetae_drop_reason reason)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_export_queue *queue = &destination->queues[signal];

        while (queue->in_flight.first != NULL) {
            cancel(destination, queue->in_flight.first, reason);
        }
        hae_export_queue_clear(queue, true, reason);
    }
}

uint64_t hae_destination_oldest(const struct hae_destination *destination)
{
    uint64_t oldest = UINT64_MAX;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_export_queue *queue = &destination->queues[signal];

        if (queue->waiting.first != NULL) { /* they are in order */
            oldest = hae_min(oldest, queue->waiting.first->request->sequence);
        }
        for (const struct hae_delivery *delivery = queue->in_flight.first; delivery != NULL;
             delivery = delivery->next) {
            oldest = hae_min(oldest, delivery->request->sequence);
        }
    }
    return oldest;
}

/* Calls the exporter's force_flush(). */
static haetae_status flush(struct hae_destination *destination)
{
    const haetae_exporter *exporter = destination->exporter;
    haetae_status status;

    destination->keeps_something = false;
    status = exporter->ops.force_flush(exporter->self);
    destination->keeps_something |= status == HAETAE_ETIMEOUT;
    if (status == HAETAE_OK || status == HAETAE_ETIMEOUT) {
        return status;
    }
    hae_diagnose_about(destination->options.diagnostics, destination, HAETAE_DIAGNOSTIC_WARN,
                       "flush of exporter",
                       "%s: the exporter could not export all that it keeps: %s", exporter->title,
                       haetae_status_text(status));
    return HAETAE_ELOST;
}

haetae_status hae_destination_flush(struct hae_destination *destination, uint64_t number)
{
    haetae_status status = HAETAE_OK;

    if (destination->exporter->ops.force_flush == NULL) {
        return HAETAE_OK;
    }
    while (status == HAETAE_OK && number > destination->flushed_for) {
        /* What an earlier flush began comes to its end first. */
        if (destination->flushing_for == 0) {
            destination->flushing_for = number;
        }
        status = flush(destination);
        if (status != HAETAE_ETIMEOUT) {
            destination->flushed_for = destination->flushing_for;
            destination->flushing_for = 0;
        }
    }
    return status;
}

uint64_t hae_destination_flushed(const struct hae_destination *destination)
{
    return destination->exporter->ops.force_flush != NULL ? destination->flushed_for : UINT64_MAX;
}

void hae_destination_shut_down(struct hae_destination *destination)
{
    const haetae_exporter *exporter = destination->exporter;
    haetae_status status;

    if (destination->is_shut_down) {
        return;
    }
    destination->is_shut_down = true;
    if (exporter->ops.force_flush != NULL && destination->keeps_something) {
        /* The flush of the shutdown did not come to it. */
        destination->keeps_something = flush(destination) != HAETAE_OK;
    }
    if (exporter->ops.shutdown == NULL) {
        return;
    }
    status = exporter->ops.shutdown(exporter->self);
    if (status != HAETAE_OK) {
        hae_diagnose_about(destination->options.diagnostics, destination, HAETAE_DIAGNOSTIC_WARN,
                           "shutdown of exporter", "%s: the exporter could not shut down: %s",
                           exporter->title, haetae_status_text(status));
    }
}

void hae_destination_in_child(const struct hae_destination *destination, bool idle)
{
    const haetae_exporter *exporter = destination->exporter;

    if (exporter->ops.after_fork != NULL) {
        exporter->ops.after_fork(exporter->self, idle);
    }
}

static void forget(struct hae_destination *destination, struct hae_export_queue *queue)
{
    struct hae_delivery *delivery;

    while ((delivery = queue->in_flight.first) != NULL) {
        hae_destination_take_back(delivery);
        if (destination->exporter->ops.after_fork != NULL) {
            hae_export_queue_settle(delivery, 0, HAETAE_DROP_FORK);
        }
    }
    hae_export_queue_clear(queue, false, HAETAE_DROP_FORK);
}

void hae_destination_reinit(struct hae_destination *destination, bool idle,
                            struct hae_random random)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_export_queue *queue = &destination->queues[signal];

        if (idle) {
            forget(destination, queue);
            continue;
        }
        for (struct hae_delivery *d = queue->in_flight.first; d != NULL; d = d->next) {
            d->in_flight = false;
        }
    }
    begin(destination, random);
}

void hae_destination_done(struct hae_destination *destination)
{
    hae_destination_abandon(destination, HAETAE_DROP_SHUTDOWN);
    destination->exporter->backup = NULL; /* a destination of its own */
    haetae_exporter_free(destination->exporter);
}
