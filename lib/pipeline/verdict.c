/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from an exporter's verdict: counting, backoff, splitting. */
#include "base/minmax.h"
#include "pipeline/delivery.h"

static void diagnose(const struct haetae_delivery *delivery, haetae_diagnostic_level level,
                     const char *what, const char *message)
{
    const struct hae_request *request = delivery->request;

    hae_diagnose(delivery->out->options.diagnostics, level, what,
                 "exporter %s: %s (%s, %llu items)%s%s", delivery->out->exporter->name, what,
                 haetae_signal_name(request->signal), (unsigned long long)request->item_count,
                 message != NULL && message[0] != '\0' ? ": " : "", message != NULL ? message : "");
}

/* ---- Success ---------------------------------------------------------------------------- */

/* The receiver is there, whatever it thinks of the request. */
static void note_answer(const struct haetae_delivery *delivery)
{
    struct hae_outlet *out = delivery->out;

    delivery->request->answered = true;
    if (delivery->round == out->round) {
        out->failures = 0;
        out->not_before_ms = 0;
        out->asked_not_before_ms = 0;
    }
}

static void accepted(struct haetae_delivery *delivery, const haetae_result *result)
{
    note_answer(delivery);
    if (result->rejected_count != 0) {
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "items rejected", result->message);
    } else if (result->message != NULL && result->message[0] != '\0') {
        diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "accepted with a warning", result->message);
    }
    hae_delivery_settle(delivery, result->rejected_count, HAETAE_DROP_REJECTED);
}

static void refused(struct haetae_delivery *delivery, const haetae_result *result)
{
    note_answer(delivery);
    diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused for good", result->message);
    hae_delivery_settle(delivery, delivery->request->item_count, HAETAE_DROP_REJECTED);
}

static void too_large(struct haetae_delivery *delivery, const haetae_result *result)
{
    struct hae_outlet *out = delivery->out;
    bool answered = delivery->request->answered;
    /* Parts for which there is no memory may end it before we are done here. */
    struct hae_request *request = hae_request_ref(delivery->request);

    note_answer(delivery);
    switch (out->options.split(out->options.split_user, out, request)) {
    case HAE_SPLIT_DONE:
        request->answered = answered; /* its parts will be */
        hae_delivery_forget(delivery);
        break;
    case HAE_SPLIT_ONE_ITEM:
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused as too large", result->message);
        hae_delivery_settle(delivery, request->item_count, HAETAE_DROP_TOO_LARGE);
        break;
    case HAE_SPLIT_NO_MEMORY:
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused as too large, no memory to split it",
                 result->message);
        hae_delivery_settle(delivery, request->item_count, HAETAE_DROP_QUEUE_FULL);
        break;
    }
    hae_request_unref(request, 0, HAETAE_DROP_TOO_LARGE);
}

/* ---- Failure ---------------------------------------------------------------------------- */

/* Exponential backoff with jitter: between half of the step and all of it, so that
 * processes that failed together do not come back together. */
static uint64_t backoff_ms(struct hae_outlet *out)
{
    const struct hae_retry *retry = &out->options.retry;
    uint64_t step = retry->initial_ms != 0 ? retry->initial_ms : 1;

    for (uint32_t i = 1; i < out->failures && step < retry->max_ms; i++) {
        step *= 2;
    }
    if (step > retry->max_ms) {
        step = retry->max_ms;
    }
    return step - hae_splitmix(&out->random.a) % (step / 2 + 1);
}

/* Pauses the outlet. Of deliveries that were under way together and failed together
 * only the first lengthens the pause; any may carry a wish of the receiver's. */
static void pause_outlet(const struct haetae_delivery *delivery, uint64_t now_ms,
                         int64_t retry_after_ms)
{
    struct hae_outlet *out = delivery->out;

    if (delivery->round == out->round) {
        out->round++;
        out->failures++;
        out->not_before_ms = now_ms + backoff_ms(out);
    }
    if (retry_after_ms > 0) {
        out->asked_not_before_ms =
            hae_max(out->asked_not_before_ms, now_ms + (uint64_t)retry_after_ms);
    }
    out->not_before_ms = hae_max(out->not_before_ms, out->asked_not_before_ms);
}

static void failed(struct haetae_delivery *delivery, const char *why, int64_t retry_after_ms)
{
    const struct hae_retry *retry = &delivery->out->options.retry;
    uint64_t now = hae_now_ms();

    pause_outlet(delivery, now, retry_after_ms);
    if (retry->elapsed_ms != 0 && now >= delivery->first_try_ms + retry->elapsed_ms) {
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "given up after all retries", why);
        hae_delivery_settle(delivery, delivery->request->item_count, HAETAE_DROP_RETRIES);
        return;
    }
    diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "will be tried again", why);
    delivery->attempt++;
    hae_delivery_put_back(delivery);
}

void hae_delivery_failed(struct haetae_delivery *delivery, const char *why)
{
    failed(delivery, why, -1);
}

/* ---- The call ----------------------------------------------------------------------------- */

static haetae_result known_result(const haetae_result *result)
{
    haetae_result known =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1);

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
    hae_delivery_take_back(delivery);
    switch (known.verdict) {
    case HAETAE_VERDICT_OK:
        accepted(delivery, &known);
        break;
    case HAETAE_VERDICT_DROP:
        refused(delivery, &known);
        break;
    case HAETAE_VERDICT_TOO_LARGE:
        too_large(delivery, &known);
        break;
    default:
        failed(delivery, known.message, known.retry_after_ms);
        break;
    }
}
