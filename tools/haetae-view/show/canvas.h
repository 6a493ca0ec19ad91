/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of styled text that fit a width. Text must be clean (util/text.h). */
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
    bool chosen;   /* set by hae_view_canvas_choose() */
};

/* From here on, up to the end of the line or `false`, text stands out as what is chosen. */
void hae_view_canvas_choose(struct hae_view_canvas *canvas, bool chosen);

/* Writes text, cut with "…" at the right edge. */
void hae_view_canvas_text(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text);
void hae_view_canvas_format(struct hae_view_canvas *canvas, enum hae_view_style style,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes text into `columns` columns, as far as the line has them: padded, or cut
 * with "…". */
void hae_view_canvas_cell(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text, size_t columns, bool right);

/* The same at the left, and cut in the middle: for texts that differ at their ends. */
void hae_view_canvas_cell_middle(struct hae_view_canvas *canvas, enum hae_view_style style,
                                 const char *text, size_t columns);

/* Adds spaces up to a column, or to the right edge. */
void hae_view_canvas_to(struct hae_view_canvas *canvas, size_t column);
void hae_view_canvas_newline(struct hae_view_canvas *canvas);

/* Replaces the symbols that this folder draws with by ASCII of the same width. */
void hae_view_canvas_fold(struct hae_buffer *out);

/* The lines of a text from a place on, and the text cut after its n-th line. */
size_t hae_view_canvas_lines(const struct hae_buffer *text, size_t begin);
void hae_view_canvas_clip(struct hae_buffer *text, size_t lines);

#endif
