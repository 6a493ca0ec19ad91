/* SPDX-License-Identifier: Apache-2.0 */
/* Small drawings out of characters, for the cells of tables. */
#ifndef HAETAE_VIEW_SHOW_DRAWING_H
#define HAETAE_VIEW_SHOW_DRAWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HAE_VIEW_DRAWING_COLUMNS 24
#define HAE_VIEW_DRAWING_SIZE    (HAE_VIEW_DRAWING_COLUMNS * 3 + 1)

/* A column for each value, at most HAE_VIEW_DRAWING_COLUMNS, from the lowest to the largest value;
 * nothing for 0 and for what is not known (NaN). */
void hae_view_draw_trend(const double *values, size_t count, char out[HAE_VIEW_DRAWING_SIZE]);

/* A piece of time in another one to scale, at least one column wide. */
struct hae_view_extent {
    uint64_t start_ns;
    uint64_t end_ns;
};
void hae_view_draw_bar(struct hae_view_extent whole, struct hae_view_extent part, size_t columns,
                       char out[HAE_VIEW_DRAWING_SIZE]);

/* The place in a tree: "|  `- ". Bit d of `lines`: the ancestor at depth d has a further sibling.
 */
#define HAE_VIEW_BRANCH_DEPTH 12 /* the deepest that is indented further */
#define HAE_VIEW_BRANCH_SIZE  (HAE_VIEW_BRANCH_DEPTH * 9 + 1)
void hae_view_draw_branch(size_t depth, uint64_t lines, bool last, char out[HAE_VIEW_BRANCH_SIZE]);

/* What stands before a line between a node and its children: `depth` is the node's, and `lines`
 * are those beside its children. */
void hae_view_draw_below(size_t depth, uint64_t lines, bool has_children,
                         char out[HAE_VIEW_BRANCH_SIZE]);

#endif
