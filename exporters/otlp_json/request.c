/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_json/request.h"

#include "otlp_json/otlp_json.h"
#include "otlp_requests.h"
#include "otlp_unpack/unpack.h"

static const char too_much[] = "it takes too much memory as JSON";
static const char no_memory[] = "out of memory";

static haetae_verdict write_message(const ProtobufCMessage *message, struct hae_buffer *out,
                                    const char **ret_why)
{
    struct hae_json json = HAE_JSON_INIT(out);

    hae_otlp_json(&json, message);
    if (out->over_limit) {
        *ret_why = too_much;
        return HAETAE_VERDICT_TOO_LARGE;
    }
    if (out->failed) {
        *ret_why = no_memory;
        return HAETAE_VERDICT_RETRY;
    }
    return HAETAE_VERDICT_OK;
}

haetae_verdict hae_request_json(const haetae_delivery *delivery, struct hae_buffer *out,
                                const char **ret_why)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    ProtobufCMessage *message = NULL;
    enum hae_unpacked unpacked = HAE_UNPACK_MALFORMED;
    haetae_verdict verdict;

    if ((unsigned)signal < HAE_OTLP_REQUEST_COUNT) {
        unpacked = hae_unpack(hae_otlp_requests[signal], haetae_delivery_data(delivery),
                              haetae_delivery_size(delivery), &message);
    }
    switch (unpacked) {
    case HAE_UNPACKED:
        verdict = write_message(message, out, ret_why);
        hae_unpack_free(message);
        return verdict;
    case HAE_UNPACK_TOO_LARGE:
        *ret_why = too_much;
        return HAETAE_VERDICT_TOO_LARGE;
    case HAE_UNPACK_NO_MEMORY:
        *ret_why = no_memory;
        return HAETAE_VERDICT_RETRY;
    case HAE_UNPACK_TOO_DEEP:
        *ret_why = "values nest too deep";
        return HAETAE_VERDICT_DROP;
    default:
        *ret_why = "undecodable request";
        return HAETAE_VERDICT_DROP;
    }
}
