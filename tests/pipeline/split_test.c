/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting requests, checked by protobuf-c, a reader independent of ours. */
#include "pipeline/split.h"

#include "base/alloc.h"
#include "otlp.pb-c.h"
#include "support/core_cmocka.h"

enum { SCOPES = 3, ITEMS_MAX = 7 };

/* The number of items in each scope. */
static const size_t item_counts[SCOPES] = {ITEMS_MAX, 0, 2};

static struct hae_request *packed(haetae_signal signal, const ProtobufCMessage *message,
                                  uint64_t item_count)
{
    struct hae_request *request =
        hae_request_new(signal, protobuf_c_message_get_packed_size(message));

    assert_non_null(request);
    protobuf_c_message_pack(message, request->data);
    request->item_count = item_count;
    return request;
}

/* ---- Traces -------------------------------------------------------------------------------- */

/* Spans with consecutive numbers, in all scopes. */
static struct hae_request *make_traces(void)
{
    static char *names[SCOPES] = {"first", "empty", "last"};
    HaeOtlp__ExportTraceServiceRequest all = HAE_OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    HaeOtlp__ResourceSpans resource = HAE_OTLP__RESOURCE_SPANS__INIT;
    HaeOtlp__ResourceSpans *resources[] = {&resource};
    HaeOtlp__Resource described = HAE_OTLP__RESOURCE__INIT;
    HaeOtlp__InstrumentationScope scopes[SCOPES];
    HaeOtlp__ScopeSpans sections[SCOPES], *section_list[SCOPES];
    HaeOtlp__Span spans[SCOPES][ITEMS_MAX], *span_lists[SCOPES][ITEMS_MAX];
    uint32_t number = 0;

    for (size_t s = 0; s < SCOPES; s++) {
        hae_otlp__scope_spans__init(&sections[s]);
        hae_otlp__instrumentation_scope__init(&scopes[s]);
        scopes[s].name = names[s];
        sections[s].scope = &scopes[s];
        sections[s].schema_url = names[s];
        sections[s].n_spans = item_counts[s];
        sections[s].spans = span_lists[s];
        section_list[s] = &sections[s];
        for (size_t i = 0; i < item_counts[s]; i++) {
            hae_otlp__span__init(&spans[s][i]);
            spans[s][i].has_flags = 1;
            spans[s][i].flags = number++;
            span_lists[s][i] = &spans[s][i];
        }
    }
    described.has_dropped_attributes_count = 1;
    described.dropped_attributes_count = 77;
    resource.resource = &described;
    resource.n_scope_spans = SCOPES;
    resource.scope_spans = section_list;
    all.n_resource_spans = 1;
    all.resource_spans = resources;
    return packed(HAETAE_SIGNAL_TRACES, &all.base, number);
}

/* Checks a part, and that its spans continue from *next. */
static void check_traces(const struct hae_request *part, uint32_t *next)
{
    HaeOtlp__ExportTraceServiceRequest *read =
        hae_otlp__export_trace_service_request__unpack(NULL, part->size_bytes, part->data);
    uint32_t first = *next;

    assert_non_null(read);
    assert_int_equal(read->n_resource_spans, 1);
    assert_int_equal(read->resource_spans[0]->resource->dropped_attributes_count, 77);
    for (size_t s = 0; s < read->resource_spans[0]->n_scope_spans; s++) {
        const HaeOtlp__ScopeSpans *section = read->resource_spans[0]->scope_spans[s];

        assert_true(section->n_spans > 0);
        assert_string_equal(section->scope->name, *next < ITEMS_MAX ? "first" : "last");
        assert_string_equal(section->schema_url, section->scope->name);
        for (size_t i = 0; i < section->n_spans; i++) {
            assert_int_equal(section->spans[i]->flags, (*next)++);
        }
    }
    assert_int_equal(part->item_count, *next - first);
    hae_otlp__export_trace_service_request__free_unpacked(read, NULL);
}

static void spans_stay_with_their_scope_and_resource(void **state)
{
    struct hae_request *request = make_traces();
    struct hae_request *parts[2];
    uint32_t next = 0;

    (void)state;
    assert_int_equal(hae_request_split(request, SIZE_MAX, parts), HAE_CUT_DONE);
    check_traces(parts[0], &next);
    assert_int_equal(next, 4);
    check_traces(parts[1], &next);
    assert_int_equal(next, request->item_count);
    hae_request_free(parts[0]);
    hae_request_free(parts[1]);
    hae_request_free(request);
}

/* Splits down to single items. Checks that each is there once and in order. */
static void split_all(struct hae_request *request,
                      void (*check)(const struct hae_request *, uint32_t *), uint32_t *next)
{
    struct hae_request *parts[2];

    if (hae_request_split(request, SIZE_MAX, parts) == HAE_CUT_ONE_ITEM) {
        assert_int_equal(request->item_count, 1);
        check(request, next);
    } else {
        split_all(parts[0], check, next);
        split_all(parts[1], check, next);
    }
    hae_request_free(request);
}

static void every_span_is_in_one_part(void **state)
{
    uint32_t next = 0;

    (void)state;
    split_all(make_traces(), check_traces, &next);
    assert_int_equal(next, ITEMS_MAX + 2);
}

/* ---- Metrics ------------------------------------------------------------------------------- */

enum { KINDS = 5, POINTS = 5 };

/* One metric of each kind. The flags of their points are consecutive numbers. */
static struct hae_request *make_metrics(void)
{
    HaeOtlp__ExportMetricsServiceRequest all = HAE_OTLP__EXPORT_METRICS_SERVICE_REQUEST__INIT;
    HaeOtlp__ResourceMetrics resource = HAE_OTLP__RESOURCE_METRICS__INIT;
    HaeOtlp__ResourceMetrics *resources[] = {&resource};
    HaeOtlp__ScopeMetrics section = HAE_OTLP__SCOPE_METRICS__INIT;
    HaeOtlp__ScopeMetrics *sections[] = {&section};
    HaeOtlp__KeyValue metadata = HAE_OTLP__KEY_VALUE__INIT;
    HaeOtlp__KeyValue *metadata_list[] = {&metadata};
    HaeOtlp__Metric metrics[KINDS], *list[KINDS];
    HaeOtlp__Gauge gauge = HAE_OTLP__GAUGE__INIT;
    HaeOtlp__Sum sum = HAE_OTLP__SUM__INIT;
    HaeOtlp__Histogram histogram = HAE_OTLP__HISTOGRAM__INIT;
    HaeOtlp__ExponentialHistogram exponential = HAE_OTLP__EXPONENTIAL_HISTOGRAM__INIT;
    HaeOtlp__Summary summary = HAE_OTLP__SUMMARY__INIT;
    HaeOtlp__NumberDataPoint numbers[2][POINTS], *number_lists[2][POINTS];
    HaeOtlp__HistogramDataPoint buckets[POINTS], *bucket_list[POINTS];
    HaeOtlp__ExponentialHistogramDataPoint scales[POINTS], *scale_list[POINTS];
    HaeOtlp__SummaryDataPoint quantiles[POINTS], *quantile_list[POINTS];

#define MAKE_POINT(points, pointers, i, name, base_number)                                         \
    do {                                                                                           \
        hae_otlp__##name##_data_point__init(&(points)[i]);                                         \
        (points)[i].has_flags = 1;                                                                 \
        (points)[i].flags = (uint32_t)((base_number) + (i));                                       \
        (pointers)[i] = &(points)[i];                                                              \
    } while (0)
    for (size_t i = 0; i < POINTS; i++) {
        MAKE_POINT(numbers[0], number_lists[0], i, number, 0);
        MAKE_POINT(numbers[1], number_lists[1], i, number, POINTS);
        MAKE_POINT(buckets, bucket_list, i, histogram, 2 * POINTS);
        MAKE_POINT(scales, scale_list, i, exponential_histogram, 3 * POINTS);
        MAKE_POINT(quantiles, quantile_list, i, summary, 4 * POINTS);
    }
#undef MAKE_POINT
    for (size_t i = 0; i < KINDS; i++) {
        hae_otlp__metric__init(&metrics[i]);
        metrics[i].name = "metric";
        metrics[i].n_metadata = 1;
        metrics[i].metadata = metadata_list;
        list[i] = &metrics[i];
    }
    metadata.key = "kept";
    gauge.n_data_points = sum.n_data_points = histogram.n_data_points = POINTS;
    exponential.n_data_points = summary.n_data_points = POINTS;
    gauge.data_points = number_lists[0];
    sum.data_points = number_lists[1];
    sum.has_is_monotonic = sum.is_monotonic = 1;
    histogram.data_points = bucket_list;
    exponential.data_points = scale_list;
    summary.data_points = quantile_list;
    metrics[0].data_case = HAE_OTLP__METRIC__DATA_GAUGE;
    metrics[0].gauge = &gauge;
    metrics[1].data_case = HAE_OTLP__METRIC__DATA_SUM;
    metrics[1].sum = &sum;
    metrics[2].data_case = HAE_OTLP__METRIC__DATA_HISTOGRAM;
    metrics[2].histogram = &histogram;
    metrics[3].data_case = HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM;
    metrics[3].exponential_histogram = &exponential;
    metrics[4].data_case = HAE_OTLP__METRIC__DATA_SUMMARY;
    metrics[4].summary = &summary;
    section.n_metrics = KINDS;
    section.metrics = list;
    resource.n_scope_metrics = 1;
    resource.scope_metrics = sections;
    all.n_resource_metrics = 1;
    all.resource_metrics = resources;
    return packed(HAETAE_SIGNAL_METRICS, &all.base, KINDS * POINTS);
}

static void check_metric(const HaeOtlp__Metric *metric, uint32_t *next)
{
    uint32_t first = *next;

    assert_string_equal(metric->name, "metric");
    assert_int_equal(metric->n_metadata, 1);
    assert_string_equal(metric->metadata[0]->key, "kept");
#define CHECK_POINTS(data)                                                                         \
    for (size_t i = 0; i < (data)->n_data_points; i++) {                                           \
        assert_int_equal((data)->data_points[i]->flags, (*next)++);                                \
    }
    switch (metric->data_case) {
    case HAE_OTLP__METRIC__DATA_GAUGE:
        CHECK_POINTS(metric->gauge);
        break;
    case HAE_OTLP__METRIC__DATA_SUM:
        assert_true(metric->sum->is_monotonic);
        CHECK_POINTS(metric->sum);
        break;
    case HAE_OTLP__METRIC__DATA_HISTOGRAM:
        CHECK_POINTS(metric->histogram);
        break;
    case HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM:
        CHECK_POINTS(metric->exponential_histogram);
        break;
    case HAE_OTLP__METRIC__DATA_SUMMARY:
        CHECK_POINTS(metric->summary);
        break;
    default:
        fail();
    }
#undef CHECK_POINTS
    assert_true(*next > first);
}

static void check_metrics(const struct hae_request *part, uint32_t *next)
{
    HaeOtlp__ExportMetricsServiceRequest *read =
        hae_otlp__export_metrics_service_request__unpack(NULL, part->size_bytes, part->data);
    uint32_t first = *next;

    assert_non_null(read);
    assert_int_equal(read->resource_metrics[0]->n_scope_metrics, 1);
    for (size_t i = 0; i < read->resource_metrics[0]->scope_metrics[0]->n_metrics; i++) {
        check_metric(read->resource_metrics[0]->scope_metrics[0]->metrics[i], next);
    }
    assert_int_equal(part->item_count, *next - first);
    hae_otlp__export_metrics_service_request__free_unpacked(read, NULL);
}

static void metrics_are_split_between_points(void **state)
{
    struct hae_request *request = make_metrics();
    struct hae_request *parts[2];
    uint32_t next = 0;

    (void)state;
    assert_int_equal(hae_request_split(request, SIZE_MAX, parts), HAE_CUT_DONE);
    check_metrics(parts[0], &next);
    assert_int_equal(next, KINDS * POINTS / 2);
    check_metrics(parts[1], &next);
    hae_request_free(parts[0]);
    hae_request_free(parts[1]);
    next = 0;
    split_all(request, check_metrics, &next);
    assert_int_equal(next, KINDS * POINTS);
}

static void a_metric_is_cut_to_a_range_of_points(void **state)
{
    struct hae_request *request = make_metrics();
    HaeOtlp__ExportMetricsServiceRequest *read =
        hae_otlp__export_metrics_service_request__unpack(NULL, request->size_bytes, request->data);
    const HaeOtlp__Metric *metric = read->resource_metrics[0]->scope_metrics[0]->metrics[2];
    uint8_t whole[512], cut[512];
    size_t size = hae_otlp__metric__pack(metric, whole);
    HaeOtlp__Metric *again;
    uint32_t next = 2 * POINTS + 1;

    (void)state;
    assert_int_equal(hae_metric_cut(whole, size, 0, POINTS, cut), size);
    assert_memory_equal(whole, cut, size);
    size = hae_metric_cut(whole, size, 1, 3, cut);
    again = hae_otlp__metric__unpack(NULL, size, cut);
    assert_non_null(again);
    check_metric(again, &next);
    assert_int_equal(next, 2 * POINTS + 3);
    hae_otlp__metric__free_unpacked(again, NULL);
    hae_otlp__export_metrics_service_request__free_unpacked(read, NULL);
    hae_request_free(request);
}

/* ---- Limits -------------------------------------------------------------------------------- */

static void one_item_is_not_split(void **state)
{
    uint8_t one[] = {0x0A, 4, 0x12, 2, 0x12, 0}; /* resource { scope { item } } */
    struct hae_request *request = hae_request_new(HAETAE_SIGNAL_LOGS, sizeof one);
    struct hae_request *parts[2];

    (void)state;
    memcpy(request->data, one, sizeof one);
    request->item_count = 1;
    assert_int_equal(hae_request_split(request, SIZE_MAX, parts), HAE_CUT_ONE_ITEM);
    /* Nor is a request whose content is not what it should be. */
    request->item_count = 5;
    assert_int_equal(hae_request_split(request, SIZE_MAX, parts), HAE_CUT_ONE_ITEM);
    hae_request_free(request);
}

static void parts_take_no_more_memory_than_they_may(void **state)
{
    struct hae_request *request = make_traces();
    struct hae_request *parts[2];
    size_t charge;

    (void)state;
    assert_int_equal(hae_request_split(request, SIZE_MAX, parts), HAE_CUT_DONE);
    charge = hae_request_charge(parts[0]->size_bytes) + hae_request_charge(parts[1]->size_bytes);
    hae_request_free(parts[0]);
    hae_request_free(parts[1]);
    assert_int_equal(hae_request_split(request, charge - 1, parts), HAE_CUT_NO_ROOM);
    assert_int_equal(hae_request_split(request, charge, parts), HAE_CUT_DONE);
    hae_request_free(parts[0]);
    hae_request_free(parts[1]);
    hae_request_free(request);
}

static void a_split_without_memory_leaves_nothing_behind(void **state)
{
    struct hae_request *request = make_traces();
    struct hae_request *parts[2];
    long live = hae_alloc_live_count();
    enum hae_cut cut = HAE_CUT_NO_MEMORY;

    (void)state;
    for (long i = 0; cut == HAE_CUT_NO_MEMORY; i++) {
        assert_int_equal(hae_alloc_live_count(), live);
        hae_alloc_fail_after(i);
        cut = hae_request_split(request, SIZE_MAX, parts);
        hae_alloc_fail_after(-1);
    }
    assert_int_equal(cut, HAE_CUT_DONE);
    hae_request_free(parts[0]);
    hae_request_free(parts[1]);
    hae_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_stay_with_their_scope_and_resource),
        cmocka_unit_test(every_span_is_in_one_part),
        cmocka_unit_test(metrics_are_split_between_points),
        cmocka_unit_test(a_metric_is_cut_to_a_range_of_points),
        cmocka_unit_test(one_item_is_not_split),
        cmocka_unit_test(parts_take_no_more_memory_than_they_may),
        cmocka_unit_test(a_split_without_memory_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
