/* SPDX-License-Identifier: Apache-2.0 */
#include "util/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_SIZE ((size_t)256 * 1024)

struct hae_view_arena_block {
    struct hae_view_arena_block *next;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

static void *allocate(void *user, size_t size)
{
    return hae_view_arena_take(user, size);
}

static void release(void *user, void *pointer)
{
    (void)user;
    (void)pointer;
}

void hae_view_arena_init(struct hae_view_arena *arena, size_t limit)
{
    arena->allocator.alloc = allocate;
    arena->allocator.free = release;
    arena->allocator.allocator_data = arena;
    arena->blocks = NULL;
    arena->block_used = 0;
    arena->total = 0;
    arena->limit = limit;
}

void hae_view_arena_done(struct hae_view_arena *arena)
{
    while (arena->blocks != NULL) {
        struct hae_view_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->block_used = 0;
    arena->total = 0;
}

void hae_view_arena_reset(struct hae_view_arena *arena)
{
    while (arena->blocks != NULL &&
           (arena->blocks->next != NULL || arena->blocks->size > BLOCK_SIZE)) {
        struct hae_view_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        arena->total -= block->size;
        free(block);
    }
    arena->block_used = 0;
}

void *hae_view_arena_take(struct hae_view_arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    if (size > arena->limit) {
        return NULL;
    }
    size = (size + align - 1) / align * align;
    if (arena->blocks == NULL || size > arena->blocks->size - arena->block_used) {
        size_t block_size = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        if (block_size > arena->limit - arena->total) {
            return NULL;
        }
        struct hae_view_arena_block *block = malloc(sizeof *block + block_size);
        if (block == NULL) {
            return NULL;
        }
        block->size = block_size;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->total += block_size;
        arena->block_used = 0;
    }
    void *piece = arena->blocks->data + arena->block_used;
    arena->block_used += size;
    return piece;
}
