/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/grpc_answer.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "decode/fields.h"
#include "receive/otlp_body.h"
#include "util/unzstd.h"

#define MESSAGE_MAX 256 /* of the text of an error */

/* Status codes of gRPC. */
enum { GRPC_OK = 0, GRPC_UNAVAILABLE = 14, GRPC_INTERNAL = 13, GRPC_UNIMPLEMENTED = 12 };
enum { GRPC_INVALID_ARGUMENT = 3, GRPC_RESOURCE_EXHAUSTED = 8 };

static nghttp2_nv pair(const char *name, const char *value)
{
    /* libnghttp2 copies both. */
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

/* libnghttp2 says what the parameters are. NOLINTNEXTLINE(readability-function-size) */
static ssize_t read_reply(nghttp2_session *http2, int32_t id, uint8_t *out, size_t size,
                          uint32_t *flags, nghttp2_data_source *source, void *user)
{
    (void)user;
    struct hae_view_grpc_call *call = source->ptr;
    size_t length = call->reply.length - call->reply_sent;
    length = length < size ? length : size;
    if (length > 0) {
        memcpy(out, call->reply.data + call->reply_sent, length);
    }
    call->reply_sent += length;
    if (call->reply_sent == call->reply.length) {
        nghttp2_nv trailer = pair("grpc-status", "0");
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (nghttp2_submit_trailer(http2, id, &trailer, 1) != 0) {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        }
    }
    return (ssize_t)length;
}

/* Specification: gRPC over HTTP/2, "Percent-Encoded". */
static void encode(struct hae_view_bytes message, char out[3 * MESSAGE_MAX + 1])
{
    for (size_t i = 0; i < message.length && i < MESSAGE_MAX; i++) {
        char c = (char)message.data[i];
        if (c >= ' ' && c <= '~' && c != '%') {
            *out++ = c;
        } else {
            *out++ = '%';
            out = hae_put_hex(out, &message.data[i], 1);
        }
    }
    *out = '\0';
}

static int submit_error(nghttp2_session *http2, struct hae_view_grpc_call *call, int code,
                        struct hae_view_bytes message)
{
    char status[12];
    char text[3 * MESSAGE_MAX + 1];
    encode(message, text);
    snprintf(status, sizeof status, "%d", code);
    const nghttp2_nv headers[] = {
        pair(":status", "200"),
        pair("content-type", "application/grpc"),
        pair("grpc-status", status),
        pair("grpc-message", text),
        pair("grpc-accept-encoding", hae_view_knows_zstd() ? "gzip,zstd" : "gzip"),
    };
    return nghttp2_submit_response(http2, call->id, headers, sizeof headers / sizeof headers[0],
                                   NULL);
}

static int submit_reply(nghttp2_session *http2, struct hae_view_grpc_call *call)
{
    const struct hae_buffer *body = &call->request.reply.body;
    uint8_t prefix[HAE_VIEW_GRPC_PREFIX] = {0, 0, 0, (uint8_t)(body->length >> 8),
                                            (uint8_t)body->length};
    const nghttp2_nv headers[] = {pair(":status", "200"), pair("content-type", "application/grpc")};
    const nghttp2_data_provider provider = {{.ptr = call}, read_reply};
    hae_buffer_add(&call->reply, prefix, sizeof prefix);
    hae_buffer_add(&call->reply, body->data, body->length);
    if (call->reply.failed) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return nghttp2_submit_response(http2, call->id, headers, sizeof headers / sizeof headers[0],
                                   &provider);
}

/* The status of gRPC for one of HTTP. Specification: OTLP, "OTLP/gRPC Throttling", and gRPC's own
 * list. Senders try again after UNAVAILABLE only. */
static int code_of(unsigned status)
{
    switch (status) {
    case 200:
        return GRPC_OK;
    case 400:
        return GRPC_INVALID_ARGUMENT;
    case 413:
        return GRPC_RESOURCE_EXHAUSTED;
    case 404:
    case 405:
    case 415:
        return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_INTERNAL;
    }
}

static struct hae_view_bytes bytes_of(const char *text)
{
    return (struct hae_view_bytes){(const uint8_t *)text, strlen(text)};
}

int hae_view_grpc_answer(nghttp2_session *http2, struct hae_view_grpc_call *call,
                         struct hae_view_endpoint *endpoint)
{
    static const char unknown[] = "only the Export calls of OTLP are served, as application/grpc";
    if (!call->begun) {
        hae_view_store_refusal(endpoint->store, 404, unknown, false);
        return submit_error(http2, call, GRPC_UNIMPLEMENTED, bytes_of(unknown));
    }
    bool whole = call->prefix_bytes == HAE_VIEW_GRPC_PREFIX && call->bytes == call->message_bytes;
    if (call->request.reply.status == 0 && (call->broken != NULL || !whole)) {
        const char *broken = call->broken != NULL ? call->broken : "the message is cut short";
        hae_view_store_refusal(endpoint->store, 400, broken, false);
        return submit_error(http2, call, GRPC_INVALID_ARGUMENT, bytes_of(broken));
    }
    hae_view_request_finish(&call->request, hae_view_arrival_now());
    const struct hae_view_reply *reply = &call->request.reply;
    if (reply->status == 200) {
        return submit_reply(http2, call);
    }
    struct hae_view_bytes body = {(const uint8_t *)reply->body.data, reply->body.length};
    struct hae_view_bytes message = hae_view_last_field(body, HAE_OTLP_RPC_STATUS_MESSAGE);
    return submit_error(http2, call, code_of(reply->status), message);
}
