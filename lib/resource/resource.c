/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/resource.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "wire/attribute.h"
#include "wire/otlp.h"
#include "wire/reader.h"

enum { FIRST_CAPACITY = 16 };

void hae_resource_done(struct haetae_resource *resource)
{
    for (size_t i = 0; i < resource->count; i++) {
        hae_free(resource->items[i].field);
    }
    hae_free(resource->items);
    hae_free(resource->schema_url);
    *resource = (struct haetae_resource){.count = 0};
}

static int compare_keys(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    size_t shared = a_length < b_length ? a_length : b_length;
    int order = shared != 0 ? memcmp(a, b, shared) : 0;

    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* The place of a key, or where it would stand. *ret_found: it is there. */
static size_t place_of(const struct haetae_resource *resource, const void *key, size_t key_length,
                       bool *ret_found)
{
    size_t low = 0;
    size_t high = resource->count;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct hae_resource_item *item = &resource->items[middle];
        int order = compare_keys(item->key, item->key_length, key, key_length);

        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(struct haetae_resource *resource)
{
    size_t capacity = resource->capacity != 0 ? 2 * resource->capacity : FIRST_CAPACITY;
    struct hae_resource_item *items;

    if (resource->count < resource->capacity) {
        return true;
    }
    items = hae_realloc(resource->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    resource->items = items;
    resource->capacity = capacity;
    return true;
}

/* Takes item->field on success. */
static haetae_status put_item(struct haetae_resource *resource,
                              const struct hae_resource_item *item)
{
    bool found;
    size_t i = place_of(resource, item->key, item->key_length, &found);

    if (found) {
        hae_free(resource->items[i].field);
    } else {
        if (!make_room(resource)) {
            return HAETAE_ENOMEM;
        }
        memmove(resource->items + i + 1, resource->items + i,
                (resource->count - i) * sizeof *resource->items);
        resource->count++;
    }
    resource->items[i] = *item;
    return HAETAE_OK;
}

/* Finds the key of item->field, which this file has written. Equal keys are those that are
 * equal once they are repaired, so it is looked for here and not in the caller's text. */
static void locate_key(struct hae_resource_item *item)
{
    struct hae_reader reader = hae_reader_over(item->field, item->size_bytes);
    struct hae_field field = {0};

    (void)hae_read_field(&reader, &field);
    reader = hae_reader_over(field.data, field.size_bytes);
    (void)hae_read_field(&reader, &field);
    item->key = field.data;
    item->key_length = field.size_bytes;
}

size_t hae_resource_write(const haetae_attribute *attribute, uint8_t *ret_field, size_t size_max)
{
    struct hae_sink sink = hae_sink_over(ret_field, size_max);
    size_t size;

    return hae_attribute_size(attribute, HAE_NO_LIMITS, &size) == HAE_PUT_OK &&
                   hae_field_size(size) <= size_max &&
                   hae_put_attribute(&sink, HAE_OTLP_RESOURCE_ATTRIBUTES, attribute,
                                     HAE_NO_LIMITS) == HAE_PUT_OK
               ? hae_field_size(size)
               : 0;
}

/* item->field is the caller's, for hae_free(). */
static haetae_status make_item(const haetae_attribute *attribute,
                               struct hae_resource_item *ret_item)
{
    struct hae_resource_item item = {NULL, 0, NULL, 0};
    size_t size;

    if (hae_attribute_size(attribute, HAE_NO_LIMITS, &size) != HAE_PUT_OK) {
        return HAETAE_EINVAL;
    }
    item.size_bytes = hae_field_size(size);
    item.field = hae_malloc(item.size_bytes);
    if (item.field == NULL) {
        return HAETAE_ENOMEM;
    }
    if (hae_resource_write(attribute, item.field, item.size_bytes) == 0) {
        hae_free(item.field);
        return HAETAE_EINVAL;
    }
    locate_key(&item);
    *ret_item = item;
    return HAETAE_OK;
}

haetae_status hae_resource_put(struct haetae_resource *resource, const haetae_attribute *attribute)
{
    struct hae_resource_item item;
    haetae_status status = make_item(attribute, &item);

    if (status == HAETAE_OK) {
        status = put_item(resource, &item);
        if (status != HAETAE_OK) {
            hae_free(item.field);
        }
    }
    return status;
}

haetae_status hae_resource_put_text(struct haetae_resource *resource, const char *key,
                                    const char *value)
{
    haetae_attribute attribute = haetae_attribute_of(key, haetae_value_string(value));

    return hae_resource_put(resource, &attribute);
}

haetae_status hae_resource_put_seen(struct haetae_resource *resource, const char *key,
                                    const char *value)
{
    return value[0] != '\0' ? hae_resource_put_text(resource, key, value) : HAETAE_OK;
}

haetae_string hae_resource_text(const struct haetae_resource *resource, const char *key)
{
    haetae_string none = {NULL, 0};
    struct hae_field field;
    struct hae_reader reader;
    bool found;
    size_t i = place_of(resource, key, strlen(key), &found);

    if (!found) {
        return none;
    }
    reader = hae_reader_over(resource->items[i].field, resource->items[i].size_bytes);
    if (!hae_read_field(&reader, &field)) {
        return none;
    }
    reader = hae_reader_over(field.data, field.size_bytes);
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_KEY_VALUE_VALUE) {
            struct hae_reader value = hae_reader_over(field.data, field.size_bytes);

            if (hae_read_field(&value, &field) && field.number == HAE_OTLP_ANY_VALUE_STRING_VALUE) {
                return (haetae_string){(const char *)field.data, field.size_bytes};
            }
            return none;
        }
    }
    return none;
}

void hae_resource_filter(struct haetae_resource *resource,
                         bool (*keep)(const void *user, haetae_string key), const void *user)
{
    size_t kept = 0;

    for (size_t i = 0; i < resource->count; i++) {
        haetae_string key = {(const char *)resource->items[i].key, resource->items[i].key_length};

        if (keep(user, key)) {
            resource->items[kept++] = resource->items[i];
        } else {
            hae_free(resource->items[i].field);
        }
    }
    resource->count = kept;
}

/* ---- The URL of the schema ---------------------------------------------------------------- */

static void forget_schema_url(struct haetae_resource *resource)
{
    hae_free(resource->schema_url);
    resource->schema_url = NULL;
    resource->schema_url_length = 0;
}

static bool is_url_text(haetae_string url)
{
    enum { LENGTH_MAX = 2048 };

    if (url.length > LENGTH_MAX || (url.length != 0 && url.data == NULL)) {
        return false;
    }
    for (size_t i = 0; i < url.length; i++) {
        if ((unsigned char)url.data[i] < 0x20 || url.data[i] == 0x7F) {
            return false;
        }
    }
    return hae_utf8_valid((const uint8_t *)url.data, url.length);
}

haetae_status hae_resource_set_schema_url(struct haetae_resource *resource, haetae_string url)
{
    char *copy;

    if (!is_url_text(url)) {
        return HAETAE_EINVAL;
    }
    if (url.length == 0) {
        forget_schema_url(resource);
        resource->schemas_differ = false;
        return HAETAE_OK;
    }
    copy = hae_malloc(url.length);
    if (copy == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(copy, url.data, url.length);
    forget_schema_url(resource);
    resource->schema_url = copy;
    resource->schemas_differ = false;
    resource->schema_url_length = url.length;
    return HAETAE_OK;
}

haetae_status hae_resource_follow_conventions(struct haetae_resource *resource)
{
    return resource->count != 0
               ? hae_resource_set_schema_url(resource, haetae_string_of(HAE_SEMCONV_SCHEMA_URL))
               : HAETAE_OK;
}

/* Specification: "Merge behavior without Entities". */
static haetae_status merge_schema_url(struct haetae_resource *resource,
                                      const struct haetae_resource *from)
{
    if (from->schemas_differ && !resource->schemas_differ) {
        forget_schema_url(resource);
        resource->schemas_differ = true;
    }
    if (from->schema_url == NULL || resource->schemas_differ) {
        return HAETAE_OK;
    }
    if (resource->schema_url == NULL) {
        return hae_resource_set_schema_url(
            resource, (haetae_string){from->schema_url, from->schema_url_length});
    }
    if (resource->schema_url_length == from->schema_url_length &&
        memcmp(resource->schema_url, from->schema_url, from->schema_url_length) == 0) {
        return HAETAE_OK;
    }
    forget_schema_url(resource);
    resource->schemas_differ = true;
    return HAETAE_ECONFLICT;
}

/* ---- All of it ------------------------------------------------------------------------------ */

haetae_status hae_resource_merge(struct haetae_resource *resource,
                                 const struct haetae_resource *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct hae_resource_item item = from->items[i];

        item.field = hae_malloc(item.size_bytes);
        if (item.field == NULL) {
            return HAETAE_ENOMEM;
        }
        memcpy(item.field, from->items[i].field, item.size_bytes);
        locate_key(&item);
        if (put_item(resource, &item) != HAETAE_OK) {
            hae_free(item.field);
            return HAETAE_ENOMEM;
        }
    }
    return merge_schema_url(resource, from);
}

haetae_status hae_resource_encode(const struct haetae_resource *resource, uint8_t **ret_data,
                                  size_t *ret_size_bytes)
{
    size_t size = 0;
    uint8_t *data, *at;

    for (size_t i = 0; i < resource->count; i++) {
        size += resource->items[i].size_bytes;
    }
    data = hae_malloc(size + resource->schema_url_length + HAE_RESOURCE_GROWTH_MAX);
    if (data == NULL) {
        return HAETAE_ENOMEM;
    }
    at = data;
    for (size_t i = 0; i < resource->count; i++) {
        memcpy(at, resource->items[i].field, resource->items[i].size_bytes);
        at += resource->items[i].size_bytes;
    }
    if (resource->schema_url != NULL) {
        memcpy(at, resource->schema_url, resource->schema_url_length);
    }
    *ret_data = data;
    *ret_size_bytes = size;
    return HAETAE_OK;
}
