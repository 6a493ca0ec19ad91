/* SPDX-License-Identifier: Apache-2.0 */
/* The library's allocations, all of them cold: the recording path makes none.
 * They are counted, so that a test can see every leak, and can be made to
 * fail. */
#ifndef HAE_BASE_ALLOC_H
#define HAE_BASE_ALLOC_H

#include <stddef.h>

/* As malloc, calloc, realloc, free and strdup. */
void *hae_malloc(size_t size_bytes);
void *hae_calloc(size_t count, size_t size_bytes);
void *hae_realloc(void *block, size_t size_bytes);
void hae_free(void *block);
char *hae_strdup(const char *text);

/* For tests: after `count` more successful allocations every further one fails;
 * a negative count lets all succeed again. */
void hae_alloc_fail_after(long count);

/* For tests: only the next one fails then. With several threads allocating, a few may. */
void hae_alloc_fail_once_after(long count);

/* For tests: allocations that were made to fail so far. */
long hae_alloc_refused_count(void);

/* For tests: blocks allocated and not freed yet. */
long hae_alloc_live_count(void);

#endif
