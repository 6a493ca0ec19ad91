/* SPDX-License-Identifier: Apache-2.0 */
/* A resource: attributes, already in wire format, each once, so that merging is a matter of keys
 * and encoding of appending; and the URL of their schema.
 * Specification: "Resource SDK". */
#ifndef HAETAE_RESOURCE_RESOURCE_H
#define HAETAE_RESOURCE_RESOURCE_H

#include "haetae/resource.h"

/* The schema of what the library itself detects. */
#define HAE_SEMCONV_SCHEMA_URL "https://opentelemetry.io/schemas/1.43.0"

/* One attribute as field 1 of a Resource: tag, length and KeyValue. */
struct hae_resource_item {
    uint8_t *field;
    size_t size_bytes;
    const uint8_t *key; /* inside `field`, in valid UTF-8 */
    size_t key_length;
};

/* All zero is an empty one. */
struct haetae_resource {
    struct hae_resource_item *items; /* in the order of their keys */
    size_t count;
    size_t capacity;
    char *schema_url; /* NULL: none */
    size_t schema_url_length;
    bool schemas_differ; /* of resources that were merged: it has no URL until one is set */
};

/* Empties it, and frees what it had. */
void hae_resource_done(struct haetae_resource *resource);

/* Adds a copy of an attribute, in the place of one with the same key if there is one.
 * Errors: HAETAE_EINVAL (an empty key or an invalid length), HAETAE_ENOMEM; nothing
 * has changed then. */
haetae_status hae_resource_put(struct haetae_resource *resource, const haetae_attribute *attribute);

/* The same for text that ends with NUL. */
haetae_status hae_resource_put_text(struct haetae_resource *resource, const char *key,
                                    const char *value);

/* The same, unless the text is empty. */
haetae_status hae_resource_put_seen(struct haetae_resource *resource, const char *key,
                                    const char *value);

/* Sets the URL of the schema; empty: none. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_resource_set_schema_url(struct haetae_resource *resource, haetae_string url);

/* The same with HAE_SEMCONV_SCHEMA_URL, if the resource has attributes. */
haetae_status hae_resource_follow_conventions(struct haetae_resource *resource);

/* Removes the attributes that `keep` returns false for. */
void hae_resource_filter(struct haetae_resource *resource,
                         bool (*keep)(const void *user, haetae_string key), const void *user);

/* The text of an attribute; its data are NULL when there is none, or one of another type. */
haetae_string hae_resource_text(const struct haetae_resource *resource, const char *key);

/* Writes an attribute as field 1 of a Resource, if it takes no more than `size_max`. Returns its
 * size; 0: it takes more, or it is none. Async-signal-safe. */
size_t hae_resource_write(const haetae_attribute *attribute, uint8_t *ret_field, size_t size_max);

/* Puts copies of all attributes of `from`, and takes its schema URL over where the resource has
 * none. Errors: HAETAE_ECONFLICT (the two have different schema URLs: the resource has the
 * attributes of both, and none of the URLs), HAETAE_ENOMEM (some may have been put by then).
 * Specification: "Merge". */
haetae_status hae_resource_merge(struct haetae_resource *resource,
                                 const struct haetae_resource *from);

/* What a Resource may grow by when it is a forked child's: a process id of more digits. */
enum { HAE_RESOURCE_GROWTH_MAX = 16 };

/* Writes the Resource message, its attributes in the order of their keys, and the schema URL
 * behind it; there is room for HAE_RESOURCE_GROWTH_MAX more behind that.
 * Ownership: *ret_data is the caller's, for hae_free(). Errors: HAETAE_ENOMEM. */
haetae_status hae_resource_encode(const struct haetae_resource *resource, uint8_t **ret_data,
                                  size_t *ret_size_bytes);

#endif
