/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept has bounds: in bytes, in time, and in how many there are of a kind. */
#include "database_fixture.h"

#include "store/intern.h"
#include "store/write.h"

static void the_oldest_go_when_it_is_full(void **state)
{
    (void)state;
    struct hae_view_database *database =
        open_with((struct hae_view_database_options){.size_bytes = 4 * MIB});
    const uint32_t all = 60000;
    for (uint32_t i = 0; i < all; i += 500) {
        struct hae_view_origin origin = begin(database, "s", i / 500);
        add_spans(database, &origin, i, 500);
        keep(database);
    }
    int64_t kept = ask(database, "SELECT count(*) FROM span");
    assert_true(kept > 5000 && kept < (int64_t)all);
    assert_int_equal(ask(database, "SELECT max(id) FROM span"), all);
    assert_int_equal(ask(database, "SELECT max(id) - min(id) + 1 FROM span"), kept);
    assert_int_equal(hae_view_database_counts(database).spans_forgotten, (int64_t)all - kept);
    assert_true(ask(database, "PRAGMA page_count") <= 1024);
    /* What was kept is still known as such, and what has gone is new again. */
    struct hae_view_origin origin = begin(database, "s", 200);
    struct hae_view_span_row row = a_span(1 + (all - 1) / 10, all - 1);
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITE_DUPLICATE);
    row = a_span(1, 1);
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    keep(database);
    hae_view_database_close(database);
}

static void what_belongs_to_a_span_goes_with_it(void **state)
{
    (void)state;
    struct hae_view_database *database =
        open_with((struct hae_view_database_options){.keep_ns = 60 * S});
    struct hae_view_event_row event = {EPOCH_NS, text_of("e"), no_text};
    struct hae_view_link_row link = {.attributes = no_text};
    for (uint32_t i = 0; i < 200; i++) {
        struct hae_view_origin origin = begin(database, "s", i);
        struct hae_view_span_row row = a_span(1 + i / 10, i);
        hae_view_database_span(database, &origin, &row);
        hae_view_database_event(database, &event);
        hae_view_database_link(database, &link);
        /* Times that the sender wrote do not matter. */
        struct hae_view_log_row log = {.time_ns = INT64_MAX, .body = text_of("b")};
        hae_view_database_log(database, &origin, &log);
        keep(database);
    }
    assert_in_range(ask(database, "SELECT count(*) FROM span"), 60, 62);
    assert_in_range(ask(database, "SELECT count(*) FROM log"), 60, 62);
    assert_int_equal(ask(database, "SELECT count(*) FROM event WHERE span NOT IN"
                                   " (SELECT id FROM span)"),
                     0);
    assert_in_range(ask(database, "SELECT count(*) FROM link"), 60, 62);
    assert_true(ask(database, "SELECT count(*) FROM arrival") < 64);
    hae_view_database_close(database);
}

static void a_request_without_room_is_refused_and_the_next_is_not(void **state)
{
    (void)state;
    struct hae_view_database *database =
        open_with((struct hae_view_database_options){.size_bytes = 4 * MIB});
    char *body = malloc(MIB);
    assert_non_null(body);
    memset(body, 'x', MIB);
    struct hae_view_log_row large = {.time_ns = 1, .body = {body, MIB}};
    /* A second that is larger than what is spare. */
    struct hae_view_origin origin = begin(database, "s", 0);
    hae_view_database_log(database, &origin, &large);
    hae_view_database_log(database, &origin, &large);
    hae_view_database_log(database, &origin, &large);
    keep(database);
    origin = begin(database, "s", 10);
    hae_view_database_log(database, &origin, &large);
    hae_view_database_log(database, &origin, &large);
    assert_int_equal(hae_view_database_end(database, true), HAE_VIEW_DATABASE_FULL);
    assert_string_equal(hae_view_database_problem(database), "database or disk is full");
    assert_int_equal(ask(database, "SELECT count(*) FROM log"), 0);
    origin = begin(database, "s", 11);
    hae_view_database_log(database, &origin, &large);
    hae_view_database_log(database, &origin, &large);
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM log"), 2);
    free(body);
    hae_view_database_close(database);
}

static void too_many_of_a_kind_are_counted_and_not_told_apart(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    char name[32];
    for (uint32_t i = 0; i < HAE_VIEW_RESOURCES_MAX + 100; i++) {
        snprintf(name, sizeof name, "service-%u", i);
        struct hae_view_origin origin = begin(database, name, 0);
        add_spans(database, &origin, i, 1);
        keep(database);
    }
    assert_int_equal(ask(database, "SELECT count(*) FROM resource"), HAE_VIEW_RESOURCES_MAX);
    assert_int_equal(ask(database, "SELECT count(*) FROM span"), HAE_VIEW_RESOURCES_MAX + 100);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE resource = 1"), 101);
    assert_int_equal(hae_view_database_counts(database).items_without_resource, 101);
    hae_view_database_close(database);
}

static void spans_of_operations_that_are_too_many_keep_their_names(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    char name[32];
    for (uint32_t i = 0; i < HAE_VIEW_OPS_MAX + 10; i++) {
        snprintf(name, sizeof name, "GET /user/%u", i);
        struct hae_view_span_row row = a_span(1, i + 1);
        row.name = text_of(name);
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    }
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM op"), HAE_VIEW_OPS_MAX);
    assert_int_equal(ask(database, "SELECT count(DISTINCT coalesce(s.name, o.name)) FROM span s"
                                   " JOIN op o ON o.id = s.op"),
                     HAE_VIEW_OPS_MAX + 10);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup WHERE op = 2"), 12);
    assert_int_equal(hae_view_database_counts(database).spans_without_operation, 12);
    hae_view_database_close(database);
}

static void series_that_are_too_many_are_counted_and_not_kept(void **state)
{
    (void)state;
    struct hae_view_database *database =
        open_with((struct hae_view_database_options){.series_max = 5});
    struct hae_view_origin origin = begin(database, "s", 0);
    struct hae_view_metric_row metric = {.name = text_of("m"), .unit = text_of("1")};
    int64_t id = hae_view_database_metric(database, &origin, &metric);
    char attributes[32];
    for (int i = 0; i < 8; i++) {
        snprintf(attributes, sizeof attributes, "{\"k\":%d}", i);
        struct hae_view_point_row point = {.time_ns = EPOCH_NS};
        point.series = hae_view_database_series(database, &origin, id, text_of(attributes), 1);
        assert_int_equal(point.series != 0, i < 5);
        hae_view_database_point(database, &point);
    }
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM point"), 5);
    assert_int_equal(hae_view_database_counts(database).points_without_series, 3);
    hae_view_database_close(database);
}

static void errors_keep_the_latest_kinds_when_there_are_too_many(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    char error[8] = "aaaa";
    for (int i = 0; i < HAE_VIEW_ERROR_GROUPS_MAX + 100; i++) {
        struct hae_view_origin origin = begin(database, "s", 0);
        error[0] = (char)('a' + i % 26);
        error[1] = (char)('a' + i / 26 % 26);
        error[2] = (char)('a' + i / 676);
        struct hae_view_log_row log = {.time_ns = 1, .error = text_of(error)};
        hae_view_database_log(database, &origin, &log);
        /* One that comes again and again stays. */
        log.error = text_of("again 1");
        hae_view_database_log(database, &origin, &log);
        /* One that is given up drops none. */
        assert_int_equal(hae_view_database_end(database, i % 64 != 63), HAE_VIEW_DATABASE_KEPT);
    }
    int64_t groups = ask(database, "SELECT count(*) FROM error_group");
    assert_true(groups <= HAE_VIEW_ERROR_GROUPS_MAX && groups > HAE_VIEW_ERROR_GROUPS_MAX / 2);
    assert_int_equal(ask(database, "SELECT count FROM error_group WHERE sample = 'again 1'"),
                     HAE_VIEW_ERROR_GROUPS_MAX + 100 - (HAE_VIEW_ERROR_GROUPS_MAX + 100) / 64);
    assert_int_equal(ask(database, "SELECT count(*) FROM error_group WHERE sample = 'aaaa'"), 0);
    hae_view_database_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_go_when_it_is_full),
        cmocka_unit_test(what_belongs_to_a_span_goes_with_it),
        cmocka_unit_test(a_request_without_room_is_refused_and_the_next_is_not),
        cmocka_unit_test(too_many_of_a_kind_are_counted_and_not_told_apart),
        cmocka_unit_test(spans_of_operations_that_are_too_many_keep_their_names),
        cmocka_unit_test(series_that_are_too_many_are_counted_and_not_kept),
        cmocka_unit_test(errors_keep_the_latest_kinds_when_there_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
