/* SPDX-License-Identifier: Apache-2.0 */
/* How SQLite answers each question: through the index that is meant for it, and never by reading
 * a whole table that grows. */
#include "view_test.h"

#include "query/busiest.h"
#include "query/errors.h"
#include "query/export.h"
#include "query/kept.h"
#include "query/logs.h"
#include "query/members.h"
#include "query/metrics.h"
#include "query/new_errors.h"
#include "query/peers.h"
#include "query/red.h"
#include "query/requests.h"
#include "query/services.h"
#include "query/trace.h"
#include "query/traces.h"
#include "store/statements.h"

static struct hae_view_store *store;
static sqlite3 *db;

static int open_store(void **state)
{
    (void)state;
    store = make_store(10);
    db = hae_view_database_read(hae_view_store_database(store));
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    hae_view_database_read_done(hae_view_store_database(store));
    hae_view_store_free(store);
    return 0;
}

/* The steps of a plan, one in a line. */
static void explain(const char *sql, char *out, size_t size)
{
    char question[4096];
    sqlite3_stmt *plan;
    size_t used = 0;
    snprintf(question, sizeof question, "EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(db, question, -1, &plan, NULL), SQLITE_OK);
    out[0] = '\0';
    while (sqlite3_step(plan) == SQLITE_ROW) {
        used += (size_t)snprintf(out + used, size - used, "%s\n",
                                 (const char *)sqlite3_column_text(plan, 3));
        assert_true(used < size);
    }
    sqlite3_finalize(plan);
}

/* Tables whose number of rows has a small bound, and what is no table. */
static bool may_be_scanned(const char *name)
{
    static const char *const small[] = {"op",          "o",         "resource",  "r",
                                        "m",           "json_each", "(subquery", "CONSTANT",
                                        "error_group", "SUBQUERY"};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        size_t length = strlen(small[i]);
        if (strncmp(name, small[i], length) == 0 &&
            (name[length] == ' ' || name[length] == '\n' || name[length] == '-')) {
            return true;
        }
    }
    return false;
}

/* Each of `parts`, one after the other in a line, is a step; tables that grow are only scanned in
 * the way that `parts` says. */
static void check_plan(const char *sql, const char *const *parts, size_t count)
{
    char plan[4096];
    explain(sql, plan, sizeof plan);
    const char *at = plan;
    for (size_t i = 0; i < count; i++) {
        at = strstr(at, parts[i]);
        if (at == NULL) {
            fail_msg("%s is not a step of\n%sof\n%s", parts[i], plan, sql);
        }
    }
    for (const char *scan = strstr(plan, "SCAN "); scan != NULL; scan = strstr(scan + 1, "SCAN ")) {
        bool meant = may_be_scanned(scan + strlen("SCAN "));
        for (size_t i = 0; i < count && !meant; i++) {
            meant = strncmp(scan, parts[i], strlen(parts[i])) == 0;
        }
        if (!meant) {
            fail_msg("a table is scanned:\n%sof\n%s", plan, sql);
        }
    }
}

static void check_rows(struct hae_view_rows rows, const char *const *parts, size_t count)
{
    assert_non_null(rows.statement);
    check_plan(sqlite3_sql(rows.statement), parts, count);
    assert_int_equal(hae_view_rows_done(&rows), SQLITE_OK);
}

#define CHECK(rows, ...)                                                                           \
    do {                                                                                           \
        const char *const steps[] = {__VA_ARGS__};                                                 \
        check_rows(rows, steps, sizeof steps / sizeof steps[0]);                                   \
    } while (0)

static const struct hae_view_window window = {0, INT64_MAX};
static const uint8_t trace_id[16] = {1};

static void requests_come_from_the_rollup_of_the_window(void **state)
{
    (void)state;
    struct hae_view_requests_question question = {.window = window, .step_s = 10};
    CHECK(hae_view_ask_requests(db, &question),
          "SEARCH r USING INDEX rollup_bucket (bucket_s>? AND bucket_s<?)",
          "SEARCH o USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_operations(db, window, "s", true),
          "SEARCH r USING INDEX rollup_bucket (bucket_s>? AND bucket_s<?)");
    CHECK(hae_view_ask_busiest(db, window, true, 1),
          "SEARCH r USING INDEX rollup_bucket (bucket_s>? AND bucket_s<?)",
          "SEARCH o USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_busiest_steps(db, window, false, 10),
          "SEARCH r USING INDEX rollup_bucket (bucket_s>? AND bucket_s<?)");
}

/* What rules of alerts ask, every few seconds. */
static void rules_are_evaluated_through_indices(void **state)
{
    (void)state;
    struct hae_view_red_question red = {
        .window = {1, INT64_MAX}, .step_s = 10, .service = "s", .each_route = true};
    CHECK(hae_view_ask_red(db, &red),
          "SEARCH r USING INDEX rollup_bucket (bucket_s>? AND bucket_s<?)",
          "SEARCH o USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_latest_request(db, "s", 1),
          "SEARCH r USING COVERING INDEX rollup_bucket (bucket_s>?)",
          "SEARCH o USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_latest_point(db, "m", NULL, 1),
          "SEARCH s USING COVERING INDEX series_metric (metric=?)",
          "SEARCH p USING COVERING INDEX point_series (series=? AND time_ns>?)");
    CHECK(hae_view_ask_series_of(db, "m", NULL, 1), "SEARCH s USING INDEX series_metric (metric=?)",
          "SEARCH r USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_plain_members(db, "{}"), "SCAN json_each VIRTUAL TABLE");
    /* The newest request is at the end of the index: nothing is sorted. */
    char plan[4096];
    struct hae_view_rows rows = hae_view_ask_latest_request(db, "s", 1);
    explain(sqlite3_sql(rows.statement), plan, sizeof plan);
    (void)hae_view_rows_done(&rows);
    assert_null(strstr(plan, "TEMP B-TREE"));
}

/* The plans of questions that are asked inside of hae_view_find_traces(). */
static void traces_are_found_through_the_index_of_entry_spans(void **state)
{
    (void)state;
    const char *by_index;
    const char *by_text;
    hae_view_traces_sql(&by_index, &by_text);
    const char *const covering[] = {
        "SEARCH span USING COVERING INDEX span_entry (start_ns>? AND start_ns<?)"};
    check_plan(by_index, covering, 1);
    const char *const plain[] = {"SEARCH span USING INDEX span_entry (start_ns>? AND start_ns<?)",
                                 "SCAN s\n" /* what the search has found */};
    check_plan(by_text, plain, 2);
    struct hae_view_found_trace found = {.span = 1};
    CHECK(hae_view_ask_found_trace(db, &found), "SEARCH s USING INTEGER PRIMARY KEY",
          "SEARCH t USING INDEX span_trace (trace_id=?)");
}

static void what_is_exported_comes_in_the_order_of_its_numbers(void **state)
{
    (void)state;
    struct hae_view_export_question all = {.window = window, .limit = 1};
    struct hae_view_export_question of_trace = {.window = window, .trace_id = trace_id, .limit = 1};
    CHECK(hae_view_ask_export(db, HAE_VIEW_TRACES, &all),
          "SEARCH s USING INTEGER PRIMARY KEY (rowid>?)");
    CHECK(hae_view_ask_export(db, HAE_VIEW_LOGS, &all),
          "SEARCH l USING INTEGER PRIMARY KEY (rowid>?)");
    CHECK(hae_view_ask_export(db, HAE_VIEW_METRICS, &all),
          "SEARCH p USING INTEGER PRIMARY KEY (rowid>?)");
    CHECK(hae_view_ask_export(db, HAE_VIEW_TRACES, &of_trace),
          "SEARCH s USING INDEX span_trace (trace_id=?)");
    CHECK(hae_view_ask_export(db, HAE_VIEW_LOGS, &of_trace),
          "SEARCH l USING INDEX log_trace (trace_id=?");
    CHECK(hae_view_ask_exemplars_of(db, 1, 1),
          "SEARCH exemplar USING INDEX exemplar_series (series=? AND time_ns>?)",
          "SEARCH point USING COVERING INDEX point_series (series=? AND time_ns<?)");
}

/* By the newest spans, in whose traces those below are found by the index. */
static void peers_are_found_by_the_newest_calls(void **state)
{
    (void)state;
    CHECK(hae_view_ask_peers(db, "s"), "SCAN span", "SCAN n", "SCAN f",
          "SEARCH s USING INTEGER PRIMARY KEY", "SEARCH c USING INDEX span_trace (trace_id=?)");
}

static void a_trace_is_found_by_its_id(void **state)
{
    (void)state;
    CHECK(hae_view_ask_spans(db, trace_id, 1), "SEARCH s USING INDEX span_trace (trace_id=?)");
    CHECK(hae_view_ask_noted_spans(db, trace_id, true, 1),
          "SEARCH s USING INDEX span_trace (trace_id=?)",
          "SEARCH e USING INDEX event_span (span=?)");
    CHECK(hae_view_ask_span(db, 1), "SEARCH s USING INTEGER PRIMARY KEY");
    check_plan(hae_view_trace_ids_sql(),
               (const char *const[]){"SEARCH span USING COVERING INDEX span_trace (trace_id>? AND "
                                     "trace_id<?)"},
               1);
    CHECK(hae_view_ask_events(db, 1), "SEARCH event USING INDEX event_span (span=?)");
    CHECK(hae_view_ask_links(db, 1), "SEARCH link USING INDEX link_span (span=?)");
    CHECK(hae_view_ask_resources(db, trace_id), "SEARCH resource USING INTEGER PRIMARY KEY",
          "SEARCH span USING INDEX span_trace (trace_id=?)");
}

static void logs_come_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct hae_view_logs_question all = {.limit = 1};
    struct hae_view_logs_question warnings = {.severity = 13, .text = "x", .limit = 1};
    struct hae_view_logs_question of_trace = {.trace_id = trace_id, .limit = 1};
    CHECK(hae_view_ask_logs(db, &all), "SEARCH l USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
    CHECK(hae_view_ask_logs(db, &warnings), "SEARCH l USING INDEX log_warning (id>? AND id<?)");
    CHECK(hae_view_ask_logs(db, &of_trace), "SEARCH l USING INDEX log_trace (trace_id=?");
    char plan[4096];
    struct hae_view_rows rows = hae_view_ask_logs(db, &all);
    explain(sqlite3_sql(rows.statement), plan, sizeof plan);
    (void)hae_view_rows_done(&rows);
    assert_null(strstr(plan, "TEMP B-TREE")); /* nothing is sorted */
    rows = hae_view_ask_logs(db, &warnings);
    explain(sqlite3_sql(rows.statement), plan, sizeof plan);
    (void)hae_view_rows_done(&rows);
    assert_null(strstr(plan, "TEMP B-TREE"));
}

static void rules_look_at_new_log_records_only(void **state)
{
    (void)state;
    struct hae_view_log_question question = {.text = "x", .after = 1, .up_to = 2};
    char plan[4096];
    CHECK(hae_view_ask_newest_log(db), "SEARCH log");
    CHECK(hae_view_ask_log_time(db, &question),
          "SEARCH l USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
    struct hae_view_rows rows = hae_view_ask_log_time(db, &question);
    explain(sqlite3_sql(rows.statement), plan, sizeof plan);
    (void)hae_view_rows_done(&rows);
    assert_null(strstr(plan, "TEMP B-TREE"));
}

static void errors_and_their_occurrences_have_indices(void **state)
{
    (void)state;
    struct hae_view_errors_question question = {.limit = 1};
    CHECK(hae_view_ask_errors(db, &question), "SEARCH error_group USING INDEX error_seen (seen>?)");
    CHECK(hae_view_ask_error(db, 1), "SEARCH error_group USING INTEGER PRIMARY KEY");
    CHECK(hae_view_ask_error_count(db, 1), "USING COVERING INDEX error_seen (seen>?)");
    CHECK(hae_view_ask_occurrences(db, 1, false, 1), "SEARCH s USING INDEX span_failed (error=?)");
    CHECK(hae_view_ask_occurrences(db, 1, true, 1), "SEARCH l USING INDEX log_failed (error=?)");
    struct hae_view_new_errors_question sides = {.a = {window, "1", NULL},
                                                 .b = {window, "2", NULL}};
    CHECK(hae_view_ask_new_errors(db, &sides), "SCAN g",
          "SEARCH s USING INDEX span_failed (error=?)",
          "SEARCH l USING INDEX log_failed (error=?)");
}

static void points_come_from_the_window_of_their_series(void **state)
{
    (void)state;
    CHECK(hae_view_ask_metrics(db, 1, NULL), "USING COVERING INDEX series_metric (metric=?)");
    CHECK(hae_view_ask_latest_values(db, 1), "SEARCH p USING INTEGER PRIMARY KEY",
          "SEARCH point USING COVERING INDEX point_series (series=?)",
          "SEARCH series USING COVERING INDEX series_metric (metric=?)");
    CHECK(hae_view_ask_members(db, "{}"), "SCAN json_each");
    CHECK(hae_view_ask_quantiles(db, "{}"), "SCAN json_each");
    CHECK(hae_view_ask_series(db, 1, 1), "SEARCH s USING INDEX series_metric (metric=?)");
    CHECK(hae_view_ask_points(db, 1, window, 1),
          "SEARCH point USING INDEX point_series (series=? AND time_ns>? AND time_ns<?)");
    CHECK(hae_view_ask_exemplars(db, 1, window, 1),
          "SEARCH exemplar USING INDEX exemplar_series (series=? AND time_ns>? AND time_ns<?)");
    CHECK(hae_view_ask_instances(db, "s"), "resource");
}

static void how_much_is_kept_is_known_from_both_ends(void **state)
{
    (void)state;
    CHECK(hae_view_ask_kept(db), "SEARCH span", "SEARCH span", "SEARCH log", "SEARCH log",
          "SEARCH point", "SEARCH point", "SCAN arrival");
}

/* What is written and deleted in each request. */
static void writing_scans_nothing(void **state)
{
    (void)state;
    sqlite3_stmt *statements[HAE_VIEW_STATEMENTS] = {NULL};
    char plan[4096];
    assert_true(hae_view_statements_prepare(db, statements));
    for (int i = 0; i < HAE_VIEW_STATEMENTS; i++) {
        const char *sql = sqlite3_sql(statements[i]);
        if (strncmp(sql, "DELETE", 6) != 0 && strncmp(sql, "UPDATE", 6) != 0 &&
            strncmp(sql, "SELECT", 6) != 0) {
            continue;
        }
        explain(sql, plan, sizeof plan);
        /* The oldest of arrival, and of the groups of errors, are at the front. */
        if (strstr(sql, "FROM arrival ORDER BY id") == NULL &&
            strstr(plan, "SCAN error_group USING COVERING INDEX error_seen") == NULL) {
            assert_null(strstr(plan, "SCAN "));
        }
        assert_null(strstr(plan, "TEMP B-TREE"));
    }
    hae_view_statements_done(statements);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(requests_come_from_the_rollup_of_the_window),
        with_store(rules_are_evaluated_through_indices),
        with_store(traces_are_found_through_the_index_of_entry_spans),
        with_store(a_trace_is_found_by_its_id),
        with_store(what_is_exported_comes_in_the_order_of_its_numbers),
        with_store(peers_are_found_by_the_newest_calls),
        with_store(logs_come_in_the_order_of_their_numbers),
        with_store(rules_look_at_new_log_records_only),
        with_store(errors_and_their_occurrences_have_indices),
        with_store(points_come_from_the_window_of_their_series),
        with_store(how_much_is_kept_is_known_from_both_ends),
        with_store(writing_scans_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
