/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/grid.h"

#include <string.h>

#include "base/minmax.h"
#include "util/text.h"

#define CELL_BYTES 2000
/* A cell that is wider moves those behind it, and not those of all other rows. */
#define WIDTH_MAX 60
#define GAP       2

void hae_view_grid_done(struct hae_view_grid *grid)
{
    hae_buffer_done(&grid->text);
    hae_buffer_done(&grid->offsets);
}

static size_t cell_count(const struct hae_view_grid *grid)
{
    return grid->offsets.length / sizeof(size_t);
}

static const char *add(struct hae_view_grid *grid, const char *text, size_t length)
{
    char clean[CELL_BYTES];
    size_t at = grid->text.length;
    size_t column = cell_count(grid) % grid->columns;
    size_t size = hae_view_text_clean(clean, sizeof clean, text, length);
    hae_buffer_add(&grid->text, clean, size + 1);
    hae_buffer_add(&grid->offsets, &at, sizeof at);
    if (grid->text.failed || grid->offsets.failed) {
        grid->text.failed = true;
        return "";
    }
    size_t width = (size_t)hae_min(hae_view_text_width(clean), WIDTH_MAX);
    grid->widths[column] = (size_t)hae_max(grid->widths[column], width);
    return grid->text.data + at;
}

void hae_view_grid_heading(struct hae_view_grid *grid, const char *name)
{
    if (grid->columns < HAE_VIEW_GRID_COLUMNS_MAX) {
        grid->columns++;
        (void)add(grid, name, strlen(name));
    }
}

void hae_view_grid_cell(struct hae_view_grid *grid, const char *text, size_t length)
{
    size_t column = cell_count(grid) % grid->columns;
    const char *clean = add(grid, text != NULL ? text : "", text != NULL ? length : 0);
    if (clean[strspn(clean, "0123456789.+-e")] != '\0') {
        grid->words[column] = true;
    }
}

size_t hae_view_grid_rows(struct hae_view_grid *grid, struct hae_view_rows *rows)
{
    size_t count = 0;
    if (rows->statement == NULL) {
        return 0;
    }
    if (grid->columns == 0) {
        for (int i = 0; i < sqlite3_column_count(rows->statement); i++) {
            hae_view_grid_heading(grid, sqlite3_column_name(rows->statement, i));
        }
    }
    while (!grid->text.failed && hae_view_next(rows)) {
        for (int i = 0; i < (int)grid->columns; i++) {
            const char *text = (const char *)sqlite3_column_text(rows->statement, i);
            hae_view_grid_cell(grid, text, (size_t)sqlite3_column_bytes(rows->statement, i));
        }
        count++;
    }
    return count;
}

static void write_cell(const struct hae_view_grid *grid, size_t cell, struct hae_buffer *out)
{
    size_t offset;
    size_t column = cell % grid->columns;
    memcpy(&offset, grid->offsets.data + cell * sizeof offset, sizeof offset);
    const char *text = grid->text.data + offset;
    size_t width = hae_view_text_width(text);
    size_t space = grid->widths[column] > width ? grid->widths[column] - width : 0;
    bool last = column + 1 == grid->columns;
    if (!grid->words[column]) {
        hae_buffer_repeat(out, " ", space);
        space = 0;
    }
    hae_buffer_text(out, text);
    if (!last) {
        hae_buffer_repeat(out, " ", space + GAP);
    }
}

/* Empty cells at the end of a line leave no spaces there. */
static void end_line(struct hae_buffer *out)
{
    while (!out->failed && out->length > 0 && out->data[out->length - 1] == ' ') {
        out->data[--out->length] = '\0';
    }
    hae_buffer_char(out, '\n');
}

void hae_view_grid_write(struct hae_view_grid *grid, struct hae_buffer *out)
{
    if (grid->text.failed) {
        out->failed = true;
        return;
    }
    for (size_t cell = 0; cell < cell_count(grid); cell++) {
        write_cell(grid, cell, out);
        if ((cell + 1) % grid->columns == 0) {
            end_line(out);
        }
    }
    hae_buffer_clear(&grid->text);
    hae_buffer_clear(&grid->offsets);
}
