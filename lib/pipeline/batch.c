/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include "base/alloc.h"
#include "recorder/scope.h"
#include "wire/wire.h"

enum {
    REQUEST_RESOURCES = 1,
    RESOURCE_RESOURCE = 1,
    RESOURCE_SCOPES = 2,
    SCOPE_SCOPE = 1,
    SCOPE_ITEMS = 2,
    SCOPE_SCHEMA_URL = 3
};

/* Tag and length of a message that holds others, at most. */
enum { MESSAGE_HEAD_MAX = 6 };

/* Buffers larger than this are given back after a request was made of them. */
enum { KEEP_CAPACITY = 256 * 1024 };

void hae_batch_init(struct hae_batch *batch, struct hae_recorder *recorder, haetae_signal signal,
                    const uint8_t *resource, size_t resource_size_bytes)
{
    memset(batch, 0, sizeof *batch);
    batch->recorder = recorder;
    batch->resource = resource;
    batch->resource_size_bytes = resource_size_bytes;
    batch->signal = signal;
}

void hae_batch_done(struct hae_batch *batch)
{
    for (uint32_t i = 0; i < batch->section_capacity; i++) {
        hae_free(batch->sections[i].items);
    }
    hae_free(batch->sections);
    batch->sections = NULL;
    batch->section_count = 0;
    batch->section_capacity = 0;
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
    const struct hae_scope *known = hae_scope_at(batch->recorder, scope);

    return known == NULL ? MESSAGE_HEAD_MAX + 2
                         : (size_t)known->scope_size_bytes + known->schema_url_size_bytes +
                               3 * (size_t)MESSAGE_HEAD_MAX;
}

size_t hae_batch_growth(const struct hae_batch *batch, uint16_t scope, size_t item_size_bytes)
{
    size_t growth = hae_field_size(item_size_bytes);

    if (batch->item_count == 0) {
        growth += batch->resource_size_bytes + 2 * (size_t)MESSAGE_HEAD_MAX;
    }
    if (HAE_UNLIKELY(find(batch, scope) == NULL)) {
        growth += scope_overhead(batch, scope);
    }
    return growth;
}

static bool make_room(struct hae_batch_section *section, size_t size_bytes)
{
    size_t capacity = section->capacity_bytes != 0 ? section->capacity_bytes : 4096;
    uint8_t *items;

    if (HAE_LIKELY(section->size_bytes + size_bytes <= section->capacity_bytes)) {
        return true;
    }
    while (capacity < section->size_bytes + size_bytes) {
        capacity *= 2;
    }
    items = hae_realloc(section->items, capacity);
    if (items == NULL) {
        return false;
    }
    section->items = items;
    section->capacity_bytes = capacity;
    return true;
}

static struct hae_batch_section *add_section(struct hae_batch *batch, uint16_t scope)
{
    struct hae_batch_section *section;

    if (batch->section_count == batch->section_capacity) {
        uint32_t capacity = batch->section_capacity + 8;
        struct hae_batch_section *sections =
            hae_realloc(batch->sections, capacity * sizeof *sections);

        if (sections == NULL) {
            return NULL;
        }
        memset(sections + batch->section_capacity, 0, 8 * sizeof *sections);
        batch->sections = sections;
        batch->section_capacity = capacity;
    }
    section = &batch->sections[batch->section_count++];
    section->scope = scope;
    section->size_bytes = 0;
    return section;
}

bool hae_batch_add(struct hae_batch *batch, uint16_t scope, const uint8_t *item,
                   size_t item_size_bytes, uint64_t count)
{
    size_t growth = hae_batch_growth(batch, scope, item_size_bytes);
    struct hae_batch_section *section = find(batch, scope);
    uint8_t *at;

    if (HAE_UNLIKELY(section == NULL) && (section = add_section(batch, scope)) == NULL) {
        return false;
    }
    if (HAE_UNLIKELY(!make_room(section, hae_field_size(item_size_bytes)))) {
        return false;
    }
    at = section->items + section->size_bytes;
    *at++ = HAE_TAG(SCOPE_ITEMS, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, item_size_bytes);
    memcpy(at, item, item_size_bytes);
    section->size_bytes += hae_field_size(item_size_bytes);
    batch->last_section = (uint32_t)(section - batch->sections);
    batch->size_bytes += growth;
    batch->item_count += count;
    return true;
}

/* ---- Making the request ---------------------------------------------------------- */

static size_t section_size(const struct hae_batch *batch, const struct hae_batch_section *section)
{
    const struct hae_scope *scope = hae_scope_at(batch->recorder, section->scope);
    size_t size = section->size_bytes;

    if (scope != NULL) {
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

static uint8_t *put_section(uint8_t *at, const struct hae_batch *batch,
                            const struct hae_batch_section *section)
{
    const struct hae_scope *scope = hae_scope_at(batch->recorder, section->scope);

    at = put_head(at, RESOURCE_SCOPES, section_size(batch, section));
    if (scope != NULL) {
        at = put_message(at, SCOPE_SCOPE, scope->bytes, scope->scope_size_bytes);
    }
    memcpy(at, section->items, section->size_bytes);
    at += section->size_bytes;
    if (scope != NULL && scope->schema_url_size_bytes != 0) {
        at = put_message(at, SCOPE_SCHEMA_URL, scope->bytes + scope->scope_size_bytes,
                         scope->schema_url_size_bytes);
    }
    return at;
}

static size_t resource_size(const struct hae_batch *batch)
{
    size_t size = hae_field_size(batch->resource_size_bytes);

    for (uint32_t i = 0; i < batch->section_count; i++) {
        if (batch->sections[i].size_bytes != 0) {
            size += hae_field_size(section_size(batch, &batch->sections[i]));
        }
    }
    return size;
}

static void begin_anew(struct hae_batch *batch)
{
    for (uint32_t i = 0; i < batch->section_count; i++) {
        struct hae_batch_section *section = &batch->sections[i];

        section->size_bytes = 0;
        if (section->capacity_bytes > KEEP_CAPACITY) {
            hae_free(section->items);
            section->items = NULL;
            section->capacity_bytes = 0;
        }
    }
    batch->section_count = 0;
    batch->size_bytes = 0;
    batch->item_count = 0;
}

struct hae_request *hae_batch_finish(struct hae_batch *batch)
{
    size_t inner = resource_size(batch);
    size_t size = hae_field_size(inner);
    struct hae_request *request = hae_malloc(sizeof *request + size);
    uint8_t *at;

    if (request == NULL) {
        return NULL;
    }
    memset(request, 0, sizeof *request);
    request->signal = batch->signal;
    request->item_count = batch->item_count;
    request->size_bytes = size;
    at = put_head(request->data, REQUEST_RESOURCES, inner);
    at = put_message(at, RESOURCE_RESOURCE, batch->resource, batch->resource_size_bytes);
    for (uint32_t i = 0; i < batch->section_count; i++) {
        if (batch->sections[i].size_bytes != 0) {
            at = put_section(at, batch, &batch->sections[i]);
        }
    }
    begin_anew(batch);
    return request;
}
