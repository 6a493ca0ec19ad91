/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include "gunzip.h"

void hae_grpc_write_prefix(uint8_t *prefix, enum hae_http_codec codec, size_t size_bytes)
{
    prefix[0] = codec != HAE_HTTP_PLAIN;
    for (int i = 0; i < 4; i++) {
        prefix[1 + i] = (uint8_t)(size_bytes >> (24 - 8 * i));
    }
}

static size_t read_size(const uint8_t *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

bool hae_grpc_message_read(const uint8_t *body, size_t size_bytes, bool gzip_allowed,
                           size_t max_bytes, struct hae_grpc_message *ret_message)
{
    struct hae_grpc_message message = {0};

    if (size_bytes < HAE_GRPC_PREFIX_BYTES || body[0] > 1 ||
        read_size(body + 1) != size_bytes - HAE_GRPC_PREFIX_BYTES) {
        return false;
    }
    message.data = body + HAE_GRPC_PREFIX_BYTES;
    message.size_bytes = size_bytes - HAE_GRPC_PREFIX_BYTES;
    if (body[0] == 1) {
        if (!gzip_allowed ||
            !hae_grpc_gunzip(message.data, message.size_bytes, max_bytes, &message.unpacked)) {
            hae_http_buffer_done(&message.unpacked);
            return false;
        }
        message.data = message.unpacked.data;
        message.size_bytes = message.unpacked.size_bytes;
    }
    *ret_message = message;
    return true;
}

void hae_grpc_message_done(struct hae_grpc_message *message)
{
    hae_http_buffer_done(&message->unpacked);
}
