/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/verdict.h"

#include "base/clock.h"
#include "pipeline/failover.h"
#include "pipeline/spooling.h"
#include "recorder/counts.h"

static void diagnose(const struct hae_delivery *delivery, haetae_diagnostic_level level,
                     const char *what, const char *message)
{
    const struct hae_destination *destination = delivery->queue->destination;
    const struct hae_request *request = delivery->request;

    /* While receivers are away, what they answer leaves no report of that kind to the spool. */
    const char *key = hae_destination_is_spool(destination) ? "spool fails" : what;

    hae_diagnose_about(destination->options.diagnostics, destination, level, key,
                       "exporter %s: %s (%s, %llu items)%s%s", destination->exporter->title, what,
                       haetae_signal_name(request->signal), (unsigned long long)request->item_count,
                       message != NULL && message[0] != '\0' ? ": " : "",
                       message != NULL ? message : "");
}

/* ---- The receiver has answered ---------------------------------------------------------- */

/* The receiver is there, whatever it thinks of the request. */
static void note_answer(const struct hae_delivery *delivery)
{
    hae_backoff_answered(&delivery->queue->backoff, delivery->round);
}

/* The spool has it. */
static void spooled(struct hae_delivery *delivery)
{
    struct hae_ticket *ticket = delivery->ticket;

    delivery->ticket = NULL;
    ticket->spool =
        hae_spooling_of(delivery->queue->destination->exporter, delivery->queue->signal);
    ticket->receipt = delivery->view.receipt;
    ticket->item_count = delivery->request->item_count;
    hae_ticket_add(delivery->request, ticket);
    hae_export_queue_settle(delivery, 0, HAETAE_DROP_SPOOL);
}

static void accepted(struct hae_delivery *delivery, const haetae_result *result)
{
    note_answer(delivery);
    if (hae_destination_is_spool(delivery->queue->destination)) {
        spooled(delivery);
        return;
    }
    delivery->request->answered = true;
    if (result->rejected_count != 0) {
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "items rejected", result->message);
    } else if (result->message != NULL && result->message[0] != '\0') {
        diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "accepted with a warning", result->message);
    }
    hae_export_queue_settle(delivery, result->rejected_count, HAETAE_DROP_REJECTED);
}

static void refused(struct hae_delivery *delivery, const haetae_result *result)
{
    note_answer(delivery);
    /* What is invalid is so for all; else another receiver may take it. */
    if (result->verdict != HAETAE_VERDICT_INVALID &&
        hae_failover_pass_on(delivery, HAE_PASS_REFUSED)) {
        return;
    }
    delivery->request->answered |= result->verdict == HAETAE_VERDICT_INVALID;
    diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused for good", result->message);
    hae_export_queue_settle(delivery, delivery->request->item_count, HAETAE_DROP_REJECTED);
}

/* A request of recovered items that only this destination needs is not split but made again, in
 * smaller ones: so each part is noted in the dead process's file when it is done. */
static bool is_made_again(const struct hae_request *request)
{
    return request->recovered.settled != NULL && !request->recovered.is_spooled &&
           request->item_count > 1 && !request->answered &&
           request->reference_count == 2; /* the delivery's, and the caller's */
}

static void too_large(struct hae_delivery *delivery, const haetae_result *result)
{
    const struct hae_destination_options *options = &delivery->queue->destination->options;
    /* Parts for which there is no memory may end it before we are done here. */
    struct hae_request *request = hae_request_ref(delivery->request);

    note_answer(delivery);
    if (is_made_again(delivery->request)) {
        hae_export_queue_settle(delivery, request->item_count, HAETAE_DROP_TOO_LARGE);
        hae_request_unref(request, 0, HAETAE_DROP_TOO_LARGE);
        return;
    }
    switch (options->split(options->split_user, delivery->queue, request)) {
    case HAE_SPLIT_DONE:
        hae_export_queue_forget(delivery);
        break;
    case HAE_SPLIT_ONE_ITEM:
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused as too large", result->message);
        hae_export_queue_settle(delivery, request->item_count, HAETAE_DROP_TOO_LARGE);
        break;
    case HAE_SPLIT_NO_MEMORY:
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "refused as too large, no memory to split it",
                 result->message);
        hae_export_queue_settle(delivery, request->item_count, HAETAE_DROP_QUEUE_FULL);
        break;
    }
    hae_request_unref(request, 0, HAETAE_DROP_TOO_LARGE);
}

/* ---- It has not ------------------------------------------------------------------------- */

/* Tries made for a flush do not count, so frequent flushes in an outage lose nothing. */
static bool is_given_up(const struct hae_delivery *delivery, const struct hae_retry *retry,
                        uint64_t now_ms)
{
    return retry->elapsed_ms != 0 && !delivery->was_urgent &&
           now_ms >= delivery->first_try_ms + retry->elapsed_ms;
}

/* Whether a flush need not wait for another try: it is in the spool, and comes again. */
static bool comes_again(const struct hae_request *request)
{
    while (request->split != NULL) {
        request = request->split->whole;
    }
    return request->recovered.is_spooled;
}

/* For those who ask how the destination is. */
static void note_error(const struct hae_delivery *delivery)
{
    delivery->queue->last_error_ms = hae_time_ns(CLOCK_REALTIME) / 1000000;
}

static void failed(struct hae_delivery *delivery, const char *why, int64_t retry_after_ms)
{
    struct hae_destination *destination = delivery->queue->destination;
    const struct hae_retry *retry = &destination->options.retry;
    struct hae_failure failure = {.round = delivery->round,
                                  .attempt = delivery->view.attempt,
                                  .urgent = delivery->was_urgent,
                                  .now_ms = hae_now_ms(),
                                  .retry_after_ms = retry_after_ms};

    hae_backoff_failed(&delivery->queue->backoff, retry, &failure, &destination->random,
                       &delivery->pause);
    if (is_given_up(delivery, retry, failure.now_ms)) {
        if (hae_failover_pass_on(delivery, HAE_PASS_GIVEN_UP)) {
            return;
        }
        diagnose(delivery, HAETAE_DIAGNOSTIC_ERROR, "given up after all retries", why);
        hae_export_queue_settle(delivery, delivery->request->item_count, HAETAE_DROP_RETRIES);
        return;
    }
    diagnose(delivery, HAETAE_DIAGNOSTIC_WARN, "will be tried again", why);
    if (delivery->flush_wants && hae_failover_pass_on(delivery, HAE_PASS_FLUSH)) {
        return;
    }
    if (delivery->flush_wants && comes_again(delivery->request)) {
        hae_export_queue_settle(delivery, delivery->request->item_count, HAETAE_DROP_RETRIES);
        return;
    }
    delivery->view.attempt++;
    hae_export_queue_put_back(delivery);
}

void hae_delivery_failed(struct hae_delivery *delivery, const char *why)
{
    note_error(delivery);
    failed(delivery, why, -1);
}

/* ---- The call --------------------------------------------------------------------------- */

static haetae_result known_result(struct hae_recorder *recorder, const haetae_result *result)
{
    haetae_result known =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = -1);

    if (result != NULL && !HAE_READ_OPTIONS(recorder, haetae_result, &known, result)) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    return known;
}

void hae_delivery_complete(struct haetae_delivery *view, const haetae_result *result)
{
    struct hae_delivery *delivery = (struct hae_delivery *)view;
    haetae_result known;

    if (!delivery->in_flight) {
        return;
    }
    known = known_result(delivery->queue->destination->options.recorder, result);
    hae_destination_note_end(delivery, &known);
    hae_destination_take_back(delivery);
    if (known.verdict != HAETAE_VERDICT_OK) {
        note_error(delivery);
    }
    switch (known.verdict) {
    case HAETAE_VERDICT_OK:
        accepted(delivery, &known);
        break;
    case HAETAE_VERDICT_DROP:
    case HAETAE_VERDICT_INVALID:
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
