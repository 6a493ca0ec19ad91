/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for a compressed body. */
#ifndef HAETAE_OTLP_BUFFER_H
#define HAETAE_OTLP_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hae_http_buffer {
    uint8_t *data; /* NULL: none */
    size_t size_bytes;
    size_t capacity_bytes;
};

/* Makes room for `capacity_bytes`; what is there stays. False: no memory, nothing has changed. */
bool hae_http_buffer_reserve(struct hae_http_buffer *buffer, size_t capacity_bytes);

/* The capacity to begin with for a body of this size: a quarter of it, which mostly suffices. */
size_t hae_http_buffer_first_bytes(size_t body_size_bytes);

/* Frees the memory and empties the buffer. */
void hae_http_buffer_done(struct hae_http_buffer *buffer);

#endif
