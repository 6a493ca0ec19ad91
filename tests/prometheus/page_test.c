/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for Prometheus: metadata, names, information about the resource, and whole requests. */
#include "base/alloc.h"
#include "check.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"

static void help_type_and_unit_metadata(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUM, "heap", "By", "Back\\slash \"and\"\nline");
    build_int_point(&build, 7, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(&build, -7, NULL);
    struct build again = build;
    again.bytes = (struct hae_buffer)HAE_BUFFER_INIT;
    hae_buffer_add(&again.bytes, build.bytes.data, build.bytes.length);
    check_text(&build, "# HELP heap_bytes_total Back\\\\slash \"and\"\\nline\n"
                       "# TYPE heap_bytes_total counter\n"
                       "heap_bytes_total 7\n"
                       "# TYPE load gauge\n"
                       "load -7\n");
    check_openmetrics(&again, "# HELP heap_bytes Back\\\\slash \\\"and\\\"\\nline\n"
                              "# TYPE heap_bytes counter\n"
                              "# UNIT heap_bytes bytes\n"
                              "heap_bytes_total 7\n"
                              "# TYPE load gauge\n"
                              "load -7\n"
                              "# EOF\n");
}

static void names_of_samples_are_of_one_metric_alone(void **state)
{
    static const char expected[] = "# TYPE y histogram\n"
                                   "y_bucket{otel_scope_name=\"s\",le=\"1\"} 1\n"
                                   "y_bucket{otel_scope_name=\"s\",le=\"+Inf\"} 3\n"
                                   "y_sum{otel_scope_name=\"s\"} 4\n"
                                   "y_count{otel_scope_name=\"s\"} 3\n"
                                   "# TYPE y_counted gauge\n"
                                   "y_counted{otel_scope_name=\"s\"} 8\n";
    static const uint64_t counts[] = {1, 2};
    static const double bounds[] = {1};
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, "s", NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "y_count", "", "");
    build_int_point(&build, 7, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "y_counted", "", "");
    build_int_point(&build, 8, NULL);
    build_metric(&build, HAE_OTLP_METRIC_HISTOGRAM, "y", "", "");
    build_open_point(&build, NULL, HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    build_histogram(&build, 3, 4, counts, bounds, 1);
    build_close(&build);
    check_text(&build, expected);
    assert_string_equal(check_reports, "metric \"y_count\" is left out: samples of another metric "
                                       "have its name\n");
}

static void a_gauge_has_not_the_name_of_a_counters_samples(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUM, "z", "", "");
    build_int_point(&build, 7, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "z_total", "", "");
    build_int_point(&build, 8, NULL);
    check_openmetrics(&build, "# TYPE z counter\n"
                              "z_total 7\n"
                              "# EOF\n");
    assert_string_equal(check_reports, "metric \"z_total\" is left out: samples of another metric "
                                       "have its name\n");
}

static void metadata_deduplication(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, "one", NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUM, "a.b", "", "");
    build_int_point(&build, 1, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "other", "", "");
    build_int_point(&build, 9, NULL);
    build_scope(&build, "two", NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUM, "a.b", "", "First help");
    build_int_point(&build, 2, NULL);
    build_scope(&build, "three", NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUM, "a_b", "", "Second help");
    build_int_point(&build, 3, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "a_b_total", "", "Conflict");
    build_int_point(&build, 4, NULL);
    check_text(&build, "# HELP a_b_total First help\n"
                       "# TYPE a_b_total counter\n"
                       "a_b_total{otel_scope_name=\"one\"} 1\n"
                       "a_b_total{otel_scope_name=\"two\"} 2\n"
                       "a_b_total{otel_scope_name=\"three\"} 3\n"
                       "# TYPE other gauge\n"
                       "other{otel_scope_name=\"one\"} 9\n");
    assert_string_equal(check_reports, "metric \"a_b_total\" is left out: another metric of this "
                                       "name has another type\n");
}

static void target_info_from_resource(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, "dispatch");
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "target.info", "", "");
    build_int_point(&build, 5, NULL);
    struct build again = build;
    again.bytes = (struct hae_buffer)HAE_BUFFER_INIT;
    hae_buffer_add(&again.bytes, build.bytes.data, build.bytes.length);
    check_text(&build, "# HELP target_info Target metadata\n"
                       "# TYPE target_info gauge\n"
                       "target_info{service_name=\"dispatch\"} 1\n");
    assert_string_equal(check_reports, "metric \"target_info\" is left out: its name is that of "
                                       "the resource's metric\n");
    struct hae_prom_options options = check_defaults;
    options.target_info = false;
    check_with(&again, &options, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
               "# TYPE target_info gauge\ntarget_info 5\n");
    build_request(&build, "dispatch");
    check_openmetrics(&build, "# HELP target Target metadata\n"
                              "# TYPE target info\n"
                              "target_info{service_name=\"dispatch\"} 1\n"
                              "# EOF\n");
}

static void utf8_names_are_quoted(void **state)
{
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.strategy = HAE_PROM_UTF8_WITH_SUFFIXES;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_HISTOGRAM, "http.time", "s", "Help");
    build_open_point(&build, ATTRIBUTES("http.route", "/"),
                     HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    build_histogram(&build, 1, 1, (const uint64_t[]){1}, NULL, 0);
    build_close(&build);
    check_with(&build, &options, HAE_PROM_TEXT, HAE_PROM_ALLOW_UTF8,
               "# HELP \"http.time_seconds\" Help\n"
               "# TYPE \"http.time_seconds\" histogram\n"
               "{\"http.time_seconds_bucket\",\"http.route\"=\"/\",le=\"+Inf\"} 1\n"
               "{\"http.time_seconds_sum\",\"http.route\"=\"/\"} 1\n"
               "{\"http.time_seconds_count\",\"http.route\"=\"/\"} 1\n");
}

static void points_without_a_value_are_left_out(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_open_point(&build, NULL, 0);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 1);
    build_uint(&build, HAE_OTLP_NUMBER_DATA_POINT_FLAGS, 1);
    build_close(&build);
    build_open_point(&build, NULL, 0);
    build_close(&build);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "empty", "", "");
    check_text(&build, "# TYPE load gauge\n");
}

static void several_requests_are_one_page(void **state)
{
    struct hae_prom_style style = {HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES, &check_defaults};
    struct hae_prom_request requests[2];
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct build builds[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        build_request(&builds[i], "dispatch");
        build_scope(&builds[i], NULL, NULL);
        build_metric(&builds[i], HAE_OTLP_METRIC_GAUGE, "load", "", "");
        build_int_point(&builds[i], i, ATTRIBUTES("part", i == 0 ? "a" : "b"));
        requests[i] = build_end(&builds[i]);
    }
    assert_int_equal(hae_prom_page(&style, requests, 2, &out, NULL, NULL), HAETAE_OK);
    assert_string_equal(out.data, "# HELP target_info Target metadata\n"
                                  "# TYPE target_info gauge\n"
                                  "target_info{service_name=\"dispatch\"} 1\n"
                                  "# TYPE load gauge\n"
                                  "load{part=\"a\"} 0\n"
                                  "load{part=\"b\"} 1\n");
    hae_buffer_done(&out);
    build_done(&builds[0]);
    build_done(&builds[1]);
}

/* Each end of a request that is cut short is refused or gives a page, and nothing is left. */
static void cut_requests_are_refused(void **state)
{
    struct build build;
    struct hae_prom_request request;
    long live;
    size_t refused = 0;

    (void)state;
    build_duration(&build);
    request = build_end(&build);
    live = hae_alloc_live_count();
    for (size_t size = 0; size < request.size_bytes; size++) {
        uint8_t *copy = malloc(size + 1); /* so that a sanitizer sees each read behind it */
        struct hae_prom_request cut = {copy, size};
        struct hae_prom_style style = {HAE_PROM_OPENMETRICS, HAE_PROM_ESCAPE_UNDERSCORES,
                                       &check_defaults};
        struct hae_buffer out = HAE_BUFFER_INIT;

        memcpy(copy, request.data, size);
        refused += hae_prom_page(&style, &cut, 1, &out, NULL, NULL) == HAETAE_EFORMAT;
        hae_buffer_done(&out);
        free(copy);
    }
    assert_int_equal(refused, request.size_bytes - 1);
    assert_int_equal(hae_alloc_live_count(), live);
    build_done(&build);
}

static void out_of_memory_is_reported(void **state)
{
    struct build build;
    struct hae_prom_request request;
    haetae_status status = HAETAE_ENOMEM;
    long live;
    long fail;

    (void)state;
    build_duration(&build);
    build_scope(&build, "other", NULL);
    build_metric(&build, HAE_OTLP_METRIC_HISTOGRAM, "duration", "s", "");
    build_open_point(&build, NULL, 0);
    build_close(&build);
    request = build_end(&build);
    live = hae_alloc_live_count();
    for (fail = 0; status != HAETAE_OK; fail++) {
        struct hae_prom_style style = {HAE_PROM_OPENMETRICS, HAE_PROM_ESCAPE_UNDERSCORES,
                                       &check_defaults};
        struct hae_buffer out = HAE_BUFFER_INIT;

        assert_true(fail < 1000);
        hae_alloc_fail_after(fail);
        status = hae_prom_page(&style, &request, 1, &out, NULL, NULL);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        hae_buffer_done(&out);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_true(fail > 5);
    build_done(&build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_type_and_unit_metadata),
        cmocka_unit_test(names_of_samples_are_of_one_metric_alone),
        cmocka_unit_test(a_gauge_has_not_the_name_of_a_counters_samples),
        cmocka_unit_test(metadata_deduplication),
        cmocka_unit_test(target_info_from_resource),
        cmocka_unit_test(utf8_names_are_quoted),
        cmocka_unit_test(points_without_a_value_are_left_out),
        cmocka_unit_test(several_requests_are_one_page),
        cmocka_unit_test(cut_requests_are_refused),
        cmocka_unit_test(out_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
