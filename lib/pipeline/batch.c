/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include "base/alloc.h"
#include "wire/envelope.h"
#include "wire/wire.h"

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

/* ---- A section's memory ------------------------------------------------------------ */

static size_t memory_size(const struct hae_batch_section *section)
{
    return section->items != NULL
               ? section->front_bytes + section->capacity_bytes + section->back_bytes
               : 0;
}

/* What hae_malloc() returned; NULL: nothing. */
static uint8_t *memory_of(const struct hae_batch_section *section)
{
    return section->items != NULL ? section->items - section->front_bytes : NULL;
}

static void set_memory(struct hae_batch_section *section, uint8_t *memory, size_t size_bytes)
{
    section->items = memory + section->front_bytes;
    section->capacity_bytes = size_bytes - section->front_bytes - section->back_bytes;
}

static void forget_memory(struct hae_batch_section *section)
{
    section->items = NULL;
    section->capacity_bytes = 0;
}

void hae_batch_done(struct hae_batch *batch)
{
    for (uint32_t i = 0; i < batch->section_capacity; i++) {
        hae_free(memory_of(&batch->sections[i]));
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

/* What stands before the scopes: the resource, and the URL of its schema. */
static size_t resource_head(const struct hae_batch *batch)
{
    size_t url = batch->resource.schema_url_size_bytes;

    return hae_field_size(batch->resource.size_bytes) + (url != 0 ? hae_field_size(url) : 0);
}

size_t hae_batch_growth(const struct hae_batch *batch, uint16_t scope, size_t item_size_bytes)
{
    size_t growth = hae_field_size(item_size_bytes);

    if (batch->item_count == 0) {
        growth += resource_head(batch) + MESSAGE_HEAD_MAX;
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
        section->front_bytes = 2 * (size_t)MESSAGE_HEAD_MAX + resource_head(batch) +
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
    set_memory(section, spare.memory, spare.size_bytes);
    batch->memory_bytes += spare.size_bytes;
    return true;
}

/* Memory for a section: twice as much each time, but what is left below
 * `memory_max` when that is less. */
static enum hae_batch_put grow(struct hae_batch *batch, struct hae_batch_section *section,
                               size_t needed, size_t memory_max)
{
    size_t before = memory_size(section);
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
    memory = hae_realloc(memory_of(section), capacity);
    if (memory == NULL) {
        return HAE_BATCH_NO_MEMORY;
    }
    set_memory(section, memory, capacity);
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

/* ---- Making the request ---------------------------------------------------------- */

static size_t section_size(const struct hae_batch_section *section)
{
    const struct hae_scope_view *scope = &section->known;
    size_t size = section->size_bytes;

    if (scope->bytes != NULL) {
        size += hae_field_size(scope->scope_size_bytes);
        if (scope->schema_url_size_bytes != 0) {
            size += hae_field_size(scope->schema_url_size_bytes);
        }
    }
    return size;
}

static uint8_t *put_head(uint8_t *at, unsigned field, size_t size_bytes)
{
    *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
    return hae_put_varint(at, size_bytes);
}

static uint8_t *put_message(uint8_t *at, unsigned field, const uint8_t *data, size_t size_bytes)
{
    at = put_head(at, field, size_bytes);
    if (size_bytes != 0) {
        memcpy(at, data, size_bytes);
    }
    return at + size_bytes;
}

/* What stands before and behind a section's items. */
static uint8_t *put_scope(uint8_t *at, const struct hae_batch_section *section)
{
    const struct hae_scope_view *scope = &section->known;

    at = put_head(at, HAE_ENVELOPE_SCOPES, section_size(section));
    return scope->bytes != NULL
               ? put_message(at, HAE_ENVELOPE_SCOPE, scope->bytes, scope->scope_size_bytes)
               : at;
}

static uint8_t *put_schema_url(uint8_t *at, const struct hae_batch_section *section)
{
    const struct hae_scope_view *scope = &section->known;

    return scope->bytes != NULL && scope->schema_url_size_bytes != 0
               ? put_message(at, HAE_ENVELOPE_SCHEMA_URL, scope->bytes + scope->scope_size_bytes,
                             scope->schema_url_size_bytes)
               : at;
}

static uint8_t *put_section(uint8_t *at, const struct hae_batch_section *section)
{
    at = put_scope(at, section);
    memcpy(at, section->items, section->size_bytes);
    return put_schema_url(at + section->size_bytes, section);
}

static size_t resource_size(const struct hae_batch *batch)
{
    size_t size = resource_head(batch);

    for (uint32_t i = 0; i < batch->section_count; i++) {
        size += hae_field_size(section_size(&batch->sections[i]));
    }
    return size;
}

static uint8_t *put_resource(uint8_t *at, const struct hae_resource_view *resource)
{
    at = put_message(at, HAE_ENVELOPE_RESOURCE, resource->bytes, resource->size_bytes);
    return resource->schema_url_size_bytes != 0
               ? put_message(at, HAE_ENVELOPE_SCHEMA_URL, resource->bytes + resource->size_bytes,
                             resource->schema_url_size_bytes)
               : at;
}

/* Keeps memory for the next items, at most `memory_kept` bytes. */
static void empty(struct hae_batch *batch, size_t memory_kept)
{
    size_t kept = batch->section_capacity * sizeof *batch->sections;

    for (uint32_t i = 0; i < batch->section_capacity; i++) {
        struct hae_batch_section *section = &batch->sections[i];

        section->size_bytes = 0;
        if (kept + memory_size(section) > memory_kept) {
            hae_free(memory_of(section));
            forget_memory(section);
        }
        kept += memory_size(section);
    }
    batch->memory_bytes = kept;
    batch->section_count = 0;
    batch->size_bytes = 0;
    batch->item_count = 0;
    if (kept > memory_kept) {
        hae_batch_done(batch);
    }
}

/* Makes room behind the items of the first section for the other ones. */
static bool make_room_behind(struct hae_batch_section *first, size_t size_bytes)
{
    size_t needed = first->front_bytes + first->size_bytes + size_bytes;
    uint8_t *memory = memory_of(first);

    if (needed <= memory_size(first)) {
        return true;
    }
    memory = hae_realloc(memory, needed);
    if (memory == NULL) {
        return false;
    }
    first->items = memory + first->front_bytes;
    first->capacity_bytes = needed - first->front_bytes - first->back_bytes;
    return true;
}

/* Gives what a request does not use of its block back, unless it is little: the block may serve
 * another request of about this size. */
static void shrink(struct hae_request *request)
{
    size_t front = (size_t)(request->data - request->memory);
    size_t used = front + request->size_bytes;
    size_t wanted = used + used / 16;
    uint8_t *memory;

    if (request->capacity_bytes <= used + used / 8) {
        return;
    }
    memory = hae_realloc(request->memory, wanted);
    if (memory != NULL) {
        request->memory = memory;
        request->data = memory + front;
        request->capacity_bytes = wanted;
    }
}

/* Puts the request's heads before the items of the first section, and the other sections behind
 * them. */
static void wrap(struct hae_batch *batch, struct hae_request *request, size_t inner)
{
    struct hae_batch_section *first = batch->sections;
    size_t size = section_size(first);
    size_t heads =
        hae_field_size(inner) - inner + resource_head(batch) + hae_field_size(size) - size;
    uint8_t *at;

    if (first->known.bytes != NULL) {
        heads += hae_field_size(first->known.scope_size_bytes);
    }
    request->memory = memory_of(first);
    request->capacity_bytes = memory_size(first);
    request->data = first->items - heads;
    request->size_bytes = hae_field_size(inner);
    at = put_head(request->data, HAE_ENVELOPE_RESOURCES, inner);
    at = put_resource(at, &batch->resource);
    at = put_scope(at, first);
    at = put_schema_url(at + first->size_bytes, first);
    for (uint32_t i = 1; i < batch->section_count; i++) {
        at = put_section(at, &batch->sections[i]);
    }
    forget_memory(first);
}

struct hae_request *hae_batch_finish(struct hae_batch *batch, size_t memory_kept)
{
    size_t inner = resource_size(batch);
    struct hae_request *request = hae_request_new_empty(batch->signal);
    size_t behind = batch->sections[0].back_bytes;

    if (request == NULL) {
        return NULL;
    }
    for (uint32_t i = 1; i < batch->section_count; i++) {
        behind += hae_field_size(section_size(&batch->sections[i]));
    }
    if (!make_room_behind(&batch->sections[0], behind)) {
        hae_request_free(request);
        return NULL;
    }
    request->item_count = batch->item_count;
    wrap(batch, request, inner);
    empty(batch, memory_kept);
    shrink(request);
    return request;
}
