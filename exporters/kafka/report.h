/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka's errors mean for a message, and a batch's messages for its delivery. */
#ifndef HAETAE_KAFKA_REPORT_H
#define HAETAE_KAFKA_REPORT_H

#include "batch.h"

/* What a message that was not acknowledged becomes. */
enum hae_kafka_message_state hae_kafka_state_of(rd_kafka_resp_err_t error);

/* The result of a batch whose messages all have an end. `topic` is that of its signal, `problem`
 * what librdkafka has last reported, or "". The message is in `text`, which the caller owns. */
haetae_result hae_kafka_result(const struct hae_kafka_batch *batch, const char *topic,
                               const char *problem, char *text, size_t text_bytes);

#endif
