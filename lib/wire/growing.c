/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/growing.h"

#include <stddef.h>

#include "base/alloc.h"

enum { FIRST_BYTES = 512 };

static bool grow(struct hae_sink *sink, size_t size_bytes)
{
    struct hae_growing *growing =
        (struct hae_growing *)((uint8_t *)sink - offsetof(struct hae_growing, sink));
    size_t used = hae_growing_size(growing);
    size_t room = growing->memory != NULL ? (size_t)(sink->end - growing->memory) : FIRST_BYTES;
    uint8_t *memory;

    if (size_bytes > growing->size_max || used > growing->size_max - size_bytes) {
        growing->out_of_memory = false;
        return false;
    }
    while (room < used + size_bytes) {
        room *= 2;
    }
    memory = hae_realloc(growing->memory, room);
    growing->out_of_memory = memory == NULL;
    if (memory == NULL) {
        return false;
    }
    growing->memory = memory;
    sink->at = memory + used;
    sink->end = memory + room;
    return true;
}

void hae_growing_init(struct hae_growing *growing, size_t size_max)
{
    *growing = (struct hae_growing){.sink = {.reserve = grow}, .size_max = size_max};
}

void hae_growing_done(struct hae_growing *growing)
{
    hae_free(growing->memory);
    hae_growing_init(growing, growing->size_max);
}

bool hae_growing_put_field(struct hae_growing *growing, unsigned field, const uint8_t *data,
                           size_t size_bytes)
{
    if (!hae_sink_reserve(&growing->sink, hae_field_size(size_bytes))) {
        return false;
    }
    hae_sink_put_byte(&growing->sink, (uint8_t)HAE_TAG(field, HAE_WIRE_LENGTH));
    hae_sink_put_varint(&growing->sink, size_bytes);
    if (size_bytes != 0) {
        hae_sink_put(&growing->sink, data, size_bytes);
    }
    return true;
}
