/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter.h"

#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "events.h"
#include "exit.h"
#include "plan_message.h"
#include "report.h"
#include "state.h"

enum {
    IN_FLIGHT_MAX = 4,
    MESSAGES_PER_STEP = 512,
    END_MS = 1000 /* how long free() waits for librdkafka's threads */
};

static void complete(haetae_delivery *delivery, haetae_verdict verdict, const char *message)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = -1, .message = message);

    haetae_delivery_complete(delivery, &result);
}

/* ---- The client -------------------------------------------------------------------------- */

/* In a child: what the parent had is not ours. */
static void disinherit(struct hae_kafka_exporter *exporter)
{
    hae_kafka_exporter_drop_client(exporter, 0);
    if (exporter->inherited_whole) {
        hae_kafka_batches_done(&exporter->batches);
    } else {
        exporter->batches = (struct hae_kafka_batches){0};
    }
    exporter->notes.problem[0] = '\0';
    exporter->has_more = exporter->is_full = exporter->is_broken = exporter->inherited = false;
}

/* Whether the client has ended itself, or the host has closed descriptors of ours. */
static bool is_useless(const struct hae_kafka_exporter *exporter)
{
    return exporter->is_broken || !hae_descriptor_is_ours(&exporter->client->wake) ||
           rd_kafka_fatal_error(exporter->client->handle, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Takes a client out of use whose messages have no end yet. */
static void replace_client(struct hae_kafka_exporter *exporter)
{
    hae_kafka_exporter_drop_client(exporter, 0);
    hae_kafka_batches_lose(&exporter->batches, RD_KAFKA_RESP_ERR__DESTROY);
    exporter->has_more = exporter->is_full = exporter->is_broken = false;
}

/* Has a client that works. False: why not is in `why`. */
static bool own(struct hae_kafka_exporter *exporter, char *why, size_t why_bytes)
{
    haetae_status status = HAETAE_OK;

    /* A child of a program that has forked before the SDK had the exporter is not told. */
    if (exporter->client != NULL && exporter->client->process != getpid() && !exporter->inherited) {
        exporter->inherited = exporter->inherited_whole = true;
    }
    if (exporter->inherited) {
        disinherit(exporter);
    }
    if (exporter->client != NULL && is_useless(exporter)) {
        replace_client(exporter);
    }
    if (exporter->client == NULL) {
        snprintf(why, why_bytes, "out of memory");
        status = hae_kafka_client_new(&exporter->settings, &exporter->client, why, why_bytes);
    }
    return status == HAETAE_OK;
}

/* ---- Sending ----------------------------------------------------------------------------- */

/* Completing a delivery may have the pipeline send or cancel others, so the list is searched from
 * its start after each. */
static void complete_done(struct hae_kafka_exporter *exporter)
{
    struct hae_kafka_batch *batch;

    while ((batch = hae_kafka_batch_done(&exporter->batches)) != NULL) {
        haetae_delivery *delivery = batch->delivery;
        char text[640];
        haetae_result result = hae_kafka_result(
            batch, exporter->settings.topics[batch->signal].name,
            hae_kafka_noted(&exporter->notes, hae_monotonic_ms()), text, sizeof text);

        hae_kafka_batch_leave(&exporter->batches, batch, result.verdict == HAETAE_VERDICT_RETRY);
        haetae_delivery_complete(delivery, &result);
    }
}

/* Gives a message to librdkafka, which copies it. False: it takes none just now. */
static bool send_message(struct hae_kafka_exporter *exporter, struct hae_kafka_batch *batch,
                         uint32_t number)
{
    struct hae_kafka_message *message = &batch->messages[number];
    rd_kafka_topic_t *topic = exporter->client->topics[batch->signal];
    char key[HAE_KAFKA_KEY_BYTES];
    size_t key_size = hae_kafka_plan_key(&batch->plan, number, key);
    size_t size;
    const uint8_t *data = hae_kafka_plan_message(&batch->plan, number, &size);
    rd_kafka_resp_err_t error;

    /* It only reads what it copies. */
    if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)data,
                         size, key_size > 0 ? key : NULL, key_size, message) == 0) {
        message->state = HAE_KAFKA_SENT;
        batch->sent_count++;
        return true;
    }
    error = rd_kafka_last_error();
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return false;
    }
    hae_kafka_message_end(message, hae_kafka_state_of(error), error);
    return true;
}

/* Sends messages of a batch, at most `*budget`. */
static void send_messages(struct hae_kafka_exporter *exporter, struct hae_kafka_batch *batch,
                          unsigned *budget)
{
    while (*budget > 0 && batch->next < batch->message_count && !exporter->is_full) {
        if (batch->messages[batch->next].state == HAE_KAFKA_TO_SEND) {
            if (!send_message(exporter, batch, batch->next)) {
                exporter->is_full = true;
                return;
            }
            --*budget;
        }
        batch->next++;
    }
    if (batch->next == batch->message_count) {
        hae_kafka_plan_done(&batch->plan);
    }
}

static void send_some(struct hae_kafka_exporter *exporter)
{
    unsigned budget = MESSAGES_PER_STEP;

    for (struct hae_kafka_batch *at = exporter->batches.first; at != NULL; at = at->following) {
        if (at->delivery != NULL) {
            send_messages(exporter, at, &budget);
        }
    }
}

static void begin(struct hae_kafka_exporter *exporter, haetae_delivery *delivery)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    const struct hae_kafka_topic *topic = &exporter->settings.topics[signal];
    struct hae_kafka_batch *batch;
    char why[512];

    if ((unsigned)signal >= HAETAE_SIGNAL_COUNT || topic->name == NULL) {
        complete(delivery, HAETAE_VERDICT_DROP, "not a signal of this exporter");
        return;
    }
    if (!own(exporter, why, sizeof why)) {
        complete_done(exporter);
        complete(delivery, HAETAE_VERDICT_RETRY, why);
        return;
    }
    switch (hae_kafka_batch_begin(&exporter->batches, &topic->options, delivery, &batch)) {
    case HAE_KAFKA_PLANNED:
        send_some(exporter);
        break;
    case HAE_KAFKA_ITEM_TOO_LARGE:
        complete(delivery, HAETAE_VERDICT_TOO_LARGE,
                 "an item that does not fit into HAETAE_KAFKA_MAX_MESSAGE_BYTES");
        break;
    case HAE_KAFKA_NO_MEMORY:
        complete(delivery, HAETAE_VERDICT_RETRY, "out of memory");
        break;
    default:
        complete(delivery, HAETAE_VERDICT_DROP, "undecodable request");
        break;
    }
    complete_done(exporter);
}

static const char at_its_end[] = "the process is at its end, and TLS with it";

static void exporter_send(void *self, haetae_delivery *delivery)
{
    struct hae_kafka_exporter *exporter = self;

    if (!hae_kafka_enter(exporter)) {
        complete(delivery, HAETAE_VERDICT_DROP, at_its_end);
        return;
    }
    begin(exporter, delivery);
    hae_kafka_leave(exporter);
}

/* ---- Steps ------------------------------------------------------------------------------- */

/* Enters; false: there is nothing to do with a client, or never again. */
static bool enter_ready(const struct hae_kafka_exporter *exporter)
{
    if (!hae_kafka_enter(exporter)) {
        return false;
    }
    if (exporter->client != NULL && !exporter->inherited) {
        return true;
    }
    hae_kafka_leave(exporter);
    return false;
}

/* A delivery that waits for a client that is gone has no other end. */
static void step(struct hae_kafka_exporter *exporter)
{
    hae_kafka_take_events(exporter);
    if (is_useless(exporter)) {
        replace_client(exporter);
        for (struct hae_kafka_batch *at = exporter->batches.first; at != NULL; at = at->following) {
            hae_kafka_batch_give_up(at, RD_KAFKA_RESP_ERR__DESTROY);
        }
    } else {
        send_some(exporter);
    }
    complete_done(exporter);
}

static void exporter_step(void *self)
{
    struct hae_kafka_exporter *exporter = self;

    if (enter_ready(exporter)) {
        step(exporter);
        hae_kafka_leave(exporter);
    }
}

/* ---- The other operations ---------------------------------------------------------------- */

static int exporter_descriptor(void *self)
{
    const struct hae_kafka_exporter *exporter = self;
    int number = -1;

    if (enter_ready(exporter)) {
        number = exporter->client->wake.number;
        hae_kafka_leave(exporter);
    }
    return number;
}

/* What a step would do is done at once; all else wakes the worker. */
static int64_t wait_ms(const struct hae_kafka_exporter *exporter)
{
    if (exporter->has_more) {
        return 0;
    }
    for (const struct hae_kafka_batch *at = exporter->batches.first; at != NULL;
         at = at->following) {
        if (at->delivery != NULL && at->next < at->message_count && !exporter->is_full) {
            return 0;
        }
    }
    return -1;
}

static int64_t exporter_wait_ms(void *self)
{
    const struct hae_kafka_exporter *exporter = self;
    int64_t wait = -1;

    if (enter_ready(exporter)) {
        wait = wait_ms(exporter);
        hae_kafka_leave(exporter);
    }
    return wait;
}

/* Messages that librdkafka has stay there until their time is up, which is not later than that of a
 * try: a purge would take those of other deliveries as well, and lose what became of them. */
static void exporter_cancel(void *self, haetae_delivery *delivery)
{
    struct hae_kafka_exporter *exporter = self;
    struct hae_kafka_batch *batch = hae_kafka_batch_of(&exporter->batches, delivery);

    if (batch != NULL && !exporter->inherited) {
        hae_kafka_batch_leave(&exporter->batches, batch, true);
    }
}

static haetae_status exporter_shutdown(void *self)
{
    struct hae_kafka_exporter *exporter = self;

    if (!exporter->inherited && hae_kafka_enter(exporter)) {
        hae_kafka_exporter_end(exporter);
        exporter->is_broken = true;
        hae_kafka_leave(exporter);
    }
    return HAETAE_OK;
}

static void exporter_after_fork(void *self, bool idle)
{
    struct hae_kafka_exporter *exporter = self;

    hae_kafka_exit_in_child();
    /* What an earlier fork left is still there if the child never used the exporter. */
    if (!exporter->inherited || !idle) {
        exporter->inherited_whole = idle;
    }
    if (!exporter->inherited && idle && exporter->client != NULL) {
        hae_kafka_client_in_child(exporter->client);
    }
    exporter->inherited = true;
}

static void exporter_free(void *self)
{
    struct hae_kafka_exporter *exporter = self;

    hae_kafka_exit_forget(exporter);
    if (exporter->inherited) {
        disinherit(exporter);
    }
    hae_kafka_exporter_drop_client(exporter, END_MS);
    hae_kafka_batches_done(&exporter->batches);
    hae_kafka_settings_done(&exporter->settings);
    hae_free(exporter);
}

const haetae_exporter_ops hae_kafka_exporter_ops = HAETAE_OPTIONS(
    haetae_exporter_ops, .name = "kafka", .send = exporter_send, .descriptor = exporter_descriptor,
    .wait_ms = exporter_wait_ms, .step = exporter_step, .cancel = exporter_cancel,
    .free = exporter_free, .max_in_flight = IN_FLIGHT_MAX, .after_fork = exporter_after_fork,
    .component_type = "kafka", .shutdown = exporter_shutdown);
