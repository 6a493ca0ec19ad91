/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>

enum hae_kafka_message_state hae_kafka_state_of(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return HAE_KAFKA_ACKNOWLEDGED;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return HAE_KAFKA_TOO_LARGE;
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return HAE_KAFKA_INVALID;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        return HAE_KAFKA_REFUSED;
    default:
        return HAE_KAFKA_FAILED;
    }
}

struct counts {
    uint64_t messages[HAE_KAFKA_MESSAGE_STATES];
    uint64_t points[HAE_KAFKA_MESSAGE_STATES];
};

static struct counts count(const struct hae_kafka_batch *batch)
{
    struct counts counts = {{0}, {0}};

    for (uint32_t i = 0; i < batch->message_count; i++) {
        counts.messages[batch->messages[i].state]++;
        counts.points[batch->messages[i].state] += batch->messages[i].point_count;
    }
    return counts;
}

/* A message that a later try may get through comes before all; then one that is too large, whose
 * request is split, so that it alone is lost. */
static haetae_verdict verdict_of(const struct counts *counts)
{
    if (counts->messages[HAE_KAFKA_FAILED] > 0) {
        return HAETAE_VERDICT_RETRY;
    }
    if (counts->messages[HAE_KAFKA_TOO_LARGE] > 0) {
        return HAETAE_VERDICT_TOO_LARGE;
    }
    if (counts->messages[HAE_KAFKA_ACKNOWLEDGED] > 0) {
        return HAETAE_VERDICT_OK;
    }
    return counts->messages[HAE_KAFKA_REFUSED] > 0 ? HAETAE_VERDICT_DROP : HAETAE_VERDICT_INVALID;
}

haetae_result hae_kafka_result(const struct hae_kafka_batch *batch, const char *topic,
                               const char *problem, char *text, size_t text_bytes)
{
    struct counts counts = count(batch);
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict_of(&counts),
                                          .retry_after_ms = -1);

    if (result.verdict == HAETAE_VERDICT_OK) {
        result.rejected_count = counts.points[HAE_KAFKA_REFUSED] + counts.points[HAE_KAFKA_INVALID];
    }
    if (batch->error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(text, text_bytes, "topic %s: %s, of %lu messages %lu were acknowledged%s%s", topic,
                 rd_kafka_err2str(batch->error), (unsigned long)batch->message_count,
                 (unsigned long)counts.messages[HAE_KAFKA_ACKNOWLEDGED],
                 problem[0] != '\0' ? "; " : "", problem);
        result.message = text;
    }
    return result;
}
