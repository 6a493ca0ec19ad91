/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_MEMORY_ENTRY_H
#define HAETAE_MEMORY_ENTRY_H

#include "haetae/memory.h"

/* An item of a request, and the next one. */
struct hae_mem_entry {
    haetae_memory_item item;
    struct hae_mem_entry *next;
};

#endif
