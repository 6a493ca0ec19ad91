/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "api/call.h"

static const struct hae_view_totals *totals_of(struct hae_view_store *store)
{
    static struct hae_view_totals totals;
    totals = hae_view_store_lock(store)->totals;
    hae_view_store_unlock(store);
    return &totals;
}

static void add_log(struct hae_view_store *store, const struct hae_view_origin *origin,
                    int severity)
{
    struct hae_view_log_row log = {.time_ns = EPOCH_NS, .severity = severity};
    hae_view_store_log(store, origin, &log);
}

static void store_counts_for_all_for_service_and_for_scope(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_event_row event = {.time_ns = 1, .name = text_of("e")};
    for (uint32_t i = 1; i <= 10; i++) {
        struct hae_view_origin origin = begin_request(store, i <= 4 ? "one" : "two", 0);
        struct hae_view_span_row span = make_span(1, i, MS);
        if (i <= 3) {
            set_failed(&span, "no");
        }
        hae_view_store_span(store, &origin, &span);
        hae_view_store_event(store, &event);
        hae_view_store_event(store, &event);
        if (i == 1) {
            add_log(store, &origin, 9);
        }
        end_request(store);
    }
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->totals.counts.spans, 10);
    assert_int_equal(content->totals.counts.error_spans, 3);
    assert_int_equal(content->totals.counts.entry_errors, 3);
    assert_int_equal(content->totals.span_events, 20);
    assert_int_equal(content->services.count, 2);
    assert_int_equal(content->services.items[0]->counts.spans, 4);
    assert_int_equal(content->services.items[0]->counts.logs, 1);
    assert_int_equal(content->services.items[1]->counts.spans, 6);
    assert_int_equal(content->services.items[1]->scopes[0].counts.spans, 6);
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void store_notices_a_span_that_comes_twice(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_link_row link = {.valid_ids = false};
    for (int round = 0; round < 2; round++) {
        struct hae_view_origin origin = begin_request(store, "s", 0);
        for (uint32_t i = 1; i <= 20000; i++) {
            /* The same span id in another trace is another span. */
            struct hae_view_span_row span = make_span(1 + i % 2, 1 + i / 2, MS);
            set_failed(&span, "no");
            hae_view_store_span(store, &origin, &span);
            hae_view_store_link(store, &link);
        }
        end_request(store);
    }
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 40000);
    assert_int_equal(totals->counts.duplicate_spans, 20000);
    assert_int_equal(totals->counts.error_spans, 20000);
    assert_int_equal(totals->span_links, 20000);
    assert_int_equal(totals->remembered_ids, 20000);
    assert_int_equal(totals->forgotten_ids, 0);
    hae_view_store_free(store);
}

static void store_says_how_many_ids_it_does_not_remember(void **state)
{
    (void)state;
    char problem[160];
    struct hae_view_database_options options = {.size_bytes = HAE_VIEW_DATABASE_BYTES_MIN};
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    assert_non_null(store);
    for (uint32_t i = 0; i < 60; i++) {
        struct hae_view_origin origin = begin_request(store, "s", i);
        for (uint32_t id = 1; id <= 1000; id++) {
            struct hae_view_span_row span = make_span(1 + i, id, MS);
            hae_view_store_span(store, &origin, &span);
        }
        end_request(store);
    }
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 60000);
    assert_true(totals->forgotten_ids > 0);
    assert_int_equal(totals->remembered_ids + totals->forgotten_ids, 60000);
    hae_view_store_free(store);
}

static void store_counts_spans_with_invalid_ids_apart(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_span_row span = make_span(0, 0, MS);
    span.valid_ids = false;
    add_span(store, "s", 0, &span);
    add_span(store, "s", 0, &span);
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 2);
    assert_int_equal(totals->invalid_spans, 2);
    assert_int_equal(totals->counts.duplicate_spans, 0);
    assert_int_equal(totals->remembered_ids, 0);
    hae_view_store_free(store);
}

static void store_sorts_logs_by_severity(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_origin origin = begin_request(store, "s", 0);
    for (int severity = -1; severity <= 25; severity++) {
        add_log(store, &origin, severity);
    }
    end_request(store);
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->logs_by_severity[HAE_VIEW_SEVERITY_UNSPECIFIED], 3);
    for (int i = HAE_VIEW_SEVERITY_TRACE; i <= HAE_VIEW_SEVERITY_FATAL; i++) {
        assert_int_equal(totals->logs_by_severity[i], 4);
    }
    assert_int_equal(totals->counts.error_logs, 8);
    hae_view_store_free(store);
}

static void store_keeps_sums_exact_beyond_its_number_of_services_and_scopes(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    char name[32];
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "service-%u", i);
        struct hae_view_origin origin = begin_request(store, name, 0);
        add_log(store, &origin, 9);
        end_request(store);
        origin = begin_request(store, "service-0", 0);
        snprintf(name, sizeof name, "scope-%u", i);
        struct hae_view_scope_row scope = {.name = text_of(name)};
        assert_true(hae_view_store_scope(store, &scope, &origin));
        add_log(store, &origin, 9);
        end_request(store);
    }
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->services.count, HAE_VIEW_SERVICES_MAX);
    const struct hae_view_service_totals *first = content->services.items[0];
    const struct hae_view_service_totals *last = content->services.items[HAE_VIEW_SERVICES_MAX - 1];
    assert_string_equal(last->name, "(other services)");
    uint64_t sum = 0;
    for (uint32_t i = 0; i < content->services.count; i++) {
        sum += content->services.items[i]->counts.logs;
    }
    assert_int_equal(sum, 600);
    assert_int_equal(last->counts.logs, 300 - (HAE_VIEW_SERVICES_MAX - 1));
    assert_int_equal(first->scope_count, HAE_VIEW_SCOPES_MAX);
    assert_string_equal(first->scopes[HAE_VIEW_SCOPES_MAX - 1].name, "(other scopes)");
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void store_takes_long_names_for_one_service(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    char name[500];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        (void)begin_request(store, name, 0);
        end_request(store);
    }
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->services.count, 1);
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void a_request_that_is_not_kept_is_not_counted(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_metric_row metric = {
        .kind = HAE_VIEW_COUNTER, .name = text_of("c"), .unit = text_of("1")};
    for (int round = 0; round < 3; round++) {
        struct hae_view_origin origin = begin_request(store, "s", 0);
        struct hae_view_span_row span = make_span(1, 1, MS);
        struct hae_view_point_row point = {.time_ns = (uint64_t)round + 1,
                                           .figures = {.is_integer = true, .integer = 5 + round}};
        hae_view_store_span(store, &origin, &span);
        add_log(store, &origin, 17);
        hae_view_store_metric(store, &origin, &metric);
        hae_view_store_point(store, &origin, text_of("{}"), &point);
        /* The first and the third are given up. */
        assert_int_equal(hae_view_store_end(store, round == 1), HAE_VIEW_DATABASE_KEPT);
    }
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->totals.counts.spans, 1);
    assert_int_equal(content->totals.counts.duplicate_spans, 0);
    assert_int_equal(content->totals.counts.logs, 1);
    assert_int_equal(content->totals.counts.data_points, 1);
    assert_int_equal(content->services.items[0]->scopes[0].counts.spans, 1);
    assert_int_equal(hae_view_series_count(&content->series), 1);
    assert_int_equal(content->series.items[0].figures.integer, 6);
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void refusals_are_counted_by_status(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    hae_view_store_refusal(store, 415, "no", false);
    hae_view_store_refusal(store, 503, "", true);
    hae_view_store_refusal(store, 9999, "what", false);
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->refused[415], 1);
    assert_int_equal(totals->refused[503], 1);
    assert_int_equal(totals->refused[0], 1);
    assert_int_equal(totals->failed_on_purpose, 1);
    assert_string_equal(totals->last_refusal, "9999: what");
    hae_view_store_free(store);
}

static int tries;

static int ask_without_end(struct hae_view_call *call)
{
    tries++;
    return sqlite3_exec(call->db,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT count(*) FROM n",
                        NULL, NULL, NULL);
}

static void a_question_that_had_all_its_time_is_not_asked_again(void **state)
{
    (void)state;
    struct hae_view_database_options options = {.size_bytes = HAE_VIEW_DATABASE_BYTES_MIN,
                                                .read_ns = MS};
    struct hae_view_arguments arguments = {.count = 0};
    struct hae_buffer out = HAE_BUFFER_INIT;
    char problem[160];
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    assert_non_null(store);
    struct hae_view_call call = hae_view_call_of(store, NULL, &arguments, EPOCH_NS, &out);
    tries = 0;
    assert_int_equal(hae_view_call_ask(&call, ask_without_end), SQLITE_INTERRUPT);
    assert_int_equal(tries, 1);
    hae_buffer_done(&out);
    hae_view_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_that_had_all_its_time_is_not_asked_again),
        cmocka_unit_test(store_counts_for_all_for_service_and_for_scope),
        cmocka_unit_test(store_notices_a_span_that_comes_twice),
        cmocka_unit_test(store_says_how_many_ids_it_does_not_remember),
        cmocka_unit_test(store_counts_spans_with_invalid_ids_apart),
        cmocka_unit_test(store_sorts_logs_by_severity),
        cmocka_unit_test(store_keeps_sums_exact_beyond_its_number_of_services_and_scopes),
        cmocka_unit_test(store_takes_long_names_for_one_service),
        cmocka_unit_test(a_request_that_is_not_kept_is_not_counted),
        cmocka_unit_test(refusals_are_counted_by_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
