/* SPDX-License-Identifier: Apache-2.0 */
/* The table that finds the series of all streams by their hashes. */
#ifndef HAETAE_METRICS_SERIES_TABLE_H
#define HAETAE_METRICS_SERIES_TABLE_H

#include "metrics/attribute_set.h"
#include "metrics/plain.h"
#include "metrics/stream.h"
#include "metrics/unused.h"

/* Sizes the table for the region's heap. Errors: HAETAE_ELIMIT. */
haetae_status hae_series_table_init(struct hae_region *region);

/* In a forked child: empties the table. */
void hae_series_table_reinit(struct hae_region *region);

/* Enters a series that is complete. */
void hae_series_table_enter(struct hae_region *region, struct hae_series *series);

/* Takes a series out. One thread at a time, beside any number that enter and look. Those that are
 * at the series get on from there. */
void hae_series_table_leave(struct hae_region *region, struct hae_series *series);

static inline _Atomic uint32_t *hae_series_table_head(struct hae_region *region, uint64_t hash)
{
    _Atomic uint32_t *table = hae_region_at(region, region->series_table_offset);

    return &table[hash & (region->series_table_length - 1)];
}

/* What is looked for: a plain set as the caller gave it, or one that was read. */
struct hae_wanted {
    const struct hae_stream *stream;
    uint64_t hash;
    const haetae_attribute *attributes;
    size_t count;
    const struct hae_attribute_set *set; /* NULL: the plain one */
};

static inline bool hae_is_wanted(const struct hae_wanted *wanted, struct hae_series *series)
{
    const struct hae_stream *stream = wanted->stream;

    if (series->hash != wanted->hash || series->stream != stream->reference) {
        return false;
    }
    return (wanted->set != NULL
                ? hae_attribute_set_same(stream->region, series,
                                         stream->aggregation->attributes_field, wanted->set)
                : hae_plain_same(stream->region, series, wanted->attributes, wanted->count)) &&
           (!stream->gives_back || hae_series_use(series));
}

/* Looks from one series of the table's list on. The call has entered, if series can be given
 * back. */
static inline struct hae_series *hae_series_in_chain(const struct hae_wanted *wanted, uint32_t at)
{
    while (at != 0) {
        struct hae_series *series = hae_ref_at(wanted->stream->region, at);

        if (hae_is_wanted(wanted, series)) {
            return series;
        }
        /* Where none leaves the head's acquire would be enough: all exchanges of a head are one
         * release sequence, so it sees whatever was entered before, too. Else it pairs with the
         * release in hae_series_table_leave(). */
        at = atomic_load_explicit(&series->table_next, memory_order_acquire);
    }
    return NULL;
}

static inline struct hae_series *hae_series_in_table(const struct hae_wanted *wanted)
{
    /* Acquire pairs with the release in hae_series_table_enter(): the series is complete. */
    return hae_series_in_chain(
        wanted, atomic_load_explicit(hae_series_table_head(wanted->stream->region, wanted->hash),
                                     memory_order_acquire));
}

#endif
