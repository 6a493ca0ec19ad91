/* SPDX-License-Identifier: Apache-2.0 */
/* Pages in the protobuf format, byte by byte. */
#include "check.h"
#include "client.h"
#include "protobuf.h"
#include "support/core_cmocka.h"
#include "wire/otlp.h"

/* A message that stands by itself behind its length: the builder's, without the tag. */
static void expect_family(struct build *build, struct build *expected)
{
    struct hae_prom_request request = build_end(expected);
    size_t length;
    char *page = check_page(&check_defaults, HAE_PROM_PROTOBUF, HAE_PROM_ESCAPE_UNDERSCORES,
                            build_end(build), &length);

    assert_int_equal(length, request.size_bytes - 1);
    assert_memory_equal(page, request.data + 1, length);
    free(page);
    build_done(build);
    build_done(expected);
}

static void begin_expected(struct build *expected, const char *name, uint64_t type)
{
    *expected = (struct build){.bytes = HAE_BUFFER_INIT};
    build_open(expected, 1);
    build_text(expected, HAE_CLIENT_METRIC_FAMILY_NAME, name);
    build_uint(expected, HAE_CLIENT_METRIC_FAMILY_TYPE, type);
}

static void expect_label(struct build *expected, unsigned field, const char *name,
                         const char *value)
{
    build_open(expected, field);
    build_text(expected, HAE_CLIENT_LABEL_PAIR_NAME, name);
    build_text(expected, HAE_CLIENT_LABEL_PAIR_VALUE, value);
    build_close(expected);
}

static void expect_time(struct build *expected, unsigned field, uint64_t seconds, uint64_t nanos)
{
    build_open(expected, field);
    build_uint(expected, HAE_CLIENT_TIMESTAMP_SECONDS, seconds);
    build_uint(expected, HAE_CLIENT_TIMESTAMP_NANOS, nanos);
    build_close(expected);
}

static void expect_exemplar(struct build *expected, unsigned field, double value)
{
    build_open(expected, field);
    expect_label(expected, HAE_CLIENT_EXEMPLAR_LABEL, "span_id", "5b8efff798038103");
    expect_label(expected, HAE_CLIENT_EXEMPLAR_LABEL, "trace_id",
                 "5b8efff798038103d269b633813fc60c");
    build_double(expected, HAE_CLIENT_EXEMPLAR_VALUE, value);
    expect_time(expected, HAE_CLIENT_EXEMPLAR_TIMESTAMP, 2, 5);
    build_close(expected);
}

static void counters_have_exemplars_and_a_start(void **state)
{
    static const char *const attributes[] = {"a.b", "1", "a_b", "2", NULL};
    struct build build;
    struct build expected;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_SUM, "done", 2, true);
    build_open_point(&build, attributes, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO, 3000000004u);
    build_fixed(&build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, 7);
    build_exemplar(&build, HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, 1.5, 2000000005, NULL, NULL);
    build_close(&build);

    begin_expected(&expected, "done_total", HAE_CLIENT_COUNTER);
    build_open(&expected, HAE_CLIENT_METRIC_FAMILY_METRIC);
    expect_label(&expected, HAE_CLIENT_METRIC_LABEL, "a_b", "1;2");
    build_open(&expected, HAE_CLIENT_METRIC_COUNTER);
    build_double(&expected, HAE_CLIENT_COUNTER_VALUE, 7);
    expect_exemplar(&expected, HAE_CLIENT_COUNTER_EXEMPLAR, 1.5);
    expect_time(&expected, HAE_CLIENT_COUNTER_CREATED_TIMESTAMP, 3, 4);
    expect_family(&build, &expected);
}

static void histograms_have_buckets(void **state)
{
    static const uint64_t counts[] = {2, 1};
    static const double bounds[] = {0.5};
    struct build build;
    struct build expected;

    (void)state;
    build_request(&build, NULL);
    build_scope(&build, NULL, NULL);
    build_metric_of(&build, HAE_OTLP_METRIC_HISTOGRAM, "time", 2, false);
    build_open_point(&build, NULL, 0);
    build_histogram(&build, 3, 4.5, counts, bounds, 1);
    build_exemplar(&build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 0.5, 2000000005, NULL, NULL);
    build_close(&build);

    begin_expected(&expected, "time", HAE_CLIENT_HISTOGRAM);
    build_open(&expected, HAE_CLIENT_METRIC_FAMILY_METRIC);
    build_open(&expected, HAE_CLIENT_METRIC_HISTOGRAM);
    build_uint(&expected, HAE_CLIENT_HISTOGRAM_SAMPLE_COUNT, 3);
    build_double(&expected, HAE_CLIENT_HISTOGRAM_SAMPLE_SUM, 4.5);
    build_open(&expected, HAE_CLIENT_HISTOGRAM_BUCKET);
    build_uint(&expected, HAE_CLIENT_BUCKET_CUMULATIVE_COUNT, 2);
    build_double(&expected, HAE_CLIENT_BUCKET_UPPER_BOUND, 0.5);
    expect_exemplar(&expected, HAE_CLIENT_BUCKET_EXEMPLAR, 0.5);
    build_close(&expected);
    build_open(&expected, HAE_CLIENT_HISTOGRAM_BUCKET);
    build_uint(&expected, HAE_CLIENT_BUCKET_CUMULATIVE_COUNT, 3);
    build_double(&expected, HAE_CLIENT_BUCKET_UPPER_BOUND, __builtin_inf());
    build_close(&expected);
    expect_family(&build, &expected);
}

/* ---- Native histograms ------------------------------------------------------------------- */

static void build_buckets(struct build *build, unsigned field, int64_t offset, const char *counts,
                          size_t count)
{
    build_open(build, field);
    build_sint(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET, offset);
    build_bytes(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS, counts,
                count);
    build_close(build);
}

static void build_exponential(struct build *build, int64_t scale, double zero_threshold)
{
    build_request(build, NULL);
    build_scope(build, NULL, NULL);
    build_metric_of(build, HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, "size", 2, false);
    build_open_point(build, NULL, 0);
    build_fixed(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT, 40);
    build_double(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM, 6.5);
    build_sint(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE, scale);
    build_fixed(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT, 2);
    if (zero_threshold > 0) {
        build_double(build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD,
                     zero_threshold);
    }
}

static void begin_native(struct build *expected, int64_t schema, double zero_threshold)
{
    begin_expected(expected, "size", HAE_CLIENT_HISTOGRAM);
    build_open(expected, HAE_CLIENT_METRIC_FAMILY_METRIC);
    build_open(expected, HAE_CLIENT_METRIC_HISTOGRAM);
    build_uint(expected, HAE_CLIENT_HISTOGRAM_SAMPLE_COUNT, 40);
    build_double(expected, HAE_CLIENT_HISTOGRAM_SAMPLE_SUM, 6.5);
    build_sint(expected, HAE_CLIENT_HISTOGRAM_SCHEMA, schema);
    build_double(expected, HAE_CLIENT_HISTOGRAM_ZERO_THRESHOLD, zero_threshold);
    build_uint(expected, HAE_CLIENT_HISTOGRAM_ZERO_COUNT, 2);
}

static void expect_span(struct build *expected, unsigned field, int64_t offset, uint64_t length)
{
    build_open(expected, field);
    build_sint(expected, HAE_CLIENT_BUCKET_SPAN_OFFSET, offset);
    build_uint(expected, HAE_CLIENT_BUCKET_SPAN_LENGTH, length);
    build_close(expected);
}

/* The example of the specification, and one below zero. */
static void exponential_histograms_become_native(void **state)
{
    static const int64_t deltas[] = {10, 10, -15, -3};
    struct build build;
    struct build expected;

    (void)state;
    build_exponential(&build, 3, 0);
    build_buckets(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE, 3,
                  "\x0A\x00\x00\x14\x05\x02", 6);
    build_buckets(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE, -9, "\x80\x02", 2);
    build_exemplar(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS, 1.25, 2000000005,
                   NULL, NULL);
    build_close(&build);

    begin_native(&expected, 3, 1e-128);
    expect_span(&expected, HAE_CLIENT_HISTOGRAM_NEGATIVE_SPAN, -8, 1);
    build_sint(&expected, HAE_CLIENT_HISTOGRAM_NEGATIVE_DELTA, 256);
    expect_span(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_SPAN, 4, 1);
    expect_span(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_SPAN, 2, 3);
    for (size_t i = 0; i < 4; i++) {
        build_sint(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_DELTA, deltas[i]);
    }
    expect_exemplar(&expected, HAE_CLIENT_HISTOGRAM_EXEMPLARS, 1.25);
    expect_family(&build, &expected);
}

/* Of scale 10, so that four buckets become one: indices -3 to 2 become -1 and 0. */
static void finer_scales_are_reduced(void **state)
{
    struct build build;
    struct build expected;

    (void)state;
    build_exponential(&build, 10, 0.25);
    build_buckets(&build, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE, -3,
                  "\x01\x00\x02\x04\x00\x08", 6);
    build_close(&build);

    begin_native(&expected, 8, 0.25);
    expect_span(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_SPAN, 0, 2);
    build_sint(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_DELTA, 3);
    build_sint(&expected, HAE_CLIENT_HISTOGRAM_POSITIVE_DELTA, 9);
    expect_family(&build, &expected);
}

static void coarser_scales_are_left_out(void **state)
{
    struct build build;
    struct build expected;

    (void)state;
    build_exponential(&build, -5, 0);
    build_close(&build);
    begin_expected(&expected, "size", HAE_CLIENT_HISTOGRAM);
    expect_family(&build, &expected);
    assert_string_equal(check_reports, "a series of \"size\" is left out: a native histogram needs "
                                       "a sum and a scale of at least -4\n");
}

static void the_resource_is_a_gauge(void **state)
{
    struct build build;
    struct build expected;

    (void)state;
    build_request(&build, "dispatch");
    expected = (struct build){.bytes = HAE_BUFFER_INIT};
    build_open(&expected, 1);
    build_text(&expected, HAE_CLIENT_METRIC_FAMILY_NAME, "target_info");
    build_text(&expected, HAE_CLIENT_METRIC_FAMILY_HELP, "Target metadata");
    build_uint(&expected, HAE_CLIENT_METRIC_FAMILY_TYPE, HAE_CLIENT_GAUGE);
    build_open(&expected, HAE_CLIENT_METRIC_FAMILY_METRIC);
    expect_label(&expected, HAE_CLIENT_METRIC_LABEL, "service_name", "dispatch");
    build_open(&expected, HAE_CLIENT_METRIC_GAUGE);
    build_double(&expected, HAE_CLIENT_COUNTER_VALUE, 1);
    expect_family(&build, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_have_exemplars_and_a_start),
        cmocka_unit_test(histograms_have_buckets),
        cmocka_unit_test(exponential_histograms_become_native),
        cmocka_unit_test(finer_scales_are_reduced),
        cmocka_unit_test(coarser_scales_are_left_out),
        cmocka_unit_test(the_resource_is_a_gauge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
