/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/delivery.h"

#include "base/alloc.h"
#include "base/clock.h"

uint64_t hae_now_ms(void)
{
    return hae_time_ns(CLOCK_MONOTONIC) / 1000000;
}

bool hae_outlet_queue(struct hae_outlet *out, struct hae_request *request)
{
    struct haetae_delivery *delivery = hae_calloc(1, sizeof *delivery);

    if (delivery == NULL) {
        return false;
    }
    delivery->out = out;
    delivery->request = hae_request_ref(request);
    if (out->last != NULL) {
        out->last->next = delivery;
    } else {
        out->first = delivery;
    }
    out->last = delivery;
    return true;
}

/* Takes a delivery out of the queue and frees it; its reference stays. */
static void forget(struct haetae_delivery *delivery)
{
    struct hae_outlet *out = delivery->out;
    struct haetae_delivery *before = NULL;
    struct haetae_delivery *at = out->first;

    while (at != delivery) {
        before = at;
        at = at->next;
    }
    if (before != NULL) {
        before->next = delivery->next;
    } else {
        out->first = delivery->next;
    }
    if (out->last == delivery) {
        out->last = before;
    }
    hae_free(delivery);
}

/* Ends a delivery for good. */
static void settle(struct haetae_delivery *delivery, uint64_t lost_count, haetae_drop_reason reason)
{
    struct hae_request *request = delivery->request;

    forget(delivery);
    hae_request_unref(request, lost_count, reason);
}

/* ---- Verdicts ------------------------------------------------------------------------ */

static void diagnose(const struct haetae_delivery *delivery, haetae_diagnostic_level level,
                     const char *what, const char *message)
{
    const struct hae_request *request = delivery->request;

    hae_diagnose(delivery->out->diagnostics, level, what, "exporter %s: %s (%s, %llu items)%s%s",
                 delivery->out->exporter->name, what, haetae_signal_name(request->signal),
                 (unsigned long long)request->item_count,
                 message != NULL && message[0] != '\0' ? ": " : "", message != NULL ? message : "");
}

/* Exponential backoff with jitter: between half of the step and all of it, so that
 * processes that failed together do not come back together. */
static uint64_t backoff_ms(struct hae_outlet *out)
{
    uint64_t step = out->retry.initial_ms != 0 ? out->retry.initial_ms : 1;

    for (uint32_t i = 1; i < out->failures && step < out->retry.max_ms; i++) {
        step *= 2;
    }
    if (step > out->retry.max_ms) {
        step = out->retry.max_ms;
    }
    return step / 2 + hae_splitmix(&out->random.a) % (step / 2 + 1);
}

static void retry_later(struct haetae_delivery *delivery, const haetae_result *result)
{
    struct hae_outlet *out = delivery->out;
    uint64_t now = hae_now_ms();
    uint64_t wait;

    out->failures++;
    wait = backoff_ms(out);
    if (result->retry_after_ms > 0 && (uint64_t)result->retry_after_ms > wait) {
        wait = (uint64_t)result->retry_after_ms;
    }
    if (out->retry.elapsed_ms != 0 &&
        now + wait >= delivery->first_try_ms + out->retry.elapsed_ms) {
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "given up after all retries", result->message);
        settle(delivery, delivery->request->item_count, HAETAE_DROP_RETRIES);
        return;
    }
    diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "will be tried again", result->message);
    delivery->attempt++;
    if (now + wait > out->not_before_ms) {
        out->not_before_ms = now + wait;
    }
    pthread_mutex_lock(&delivery->request->account->lock);
    delivery->request->account->signals[delivery->request->signal].retries++;
    pthread_mutex_unlock(&delivery->request->account->lock);
}

static void accepted(struct haetae_delivery *delivery, const haetae_result *result)
{
    uint64_t rejected = result->rejected_count < delivery->request->item_count
                            ? result->rejected_count
                            : delivery->request->item_count;

    delivery->out->failures = 0;
    delivery->out->not_before_ms = 0;
    if (rejected != 0) {
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "items rejected", result->message);
    } else if (result->message != NULL && result->message[0] != '\0') {
        diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "accepted with a warning", result->message);
    }
    settle(delivery, rejected, HAETAE_DROP_REJECTED);
}

static void too_large(struct haetae_delivery *delivery, const haetae_result *result)
{
    struct hae_outlet *out = delivery->out;

    if (out->split(out->split_user, out, delivery->request)) {
        forget(delivery);
        return;
    }
    diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused as too large", result->message);
    settle(delivery, delivery->request->item_count, HAETAE_DROP_TOO_LARGE);
}

static haetae_result known_result(const haetae_result *result)
{
    haetae_result known = {
        .struct_size = sizeof known, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1};

    if (result != NULL && result->struct_size >= sizeof known) {
        known = *result;
    }
    return known;
}

void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result)
{
    haetae_result known = known_result(result);

    if (delivery == NULL || !delivery->under_way) {
        return;
    }
    delivery->under_way = false;
    delivery->out->under_way_count--;
    delivery->user = NULL;
    switch (known.verdict) {
    case HAETAE_VERDICT_OK:
        accepted(delivery, &known);
        break;
    case HAETAE_VERDICT_DROP:
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused for good", known.message);
        settle(delivery, delivery->request->item_count, HAETAE_DROP_REJECTED);
        break;
    case HAETAE_VERDICT_TOO_LARGE:
        too_large(delivery, &known);
        break;
    default:
        retry_later(delivery, &known);
        break;
    }
}

/* ---- Sending --------------------------------------------------------------------------- */

static struct haetae_delivery *next_to_send(struct hae_outlet *out)
{
    struct haetae_delivery *delivery = out->first;

    while (delivery != NULL && delivery->under_way) {
        delivery = delivery->next;
    }
    return delivery;
}

static bool may_send(const struct hae_outlet *out, uint64_t now_ms)
{
    /* After a failure one delivery finds out whether the receiver is back. */
    uint32_t max = out->failures != 0 ? 1 : out->under_way_max;

    return out->under_way_count < max && now_ms >= out->not_before_ms;
}

static void send_one(struct hae_outlet *out, struct haetae_delivery *delivery, uint64_t now_ms)
{
    struct hae_ledger *ledger = &delivery->request->account->signals[delivery->request->signal];

    if (delivery->first_try_ms == 0) {
        delivery->first_try_ms = now_ms;
    }
    delivery->under_way = true;
    out->under_way_count++;
    pthread_mutex_lock(&delivery->request->account->lock);
    ledger->sent_bytes += delivery->request->size_bytes;
    pthread_mutex_unlock(&delivery->request->account->lock);
    out->exporter->ops.send(out->exporter->self, delivery);
}

/* Sends begun in one turn, so that an exporter that is done at once does not keep
 * the worker from the rings. */
enum { SENDS_PER_TURN = 16 };

bool hae_outlet_turn(struct hae_outlet *out, uint64_t now_ms)
{
    const haetae_exporter_ops *ops = &out->exporter->ops;
    uint32_t before = out->under_way_count;
    int sends = 0;

    if (ops->step != NULL && out->under_way_count > 0) {
        ops->step(out->exporter->self);
    }
    while (sends < SENDS_PER_TURN && may_send(out, now_ms)) {
        struct haetae_delivery *delivery = next_to_send(out);

        if (delivery == NULL) {
            break;
        }
        send_one(out, delivery, now_ms);
        sends++;
    }
    return sends > 0 || before != out->under_way_count;
}

int64_t hae_outlet_wait_ms(const struct hae_outlet *out, uint64_t now_ms)
{
    const haetae_exporter_ops *ops = &out->exporter->ops;
    int64_t wait = -1;

    if (ops->wait_ms != NULL && out->under_way_count > 0) {
        wait = ops->wait_ms(out->exporter->self);
    }
    if (next_to_send((struct hae_outlet *)(uintptr_t)out) != NULL) {
        int64_t until = now_ms >= out->not_before_ms ? 0 : (int64_t)(out->not_before_ms - now_ms);

        if (!may_send(out, now_ms) && until == 0) {
            return wait; /* it waits for one under way */
        }
        if (wait < 0 || until < wait) {
            wait = until;
        }
    }
    return wait;
}

int hae_outlet_descriptor(const struct hae_outlet *out)
{
    return out->exporter->ops.descriptor != NULL
               ? out->exporter->ops.descriptor(out->exporter->self)
               : -1;
}

void hae_outlet_abandon(struct hae_outlet *out, haetae_drop_reason reason)
{
    while (out->first != NULL) {
        struct haetae_delivery *delivery = out->first;

        if (delivery->under_way) {
            if (out->exporter->ops.cancel != NULL) {
                out->exporter->ops.cancel(out->exporter->self, delivery);
            }
            delivery->under_way = false;
            out->under_way_count--;
        }
        settle(delivery, delivery->request->item_count, reason);
    }
}
