/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for unpacking one message: many small pieces, freed all at once, never more than a
 * limit. It is an allocator for protobuf-c. Threads: one at a time. */
#ifndef HAETAE_VIEW_UTIL_ARENA_H
#define HAETAE_VIEW_UTIL_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct hae_view_arena_block;

struct hae_view_arena {
    ProtobufCAllocator allocator; /* hand this to protobuf-c; free does nothing */
    struct hae_view_arena_block *blocks;
    size_t block_used; /* of the first block */
    size_t total;      /* bytes in all blocks */
    size_t limit;
};

/* The arena must not move while its allocator is in use. */
void hae_view_arena_init(struct hae_view_arena *arena, size_t limit);
void hae_view_arena_done(struct hae_view_arena *arena);

/* Frees everything that was taken; keeps one block for the next message. */
void hae_view_arena_reset(struct hae_view_arena *arena);

/* NULL when the limit is reached or memory is short. Aligned for any type. */
void *hae_view_arena_take(struct hae_view_arena *arena, size_t size);

#endif
