/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for Prometheus: labels of attributes, scopes and resources, and series that have the
 * same. */
#include "check.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_with_the_same_labels_are_left_out),
        cmocka_unit_test(labels_that_become_the_same_are_one_series),
        cmocka_unit_test(families_may_have_the_same_labels),
        cmocka_unit_test(scope_labels),
        cmocka_unit_test(scope_labels_can_be_disabled),
        cmocka_unit_test(constant_labels_leave_reserved_names_alone),
        cmocka_unit_test(colliding_keys_are_merged),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(values_of_all_types_become_text),
        cmocka_unit_test(resource_attributes_as_constant_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
