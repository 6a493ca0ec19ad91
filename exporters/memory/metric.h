/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_MEMORY_METRIC_H
#define HAETAE_MEMORY_METRIC_H

#include "item_list.h"

/* Adds a Metric: an item for each of its points. */
void hae_mem_add_metric(struct hae_mem_parser *parser, struct hae_mem_list *list,
                        struct hae_reader message);

#endif
