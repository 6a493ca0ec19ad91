/* SPDX-License-Identifier: Apache-2.0 */
/* Last values. The one word of a point is an integer, or a double's bits. */
#ifndef HAETAE_METRICS_AGGREGATION_LAST_VALUE_H
#define HAETAE_METRICS_AGGREGATION_LAST_VALUE_H

#include "metrics/aggregation.h"

extern const struct hae_aggregation hae_aggregation_last_value;

/* Writes the word of a series' shared cell: the latest write of all threads wins. */
static inline void hae_last_value_set(void *memory, union hae_number value)
{
    struct hae_number_cell *cell = memory;

    /* Relaxed: one word. The series' start, which comes after it, shows that it was set
     * at all: see hae_series_start_slow(). */
    atomic_store_explicit(&cell->word[0], hae_number_bits(value), memory_order_relaxed);
}

#endif
