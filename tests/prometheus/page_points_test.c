/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for Prometheus: what becomes of each kind of data points, with exemplars. */
#include "check.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"

#define IDS "span_id=\"5b8efff798038103\",trace_id=\"5b8efff798038103d269b633813fc60c\""

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
