/* SPDX-License-Identifier: Apache-2.0 */
/* How large an AnyValue or a KeyValue is on the wire, within limits. value.h writes them. */
#ifndef HAETAE_WIRE_VALUE_SIZE_H
#define HAETAE_WIRE_VALUE_SIZE_H

#include "haetae/types.h"
#include "wire/text.h"

enum hae_put {
    HAE_PUT_OK,
    HAE_PUT_FULL,   /* no room, or too large; nothing was written              */
    HAE_PUT_INVALID /* an empty key or an invalid length; nothing was written */
};

/* Limits on one value. Specification: "Attribute limits". */
struct hae_value_limits {
    size_t length;       /* code points of text, bytes of byte strings; HAE_NO_LIMIT */
    uint32_t depth;      /* of arrays and maps in each other                         */
    uint32_t size_bytes; /* on the wire, of the whole; it also bounds the time       */
};

/* The largest value where nothing smaller is known. */
enum { HAE_VALUE_SIZE_MAX = 1 << 24 };

#define HAE_NO_LIMITS                                                                              \
    ((struct hae_value_limits){HAE_NO_LIMIT, HAETAE_VALUE_DEPTH_MAX, HAE_VALUE_SIZE_MAX})

/* Limits on a list of attributes. */
struct hae_limits {
    uint32_t count;
    struct hae_value_limits value;
};

/* Exact sizes on the wire, for callers that reserve first: of a KeyValue, without tag and
 * length, and of an AnyValue. HAE_PUT_FULL: it is larger than its limit. */
enum hae_put hae_attribute_size(const haetae_attribute *attribute, struct hae_value_limits limits,
                                size_t *ret_size_bytes);
enum hae_put hae_value_size(const haetae_value *value, struct hae_value_limits limits,
                            size_t *ret_size_bytes);

/* Whether a list's pointer and count are valid: see types.h of the API. */
static inline bool hae_attributes_valid(const haetae_attribute *attributes, size_t count)
{
    return attributes != NULL && count <= (size_t)PTRDIFF_MAX / sizeof *attributes;
}

/* In longer lists equal keys are not searched for: it would cost too much. */
enum { HAE_DUPLICATE_SEARCH_MAX = 256 };

/* True when an attribute after the one at `index` has the same key, as it is recorded: ill-formed
 * keys that are the same once repaired are. */
bool hae_attribute_is_duplicate(const haetae_attribute *attributes, size_t count, size_t index);

/* The same for keys of which none is ill-formed. */
static inline bool hae_attribute_is_plain_duplicate(const haetae_attribute *attributes,
                                                    size_t count, size_t index)
{
    if (HAE_UNLIKELY(count > HAE_DUPLICATE_SEARCH_MAX)) {
        return false;
    }
    for (size_t later = index + 1; later < count; later++) {
        if (HAE_UNLIKELY(attributes[later].key.length == attributes[index].key.length &&
                         hae_string_same(attributes[later].key, attributes[index].key))) {
            return true;
        }
    }
    return false;
}

/* ---- For value.c ------------------------------------------------------------------------- */

/* What one call may look at. */
struct hae_work {
    struct hae_value_limits limits;
    uint64_t left;
};

struct hae_work hae_work_of(struct hae_value_limits limits);

bool hae_key_valid(haetae_string key);
size_t hae_bytes_length(const haetae_value *value, size_t limit);

/* The sizes of parts of a value, `depth` levels below it. */
enum hae_put hae_measure_attribute(struct hae_work *work, const haetae_attribute *attribute,
                                   uint32_t depth, size_t *ret_size);

/* Of an array. An item that is invalid counts as empty, so that the others keep their places. */
enum hae_put hae_measure_item(struct hae_work *work, const haetae_value *item, uint32_t depth,
                              size_t *ret_size);

/* Of a map. HAE_PUT_INVALID: the pair is left out, because of a key that is empty, a length that is
 * invalid or a later pair with the same key. */
enum hae_put hae_measure_pair(struct hae_work *work, const haetae_attribute *items, size_t count,
                              size_t index, uint32_t depth, size_t *ret_size);

enum hae_put hae_measure_value(struct hae_work *work, const haetae_value *value, uint32_t depth,
                               size_t *ret_size);

#endif
