/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_MEMORY_SPAN_H
#define HAETAE_MEMORY_SPAN_H

#include "item_list.h"

/* Adds a Span. */
void hae_mem_add_span(struct hae_mem_parser *parser, struct hae_mem_list *list,
                      struct hae_reader message);

#endif
