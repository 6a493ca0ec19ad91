/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given back as a whole, within a limit. */
#ifndef HAETAE_MEMORY_ARENA_H
#define HAETAE_MEMORY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct hae_mem_block;

struct hae_mem_arena {
    struct hae_mem_block *blocks; /* the latest first */
    size_t limit_bytes;           /* for all blocks together */
    size_t used_bytes;            /* by all blocks */
    bool full;                    /* the limit was reached */
};

/* `count` elements, all zero, aligned for any of them. NULL: `full`, or malloc() has failed. */
void *hae_mem_arena_take(struct hae_mem_arena *arena, size_t count, size_t size_bytes);

void hae_mem_arena_done(struct hae_mem_arena *arena);

#endif
