/* SPDX-License-Identifier: Apache-2.0 */
/* The items of a request while it is read. */
#ifndef HAETAE_MEMORY_ITEM_LIST_H
#define HAETAE_MEMORY_ITEM_LIST_H

#include "entry.h"
#include "parts.h"

struct hae_mem_list {
    struct hae_mem_entry *first;
    struct hae_mem_entry **last; /* where the next one goes */
    size_t count;
    haetae_signal signal;
    const haetae_memory_resource *resource; /* of the next one */
    const haetae_memory_scope *scope;
};

/* A new item at the end of the list. NULL: the parser has failed. */
static inline haetae_memory_item *hae_mem_add_item(struct hae_mem_parser *parser,
                                                   struct hae_mem_list *list)
{
    struct hae_mem_entry *entry = hae_mem_take(parser, 1, sizeof *entry);

    if (entry == NULL) {
        return NULL;
    }
    entry->item =
        (haetae_memory_item)HAETAE_OPTIONS(haetae_memory_item, .signal = (int32_t)list->signal,
                                           .resource = list->resource, .scope = list->scope);
    *list->last = entry;
    list->last = &entry->next;
    list->count++;
    return &entry->item;
}

#endif
