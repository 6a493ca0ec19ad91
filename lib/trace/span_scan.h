/* SPDX-License-Identifier: Apache-2.0 */
/* Finds fields among those of an open span, which lie encoded in its chain of slots. */
#ifndef HAETAE_TRACE_SPAN_SCAN_H
#define HAETAE_TRACE_SPAN_SCAN_H

#include "recorder/chain.h"
#include "trace/span_slot.h"
#include "wire/text.h"

/* A field, from its tag on. */
struct hae_span_field {
    struct hae_chain_cursor begin;
    struct hae_chain_cursor content;
    struct hae_chain_cursor end;
    size_t content_size;
};

/* Finds the first field with this tag, and with this key, once repaired, where it is an attribute
 * and `key` is not NULL. The caller may change the span, and no field of it is being written. */
bool hae_span_find_field(struct hae_recorder *recorder, uint32_t slot, uint8_t tag,
                         const struct hae_text *key, struct hae_span_field *ret_field);

#endif
