/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"

/* Of this many requests it is known what was acknowledged. */
enum { WAITING_MAX = 16 };

static uint64_t hash_of(const uint8_t *data, size_t size_bytes)
{
    uint64_t hash = size_bytes;
    uint64_t last = 0;

    for (; size_bytes >= 8; data += 8, size_bytes -= 8) {
        hash = hae_mix64(hash + hae_load64(data));
    }
    if (size_bytes > 0) {
        memcpy(&last, data, size_bytes);
    }
    return hae_mix64(hash + last);
}

/* ---- The list ---------------------------------------------------------------------------- */

static void take_out(struct hae_kafka_batches *batches, const struct hae_kafka_batch *batch)
{
    struct hae_kafka_batch **at = &batches->first;

    while (*at != batch) {
        at = &(*at)->following;
    }
    *at = batch->following;
}

static void free_batch(struct hae_kafka_batch *batch)
{
    hae_kafka_plan_done(&batch->plan);
    hae_free(batch->messages);
    hae_free(batch);
}

struct hae_kafka_batch *hae_kafka_batch_of(const struct hae_kafka_batches *batches,
                                           const haetae_delivery *delivery)
{
    struct hae_kafka_batch *at = batches->first;

    while (at != NULL && at->delivery != delivery) {
        at = at->following;
    }
    return at;
}

struct hae_kafka_batch *hae_kafka_batch_done(const struct hae_kafka_batches *batches)
{
    struct hae_kafka_batch *at = batches->first;

    while (at != NULL &&
           (at->delivery == NULL || at->next < at->message_count || at->sent_count > 0)) {
        at = at->following;
    }
    return at;
}

static struct hae_kafka_batch *find_waiting(const struct hae_kafka_batches *batches,
                                            const haetae_delivery *delivery)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    size_t size = haetae_delivery_size(delivery);
    struct hae_kafka_batch *at = batches->first;
    uint64_t hash;

    if (batches->waiting_count == 0 || haetae_delivery_attempt(delivery) == 0) {
        return NULL;
    }
    hash = hash_of(haetae_delivery_data(delivery), size);
    while (at != NULL && (at->delivery != NULL || at->signal != signal || at->size_bytes != size ||
                          at->hash != hash)) {
        at = at->following;
    }
    return at;
}

/* ---- A try ------------------------------------------------------------------------------- */

static struct hae_kafka_batch *new_batch(haetae_delivery *delivery, uint32_t message_count)
{
    struct hae_kafka_batch *batch = hae_calloc(1, sizeof *batch);

    if (batch == NULL) {
        return NULL;
    }
    batch->messages = hae_calloc(message_count, sizeof *batch->messages);
    if (batch->messages == NULL) {
        hae_free(batch);
        return NULL;
    }
    batch->signal = haetae_delivery_signal(delivery);
    batch->size_bytes = haetae_delivery_size(delivery);
    batch->message_count = message_count;
    return batch;
}

static void begin_messages(struct hae_kafka_batch *batch)
{
    for (uint32_t i = 0; i < batch->message_count; i++) {
        struct hae_kafka_message *message = &batch->messages[i];

        message->batch = batch;
        message->point_count = (uint32_t)batch->plan.parts[i].point_count;
        if (message->state != HAE_KAFKA_ACKNOWLEDGED && message->state != HAE_KAFKA_SENT) {
            message->state = HAE_KAFKA_TO_SEND;
        }
    }
    batch->next = 0;
    batch->error = RD_KAFKA_RESP_ERR_NO_ERROR;
}

enum hae_kafka_planned hae_kafka_batch_begin(struct hae_kafka_batches *batches,
                                             const struct hae_kafka_options *options,
                                             haetae_delivery *delivery,
                                             struct hae_kafka_batch **ret_batch)
{
    struct hae_kafka_batch *batch = find_waiting(batches, delivery);
    struct hae_kafka_plan plan;
    enum hae_kafka_planned planned = hae_kafka_plan_init(
        &plan, options, haetae_delivery_signal(delivery), haetae_delivery_data(delivery),
        haetae_delivery_size(delivery), haetae_delivery_item_count(delivery));

    if (planned != HAE_KAFKA_PLANNED) {
        return planned;
    }
    if (batch != NULL) {
        batches->waiting_count--;
    } else {
        batch = new_batch(delivery, plan.part_count);
        if (batch == NULL) {
            hae_kafka_plan_done(&plan);
            return HAE_KAFKA_NO_MEMORY;
        }
        batch->following = batches->first;
        batches->first = batch;
    }
    batch->plan = plan;
    batch->delivery = delivery;
    begin_messages(batch);
    *ret_batch = batch;
    return HAE_KAFKA_PLANNED;
}

void hae_kafka_message_end(struct hae_kafka_message *message, enum hae_kafka_message_state state,
                           rd_kafka_resp_err_t error)
{
    struct hae_kafka_batch *batch = message->batch;

    batch->sent_count -= message->state == HAE_KAFKA_SENT;
    message->state = state;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        batch->error = error;
    }
}

/* ---- Afterwards -------------------------------------------------------------------------- */

static bool has_acknowledged(const struct hae_kafka_batch *batch)
{
    for (uint32_t i = 0; i < batch->message_count; i++) {
        if (batch->messages[i].state == HAE_KAFKA_ACKNOWLEDGED) {
            return true;
        }
    }
    return false;
}

/* Frees the oldest that wait, if there are too many. Those that librdkafka has messages of stay,
 * which is not for longer than the timeout of a message. */
static void bound(struct hae_kafka_batches *batches)
{
    struct hae_kafka_batch **at = &batches->first;
    size_t seen = 0;

    while (*at != NULL) {
        struct hae_kafka_batch *batch = *at;

        seen += batch->delivery == NULL;
        if (batch->delivery == NULL && batch->sent_count == 0 && seen > WAITING_MAX) {
            *at = batch->following;
            batches->waiting_count--;
            free_batch(batch);
        } else {
            at = &batch->following;
        }
    }
}

void hae_kafka_batch_leave(struct hae_kafka_batches *batches, struct hae_kafka_batch *batch,
                           bool keep)
{
    take_out(batches, batch);
    if (batch->sent_count == 0 && (!keep || !has_acknowledged(batch))) {
        free_batch(batch);
        return;
    }
    /* To the front: the others are older. */
    batch->following = batches->first;
    batches->first = batch;
    batches->waiting_count++;
    batch->hash = hash_of(haetae_delivery_data(batch->delivery), batch->size_bytes);
    batch->delivery = NULL;
    batch->next = batch->message_count;
    hae_kafka_plan_done(&batch->plan);
    bound(batches);
}

void hae_kafka_batch_give_up(struct hae_kafka_batch *batch, rd_kafka_resp_err_t error)
{
    for (; batch->next < batch->message_count; batch->next++) {
        if (batch->messages[batch->next].state == HAE_KAFKA_TO_SEND) {
            hae_kafka_message_end(&batch->messages[batch->next], HAE_KAFKA_FAILED, error);
        }
    }
}

void hae_kafka_batches_lose(struct hae_kafka_batches *batches, rd_kafka_resp_err_t error)
{
    for (struct hae_kafka_batch *at = batches->first; at != NULL; at = at->following) {
        for (uint32_t i = 0; i < at->message_count; i++) {
            if (at->messages[i].state == HAE_KAFKA_SENT) {
                hae_kafka_message_end(&at->messages[i], HAE_KAFKA_FAILED, error);
            }
        }
    }
}

void hae_kafka_batches_done(struct hae_kafka_batches *batches)
{
    while (batches->first != NULL) {
        struct hae_kafka_batch *batch = batches->first;

        batches->first = batch->following;
        free_batch(batch);
    }
    batches->waiting_count = 0;
}
