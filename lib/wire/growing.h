/* SPDX-License-Identifier: Apache-2.0 */
/* A sink over memory that grows as it is written to. */
#ifndef HAETAE_WIRE_GROWING_H
#define HAETAE_WIRE_GROWING_H

#include "wire/sink.h"

struct hae_growing {
    struct hae_sink sink;
    uint8_t *memory;
    size_t size_max;    /* the most bytes that it holds                               */
    bool out_of_memory; /* the last allocation failed                                */
};

/* Begins with no memory. */
void hae_growing_init(struct hae_growing *growing, size_t size_max);
void hae_growing_done(struct hae_growing *growing);

static inline size_t hae_growing_size(const struct hae_growing *growing)
{
    return growing->memory != NULL ? (size_t)(growing->sink.at - growing->memory) : 0;
}

/* Forgets what lies behind the first `size_bytes`, and keeps the memory. */
static inline void hae_growing_cut(struct hae_growing *growing, size_t size_bytes)
{
    growing->sink.at = growing->memory != NULL ? growing->memory + size_bytes : NULL;
}

/* Appends a whole length-delimited field (below 16). False: there is no room. */
bool hae_growing_put_field(struct hae_growing *growing, unsigned field, const uint8_t *data,
                           size_t size_bytes);

#endif
