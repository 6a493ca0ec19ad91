/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a plan, one after the other. */
#ifndef HAETAE_KAFKA_PLAN_MESSAGE_H
#define HAETAE_KAFKA_PLAN_MESSAGE_H

#include "plan.h"

/* The message of a part, valid until the next call. */
const uint8_t *hae_kafka_plan_message(struct hae_kafka_plan *plan, uint32_t part,
                                      size_t *ret_size_bytes);

/* Its key: `size` is 0 where it has none. */
size_t hae_kafka_plan_key(const struct hae_kafka_plan *plan, uint32_t part,
                          char ret_key[HAE_KAFKA_KEY_BYTES]);

#endif
