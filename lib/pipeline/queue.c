/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/queue.h"

#include "base/alloc.h"
#include "base/minmax.h"

/* A request that has failed so often lets others find out whether the receiver is back. */
enum { FAILURES_TO_LET_PASS = 2 };

/* ---- Lists ------------------------------------------------------------------------------ */

/* Puts a delivery behind `before`, or first when that is NULL. */
static void insert(struct hae_deliveries *list, struct hae_delivery *before,
                   struct hae_delivery *delivery)
{
    struct hae_delivery *after = before != NULL ? before->next : list->first;

    delivery->previous = before;
    delivery->next = after;
    if (before != NULL) {
        before->next = delivery;
    } else {
        list->first = delivery;
    }
    if (after != NULL) {
        after->previous = delivery;
    } else {
        list->last = delivery;
    }
    list->count++;
    list->item_count += delivery->view.item_count;
}

static void take_out(struct hae_deliveries *list, const struct hae_delivery *delivery)
{
    list->count--;
    list->item_count -= delivery->view.item_count;
    if (delivery->previous != NULL) {
        delivery->previous->next = delivery->next;
    } else {
        list->first = delivery->next;
    }
    if (delivery->next != NULL) {
        delivery->next->previous = delivery->previous;
    } else {
        list->last = delivery->previous;
    }
}

/* New requests go to the end; what was there before, and the parts of what was, go
 * back to their place. */
static void put_in_order(struct hae_deliveries *waiting, struct hae_delivery *delivery)
{
    uint64_t order = delivery->request->order;
    struct hae_delivery *after = waiting->first;

    if (waiting->last == NULL || waiting->last->request->order < order) {
        insert(waiting, waiting->last, delivery);
        return;
    }
    /* Few are older than one that comes back. */
    while (after->request->order < order) {
        after = after->next;
    }
    insert(waiting, after->previous, delivery);
}

/* An exporter gets the request for the first time, or a part of what it is a part of. */
static void note_handed_over(struct hae_request *request)
{
    struct hae_item_counts *counts = &request->store->accounting->signals[request->signal];
    struct hae_request *whole = request;

    while (whole->split != NULL) {
        whole->handed_over = true;
        whole = whole->split->whole;
    }
    if (whole->handed_over) {
        return;
    }
    whole->handed_over = true;
    if (whole->recovered.settled != NULL) {
        return;
    }
    counts->processed += whole->item_count;
    counts->exporting += whole->item_count;
}

/* The exporter gets a delivery for the first time. */
static void note_first_try(struct hae_delivery *delivery)
{
    struct hae_request *request = delivery->request;

    delivery->was_tried = true;
    delivery->queue->counts.in_flight += request->item_count;
    note_handed_over(request);
}

/* One that waits is urgent. */
static void note_urgent(struct hae_delivery *delivery)
{
    struct hae_export_queue *queue = delivery->queue;

    if (queue->urgent_first == NULL ||
        delivery->request->order < queue->urgent_first->request->order) {
        queue->urgent_first = delivery;
    }
}

void hae_export_queue_take_out(struct hae_delivery *delivery)
{
    struct hae_export_queue *queue = delivery->queue;

    take_out(&queue->waiting, delivery);
    delivery->urgent = false;
    while (queue->urgent_first != NULL && !queue->urgent_first->urgent) {
        queue->urgent_first = queue->urgent_first->next;
    }
}

/* ---- Coming and going ------------------------------------------------------------------- */

bool hae_export_queue_add(struct hae_export_queue *queue, struct hae_request *request)
{
    struct hae_delivery *delivery = hae_calloc(1, sizeof *delivery);

    if (delivery == NULL) {
        return false;
    }
    delivery->view = (struct haetae_delivery){.signal = request->signal,
                                              .data = request->data,
                                              .size_bytes = request->size_bytes,
                                              .item_count = request->item_count};
    delivery->queue = queue;
    delivery->request = hae_request_open(request);
    request->store->used_bytes[request->signal] += sizeof *delivery;
    queue->held_bytes += hae_request_charge(request->size_bytes);
    put_in_order(&queue->waiting, delivery);
    if (request->split != NULL && request->split->whole->handed_over) {
        note_first_try(delivery); /* as a part of what was tried */
    }
    return true;
}

void hae_export_queue_begin(struct hae_delivery *delivery)
{
    struct hae_export_queue *queue = delivery->queue;

    if (!delivery->was_tried) {
        note_first_try(delivery);
    }
    delivery->was_urgent = delivery->urgent;
    hae_export_queue_take_out(delivery);
    insert(&queue->in_flight, queue->in_flight.last, delivery);
    queue->in_flight_count++;
    queue->in_flight_bytes += delivery->request->size_bytes;
    delivery->in_flight = true;
    delivery->round = queue->backoff.round;
}

void hae_export_queue_take_back(struct hae_delivery *delivery)
{
    struct hae_export_queue *queue = delivery->queue;

    take_out(&queue->in_flight, delivery);
    delivery->in_flight = false;
    queue->in_flight_count--;
    queue->in_flight_bytes -= delivery->request->size_bytes;
}

void hae_export_queue_put_back(struct hae_delivery *delivery)
{
    delivery->view.user = NULL;
    put_in_order(&delivery->queue->waiting, delivery);
}

void hae_export_queue_move(struct hae_delivery *delivery, struct hae_export_queue *to,
                           haetae_drop_reason reason)
{
    const struct hae_request *request = delivery->request;
    struct hae_export_queue *from = delivery->queue;
    uint64_t charge = hae_request_charge(request->size_bytes);

    if (delivery->was_tried) {
        from->counts.in_flight -= request->item_count;
        from->counts.failed[reason] += request->item_count;
        delivery->was_tried = false;
    }
    from->held_bytes -= charge;
    to->held_bytes += charge;
    delivery->queue = to;
    delivery->view.attempt = 0;
    delivery->pause = (struct hae_pause){0, 0};
    hae_export_queue_put_back(delivery);
    if (delivery->urgent) {
        note_urgent(delivery);
    }
}

void hae_export_queue_forget(struct hae_delivery *delivery)
{
    struct hae_request *request = delivery->request;

    if (delivery->was_tried) {
        delivery->queue->counts.in_flight -= request->item_count;
    }
    request->store->used_bytes[request->signal] -= sizeof *delivery;
    delivery->queue->held_bytes -= hae_request_charge(request->size_bytes);
    hae_request_close(request);
    hae_free(delivery->ticket);
    hae_free(delivery);
}

void hae_export_queue_settle(struct hae_delivery *delivery, uint64_t lost_count,
                             haetae_drop_reason reason)
{
    struct hae_export_counts *counts = &delivery->queue->counts;
    struct hae_request *request = delivery->request;

    lost_count = hae_min(lost_count, request->item_count);
    delivery->queue->lost_count += lost_count;
    if (delivery->was_tried) {
        counts->exported += request->item_count - lost_count;
        counts->failed[reason] += lost_count;
    }
    hae_export_queue_forget(delivery);
    hae_request_unref(request, lost_count, reason);
}

void hae_export_queue_evict(struct hae_delivery *delivery, haetae_drop_reason reason)
{
    hae_export_queue_take_out(delivery);
    hae_export_queue_settle(delivery, delivery->request->item_count, reason);
}

void hae_export_queue_clear(struct hae_export_queue *queue, bool lost, haetae_drop_reason reason)
{
    struct hae_delivery *delivery;

    while ((delivery = queue->waiting.first) != NULL) {
        hae_export_queue_take_out(delivery);
        hae_export_queue_settle(delivery, lost ? delivery->request->item_count : 0, reason);
    }
}

/* ---- Which is next ---------------------------------------------------------------------- */

void hae_export_queue_flush_now(struct hae_export_queue *queue)
{
    for (struct hae_delivery *d = queue->waiting.first; d != NULL; d = d->next) {
        d->urgent = d->flush_wants = true;
        d->flush_tried = 0;
    }
    queue->urgent_first = queue->waiting.first;
    for (struct hae_delivery *d = queue->in_flight.first; d != NULL; d = d->next) {
        d->flush_wants = true;
        d->flush_tried = 0;
    }
}

struct hae_delivery *hae_export_queue_next_urgent(const struct hae_export_queue *queue,
                                                  uint64_t now_ms)
{
    struct hae_delivery *delivery = queue->urgent_first;

    if (now_ms < queue->backoff.pause.asked_until_ms) {
        return NULL;
    }
    while (delivery != NULL && (!delivery->urgent || now_ms < delivery->pause.asked_until_ms)) {
        delivery = delivery->next;
    }
    return delivery;
}

static unsigned failures_that_count(const struct hae_delivery *delivery)
{
    return delivery->view.attempt < FAILURES_TO_LET_PASS ? 0 : delivery->view.attempt;
}

bool hae_export_queue_is_full(const struct hae_export_queue *queue)
{
    const struct hae_delivery *first = queue->waiting.first;

    return first != NULL && first->request->store->is_full[queue->signal];
}

static uint64_t pause_until_ms(const struct hae_export_queue *queue)
{
    return hae_backoff_until_ms(&queue->backoff, hae_export_queue_is_full(queue));
}

struct hae_delivery *hae_export_queue_next(const struct hae_export_queue *queue, uint64_t now_ms)
{
    struct hae_delivery *next = NULL;

    if (now_ms < pause_until_ms(queue)) {
        return NULL;
    }
    for (struct hae_delivery *d = queue->waiting.first; d != NULL; d = d->next) {
        if (now_ms < d->pause.until_ms) {
            continue;
        }
        if (queue->backoff.failures == 0 || failures_that_count(d) == 0) {
            return d;
        }
        if (next == NULL || failures_that_count(d) < failures_that_count(next)) {
            next = d;
        }
    }
    return next;
}

uint64_t hae_export_queue_next_urgent_ms(const struct hae_export_queue *queue)
{
    const struct hae_delivery *delivery = queue->urgent_first;
    uint64_t next = UINT64_MAX;

    for (; delivery != NULL && next != 0; delivery = delivery->next) {
        next = delivery->urgent ? hae_min(next, delivery->pause.asked_until_ms) : next;
    }
    return hae_max(next, queue->backoff.pause.asked_until_ms);
}

uint64_t hae_export_queue_next_ms(const struct hae_export_queue *queue)
{
    uint64_t next = UINT64_MAX;

    for (const struct hae_delivery *d = queue->waiting.first; d != NULL && next != 0; d = d->next) {
        next = hae_min(next, d->pause.until_ms);
    }
    return hae_max(next, pause_until_ms(queue));
}

struct hae_delivery *hae_export_queue_find(const struct hae_export_queue *queue,
                                           const struct hae_request *request)
{
    struct hae_delivery *delivery = queue->waiting.last;

    while (delivery != NULL && delivery->request != request &&
           delivery->request->order >= request->order) {
        delivery = delivery->previous;
    }
    return delivery != NULL && delivery->request == request ? delivery : NULL;
}

struct hae_delivery *hae_export_queue_find_in_flight(const struct hae_export_queue *queue,
                                                     const struct hae_request *request)
{
    struct hae_delivery *delivery = queue->in_flight.first;

    while (delivery != NULL && delivery->request != request) {
        delivery = delivery->next;
    }
    return delivery;
}
