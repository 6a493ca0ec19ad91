/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, errors and durations of each operation in ten seconds, added up in memory for one
 * request, and then added to the table. */
#ifndef HAETAE_VIEW_STORE_ROLLUP_H
#define HAETAE_VIEW_STORE_ROLLUP_H

#include <stdbool.h>

#include "store/histogram.h"

#define HAE_VIEW_ROLLUP_ROWS  256
#define HAE_VIEW_ROLLUP_SLOTS 512

struct hae_view_rollup_row {
    int64_t bucket_s;
    int64_t op;
    int64_t resource;
    uint64_t requests;
    uint64_t errors;
    uint64_t duration_sum;
    struct hae_view_histogram durations;
};

struct hae_view_rollup {
    struct hae_view_rollup_row *rows;
    uint16_t slots[HAE_VIEW_ROLLUP_SLOTS]; /* place of a row, plus 1; 0: free */
    size_t count;
};

/* False: out of memory. */
bool hae_view_rollup_init(struct hae_view_rollup *rollup);
void hae_view_rollup_done(struct hae_view_rollup *rollup);
void hae_view_rollup_clear(struct hae_view_rollup *rollup);

/* The row of an operation. NULL: the rollup is full, and must be written and cleared first. */
struct hae_view_rollup_row *hae_view_rollup_row(struct hae_view_rollup *rollup, int64_t bucket_s,
                                                int64_t op, int64_t resource);

#endif
