/* SPDX-License-Identifier: Apache-2.0 */
#include "show/drawing.h"

#include <math.h>
#include <string.h>

#define LEVELS 8

/* Adds a piece of at most three bytes. */
static char *add(char *at, const char *piece)
{
    size_t length = strlen(piece);
    memcpy(at, piece, length + 1);
    return at + length;
}

void hae_view_draw_trend(const double *values, size_t count, char out[HAE_VIEW_DRAWING_SIZE])
{
    static const char *const levels[LEVELS] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                               "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                               "\xe2\x96\x87", "\xe2\x96\x88"};
    double largest = 0;
    char *at = out;
    count = count < HAE_VIEW_DRAWING_COLUMNS ? count : HAE_VIEW_DRAWING_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        largest = values[i] > largest ? values[i] : largest;
    }
    *at = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] > 0) || isinf(largest)) {
            at = add(at, " ");
        } else {
            size_t level = (size_t)ceil(values[i] / largest * LEVELS);
            at = add(at, levels[level > 0 ? level - 1 : 0]);
        }
    }
}

static size_t position(struct hae_view_extent whole, uint64_t at_ns, size_t columns)
{
    double length = (double)(whole.end_ns - whole.start_ns);
    if (length <= 0 || at_ns <= whole.start_ns) {
        return 0;
    }
    double part = (double)(at_ns - whole.start_ns) / length;
    return (size_t)((part > 1 ? 1 : part) * (double)columns + 0.5);
}

void hae_view_draw_bar(struct hae_view_extent whole, struct hae_view_extent part, size_t columns,
                       char out[HAE_VIEW_DRAWING_SIZE])
{
    columns = columns < HAE_VIEW_DRAWING_COLUMNS ? columns : HAE_VIEW_DRAWING_COLUMNS;
    size_t from = position(whole, part.start_ns, columns);
    size_t to = position(whole, part.end_ns, columns);
    bool thin = part.end_ns <= part.start_ns || from == to;
    char *at = out;
    *at = '\0';
    from = from < columns ? from : columns - 1;
    to = to > from ? to : from + 1;
    for (size_t column = 0; column < columns; column++) {
        bool inside = column >= from && column < to;
        at = add(at, !inside ? " " : thin ? "\xe2\x96\x8f" : "\xe2\x96\x88");
    }
}

static size_t shown_depth(size_t depth)
{
    return depth < HAE_VIEW_BRANCH_DEPTH ? depth : HAE_VIEW_BRANCH_DEPTH;
}

/* The lines of the ancestors up to a depth, without it. Roots have no line of their own, so the
 * level below the root comes first. */
static char *add_lines(char *at, size_t depth, uint64_t lines)
{
    *at = '\0';
    for (size_t level = 1; level < depth; level++) {
        at = add(at, (lines & 1ULL << level) != 0 ? "\xe2\x94\x82  " : "   ");
    }
    return at;
}

void hae_view_draw_branch(size_t depth, uint64_t lines, bool last, char out[HAE_VIEW_BRANCH_SIZE])
{
    char *at = add_lines(out, shown_depth(depth), lines);
    if (depth > 0) {
        add(at, last ? "\xe2\x94\x94\xe2\x94\x80 " : "\xe2\x94\x9c\xe2\x94\x80 ");
    }
}

void hae_view_draw_below(size_t depth, uint64_t lines, bool has_children,
                         char out[HAE_VIEW_BRANCH_SIZE])
{
    char *at = add_lines(out, shown_depth(depth) + 1, lines);
    add(at, has_children ? "\xe2\x94\x82  " : "   ");
}
