/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of styled text, and tables that fit a width. Text must be clean (util/text.h). */
#ifndef HAETAE_VIEW_SHOW_CANVAS_H
#define HAETAE_VIEW_SHOW_CANVAS_H

#include "base/buffer.h"
#include "util/text.h"

enum hae_view_style {
    HAE_VIEW_NORMAL,
    HAE_VIEW_BOLD,
    HAE_VIEW_DIM,
    HAE_VIEW_RED,
    HAE_VIEW_YELLOW,
    HAE_VIEW_GREEN,
    HAE_VIEW_CYAN
};

struct hae_view_canvas {
    struct hae_buffer *out;
    size_t width;  /* columns */
    bool colour;   /* whether styles become SGR escape sequences; else they do nothing */
    size_t column; /* where the next text goes */
};

/* Writes text, cut with "…" at the right edge. */
void hae_view_canvas_text(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text);
void hae_view_canvas_format(struct hae_view_canvas *canvas, enum hae_view_style style,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes text into `columns` columns, as far as the line has them: padded, or cut
 * with "…". */
void hae_view_canvas_cell(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text, size_t columns, bool right);

/* Adds spaces up to a column. */
void hae_view_canvas_to(struct hae_view_canvas *canvas, size_t column);
void hae_view_canvas_newline(struct hae_view_canvas *canvas);

/* ---- Tables -------------------------------------------------------------------- */

struct hae_view_column {
    const char *heading; /* "" for none */
    bool right;          /* numbers stand at the right */
    bool shrinks;        /* may be cut down to `least` columns when space is short */
    size_t least;
    int drop; /* the column with the highest rank is left out first; 0: never */
};

#define HAE_VIEW_COLUMNS_MAX 12

struct hae_view_cell {
    size_t text; /* offset into texts */
    enum hae_view_style style;
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

/* Fills the current row with empty cells. */
void hae_view_table_end_row(struct hae_view_table *table);

/* Writes headings (if any) and rows, each indented. */
void hae_view_table_write(const struct hae_view_table *table, struct hae_view_canvas *canvas,
                          size_t indent);

#endif
