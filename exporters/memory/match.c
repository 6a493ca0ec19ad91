/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <string.h>

#include "base/option_struct.h"

static bool same_text(haetae_string a, haetae_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static const haetae_value *find(const haetae_attribute *attributes, size_t count, haetae_string key)
{
    for (size_t i = 0; i < count; i++) {
        if (same_text(attributes[i].key, key)) {
            return &attributes[i].value;
        }
    }
    return NULL;
}

const haetae_value *haetae_memory_attribute(const haetae_attribute *attributes, size_t count,
                                            const char *key)
{
    return attributes != NULL && key != NULL ? find(attributes, count, haetae_string_of(key))
                                             : NULL;
}

static bool same_array(const haetae_value *a, const haetae_value *b)
{
    if (a->as.array.count != b->as.array.count) {
        return false;
    }
    for (size_t i = 0; i < a->as.array.count; i++) {
        if (!haetae_memory_value_equals(&a->as.array.items[i], &b->as.array.items[i])) {
            return false;
        }
    }
    return true;
}

/* Whether `some` are all among `all`. */
static bool has_all(const haetae_attribute *all, size_t count, const haetae_attribute *some,
                    size_t some_count)
{
    for (size_t i = 0; i < some_count; i++) {
        const haetae_value *found = find(all, count, some[i].key);

        if (found == NULL || !haetae_memory_value_equals(found, &some[i].value)) {
            return false;
        }
    }
    return true;
}

bool haetae_memory_value_equals(const haetae_value *a, const haetae_value *b)
{
    if (a == NULL || b == NULL || a->type != b->type) {
        return a == b;
    }
    switch (a->type) {
    case HAETAE_VALUE_STRING:
        return same_text(a->as.string, b->as.string);
    case HAETAE_VALUE_BOOL:
        return a->as.boolean == b->as.boolean;
    case HAETAE_VALUE_INT64:
    case HAETAE_VALUE_DOUBLE:
        return memcmp(&a->as.int64, &b->as.int64, sizeof a->as.int64) == 0;
    case HAETAE_VALUE_BYTES:
        return a->as.bytes.length == b->as.bytes.length &&
               (a->as.bytes.length == 0 ||
                memcmp(a->as.bytes.data, b->as.bytes.data, a->as.bytes.length) == 0);
    case HAETAE_VALUE_ARRAY:
        return same_array(a, b);
    case HAETAE_VALUE_MAP:
        return a->as.map.count == b->as.map.count &&
               has_all(a->as.map.items, a->as.map.count, b->as.map.items, b->as.map.count) &&
               has_all(b->as.map.items, b->as.map.count, a->as.map.items, a->as.map.count);
    default:
        return true;
    }
}

/* What it points to is there. */
static bool texts_valid(const haetae_memory_query *query)
{
    bool valid = query->name.data != NULL || query->name.length == 0;

    for (size_t i = 0; i < query->attribute_count; i++) {
        valid = valid &&
                (query->attributes[i].key.data != NULL || query->attributes[i].key.length == 0);
    }
    return valid;
}

/* The first version's size, which this struct still has; docs/abi.md has the rules. */
enum { QUERY_SIZE_V1 = HAE_BY_PLATFORM(64, 36, 36) };
_Static_assert(sizeof(haetae_memory_query) == QUERY_SIZE_V1, "read what has been added");

bool hae_mem_query_valid(const haetae_memory_query *query)
{
    return query == NULL ||
           (hae_option_struct_valid(query->struct_size, QUERY_SIZE_V1) && query->reserved == 0 &&
            (query->attributes != NULL || query->attribute_count == 0) && texts_valid(query));
}

uint32_t hae_mem_signals(const haetae_memory_query *query)
{
    return query == NULL || query->signals == 0 ? UINT32_MAX : query->signals;
}

static bool has_name(const haetae_memory_item *item, haetae_string name)
{
    return name.data == NULL || name.length == 0 || same_text(item->name, name) ||
           (item->log != NULL && item->log->body.type == HAETAE_VALUE_STRING &&
            same_text(item->log->body.as.string, name));
}

bool hae_mem_matches(const haetae_memory_query *query, const haetae_memory_item *item)
{
    if (query == NULL) {
        return true;
    }
    return (hae_mem_signals(query) >> item->signal & 1) != 0 && has_name(item, query->name) &&
           has_all(item->attributes, item->attribute_count, query->attributes,
                   query->attribute_count) &&
           (query->matches == NULL || query->matches(query->user, item));
}
