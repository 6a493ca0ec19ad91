/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of SQLite fails once, and every further one from there on: a request is kept
 * whole or not at all, and the next one is kept. */
#include "ask.h"
#include "view_test.h"

#include "api/api.h"
#include "query/summary.h"

static sqlite3_mem_methods real;
static long left = -1; /* allocations that succeed; below 0: all do */
static bool for_ever;  /* whether all fail after the first one that does */
static long refused;

static bool fails(void)
{
    if (left < 0) {
        return false;
    }
    if (left > 0) {
        left--;
        return false;
    }
    refused++;
    left = for_ever ? 0 : -1;
    return true;
}

static void *failing_malloc(int size)
{
    return fails() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *block, int size)
{
    return fails() ? NULL : real.xRealloc(block, size);
}

static int group_setup(void **state)
{
    (void)state;
    /* What hae_view_database_open() sets as well. */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    sqlite3_mem_methods methods = real;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    return 0;
}

/* One of everything, with texts that are too long to lie in what is allocated already. */
static enum hae_view_database_result take_one(struct hae_view_store *store, uint32_t number)
{
    static char text[20000];
    char name[32];
    struct hae_view_origin origin = {.resource = 0};
    memset(text, 'x', sizeof text - 1);
    snprintf(name, sizeof name, "name %u", number);
    struct hae_view_resource_row resource = {.service = text_of(name), .attributes = text_of("{}")};
    struct hae_view_scope_row scope = {.name = text_of(name)};
    hae_view_store_begin(store, (struct hae_view_arrival){1000 * S, EPOCH_NS + number * S});
    if (hae_view_store_resource(store, &resource, &origin) &&
        hae_view_store_scope(store, &scope, &origin)) {
        struct hae_view_span_row span = make_span(number, 1, MS);
        struct hae_view_event_row event = {1, text_of("e"), text_of(text)};
        struct hae_view_log_row log = {.time_ns = 1, .severity = 17, .body = text_of(text)};
        struct hae_view_metric_row metric = {.name = text_of(name), .unit = text_of("1")};
        struct hae_view_point_row point = {.time_ns = 1};
        struct hae_view_exemplar_row exemplar = {.time_ns = 1};
        span.name = text_of(name);
        span.attributes = text_of(text);
        set_failed(&span, name);
        log.error = text_of(name);
        hae_view_store_span(store, &origin, &span);
        hae_view_store_event(store, &event);
        hae_view_store_log(store, &origin, &log);
        hae_view_store_metric(store, &origin, &metric);
        hae_view_store_point(store, &origin, text_of("{}"), &point);
        hae_view_store_exemplar(store, &exemplar);
    }
    return hae_view_store_end(store, true);
}

static int64_t ask(struct hae_view_store *store, const char *query)
{
    return ask_database(hae_view_store_database(store), query);
}

/* Each table has as many rows as requests were kept. */
static void check_rows(struct hae_view_store *store, int64_t kept)
{
    static const char *const tables[] = {"span",   "event", "log",      "metric",
                                         "series", "point", "exemplar", "rollup"};
    char query[64];
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(query, sizeof query, "SELECT count(*) FROM %s", tables[i]);
        int64_t count = ask(store, query);
        if (count != kept) {
            fail_msg("%s: %d, and not %d", query, (int)count, (int)kept);
        }
    }
    assert_int_equal(ask(store, "SELECT count(*) FROM resource WHERE id > 1"), kept);
    assert_int_equal(ask(store, "SELECT sum(count) FROM error_group"), 2 * kept);
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->totals.counts.spans, kept);
    assert_int_equal(content->totals.counts.logs, kept);
    assert_int_equal(content->totals.counts.data_points, kept);
    assert_int_equal(hae_view_series_count(&content->series), kept);
    hae_view_store_unlock(store);
}

static void a_request_is_kept_whole_or_not_at_all(void **state)
{
    (void)state;
    for (int ever = 0; ever < 2; ever++) {
        struct hae_view_store *store = make_store(10000);
        int64_t kept = 0;
        uint32_t number = 1;
        bool failed = true;
        for (long fail_at = 0; failed; fail_at++) {
            refused = 0;
            for_ever = ever == 1;
            left = fail_at;
            enum hae_view_database_result result = take_one(store, number++);
            left = -1;
            failed = refused > 0;
            /* A page that cannot be had may be found elsewhere. */
            assert_true(result == HAE_VIEW_DATABASE_KEPT ||
                        (failed && result == HAE_VIEW_DATABASE_NO_MEMORY));
            kept += result == HAE_VIEW_DATABASE_KEPT ? 1 : 0;
            assert_int_equal(take_one(store, number++), HAE_VIEW_DATABASE_KEPT);
            kept++;
            check_rows(store, kept);
        }
        assert_true(number > 20);
        hae_view_store_free(store);
    }
}

static void a_store_that_cannot_be_opened_leaves_nothing(void **state)
{
    (void)state;
    struct hae_view_database_options options = {.series_max = 10};
    char problem[160];
    struct hae_view_store *store = NULL;
    for_ever = true;
    for (long fail_at = 0; store == NULL; fail_at++) {
        left = fail_at;
        store = hae_view_store_open(&options, problem, sizeof problem);
        left = -1;
        assert_true(fail_at < 100000);
    }
    hae_view_store_free(store);
}

static void questions_without_memory_are_answered_with_busy(void **state)
{
    (void)state;
    static const char *const questions[] = {"/api/overview", "/api/services", "/api/traces",
                                            "/api/logs",     "/api/errors",   "/api/metrics",
                                            "/api/incidents"};
    struct hae_view_arguments none = {.count = 0};
    struct hae_view_store *store = make_store(100);
    assert_int_equal(take_one(store, 1), HAE_VIEW_DATABASE_KEPT);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        unsigned status = 0;
        for (long fail_at = 0; status != 200; fail_at++) {
            struct hae_buffer out = HAE_BUFFER_INIT;
            for_ever = true;
            left = fail_at;
            status = hae_view_api_answer(&(struct hae_view_api){.store = store}, HAE_VIEW_GET,
                                         questions[i], &none, EPOCH_NS + 2 * S, &out);
            left = -1;
            assert_true(status == 200 || status == 503);
            hae_buffer_done(&out);
        }
    }
    struct hae_view_summary summary;
    struct hae_view_summary_options options = {.traces = 3, .errors = 3, .series = 3};
    bool taken = false;
    for (long fail_at = 0; !taken; fail_at++) {
        left = fail_at;
        taken = hae_view_summary_take(store, &options, &summary);
        left = -1;
    }
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_kept_whole_or_not_at_all),
        cmocka_unit_test(a_store_that_cannot_be_opened_leaves_nothing),
        cmocka_unit_test(questions_without_memory_are_answered_with_busy),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
