/* SPDX-License-Identifier: Apache-2.0 */
#include "show/summary_tree.h"

#include <assert.h>
#include <string.h>

#define COUNT_MAX HAE_VIEW_TRACE_SPANS
#define NO_PARENT 0xff

static_assert(COUNT_MAX <= 64, "a depth is a bit of 64");

struct forest {
    const struct hae_view_trace_copy *trace;
    uint8_t parents[COUNT_MAX];
    uint8_t order[COUNT_MAX]; /* by start time */
    bool shown[COUNT_MAX];
    size_t shown_count;
    struct hae_view_summary_tree_row *rows;
    size_t row_count;
};

static uint64_t duration(const struct hae_view_kept_span *span)
{
    return span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
}

static void find_parents(struct forest *forest)
{
    const struct hae_view_trace_copy *trace = forest->trace;
    for (uint8_t i = 0; i < trace->kept; i++) {
        forest->parents[i] = NO_PARENT;
        for (uint8_t j = 0; j < trace->kept; j++) {
            if (i != j && memcmp(trace->spans[i].parent_id, trace->spans[j].span_id, 8) == 0) {
                forest->parents[i] = j;
                break;
            }
        }
    }
}

/* Makes one span of every circle of parents a root. */
static void cut_circles(struct forest *forest)
{
    for (uint8_t i = 0; i < forest->trace->kept; i++) {
        uint8_t at = forest->parents[i];
        for (size_t steps = 0; at != NO_PARENT && steps < COUNT_MAX; steps++) {
            if (at == i) {
                forest->parents[i] = NO_PARENT;
                break;
            }
            at = forest->parents[at];
        }
    }
}

/* Insertion sort: at most 64. */
static void sort_by_start(struct forest *forest)
{
    const struct hae_view_kept_span *spans = forest->trace->spans;
    for (uint8_t i = 0; i < forest->trace->kept; i++) {
        uint8_t at = i;
        while (at > 0 && spans[forest->order[at - 1]].start_ns > spans[i].start_ns) {
            forest->order[at] = forest->order[at - 1];
            at--;
        }
        forest->order[at] = i;
    }
}

/* Whether `a` is preferred to `b`. */
static bool matters_more(const struct hae_view_kept_span *a, const struct hae_view_kept_span *b)
{
    bool a_failed = a->status == HAE_VIEW_STATUS_ERROR;
    bool b_failed = b->status == HAE_VIEW_STATUS_ERROR;
    return a_failed != b_failed ? a_failed : duration(a) > duration(b);
}

/* Marks a span and its ancestors, if there is room for all of them. */
static void show(struct forest *forest, uint8_t span, size_t max)
{
    size_t needed = 0;
    for (uint8_t at = span; at != NO_PARENT && !forest->shown[at]; at = forest->parents[at]) {
        needed++;
    }
    if (forest->shown_count + needed > max) {
        return;
    }
    forest->shown_count += needed;
    for (uint8_t at = span; at != NO_PARENT && !forest->shown[at]; at = forest->parents[at]) {
        forest->shown[at] = true;
    }
}

static void choose(struct forest *forest, size_t max)
{
    const struct hae_view_trace_copy *trace = forest->trace;
    bool tried[COUNT_MAX] = {false};
    for (uint32_t round = 0; round < trace->kept; round++) {
        uint8_t best = NO_PARENT;
        for (uint8_t i = 0; i < trace->kept; i++) {
            if (!tried[i] &&
                (best == NO_PARENT || matters_more(&trace->spans[i], &trace->spans[best]))) {
                best = i;
            }
        }
        tried[best] = true;
        show(forest, best, max);
    }
}

/* Adds the shown children of `parent` with all below them. Recursion is bounded by
 * the number of spans: circles are cut. */
static void add_children(struct forest *forest, uint8_t parent, uint8_t depth, uint64_t lines)
{
    uint8_t left = 0;
    for (size_t i = 0; i < forest->trace->kept; i++) {
        left = (uint8_t)(left + (forest->shown[i] && forest->parents[i] == parent ? 1 : 0));
    }
    for (size_t i = 0; i < forest->trace->kept; i++) {
        uint8_t span = forest->order[i];
        if (!forest->shown[span] || forest->parents[span] != parent) {
            continue;
        }
        left--;
        forest->rows[forest->row_count++] =
            (struct hae_view_summary_tree_row){span, depth, left == 0, lines};
        uint64_t line = left > 0 ? 1ULL << depth : 0;
        add_children(forest, span, (uint8_t)(depth + 1), lines | line);
    }
}

size_t hae_view_summary_tree_make(const struct hae_view_trace_copy *trace, size_t max,
                                  struct hae_view_summary_tree_row rows[HAE_VIEW_TRACE_SPANS])
{
    struct forest forest;
    memset(&forest, 0, sizeof forest);
    forest.trace = trace;
    forest.rows = rows;
    find_parents(&forest);
    cut_circles(&forest);
    sort_by_start(&forest);
    choose(&forest, max);
    add_children(&forest, NO_PARENT, 0, 0);
    return forest.row_count;
}
