/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a resource while it is put together: already in wire
 * format, each once, so that merging is a matter of keys and encoding of
 * appending. */
#ifndef HAE_SDK_RESOURCE_LIST_H
#define HAE_SDK_RESOURCE_LIST_H

#include "haetae/attribute.h"
#include "haetae/status.h"

/* One attribute as field 1 of a Resource: tag, length and KeyValue. */
struct hae_resource_item {
    uint8_t *field;
    size_t size_bytes;
    const uint8_t *key; /* inside `field`, in valid UTF-8 */
    size_t key_length;
};

/* All zero is an empty one. */
struct hae_resource {
    struct hae_resource_item *items;
    size_t count;
    size_t capacity;
};

void hae_resource_done(struct hae_resource *resource);

/* Adds a copy of an attribute, in the place of one with the same key if there is one.
 * Errors: HAETAE_EINVAL (an empty key or an absurd length), HAETAE_ENOMEM; nothing
 * has changed then. */
haetae_status hae_resource_put(struct hae_resource *resource, const haetae_attribute *attribute);

/* The same for text that ends with NUL. */
haetae_status hae_resource_put_text(struct hae_resource *resource, const char *key,
                                    const char *value);

/* Whether this very attribute, with this value, is there. Errors: as hae_resource_put(). */
haetae_status hae_resource_has(const struct hae_resource *resource,
                               const haetae_attribute *attribute, bool *ret_there);

/* Puts copies of all attributes of `from`. Errors: HAETAE_ENOMEM; some may have been
 * put by then. */
haetae_status hae_resource_merge(struct hae_resource *resource, const struct hae_resource *from);

/* Writes the Resource message, its attributes in the order of their keys.
 * Ownership: *ret_data is the caller's, for hae_free(). Errors: HAETAE_ENOMEM. */
haetae_status hae_resource_encode(struct hae_resource *resource, uint8_t **ret_data,
                                  size_t *ret_size_bytes);

#endif
