/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as a table whose columns are aligned, as wide as they need to be. */
#ifndef HAETAE_VIEW_COMMANDS_GRID_H
#define HAETAE_VIEW_COMMANDS_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "query/rows.h"

#define HAE_VIEW_GRID_COLUMNS_MAX 128

struct hae_view_grid {
    struct hae_buffer text;    /* of the cells, cleaned, each ended by NUL */
    struct hae_buffer offsets; /* of the cells in it: an array of size_t */
    size_t columns;
    /* Kept when the rows are cleared, so that further ones stand below those before. */
    size_t widths[HAE_VIEW_GRID_COLUMNS_MAX];
    bool words[HAE_VIEW_GRID_COLUMNS_MAX]; /* not only numbers, which stand at the right */
};

#define HAE_VIEW_GRID_INIT                                                                         \
    {                                                                                              \
        HAE_BUFFER_INIT, HAE_BUFFER_INIT, 0, {0},                                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

void hae_view_grid_done(struct hae_view_grid *grid);

/* The first row is that of headings. Cells go row by row. */
void hae_view_grid_heading(struct hae_view_grid *grid, const char *name);
void hae_view_grid_cell(struct hae_view_grid *grid, const char *text, size_t length);

/* Adds all rows, and before the first one a row of headings if there is none yet. Returns how many
 * there were. */
size_t hae_view_grid_rows(struct hae_view_grid *grid, struct hae_view_rows *rows);

/* Writes what was added and removes it. */
void hae_view_grid_write(struct hae_view_grid *grid, struct hae_buffer *out);

#endif
