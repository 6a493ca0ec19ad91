/* SPDX-License-Identifier: Apache-2.0 */
/* How a request becomes messages: which items go into which, so that what has one key is together
 * and no message is too large. A plan depends on nothing but the request and the options: the same
 * request has the same parts at each try. It points into the request. */
#ifndef HAETAE_KAFKA_PLAN_H
#define HAETAE_KAFKA_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"
#include "keys.h"

enum {
    HAE_KAFKA_ID_BYTES = 16,
    HAE_KAFKA_KEY_BYTES = 2 * HAE_KAFKA_ID_BYTES /* an id in hexadecimal, as the Collector has it */
};

struct hae_kafka_options {
    enum hae_kafka_partition_by by;
    size_t message_max_bytes; /* with the key */
    uint64_t seed;            /* of hashes in memory: senders of trace ids cannot know it */
};

/* What a ResourceSpans or ScopeSpans has besides its scopes or items: the bytes of these fields. */
struct hae_kafka_block {
    const uint8_t *data;
    size_t size_bytes;
    uint32_t parent; /* of a scope: the number of its resource */
};

/* A span, log record or metric. */
struct hae_kafka_item {
    const uint8_t *field; /* with its tag and length */
    size_t size_bytes;
    uint32_t scope;
    uint32_t previous;    /* number + 1 of the one before it in its part; 0: none */
    uint32_t point_count; /* what it counts: 1, or its data points               */
};

/* A message. */
struct hae_kafka_part {
    uint8_t id[HAE_KAFKA_ID_BYTES];
    bool has_id;
    uint32_t last; /* number + 1 of its last item */
    uint64_t point_count;
    size_t bound_bytes; /* it does not become larger, with its key */
};

struct hae_kafka_plan {
    struct hae_kafka_block *resources;
    struct hae_kafka_block *scopes;
    struct hae_kafka_item *items;
    struct hae_kafka_part *parts;
    uint32_t resource_count;
    uint32_t scope_count;
    uint32_t item_count;
    uint32_t part_count;
    uint8_t *blocks; /* the bytes of all blocks */
    uint8_t *buffer; /* for a message           */
    size_t buffer_bytes;
    const uint8_t *request; /* if there is one part: it is that message, as it is */
    size_t request_bytes;
};

enum hae_kafka_planned {
    HAE_KAFKA_PLANNED,
    HAE_KAFKA_MALFORMED,
    HAE_KAFKA_ITEM_TOO_LARGE, /* one does not fit into a message */
    HAE_KAFKA_NO_MEMORY
};

/* Ownership: on HAE_KAFKA_PLANNED the caller's, for hae_kafka_plan_done(), and the request has to
 * stay until then; else there is nothing to free. `item_count` is what the request says. */
enum hae_kafka_planned hae_kafka_plan_init(struct hae_kafka_plan *plan,
                                           const struct hae_kafka_options *options,
                                           haetae_signal signal, const uint8_t *request,
                                           size_t size_bytes, uint64_t item_count);
void hae_kafka_plan_done(struct hae_kafka_plan *plan);

#endif
