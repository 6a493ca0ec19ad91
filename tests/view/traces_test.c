/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "show/tree.h"

/* Adds a span of a trace to a service. */
static void add(struct hae_view_store *store, const char *service, uint64_t second,
                const struct hae_view_span *span)
{
    struct hae_view_source source = make_source(store, service, second);
    hae_view_store_span(store, &source, span);
}

static size_t slowest(struct hae_view_store *store, uint64_t second,
                      struct hae_view_trace_copy *out, size_t max)
{
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    size_t count = hae_view_traces_slowest(&content->traces, (1000 + second) * S, out, max);
    hae_view_store_unlock(store);
    return count;
}

static struct hae_view_trace_copy copies[64];

static void the_slowest_traces_are_found_among_many(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(1000000, 10);
    const uint32_t many = 3 * HAE_VIEW_TRACES_KEPT;
    char name[16];
    for (uint32_t i = 1; i <= many; i++) {
        struct hae_view_span root = make_span(i, 1, (i == 77 ? 900 : i % 500) * MS);
        snprintf(name, sizeof name, "op-%u", i % 50);
        root.name = name;
        struct hae_view_span child = make_span(i, 2, MS);
        set_parent(&child, 1);
        add(store, "s", 0, &child);
        add(store, "s", 0, &root);
    }
    assert_int_equal(slowest(store, 0, copies, 3), 3);
    assert_int_equal(copies[0].duration_ns, 900 * MS);
    assert_int_equal(copies[0].kept, 2);
    assert_int_equal(copies[1].duration_ns, 499 * MS);
    hae_view_store_free(store);
}

static void different_operations_are_shown_before_the_same_again(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(1000, 10);
    for (uint32_t i = 1; i <= 10; i++) {
        struct hae_view_span span = make_span(i, 1, (100 + i) * MS);
        span.name = i <= 9 ? "slow" : "less slow";
        span.start_ns = i <= 9 ? span.start_ns : span.end_ns - 50 * MS;
        add(store, "s", 0, &span);
    }
    assert_int_equal(slowest(store, 0, copies, 2), 2);
    assert_string_equal(copies[0].name, "slow");
    assert_string_equal(copies[1].name, "less slow");
    assert_int_equal(slowest(store, 0, copies, 64), HAE_VIEW_SLOW_SAME + 1);
    hae_view_store_free(store);
}

static void a_slow_trace_loses_its_place_after_the_window(void **state)
{
    (void)state;
    struct hae_view_store_options options = {
        .remembered_ids = 1000, .series = 10, .window_ns = 300 * S};
    struct hae_view_store *store = hae_view_store_new(&options);
    assert_non_null(store);
    struct hae_view_span old = make_span(1, 1, 900 * MS);
    struct hae_view_span recent = make_span(2, 1, 5 * MS);
    add(store, "s", 0, &old);
    assert_int_equal(slowest(store, 10, copies, 5), 1);
    add(store, "s", 400, &recent);
    assert_int_equal(slowest(store, 400, copies, 5), 1);
    assert_int_equal(copies[0].duration_ns, 5 * MS);
    hae_view_store_free(store);
}

static void of_a_large_trace_the_longest_spans_are_kept(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(1000, 10);
    struct hae_view_span root = make_span(1, 1, S);
    add(store, "s", 0, &root);
    for (uint32_t i = 2; i <= 201; i++) {
        struct hae_view_span child = make_span(1, i, i * MS);
        set_parent(&child, 1);
        add(store, "s", 0, &child);
    }
    assert_int_equal(slowest(store, 0, copies, 1), 1);
    assert_int_equal(copies[0].span_count, 201);
    assert_int_equal(copies[0].kept, HAE_VIEW_TRACE_SPANS);
    for (uint32_t i = 0; i < copies[0].kept; i++) {
        const struct hae_view_kept_span *span = &copies[0].spans[i];
        assert_true(span->end_ns - span->start_ns >= (201 - HAE_VIEW_TRACE_SPANS + 2) * MS);
    }
    hae_view_store_free(store);
}

static void memory_stays_bounded_when_every_place_is_taken(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10000000, 10);
    char service[24];
    char name[24];
    uint32_t trace = 0;
    /* All places of every service are taken by full traces; then more arrive. */
    for (uint32_t s = 0; s < HAE_VIEW_SERVICES_MAX + 20; s++) {
        snprintf(service, sizeof service, "service-%u", s);
        struct hae_view_source source = make_source(store, service, 0);
        for (uint32_t i = 0; i < HAE_VIEW_SLOW_TRACES + 2; i++) {
            trace++;
            snprintf(name, sizeof name, "op-%u", i);
            for (uint32_t id = 1; id <= HAE_VIEW_TRACE_SPANS; id++) {
                struct hae_view_span span = make_span(trace, id, (trace + id) * MS);
                span.name = name;
                hae_view_store_span(store, &source, &span);
            }
        }
    }
    assert_int_equal(slowest(store, 0, copies, 64), 64);
    assert_int_equal(copies[0].kept, HAE_VIEW_TRACE_SPANS);
    hae_view_store_free(store);
}

/* ---- Trees ------------------------------------------------------------------------ */

static struct hae_view_trace_copy trace;
static struct hae_view_tree_row rows[HAE_VIEW_TRACE_SPANS];

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
    assert_int_equal(hae_view_tree_make(&trace, 64, rows), 4);
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
    assert_int_equal(hae_view_tree_make(&trace, 64, rows), 5);
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
    assert_int_equal(hae_view_tree_make(&trace, 4, rows), 4);
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
    assert_int_equal(hae_view_tree_make(&trace, 64, rows), HAE_VIEW_TRACE_SPANS);
    assert_int_equal(rows[HAE_VIEW_TRACE_SPANS - 1].depth, HAE_VIEW_TRACE_SPANS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slowest_traces_are_found_among_many),
        cmocka_unit_test(different_operations_are_shown_before_the_same_again),
        cmocka_unit_test(a_slow_trace_loses_its_place_after_the_window),
        cmocka_unit_test(of_a_large_trace_the_longest_spans_are_kept),
        cmocka_unit_test(memory_stays_bounded_when_every_place_is_taken),
        cmocka_unit_test_setup(tree_puts_children_below_parents_in_order_of_start, clear_trace),
        cmocka_unit_test_setup(tree_takes_circles_and_orphans_for_roots, clear_trace),
        cmocka_unit_test_setup(tree_shows_failed_spans_first_with_their_ancestors, clear_trace),
        cmocka_unit_test_setup(tree_survives_the_deepest_chain, clear_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
