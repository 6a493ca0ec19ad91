/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_MEMORY_POINT_H
#define HAETAE_MEMORY_POINT_H

#include "parts.h"

/* Reads a data point of the kind that point->metric has. */
void hae_mem_point(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_memory_point *point);

#endif
