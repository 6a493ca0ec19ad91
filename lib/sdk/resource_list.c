/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/resource_list.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "wire/attribute.h"
#include "wire/otlp.h"
#include "wire/reader.h"

enum { FIRST_CAPACITY = 16 };

void hae_resource_done(struct hae_resource *resource)
{
    for (size_t i = 0; i < resource->count; i++) {
        hae_free(resource->items[i].field);
    }
    hae_free(resource->items);
    *resource = (struct hae_resource){NULL, 0, 0};
}

static size_t index_of(const struct hae_resource *resource, const void *key, size_t key_length)
{
    size_t i = 0;

    while (i < resource->count && (resource->items[i].key_length != key_length ||
                                   memcmp(resource->items[i].key, key, key_length) != 0)) {
        i++;
    }
    return i;
}

static bool make_room(struct hae_resource *resource)
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
static haetae_status put_item(struct hae_resource *resource, const struct hae_resource_item *item)
{
    size_t i = index_of(resource, item->key, item->key_length);

    if (i == resource->count) {
        if (!make_room(resource)) {
            return HAETAE_ENOMEM;
        }
        resource->count++;
    } else {
        hae_free(resource->items[i].field);
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

haetae_status hae_resource_put(struct hae_resource *resource, const haetae_attribute *attribute)
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

haetae_status hae_resource_put_text(struct hae_resource *resource, const char *key,
                                    const char *value)
{
    haetae_attribute attribute = haetae_attribute_of(key, haetae_value_string(value));

    return hae_resource_put(resource, &attribute);
}

haetae_status hae_resource_merge(struct hae_resource *resource, const struct hae_resource *from)
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
    return HAETAE_OK;
}

static int compare_keys(const void *left, const void *right)
{
    const struct hae_resource_item *a = left;
    const struct hae_resource_item *b = right;
    size_t shared = a->key_length < b->key_length ? a->key_length : b->key_length;
    int order = memcmp(a->key, b->key, shared);

    return order != 0 ? order : (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

haetae_status hae_resource_encode(struct hae_resource *resource, uint8_t **ret_data,
                                  size_t *ret_size_bytes)
{
    size_t size = 0;
    uint8_t *data, *at;

    if (resource->count > 1) {
        qsort(resource->items, resource->count, sizeof *resource->items, compare_keys);
    }
    for (size_t i = 0; i < resource->count; i++) {
        size += resource->items[i].size_bytes;
    }
    data = hae_malloc(size + HAE_RESOURCE_GROWTH_MAX);
    if (data == NULL) {
        return HAETAE_ENOMEM;
    }
    at = data;
    for (size_t i = 0; i < resource->count; i++) {
        memcpy(at, resource->items[i].field, resource->items[i].size_bytes);
        at += resource->items[i].size_bytes;
    }
    *ret_data = data;
    *ret_size_bytes = size;
    return HAETAE_OK;
}
