/* SPDX-License-Identifier: Apache-2.0 */
/* An instrument's streams with the series of one attribute set. */
#ifndef HAETAE_METRICS_BOUND_H
#define HAETAE_METRICS_BOUND_H

#include "metrics/stream.h"

/* The series of one stream. */
struct hae_bound_series {
    const struct hae_stream *stream;
    struct hae_series *series;
};

/* The fields that every recording call reads come first. */
struct hae_bound {
    struct hae_recorder *recorder;
    struct hae_series *series; /* of the stream that is recorded into inline */
    uint64_t increments_below; /* these, as struct hae_instrument has them   */
    const double *boundaries;
    uint32_t boundary_count;
    uint32_t attachment_offset; /* see lane_ready.h */
    uint8_t inline_type;
    uint8_t kind;
    uint8_t number_type;
    uint8_t exemplar_flags; /* as struct hae_instrument has them */
    uint32_t series_count;
    struct hae_bound_series *all; /* the series of each stream, in the same memory */
    struct hae_bound *next;
};

/* The lanes' cells of `series`, as far as they are known: at 1 and up, each written by the
 * lane's owner. At 0, the place of threads without a lane, there is none. They follow the
 * struct in its allocation: as a flexible array member they could not stand inside
 * haetae_bound_counter and its kind. */
typedef _Atomic(void *) hae_cell_entry;

static inline hae_cell_entry *hae_bound_cells(const struct hae_bound *bound)
{
    return (hae_cell_entry *)(uintptr_t)(bound + 1);
}

struct haetae_bound_counter {
    struct hae_bound bound;
};
struct haetae_bound_up_down_counter {
    struct hae_bound bound;
};
struct haetae_bound_gauge {
    struct hae_bound bound;
};
struct haetae_bound_histogram {
    struct hae_bound bound;
};

/* A bound instrument of these series. The caller fills the fields from increments_below to
 * exemplar_flags. NULL: there is no memory. */
struct hae_bound *hae_bound_new(struct hae_recorder *recorder, const struct hae_bound_series *all,
                                uint32_t series_count);

/* Finds the bound instrument of the same series in a list; NULL: there is none. */
struct hae_bound *hae_bound_find(struct hae_bound *first, const struct hae_bound_series *all,
                                 uint32_t series_count);

/* In a forked child: its series are not to be given back. */
void hae_bound_keep(const struct hae_bound *bound);

/* In a forked child: a first measurement goes again where the series notes its start. */
void hae_bound_reinit(struct hae_bound *bound);

void hae_bound_free_list(struct hae_bound *first);

#endif
