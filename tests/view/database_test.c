/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/database.h"
#include "store/gate.h"
#include "store/histogram.h"
#include "store/intern.h"
#include "store/spans.h"
#include "store/write.h"

#define MIB ((uint64_t)1 << 20)

static struct hae_view_text text(const char *characters)
{
    return (struct hae_view_text){characters, strlen(characters)};
}

static const struct hae_view_text none = {NULL, 0};

static struct hae_view_database *open_with(struct hae_view_database_options options)
{
    char problem[160];
    options.size_bytes = options.size_bytes != 0 ? options.size_bytes : 64 * MIB;
    options.series_max = options.series_max != 0 ? options.series_max : 100;
    struct hae_view_database *database = hae_view_database_open(&options, problem, sizeof problem);
    if (database == NULL) {
        fail_msg("%s", problem);
    }
    return database;
}

static struct hae_view_database *open_in_memory(void)
{
    return open_with((struct hae_view_database_options){.path = NULL});
}

/* The one number that a query gives. */
static int64_t ask(struct hae_view_database *database, const char *query)
{
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    hae_view_database_read_done(database);
    return number;
}

static struct hae_view_origin begin(struct hae_view_database *database, const char *service,
                                    uint64_t second)
{
    struct hae_view_origin origin = {.resource = 0};
    struct hae_view_arrival arrival = {(1000 + second) * S, EPOCH_NS + second * S};
    struct hae_view_resource_row resource = {text(service), none, none, text("{}")};
    struct hae_view_scope_row scope = {text("lib"), none, none};
    hae_view_database_begin(database, arrival);
    assert_true(hae_view_database_resource(database, &resource, &origin));
    assert_true(hae_view_database_scope(database, &scope, &origin));
    return origin;
}

static void keep(struct hae_view_database *database)
{
    assert_int_equal(hae_view_database_end(database, true), HAE_VIEW_DATABASE_KEPT);
}

static struct hae_view_span_row a_span(uint32_t trace, uint32_t id)
{
    struct hae_view_span_row row = {
        .valid_ids = true,
        .kind = HAE_VIEW_KIND_SERVER,
        .start_ns = EPOCH_NS,
        .end_ns = EPOCH_NS + 5 * MS,
        .name = text("work"),
    };
    memcpy(row.trace_id, &trace, sizeof trace);
    memcpy(row.span_id, &id, sizeof id);
    return row;
}

/* Writes a span at once, after those that wait. */
static enum hae_view_write write_span(struct hae_view_database *database,
                                      const struct hae_view_origin *origin,
                                      const struct hae_view_span_row *row)
{
    size_t count;
    hae_view_database_span(database, origin, row);
    const enum hae_view_write *outcomes = hae_view_database_write_spans(database, &count);
    assert_true(count > 0);
    return outcomes[count - 1];
}

static void add_spans(struct hae_view_database *database, const struct hae_view_origin *origin,
                      uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        struct hae_view_span_row row = a_span(1 + i / 10, i);
        assert_int_equal(write_span(database, origin, &row), HAE_VIEW_WRITTEN);
    }
}

/* ---- Spans -------------------------------------------------------------------------------- */

/* How many of those that waited were new. */
static size_t write_all(struct hae_view_database *database)
{
    size_t count;
    size_t written = 0;
    const enum hae_view_write *outcomes = hae_view_database_write_spans(database, &count);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(outcomes[i], HAE_VIEW_WRITE_FAILED);
        written += outcomes[i] == HAE_VIEW_WRITTEN ? 1 : 0;
    }
    return written;
}

/* Spans, each with an event and a link, and together as far as that goes. Returns how many were
 * new. */
static size_t add_failed_spans(struct hae_view_database *database, uint32_t first, uint32_t step,
                               uint32_t count)
{
    struct hae_view_event_row event = {EPOCH_NS, text("e"), none};
    struct hae_view_link_row link = {.attributes = none};
    struct hae_view_origin origin = begin(database, "s", 0);
    size_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        /* The same span id in another trace is another span. */
        uint32_t number = first + i * step;
        struct hae_view_span_row row = a_span(1 + number % 2, 1 + number / 2);
        row.status = HAE_VIEW_STATUS_ERROR;
        row.error = text("work");
        hae_view_database_span(database, &origin, &row);
        hae_view_database_event(database, &event);
        hae_view_database_link(database, &link);
        written += hae_view_database_spans_are_full(database) ? write_all(database) : 0;
    }
    written += write_all(database);
    keep(database);
    return written;
}

static void a_span_that_comes_twice_is_kept_once(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    assert_int_equal(add_failed_spans(database, 0, 1, 1000), 1000);
    assert_int_equal(add_failed_spans(database, 0, 1, 1000), 0);
    /* Every other one of those that are written together is new. */
    assert_int_equal(add_failed_spans(database, 500, 2, 500), 250);
    /* It comes twice at once. */
    assert_int_equal(add_failed_spans(database, 2000, 0, 50), 1);
    const int64_t all = 1251;
    assert_int_equal(ask(database, "SELECT count(*) FROM span"), all);
    assert_int_equal(ask(database, "SELECT max(id) FROM span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE error IS NOT NULL"), all);
    assert_int_equal(ask(database, "SELECT count(DISTINCT span) FROM event"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM event JOIN span ON span.id = span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM link JOIN span ON span.id = span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM event"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM link"), all);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup"), all);
    assert_int_equal(ask(database, "SELECT count FROM error_group"), all);
    hae_view_database_close(database);
}

/* Texts of spans that wait move when more come. */
static void spans_that_are_written_together_keep_their_own_texts(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    char *attributes = malloc(100000);
    assert_non_null(attributes);
    for (uint32_t i = 0; i < 100; i++) {
        char message[32];
        struct hae_view_span_row row = a_span(1, i + 1);
        snprintf(message, sizeof message, "m%u", i + 1);
        memset(attributes, 'a' + (int)(i % 26), i * 1000);
        row.message = text(message);
        row.attributes = (struct hae_view_text){attributes, i * 1000};
        row.trace_state = i % 2 == 0 ? text("t=1") : none;
        hae_view_database_span(database, &origin, &row);
        if (hae_view_database_spans_are_full(database)) {
            (void)write_all(database);
        }
    }
    free(attributes);
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE message = 'm' || id"), 100);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE id > 1 AND length(attributes) ="
                                   " (id - 1) * 1000 AND substr(attributes, 1, 1) ="
                                   " char(97 + (id - 1) % 26)"),
                     99);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE trace_state IS NULL"), 50);
    hae_view_database_close(database);
}

static void spans_without_ids_are_no_duplicates(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    struct hae_view_span_row row = a_span(0, 0);
    row.valid_ids = false;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE trace_id IS NULL"), 2);
    hae_view_database_close(database);
}

static void times_beyond_all_reason_are_kept_as_the_latest_there_is(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    struct hae_view_span_row row = a_span(1, 1);
    row.start_ns = UINT64_MAX - 1;
    row.end_ns = UINT64_MAX;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    row = a_span(1, 2);
    row.start_ns = 0;
    row.end_ns = UINT64_MAX;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    keep(database);
    assert_int_equal(ask(database, "SELECT max(start_ns) FROM span"), INT64_MAX);
    assert_int_equal(ask(database, "SELECT max(duration_ns) FROM span"), INT64_MAX);
    assert_int_equal(ask(database, "SELECT max(duration_max) FROM rollup"), INT64_MAX);
    hae_view_database_close(database);
}

static void requests_and_calls_are_rolled_up_by_ten_seconds(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    for (uint32_t i = 0; i < 100; i++) {
        struct hae_view_origin origin = begin(database, "s", 0);
        struct hae_view_span_row row = a_span(1, i + 1);
        row.start_ns += i / 50 * 10 * S;
        row.end_ns = row.start_ns + (i + 1) * MS;
        row.status = i % 10 == 0 ? HAE_VIEW_STATUS_ERROR : 0;
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
        row = a_span(2, i + 1);
        row.parent_id[0] = 1;
        row.kind = i % 2 == 0 ? HAE_VIEW_KIND_CLIENT : 1; /* what is internal is not counted */
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
        keep(database);
    }
    assert_int_equal(ask(database, "SELECT count(*) FROM rollup JOIN op ON op.id = rollup.op"
                                   " WHERE op.entry"),
                     2);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup JOIN op ON op.id = rollup.op"
                                   " WHERE op.kind = 3"),
                     50);
    assert_int_equal(ask(database, "SELECT sum(errors) FROM rollup"), 10);
    assert_int_equal(ask(database, "SELECT max(duration_max) FROM rollup"), 100 * MS);
    int64_t median = ask(database, "SELECT histogram_quantile(sum_histograms(histogram),"
                                   " max(duration_max), 0.5) FROM rollup JOIN op ON op.id ="
                                   " rollup.op WHERE op.entry");
    assert_true(median > 49 * (int64_t)MS && median < 51 * (int64_t)MS);
    hae_view_database_close(database);
}

/* More operations and seconds in one request than are summed up in memory. */
static void a_request_with_many_operations_is_rolled_up_whole(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    for (uint32_t i = 0; i < 5000; i++) {
        struct hae_view_span_row row = a_span(1, i + 1);
        row.start_ns += i % 1000 * 10 * S;
        row.end_ns = row.start_ns;
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    }
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM rollup"), 1000);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup"), 5000);
    assert_int_equal(ask(database, "SELECT min(requests) FROM rollup"), 5);
    hae_view_database_close(database);
}

/* ---- All or nothing ------------------------------------------------------------------------ */

static void write_one_of_each(struct hae_view_database *database, const char *service)
{
    struct hae_view_origin origin = begin(database, service, 0);
    struct hae_view_span_row span = a_span(7, (uint32_t)service[0]);
    span.error = text("broken");
    assert_int_not_equal(write_span(database, &origin, &span), HAE_VIEW_WRITE_FAILED);
    struct hae_view_log_row log = {.time_ns = EPOCH_NS, .body = text("b"), .error = text("lost 1")};
    hae_view_database_log(database, &origin, &log);
    struct hae_view_metric_row metric = {.name = text("m"), .unit = text("1")};
    int64_t id = hae_view_database_metric(database, &origin, &metric);
    struct hae_view_point_row point = {.time_ns = EPOCH_NS};
    point.series = hae_view_database_series(database, &origin, id, text("{}"), 1);
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

/* ---- Bounds ------------------------------------------------------------------------------- */

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
    struct hae_view_event_row event = {EPOCH_NS, text("e"), none};
    struct hae_view_link_row link = {.attributes = none};
    for (uint32_t i = 0; i < 200; i++) {
        struct hae_view_origin origin = begin(database, "s", i);
        struct hae_view_span_row row = a_span(1 + i / 10, i);
        hae_view_database_span(database, &origin, &row);
        hae_view_database_event(database, &event);
        hae_view_database_link(database, &link);
        /* Times that the sender wrote do not matter. */
        struct hae_view_log_row log = {.time_ns = INT64_MAX, .body = text("b")};
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
        row.name = text(name);
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
    struct hae_view_metric_row metric = {.name = text("m"), .unit = text("1")};
    int64_t id = hae_view_database_metric(database, &origin, &metric);
    char attributes[32];
    for (int i = 0; i < 8; i++) {
        snprintf(attributes, sizeof attributes, "{\"k\":%d}", i);
        struct hae_view_point_row point = {.time_ns = EPOCH_NS};
        point.series = hae_view_database_series(database, &origin, id, text(attributes), 1);
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
        struct hae_view_log_row log = {.time_ns = 1, .error = text(error)};
        hae_view_database_log(database, &origin, &log);
        /* One that comes again and again stays. */
        log.error = text("again 1");
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
        struct hae_view_metric_row metric = {.name = text("m"), .unit = text("1")};
        int64_t id = hae_view_database_metric(database, &origin, &metric);
        struct hae_view_point_row point = {.time_ns = EPOCH_NS};
        point.series = hae_view_database_series(database, &origin, id, text("{}"), 1);
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

/* ---- Turns ---------------------------------------------------------------------------------- */

static void a_reader_of_a_long_question_makes_way(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *endless;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL"
                                        " SELECT x + 1 FROM n) SELECT max(x) FROM n",
                                        -1, &endless, NULL),
                     SQLITE_OK);
    hae_view_database_interrupt(database, true);
    assert_int_equal(sqlite3_step(endless) & 0xff, SQLITE_INTERRUPT);
    hae_view_database_interrupt(database, false);
    sqlite3_finalize(endless);
    hae_view_database_read_done(database);
    assert_int_equal(ask(database, "SELECT 1"), 1);
    hae_view_database_close(database);
}

static void *write_in_a_thread(void *user)
{
    struct hae_view_database *database = user;
    struct hae_view_origin origin = begin(database, "s", 0);
    add_spans(database, &origin, 0, 10);
    keep(database);
    return NULL;
}

/* The endless question ends only because a request waits. */
static void a_request_interrupts_a_long_question(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *endless;
    pthread_t writer;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL"
                                        " SELECT x + 1 FROM n) SELECT max(x) FROM n",
                                        -1, &endless, NULL),
                     SQLITE_OK);
    assert_int_equal(pthread_create(&writer, NULL, write_in_a_thread, database), 0);
    assert_int_equal(sqlite3_step(endless) & 0xff, SQLITE_INTERRUPT);
    sqlite3_finalize(endless);
    hae_view_database_read_done(database);
    pthread_join(writer, NULL);
    assert_int_equal(ask(database, "SELECT count(*) FROM span"), 10);
    hae_view_database_close(database);
}

struct turns {
    struct hae_view_gate gate;
    int order[8];
    size_t count; /* guarded by the gate */
};

static void *take_as_writer(void *user)
{
    struct turns *turns = user;
    hae_view_gate_take(&turns->gate, true);
    turns->order[turns->count++] = 1;
    hae_view_gate_leave(&turns->gate);
    return NULL;
}

static void *take_as_reader(void *user)
{
    struct turns *turns = user;
    hae_view_gate_take(&turns->gate, false);
    turns->order[turns->count++] = 2;
    hae_view_gate_leave(&turns->gate);
    return NULL;
}

static void writers_go_before_readers_that_came_earlier(void **state)
{
    (void)state;
    struct turns turns = {.count = 0};
    pthread_t threads[4];
    hae_view_gate_init(&turns.gate);
    hae_view_gate_take(&turns.gate, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_as_reader, &turns), 0);
    }
    assert_int_equal(pthread_create(&threads[3], NULL, take_as_writer, &turns), 0);
    while (!hae_view_gate_is_wanted(&turns.gate)) {
    }
    hae_view_gate_leave(&turns.gate);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(turns.order[0], 1);
    assert_int_equal(turns.count, 4);
    hae_view_gate_done(&turns.gate);
}

/* ---- Histograms ------------------------------------------------------------------------------ */

static void histogram_quantiles_are_close_and_the_longest_is_exact(void **state)
{
    (void)state;
    struct hae_view_histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    assert_int_equal(hae_view_histogram_quantile(histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 10000; i++) {
        hae_view_histogram_add(histogram, i * 1000);
    }
    for (int percent = 1; percent < 100; percent++) {
        double exact = percent * 100000.0;
        double found = (double)hae_view_histogram_quantile(histogram, percent / 100.0);
        assert_true(found > exact * 0.984 && found < exact * 1.016);
    }
    assert_int_equal(hae_view_histogram_quantile(histogram, 1), 10000000);
    hae_view_histogram_add(histogram, UINT64_MAX);
    assert_int_equal(hae_view_histogram_quantile(histogram, 1), UINT64_MAX);
    free(histogram);
}

static void histograms_come_back_from_their_blobs(void **state)
{
    (void)state;
    struct hae_view_histogram *one = calloc(2, sizeof *one);
    assert_non_null(one);
    struct hae_view_histogram *two = one + 1;
    static uint8_t blob[HAE_VIEW_HISTOGRAM_BYTES];
    for (uint64_t i = 0; i < 64; i++) {
        hae_view_histogram_add(one, (uint64_t)1 << i);
    }
    size_t size = hae_view_histogram_blob(one, blob);
    hae_view_histogram_add_blob(two, blob, size);
    hae_view_histogram_add_blob(two, blob, size);
    assert_int_equal(two->count, 2 * one->count);
    for (size_t i = 0; i < HAE_VIEW_HISTOGRAM_BUCKETS; i++) {
        assert_int_equal(two->buckets[i], 2 * one->buckets[i]);
    }
    /* A blob that is cut, or has a bucket that there is not, does no harm. */
    memset(blob, 0xff, sizeof blob);
    hae_view_histogram_add_blob(two, blob, 11);
    hae_view_histogram_add_blob(two, NULL, 0);
    assert_int_equal(two->count, 2 * one->count);
    /* Quantiles stay below the longest even of many in a wide bucket. */
    memset(one, 0, sizeof *one);
    for (int i = 0; i < 3; i++) {
        hae_view_histogram_add(one, ((uint64_t)1 << 40) + 1);
    }
    assert_int_equal(hae_view_histogram_quantile(one, 0.5), ((uint64_t)1 << 40) + 1);
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_that_comes_twice_is_kept_once),
        cmocka_unit_test(spans_that_are_written_together_keep_their_own_texts),
        cmocka_unit_test(spans_without_ids_are_no_duplicates),
        cmocka_unit_test(times_beyond_all_reason_are_kept_as_the_latest_there_is),
        cmocka_unit_test(requests_and_calls_are_rolled_up_by_ten_seconds),
        cmocka_unit_test(a_request_with_many_operations_is_rolled_up_whole),
        cmocka_unit_test(a_request_that_is_given_up_leaves_nothing),
        cmocka_unit_test(the_oldest_go_when_it_is_full),
        cmocka_unit_test(what_belongs_to_a_span_goes_with_it),
        cmocka_unit_test(a_request_without_room_is_refused_and_the_next_is_not),
        cmocka_unit_test(too_many_of_a_kind_are_counted_and_not_told_apart),
        cmocka_unit_test(spans_of_operations_that_are_too_many_keep_their_names),
        cmocka_unit_test(series_that_are_too_many_are_counted_and_not_kept),
        cmocka_unit_test(errors_keep_the_latest_kinds_when_there_are_too_many),
        cmocka_unit_test(a_file_goes_on_where_it_ended),
        cmocka_unit_test(a_file_forgets_resources_of_which_nothing_is_kept),
        cmocka_unit_test(a_reader_of_a_long_question_makes_way),
        cmocka_unit_test(a_request_interrupts_a_long_question),
        cmocka_unit_test(writers_go_before_readers_that_came_earlier),
        cmocka_unit_test(histogram_quantiles_are_close_and_the_longest_is_exact),
        cmocka_unit_test(histograms_come_back_from_their_blobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
