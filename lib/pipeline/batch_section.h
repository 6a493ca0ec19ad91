/* SPDX-License-Identifier: Apache-2.0 */
/* The items of one scope in a batch, with their memory, and what a request has before the first
 * scope. */
#ifndef HAETAE_PIPELINE_BATCH_SECTION_H
#define HAETAE_PIPELINE_BATCH_SECTION_H

#include "recorder/resource_view.h"
#include "recorder/scope.h"
#include "wire/wire.h"

struct hae_batch_section {
    uint16_t scope;
    struct hae_scope_view
        known;      /* what the scope is: sizes are computed and bytes are written by it */
    uint8_t *items; /* fields 2 of Scope…, as they go on the wire */
    size_t size_bytes;
    size_t capacity_bytes;
    /* What the block has before and behind that: in the first section the request is made around
     * the items, where they lie. */
    size_t front_bytes;
    size_t back_bytes;
};

static inline size_t hae_section_memory_size(const struct hae_batch_section *section)
{
    return section->items != NULL
               ? section->front_bytes + section->capacity_bytes + section->back_bytes
               : 0;
}

/* What hae_malloc() returned; NULL: nothing. */
static inline uint8_t *hae_section_memory(const struct hae_batch_section *section)
{
    return section->items != NULL ? section->items - section->front_bytes : NULL;
}

static inline void hae_section_set_memory(struct hae_batch_section *section, uint8_t *memory,
                                          size_t size_bytes)
{
    section->items = memory + section->front_bytes;
    section->capacity_bytes = size_bytes - section->front_bytes - section->back_bytes;
}

static inline void hae_section_forget_memory(struct hae_batch_section *section)
{
    section->items = NULL;
    section->capacity_bytes = 0;
}

/* What stands before the scopes: the resource, and the URL of its schema. */
static inline size_t hae_resource_head_size(const struct hae_resource_view *resource)
{
    size_t url = resource->schema_url_size_bytes;

    return hae_field_size(resource->size_bytes) + (url != 0 ? hae_field_size(url) : 0);
}

#endif
