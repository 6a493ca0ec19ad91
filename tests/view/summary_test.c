/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>
#include <unistd.h>

#include "query/summary.h"

static struct hae_view_summary summary;

/* Takes a summary `second` seconds after the start, in the place of the one before. */
static const struct hae_view_summary *look(struct hae_view_store *store, uint64_t second,
                                           struct hae_view_summary_options options)
{
    options.now_ns = (1000 + second) * S;
    options.now_unix_ns = EPOCH_NS + second * S;
    hae_view_summary_done(&summary);
    assert_true(hae_view_summary_take(store, &options, &summary));
    return &summary;
}

static void done(struct hae_view_store *store)
{
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

/* ---- Traces ----------------------------------------------------------------------------- */

static const struct hae_view_summary *slowest(struct hae_view_store *store, size_t max)
{
    return look(store, 0, (struct hae_view_summary_options){.traces = max, .all_traces = true});
}

static void the_slowest_traces_are_found_among_many(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_origin origin = begin_request(store, "s", 0);
    char name[16];
    for (uint32_t i = 1; i <= 60000; i++) {
        struct hae_view_span_row root = make_span(i, 1, (i == 77 ? 900 : i % 500) * MS);
        snprintf(name, sizeof name, "op-%u", i % 50);
        root.name = text_of(name);
        struct hae_view_span_row child = make_span(i, 2, MS);
        set_parent(&child, 1);
        hae_view_store_span(store, &origin, &child);
        hae_view_store_span(store, &origin, &root);
    }
    end_request(store);
    assert_int_equal(slowest(store, 3)->trace_count, 3);
    assert_int_equal(summary.traces[0].duration_ns, 900 * MS);
    assert_int_equal(summary.traces[0].kept, 2);
    assert_int_equal(summary.traces[0].span_count, 2);
    assert_string_equal(summary.traces[0].service, "s");
    assert_int_equal(summary.traces[1].duration_ns, 499 * MS);
    done(store);
}

static void different_operations_are_shown_before_the_same_again(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    for (uint32_t i = 1; i <= 10; i++) {
        struct hae_view_span_row span = make_span(i, 1, (i <= 9 ? 100 + i : 50) * MS);
        span.name = text_of(i <= 9 ? "slow" : "less slow");
        add_span(store, "s", 0, &span);
    }
    assert_int_equal(slowest(store, 2)->trace_count, 2);
    assert_string_equal(summary.traces[0].name, "slow");
    assert_string_equal(summary.traces[1].name, "less slow");
    assert_int_equal(slowest(store, 64)->trace_count, 10);
    assert_int_equal(summary.traces[1].duration_ns, 108 * MS);
    done(store);
}

static void a_slow_trace_loses_its_place_after_the_window(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_summary_options options = {.traces = 5, .traces_window_ns = 300 * S};
    struct hae_view_span_row old = make_span(1, 1, 900 * MS);
    struct hae_view_span_row recent = make_span(2, 1, 5 * MS);
    recent.start_ns += 400 * S;
    recent.end_ns += 400 * S;
    add_span(store, "s", 0, &old);
    assert_int_equal(look(store, 10, options)->trace_count, 1);
    add_span(store, "s", 400, &recent);
    assert_int_equal(look(store, 400, options)->trace_count, 1);
    assert_int_equal(summary.traces[0].duration_ns, 5 * MS);
    done(store);
}

static void of_a_large_trace_failed_and_the_longest_spans_are_kept(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_origin origin = begin_request(store, "s", 0);
    struct hae_view_span_row root = make_span(1, 1, S);
    hae_view_store_span(store, &origin, &root);
    for (uint32_t i = 2; i <= 201; i++) {
        struct hae_view_span_row child = make_span(1, i, i * MS);
        set_parent(&child, 1);
        if (i == 2) {
            set_failed(&child, "short and failed");
        }
        hae_view_store_span(store, &origin, &child);
    }
    end_request(store);
    assert_int_equal(slowest(store, 1)->trace_count, 1);
    const struct hae_view_trace_copy *trace = &summary.traces[0];
    assert_int_equal(trace->span_count, 201);
    assert_int_equal(trace->error_count, 1);
    assert_int_equal(trace->kept, HAE_VIEW_TRACE_SPANS);
    assert_string_equal(trace->spans[0].note, "short and failed");
    for (uint32_t i = 1; i < trace->kept; i++) {
        const struct hae_view_kept_span *span = &trace->spans[i];
        assert_true(span->end_ns - span->start_ns >= (201 - HAE_VIEW_TRACE_SPANS + 3) * MS);
    }
    done(store);
}

static void the_note_of_a_span_says_why_or_how_it_was_answered(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *attributes;
        const char *event; /* attributes of an exception */
        bool failed;
        const char *note;
    } cases[] = {
        {NULL, NULL, NULL, false, ""},
        {"said\n", "{\"http.response.status_code\":500}", NULL, true, "said\\n"},
        {NULL, "{\"http.response.status_code\":404,\"error.type\":\"404\"}", NULL, true,
         "HTTP 404"},
        {NULL, "{\"http.response.status_code\":201}", NULL, false, "HTTP 201"},
        {NULL, "{\"error.type\":\"timeout\"}", NULL, true, "timeout"},
        {NULL, "{\"error.type\":\"timeout\"}", NULL, false, ""},
        {NULL, NULL, "{\"exception.type\":\"E\",\"exception.message\":\"m\"}", true, "E: m"},
        {NULL, NULL, "{\"exception.type\":\"E\"}", true, "E"},
        {NULL, NULL, "{\"exception.message\":\"m\"}", false, ""},
        {NULL, "{\"error.type\":\"x\"}", "{\"other\":1}", true, "x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_view_store *store = make_store(10);
        struct hae_view_origin origin = begin_request(store, "s", 0);
        struct hae_view_span_row span = make_span(1, 1, MS);
        span.status = cases[i].failed ? HAE_VIEW_STATUS_ERROR : 0;
        if (cases[i].message != NULL) {
            span.message = text_of(cases[i].message);
        }
        if (cases[i].attributes != NULL) {
            span.attributes = text_of(cases[i].attributes);
        }
        hae_view_store_span(store, &origin, &span);
        if (cases[i].event != NULL) {
            struct hae_view_event_row event = {1, text_of("exception"), text_of(cases[i].event)};
            hae_view_store_event(store, &event);
        }
        end_request(store);
        assert_string_equal(slowest(store, 1)->traces[0].spans[0].note, cases[i].note);
        done(store);
    }
}

/* ---- Services ----------------------------------------------------------------------------- */

static void recent_figures_forget_after_a_minute(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    for (uint32_t i = 1; i <= 100; i++) {
        struct hae_view_span_row span = make_span(1, i, i <= 50 ? S : MS);
        span.start_ns += i <= 50 ? 0 : 100 * S;
        span.end_ns += i <= 50 ? 0 : 100 * S;
        add_span(store, "s", i <= 50 ? 0 : 100, &span);
    }
    look(store, 110, (struct hae_view_summary_options){.recent = true});
    assert_int_equal(summary.services[0].shown.spans, 50);
    assert_int_equal(summary.services[0].counts.spans, 100);
    assert_int_equal(summary.services[0].max_ns, MS);
    assert_true(summary.services[0].shown_seconds >= 50 && summary.services[0].shown_seconds <= 60);
    look(store, 110, (struct hae_view_summary_options){.recent = false});
    assert_int_equal(summary.services[0].shown.spans, 100);
    assert_int_equal(summary.services[0].max_ns, S);
    assert_true(summary.services[0].p99_ns <= S && summary.services[0].p99_ns > 980 * MS);
    done(store);
}

static void figures_are_those_of_this_run(void **state)
{
    (void)state;
    char path[] = "/tmp/haetae_view_summary_XXXXXX";
    char lock[sizeof path + 5];
    char problem[160];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct hae_view_database_options options = {.path = path};
    for (uint32_t run = 1; run <= 2; run++) {
        struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
        assert_non_null(store);
        struct hae_view_span_row span = make_span(1, run, run == 1 ? 10 * S : S);
        span.start_ns += run * 100 * S;
        span.end_ns += run * 100 * S;
        set_failed(&span, run == 1 ? "first" : "second");
        add_span(store, "s", run * 100, &span);
        look(store, run * 100, (struct hae_view_summary_options){.errors = 9, .traces = 9});
        assert_int_equal(summary.totals.counts.spans, 1);
        assert_int_equal(summary.services[0].max_ns, run == 1 ? 10 * S : S);
        assert_int_equal(summary.error_count, 1);
        assert_int_equal(summary.error_groups, 1);
        assert_string_equal(summary.errors[0].text, run == 1 ? "first" : "second");
        /* What is kept is looked through whole. */
        assert_int_equal(summary.traces[0].span_count, run);
        done(store);
    }
    unlink(path);
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(lock);
}

/* ---- Errors -------------------------------------------------------------------------------- */

static void add_error(struct hae_view_store *store, const char *text)
{
    struct hae_view_origin origin = begin_request(store, "s", 0);
    struct hae_view_log_row log = {.time_ns = EPOCH_NS, .severity = 17, .error = text_of(text)};
    hae_view_store_log(store, &origin, &log);
    end_request(store);
}

static void errors_that_differ_in_digits_only_are_counted_together(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    add_error(store, "ride 17 failed");
    add_error(store, "disk full");
    add_error(store, "ride 1890 failed");
    look(store, 0, (struct hae_view_summary_options){.errors = 10});
    assert_int_equal(summary.error_count, 2);
    assert_int_equal(summary.error_groups, 2);
    assert_string_equal(summary.errors[0].text, "ride 1890 failed");
    assert_string_equal(summary.errors[0].service, "s");
    assert_true(summary.errors[0].is_log);
    assert_int_equal(summary.errors[0].count, 2);
    assert_string_equal(summary.errors[1].text, "disk full");
    look(store, 0, (struct hae_view_summary_options){.errors = 1});
    assert_int_equal(summary.error_count, 1);
    assert_int_equal(summary.error_groups, 2);
    done(store);
}

/* ---- Metrics ------------------------------------------------------------------------------- */

static void the_largest_series_of_each_metric_are_named_and_in_order(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(100);
    struct hae_view_origin origin = begin_request(store, "s", 0);
    const char *const names[] = {"zebra", "ant"};
    char attributes[64];
    for (int m = 0; m < 2; m++) {
        struct hae_view_metric_row metric = {
            .kind = HAE_VIEW_COUNTER, .name = text_of(names[m]), .unit = text_of("1")};
        hae_view_store_metric(store, &origin, &metric);
        for (int i = 0; i < 5; i++) {
            struct hae_view_point_row point = {.time_ns = 1,
                                               .figures = {.is_integer = true, .integer = i}};
            snprintf(attributes, sizeof attributes, "{\"k\":%d,\"t\":true,\"u\":\"\\u001b[1m\"}",
                     9 - i);
            hae_view_store_point(store, &origin, text_of(attributes), &point);
        }
    }
    end_request(store);
    look(store, 0, (struct hae_view_summary_options){.series = 100, .series_per_metric = 2});
    assert_int_equal(summary.series_count, 4);
    assert_string_equal(summary.series[0].name, "ant");
    assert_string_equal(summary.series[0].attributes, "k=5, t=true, u=\\x1b[1m");
    assert_int_equal(summary.series[0].figures.integer, 4);
    assert_int_equal(summary.series[0].more, 0);
    assert_string_equal(summary.series[1].attributes, "k=6, t=true, u=\\x1b[1m");
    assert_int_equal(summary.series[1].more, 3);
    assert_string_equal(summary.series[3].name, "zebra");
    assert_int_equal(summary.measurements.integer_sums, 20);
    assert_int_equal(summary.services[0].scopes[0].measurements.integer_sums, 20);
    look(store, 0, (struct hae_view_summary_options){.series = 3});
    assert_int_equal(summary.series_count, 3);
    done(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slowest_traces_are_found_among_many),
        cmocka_unit_test(different_operations_are_shown_before_the_same_again),
        cmocka_unit_test(a_slow_trace_loses_its_place_after_the_window),
        cmocka_unit_test(of_a_large_trace_failed_and_the_longest_spans_are_kept),
        cmocka_unit_test(the_note_of_a_span_says_why_or_how_it_was_answered),
        cmocka_unit_test(recent_figures_forget_after_a_minute),
        cmocka_unit_test(figures_are_those_of_this_run),
        cmocka_unit_test(errors_that_differ_in_digits_only_are_counted_together),
        cmocka_unit_test(the_largest_series_of_each_metric_are_named_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
