/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_fixture.h"

#include <math.h>

#include "otlp.pb-c.h"

/* ---- Messages: one of each kind, linked into a request on the stack ---------------- */

struct text_attribute {
    HaeOtlp__AnyValue value;
    HaeOtlp__KeyValue pair;
};

static void set_attribute(struct text_attribute *attribute, char *key, char *value)
{
    hae_otlp__any_value__init(&attribute->value);
    hae_otlp__key_value__init(&attribute->pair);
    attribute->value.value_case = HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    attribute->value.string_value = value;
    attribute->pair.key = key;
    attribute->pair.value = &attribute->value;
}

static ProtobufCBinaryData bytes_of(void *data, size_t length)
{
    return (ProtobufCBinaryData){length, data};
}

struct origin {
    struct text_attribute service;
    HaeOtlp__KeyValue *attributes[1];
    HaeOtlp__Resource resource;
    HaeOtlp__InstrumentationScope scope;
};

static void set_origin(struct origin *origin)
{
    set_attribute(&origin->service, "service.name", "shop");
    origin->attributes[0] = &origin->service.pair;
    hae_otlp__resource__init(&origin->resource);
    origin->resource.n_attributes = 1;
    origin->resource.attributes = origin->attributes;
    hae_otlp__instrumentation_scope__init(&origin->scope);
    origin->scope.name = "lib";
    origin->scope.version = "2.1";
}

static enum hae_view_decode_result decode_spans(struct fixture *fixture, HaeOtlp__Span **spans,
                                                size_t count)
{
    struct origin origin;
    set_origin(&origin);
    HaeOtlp__ScopeSpans scope_spans = HAE_OTLP__SCOPE_SPANS__INIT;
    HaeOtlp__ScopeSpans *scope_list[] = {&scope_spans};
    HaeOtlp__ResourceSpans resource_spans = HAE_OTLP__RESOURCE_SPANS__INIT;
    HaeOtlp__ResourceSpans *resource_list[] = {&resource_spans};
    HaeOtlp__ExportTraceServiceRequest request = HAE_OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    scope_spans.scope = &origin.scope;
    scope_spans.n_spans = count;
    scope_spans.spans = spans;
    resource_spans.resource = &origin.resource;
    resource_spans.n_scope_spans = 1;
    resource_spans.scope_spans = scope_list;
    request.n_resource_spans = 1;
    request.resource_spans = resource_list;
    return decode_message(fixture, HAE_VIEW_TRACES, &request.base);
}

static enum hae_view_decode_result decode_log(struct fixture *fixture, HaeOtlp__LogRecord *log)
{
    struct origin origin;
    set_origin(&origin);
    HaeOtlp__LogRecord *logs[] = {log};
    HaeOtlp__ScopeLogs scope_logs = HAE_OTLP__SCOPE_LOGS__INIT;
    HaeOtlp__ScopeLogs *scope_list[] = {&scope_logs};
    HaeOtlp__ResourceLogs resource_logs = HAE_OTLP__RESOURCE_LOGS__INIT;
    HaeOtlp__ResourceLogs *resource_list[] = {&resource_logs};
    HaeOtlp__ExportLogsServiceRequest request = HAE_OTLP__EXPORT_LOGS_SERVICE_REQUEST__INIT;
    scope_logs.scope = &origin.scope;
    scope_logs.n_log_records = 1;
    scope_logs.log_records = logs;
    resource_logs.resource = &origin.resource;
    resource_logs.n_scope_logs = 1;
    resource_logs.scope_logs = scope_list;
    request.n_resource_logs = 1;
    request.resource_logs = resource_list;
    return decode_message(fixture, HAE_VIEW_LOGS, &request.base);
}

static enum hae_view_decode_result decode_metric(struct fixture *fixture, HaeOtlp__Metric *metric)
{
    struct origin origin;
    set_origin(&origin);
    HaeOtlp__Metric *metrics[] = {metric};
    HaeOtlp__ScopeMetrics scope_metrics = HAE_OTLP__SCOPE_METRICS__INIT;
    HaeOtlp__ScopeMetrics *scope_list[] = {&scope_metrics};
    HaeOtlp__ResourceMetrics resource_metrics = HAE_OTLP__RESOURCE_METRICS__INIT;
    HaeOtlp__ResourceMetrics *resource_list[] = {&resource_metrics};
    HaeOtlp__ExportMetricsServiceRequest request = HAE_OTLP__EXPORT_METRICS_SERVICE_REQUEST__INIT;
    scope_metrics.scope = &origin.scope;
    scope_metrics.n_metrics = 1;
    scope_metrics.metrics = metrics;
    resource_metrics.resource = &origin.resource;
    resource_metrics.n_scope_metrics = 1;
    resource_metrics.scope_metrics = scope_list;
    request.n_resource_metrics = 1;
    request.resource_metrics = resource_list;
    return decode_message(fixture, HAE_VIEW_METRICS, &request.base);
}

static uint8_t trace_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static uint8_t span_id[8] = {1, 1, 1, 1, 1, 1, 1, 1};

static HaeOtlp__Span a_span(void)
{
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;
    span.has_trace_id = 1;
    span.trace_id = bytes_of(trace_id, sizeof trace_id);
    span.has_span_id = 1;
    span.span_id = bytes_of(span_id, sizeof span_id);
    span.name = "GET /x";
    span.has_kind = 1;
    span.kind = HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER;
    span.has_start_time_unix_nano = 1;
    span.start_time_unix_nano = EPOCH_NS - 5 * MS;
    span.has_end_time_unix_nano = 1;
    span.end_time_unix_nano = EPOCH_NS;
    return span;
}

/* ---- What is understood ------------------------------------------------------------ */

static void spans_arrive_with_all_that_is_shown(void **state)
{
    struct text_attribute attribute;
    HaeOtlp__KeyValue *attributes[] = {&attribute.pair};
    set_attribute(&attribute, "exception.message", "no\nroute");
    HaeOtlp__Span__Event event = HAE_OTLP__SPAN__EVENT__INIT;
    HaeOtlp__Span__Event *events[] = {&event};
    event.name = "exception";
    event.n_attributes = 1;
    event.attributes = attributes;
    HaeOtlp__Status status = HAE_OTLP__STATUS__INIT;
    status.has_code = 1;
    status.code = HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    HaeOtlp__Span span = a_span();
    span.status = &status;
    span.n_events = 1;
    span.events = events;
    HaeOtlp__Span *spans[] = {&span};
    assert_int_equal(decode_spans(*state, spans, 1), HAE_VIEW_DECODED);

    const struct hae_view_summary *summary = look(*state);
    assert_int_equal(summary->totals.counts.spans, 1);
    assert_int_equal(summary->totals.counts.entry_errors, 1);
    assert_int_equal(summary->totals.span_events, 1);
    assert_string_equal(summary->services[0].name, "shop");
    assert_string_equal(summary->services[0].scopes[0].name, "lib");
    assert_string_equal(summary->services[0].scopes[0].version, "2.1");
    assert_int_equal(summary->services[0].max_ns, 5 * MS);
    assert_string_equal(summary->errors[0].text, "GET /x: no\\nroute");
    assert_memory_equal(summary->errors[0].trace_id, trace_id, 16);
    assert_string_equal(summary->traces[0].spans[0].note, "no\\nroute");
}

static void spans_with_ids_of_a_wrong_length_are_counted_as_invalid(void **state)
{
    HaeOtlp__Span span = a_span();
    HaeOtlp__Span *spans[] = {&span};
    span.trace_id.len = 15;
    assert_int_equal(decode_spans(*state, spans, 1), HAE_VIEW_DECODED);
    span = a_span();
    uint8_t zero[8] = {0};
    span.span_id.data = zero;
    assert_int_equal(decode_spans(*state, spans, 1), HAE_VIEW_DECODED);
    assert_int_equal(look(*state)->totals.counts.spans, 2);
    assert_int_equal(look(*state)->totals.invalid_spans, 2);
}

static void logs_show_any_kind_of_body(void **state)
{
    struct text_attribute inner;
    set_attribute(&inner, "ride", "\x1b[31m7");
    HaeOtlp__KeyValue *pairs[] = {&inner.pair};
    HaeOtlp__KeyValueList map = HAE_OTLP__KEY_VALUE_LIST__INIT;
    map.n_values = 1;
    map.values = pairs;
    HaeOtlp__AnyValue body = HAE_OTLP__ANY_VALUE__INIT;
    body.value_case = HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE;
    body.kvlist_value = &map;
    HaeOtlp__LogRecord log = HAE_OTLP__LOG_RECORD__INIT;
    log.has_severity_number = 1;
    log.severity_number = HAE_OTLP__SEVERITY_NUMBER__SEVERITY_NUMBER_FATAL;
    log.body = &body;
    log.event_name = "ride.lost";
    log.has_trace_id = 1;
    log.trace_id = bytes_of(trace_id, sizeof trace_id);
    assert_int_equal(decode_log(*state, &log), HAE_VIEW_DECODED);
    const struct hae_view_summary *summary = look(*state);
    assert_int_equal(summary->totals.counts.logs, 1);
    assert_int_equal(summary->totals.logs_by_severity[HAE_VIEW_SEVERITY_FATAL], 1);
    assert_int_equal(summary->totals.logs_with_trace, 1);
    assert_string_equal(summary->errors[0].text, "ride.lost: {ride=\\x1b[31m7}");
}

/* Puts NULs in the place of '@' in the message that was packed last, and decodes it once more, as
 * another span. */
static void decode_with_nuls(struct fixture *fixture, enum hae_view_signal signal)
{
    uint8_t *id = memmem(fixture->packed, fixture->packed_length, span_id, sizeof span_id);

    if (id != NULL) {
        id[0] = 2;
    }
    for (size_t i = 0; i < fixture->packed_length; i++) {
        if (fixture->packed[i] == '@') {
            fixture->packed[i] = '\0';
        }
    }
    assert_int_equal(decode(fixture, signal, fixture->packed, fixture->packed_length),
                     HAE_VIEW_DECODED);
}

static void check_error(const struct hae_view_summary *summary, const char *text)
{
    for (size_t i = 0; i < summary->error_count; i++) {
        if (strcmp(summary->errors[i].text, text) == 0) {
            return;
        }
    }
    fail_msg("no error is shown as %s", text);
}

/* Text goes on behind a NUL, which is shown as other control characters are. */
static void nuls_are_shown_and_end_nothing(void **state)
{
    struct text_attribute inner;
    HaeOtlp__KeyValue *pairs[] = {&inner.pair};
    HaeOtlp__KeyValueList map = HAE_OTLP__KEY_VALUE_LIST__INIT;
    HaeOtlp__AnyValue body = HAE_OTLP__ANY_VALUE__INIT;
    HaeOtlp__LogRecord log = HAE_OTLP__LOG_RECORD__INIT;
    HaeOtlp__Span span = a_span();
    HaeOtlp__Span *spans[] = {&span};
    HaeOtlp__Status status = HAE_OTLP__STATUS__INIT;
    set_attribute(&inner, "ri@de", "@7@@");
    map.n_values = 1;
    map.values = pairs;
    body.value_case = HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE;
    body.kvlist_value = &map;
    log.has_severity_number = 1;
    log.severity_number = HAE_OTLP__SEVERITY_NUMBER__SEVERITY_NUMBER_FATAL;
    log.body = &body;
    log.event_name = "ride@lost";
    assert_int_equal(decode_log(*state, &log), HAE_VIEW_DECODED);
    decode_with_nuls(*state, HAE_VIEW_LOGS);
    check_error(look(*state), "ride\\x00lost: {ri\\x00de=\\x007\\x00\\x00}");

    status.has_code = 1;
    status.code = HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    status.message = "@no route@";
    span.name = "GET@/x";
    span.status = &status;
    assert_int_equal(decode_spans(*state, spans, 1), HAE_VIEW_DECODED);
    decode_with_nuls(*state, HAE_VIEW_TRACES);
    check_error(look(*state), "GET\\x00/x: \\x00no route\\x00");
}

static void sums_and_histograms_become_measurements(void **state)
{
    HaeOtlp__NumberDataPoint number = HAE_OTLP__NUMBER_DATA_POINT__INIT;
    HaeOtlp__NumberDataPoint *numbers[] = {&number};
    number.has_time_unix_nano = 1;
    number.time_unix_nano = EPOCH_NS;
    number.value_case = HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT;
    number.as_int = 40;
    HaeOtlp__Sum sum = HAE_OTLP__SUM__INIT;
    sum.n_data_points = 1;
    sum.data_points = numbers;
    sum.has_is_monotonic = 1;
    sum.is_monotonic = 1;
    sum.has_aggregation_temporality = 1;
    sum.aggregation_temporality =
        HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE;
    HaeOtlp__Metric metric = HAE_OTLP__METRIC__INIT;
    metric.name = "rides";
    metric.data_case = HAE_OTLP__METRIC__DATA_SUM;
    metric.sum = &sum;
    assert_int_equal(decode_metric(*state, &metric), HAE_VIEW_DECODED);

    HaeOtlp__HistogramDataPoint point = HAE_OTLP__HISTOGRAM_DATA_POINT__INIT;
    HaeOtlp__HistogramDataPoint *points[] = {&point};
    uint64_t counts[] = {1, 1};
    double bounds[] = {10};
    point.has_time_unix_nano = 1;
    point.time_unix_nano = EPOCH_NS;
    point.has_count = 1;
    point.count = 2;
    point.n_bucket_counts = 2;
    point.bucket_counts = counts;
    point.n_explicit_bounds = 1;
    point.explicit_bounds = bounds;
    HaeOtlp__Histogram histogram = HAE_OTLP__HISTOGRAM__INIT;
    histogram.n_data_points = 1;
    histogram.data_points = points;
    metric.name = "time";
    metric.unit = "ms";
    metric.data_case = HAE_OTLP__METRIC__DATA_HISTOGRAM;
    metric.histogram = &histogram;
    assert_int_equal(decode_metric(*state, &metric), HAE_VIEW_DECODED);

    const struct hae_view_summary *summary = look(*state);
    assert_int_equal(summary->totals.counts.data_points, 2);
    assert_int_equal(summary->measurements.integer_sums, 40);
    assert_int_equal(summary->measurements.histograms, 2);
    assert_int_equal(summary->services[0].scopes[0].measurements.histograms, 2);
    assert_true(fabs(summary->series[1].figures.p50 - 10) < 1e-9);
    assert_true(isnan(summary->series[1].figures.sum)); /* none was sent */
}

static void histograms_with_the_wrong_number_of_buckets_are_counted_only(void **state)
{
    HaeOtlp__HistogramDataPoint point = HAE_OTLP__HISTOGRAM_DATA_POINT__INIT;
    HaeOtlp__HistogramDataPoint *points[] = {&point};
    uint64_t counts[] = {1, 1, 7, 8};
    double bounds[] = {10};
    point.has_count = 1;
    point.count = 2;
    point.n_bucket_counts = 4;
    point.bucket_counts = counts;
    point.n_explicit_bounds = 1;
    point.explicit_bounds = bounds;
    HaeOtlp__Histogram histogram = HAE_OTLP__HISTOGRAM__INIT;
    histogram.n_data_points = 1;
    histogram.data_points = points;
    HaeOtlp__Metric metric = HAE_OTLP__METRIC__INIT;
    metric.data_case = HAE_OTLP__METRIC__DATA_HISTOGRAM;
    metric.histogram = &histogram;
    assert_int_equal(decode_metric(*state, &metric), HAE_VIEW_DECODED);
    const struct hae_view_summary *summary = look(*state);
    assert_int_equal(summary->measurements.histograms, 2);
    assert_true(isnan(summary->series[0].figures.p50));
}

static void an_empty_request_is_fine(void **state)
{
    for (int signal = 0; signal < HAE_VIEW_SIGNALS; signal++) {
        assert_int_equal(decode(*state, (enum hae_view_signal)signal, "", 0), HAE_VIEW_DECODED);
    }
    /* A resource block with nothing in it, and one with an empty scope block. */
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, "\x0a\x00", 2), HAE_VIEW_DECODED);
    assert_int_equal(decode(*state, HAE_VIEW_LOGS, "\x0a\x02\x12\x00", 4), HAE_VIEW_DECODED);
    /* An empty span is accepted, without ids. */
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, "\x0a\x04\x12\x02\x12\x00", 6),
                     HAE_VIEW_DECODED);
    assert_int_equal(look(*state)->totals.invalid_spans, 1);
    assert_string_equal(look(*state)->services[0].name, "unknown_service");
}

static void unknown_fields_are_skipped(void **state)
{
    /* Field 1000 of the request, then field 15 in the resource block: 64 bits. */
    const char body[] = "\xc2\x3e\x03xyz\x0a\x09\x79"
                        "12345678";
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, body, sizeof body - 1), HAE_VIEW_DECODED);
}

/* ---- Valid bodies with changed bytes --------------------------------------------------- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Changes bytes of a valid body at random. The decoder must answer each, and never with
 * "out of memory": that would mean that a body passed the check and protobuf-c still could
 * not unpack it. Returns how many were accepted. */
static size_t mutate(struct fixture *fixture, enum hae_view_signal signal)
{
    const uint8_t *good = fixture->packed;
    size_t length = fixture->packed_length;
    uint64_t seed = 0x9e3779b97f4a7c15U;
    uint8_t *body = malloc(length);
    assert_non_null(body);
    size_t decoded = 0;
    for (int round = 0; round < 20000; round++) {
        memcpy(body, good, length);
        for (uint64_t i = next_random(&seed) % 4; i < 5; i++) {
            body[next_random(&seed) % length] = (uint8_t)next_random(&seed);
        }
        size_t cut = next_random(&seed) % 3 == 0 ? next_random(&seed) % length : length;
        enum hae_view_decode_result result = decode(fixture, signal, body, cut);
        assert_int_not_equal(result, HAE_VIEW_DECODE_NO_MEMORY);
        decoded += result == HAE_VIEW_DECODED ? 1 : 0;
    }
    free(body);
    return decoded;
}

static void mutated_spans_do_no_harm(void **state)
{
    spans_arrive_with_all_that_is_shown(state);
    assert_true(mutate(*state, HAE_VIEW_TRACES) > 100);
    mutate(*state, HAE_VIEW_LOGS);
}

static void mutated_logs_do_no_harm(void **state)
{
    logs_show_any_kind_of_body(state);
    assert_true(mutate(*state, HAE_VIEW_LOGS) > 100);
    mutate(*state, HAE_VIEW_METRICS);
}

static void mutated_metrics_do_no_harm(void **state)
{
    sums_and_histograms_become_measurements(state);
    assert_true(mutate(*state, HAE_VIEW_METRICS) > 100);
    mutate(*state, HAE_VIEW_TRACES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_decoder(spans_arrive_with_all_that_is_shown),
        with_decoder(spans_with_ids_of_a_wrong_length_are_counted_as_invalid),
        with_decoder(logs_show_any_kind_of_body),
        with_decoder(nuls_are_shown_and_end_nothing),
        with_decoder(sums_and_histograms_become_measurements),
        with_decoder(histograms_with_the_wrong_number_of_buckets_are_counted_only),
        with_decoder(an_empty_request_is_fine),
        with_decoder(unknown_fields_are_skipped),
        with_decoder(mutated_spans_do_no_harm),
        with_decoder(mutated_logs_do_no_harm),
        with_decoder(mutated_metrics_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
