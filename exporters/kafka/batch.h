/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery's messages, and what became of each. It outlives a try that failed, or was cut short:
 * the next try of the same request sends only what Kafka has not acknowledged, so that messages
 * whose partitions work do not come again and again while others are away. */
#ifndef HAETAE_KAFKA_BATCH_H
#define HAETAE_KAFKA_BATCH_H

#include <librdkafka/rdkafka.h>

#include "haetae/exporter.h"
#include "plan.h"

enum hae_kafka_message_state {
    HAE_KAFKA_TO_SEND,
    HAE_KAFKA_SENT, /* librdkafka has it */
    HAE_KAFKA_ACKNOWLEDGED,
    HAE_KAFKA_FAILED, /* a later try may succeed */
    HAE_KAFKA_REFUSED,
    HAE_KAFKA_INVALID,
    HAE_KAFKA_TOO_LARGE,
    HAE_KAFKA_MESSAGE_STATES
};

struct hae_kafka_message {
    struct hae_kafka_batch *batch;
    uint32_t point_count;
    enum hae_kafka_message_state state;
};

struct hae_kafka_batch {
    haetae_delivery *delivery; /* NULL: it waits for the next try of its request */
    haetae_signal signal;
    size_t size_bytes; /* of the request, and a hash of it */
    uint64_t hash;
    struct hae_kafka_plan plan; /* while messages are to be sent */
    struct hae_kafka_message *messages;
    uint32_t message_count;
    uint32_t next;             /* the first that was not looked at in this try */
    uint32_t sent_count;       /* messages that librdkafka has                 */
    rd_kafka_resp_err_t error; /* the worst of this try */
    struct hae_kafka_batch *following;
};

/* Those that there are, the latest first. */
struct hae_kafka_batches {
    struct hae_kafka_batch *first;
    size_t waiting_count; /* without a delivery */
};

/* Begins a try of a delivery, in a new batch or, from the second on, in the one that is left of an
 * earlier try. Errors: those of hae_kafka_plan_init(). */
enum hae_kafka_planned hae_kafka_batch_begin(struct hae_kafka_batches *batches,
                                             const struct hae_kafka_options *options,
                                             haetae_delivery *delivery,
                                             struct hae_kafka_batch **ret_batch);

struct hae_kafka_batch *hae_kafka_batch_of(const struct hae_kafka_batches *batches,
                                           const haetae_delivery *delivery);

/* A batch of a delivery whose messages all have an end. NULL: there is none. */
struct hae_kafka_batch *hae_kafka_batch_done(const struct hae_kafka_batches *batches);

/* Notes what became of a message that was to be sent or was sent. */
void hae_kafka_message_end(struct hae_kafka_message *message, enum hae_kafka_message_state state,
                           rd_kafka_resp_err_t error);

/* The delivery has ended, or was taken back: keeps the batch for another try of the same request if
 * `keep` says so and it would make a difference, or as long as librdkafka has messages of it. */
void hae_kafka_batch_leave(struct hae_kafka_batches *batches, struct hae_kafka_batch *batch,
                           bool keep);

/* Ends all messages of a delivery's batch that are to be sent. */
void hae_kafka_batch_give_up(struct hae_kafka_batch *batch, rd_kafka_resp_err_t error);

/* Librdkafka has none of the messages any more, and reports none. */
void hae_kafka_batches_lose(struct hae_kafka_batches *batches, rd_kafka_resp_err_t error);

/* Frees all. */
void hae_kafka_batches_done(struct hae_kafka_batches *batches);

#endif
