/* SPDX-License-Identifier: Apache-2.0 */
/* Trends, bars and trees out of characters. */
#include "view_test.h"

#include <math.h>

#include "show/drawing.h"
#include "show/span_tree.h"
#include "show/trend.h"
#include "util/text.h"

static void a_trend_reaches_from_its_lowest_to_its_largest_value(void **state)
{
    (void)state;
    char out[HAE_VIEW_DRAWING_SIZE];
    double values[40] = {0, 1, 4, 8, 0.001, NAN, -3, 2};
    hae_view_draw_trend(values, 8, out);
    assert_string_equal(out, " \xe2\x96\x81\xe2\x96\x84\xe2\x96\x88\xe2\x96\x81  \xe2\x96\x82");
    hae_view_draw_trend(values, 0, out);
    assert_string_equal(out, "");
    hae_view_draw_trend(values, 40, out);
    assert_int_equal(hae_view_text_width(out), HAE_VIEW_DRAWING_COLUMNS);
    values[0] = INFINITY;
    hae_view_draw_trend(values, 3, out);
    assert_string_equal(out, "   ");
}

static void a_trend_has_steps_that_stand_still(void **state)
{
    (void)state;
    for (int64_t second = 0; second < 200; second++) {
        int64_t now = INT64_C(1700000000) + second;
        struct hae_view_trend trend =
            hae_view_trend_of((struct hae_view_window){(now - 900) * (int64_t)S, now * (int64_t)S});
        assert_int_equal(trend.step_s, 50);
        assert_int_equal(trend.from_s % 50, 0);
        assert_in_range(trend.columns, 18, 19);
        double values[HAE_VIEW_DRAWING_COLUMNS] = {0};
        hae_view_trend_add(&trend, now, 1, values);
        hae_view_trend_add(&trend, trend.from_s, 2, values);
        hae_view_trend_add(&trend, trend.from_s - 1, 4, values);
        hae_view_trend_add(&trend, now + 60, 4, values);
        assert_true(values[0] == 2 && values[trend.columns - 1] == 1);
    }
    struct hae_view_trend trend = hae_view_trend_of((struct hae_view_window){0, 1});
    assert_int_equal(trend.step_s, 10);
    assert_int_equal(trend.columns, 1);
}

static void a_bar_is_to_scale_and_never_gone(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, to;
        const char *expected;
    } cases[] = {
        {0, 100, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"},
        {0, 50, "\xe2\x96\x88\xe2\x96\x88  "},
        {75, 100, "   \xe2\x96\x88"},
        {50, 50, "  \xe2\x96\x8f "},
        {100, 100, "   \xe2\x96\x8f"},
        {500, 600, "   \xe2\x96\x8f"},
    };
    char out[HAE_VIEW_DRAWING_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hae_view_draw_bar((struct hae_view_extent){0, 100},
                          (struct hae_view_extent){cases[i].from, cases[i].to}, 4, out);
        assert_string_equal(out, cases[i].expected);
    }
    hae_view_draw_bar((struct hae_view_extent){5, 5}, (struct hae_view_extent){5, 5}, 2, out);
    assert_string_equal(out, "\xe2\x96\x8f ");
}

/* ---- Trees
 * --------------------------------------------------------------------------------------- */

#define NODES 100

static struct hae_view_span_node nodes[NODES];
static size_t order[NODES];
static char text[4096];

static void node(size_t at, uint8_t id, uint8_t parent)
{
    memset(&nodes[at], 0, sizeof nodes[at]);
    nodes[at].id[0] = id;
    nodes[at].parent[0] = parent;
}

/* The tree as it is drawn, with the ids. */
static const char *draw(size_t count)
{
    size_t used = 0;
    bool seen[NODES] = {false};
    assert_true(hae_view_span_tree_make(nodes, count, order));
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char branch[HAE_VIEW_BRANCH_SIZE];
        const struct hae_view_span_node *at = &nodes[order[i]];
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        hae_view_draw_branch(at->depth, at->lines, at->last, branch);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u\n", branch, at->id[0]);
    }
    return text;
}

static void spans_are_below_their_parents_in_their_order(void **state)
{
    (void)state;
    node(0, 1, 0);
    node(1, 5, 1);
    node(2, 3, 5);
    node(3, 4, 1);
    node(4, 6, 5);
    node(5, 7, 4);
    assert_string_equal(draw(6), "1\n"
                                 "\xe2\x94\x9c\xe2\x94\x80 5\n"
                                 "\xe2\x94\x82  \xe2\x94\x9c\xe2\x94\x80 3\n"
                                 "\xe2\x94\x82  \xe2\x94\x94\xe2\x94\x80 6\n"
                                 "\xe2\x94\x94\xe2\x94\x80 4\n"
                                 "   \xe2\x94\x94\xe2\x94\x80 7\n");
    assert_true(nodes[1].has_children);
    assert_false(nodes[2].has_children);
}

static void orphans_circles_and_equal_ids_have_their_place(void **state)
{
    (void)state;
    node(0, 1, 99); /* its parent has not come */
    node(1, 2, 2);  /* its own parent */
    node(2, 3, 5);  /* a circle of three, with a child */
    node(3, 4, 3);
    node(4, 5, 4);
    node(5, 6, 4);
    node(6, 1, 0); /* an id that is there already */
    assert_string_equal(draw(7), "1\n2\n1\n3\n"
                                 "\xe2\x94\x94\xe2\x94\x80 4\n"
                                 "   \xe2\x94\x9c\xe2\x94\x80 5\n"
                                 "   \xe2\x94\x94\xe2\x94\x80 6\n");
    assert_string_equal(draw(0), "");
}

static void deep_trees_are_indented_so_far(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        node(i, (uint8_t)(i + 1), (uint8_t)i);
    }
    draw(NODES);
    assert_int_equal(nodes[NODES - 1].depth, NODES - 1);
    char branch[HAE_VIEW_BRANCH_SIZE];
    hae_view_draw_branch(NODES, UINT64_MAX, true, branch);
    assert_int_equal(hae_view_text_width(branch), 3 * HAE_VIEW_BRANCH_DEPTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trend_reaches_from_its_lowest_to_its_largest_value),
        cmocka_unit_test(a_trend_has_steps_that_stand_still),
        cmocka_unit_test(a_bar_is_to_scale_and_never_gone),
        cmocka_unit_test(spans_are_below_their_parents_in_their_order),
        cmocka_unit_test(orphans_circles_and_equal_ids_have_their_place),
        cmocka_unit_test(deep_trees_are_indented_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
