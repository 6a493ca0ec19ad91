/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch_finish.h"

#include "base/alloc.h"
#include "wire/envelope.h"

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
    size_t size = hae_resource_head_size(&batch->resource);

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
        if (kept + hae_section_memory_size(section) > memory_kept) {
            hae_free(hae_section_memory(section));
            hae_section_forget_memory(section);
        }
        kept += hae_section_memory_size(section);
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
    uint8_t *memory = hae_section_memory(first);

    if (needed <= hae_section_memory_size(first)) {
        return true;
    }
    memory = hae_realloc(memory, needed);
    if (memory == NULL) {
        return false;
    }
    hae_section_set_memory(first, memory, needed);
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
    size_t heads = hae_field_size(inner) - inner + hae_resource_head_size(&batch->resource) +
                   hae_field_size(size) - size;
    uint8_t *at;

    if (first->known.bytes != NULL) {
        heads += hae_field_size(first->known.scope_size_bytes);
    }
    request->memory = hae_section_memory(first);
    request->capacity_bytes = hae_section_memory_size(first);
    request->data = first->items - heads;
    request->size_bytes = hae_field_size(inner);
    at = put_head(request->data, HAE_ENVELOPE_RESOURCES, inner);
    at = put_resource(at, &batch->resource);
    at = put_scope(at, first);
    at = put_schema_url(at + first->size_bytes, first);
    for (uint32_t i = 1; i < batch->section_count; i++) {
        at = put_section(at, &batch->sections[i]);
    }
    hae_section_forget_memory(first);
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
