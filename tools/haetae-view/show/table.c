/* SPDX-License-Identifier: Apache-2.0 */
#include "show/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/grow.h"

#define GAP        2
#define HARD_LEAST 4

void hae_view_table_init(struct hae_view_table *table, const struct hae_view_column *columns,
                         size_t column_count)
{
    memset(table, 0, sizeof *table);
    table->columns = columns;
    table->column_count = column_count;
}

void hae_view_table_done(struct hae_view_table *table)
{
    hae_buffer_done(&table->texts);
    free(table->cells);
    memset(table, 0, sizeof *table);
}

/* Adds a cell whose text is added next. Returns false when memory is short. */
static bool begin_cell(struct hae_view_table *table, enum hae_view_style style)
{
    struct hae_view_cell *cells =
        hae_view_grow(table->cells, table->cell_count, &table->cell_capacity, sizeof *cells);
    if (cells == NULL) {
        table->texts.failed = true;
        return false;
    }
    table->cells = cells;
    table->cells[table->cell_count++] = (struct hae_view_cell){table->texts.length, style, false};
    return true;
}

void hae_view_table_cell(struct hae_view_table *table, enum hae_view_style style, const char *text)
{
    if (begin_cell(table, style)) {
        hae_buffer_add(&table->texts, text, strlen(text) + 1);
    }
}

void hae_view_table_wide_cell(struct hae_view_table *table, enum hae_view_style style,
                              const char *text)
{
    size_t before = table->cell_count;
    hae_view_table_cell(table, style, text);
    if (table->cell_count > before) {
        table->cells[before].wide = true;
    }
}

void hae_view_table_format(struct hae_view_table *table, enum hae_view_style style,
                           const char *format, ...)
{
    va_list arguments;

    if (begin_cell(table, style)) {
        va_start(arguments, format);
        hae_buffer_format_list(&table->texts, format, arguments);
        va_end(arguments);
        hae_buffer_char(&table->texts, '\0');
    }
}

void hae_view_table_end_row(struct hae_view_table *table)
{
    while (!table->texts.failed && table->cell_count % table->column_count != 0) {
        hae_view_table_cell(table, HAE_VIEW_NORMAL, "");
    }
}

/* The widths of the columns; 0 for one that is left out. */
struct layout {
    size_t widths[HAE_VIEW_COLUMNS_MAX];
    size_t count;
    size_t total; /* with gaps */
};

static void sum_up(struct layout *layout)
{
    layout->total = 0;
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->widths[i] > 0) {
            layout->total += layout->widths[i] + (layout->total > 0 ? GAP : 0);
        }
    }
}

static void natural(const struct hae_view_table *table, size_t sorted, struct layout *layout)
{
    layout->count = table->column_count;
    for (size_t i = 0; i < layout->count; i++) {
        layout->widths[i] = 0;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t *widest = &layout->widths[i % layout->count];
        size_t width = table->cells[i].wide
                           ? 0
                           : hae_view_text_width(table->texts.data + table->cells[i].text);
        *widest = width > *widest ? width : *widest;
    }
    for (size_t i = 0; i < layout->count; i++) {
        size_t heading = hae_view_text_width(table->columns[i].heading) + (i == sorted ? 1 : 0);
        if (layout->widths[i] > 0 && heading > layout->widths[i]) {
            layout->widths[i] = heading;
        }
    }
    sum_up(layout);
}

/* Shrinks columns that may shrink, the widest first, until the table fits: down to the
 * least useful width or, when `hard`, to almost nothing. */
static void shrink(const struct hae_view_table *table, struct layout *layout, size_t width,
                   bool hard)
{
    while (layout->total > width) {
        size_t widest = layout->count;
        for (size_t i = 0; i < layout->count; i++) {
            size_t least = hard ? HARD_LEAST : table->columns[i].least;
            if (table->columns[i].shrinks != 0 && layout->widths[i] > least &&
                (widest == layout->count || layout->widths[i] > layout->widths[widest])) {
                widest = i;
            }
        }
        if (widest == layout->count) {
            return;
        }
        layout->widths[widest]--;
        layout->total--;
    }
}

/* Leaves out the least important column. False when all must stay. */
static bool drop_one(const struct hae_view_table *table, struct layout *layout)
{
    size_t dropped = layout->count;
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->widths[i] > 0 && table->columns[i].drop > 0 &&
            (dropped == layout->count || table->columns[i].drop > table->columns[dropped].drop)) {
            dropped = i;
        }
    }
    if (dropped == layout->count) {
        return false;
    }
    layout->widths[dropped] = 0;
    sum_up(layout);
    return true;
}

static void fit(const struct hae_view_table *table, size_t sorted, struct layout *layout,
                size_t width)
{
    natural(table, sorted, layout);
    struct layout shrunk = *layout;
    shrink(table, &shrunk, width, false);
    while (shrunk.total > width && drop_one(table, layout)) {
        shrunk = *layout;
        shrink(table, &shrunk, width, false);
    }
    shrink(table, &shrunk, width, true);
    *layout = shrunk;
}

static bool has_headings(const struct hae_view_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].heading[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void write_cell(const struct hae_view_table *table, const struct hae_view_column *column,
                       const struct hae_view_cell *cell, size_t width,
                       struct hae_view_canvas *canvas)
{
    const char *text = table->texts.data + cell->text;

    if (column->shrinks == HAE_VIEW_CUT_MIDDLE) {
        hae_view_canvas_cell_middle(canvas, cell->style, text, width);
    } else {
        hae_view_canvas_cell(canvas, cell->style, text, width, column->right);
    }
}

/* Before each column but the first one that is shown. */
static void gap(struct hae_view_canvas *canvas, bool *first)
{
    if (!*first) {
        hae_view_canvas_to(canvas, canvas->column + GAP);
    }
    *first = false;
}

static void write_headings(const struct hae_view_table *table, const struct layout *layout,
                           const struct hae_view_table_part *part, struct hae_view_canvas *canvas)
{
    bool first = true;
    for (size_t i = 0; i < layout->count; i++) {
        char heading[48];
        const char *mark = part->largest_first ? "\xe2\x96\xbc" : "\xe2\x96\xb2";
        if (layout->widths[i] > 0) {
            gap(canvas, &first);
            snprintf(heading, sizeof heading, "%s%s", table->columns[i].heading,
                     i == part->sorted ? mark : "");
            hae_view_canvas_cell(canvas, HAE_VIEW_DIM, heading, layout->widths[i],
                                 table->columns[i].right);
        }
    }
    hae_view_canvas_newline(canvas);
}

static void write_row(const struct hae_view_table *table, const struct layout *layout, size_t row,
                      struct hae_view_canvas *canvas)
{
    bool first = true;
    const struct hae_view_cell *cell = &table->cells[row * layout->count];
    if (cell->wide) {
        hae_view_canvas_text(canvas, cell->style, table->texts.data + cell->text);
        return;
    }
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->widths[i] > 0) {
            gap(canvas, &first);
            write_cell(table, &table->columns[i], &cell[i], layout->widths[i], canvas);
        }
    }
}

void hae_view_table_write_part(const struct hae_view_table *table, struct hae_view_canvas *canvas,
                               size_t indent, const struct hae_view_table_part *part)
{
    if (table->cell_count == 0 || table->texts.failed) {
        return;
    }
    struct layout layout;
    fit(table, part->sorted, &layout, canvas->width > indent ? canvas->width - indent : 0);
    if (!part->headless && has_headings(table)) {
        hae_view_canvas_to(canvas, indent);
        write_headings(table, &layout, part, canvas);
    }
    for (size_t i = 0; i < part->count; i++) {
        bool chosen = i == part->chosen;
        hae_view_canvas_choose(canvas, chosen);
        if (chosen && indent > 0) {
            hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, ">");
        }
        hae_view_canvas_to(canvas, indent);
        write_row(table, &layout, part->order != NULL ? part->order[i] : i, canvas);
        if (chosen) {
            hae_view_canvas_to(canvas, canvas->width);
        }
        hae_view_canvas_newline(canvas);
    }
}

void hae_view_table_write(const struct hae_view_table *table, struct hae_view_canvas *canvas,
                          size_t indent)
{
    const struct hae_view_table_part all = {
        .count = table->cell_count / table->column_count, .chosen = SIZE_MAX, .sorted = SIZE_MAX};
    hae_view_table_write_part(table, canvas, indent, &all);
}
