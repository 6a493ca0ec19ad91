/* SPDX-License-Identifier: Apache-2.0 */
/* Where an item comes from, as processors see it. */
#ifndef HAETAE_RECORDER_ORIGIN_H
#define HAETAE_RECORDER_ORIGIN_H

#include "haetae/processor.h"
#include "recorder/scope.h"

/* Of a scope, and a Resource message, which is the caller's. */
haetae_item_origin hae_origin_of(const struct hae_recorder *recorder, uint16_t scope,
                                 const uint8_t *resource, size_t resource_size_bytes);

#endif
