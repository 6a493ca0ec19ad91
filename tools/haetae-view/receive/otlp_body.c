/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/otlp_body.h"

#include "util/gunzip.h"
#include "util/unzstd.h"

/* A larger buffer for decompressed bodies is freed after use. */
#define INFLATED_KEPT_BYTES ((size_t)4 * 1024 * 1024)

/* Fails a fixed share of the requests, evenly spread: the n-th fails when n times the share
 * passes a whole number. */
static bool fails_on_purpose(struct hae_view_endpoint *endpoint)
{
    const uint64_t million = 1000000;
    uint64_t before = endpoint->request_count * endpoint->fail_per_million / million;
    endpoint->request_count++;
    return endpoint->request_count * endpoint->fail_per_million / million > before;
}

/* Decompresses into *body if needed. False: the request was refused. */
static bool decompress(struct hae_view_request *request, struct hae_view_bytes *body)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    if (!request->gzip && !request->zstd) {
        return true;
    }
    enum hae_view_unpack_result result =
        request->gzip ? hae_view_gunzip(body->data, body->length, endpoint->max_body_bytes,
                                        &endpoint->inflated)
                      : hae_view_unzstd(body->data, body->length, endpoint->max_body_bytes,
                                        &endpoint->inflated);
    switch (result) {
    case HAE_VIEW_UNPACK_OK:
        break;
    case HAE_VIEW_UNPACK_MALFORMED:
        hae_view_request_refuse(request, 400,
                                request->gzip ? "the body is not valid gzip"
                                              : "the body is not valid zstd");
        return false;
    case HAE_VIEW_UNPACK_TOO_LARGE:
        hae_view_request_refuse(request, 413,
                                "the decompressed body is larger than this receiver accepts");
        return false;
    case HAE_VIEW_UNPACK_NO_MEMORY:
        hae_view_request_refuse(request, 503, "out of memory");
        return false;
    }
    body->data = (const uint8_t *)endpoint->inflated.data;
    body->length = endpoint->inflated.length;
    return true;
}

static enum hae_view_decode_result decode(struct hae_view_request *request,
                                          struct hae_view_bytes body,
                                          struct hae_view_arrival arrival)
{
    struct hae_view_decoder *decoder = request->endpoint->decoder;
    return request->reply.dialect == HAE_VIEW_JSON
               ? hae_view_decode_json(decoder, request->signal, body, arrival)
               : hae_view_decode(decoder, request->signal, body, arrival);
}

static void take(struct hae_view_request *request, struct hae_view_arrival arrival)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    struct hae_view_bytes body = {(const uint8_t *)request->body.data, request->body.length};
    if (!decompress(request, &body)) {
        return;
    }
    switch (decode(request, body, arrival)) {
    case HAE_VIEW_DECODED:
        hae_view_store_request(endpoint->store, request->signal, request->body.length, body.length);
        hae_view_reply_accepted(&request->reply, request->signal);
        break;
    case HAE_VIEW_DECODE_MALFORMED:
        hae_view_request_refuse(request, 400, hae_view_decode_problem(endpoint->decoder));
        break;
    case HAE_VIEW_DECODE_TOO_LARGE:
        hae_view_request_refuse(request, 413, hae_view_decode_problem(endpoint->decoder));
        break;
    case HAE_VIEW_DECODE_NO_MEMORY:
        hae_view_request_refuse(request, 500, hae_view_decode_problem(endpoint->decoder));
        break;
    case HAE_VIEW_DECODE_NO_ROOM:
        hae_view_request_refuse_for_now(request, hae_view_decode_problem(endpoint->decoder));
        break;
    }
}

void hae_view_request_finish(struct hae_view_request *request, struct hae_view_arrival arrival)
{
    struct hae_view_endpoint *endpoint = request->endpoint;
    if (request->reply.status != 0 || hae_view_request_asks(request)) {
        return;
    }
    if (fails_on_purpose(endpoint)) {
        unsigned status = endpoint->fail_status;
        hae_view_reply_error(&request->reply, status, "failed on purpose (--fail-rate)");
        request->reply.retry_after_s = status == 429 || status == 503 ? endpoint->retry_after_s : 0;
        hae_view_store_refusal(endpoint->store, status, "", true);
    } else {
        take(request, arrival);
    }
    hae_view_request_drop_body(request);
    if (endpoint->inflated.capacity > INFLATED_KEPT_BYTES) {
        hae_buffer_done(&endpoint->inflated);
    }
}
