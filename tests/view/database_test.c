/* SPDX-License-Identifier: Apache-2.0 */
/* A request is kept as a whole or not at all, and a file goes on where it ended. */
#include "database_fixture.h"

#include <unistd.h>

#include "store/intern.h"
#include "store/write.h"

/* ---- All or nothing ------------------------------------------------------------------------ */

static void write_one_of_each(struct hae_view_database *database, const char *service)
{
    struct hae_view_origin origin = begin(database, service, 0);
    struct hae_view_span_row span = a_span(7, (uint32_t)service[0]);
    span.error = text_of("broken");
    assert_int_not_equal(write_span(database, &origin, &span), HAE_VIEW_WRITE_FAILED);
    struct hae_view_log_row log = {
        .time_ns = EPOCH_NS, .body = text_of("b"), .error = text_of("lost 1")};
    hae_view_database_log(database, &origin, &log);
    struct hae_view_metric_row metric = {.name = text_of("m"), .unit = text_of("1")};
    int64_t id = hae_view_database_metric(database, &origin, &metric);
    struct hae_view_point_row point = {.time_ns = EPOCH_NS};
    point.series = hae_view_database_series(database, &origin, id, text_of("{}"), 1);
    assert_true(id > 0 && point.series > 0);
    hae_view_database_point(database, &point);
    struct hae_view_exemplar_row exemplar = {.series = point.series, .time_ns = 1, .value = 2};
    hae_view_database_exemplar(database, &exemplar);
}

static const char all_rows[] =
    "SELECT (SELECT count(*) FROM resource WHERE id > 1) + (SELECT count(*) FROM scope WHERE id > "
    "1)"
    " + (SELECT count(*) FROM op WHERE id > 2) + (SELECT count(*) FROM span)"
    " + (SELECT count(*) FROM log) + (SELECT count(*) FROM metric) + (SELECT count(*) FROM series)"
    " + (SELECT count(*) FROM point) + (SELECT count(*) FROM exemplar)"
    " + (SELECT count(*) FROM rollup) + (SELECT count(*) FROM error_group)";

static void a_request_that_is_given_up_leaves_nothing(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    write_one_of_each(database, "s");
    assert_int_equal(hae_view_database_end(database, false), HAE_VIEW_DATABASE_KEPT);
    assert_int_equal(ask(database, all_rows), 0);
    /* What it had made known is not known: the same again makes all rows. */
    write_one_of_each(database, "s");
    keep(database);
    assert_int_equal(ask(database, all_rows), 12);
    write_one_of_each(database, "t");
    assert_int_equal(hae_view_database_end(database, false), HAE_VIEW_DATABASE_KEPT);
    assert_int_equal(ask(database, all_rows), 12);
    assert_int_equal(ask(database, "SELECT sum(count) FROM error_group"), 2);
    hae_view_database_close(database);
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* With what lies beside it. */
static void remove_file(const char *path)
{
    char lock[80];
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(lock);
    unlink(path);
}

static void a_file_goes_on_where_it_ended(void **state)
{
    (void)state;
    char path[] = "/tmp/haetae_view_database_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (int round = 1; round <= 3; round++) {
        struct hae_view_database *database =
            open_with((struct hae_view_database_options){.path = path});
        write_one_of_each(database, round < 3 ? "s" : "t");
        (void)hae_view_database_end(database, round != 2);
        /* The third has another of each; only the scope is known. */
        const int64_t rows[] = {0, 12, 12, 12 + 11};
        assert_int_equal(ask(database, all_rows), rows[round]);
        hae_view_database_close(database);
    }
    remove_file(path);
}

/* Programs that start again and again have a resource each time, and so have their series. */
static void a_file_forgets_resources_of_which_nothing_is_kept(void **state)
{
    (void)state;
    char path[] = "/tmp/haetae_view_database_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    const uint32_t starts = HAE_VIEW_RESOURCES_MAX / 2 + 10;
    struct hae_view_database_options options = {
        .path = path, .keep_ns = 100 * S, .series_max = HAE_VIEW_RESOURCES_MAX};
    struct hae_view_database *database = open_with(options);
    char name[32];
    for (uint32_t i = 0; i < starts; i++) {
        snprintf(name, sizeof name, "start %u", i);
        struct hae_view_origin origin = begin(database, name, i);
        add_spans(database, &origin, i, 1);
        struct hae_view_metric_row metric = {.name = text_of("m"), .unit = text_of("1")};
        int64_t id = hae_view_database_metric(database, &origin, &metric);
        struct hae_view_point_row point = {.time_ns = EPOCH_NS};
        point.series = hae_view_database_series(database, &origin, id, text_of("{}"), 1);
        hae_view_database_point(database, &point);
        keep(database);
    }
    int64_t spans = ask(database, "SELECT count(*) FROM span");
    assert_in_range(spans, 100, 103);
    assert_int_equal(ask(database, "SELECT count(*) FROM resource WHERE id > 1"), starts);
    hae_view_database_close(database);
    database = open_with(options);
    static const char *const tables[] = {"resource WHERE id > 1", "op WHERE id > 2", "metric",
                                         "series", "point"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char query[64];
        snprintf(query, sizeof query, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(ask(database, query), spans);
    }
    assert_int_equal(ask(database, "SELECT count(*) FROM scope WHERE id > 1"), 1);
    assert_int_equal(ask(database, "SELECT count(*) FROM span s JOIN resource r ON r.id ="
                                   " s.resource JOIN op o ON o.id = s.op"),
                     spans);
    hae_view_database_close(database);
    remove_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_is_given_up_leaves_nothing),
        cmocka_unit_test(a_file_goes_on_where_it_ended),
        cmocka_unit_test(a_file_forgets_resources_of_which_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
