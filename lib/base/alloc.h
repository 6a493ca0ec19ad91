/* SPDX-License-Identifier: Apache-2.0 */
/* The allocations of the library. All are cold: no recording call allocates. They are
 * counted, so that a test sees every leak, and tests can make them fail. */
#ifndef HAETAE_BASE_ALLOC_H
#define HAETAE_BASE_ALLOC_H

#include <stddef.h>

/* As malloc, calloc, realloc, free and strdup. */
void *hae_malloc(size_t size_bytes);
void *hae_calloc(size_t count, size_t size_bytes);
void *hae_realloc(void *block, size_t size_bytes);
void hae_free(void *block);
char *hae_strdup(const char *text);

/* For tests: after `count` more successful allocations every further one fails. A negative
 * count lets all succeed again. */
void hae_alloc_fail_after(long count);

/* For tests: after `count` more successful allocations one fails. When several threads
 * allocate, a few may. */
void hae_alloc_fail_once_after(long count);

/* For tests: how many allocations were made to fail so far. */
long hae_alloc_refused_count(void);

/* For tests: how many blocks are allocated and not freed yet. */
long hae_alloc_live_count(void);

#endif
