/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and making the series of an attribute set, without a lock and without
 * allocating anything but region memory for what is new. */
#ifndef HAE_METRICS_SERIES_H
#define HAE_METRICS_SERIES_H

#include "metrics/meter.h"
#include "wire/otlp.h"

/* The field number of a data point's attributes: NumberDataPoint and
 * HistogramDataPoint differ. */
static inline unsigned hae_attributes_field(uint8_t kind)
{
    return kind == HAE_HISTOGRAM ? HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES
                                 : HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES;
}

/* Sizes the table of all series for the region's heap. Errors: HAETAE_ELIMIT. */
haetae_status hae_series_table_init(struct hae_region *region);

/* In a forked child: the table with nothing in it, and a series of nothing in the table. */
void hae_series_table_reinit(struct hae_region *region);
void hae_series_reinit(struct hae_region *region, struct hae_series *series);

/* Makes the overflow series of an instrument that nobody else sees yet; false when
 * the heap is used up. */
bool hae_series_make_overflow(struct hae_region *region, struct hae_instrument *instrument);

/* The series of a set; the overflow series past the limit, when the heap is used up,
 * and for an invalid set, which is counted. Any number of threads at once, and
 * signal handlers between them. */
struct hae_series *hae_series_find(const struct hae_handle *handle,
                                   const haetae_attribute *attributes, size_t count);

/* Says that a series has a measurement from now on. */
void hae_series_start_slow(struct hae_recorder *recorder, struct hae_series *series);

static inline void hae_series_start(struct hae_recorder *recorder, struct hae_series *series)
{
    /* Relaxed: who sees a start is done; who doesn't looks again in the slow part. */
    if (HAE_UNLIKELY(atomic_load_explicit(&series->start_unix_ns, memory_order_relaxed) == 0)) {
        hae_series_start_slow(recorder, series);
    }
}

#endif
