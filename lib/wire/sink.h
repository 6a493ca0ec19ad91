/* SPDX-License-Identifier: Apache-2.0 */
/* Where encoded bytes go: one area of memory, or a chain of areas. */
#ifndef HAETAE_WIRE_SINK_H
#define HAETAE_WIRE_SINK_H

#include <stdbool.h>

#include "wire/wire.h"

struct hae_sink {
    uint8_t *at;  /* the next byte goes here */
    uint8_t *end; /* of this area            */
    /* Makes room for `size_bytes` more, in further areas if need be. False when there is no
     * memory; nothing has changed then. NULL: there is only this area. */
    bool (*reserve)(struct hae_sink *sink, size_t size_bytes);
    /* Moves on to the next area, which reserve() provided. */
    void (*next)(struct hae_sink *sink);
};

static inline size_t hae_sink_room(const struct hae_sink *sink)
{
    return (size_t)(sink->end - sink->at);
}

static inline struct hae_sink hae_sink_over(void *memory, size_t size_bytes)
{
    struct hae_sink sink = {memory, (uint8_t *)memory + size_bytes, NULL, NULL};

    return sink;
}

static inline bool hae_sink_reserve(struct hae_sink *sink, size_t size_bytes)
{
    return hae_sink_room(sink) >= size_bytes ||
           (sink->reserve != NULL && sink->reserve(sink, size_bytes));
}

/* These write into reserved room, across areas. */
void hae_sink_put(struct hae_sink *sink, const void *data, size_t size_bytes);
void hae_sink_put_varint(struct hae_sink *sink, uint64_t value);
void hae_sink_put_byte(struct hae_sink *sink, uint8_t byte);

/* Reserves a whole message in field `field` (below 16) and writes its tag and its length,
 * `size_bytes`. False when there is no room. */
bool hae_put_message_head(struct hae_sink *sink, unsigned field, size_t size_bytes);

#endif
