/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rollup.h"

#include <stdlib.h>
#include <string.h>

bool hae_view_rollup_init(struct hae_view_rollup *rollup)
{
    memset(rollup, 0, sizeof *rollup);
    rollup->rows = calloc(HAE_VIEW_ROLLUP_ROWS, sizeof *rollup->rows);
    return rollup->rows != NULL;
}

void hae_view_rollup_done(struct hae_view_rollup *rollup)
{
    free(rollup->rows);
    memset(rollup, 0, sizeof *rollup);
}

void hae_view_rollup_clear(struct hae_view_rollup *rollup)
{
    rollup->count = 0;
    memset(rollup->slots, 0, sizeof rollup->slots);
}

struct hae_view_rollup_row *hae_view_rollup_row(struct hae_view_rollup *rollup, int64_t bucket_s,
                                                int64_t op, int64_t resource)
{
    uint64_t mixed = ((uint64_t)bucket_s * 31 + (uint64_t)op) * 31 + (uint64_t)resource;
    size_t at = (size_t)(mixed * 0x9e3779b97f4a7c15U >> 32) % HAE_VIEW_ROLLUP_SLOTS;
    for (; rollup->slots[at] != 0; at = (at + 1) % HAE_VIEW_ROLLUP_SLOTS) {
        struct hae_view_rollup_row *row = &rollup->rows[rollup->slots[at] - 1];
        if (row->bucket_s == bucket_s && row->op == op && row->resource == resource) {
            return row;
        }
    }
    if (rollup->count == HAE_VIEW_ROLLUP_ROWS) {
        return NULL;
    }
    struct hae_view_rollup_row *row = &rollup->rows[rollup->count++];
    rollup->slots[at] = (uint16_t)rollup->count;
    memset(row, 0, sizeof *row);
    row->bucket_s = bucket_s;
    row->op = op;
    row->resource = resource;
    return row;
}
