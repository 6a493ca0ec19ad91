/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that fit the width of a canvas. */
#ifndef HAETAE_VIEW_SHOW_TABLE_H
#define HAETAE_VIEW_SHOW_TABLE_H

#include <stdint.h>

#include "show/canvas.h"

enum { HAE_VIEW_CUT_END = 1, HAE_VIEW_CUT_MIDDLE };

struct hae_view_column {
    const char *heading; /* "" for none */
    bool right;          /* numbers stand at the right */
    int shrinks;         /* whether it may be cut down to `least` columns when space is short:
                          * 0, HAE_VIEW_CUT_END or HAE_VIEW_CUT_MIDDLE */
    size_t least;
    int drop; /* the column with the highest rank is left out first; 0: never */
};

#define HAE_VIEW_COLUMNS_MAX 12

struct hae_view_cell {
    size_t text; /* offset into texts */
    enum hae_view_style style;
    bool wide;
};

struct hae_view_table {
    const struct hae_view_column *columns;
    size_t column_count;
    struct hae_buffer texts;
    struct hae_view_cell *cells; /* row by row */
    size_t cell_count;
    size_t cell_capacity;
};

void hae_view_table_init(struct hae_view_table *table, const struct hae_view_column *columns,
                         size_t column_count);
void hae_view_table_done(struct hae_view_table *table);

/* Adds the next cell of the current row. */
void hae_view_table_cell(struct hae_view_table *table, enum hae_view_style style, const char *text);
void hae_view_table_format(struct hae_view_table *table, enum hae_view_style style,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, written over the whole row: its other cells are not shown. Only for the first cell. */
void hae_view_table_wide_cell(struct hae_view_table *table, enum hae_view_style style,
                              const char *text);

/* Fills the current row with empty cells. */
void hae_view_table_end_row(struct hae_view_table *table);

/* Writes headings (if any) and all rows, each indented. */
void hae_view_table_write(const struct hae_view_table *table, struct hae_view_canvas *canvas,
                          size_t indent);

/* Some of the rows, laid out as all of them are. */
struct hae_view_table_part {
    const uint32_t *order; /* their numbers; NULL: the first ones */
    size_t count;
    size_t chosen; /* the place in `order` of one that stands out; SIZE_MAX: none */
    size_t sorted; /* the column by which they are sorted; SIZE_MAX: none */
    bool largest_first;
    bool headless; /* without headings */
};

void hae_view_table_write_part(const struct hae_view_table *table, struct hae_view_canvas *canvas,
                               size_t indent, const struct hae_view_table_part *part);

#endif
