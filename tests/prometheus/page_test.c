/* SPDX-License-Identifier: Apache-2.0 */
/* Pages in the text formats, character by character. Tests have the names of rows of the
 * specification's matrix. */
#include "base/alloc.h"
#include "check.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"

#define ATTRIBUTES(...)                                                                            \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#define IDS "span_id=\"5b8efff798038103\",trace_id=\"5b8efff798038103d269b633813fc60c\""

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

static void series_with_the_same_labels_are_left_out(void **state)
{
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.scope_info = false;
    build_request(&build, NULL);
    for (int scope = 0; scope < 2; scope++) {
        build_scope(&build, scope == 0 ? "one" : "two", NULL);
        build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
        for (int i = 0; i < 300; i++) {
            char text[16];

            snprintf(text, sizeof text, "%d", i + 299 * scope);
            build_int_point(&build, scope, ATTRIBUTES("cpu", text));
        }
    }
    char *page =
        check_page(&options, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES, build_end(&build), NULL);
    size_t lines = 0;

    for (const char *at = page; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 1 + 599);
    assert_non_null(strstr(page, "load{cpu=\"299\"} 0\n"));
    assert_null(strstr(page, "load{cpu=\"299\"} 1\n"));
    assert_string_equal(check_reports,
                        "a series of \"load\" is left out: another one has the same labels\n");
    free(page);
    build_done(&build);
}

/* Series of one metric alone: keys and values that differ, and are the same as labels. */
static void labels_that_become_the_same_are_one_series(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(&build, 1, ATTRIBUTES("a.b", "x"));
    build_int_point(&build, 2, ATTRIBUTES("a_b", "x"));
    build_int_point(&build, 3, ATTRIBUTES("code", "200"));
    build_open_point(&build, NULL, 0);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 4);
    build_open(&build, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_text(&build, HAE_OTLP_KEY_VALUE_KEY, "code");
    build_open(&build, HAE_OTLP_KEY_VALUE_VALUE);
    build_uint(&build, HAE_OTLP_ANY_VALUE_INT_VALUE, 200);
    build_close(&build);
    build_close(&build);
    build_close(&build);
    build_int_point(&build, 5, NULL);
    build_int_point(&build, 6, ATTRIBUTES("empty", "")); /* no label: as the one before */
    build_int_point(&build, 7, ATTRIBUTES("m.n", "1", "m_n", "2"));
    build_int_point(&build, 8, ATTRIBUTES("m.n", "1;2")); /* as it is joined */
    build_int_point(&build, 9, ATTRIBUTES("t", "\xFF"));
    build_int_point(&build, 10, ATTRIBUTES("t", "\xFE")); /* as it is repaired */
    build_int_point(&build, 11, ATTRIBUTES("p", "q", "r", "s"));
    build_int_point(&build, 12, ATTRIBUTES("p", "qr", "r", "s"));
    check_text(&build, "# TYPE load gauge\n"
                       "load{a_b=\"x\"} 1\n"
                       "load{code=\"200\"} 3\n"
                       "load 5\n"
                       "load{m_n=\"1;2\"} 7\n"
                       "load{t=\"\xEF\xBF\xBD\"} 9\n"
                       "load{p=\"q\",r=\"s\"} 11\n"
                       "load{p=\"qr\",r=\"s\"} 12\n");
    for (int i = 0; i < 5; i++) {
        char *line = strchr(check_reports, '\n');

        assert_non_null(line);
        memmove(check_reports, line + 1, strlen(line));
    }
    assert_string_equal(check_reports, "");
}

/* What was seen in one family does not count in the next, however many there were. */
static void families_may_have_the_same_labels(void **state)
{
    enum { SERIES = 700, FAMILIES = 3 };
    struct build build;
    char text[16];
    char *page;
    size_t lines = 0;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    for (int family = 0; family < FAMILIES; family++) {
        snprintf(text, sizeof text, "load%d", family);
        build_metric(&build, HAE_OTLP_METRIC_GAUGE, text, "", "");
        for (int i = 0; i < SERIES; i++) {
            snprintf(text, sizeof text, "%d", i);
            build_int_point(&build, i, ATTRIBUTES("cpu", text));
        }
    }
    page = check_page(&check_defaults, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
                      build_end(&build), NULL);
    for (const char *at = page; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, FAMILIES * (1 + SERIES));
    assert_string_equal(check_reports, "");
    free(page);
    build_done(&build);
}

static void build_scope_with_attributes(struct build *build)
{
    build_request(build, NULL);
    build_open(build, HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS);
    build_open(build, HAE_OTLP_SCOPE_METRICS_SCOPE);
    build_text(build, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, "lib");
    build_text(build, HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION, "1.2");
    build_attribute(build, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, "mascot.name", "gopher");
    build_attribute(build, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, "version", "dropped");
    build_attribute(build, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, "schema.url", "dropped");
    build_close(build);
    build_text(build, HAE_OTLP_SCOPE_METRICS_SCHEMA_URL, "https://example.com/1");
    build_metric(build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(build, 1, ATTRIBUTES("otel.scope.name", "own"));
}

static void scope_labels(void **state)
{
    struct build build;

    (void)state;
    build_scope_with_attributes(&build);
    check_text(&build,
               "# TYPE load gauge\n"
               "load{otel_scope_mascot_name=\"gopher\",otel_scope_name=\"own;lib\","
               "otel_scope_schema_url=\"https://example.com/1\",otel_scope_version=\"1.2\"} 1\n");
}

static void scope_labels_can_be_disabled(void **state)
{
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.scope_info = false;
    build_scope_with_attributes(&build);
    check_with(&build, &options, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
               "# TYPE load gauge\nload{otel_scope_name=\"own\"} 1\n");
}

static void gauges_become_gauges(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "use", "1", "");
    build_double_point(&build, 0.25, ATTRIBUTES("cpu", "0"));
    build_double_point(&build, __builtin_nan(""), ATTRIBUTES("cpu", "1"));
    build_double_point(&build, -__builtin_inf(), ATTRIBUTES("cpu", "2"));
    /* An exemplar of a gauge is dropped. */
    build_open_point(&build, ATTRIBUTES("cpu", "3"), HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 4);
    build_exemplar(&build, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, 4, 5, NULL, NULL);
    build_close(&build);
    check_openmetrics(&build, "# TYPE use_ratio gauge\n"
                              "# UNIT use_ratio ratio\n"
                              "use_ratio{cpu=\"0\"} 0.25\n"
                              "use_ratio{cpu=\"1\"} NaN\n"
                              "use_ratio{cpu=\"2\"} -Inf\n"
                              "use_ratio{cpu=\"3\"} 4\n"
                              "# EOF\n");
}

static void sums_become_counters_or_gauges(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "done", 2, true);
    build_int_point(&build, 3, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "waiting", 2, false);
    build_int_point(&build, -3, NULL);
    check_text(&build, "# TYPE done_total counter\n"
                       "done_total 3\n"
                       "# TYPE waiting gauge\n"
                       "waiting -3\n");
}

static void delta_is_refused(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "done", 1, true);
    build_int_point(&build, 3, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_HISTOGRAM, "time", 0, false);
    build_int_point(&build, 3, NULL);
    check_text(&build, "");
    assert_string_equal(check_reports,
                        "metric \"done\" is left out: its temporality is not cumulative\n"
                        "metric \"time\" is left out: its temporality is not cumulative\n");
}

static void counter_without_suffix_is_unknown_in_openmetrics(void **state)
{
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.strategy = HAE_PROM_NO_TRANSLATION;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "done.it", 2, true);
    build_int_point(&build, 3, ATTRIBUTES("a.b", "x"));
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "plain_total", 2, true);
    build_int_point(&build, 3, NULL);
    check_with(&build, &options, HAE_PROM_OPENMETRICS, HAE_PROM_ALLOW_UTF8,
               "# TYPE \"done.it\" unknown\n"
               "{\"done.it\",\"a.b\"=\"x\"} 3\n"
               "# TYPE plain counter\n"
               "plain_total 3\n"
               "# EOF\n");
}

static void build_duration(struct build *build)
{
    static const uint64_t counts[] = {2, 0, 1, 4};
    static const double bounds[] = {0.005, 1, 2.5};

    build_request(build, NULL);
    build_scope(build, NULL, NULL);
    build_metric(build, HAE_OTLP_METRIC_HISTOGRAM, "duration", "s", "");
    build_open_point(build, ATTRIBUTES("le", "x"), HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    build_fixed(build, HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO, 1500000000);
    build_histogram(build, 7, 40.5, counts, bounds, 3);
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 0.005, 2000000000, "a.b", "c");
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 0.004, 1000000000, "old", "c");
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 10, 3500000000u, NULL, NULL);
    build_close(build);
}

static void cumulative_histograms_become_histograms(void **state)
{
    struct build build;

    (void)state;
    build_duration(&build);
    check_text(&build, "# TYPE duration_seconds histogram\n"
                       "duration_seconds_bucket{exported_le=\"x\",le=\"0.005\"} 2\n"
                       "duration_seconds_bucket{exported_le=\"x\",le=\"1\"} 2\n"
                       "duration_seconds_bucket{exported_le=\"x\",le=\"2.5\"} 3\n"
                       "duration_seconds_bucket{exported_le=\"x\",le=\"+Inf\"} 7\n"
                       "duration_seconds_sum{exported_le=\"x\"} 40.5\n"
                       "duration_seconds_count{exported_le=\"x\"} 7\n");
}

static void exemplars_of_histograms(void **state)
{
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.created = true;
    build_duration(&build);
    check_with(&build, &options, HAE_PROM_OPENMETRICS, HAE_PROM_ESCAPE_UNDERSCORES,
               "# TYPE duration_seconds histogram\n"
               "# UNIT duration_seconds seconds\n"
               "duration_seconds_bucket{exported_le=\"x\",le=\"0.005\"} 2 # {a_b=\"c\"," IDS
               "} 0.005 2\n"
               "duration_seconds_bucket{exported_le=\"x\",le=\"1.0\"} 2\n"
               "duration_seconds_bucket{exported_le=\"x\",le=\"2.5\"} 3\n"
               "duration_seconds_bucket{exported_le=\"x\",le=\"+Inf\"} 7 # {" IDS "} 10 3.5\n"
               "duration_seconds_sum{exported_le=\"x\"} 40.5\n"
               "duration_seconds_count{exported_le=\"x\"} 7\n"
               "duration_seconds_created{exported_le=\"x\"} 1.5\n"
               "# EOF\n");
}

static void exemplars_of_monotonic_sums(void **state)
{
    char too_long[70];
    struct build build;

    (void)state;
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "done", 2, true);
    build_open_point(&build, NULL, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 3);
    build_exemplar(&build, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, 1, 1000000000, NULL, NULL);
    /* Ids win over attributes of their names, and what is longer than 128 is left out. */
    build_exemplar(&build, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, 1.5, 2000000000, "trace.id", "x");
    build_close(&build);
    build_open_point(&build, ATTRIBUTES("a", "b"), HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 4);
    build_exemplar(&build, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, 2, 0, "key", too_long);
    build_close(&build);
    check_openmetrics(&build, "# TYPE done counter\n"
                              "done_total 3 # {" IDS "} 1.5 2\n"
                              "done_total{a=\"b\"} 4 # {" IDS "} 2\n"
                              "# EOF\n");
}

static void build_point_of_histogram(struct build *build, const char *key, const double *bounds,
                                     size_t count, bool has_sum)
{
    static const uint64_t counts[] = {1, 2, 3};

    build_open_point(build, ATTRIBUTES("key", key), HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    if (has_sum) {
        build_histogram(build, 6, 4.5, counts, bounds, count);
    } else {
        build_fixed(build, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, 6);
    }
    build_close(build);
}

/* OpenMetrics: count and sum come together, and with negative bounds neither. */
static void openmetrics_has_sum_and_count_together(void **state)
{
    static const double bounds[] = {-1, 1};
    struct build build;
    struct build again;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_HISTOGRAM, "size", "", "");
    build_point_of_histogram(&build, "no sum", NULL, 0, false);
    build_point_of_histogram(&build, "negative", bounds, 2, true);
    build_point_of_histogram(&build, "positive", &bounds[1], 1, true);
    again = build;
    again.bytes = (struct hae_buffer)HAE_BUFFER_INIT;
    hae_buffer_add(&again.bytes, build.bytes.data, build.bytes.length);
    check_openmetrics(&build, "# TYPE size histogram\n"
                              "size_bucket{key=\"no sum\",le=\"+Inf\"} 6\n"
                              "size_bucket{key=\"negative\",le=\"-1.0\"} 1\n"
                              "size_bucket{key=\"negative\",le=\"1.0\"} 3\n"
                              "size_bucket{key=\"negative\",le=\"+Inf\"} 6\n"
                              "size_bucket{key=\"positive\",le=\"1.0\"} 1\n"
                              "size_bucket{key=\"positive\",le=\"+Inf\"} 6\n"
                              "size_sum{key=\"positive\"} 4.5\n"
                              "size_count{key=\"positive\"} 6\n"
                              "# EOF\n");
    check_text(&again, "# TYPE size histogram\n"
                       "size_bucket{key=\"no sum\",le=\"+Inf\"} 6\n"
                       "size_count{key=\"no sum\"} 6\n"
                       "size_bucket{key=\"negative\",le=\"-1\"} 1\n"
                       "size_bucket{key=\"negative\",le=\"1\"} 3\n"
                       "size_bucket{key=\"negative\",le=\"+Inf\"} 6\n"
                       "size_sum{key=\"negative\"} 4.5\n"
                       "size_count{key=\"negative\"} 6\n"
                       "size_bucket{key=\"positive\",le=\"1\"} 1\n"
                       "size_bucket{key=\"positive\",le=\"+Inf\"} 6\n"
                       "size_sum{key=\"positive\"} 4.5\n"
                       "size_count{key=\"positive\"} 6\n");
}

static void exponential_histograms_have_one_bucket_in_text(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, "size", "By", "");
    build_open_point(&build, ATTRIBUTES("a", "b"),
                     HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT, 5);
    build_double(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM, 6.5);
    build_close(&build);
    check_text(&build, "# TYPE size_bytes histogram\n"
                       "size_bytes_bucket{a=\"b\",le=\"+Inf\"} 5\n"
                       "size_bytes_sum{a=\"b\"} 6.5\n"
                       "size_bytes_count{a=\"b\"} 5\n");
}

static void summaries_become_summaries(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUMMARY, "lag", "", "");
    build_open_point(&build, ATTRIBUTES("quantile", "x"), HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_SUMMARY_DATA_POINT_COUNT, 5);
    build_double(&build, HAE_OTLP_SUMMARY_DATA_POINT_SUM, 6.5);
    build_open(&build, HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES);
    build_double(&build, HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE, 0.5);
    build_double(&build, HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE, 1.25);
    build_close(&build);
    build_close(&build);
    check_text(&build, "# TYPE lag summary\n"
                       "lag{exported_quantile=\"x\",quantile=\"0.5\"} 1.25\n"
                       "lag_sum{exported_quantile=\"x\"} 6.5\n"
                       "lag_count{exported_quantile=\"x\"} 5\n");
}

/* The sum of a summary is no optional field: one that is not written is 0. */
static void summaries_have_a_sum(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_SUMMARY, "lag", "", "");
    build_open_point(&build, NULL, 0);
    build_fixed(&build, HAE_OTLP_SUMMARY_DATA_POINT_COUNT, 5);
    build_close(&build);
    check_text(&build, "# TYPE lag summary\n"
                       "lag_sum 0\n"
                       "lag_count 5\n");
}

/* A label le or quantile twice would make a scraper refuse the page. */
static void constant_labels_leave_reserved_names_alone(void **state)
{
    static const haetae_string all[] = {{"*", 1}};
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.target_info = false;
    options.included = (struct hae_prom_patterns){all, 1};
    build_request(&build, NULL);
    build.bytes.length = 0; /* with attributes */
    build.depth = 0;
    build_open(&build, HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS);
    build_open(&build, HAE_OTLP_RESOURCE_METRICS_RESOURCE);
    build_attribute(&build, HAE_OTLP_RESOURCE_ATTRIBUTES, "le", "r");
    build_attribute(&build, HAE_OTLP_RESOURCE_ATTRIBUTES, "quantile", "r");
    build_close(&build);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_HISTOGRAM, "size", "", "");
    build_open_point(&build, NULL, 0);
    build_fixed(&build, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, 5);
    build_close(&build);
    build_metric(&build, HAE_OTLP_METRIC_SUMMARY, "lag", "", "");
    build_open_point(&build, NULL, 0);
    build_close(&build);
    check_with(&build, &options, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
               "# TYPE lag summary\n"
               "lag_sum{exported_quantile=\"r\",le=\"r\"} 0\n"
               "lag_count{exported_quantile=\"r\",le=\"r\"} 0\n"
               "# TYPE size histogram\n"
               "size_bucket{exported_le=\"r\",quantile=\"r\",le=\"+Inf\"} 5\n"
               "size_count{exported_le=\"r\",quantile=\"r\"} 5\n");
}

static void colliding_keys_are_merged(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(&build, 1, ATTRIBUTES("a_b", "3", "z", "last", "a.b", "2", "a-b", "1"));
    check_text(&build, "# TYPE load gauge\n"
                       "load{a_b=\"1;2;3\",z=\"last\"} 1\n");
}

static void label_values_are_escaped(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(&build, 1, ATTRIBUTES("a", "q\"b\\s\nl\té\xFF\xC3"));
    check_text(&build, "# TYPE load gauge\n"
                       "load{a=\"q\\\"b\\\\s\\nl\té\xEF\xBF\xBD\xEF\xBF\xBD\"} 1\n");
}

static void add_value(struct build *build, const char *key)
{
    build_open(build, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_text(build, HAE_OTLP_KEY_VALUE_KEY, key);
    build_open(build, HAE_OTLP_KEY_VALUE_VALUE);
}

static void end_value(struct build *build)
{
    build_close(build);
    build_close(build);
}

static void values_of_all_types_become_text(void **state)
{
    struct build build;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_open_point(&build, NULL, 0);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 1);
    add_value(&build, "a");
    build_uint(&build, HAE_OTLP_ANY_VALUE_BOOL_VALUE, 1);
    end_value(&build);
    add_value(&build, "b");
    build_uint(&build, HAE_OTLP_ANY_VALUE_INT_VALUE, (uint64_t)-5);
    end_value(&build);
    add_value(&build, "c");
    build_double(&build, HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, 1.5);
    end_value(&build);
    add_value(&build, "d");
    build_double(&build, HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, -__builtin_inf());
    end_value(&build);
    add_value(&build, "e");
    build_bytes(&build, HAE_OTLP_ANY_VALUE_BYTES_VALUE, "hello world", 11);
    end_value(&build);
    add_value(&build, "f");
    build_open(&build, HAE_OTLP_ANY_VALUE_ARRAY_VALUE);
    build_open(&build, HAE_OTLP_ARRAY_VALUE_VALUES);
    build_text(&build, HAE_OTLP_ANY_VALUE_STRING_VALUE, "x");
    build_close(&build);
    build_open(&build, HAE_OTLP_ARRAY_VALUE_VALUES);
    build_close(&build);
    build_close(&build);
    end_value(&build);
    add_value(&build, "g");
    build_open(&build, HAE_OTLP_ANY_VALUE_KVLIST_VALUE);
    build_attribute(&build, HAE_OTLP_KEY_VALUE_LIST_VALUES, "k", "v");
    build_close(&build);
    end_value(&build);
    add_value(&build, "h");
    end_value(&build);
    build_close(&build);
    check_text(&build, "# TYPE load gauge\n"
                       "load{a=\"true\",b=\"-5\",c=\"1.5\",d=\"-Infinity\",e=\"aGVsbG8gd29ybGQ=\","
                       "f=\"[\\\"x\\\",null]\",g=\"{\\\"k\\\":\\\"v\\\"}\"} 1\n");
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

static void resource_attributes_as_constant_labels(void **state)
{
    static const haetae_string included[] = {{"service.*", 9}};
    static const haetae_string excluded[] = {{"*.version", 9}};
    struct hae_prom_options options = check_defaults;
    struct build build;

    (void)state;
    options.target_info = false;
    options.included = (struct hae_prom_patterns){included, 1};
    options.excluded = (struct hae_prom_patterns){excluded, 1};
    build_request(&build, "dispatch");
    build.bytes.length = 0; /* with more attributes */
    build.depth = 0;
    build_open(&build, HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS);
    build_open(&build, HAE_OTLP_RESOURCE_METRICS_RESOURCE);
    build_attribute(&build, HAE_OTLP_RESOURCE_ATTRIBUTES, "service.name", "dispatch");
    build_attribute(&build, HAE_OTLP_RESOURCE_ATTRIBUTES, "service.version", "3");
    build_attribute(&build, HAE_OTLP_RESOURCE_ATTRIBUTES, "host.name", "h");
    build_close(&build);
    build_scope(&build, NULL, NULL);
    build_metric(&build, HAE_OTLP_METRIC_GAUGE, "load", "", "");
    build_int_point(&build, 1, NULL);
    check_with(&build, &options, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
               "# TYPE load gauge\nload{service_name=\"dispatch\"} 1\n");
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
        cmocka_unit_test(series_with_the_same_labels_are_left_out),
        cmocka_unit_test(labels_that_become_the_same_are_one_series),
        cmocka_unit_test(families_may_have_the_same_labels),
        cmocka_unit_test(scope_labels),
        cmocka_unit_test(scope_labels_can_be_disabled),
        cmocka_unit_test(gauges_become_gauges),
        cmocka_unit_test(sums_become_counters_or_gauges),
        cmocka_unit_test(delta_is_refused),
        cmocka_unit_test(counter_without_suffix_is_unknown_in_openmetrics),
        cmocka_unit_test(cumulative_histograms_become_histograms),
        cmocka_unit_test(exemplars_of_histograms),
        cmocka_unit_test(exemplars_of_monotonic_sums),
        cmocka_unit_test(openmetrics_has_sum_and_count_together),
        cmocka_unit_test(exponential_histograms_have_one_bucket_in_text),
        cmocka_unit_test(summaries_become_summaries),
        cmocka_unit_test(summaries_have_a_sum),
        cmocka_unit_test(constant_labels_leave_reserved_names_alone),
        cmocka_unit_test(colliding_keys_are_merged),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(values_of_all_types_become_text),
        cmocka_unit_test(target_info_from_resource),
        cmocka_unit_test(resource_attributes_as_constant_labels),
        cmocka_unit_test(utf8_names_are_quoted),
        cmocka_unit_test(points_without_a_value_are_left_out),
        cmocka_unit_test(several_requests_are_one_page),
        cmocka_unit_test(cut_requests_are_refused),
        cmocka_unit_test(out_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
