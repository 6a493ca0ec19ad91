/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/exporter.h"

#include <stdlib.h>

#include "base/clock.h"
#include "haetae/reader.h"
#include "otlp/exit.h"
#include "otlp/fork.h"
#include "otlp/give_up.h"

/* The transfer of a delivery, or an idle one for NULL. NULL: there is none. */
static struct hae_http_transfer *find(struct hae_http_exporter *exporter,
                                      const haetae_delivery *delivery)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        if (exporter->transfers[i].delivery == delivery) {
            return &exporter->transfers[i];
        }
    }
    return NULL;
}

static struct hae_http_transfer *find_by_handle(struct hae_http_exporter *exporter,
                                                const CURL *easy)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        if (exporter->transfers[i].easy == easy) {
            return &exporter->transfers[i];
        }
    }
    return NULL;
}

/* Returns NULL, or why the request cannot be sent. */
static const char *begin_transfer(struct hae_http_exporter *exporter,
                                  struct hae_http_transfer *transfer, haetae_delivery *delivery)
{
    const struct hae_http_target *target =
        &exporter->options.targets[haetae_delivery_signal(delivery)];
    const char *why_not;
    CURLcode code;

    if (!hae_http_transfer_begin(transfer, delivery, target, exporter->protocol,
                                 &exporter->fresh_source,
                                 &exporter->budgets[haetae_delivery_signal(delivery)])) {
        return transfer->error;
    }
    code = hae_http_loop_set_sockets(&exporter->loop, transfer->easy, &transfer->opener);
    transfer->opener.closed = transfer->dial == HAE_HTTP_DIAL_JOIN;
    if (code == CURLE_OK && hae_http_loop_add(&exporter->loop, transfer->easy)) {
        return NULL;
    }
    why_not = code != CURLE_OK ? curl_easy_strerror(code) : exporter->loop.broken;
    hae_http_exporter_release(exporter, transfer);
    return why_not;
}

static void begin(struct hae_http_exporter *exporter, haetae_delivery *delivery)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    struct hae_http_transfer *transfer;
    haetae_status status;
    const char *why_not;

    status = hae_http_exporter_own(exporter);
    if (status != HAETAE_OK) {
        hae_http_exporter_complete(delivery, HAETAE_VERDICT_RETRY,
                                   status == HAETAE_ENOMEM ? "out of memory"
                                                           : "no descriptor is left");
        return;
    }
    if ((unsigned)signal >= HAETAE_SIGNAL_COUNT || exporter->options.targets[signal].url == NULL) {
        hae_http_exporter_complete(delivery, HAETAE_VERDICT_DROP, "not a signal of this exporter");
        return;
    }
    if (haetae_delivery_size(delivery) > HAE_HTTP_REQUEST_MAX_BYTES) {
        hae_http_exporter_complete(delivery, HAETAE_VERDICT_TOO_LARGE,
                                   "a request of more than 64 MiB");
        return;
    }
    (void)hae_http_exporter_has_lost(exporter);
    transfer = find(exporter, NULL);
    if (transfer == NULL || exporter->inherited) {
        hae_http_exporter_complete(delivery, HAETAE_VERDICT_RETRY, "too many requests under way");
        return;
    }
    transfer->codec = hae_http_fallback_codec(
        &exporter->fallbacks[signal], exporter->options.targets[signal].codec, hae_monotonic_ms());
    transfer->again = transfer->was_unauthorized = false;
    transfer->overdue_ms = hae_http_overdue_of(&exporter->options.targets[signal]);
    hae_http_exporter_choose_connections(exporter, transfer, signal);
    why_not = begin_transfer(exporter, transfer, delivery);
    if (why_not != NULL) {
        hae_http_exporter_complete(delivery, transfer->refusal, why_not);
    }
}

static const char at_its_end[] = "the process is at its end, and TLS with it";

static void exporter_send(void *self, haetae_delivery *delivery)
{
    struct hae_http_exporter *exporter = self;

    if (!hae_http_enter(exporter->tls)) {
        hae_http_exporter_complete(delivery, HAETAE_VERDICT_DROP, at_its_end);
        return;
    }
    begin(exporter, delivery);
    hae_http_leave(exporter->tls);
}

static int exporter_descriptor(void *self)
{
    struct hae_http_exporter *exporter = self;

    return hae_http_closed(exporter->tls) ? -1 : hae_http_loop_descriptor(&exporter->loop);
}

static int64_t exporter_wait_ms(void *self)
{
    struct hae_http_exporter *exporter = self;

    return hae_http_closed(exporter->tls) ? -1 : hae_http_exporter_wait_ms(exporter);
}

/* Sends a request again that no receiver has taken. */
static void begin_again(struct hae_http_exporter *exporter, struct hae_http_transfer *transfer)
{
    haetae_delivery *delivery = transfer->delivery;
    struct hae_http_fresh fresh = transfer->fresh;
    const char *why_not;

    transfer->fresh = (struct hae_http_fresh){NULL, NULL};
    hae_http_exporter_release(exporter, transfer);
    transfer->fresh = fresh;
    why_not = begin_transfer(exporter, transfer, delivery);
    if (why_not != NULL) {
        hae_http_exporter_complete(delivery, transfer->refusal, why_not);
    }
}

/* After a refusal for the compression. */
static void send_with_gzip(struct hae_http_exporter *exporter, struct hae_http_transfer *transfer)
{
    transfer->codec = HAE_HTTP_GZIP;
    transfer->again = true;
    begin_again(exporter, transfer);
}

/* When there is no connection to join: opens one, or waits for the one that another opens. */
static void dial_again(struct hae_http_exporter *exporter, struct hae_http_transfer *transfer)
{
    const struct hae_http_target *target = transfer->target;

    transfer->dial = HAE_HTTP_DIAL_OPEN;
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        if (&exporter->transfers[i] != transfer &&
            hae_http_transfer_is_opening(&exporter->transfers[i], target)) {
            transfer->dial = HAE_HTTP_DIAL_JOIN;
        }
    }
    begin_again(exporter, transfer);
}

/* Remembers what the receiver does with zstd. */
static void note_codec(struct hae_http_exporter *exporter, const struct hae_http_transfer *transfer,
                       long status, haetae_result *result, struct hae_http_text *message)
{
    struct hae_http_fallback *fallback =
        &exporter->fallbacks[haetae_delivery_signal(transfer->delivery)];

    if (hae_http_fallback_note(fallback, transfer->codec, transfer->again, status,
                               hae_monotonic_ms())) {
        hae_http_text_add(message, "%szstd was refused: gzip is used for an hour",
                          result->message != NULL ? "; " : "");
        result->message = message->data;
    }
}

/* The transfer becomes idle before the pipeline learns of the result, since the pipeline may send
 * the next delivery at once. */
static void finish(struct hae_http_exporter *exporter, struct hae_http_transfer *transfer,
                   CURLcode code)
{
    haetae_delivery *delivery = transfer->delivery;
    long status = hae_http_transfer_status(transfer, code);
    char buffer[768];
    struct hae_http_text message;
    haetae_result result;

    if (hae_http_transfer_found_none(transfer, code)) {
        dial_again(exporter, transfer);
        return;
    }
    if (hae_http_fallback_is_refusal(&exporter->fallbacks[haetae_delivery_signal(delivery)],
                                     transfer->codec, status)) {
        send_with_gzip(exporter, transfer);
        return;
    }
    if (hae_http_transfer_renew_headers(transfer, code, &exporter->fresh_source)) {
        begin_again(exporter, transfer);
        return;
    }
    if (code == CURLE_OK || code == CURLE_OPERATION_TIMEDOUT) {
        hae_http_exporter_note_answer(exporter, transfer, code == CURLE_OK);
    }
    hae_http_text_init(&message, buffer, sizeof buffer);
    result = hae_http_transfer_result(transfer, code, &message);
    note_codec(exporter, transfer, status, &result, &message);
    hae_http_exporter_release(exporter, transfer);
    hae_http_renewal_note_end(&exporter->renewal, (int64_t)hae_monotonic_ms());
    haetae_delivery_complete(delivery, &result);
}

/* Ends all transfers without calling libcurl. */
static void drop_all(struct hae_http_exporter *exporter)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        haetae_delivery *delivery = exporter->transfers[i].delivery;

        exporter->transfers[i].delivery = NULL;
        if (delivery != NULL) {
            hae_http_exporter_complete(delivery, HAETAE_VERDICT_DROP, at_its_end);
        }
    }
}

static void move_on(struct hae_http_exporter *exporter)
{
    CURLcode code;
    CURL *easy;

    if (hae_http_exporter_has_lost(exporter)) {
        return;
    }
    hae_http_loop_step(&exporter->loop);
    while ((easy = hae_http_loop_take_ended(&exporter->loop, &code)) != NULL) {
        struct hae_http_transfer *transfer = find_by_handle(exporter, easy);

        if (transfer != NULL) {
            finish(exporter, transfer, code);
        }
    }
    hae_http_exporter_end_overdue(exporter);
    if (exporter->loop.broken != NULL) {
        hae_http_exporter_give_up(exporter);
    }
}

static void exporter_step(void *self)
{
    struct hae_http_exporter *exporter = self;

    if (exporter->inherited) {
        return;
    }
    if (!hae_http_enter(exporter->tls)) {
        drop_all(exporter);
        return;
    }
    move_on(exporter);
    hae_http_leave(exporter->tls);
}

static void exporter_cancel(void *self, haetae_delivery *delivery)
{
    struct hae_http_exporter *exporter = self;
    struct hae_http_transfer *transfer = delivery != NULL ? find(exporter, delivery) : NULL;

    if (transfer == NULL) {
        return;
    }
    if (exporter->inherited || !hae_http_enter(exporter->tls)) {
        transfer->delivery = NULL;
        return;
    }
    if (transfer->easy != NULL) { /* NULL while complete_all() ends it */
        hae_http_loop_remove(&exporter->loop, transfer->easy);
        hae_http_exporter_note_answer(exporter, transfer, false);
    }
    hae_http_exporter_release(exporter, transfer);
    hae_http_leave(exporter->tls);
}

static void exporter_free(void *self)
{
    struct hae_http_exporter *exporter = self;

    if (!exporter->inherited && !hae_http_loop_is_intact(&exporter->loop)) {
        hae_http_exporter_lose_descriptors(exporter);
    }
    if (exporter->inherited) {
        hae_http_exporter_leave(exporter);
    } else if (!hae_http_enter(exporter->tls)) {
        exporter->inherited_idle = true; /* everything but libcurl's part can be freed */
        hae_http_exporter_leave(exporter);
    } else {
        for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
            exporter_cancel(exporter, exporter->transfers[i].delivery);
            hae_http_transfer_done(&exporter->transfers[i]);
        }
        hae_http_loop_done(&exporter->loop);
        hae_http_compressor_free(exporter->compressor);
        hae_http_leave(exporter->tls);
    }
    hae_http_options_done(&exporter->options);
    haetae_metric_reader_free(exporter->reader);
    free(exporter);
}

const haetae_exporter_ops hae_http_exporter_ops = HAETAE_OPTIONS(
    haetae_exporter_ops, .name = "otlp", .send = exporter_send, .descriptor = exporter_descriptor,
    .wait_ms = exporter_wait_ms, .step = exporter_step, .cancel = exporter_cancel,
    .free = exporter_free, .max_in_flight = HAE_HTTP_CONNECTIONS_MAX,
    .after_fork = hae_http_exporter_in_child);
