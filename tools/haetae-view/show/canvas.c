/* SPDX-License-Identifier: Apache-2.0 */
#include "show/canvas.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PLAIN    "\x1b[0m"
#define REVERSE  "\x1b[7m"
#define ELLIPSIS "\xe2\x80\xa6"

static const char *sequence_of(enum hae_view_style style)
{
    static const char *const sequences[] = {"",         "\x1b[1m",  "\x1b[2m", "\x1b[31m",
                                            "\x1b[33m", "\x1b[32m", "\x1b[36m"};
    return sequences[style];
}

static void put(struct hae_view_canvas *canvas, enum hae_view_style style, const char *text,
                size_t length)
{
    bool styled = canvas->colour && style != HAE_VIEW_NORMAL && length > 0;
    if (styled) {
        hae_buffer_text(canvas->out, sequence_of(style));
    }
    hae_buffer_add(canvas->out, text, length);
    if (styled) {
        hae_buffer_text(canvas->out, canvas->chosen ? PLAIN REVERSE : PLAIN);
    }
}

void hae_view_canvas_choose(struct hae_view_canvas *canvas, bool chosen)
{
    if (canvas->colour && canvas->chosen != chosen) {
        hae_buffer_text(canvas->out, chosen ? REVERSE : PLAIN);
    }
    canvas->chosen = chosen;
}

static void pad(struct hae_view_canvas *canvas, size_t columns)
{
    hae_buffer_repeat(canvas->out, " ", columns);
    canvas->column += columns;
}

/* Writes text in at most `columns` columns; returns how many it took. */
static size_t put_cut(struct hae_view_canvas *canvas, enum hae_view_style style, const char *text,
                      size_t columns)
{
    size_t used;
    size_t length = hae_view_text_prefix(text, columns, &used);
    if (text[length] == '\0') {
        put(canvas, style, text, length);
    } else if (columns > 0) {
        length = hae_view_text_prefix(text, columns - 1, &used);
        put(canvas, style, text, length);
        put(canvas, HAE_VIEW_DIM, ELLIPSIS, strlen(ELLIPSIS));
        used++;
    }
    canvas->column += used;
    return used;
}

void hae_view_canvas_text(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text)
{
    size_t room = canvas->width > canvas->column ? canvas->width - canvas->column : 0;
    put_cut(canvas, style, text, room);
}

void hae_view_canvas_format(struct hae_view_canvas *canvas, enum hae_view_style style,
                            const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hae_view_canvas_text(canvas, style, text);
}

void hae_view_canvas_cell(struct hae_view_canvas *canvas, enum hae_view_style style,
                          const char *text, size_t columns, bool right)
{
    size_t width = hae_view_text_width(text);
    size_t room = canvas->width > canvas->column ? canvas->width - canvas->column : 0;
    columns = columns < room ? columns : room;
    if (right && width < columns) {
        pad(canvas, columns - width);
        columns = width;
    }
    size_t used = put_cut(canvas, style, text, columns);
    pad(canvas, columns - used);
}

void hae_view_canvas_cell_middle(struct hae_view_canvas *canvas, enum hae_view_style style,
                                 const char *text, size_t columns)
{
    size_t width = hae_view_text_width(text);
    size_t room = canvas->width > canvas->column ? canvas->width - canvas->column : 0;
    size_t used;

    columns = columns < room ? columns : room;
    if (width <= columns || columns < 3) {
        hae_view_canvas_cell(canvas, style, text, columns, false);
        return;
    }
    size_t head = (columns - 1) / 3;
    size_t end = canvas->column + columns;
    size_t skipped = hae_view_text_prefix(text, width - (columns - 1 - head), &used);

    if (used < width - (columns - 1 - head)) { /* a wide character lies there */
        skipped = hae_view_text_prefix(text, width - (columns - 1 - head) + 1, &used);
    }
    put_cut(canvas, style, text, head + 1);
    hae_view_canvas_text(canvas, style, text + skipped);
    hae_view_canvas_to(canvas, end);
}

void hae_view_canvas_to(struct hae_view_canvas *canvas, size_t column)
{
    column = column < canvas->width ? column : canvas->width;
    if (column > canvas->column) {
        pad(canvas, column - canvas->column);
    }
}

void hae_view_canvas_newline(struct hae_view_canvas *canvas)
{
    /* Spaces at the end of a line are removed. */
    struct hae_buffer *out = canvas->out;
    hae_view_canvas_choose(canvas, false);
    while (out->length > 0 && out->data[out->length - 1] == ' ') {
        out->data[--out->length] = '\0';
    }
    hae_buffer_char(out, '\n');
    canvas->column = 0;
}

/* ---- What is drawn as a whole ---------------------------------------------------------------- */

void hae_view_canvas_fold(struct hae_buffer *out)
{
    static const struct {
        const char *from;
        char to;
    } table[] = {
        {"\xe2\x94\x82", '|'}, {"\xe2\x94\x94", '`'}, {"\xe2\x94\x80", '-'}, {"\xe2\x94\x9c", '|'},
        {"\xe2\x96\x88", '#'}, {"\xe2\x96\x8f", '|'}, {"\xe2\x80\xa6", '~'}, {"\xc2\xb7", '-'},
        {"\xc3\x97", 'x'},     {"\xc2\xb5", 'u'},     {"\xe2\x96\x81", '_'}, {"\xe2\x96\x82", '.'},
        {"\xe2\x96\x83", ':'}, {"\xe2\x96\x84", '-'}, {"\xe2\x96\x85", '='}, {"\xe2\x96\x86", '+'},
        {"\xe2\x96\x87", '*'}, {"\xe2\x96\xbc", 'v'}, {"\xe2\x96\xb2", '^'}, {"\xe2\x80\x93", '-'},
    };
    if (out->failed || out->data == NULL) {
        return;
    }
    size_t to = 0;
    for (size_t from = 0; from < out->length;) {
        size_t taken = 0;
        for (size_t i = 0; i < sizeof table / sizeof table[0] && taken == 0; i++) {
            size_t length = strlen(table[i].from);
            if (strncmp(out->data + from, table[i].from, length) == 0) {
                out->data[to++] = table[i].to;
                taken = length;
            }
        }
        if (taken == 0) {
            out->data[to++] = out->data[from];
            taken = 1;
        }
        from += taken;
    }
    out->length = to;
    out->data[to] = '\0';
}

size_t hae_view_canvas_lines(const struct hae_buffer *text, size_t begin)
{
    size_t lines = 0;
    for (size_t i = begin; i < text->length; i++) {
        lines += text->data[i] == '\n' ? 1 : 0;
    }
    return lines;
}

void hae_view_canvas_clip(struct hae_buffer *text, size_t lines)
{
    size_t at = 0;
    while (at < text->length && lines > 0) {
        lines -= text->data[at++] == '\n' ? 1 : 0;
    }
    if (text->data != NULL) {
        text->length = at;
        text->data[at] = '\0';
    }
}
