/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Relaxed throughout: the counters order nothing. */
static _Atomic long fail_after = -1;
static _Atomic bool fail_once;
static _Atomic long refused_count;
static _Atomic long live_count;

static bool may_allocate(void)
{
    long left = atomic_load_explicit(&fail_after, memory_order_relaxed);

    if (left < 0) {
        return true;
    }
    if (left > 0 || atomic_load_explicit(&fail_once, memory_order_relaxed)) {
        atomic_store_explicit(&fail_after, left - 1, memory_order_relaxed);
    }
    if (left == 0) {
        atomic_fetch_add_explicit(&refused_count, 1, memory_order_relaxed);
    }
    return left > 0;
}

static void *counted(void *block)
{
    if (block != NULL) {
        atomic_fetch_add_explicit(&live_count, 1, memory_order_relaxed);
    }
    return block;
}

void *hae_malloc(size_t size_bytes)
{
    return may_allocate() ? counted(malloc(size_bytes != 0 ? size_bytes : 1)) : NULL;
}

void *hae_calloc(size_t count, size_t size_bytes)
{
    return may_allocate() ? counted(calloc(count != 0 ? count : 1, size_bytes)) : NULL;
}

void *hae_realloc(void *block, size_t size_bytes)
{
    if (block == NULL) {
        return hae_malloc(size_bytes);
    }
    return may_allocate() ? realloc(block, size_bytes != 0 ? size_bytes : 1) : NULL;
}

void hae_free(void *block)
{
    if (block != NULL) {
        atomic_fetch_sub_explicit(&live_count, 1, memory_order_relaxed);
        free(block);
    }
}

char *hae_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = hae_malloc(size);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void hae_alloc_fail_after(long count)
{
    atomic_store_explicit(&fail_once, false, memory_order_relaxed);
    atomic_store_explicit(&fail_after, count, memory_order_relaxed);
}

void hae_alloc_fail_once_after(long count)
{
    atomic_store_explicit(&fail_once, true, memory_order_relaxed);
    atomic_store_explicit(&fail_after, count, memory_order_relaxed);
}

long hae_alloc_refused_count(void)
{
    return atomic_load_explicit(&refused_count, memory_order_relaxed);
}

long hae_alloc_live_count(void)
{
    return atomic_load_explicit(&live_count, memory_order_relaxed);
}
