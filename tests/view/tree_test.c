/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "show/summary_tree.h"

static struct hae_view_trace_copy trace;
static struct hae_view_summary_tree_row rows[HAE_VIEW_TRACE_SPANS];

static void tree_span(uint8_t id, uint8_t parent, uint64_t start_ns, uint64_t duration_ns)
{
    struct hae_view_kept_span *span = &trace.spans[trace.kept++];
    memset(span, 0, sizeof *span);
    span->span_id[0] = id;
    span->parent_id[0] = parent;
    span->start_ns = start_ns;
    span->end_ns = start_ns + duration_ns;
}

static int clear_trace(void **state)
{
    (void)state;
    memset(&trace, 0, sizeof trace);
    return 0;
}

static uint8_t row_id(size_t row)
{
    return trace.spans[rows[row].span].span_id[0];
}

static void tree_puts_children_below_parents_in_order_of_start(void **state)
{
    (void)state;
    tree_span(4, 2, 30, 5);
    tree_span(3, 1, 50, 10);
    tree_span(2, 1, 20, 20);
    tree_span(1, 0, 10, 100);
    assert_int_equal(hae_view_summary_tree_make(&trace, 64, rows), 4);
    const uint8_t ids[] = {1, 2, 4, 3};
    const uint8_t depths[] = {0, 1, 2, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(row_id(i), ids[i]);
        assert_int_equal(rows[i].depth, depths[i]);
    }
    assert_false(rows[1].last);
    assert_true(rows[3].last);
    assert_int_equal(rows[2].lines & 2, 2); /* 3 follows 2 at depth 1 */
}

static void tree_takes_circles_and_orphans_for_roots(void **state)
{
    (void)state;
    tree_span(1, 2, 0, 9); /* 1 and 2 are each other's parent */
    tree_span(2, 1, 1, 9);
    tree_span(3, 3, 2, 9);  /* its own parent */
    tree_span(4, 99, 3, 9); /* the parent is missing */
    tree_span(5, 1, 4, 9);
    assert_int_equal(hae_view_summary_tree_make(&trace, 64, rows), 5);
    bool seen[6] = {false};
    for (size_t i = 0; i < 5; i++) {
        assert_false(seen[row_id(i)]);
        seen[row_id(i)] = true;
    }
    assert_int_equal(rows[0].depth, 0);
}

static void tree_shows_failed_spans_first_with_their_ancestors(void **state)
{
    (void)state;
    tree_span(1, 0, 0, 1000);
    for (uint8_t i = 2; i < 40; i++) {
        tree_span(i, 1, i, 500);
    }
    tree_span(50, 39, 60, 1);
    trace.spans[trace.kept - 1].status = HAE_VIEW_STATUS_ERROR;
    assert_int_equal(hae_view_summary_tree_make(&trace, 4, rows), 4);
    assert_int_equal(row_id(0), 1);
    bool failed_is_shown = false;
    for (size_t i = 0; i < 4; i++) {
        failed_is_shown = failed_is_shown || row_id(i) == 50;
    }
    assert_true(failed_is_shown);
}

static void tree_survives_the_deepest_chain(void **state)
{
    (void)state;
    for (uint8_t i = 1; i <= HAE_VIEW_TRACE_SPANS; i++) {
        tree_span(i, (uint8_t)(i - 1), i, 5);
    }
    assert_int_equal(hae_view_summary_tree_make(&trace, 64, rows), HAE_VIEW_TRACE_SPANS);
    assert_int_equal(rows[HAE_VIEW_TRACE_SPANS - 1].depth, HAE_VIEW_TRACE_SPANS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tree_puts_children_below_parents_in_order_of_start, clear_trace),
        cmocka_unit_test_setup(tree_takes_circles_and_orphans_for_roots, clear_trace),
        cmocka_unit_test_setup(tree_shows_failed_spans_first_with_their_ancestors, clear_trace),
        cmocka_unit_test_setup(tree_survives_the_deepest_chain, clear_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
