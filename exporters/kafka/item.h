/* SPDX-License-Identifier: Apache-2.0 */
/* What a message's key and an account need to know of an item. Input may be malformed. */
#ifndef HAETAE_KAFKA_ITEM_H
#define HAETAE_KAFKA_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"

/* How many items of its signal it is: the data points of a metric, or 1. */
uint32_t hae_kafka_point_count(haetae_signal signal, const uint8_t *message, size_t size_bytes);

/* The trace id of a span or log record, which is given with its tag and length. False: it has
 * none, or no valid one. */
bool hae_kafka_trace_id(haetae_signal signal, const uint8_t *field, size_t size_bytes,
                        uint8_t ret_id[16]);

/* An id of the attributes of a Resource, in whatever order, that is in a block's fields. */
void hae_kafka_resource_id(const uint8_t *block, size_t size_bytes, uint8_t ret_id[16]);

#endif
