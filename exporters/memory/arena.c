/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

enum { BLOCK_MIN_BYTES = 1024, BLOCK_MAX_BYTES = 65536 };

struct hae_mem_block {
    struct hae_mem_block *next;
    size_t capacity_bytes;
    size_t used_bytes;
    max_align_t data[];
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Blocks grow, so that a small request takes little and a large one few blocks. */
static struct hae_mem_block *add_block(struct hae_mem_arena *arena, size_t needed_bytes)
{
    size_t last = arena->blocks != NULL ? arena->blocks->capacity_bytes : BLOCK_MIN_BYTES / 2;
    size_t size = smaller(2 * last, BLOCK_MAX_BYTES);
    size_t left = arena->limit_bytes - arena->used_bytes;

    size = size < needed_bytes ? needed_bytes : size;
    if (left < sizeof(struct hae_mem_block) || left - sizeof(struct hae_mem_block) < needed_bytes) {
        arena->full = true;
        return NULL;
    }
    size = smaller(size, left - sizeof(struct hae_mem_block));
    struct hae_mem_block *block = hae_malloc(sizeof *block + size);

    if (block != NULL) {
        *block = (struct hae_mem_block){.next = arena->blocks, .capacity_bytes = size};
        arena->blocks = block;
        arena->used_bytes += sizeof *block + size;
    }
    return block;
}

void *hae_mem_arena_take(struct hae_mem_arena *arena, size_t count, size_t size_bytes)
{
    struct hae_mem_block *block = arena->blocks;
    size_t bytes;

    if (size_bytes != 0 && count > (SIZE_MAX / 2) / size_bytes) {
        arena->full = true;
        return NULL;
    }
    bytes =
        (count * size_bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (block == NULL || block->capacity_bytes - block->used_bytes < bytes) {
        block = add_block(arena, bytes);
        if (block == NULL) {
            return NULL;
        }
    }
    void *taken = (uint8_t *)block->data + block->used_bytes;

    block->used_bytes += bytes;
    memset(taken, 0, bytes);
    return taken;
}

void hae_mem_arena_done(struct hae_mem_arena *arena)
{
    while (arena->blocks != NULL) {
        struct hae_mem_block *next = arena->blocks->next;

        hae_free(arena->blocks);
        arena->blocks = next;
    }
    arena->used_bytes = 0;
}
