/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_MEMORY_MATCH_H
#define HAETAE_MEMORY_MATCH_H

#include "haetae/memory.h"

/* Whether a query is one, as haetae_memory_take() says; NULL is. */
bool hae_mem_query_valid(const haetae_memory_query *query);

/* Whether it holds for an item. */
bool hae_mem_matches(const haetae_memory_query *query, const haetae_memory_item *item);

/* The signals that it is about, as a bit set. */
uint32_t hae_mem_signals(const haetae_memory_query *query);

#endif
