/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/delivery.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"

static uint64_t (*other_clock_ms)(void);

uint64_t hae_now_ms(void)
{
    return other_clock_ms != NULL ? other_clock_ms() : hae_monotonic_ms();
}

void hae_set_clock_ms(uint64_t (*clock_ms)(void))
{
    other_clock_ms = clock_ms;
}

/* ---- Lists ------------------------------------------------------------------------------ */

/* Puts a delivery behind `before`, or first when that is NULL. */
static void insert(struct hae_deliveries *list, struct haetae_delivery *before,
                   struct haetae_delivery *delivery)
{
    struct haetae_delivery *after = before != NULL ? before->next : list->first;

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
}

static void take_out(struct hae_deliveries *list, const struct haetae_delivery *delivery)
{
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
static void put_in_order(struct hae_deliveries *waiting, struct haetae_delivery *delivery)
{
    uint64_t order = delivery->request->order;
    struct haetae_delivery *after = waiting->first;

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

bool hae_outlet_queue(struct hae_outlet *out, struct hae_request *request)
{
    struct haetae_delivery *delivery = hae_calloc(1, sizeof *delivery);

    if (delivery == NULL) {
        return false;
    }
    delivery->out = out;
    delivery->request = hae_request_open(request);
    request->account->queued_bytes[request->signal] += sizeof *delivery;
    put_in_order(&out->waiting, delivery);
    return true;
}

void hae_delivery_take_back(struct haetae_delivery *delivery)
{
    struct hae_outlet *out = delivery->out;

    take_out(&out->under_way, delivery);
    delivery->under_way = false;
    out->under_way_count--;
    out->ended_count++;
}

void hae_delivery_put_back(struct haetae_delivery *delivery)
{
    delivery->user = NULL;
    put_in_order(&delivery->out->waiting, delivery);
}

void hae_delivery_forget(struct haetae_delivery *delivery)
{
    struct hae_request *request = delivery->request;

    request->account->queued_bytes[request->signal] -= sizeof *delivery;
    hae_request_close(request);
    hae_free(delivery);
}

void hae_delivery_settle(struct haetae_delivery *delivery, uint64_t lost_count,
                         haetae_drop_reason reason)
{
    struct hae_request *request = delivery->request;

    hae_delivery_forget(delivery);
    hae_request_unref(request, lost_count, reason);
}

/* ---- Sending --------------------------------------------------------------------------- */

static bool may_send(const struct hae_outlet *out, uint64_t now_ms)
{
    /* After a failure one delivery finds out whether the receiver is back. */
    uint32_t max = out->failures != 0 ? 1 : out->under_way_max;

    return out->under_way_count < max && now_ms >= out->not_before_ms;
}

static void send_first(struct hae_outlet *out, uint64_t now_ms)
{
    struct haetae_delivery *delivery = out->waiting.first;
    struct hae_account *account = delivery->request->account;
    haetae_signal signal = delivery->request->signal;

    take_out(&out->waiting, delivery);
    insert(&out->under_way, out->under_way.last, delivery);
    out->under_way_count++;
    delivery->under_way = true;
    delivery->round = out->round;
    delivery->sent_ms = now_ms;
    if (delivery->attempt == 0) {
        delivery->first_try_ms = now_ms;
    }
    pthread_mutex_lock(&account->lock);
    account->signals[signal].sent_bytes += delivery->request->size_bytes;
    account->signals[signal].retries += delivery->attempt != 0;
    pthread_mutex_unlock(&account->lock);
    out->exporter->ops.send(out->exporter->self, delivery);
}

/* When a delivery has taken too long; UINT64_MAX: never. What an exporter can't give
 * up can't be taken from it. */
static uint64_t overdue_ms(const struct haetae_delivery *delivery)
{
    uint64_t timeout = delivery->out->options.timeout_ms[delivery->request->signal];

    return timeout != 0 && delivery->out->exporter->ops.cancel != NULL ? delivery->sent_ms + timeout
                                                                       : UINT64_MAX;
}

static struct haetae_delivery *first_overdue(const struct hae_outlet *out, uint64_t now_ms)
{
    struct haetae_delivery *delivery = out->under_way.first;

    while (delivery != NULL && now_ms < overdue_ms(delivery)) {
        delivery = delivery->next;
    }
    return delivery;
}

static void take_back_overdue(struct hae_outlet *out, uint64_t now_ms)
{
    struct haetae_delivery *delivery;

    while ((delivery = first_overdue(out, now_ms)) != NULL) {
        char why[64];

        snprintf(why, sizeof why, "no answer in %llu ms",
                 (unsigned long long)(now_ms - delivery->sent_ms));
        /* First: a completion from within cancel() is too late. */
        hae_delivery_take_back(delivery);
        out->exporter->ops.cancel(out->exporter->self, delivery);
        hae_delivery_failed(delivery, why);
    }
}

/* Sends begun in one turn, so that an exporter that is done at once does not keep
 * the worker from the rings. */
enum { SENDS_PER_TURN = 16 };

bool hae_outlet_turn(struct hae_outlet *out, uint64_t now_ms)
{
    uint64_t ended_before = out->ended_count;
    int sends = 0;

    if (out->exporter->ops.step != NULL) {
        out->exporter->ops.step(out->exporter->self);
    }
    take_back_overdue(out, now_ms);
    while (sends < SENDS_PER_TURN && out->waiting.first != NULL && may_send(out, now_ms)) {
        send_first(out, now_ms);
        sends++;
    }
    return sends > 0 || out->ended_count != ended_before;
}

int64_t hae_outlet_wait_ms(const struct hae_outlet *out, uint64_t now_ms)
{
    const haetae_exporter_ops *ops = &out->exporter->ops;
    int64_t said = ops->wait_ms != NULL ? ops->wait_ms(out->exporter->self) : -1;
    uint64_t then = said >= 0 ? now_ms + (uint64_t)said : UINT64_MAX;

    for (const struct haetae_delivery *d = out->under_way.first; d != NULL; d = d->next) {
        then = hae_min(then, overdue_ms(d));
    }
    /* When it waits for one under way, that one's end is what matters. */
    if (out->waiting.first != NULL && may_send(out, UINT64_MAX)) {
        then = hae_min(then, out->not_before_ms);
    }
    if (then == UINT64_MAX) {
        return -1;
    }
    return then > now_ms ? (int64_t)(then - now_ms) : 0;
}

int hae_outlet_descriptor(const struct hae_outlet *out)
{
    return out->exporter->ops.descriptor != NULL
               ? out->exporter->ops.descriptor(out->exporter->self)
               : -1;
}

void hae_outlet_hurry(struct hae_outlet *out)
{
    out->not_before_ms = out->asked_not_before_ms;
}

/* ---- Life ------------------------------------------------------------------------------- */

void hae_outlet_init(struct hae_outlet *out, haetae_exporter *exporter,
                     const struct hae_outlet_options *options)
{
    *out =
        (struct hae_outlet){.exporter = exporter, .options = *options, .random = options->random};
    out->under_way_max = exporter->ops.max_in_flight != 0 ? exporter->ops.max_in_flight : 1;
}

void hae_outlet_abandon(struct hae_outlet *out, haetae_drop_reason reason)
{
    struct haetae_delivery *delivery;

    while ((delivery = out->under_way.first) != NULL) {
        hae_delivery_take_back(delivery);
        if (out->exporter->ops.cancel != NULL) {
            out->exporter->ops.cancel(out->exporter->self, delivery);
        }
        hae_delivery_settle(delivery, delivery->request->item_count, reason);
    }
    while ((delivery = out->waiting.first) != NULL) {
        take_out(&out->waiting, delivery);
        hae_delivery_settle(delivery, delivery->request->item_count, reason);
    }
}

static void forget(struct hae_outlet *out)
{
    struct haetae_delivery *delivery;

    while ((delivery = out->under_way.first) != NULL) {
        hae_delivery_take_back(delivery);
        if (out->exporter->ops.after_fork != NULL) {
            hae_delivery_settle(delivery, 0, HAETAE_DROP_FORK);
        }
    }
    while ((delivery = out->waiting.first) != NULL) {
        take_out(&out->waiting, delivery);
        hae_delivery_settle(delivery, 0, HAETAE_DROP_FORK);
    }
}

void hae_outlet_reinit(struct hae_outlet *out, bool idle, struct hae_random random)
{
    if (idle) {
        forget(out);
    }
    for (struct haetae_delivery *delivery = out->under_way.first; delivery != NULL && !idle;
         delivery = delivery->next) {
        delivery->under_way = false;
    }
    *out = (struct hae_outlet){.exporter = out->exporter,
                               .options = out->options,
                               .random = random,
                               .under_way_max = out->under_way_max};
}

void hae_outlet_done(struct hae_outlet *out)
{
    hae_outlet_abandon(out, HAETAE_DROP_SHUTDOWN);
    haetae_exporter_free(out->exporter);
}
