/* SPDX-License-Identifier: Apache-2.0 */
/* What a series takes of the heap, and what is in it. */
#ifndef HAETAE_METRICS_SERIES_MEMORY_H
#define HAETAE_METRICS_SERIES_MEMORY_H

#include "metrics/stream.h"

/* The groups of references to lanes' cells; what a series begins with, in bytes. */
uint16_t hae_series_group_count(const struct hae_region *region);
uint64_t hae_series_head_size(const struct hae_region *region);

/* What a series with a few attributes takes of the heap, without the lanes' cells. */
uint64_t hae_series_size_typical(const struct hae_stream *stream);

/* Makes a series that no other thread uses one without measurements. */
void hae_series_empty(const struct hae_stream *stream, struct hae_series *series);

#endif
