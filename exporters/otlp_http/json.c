/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/json.h"

#include <string.h>

#include "otlp/response.h"
#include "otlp/transfer.h"
#include "otlp_http/json_response.h"
#include "otlp_json/request.h"

static haetae_verdict make_body(const haetae_delivery *delivery, struct hae_http_buffer *ret_body,
                                const char **ret_why)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    haetae_verdict verdict;

    text.limit = HAE_HTTP_REQUEST_MAX_BYTES;
    verdict = hae_request_json(delivery, &text, ret_why);
    if (verdict == HAETAE_VERDICT_OK && !hae_http_buffer_reserve(ret_body, text.length)) {
        *ret_why = "out of memory";
        verdict = HAETAE_VERDICT_RETRY;
    } else if (verdict == HAETAE_VERDICT_OK) {
        memcpy(ret_body->data, text.data, text.length);
        ret_body->size_bytes = text.length;
    }
    hae_buffer_done(&text);
    return verdict;
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
