/* SPDX-License-Identifier: Apache-2.0 */
#include "util/grow.h"

#include <stdlib.h>

#define CAPACITY_FIRST 64

void *hae_view_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    size_t more = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    void *moved = realloc(items, more * size);
    if (moved != NULL) {
        *capacity = more;
    }
    return moved;
}
