/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as gRPC frames them: a byte that says whether it is compressed, the size in four bytes,
 * the message. */
#ifndef HAETAE_OTLP_GRPC_FRAME_H
#define HAETAE_OTLP_GRPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp/buffer.h"
#include "otlp/compress.h"

enum { HAE_GRPC_PREFIX_BYTES = 5 };

/* Writes what comes before a message of this size. */
void hae_grpc_write_prefix(uint8_t *prefix, enum hae_http_codec codec, size_t size_bytes);

/* A message in a body, or in `unpacked`, where it was compressed. */
struct hae_grpc_message {
    const uint8_t *data;
    size_t size_bytes;
    struct hae_http_buffer unpacked;
};

/* Reads the message of a body that has exactly one. `gzip_allowed`: it may be compressed, to no
 * more than `max_bytes` when it is unpacked.
 * Ownership: the caller's, for hae_grpc_message_done(). False: the body is malformed, or there is
 * no memory. */
bool hae_grpc_message_read(const uint8_t *body, size_t size_bytes, bool gzip_allowed,
                           size_t max_bytes, struct hae_grpc_message *ret_message);
void hae_grpc_message_done(struct hae_grpc_message *message);

#endif
