/* SPDX-License-Identifier: Apache-2.0 */
/* Items for people, as lines of JSON. */
#ifndef HAETAE_MEMORY_TEXT_H
#define HAETAE_MEMORY_TEXT_H

#include "base/buffer.h"
#include "haetae/memory.h"

void hae_mem_put_item(struct hae_buffer *out, const haetae_memory_item *item);

/* What a query looks for, on one line. */
void hae_mem_put_query(struct hae_buffer *out, const haetae_memory_query *query);

#endif
