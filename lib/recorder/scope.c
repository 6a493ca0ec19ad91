/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/scope.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/lock.h"
#include "recorder/counts.h"
#include "recorder/region.h"
#include "wire/attribute.h"
#include "wire/otlp.h"

/* Shared by all recorders: making scopes is rare. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool held; /* by fork(); guarded by the lock itself */

void hae_scopes_before_fork(void)
{
    held = hae_lock_soon(&lock);
}

void hae_scopes_in_parent(void)
{
    if (held) {
        held = false;
        pthread_mutex_unlock(&lock);
    }
}

void hae_scopes_in_child(void)
{
    hae_lock_in_child(&lock, held);
    held = false;
}

static bool valid(const haetae_scope_options *options)
{
    return hae_string_valid(options->name) && hae_string_valid(options->version) &&
           hae_string_valid(options->schema_url) && options->attribute_count <= 1024;
}

static size_t key_length(haetae_string key)
{
    return hae_string_valid(key) ? hae_string_length(key) : 0;
}

static int compare_keys(const void *a, const void *b)
{
    haetae_string x = ((const haetae_attribute *)a)->key;
    haetae_string y = ((const haetae_attribute *)b)->key;
    size_t x_length = key_length(x);
    size_t y_length = key_length(y);
    size_t length = x_length < y_length ? x_length : y_length;
    int order = length != 0 ? memcmp(x.data, y.data, length) : 0;

    return order != 0 ? order : (x_length > y_length) - (x_length < y_length);
}

/* Attributes have no order: puts them into that of their keys, without those that a later one
 * replaces, so that one set is one scope.
 * Ownership: the list is the caller's. Errors: HAETAE_ENOMEM. */
static haetae_status sort_attributes(haetae_scope_options *options, haetae_attribute **ret_list)
{
    size_t count = options->attributes != NULL ? options->attribute_count : 0;
    haetae_attribute *list = NULL;
    size_t kept = 0;

    if (count != 0 && (list = hae_malloc(count * sizeof *list)) == NULL) {
        return HAETAE_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (!hae_attribute_is_duplicate(options->attributes, count, i)) {
            list[kept++] = options->attributes[i];
        }
    }
    if (kept != 0) {
        qsort(list, kept, sizeof *list, compare_keys);
    }
    options->attributes = list;
    options->attribute_count = kept;
    *ret_list = list;
    return HAETAE_OK;
}

/* Writes InstrumentationScope and schema URL behind each other. */
static haetae_status encode(const haetae_scope_options *options, uint8_t *buffer,
                            struct hae_scope *ret_sizes)
{
    struct hae_sink sink = hae_sink_over(buffer, HAE_SCOPE_SIZE_MAX);
    struct hae_limits limits = {UINT32_MAX, HAE_NO_LIMITS};
    struct hae_text url = hae_text_of(options->schema_url, HAE_NO_LIMIT);
    uint32_t dropped = 0;

    if (!hae_put_text_field(&sink, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, options->name) ||
        !hae_put_text_field(&sink, HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION, options->version)) {
        return HAETAE_ELIMIT;
    }
    hae_put_attributes(&sink, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, options->attributes,
                       options->attributes != NULL ? options->attribute_count : 0, &limits,
                       &dropped);
    if (dropped != 0 && hae_sink_room(&sink) >= 6) {
        *sink.at++ =
            HAE_TAG(HAE_OTLP_INSTRUMENTATION_SCOPE_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT);
        sink.at = hae_put_varint(sink.at, dropped);
    }
    ret_sizes->scope_size_bytes = (uint32_t)(sink.at - buffer);
    if (!hae_sink_reserve(&sink, url.size)) {
        return HAETAE_ELIMIT;
    }
    hae_sink_put_text(&sink, url);
    ret_sizes->schema_url_size_bytes = (uint32_t)url.size;
    return HAETAE_OK;
}

static haetae_status add(struct hae_recorder *recorder, const struct hae_scope *sizes,
                         const uint8_t *bytes, uint16_t *ret_scope)
{
    struct hae_region *region = recorder->region;
    uint32_t count = atomic_load_explicit(&region->scope_count, memory_order_relaxed);
    size_t size = (size_t)sizes->scope_size_bytes + sizes->schema_url_size_bytes;
    uint64_t offset;
    struct hae_scope *scope;

    for (uint32_t i = 1; i <= count; i++) {
        struct hae_scope_view known = hae_scope_at(&recorder->heap, (uint16_t)i);

        if (known.bytes != NULL && known.scope_size_bytes == sizes->scope_size_bytes &&
            known.schema_url_size_bytes == sizes->schema_url_size_bytes &&
            memcmp(known.bytes, bytes, size) == 0) {
            *ret_scope = (uint16_t)i;
            return HAETAE_OK;
        }
    }
    offset = count + 1 < HAE_SCOPES_MAX ? hae_region_alloc(region, sizeof *scope + size) : 0;
    if (offset == 0) {
        return HAETAE_ELIMIT;
    }
    scope = hae_region_at(region, offset);
    *scope = *sizes;
    memcpy(scope->bytes, bytes, size);
    region->scope_offset[count + 1] = offset;
    /* Release pairs with the acquire in hae_scope_at(): the scope is complete. */
    atomic_store_explicit(&region->scope_count, count + 1, memory_order_release);
    *ret_scope = (uint16_t)(count + 1);
    return HAETAE_OK;
}

haetae_status hae_scope_intern(struct hae_recorder *recorder, const haetae_scope_options *options,
                               uint16_t *ret_scope)
{
    haetae_scope_options known = HAETAE_OPTIONS(haetae_scope_options);
    struct hae_scope sizes = {0, 0};
    haetae_attribute *list = NULL;
    haetae_status status;
    uint8_t *buffer;

    if (options != NULL && !HAE_READ_OPTIONS(recorder, haetae_scope_options, &known, options)) {
        return HAETAE_EINVAL;
    }
    if (!valid(&known)) {
        return HAETAE_EINVAL;
    }
    buffer = hae_malloc(HAE_SCOPE_SIZE_MAX);
    status = buffer != NULL ? sort_attributes(&known, &list) : HAETAE_ENOMEM;
    if (status == HAETAE_OK) {
        status = encode(&known, buffer, &sizes);
    }
    if (status == HAETAE_OK) {
        pthread_mutex_lock(&lock);
        status = add(recorder, &sizes, buffer, ret_scope);
        pthread_mutex_unlock(&lock);
    }
    hae_free(list);
    hae_free(buffer);
    return status;
}

struct hae_scope_view hae_scope_at(const struct hae_heap *heap, uint16_t scope)
{
    static const struct hae_scope_view none;
    const struct hae_region *region = heap->region;
    const struct hae_scope *known;
    struct hae_scope_view view;
    uint64_t offset;

    /* Acquire pairs with the release in add(). */
    if (scope == 0 || scope >= HAE_SCOPES_MAX ||
        scope > atomic_load_explicit(&region->scope_count, memory_order_acquire)) {
        return none;
    }
    offset = region->scope_offset[scope];
    known = hae_heap_at(heap, offset, sizeof *known);
    if (known == NULL) {
        return none;
    }
    view = (struct hae_scope_view){known->bytes, known->scope_size_bytes,
                                   known->schema_url_size_bytes};
    return hae_heap_at(heap, offset,
                       sizeof *known + (uint64_t)view.scope_size_bytes +
                           view.schema_url_size_bytes) != NULL
               ? view
               : none;
}
