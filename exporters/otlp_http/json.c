/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/json.h"

#include <string.h>

#include "base/json.h"
#include "otlp/response.h"
#include "otlp/transfer.h"
#include "otlp_http/json_response.h"
#include "otlp_json/otlp_json.h"
#include "otlp_requests.h"
#include "otlp_unpack/unpack.h"

static const char too_much[] = "it takes too much memory as JSON";
static const char no_memory[] = "out of memory";

/* Writes a request. The limit is that of a body, so a request of much text may have to be split. */
static haetae_verdict write_json(const ProtobufCMessage *message, struct hae_http_buffer *ret_body,
                                 const char **ret_why)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&text);
    haetae_verdict verdict = HAETAE_VERDICT_OK;

    text.limit = HAE_HTTP_REQUEST_MAX_BYTES;
    hae_otlp_json(&json, message);
    if (text.over_limit) {
        *ret_why = too_much;
        verdict = HAETAE_VERDICT_TOO_LARGE;
    } else if (text.failed || !hae_http_buffer_reserve(ret_body, text.length)) {
        *ret_why = no_memory;
        verdict = HAETAE_VERDICT_RETRY;
    } else {
        memcpy(ret_body->data, text.data, text.length);
        ret_body->size_bytes = text.length;
    }
    hae_buffer_done(&text);
    return verdict;
}

static haetae_verdict make_body(const haetae_delivery *delivery, struct hae_http_buffer *ret_body,
                                const char **ret_why)
{
    ProtobufCMessage *message = NULL;
    haetae_verdict verdict;

    switch (hae_unpack(hae_otlp_requests[haetae_delivery_signal(delivery)],
                       haetae_delivery_data(delivery), haetae_delivery_size(delivery), &message)) {
    case HAE_UNPACKED:
        verdict = write_json(message, ret_body, ret_why);
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

static const char *const media_types[] = {"application/json", NULL};

const struct hae_http_protocol hae_http_json = {
    .name = "http/json",
    .component = "otlp_http_json",
    .content_type = "Content-Type: application/json",
    .binding = &hae_http_plain,
    .paths = {[HAETAE_SIGNAL_TRACES] = "v1/traces",
              [HAETAE_SIGNAL_METRICS] = "v1/metrics",
              [HAETAE_SIGNAL_LOGS] = "v1/logs"},
    .media_types = media_types,
    .make_body = make_body,
    .decode_response = hae_http_json_response,
    .decode_status = hae_http_json_status,
};
