/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include "base/alloc.h"
#include "wire/envelope.h"

/* Tag and length of a message that holds others, at most. */
enum { MESSAGE_HEAD_MAX = 6 };

/* Memory for items grows from this. */
enum { CAPACITY_MIN = 1024 };

void hae_batch_init(struct hae_batch *batch, struct hae_heap heap, haetae_signal signal,
                    struct hae_resource_view resource)
{
    memset(batch, 0, sizeof *batch);
    batch->heap = heap;
    batch->resource = resource;
    batch->signal = signal;
}

void hae_batch_done(struct hae_batch *batch)
{
    for (uint32_t i = 0; i < batch->section_capacity; i++) {
        hae_free(hae_section_memory(&batch->sections[i]));
    }
    hae_free(batch->sections);
    batch->sections = NULL;
    batch->section_count = 0;
    batch->section_capacity = 0;
    batch->size_bytes = 0;
    batch->memory_bytes = 0;
    batch->item_count = 0;
}

static struct hae_batch_section *find(const struct hae_batch *batch, uint16_t scope)
{
    if (batch->last_section < batch->section_count &&
        batch->sections[batch->last_section].scope == scope) {
        return &batch->sections[batch->last_section];
    }
    for (uint32_t i = 0; i < batch->section_count; i++) {
        if (batch->sections[i].scope == scope) {
            return &batch->sections[i];
        }
    }
    return NULL;
}

static size_t scope_overhead(const struct hae_batch *batch, uint16_t scope)
{
    struct hae_scope_view known = hae_scope_at(&batch->heap, scope);

    return known.bytes == NULL ? MESSAGE_HEAD_MAX + 2
                               : (size_t)known.scope_size_bytes + known.schema_url_size_bytes +
                                     3 * (size_t)MESSAGE_HEAD_MAX;
}

size_t hae_batch_growth(const struct hae_batch *batch, uint16_t scope, size_t item_size_bytes)
{
    size_t growth = hae_field_size(item_size_bytes);

    if (batch->item_count == 0) {
        growth += hae_resource_head_size(&batch->resource) + MESSAGE_HEAD_MAX;
    }
    if (HAE_UNLIKELY(find(batch, scope) == NULL)) {
        growth += scope_overhead(batch, scope);
    }
    return growth;
}

/* Room for all that stands around the items of the first section: the heads of two messages, the
 * resource and the scope before them, the URL of the schema behind them. */
static void reserve(const struct hae_batch *batch, struct hae_batch_section *section)
{
    const struct hae_scope_view *scope = &section->known;

    section->front_bytes = section->back_bytes = 0;
    if (section == batch->sections) {
        section->front_bytes = 2 * (size_t)MESSAGE_HEAD_MAX +
                               hae_resource_head_size(&batch->resource) +
                               (scope->bytes != NULL ? hae_field_size(scope->scope_size_bytes) : 0);
        section->back_bytes = scope->bytes != NULL && scope->schema_url_size_bytes != 0
                                  ? hae_field_size(scope->schema_url_size_bytes)
                                  : 0;
    }
}

/* A block of a request that is done, if there is one for this. */
static bool take_spare(struct hae_batch *batch, struct hae_batch_section *section, size_t minimum,
                       size_t maximum)
{
    struct hae_spare spare = {NULL, 0};

    if (batch->spares != NULL && section == batch->sections && section->items == NULL) {
        spare = hae_spares_take(batch->spares, minimum, maximum);
    }
    if (spare.memory == NULL) {
        return false;
    }
    hae_section_set_memory(section, spare.memory, spare.size_bytes);
    batch->memory_bytes += spare.size_bytes;
    return true;
}

/* Memory for a section: twice as much each time, but what is left below
 * `memory_max` when that is less. */
static enum hae_batch_put grow(struct hae_batch *batch, struct hae_batch_section *section,
                               size_t needed, size_t memory_max)
{
    size_t before = hae_section_memory_size(section);
    size_t others = batch->memory_bytes - before;
    size_t allowed = memory_max > others ? memory_max - others : 0;
    size_t capacity = before != 0 ? before : CAPACITY_MIN;
    uint8_t *memory;

    needed += section->front_bytes + section->back_bytes;
    while (capacity < needed) {
        capacity *= 2;
    }
    capacity = capacity < allowed ? capacity : allowed;
    if (capacity < needed) {
        return HAE_BATCH_FULL;
    }
    if (take_spare(batch, section, needed, allowed)) {
        return HAE_BATCH_PUT;
    }
    memory = hae_realloc(hae_section_memory(section), capacity);
    if (memory == NULL) {
        return HAE_BATCH_NO_MEMORY;
    }
    hae_section_set_memory(section, memory, capacity);
    batch->memory_bytes = others + capacity;
    return HAE_BATCH_PUT;
}

static enum hae_batch_put add_section(struct hae_batch *batch, size_t memory_max)
{
    enum { STEP = 8 };
    struct hae_batch_section *sections;
    size_t size = STEP * sizeof *sections;

    if (batch->section_count == batch->section_capacity) {
        if (batch->memory_bytes + size > memory_max) {
            return HAE_BATCH_FULL;
        }
        sections = hae_realloc(batch->sections,
                               (batch->section_capacity + (size_t)STEP) * sizeof *sections);
        if (sections == NULL) {
            return HAE_BATCH_NO_MEMORY;
        }
        memset(sections + batch->section_capacity, 0, size);
        batch->sections = sections;
        batch->section_capacity += STEP;
        batch->memory_bytes += size;
    }
    batch->sections[batch->section_count++].size_bytes = 0;
    return HAE_BATCH_PUT;
}

/* Makes room for `size_bytes` in the section of a scope, a new one if need be. */
static enum hae_batch_put make_room(struct hae_batch *batch, uint16_t scope, size_t size_bytes,
                                    size_t memory_max)
{
    struct hae_batch_section *section = find(batch, scope);
    bool is_new = section == NULL;
    enum hae_batch_put put = is_new ? add_section(batch, memory_max) : HAE_BATCH_PUT;

    if (put != HAE_BATCH_PUT) {
        return put;
    }
    if (is_new) {
        section = &batch->sections[batch->section_count - 1];
        section->scope = scope;
        section->known = hae_scope_at(&batch->heap, scope);
        if (section->items == NULL) {
            reserve(batch, section);
        }
    }
    if (section->capacity_bytes - section->size_bytes < size_bytes) {
        put = grow(batch, section, section->size_bytes + size_bytes, memory_max);
    }
    if (put == HAE_BATCH_PUT) {
        batch->last_section = (uint32_t)(section - batch->sections);
    } else if (is_new) {
        batch->section_count--;
    }
    return put;
}

static void put_item(struct hae_batch_section *section, const struct hae_item *item)
{
    uint8_t *at = section->items + section->size_bytes;

    *at++ = HAE_TAG(HAE_ENVELOPE_ITEMS, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, item->size_bytes);
    memcpy(at, item->data, item->size_bytes);
    section->size_bytes = (size_t)(at - section->items) + item->size_bytes;
}

bool hae_batch_append(struct hae_batch *batch, const struct hae_item *item, size_t size_max_bytes,
                      uint64_t count_max)
{
    size_t size = hae_field_size(item->size_bytes);
    struct hae_batch_section *section;

    if (HAE_UNLIKELY(batch->item_count == 0 || batch->item_count + item->count > count_max ||
                     batch->size_bytes + size > size_max_bytes ||
                     batch->last_section >= batch->section_count)) {
        return false;
    }
    section = &batch->sections[batch->last_section];
    if (HAE_UNLIKELY(section->scope != item->scope ||
                     section->capacity_bytes - section->size_bytes < size)) {
        return false;
    }
    put_item(section, item);
    batch->size_bytes += size;
    batch->item_count += item->count;
    return true;
}

enum hae_batch_put hae_batch_add(struct hae_batch *batch, const struct hae_item *item,
                                 size_t memory_max)
{
    size_t growth = hae_batch_growth(batch, item->scope, item->size_bytes);
    size_t size = hae_field_size(item->size_bytes);
    struct hae_batch_section *section = find(batch, item->scope);

    if (HAE_UNLIKELY(section == NULL || section->capacity_bytes - section->size_bytes < size)) {
        enum hae_batch_put put = make_room(batch, item->scope, size, memory_max);

        if (put != HAE_BATCH_PUT) {
            return put;
        }
        section = &batch->sections[batch->last_section];
    }
    put_item(section, item);
    batch->last_section = (uint32_t)(section - batch->sections);
    batch->size_bytes += growth;
    batch->item_count += item->count;
    return HAE_BATCH_PUT;
}
