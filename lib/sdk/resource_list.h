/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a resource while it is put together: already in wire
 * format, each once, so that merging is a matter of keys and encoding of
 * appending. */
#ifndef HAETAE_SDK_RESOURCE_LIST_H
#define HAETAE_SDK_RESOURCE_LIST_H

#include "haetae/status.h"
#include "haetae/types.h"

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
 * Errors: HAETAE_EINVAL (an empty key or an invalid length), HAETAE_ENOMEM; nothing
 * has changed then. */
haetae_status hae_resource_put(struct hae_resource *resource, const haetae_attribute *attribute);

/* The same for text that ends with NUL. */
haetae_status hae_resource_put_text(struct hae_resource *resource, const char *key,
                                    const char *value);

/* Writes an attribute as field 1 of a Resource, if it takes no more than `size_max`. Returns its
 * size; 0: it takes more, or it is none. Async-signal-safe. */
size_t hae_resource_write(const haetae_attribute *attribute, uint8_t *ret_field, size_t size_max);

/* Puts copies of all attributes of `from`. Errors: HAETAE_ENOMEM; some may have been
 * put by then. */
haetae_status hae_resource_merge(struct hae_resource *resource, const struct hae_resource *from);

/* What a Resource may grow by when it is a forked child's: a process id of more digits. */
enum { HAE_RESOURCE_GROWTH_MAX = 16 };

/* Writes the Resource message, its attributes in the order of their keys; there is room for
 * HAE_RESOURCE_GROWTH_MAX more behind it.
 * Ownership: *ret_data is the caller's, for hae_free(). Errors: HAETAE_ENOMEM. */
haetae_status hae_resource_encode(struct hae_resource *resource, uint8_t **ret_data,
                                  size_t *ret_size_bytes);

#endif
