/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <assert.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define START_NS     UINT64_C(1772357400250123456) /* 2026-03-01T09:30:00.250Z */

static uint8_t trace_id[16] = {0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03,
                               0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c};
static uint8_t span_id[8] = {0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x74};
static uint8_t parent_id[8] = {0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x73};

HaeOtlp__AnyValue sample_string(const char *text)
{
    HaeOtlp__AnyValue value = HAE_OTLP__ANY_VALUE__INIT;
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    value.string_value = (char *)(uintptr_t)text;
    return value;
}

HaeOtlp__AnyValue sample_int(int64_t number)
{
    HaeOtlp__AnyValue value = HAE_OTLP__ANY_VALUE__INIT;
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE;
    value.int_value = number;
    return value;
}

static HaeOtlp__KeyValue pair(const char *key, HaeOtlp__AnyValue *value)
{
    HaeOtlp__KeyValue kv = HAE_OTLP__KEY_VALUE__INIT;
    kv.key = (char *)(uintptr_t)key;
    kv.value = value;
    return kv;
}

static struct body packed(haetae_signal signal, const ProtobufCMessage *message)
{
    struct body body = {signal, NULL, protobuf_c_message_get_packed_size(message)};
    body.data = malloc(body.size + 1);
    assert(body.data != NULL);
    protobuf_c_message_pack(message, body.data);
    return body;
}

void body_free(struct body *body)
{
    free(body->data);
    body->data = NULL;
}

char *written(const struct body *body, struct hae_con_outcome *ret_outcome)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert(stream != NULL);
    struct hae_con_outcome outcome = hae_con_export(stream, body->signal, body->data, body->size);
    fclose(stream);
    if (ret_outcome != NULL) {
        *ret_outcome = outcome;
    }
    return text;
}

/* ---- Traces ----------------------------------------------------------------- */

static struct body pack_span(HaeOtlp__Span *full)
{
    HaeOtlp__AnyValue name = sample_string("dispatch");
    HaeOtlp__KeyValue attribute = pair("service.name", &name);
    HaeOtlp__Resource resource = HAE_OTLP__RESOURCE__INIT;
    resource.n_attributes = 1;
    resource.attributes = (HaeOtlp__KeyValue *[]){&attribute};
    HaeOtlp__InstrumentationScope scope = HAE_OTLP__INSTRUMENTATION_SCOPE__INIT;
    scope.name = "dispatch.http";
    HaeOtlp__Span bare = HAE_OTLP__SPAN__INIT;
    HaeOtlp__ScopeSpans with = HAE_OTLP__SCOPE_SPANS__INIT;
    with.scope = &scope;
    with.n_spans = 1;
    with.spans = &full;
    HaeOtlp__ScopeSpans without = HAE_OTLP__SCOPE_SPANS__INIT;
    without.n_spans = 1;
    without.spans = (HaeOtlp__Span *[]){&bare};
    HaeOtlp__ResourceSpans first = HAE_OTLP__RESOURCE_SPANS__INIT;
    first.resource = &resource;
    first.n_scope_spans = 1;
    first.scope_spans = (HaeOtlp__ScopeSpans *[]){&with};
    HaeOtlp__ResourceSpans second = HAE_OTLP__RESOURCE_SPANS__INIT;
    second.n_scope_spans = 1;
    second.scope_spans = (HaeOtlp__ScopeSpans *[]){&without};
    HaeOtlp__ExportTraceServiceRequest request = HAE_OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    request.n_resource_spans = 2;
    request.resource_spans = (HaeOtlp__ResourceSpans *[]){&first, &second};
    return packed(HAETAE_SIGNAL_TRACES, &request.base);
}

struct body sample_traces(void)
{
    HaeOtlp__AnyValue post = sample_string("POST");
    HaeOtlp__AnyValue code = sample_int(503);
    HaeOtlp__KeyValue attributes[] = {pair("http.request.method", &post),
                                      pair("http.response.status_code", &code)};
    HaeOtlp__Span__Event event = HAE_OTLP__SPAN__EVENT__INIT;
    event.name = "driver matched";
    event.has_time_unix_nano = 1;
    event.time_unix_nano = START_NS + 3200000;
    HaeOtlp__Span__Link link = HAE_OTLP__SPAN__LINK__INIT;
    HaeOtlp__Status status = HAE_OTLP__STATUS__INIT;
    status.message = "map service \"down\"";
    status.has_code = 1;
    status.code = HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    HaeOtlp__Span span = HAE_OTLP__SPAN__INIT;
    span.has_trace_id = span.has_span_id = span.has_parent_span_id = 1;
    span.trace_id = (ProtobufCBinaryData){sizeof trace_id, trace_id};
    span.span_id = (ProtobufCBinaryData){sizeof span_id, span_id};
    span.parent_span_id = (ProtobufCBinaryData){sizeof parent_id, parent_id};
    span.name = "POST /rides";
    span.has_kind = 1;
    span.kind = HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER;
    span.has_start_time_unix_nano = span.has_end_time_unix_nano = 1;
    span.start_time_unix_nano = START_NS;
    span.end_time_unix_nano = START_NS + 12345678;
    span.n_attributes = COUNT(attributes);
    span.attributes = (HaeOtlp__KeyValue *[]){&attributes[0], &attributes[1]};
    span.n_events = 2;
    span.events = (HaeOtlp__Span__Event *[]){&event, &event};
    span.n_links = 1;
    span.links = (HaeOtlp__Span__Link *[]){&link};
    span.has_dropped_attributes_count = 1;
    span.dropped_attributes_count = 7;
    span.status = &status;
    return pack_span(&span);
}

/* ---- Logs ------------------------------------------------------------------- */

static struct body pack_logs(HaeOtlp__LogRecord **records, size_t count)
{
    HaeOtlp__ScopeLogs scope = HAE_OTLP__SCOPE_LOGS__INIT;
    scope.n_log_records = count;
    scope.log_records = records;
    HaeOtlp__ResourceLogs resource = HAE_OTLP__RESOURCE_LOGS__INIT;
    resource.n_scope_logs = 1;
    resource.scope_logs = (HaeOtlp__ScopeLogs *[]){&scope};
    HaeOtlp__ExportLogsServiceRequest request = HAE_OTLP__EXPORT_LOGS_SERVICE_REQUEST__INIT;
    request.n_resource_logs = 1;
    request.resource_logs = (HaeOtlp__ResourceLogs *[]){&resource};
    return packed(HAETAE_SIGNAL_LOGS, &request.base);
}

struct body sample_log_of(HaeOtlp__AnyValue *value)
{
    HaeOtlp__LogRecord record = HAE_OTLP__LOG_RECORD__INIT;
    record.body = value;
    return pack_logs((HaeOtlp__LogRecord *[]){&record}, 1);
}

struct body sample_logs(void)
{
    HaeOtlp__AnyValue text = sample_string("ride accepted\nfor 이순신");
    HaeOtlp__LogRecord plain = HAE_OTLP__LOG_RECORD__INIT;
    plain.has_observed_time_unix_nano = 1;
    plain.observed_time_unix_nano = START_NS;
    plain.has_severity_number = 1;
    plain.severity_number = HAE_OTLP__SEVERITY_NUMBER__SEVERITY_NUMBER_INFO2;
    plain.severity_text = "notice";
    plain.body = &text;
    plain.has_trace_id = plain.has_span_id = 1;
    plain.trace_id = (ProtobufCBinaryData){sizeof trace_id, trace_id};
    plain.span_id = (ProtobufCBinaryData){sizeof span_id, span_id};

    HaeOtlp__AnyValue one = sample_int(-1);
    HaeOtlp__AnyValue half = HAE_OTLP__ANY_VALUE__INIT;
    half.value_case = HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
    half.double_value = 0.1;
    HaeOtlp__AnyValue yes = HAE_OTLP__ANY_VALUE__INIT;
    yes.value_case = HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE;
    yes.bool_value = 1;
    HaeOtlp__AnyValue raw = HAE_OTLP__ANY_VALUE__INIT;
    raw.value_case = HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE;
    raw.bytes_value = (ProtobufCBinaryData){2, span_id};
    HaeOtlp__AnyValue nothing = HAE_OTLP__ANY_VALUE__INIT;
    HaeOtlp__ArrayValue list = HAE_OTLP__ARRAY_VALUE__INIT;
    list.n_values = 5;
    list.values = (HaeOtlp__AnyValue *[]){&one, &half, &yes, &raw, &nothing};
    HaeOtlp__AnyValue array = HAE_OTLP__ANY_VALUE__INIT;
    array.value_case = HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE;
    array.array_value = &list;
    HaeOtlp__KeyValue entry = pair("list of all", &array);
    HaeOtlp__KeyValueList entries = HAE_OTLP__KEY_VALUE_LIST__INIT;
    entries.n_values = 1;
    entries.values = (HaeOtlp__KeyValue *[]){&entry};
    HaeOtlp__AnyValue map = HAE_OTLP__ANY_VALUE__INIT;
    map.value_case = HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE;
    map.kvlist_value = &entries;
    HaeOtlp__KeyValue attribute = pair("detail", &map);
    HaeOtlp__LogRecord event = HAE_OTLP__LOG_RECORD__INIT;
    event.event_name = "ride.cancelled";
    event.n_attributes = 1;
    event.attributes = (HaeOtlp__KeyValue *[]){&attribute};
    return pack_logs((HaeOtlp__LogRecord *[]){&plain, &event}, 2);
}

/* ---- Metrics ---------------------------------------------------------------- */

static struct body pack_metrics(HaeOtlp__Metric **metrics, size_t count)
{
    HaeOtlp__ScopeMetrics scope = HAE_OTLP__SCOPE_METRICS__INIT;
    scope.n_metrics = count;
    scope.metrics = metrics;
    HaeOtlp__ResourceMetrics resource = HAE_OTLP__RESOURCE_METRICS__INIT;
    resource.n_scope_metrics = 1;
    resource.scope_metrics = (HaeOtlp__ScopeMetrics *[]){&scope};
    HaeOtlp__ExportMetricsServiceRequest request = HAE_OTLP__EXPORT_METRICS_SERVICE_REQUEST__INIT;
    request.n_resource_metrics = 1;
    request.resource_metrics = (HaeOtlp__ResourceMetrics *[]){&resource};
    return packed(HAETAE_SIGNAL_METRICS, &request.base);
}

static HaeOtlp__HistogramDataPoint histogram_point(void)
{
    static double bounds[] = {0.005, 0.01};
    static uint64_t buckets[] = {2, 0, 1};
    HaeOtlp__HistogramDataPoint point = HAE_OTLP__HISTOGRAM_DATA_POINT__INIT;
    point.has_time_unix_nano = 1;
    point.time_unix_nano = START_NS;
    point.has_count = point.has_sum = point.has_min = point.has_max = 1;
    point.count = 3;
    point.sum = 0.5;
    point.min = 0;
    point.max = 0.4;
    point.n_bucket_counts = COUNT(buckets);
    point.bucket_counts = buckets;
    point.n_explicit_bounds = COUNT(bounds);
    point.explicit_bounds = bounds;
    return point;
}

static HaeOtlp__ExponentialHistogramDataPoint exponential_point(void)
{
    static uint64_t buckets[] = {1, 0, 4};
    static HaeOtlp__ExponentialHistogramDataPoint__Buckets positive =
        HAE_OTLP__EXPONENTIAL_HISTOGRAM_DATA_POINT__BUCKETS__INIT;
    positive.has_offset = 1;
    positive.offset = -1;
    positive.n_bucket_counts = COUNT(buckets);
    positive.bucket_counts = buckets;
    HaeOtlp__ExponentialHistogramDataPoint point = HAE_OTLP__EXPONENTIAL_HISTOGRAM_DATA_POINT__INIT;
    point.has_count = point.has_scale = point.has_zero_count = 1;
    point.count = 7;
    point.scale = 3;
    point.zero_count = 2;
    point.positive = &positive;
    return point;
}

struct body sample_metrics(void)
{
    HaeOtlp__AnyValue route = sample_string("/rides/{id}");
    HaeOtlp__KeyValue attribute = pair("http.route", &route);
    HaeOtlp__NumberDataPoint number = HAE_OTLP__NUMBER_DATA_POINT__INIT;
    number.has_time_unix_nano = 1;
    number.time_unix_nano = START_NS;
    number.value_case = HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_INT;
    number.as_int = 42;
    number.n_attributes = 1;
    number.attributes = (HaeOtlp__KeyValue *[]){&attribute};
    HaeOtlp__Sum sum = HAE_OTLP__SUM__INIT;
    sum.has_aggregation_temporality = sum.has_is_monotonic = 1;
    sum.aggregation_temporality =
        HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE;
    sum.is_monotonic = 1;
    sum.n_data_points = 1;
    sum.data_points = (HaeOtlp__NumberDataPoint *[]){&number};
    HaeOtlp__NumberDataPoint level = number;
    level.value_case = HAE_OTLP__NUMBER_DATA_POINT__VALUE_AS_DOUBLE;
    level.as_double = 2.5;
    level.n_attributes = 0;
    HaeOtlp__Gauge gauge = HAE_OTLP__GAUGE__INIT;
    gauge.n_data_points = 1;
    gauge.data_points = (HaeOtlp__NumberDataPoint *[]){&level};
    HaeOtlp__HistogramDataPoint spread = histogram_point();
    HaeOtlp__Histogram histogram = HAE_OTLP__HISTOGRAM__INIT;
    histogram.has_aggregation_temporality = 1;
    histogram.aggregation_temporality =
        HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA;
    histogram.n_data_points = 1;
    histogram.data_points = (HaeOtlp__HistogramDataPoint *[]){&spread};
    HaeOtlp__ExponentialHistogramDataPoint scaled = exponential_point();
    HaeOtlp__ExponentialHistogram exponential = HAE_OTLP__EXPONENTIAL_HISTOGRAM__INIT;
    exponential.n_data_points = 1;
    exponential.data_points = (HaeOtlp__ExponentialHistogramDataPoint *[]){&scaled};

    HaeOtlp__Metric metrics[4];
    HaeOtlp__Metric *list[4];
    for (size_t i = 0; i < 4; i++) {
        hae_otlp__metric__init(&metrics[i]);
        metrics[i].unit = "{ride}";
        list[i] = &metrics[i];
    }
    metrics[0].name = "dispatch.rides";
    metrics[0].data_case = HAE_OTLP__METRIC__DATA_SUM;
    metrics[0].sum = &sum;
    metrics[1].name = "dispatch.load";
    metrics[1].data_case = HAE_OTLP__METRIC__DATA_GAUGE;
    metrics[1].gauge = &gauge;
    metrics[2].name = "http.server.request.duration";
    metrics[2].unit = "s";
    metrics[2].data_case = HAE_OTLP__METRIC__DATA_HISTOGRAM;
    metrics[2].histogram = &histogram;
    metrics[3].name = "dispatch.distance";
    metrics[3].data_case = HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM;
    metrics[3].exponential_histogram = &exponential;
    return pack_metrics(list, 4);
}

struct body sample_of(haetae_signal signal)
{
    switch (signal) {
    case HAETAE_SIGNAL_METRICS:
        return sample_metrics();
    case HAETAE_SIGNAL_LOGS:
        return sample_logs();
    default:
        return sample_traces();
    }
}
