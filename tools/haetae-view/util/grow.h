/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow. */
#ifndef HAETAE_VIEW_UTIL_GROW_H
#define HAETAE_VIEW_UTIL_GROW_H

#include <stddef.h>

/* Makes room for one more item behind `count` of them, each of `size` bytes. Returns the array,
 * which may have moved. NULL: out of memory, and the array is as it was. */
void *hae_view_grow(void *items, size_t count, size_t *capacity, size_t size);

#endif
