/* SPDX-License-Identifier: Apache-2.0 */
/* What the server writes: bytes, frames and headers. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/http2_connection.h"

/* The caller holds the lock for writing. */
static void put(struct http2_connection *connection, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t count = connection->tls != NULL ? gnutls_record_send(connection->tls, at, size)
                                                : send(connection->socket, at, size, MSG_NOSIGNAL);

        if (count <= 0) {
            return;
        }
        at += count;
        size -= (size_t)count;
    }
}

void http2_write(struct http2_connection *connection, const void *bytes, size_t size_bytes)
{
    pthread_mutex_lock(&connection->write_lock);
    put(connection, bytes, size_bytes);
    pthread_mutex_unlock(&connection->write_lock);
}

void http2_write_frame(struct http2_connection *connection, unsigned type, unsigned flags,
                       uint32_t stream, const void *payload, size_t size_bytes)
{
    uint8_t *frame = malloc(9 + size_bytes);
    uint8_t head[9] = {(uint8_t)(size_bytes >> 16),
                       (uint8_t)(size_bytes >> 8),
                       (uint8_t)size_bytes,
                       (uint8_t)type,
                       (uint8_t)flags,
                       (uint8_t)(stream >> 24),
                       (uint8_t)(stream >> 16),
                       (uint8_t)(stream >> 8),
                       (uint8_t)stream};

    memcpy(frame, head, sizeof head);
    if (size_bytes > 0) {
        memcpy(frame + 9, payload, size_bytes);
    }
    http2_write(connection, frame, 9 + size_bytes);
    free(frame);
}

/* An integer of HPACK with a prefix of seven bits. */
static uint8_t *put_length(uint8_t *at, size_t length)
{
    if (length < 127) {
        *at++ = (uint8_t)length;
        return at;
    }
    *at++ = 127;
    for (length -= 127; length >= 128; length >>= 7) {
        *at++ = (uint8_t)(length | 128);
    }
    *at++ = (uint8_t)length;
    return at;
}

static uint8_t *put_string(uint8_t *at, const char *text, size_t length)
{
    at = put_length(at, length);
    memcpy(at, text, length);
    return at + length;
}

/* Literals that are not indexed. */
static size_t encode_lines(const char *lines, uint8_t *out)
{
    uint8_t *at = out;

    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        const char *colon = memmem(lines + 1, length - 1, ": ", 2);

        *at++ = 0;
        at = put_string(at, lines, (size_t)(colon - lines));
        at = put_string(at, colon + 2, length - (size_t)(colon + 2 - lines));
        lines += length + (lines[length] == '\n');
    }
    return (size_t)(at - out);
}

void http2_write_headers(struct http2_connection *connection, uint32_t stream, const char *lines,
                         bool end)
{
    uint8_t *block = malloc(2 * strlen(lines) + 64);
    size_t size = encode_lines(lines, block);
    size_t at = 0;

    do {
        size_t part = size - at < HTTP2_FRAME_MAX ? size - at : HTTP2_FRAME_MAX;
        unsigned flags =
            (at == 0 && end ? HTTP2_END_STREAM : 0u) | (at + part == size ? HTTP2_END_HEADERS : 0u);

        http2_write_frame(connection, at == 0 ? HTTP2_HEADERS : HTTP2_CONTINUATION, flags, stream,
                          block + at, part);
        at += part;
    } while (at < size);
    free(block);
}
