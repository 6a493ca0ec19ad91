/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "store/summary.h"

static const struct hae_view_totals *totals_of(struct hae_view_store *store)
{
    static struct hae_view_totals totals;
    totals = hae_view_store_lock(store)->totals;
    hae_view_store_unlock(store);
    return &totals;
}

static void add_log(struct hae_view_store *store, const struct hae_view_source *source,
                    int severity, const char *text)
{
    struct hae_view_log log = {.time_ns = EPOCH_NS, .severity = severity, .text = text};
    hae_view_store_log(store, source, &log);
}

static void store_counts_for_all_for_service_and_for_scope(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(1000, 10);
    struct hae_view_source one = make_source(store, "one", 0);
    struct hae_view_source two = make_source(store, "two", 0);
    for (uint32_t i = 1; i <= 10; i++) {
        struct hae_view_span span = make_span(1, i, MS);
        span.status = i <= 3 ? HAE_VIEW_STATUS_ERROR : 0;
        span.events = 2;
        hae_view_store_span(store, i <= 4 ? &one : &two, &span);
    }
    add_log(store, &one, 9, "");
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->totals.counts.spans, 10);
    assert_int_equal(content->totals.counts.error_spans, 3);
    assert_int_equal(content->totals.span_events, 20);
    assert_int_equal(content->services.count, 2);
    assert_int_equal(content->services.items[0]->counts.spans, 4);
    assert_int_equal(content->services.items[0]->counts.logs, 1);
    assert_int_equal(content->services.items[1]->counts.spans, 6);
    assert_int_equal(content->services.items[1]->scopes[0].counts.spans, 6);
    assert_int_equal(content->services.items[1]->entries.count, 6);
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void store_notices_a_span_that_comes_twice(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(100000, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 1; i <= 20000; i++) {
            /* The same span id in another trace is another span. */
            struct hae_view_span span = make_span(1 + i % 2, 1 + i / 2, MS);
            span.status = HAE_VIEW_STATUS_ERROR;
            hae_view_store_span(store, &source, &span);
        }
    }
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 40000);
    assert_int_equal(totals->counts.duplicate_spans, 20000);
    assert_int_equal(totals->counts.error_spans, 20000);
    assert_int_equal(totals->remembered_ids, 20000);
    assert_int_equal(totals->forgotten_ids, 0);
    hae_view_store_free(store);
}

static void store_says_how_many_ids_it_could_not_remember(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 1; i <= 15; i++) {
            struct hae_view_span span = make_span(1, i, MS);
            hae_view_store_span(store, &source, &span);
        }
    }
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 30);
    assert_int_equal(totals->counts.duplicate_spans, 10);
    assert_int_equal(totals->remembered_ids, 10);
    assert_int_equal(totals->forgotten_ids, 10);
    hae_view_store_free(store);
}

static void store_counts_spans_with_invalid_ids_apart(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    struct hae_view_span span = make_span(0, 0, MS);
    span.valid_ids = false;
    hae_view_store_span(store, &source, &span);
    hae_view_store_span(store, &source, &span);
    const struct hae_view_totals *totals = totals_of(store);
    assert_int_equal(totals->counts.spans, 2);
    assert_int_equal(totals->invalid_spans, 2);
    assert_int_equal(totals->counts.duplicate_spans, 0);
    hae_view_store_free(store);
}

static void store_sorts_logs_by_severity(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    for (int severity = 0; severity <= 25; severity++) {
        add_log(store, &source, severity, "x");
    }
    add_log(store, &source, -1, "x");
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
    struct hae_view_store *store = make_store(100000, 10);
    char name[32];
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "service-%u", i);
        struct hae_view_source source = make_source(store, name, 0);
        add_log(store, &source, 9, "x");
        snprintf(name, sizeof name, "scope-%u", i);
        assert_true(hae_view_store_source(store, "service-0", name, "", &source));
        add_log(store, &source, 9, "x");
    }
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->services.count, HAE_VIEW_SERVICES_MAX);
    const struct hae_view_service *first = content->services.items[0];
    const struct hae_view_service *last = content->services.items[HAE_VIEW_SERVICES_MAX - 1];
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
    struct hae_view_store *store = make_store(10, 10);
    char name[500];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    make_source(store, name, 0);
    make_source(store, name, 0);
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    assert_int_equal(content->services.count, 1);
    hae_view_store_unlock(store);
    hae_view_store_free(store);
}

static void recent_figures_forget_after_a_minute(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(1000, 10);
    for (uint32_t i = 1; i <= 100; i++) {
        struct hae_view_source source = make_source(store, "s", i <= 50 ? 0 : 100);
        struct hae_view_span span = make_span(1, i, i <= 50 ? S : MS);
        hae_view_store_span(store, &source, &span);
    }
    struct hae_view_summary_options options = {.now_ns = 1110 * S, .recent = true};
    struct hae_view_summary summary;
    assert_true(hae_view_summary_take(store, &options, &summary));
    assert_int_equal(summary.services[0].shown.spans, 50);
    assert_int_equal(summary.services[0].counts.spans, 100);
    assert_int_equal(summary.services[0].max_ns, MS);
    assert_true(summary.services[0].shown_seconds >= 50 && summary.services[0].shown_seconds <= 60);
    hae_view_summary_done(&summary);

    options.recent = false;
    assert_true(hae_view_summary_take(store, &options, &summary));
    assert_int_equal(summary.services[0].shown.spans, 100);
    assert_int_equal(summary.services[0].max_ns, S);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void latency_quantiles_are_close_and_the_longest_is_exact(void **state)
{
    (void)state;
    struct hae_view_latency *latency = calloc(1, sizeof *latency);
    assert_non_null(latency);
    assert_int_equal(hae_view_latency_quantile(latency, 0.5), 0);
    for (uint64_t i = 1; i <= 10000; i++) {
        hae_view_latency_add(latency, i * 1000);
    }
    double p50 = (double)hae_view_latency_quantile(latency, 0.5);
    double p99 = (double)hae_view_latency_quantile(latency, 0.99);
    assert_true(p50 > 5e6 * 0.98 && p50 < 5e6 * 1.02);
    assert_true(p99 > 9.9e6 * 0.98 && p99 < 9.9e6 * 1.02);
    assert_int_equal(hae_view_latency_quantile(latency, 1), 10000000);
    hae_view_latency_add(latency, UINT64_MAX);
    hae_view_latency_add(latency, 0);
    assert_int_equal(latency->max_ns, UINT64_MAX);
    assert_int_equal(hae_view_latency_quantile(latency, 0), 0);
    free(latency);
}

static void errors_that_differ_in_digits_only_are_counted_together(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    add_log(store, &source, 17, "ride 17 failed");
    add_log(store, &source, 17, "disk full");
    add_log(store, &source, 17, "ride 18 failed");
    add_log(store, &source, 13, "only a warning");
    struct hae_view_summary_options options = {.errors = 10};
    struct hae_view_summary summary;
    assert_true(hae_view_summary_take(store, &options, &summary));
    assert_int_equal(summary.error_count, 2);
    assert_string_equal(summary.errors[0].text, "ride 18 failed");
    assert_int_equal(summary.errors[0].count, 2);
    assert_string_equal(summary.errors[1].text, "disk full");
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void errors_keep_the_latest_kinds_when_there_are_too_many(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
    struct hae_view_source source = make_source(store, "s", 0);
    char text[8] = "aaaaa";
    for (int i = 0; i < 1000; i++) {
        text[0] = (char)('a' + i % 26);
        text[1] = (char)('a' + i / 26 % 26);
        text[2] = (char)('a' + i / 676);
        add_log(store, &source, 17, text);
    }
    struct hae_view_summary_options options = {.errors = 2 * HAE_VIEW_ERROR_GROUPS};
    struct hae_view_summary summary;
    assert_true(hae_view_summary_take(store, &options, &summary));
    assert_int_equal(summary.error_count, HAE_VIEW_ERROR_GROUPS);
    assert_string_equal(summary.errors[0].text, text);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void refusals_are_counted_by_status(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10, 10);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_counts_for_all_for_service_and_for_scope),
        cmocka_unit_test(store_notices_a_span_that_comes_twice),
        cmocka_unit_test(store_says_how_many_ids_it_could_not_remember),
        cmocka_unit_test(store_counts_spans_with_invalid_ids_apart),
        cmocka_unit_test(store_sorts_logs_by_severity),
        cmocka_unit_test(store_keeps_sums_exact_beyond_its_number_of_services_and_scopes),
        cmocka_unit_test(store_takes_long_names_for_one_service),
        cmocka_unit_test(recent_figures_forget_after_a_minute),
        cmocka_unit_test(latency_quantiles_are_close_and_the_longest_is_exact),
        cmocka_unit_test(errors_that_differ_in_digits_only_are_counted_together),
        cmocka_unit_test(errors_keep_the_latest_kinds_when_there_are_too_many),
        cmocka_unit_test(refusals_are_counted_by_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
