/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/buffer.h"

#include <stdlib.h>

enum { CAPACITY_MIN_BYTES = 4096 };

bool hae_http_buffer_reserve(struct hae_http_buffer *buffer, size_t capacity_bytes)
{
    uint8_t *data;

    if (capacity_bytes <= buffer->capacity_bytes) {
        return true;
    }
    data = realloc(buffer->data, capacity_bytes);
    if (data == NULL) {
        return false;
    }
    buffer->data = data;
    buffer->capacity_bytes = capacity_bytes;
    return true;
}

size_t hae_http_buffer_first_bytes(size_t body_size_bytes)
{
    return body_size_bytes / 4 + CAPACITY_MIN_BYTES;
}

void hae_http_buffer_done(struct hae_http_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct hae_http_buffer){0};
}
