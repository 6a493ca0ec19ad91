/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attributes as most are: each short, valid, and new by its key. They are encoded into an
 * open span, or right into the record of one that ends. */
#ifndef HAETAE_TRACE_SPAN_SHORT_H
#define HAETAE_TRACE_SPAN_SHORT_H

#include <string.h>

#include "trace/limits.h"
#include "trace/span_slot.h"
#include "wire/key.h"
#include "wire/short_attribute.h"

struct hae_short_list {
    uint8_t *at;        /* the next attribute goes here */
    const uint8_t *end; /* of the room */
    /* Set by hae_span_put_short_list(): the keys of what was written, and how many. */
    uint64_t key_filter;
    size_t done;
};

/* Whether one of the first attributes of a list has this key. The filter of keys often takes a new
 * one for one of them. */
static inline bool hae_span_key_in(const haetae_attribute *attributes, size_t count,
                                   haetae_string key)
{
    for (size_t i = 0; i < count; i++) {
        if (attributes[i].key.length == key.length &&
            memcmp(attributes[i].key.data, key.data, key.length) == 0) {
            return true;
        }
    }
    return false;
}

/* Writes attributes up to the first that is not short, valid and new, or that does not fit. The
 * list is valid. The caller may change the span, and notes what was written. */
static HAE_ALWAYS_INLINE void hae_span_put_short_list(struct hae_short_list *list,
                                                      const struct hae_span_limits *limits,
                                                      const struct hae_span_head *head,
                                                      const haetae_attribute *attributes,
                                                      size_t count)
{
    size_t fit = limits->attributes.count - head->attribute_count;
    size_t value_limit = limits->attributes.value.length;
    uint64_t filter = head->key_filter;
    uint8_t *at = list->at;
    size_t i;

    fit = HAE_LIKELY(count < fit) ? count : fit;
    for (i = 0; i < fit; i++) {
        const haetae_attribute *attribute = &attributes[i];
        uint64_t bits;
        uint8_t *to;

        if (HAE_UNLIKELY(!hae_short_key(attribute->key))) {
            break;
        }
        bits = hae_key_bits(attribute->key.data, attribute->key.length);
        /* The keys that the span had before are not at hand. */
        if (HAE_UNLIKELY(hae_key_maybe_there(filter, bits)) &&
            (hae_key_maybe_there(head->key_filter, bits) ||
             hae_span_key_in(attributes, i, attribute->key))) {
            break;
        }
        to = hae_put_short_attribute(at, list->end, HAE_OTLP_SPAN_ATTRIBUTES, attribute,
                                     value_limit);
        if (HAE_UNLIKELY(to == NULL)) {
            break;
        }
        filter |= bits;
        at = to;
    }
    list->at = at;
    list->key_filter = filter;
    list->done = i;
}

#endif
