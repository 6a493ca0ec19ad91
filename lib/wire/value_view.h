/* SPDX-License-Identifier: Apache-2.0 */
/* An attribute as a program sees it, read back from wire format that lib/wire has written. */
#ifndef HAETAE_WIRE_VALUE_VIEW_H
#define HAETAE_WIRE_VALUE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "haetae/status.h"
#include "haetae/types.h"

struct hae_value_block;

struct hae_value_view {
    haetae_attribute attribute;     /* text and bytes lie in the field it was read from */
    struct hae_value_block *blocks; /* items of arrays and maps */
    uint32_t depth;                 /* of what is being read */
};

/* Reads an attribute: tag, length and KeyValue. The view is to be freed in any case.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_value_view_init(struct hae_value_view *view, const uint8_t *field,
                                  size_t size_bytes);
void hae_value_view_done(struct hae_value_view *view);

#endif
