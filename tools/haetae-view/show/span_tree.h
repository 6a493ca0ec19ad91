/* SPDX-License-Identifier: Apache-2.0 */
/* All spans of a trace in the order of a tree: parents before children, these in the order in which
 * they were added. Any input gives a tree: a span is a root when its parent is missing, is itself,
 * or is in a circle with it. show/summary_tree.h is the one that fits a summary. */
#ifndef HAETAE_VIEW_SHOW_SPAN_TREE_H
#define HAETAE_VIEW_SHOW_SPAN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hae_view_span_node {
    uint8_t id[8];
    uint8_t parent[8]; /* all zero: none */
    /* Set by hae_view_span_tree_make(). */
    size_t depth;   /* 0: a root */
    uint64_t lines; /* bit d: the ancestor at depth d has a further sibling; deep ones have none */
    bool last;      /* no further sibling */
    bool has_children;
    size_t child; /* the first one; SIZE_MAX: none */
    size_t next;  /* sibling; likewise */
    bool placed;
};

/* `lines` of the children that a node has, or would have. */
uint64_t hae_view_span_lines_below(const struct hae_view_span_node *node);

/* Writes the numbers of all nodes in their order to `ret_order`. False: out of memory. */
bool hae_view_span_tree_make(struct hae_view_span_node *nodes, size_t count, size_t *ret_order);

#endif
