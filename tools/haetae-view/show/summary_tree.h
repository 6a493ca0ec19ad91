/* SPDX-License-Identifier: Apache-2.0 */
/* The most important spans of one trace, for the summary, in the order of a tree: parents before
 * children, earlier starts first. show/span_tree.h has the tree of all spans. Any input gives a
 * tree: a span is a root when its parent is missing, is itself, or is in a circle with it. */
#ifndef HAETAE_VIEW_SHOW_SUMMARY_TREE_H
#define HAETAE_VIEW_SHOW_SUMMARY_TREE_H

#include "query/summary.h"

struct hae_view_summary_tree_row {
    uint8_t span;   /* index into the trace's spans */
    uint8_t depth;  /* 0: a root */
    bool last;      /* no further sibling that is shown */
    uint64_t lines; /* bit d: the ancestor at depth d has a further sibling */
};

/* Writes up to `max` rows and returns how many. When there are more spans, failed
 * ones and then long ones are preferred, together with their ancestors. */
size_t hae_view_summary_tree_make(const struct hae_view_trace_copy *trace, size_t max,
                                  struct hae_view_summary_tree_row rows[HAE_VIEW_TRACE_SPANS]);

#endif
