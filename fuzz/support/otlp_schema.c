/* SPDX-License-Identifier: Apache-2.0 */
#include "support/otlp_schema.h"

#include "wire/otlp.h"

/* A schema of fields. `required`: the fields that must be there. */
#define SCHEMA(message, needs)                                                                     \
    {                                                                                              \
#message, message##_fields, sizeof message##_fields / sizeof message##_fields[0], (needs)  \
    }

/* clang-format off */
static const struct otlp_schema otlp_any_value;

static const struct otlp_field key_value_fields[] = {
    {.number = HAE_OTLP_KEY_VALUE_KEY, .kind = OTLP_TEXT, .name = "key"},
    {.number = HAE_OTLP_KEY_VALUE_VALUE, .kind = OTLP_MESSAGE, .name = "value", .message = &otlp_any_value},
};
static const struct otlp_schema otlp_key_value = SCHEMA(key_value, 0);

static const struct otlp_field array_value_fields[] = {
    {.number = HAE_OTLP_ARRAY_VALUE_VALUES, .kind = OTLP_MESSAGE, .name = "values", .message = &otlp_any_value, .repeated = true},
};
static const struct otlp_schema otlp_array_value = SCHEMA(array_value, 0);

static const struct otlp_field key_value_list_fields[] = {
    {.number = HAE_OTLP_KEY_VALUE_LIST_VALUES, .kind = OTLP_MESSAGE, .name = "values", .message = &otlp_key_value, .repeated = true, .is_set = true},
};
static const struct otlp_schema otlp_key_value_list = SCHEMA(key_value_list, 0);

static const struct otlp_field any_value_fields[] = {
    {.number = HAE_OTLP_ANY_VALUE_STRING_VALUE, .kind = OTLP_TEXT, .name = "string", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_BOOL_VALUE, .kind = OTLP_VARINT, .name = "bool", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_INT_VALUE, .kind = OTLP_INT, .name = "int", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, .kind = OTLP_DOUBLE, .name = "double", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_ARRAY_VALUE, .kind = OTLP_MESSAGE, .name = "array", .message = &otlp_array_value, .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_KVLIST_VALUE, .kind = OTLP_MESSAGE, .name = "map", .message = &otlp_key_value_list, .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_ANY_VALUE_BYTES_VALUE, .kind = OTLP_BYTES, .name = "bytes", .in_oneof = true, .optional = true},
};
static const struct otlp_schema otlp_any_value = SCHEMA(any_value, 0);

static const struct otlp_field resource_fields[] = {
    {.number = HAE_OTLP_RESOURCE_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_RESOURCE_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
};
static const struct otlp_schema otlp_resource = SCHEMA(resource, 0);

static const struct otlp_field scope_fields[] = {
    {.number = HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, .kind = OTLP_TEXT, .name = "name"},
    {.number = HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION, .kind = OTLP_TEXT, .name = "version"},
    {.number = HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_INSTRUMENTATION_SCOPE_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
};
static const struct otlp_schema otlp_scope = SCHEMA(scope, 0);

static const struct otlp_field event_fields[] = {
    {.number = HAE_OTLP_SPAN_EVENT_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "time"},
    {.number = HAE_OTLP_SPAN_EVENT_NAME, .kind = OTLP_TEXT, .name = "name"},
    {.number = HAE_OTLP_SPAN_EVENT_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_SPAN_EVENT_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
};
static const struct otlp_schema otlp_event = SCHEMA(event, 0);

static const struct otlp_field link_fields[] = {
    {.number = HAE_OTLP_SPAN_LINK_TRACE_ID, .kind = OTLP_TRACE_ID, .name = "trace_id"},
    {.number = HAE_OTLP_SPAN_LINK_SPAN_ID, .kind = OTLP_SPAN_ID, .name = "span_id"},
    {.number = HAE_OTLP_SPAN_LINK_TRACE_STATE, .kind = OTLP_TEXT, .name = "trace_state"},
    {.number = HAE_OTLP_SPAN_LINK_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_SPAN_LINK_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
    {.number = HAE_OTLP_SPAN_LINK_FLAGS, .kind = OTLP_FIXED32, .name = "flags"},
};
static const struct otlp_schema otlp_link = SCHEMA(link, 0);

static const struct otlp_field status_fields[] = {
    {.number = HAE_OTLP_STATUS_MESSAGE, .kind = OTLP_TEXT, .name = "message"},
    {.number = HAE_OTLP_STATUS_CODE, .kind = OTLP_VARINT, .name = "code"},
};
static const struct otlp_schema otlp_status = SCHEMA(status, 0);

static const struct otlp_field span_fields[] = {
    {.number = HAE_OTLP_SPAN_SPAN_ID, .kind = OTLP_SPAN_ID, .name = "span_id"},
    {.number = HAE_OTLP_SPAN_TRACE_ID, .kind = OTLP_TRACE_ID, .name = "trace_id"},
    {.number = HAE_OTLP_SPAN_TRACE_STATE, .kind = OTLP_TEXT, .name = "trace_state"},
    {.number = HAE_OTLP_SPAN_PARENT_SPAN_ID, .kind = OTLP_SPAN_ID, .name = "parent"},
    {.number = HAE_OTLP_SPAN_FLAGS, .kind = OTLP_FIXED32, .name = "flags"},
    {.number = HAE_OTLP_SPAN_NAME, .kind = OTLP_TEXT, .name = "name"},
    {.number = HAE_OTLP_SPAN_KIND, .kind = OTLP_VARINT, .name = "kind"},
    {.number = HAE_OTLP_SPAN_START_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "start"},
    {.number = HAE_OTLP_SPAN_END_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "end"},
    {.number = HAE_OTLP_SPAN_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
    {.number = HAE_OTLP_SPAN_EVENTS, .kind = OTLP_MESSAGE, .name = "events", .message = &otlp_event, .repeated = true},
    {.number = HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT, .kind = OTLP_VARINT, .name = "dropped_events"},
    {.number = HAE_OTLP_SPAN_LINKS, .kind = OTLP_MESSAGE, .name = "links", .message = &otlp_link, .repeated = true},
    {.number = HAE_OTLP_SPAN_DROPPED_LINKS_COUNT, .kind = OTLP_VARINT, .name = "dropped_links"},
    {.number = HAE_OTLP_SPAN_STATUS, .kind = OTLP_MESSAGE, .name = "status", .message = &otlp_status},
};
static const struct otlp_schema otlp_span = SCHEMA(span, 1u << HAE_OTLP_SPAN_SPAN_ID | 1u << HAE_OTLP_SPAN_TRACE_ID);

static const struct otlp_field log_record_fields[] = {
    {.number = HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "time"},
    {.number = HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "observed"},
    {.number = HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER, .kind = OTLP_VARINT, .name = "severity"},
    {.number = HAE_OTLP_LOG_RECORD_SEVERITY_TEXT, .kind = OTLP_TEXT, .name = "severity_text"},
    {.number = HAE_OTLP_LOG_RECORD_EVENT_NAME, .kind = OTLP_TEXT, .name = "event_name"},
    {.number = HAE_OTLP_LOG_RECORD_BODY, .kind = OTLP_MESSAGE, .name = "body", .message = &otlp_any_value},
    {.number = HAE_OTLP_LOG_RECORD_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_LOG_RECORD_DROPPED_ATTRIBUTES_COUNT, .kind = OTLP_VARINT, .name = "dropped_attributes"},
    {.number = HAE_OTLP_LOG_RECORD_FLAGS, .kind = OTLP_FIXED32, .name = "flags"},
    {.number = HAE_OTLP_LOG_RECORD_TRACE_ID, .kind = OTLP_TRACE_ID, .name = "trace_id"},
    {.number = HAE_OTLP_LOG_RECORD_SPAN_ID, .kind = OTLP_SPAN_ID, .name = "span_id"},
};
static const struct otlp_schema otlp_log_record = SCHEMA(log_record, 0);

static const struct otlp_field exemplar_fields[] = {
    {.number = HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "time"},
    {.number = HAE_OTLP_EXEMPLAR_AS_DOUBLE, .kind = OTLP_DOUBLE, .name = "double", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_EXEMPLAR_AS_INT, .kind = OTLP_SFIXED64, .name = "int", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_EXEMPLAR_SPAN_ID, .kind = OTLP_SPAN_ID, .name = "span_id"},
    {.number = HAE_OTLP_EXEMPLAR_TRACE_ID, .kind = OTLP_TRACE_ID, .name = "trace_id"},
};
static const struct otlp_schema otlp_exemplar = SCHEMA(exemplar, 1u << HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO);

static const struct otlp_field number_point_fields[] = {
    {.number = HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "start"},
    {.number = HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "time"},
    {.number = HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE, .kind = OTLP_DOUBLE, .name = "double", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_NUMBER_DATA_POINT_AS_INT, .kind = OTLP_SFIXED64, .name = "int", .in_oneof = true, .optional = true},
    {.number = HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, .kind = OTLP_SKIPPED, .name = "exemplars", .message = &otlp_exemplar, .repeated = true},
};
static const struct otlp_schema otlp_number_point = SCHEMA(number_point, 0);

static const struct otlp_field histogram_point_fields[] = {
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES, .kind = OTLP_MESSAGE, .name = "attributes", .message = &otlp_key_value, .repeated = true, .is_set = true},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "start"},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO, .kind = OTLP_FIXED64, .name = "time"},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, .kind = OTLP_FIXED64, .name = "count"},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, .kind = OTLP_DOUBLE, .name = "sum", .optional = true},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_MIN, .kind = OTLP_DOUBLE, .name = "min", .optional = true},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_MAX, .kind = OTLP_DOUBLE, .name = "max", .optional = true},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, .kind = OTLP_PACKED, .name = "buckets"},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, .kind = OTLP_PACKED, .name = "bounds"},
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, .kind = OTLP_SKIPPED, .name = "exemplars", .message = &otlp_exemplar, .repeated = true},
};
static const struct otlp_schema otlp_histogram_point = SCHEMA(histogram_point, 0);

static const struct otlp_field sum_fields[] = {
    {.number = HAE_OTLP_SUM_DATA_POINTS, .kind = OTLP_SKIPPED, .name = "points", .repeated = true},
    {.number = HAE_OTLP_SUM_AGGREGATION_TEMPORALITY, .kind = OTLP_VARINT, .name = "temporality"},
    {.number = HAE_OTLP_SUM_IS_MONOTONIC, .kind = OTLP_VARINT, .name = "monotonic"},
};
static const struct otlp_schema otlp_sum = SCHEMA(sum, 0);

static const struct otlp_field gauge_fields[] = {
    {.number = HAE_OTLP_GAUGE_DATA_POINTS, .kind = OTLP_SKIPPED, .name = "points", .repeated = true},
};
static const struct otlp_schema otlp_gauge = SCHEMA(gauge, 0);

static const struct otlp_field histogram_fields[] = {
    {.number = HAE_OTLP_HISTOGRAM_DATA_POINTS, .kind = OTLP_SKIPPED, .name = "points", .repeated = true},
    {.number = HAE_OTLP_HISTOGRAM_AGGREGATION_TEMPORALITY, .kind = OTLP_VARINT, .name = "temporality"},
};
static const struct otlp_schema otlp_histogram = SCHEMA(histogram, 0);

static const struct otlp_field metric_head_fields[] = {
    {.number = HAE_OTLP_METRIC_NAME, .kind = OTLP_TEXT, .name = "name"},
    {.number = HAE_OTLP_METRIC_DESCRIPTION, .kind = OTLP_TEXT, .name = "description"},
    {.number = HAE_OTLP_METRIC_UNIT, .kind = OTLP_TEXT, .name = "unit"},
    {.number = HAE_OTLP_METRIC_GAUGE, .kind = OTLP_MESSAGE, .name = "gauge", .message = &otlp_gauge, .in_oneof = true},
    {.number = HAE_OTLP_METRIC_SUM, .kind = OTLP_MESSAGE, .name = "sum", .message = &otlp_sum, .in_oneof = true},
    {.number = HAE_OTLP_METRIC_HISTOGRAM, .kind = OTLP_MESSAGE, .name = "histogram", .message = &otlp_histogram, .in_oneof = true},
};
const struct otlp_schema otlp_metric_head = SCHEMA(metric_head, 1u << HAE_OTLP_METRIC_NAME);

static const struct otlp_field scope_spans_fields[] = {
    {.number = HAE_OTLP_SCOPE_SPANS_SCOPE, .kind = OTLP_MESSAGE, .name = "scope", .message = &otlp_scope},
    {.number = HAE_OTLP_SCOPE_SPANS_SPANS, .kind = OTLP_SKIPPED, .name = "records", .repeated = true},
    {.number = HAE_OTLP_SCOPE_SPANS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_scope_spans = SCHEMA(scope_spans, 0);

static const struct otlp_field resource_spans_fields[] = {
    {.number = HAE_OTLP_RESOURCE_SPANS_RESOURCE, .kind = OTLP_MESSAGE, .name = "resource", .message = &otlp_resource},
    {.number = HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS, .kind = OTLP_SKIPPED, .name = "scopes", .repeated = true},
    {.number = HAE_OTLP_RESOURCE_SPANS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_resource_spans = SCHEMA(resource_spans, 0);

static const struct otlp_field spans_request_fields[] = {
    {.number = HAE_OTLP_EXPORT_TRACE_SERVICE_REQUEST_RESOURCE_SPANS, .kind = OTLP_SKIPPED, .name = "resources", .repeated = true},
};
static const struct otlp_schema otlp_spans_request = SCHEMA(spans_request, 0);

static const struct otlp_field scope_logs_fields[] = {
    {.number = HAE_OTLP_SCOPE_LOGS_SCOPE, .kind = OTLP_MESSAGE, .name = "scope", .message = &otlp_scope},
    {.number = HAE_OTLP_SCOPE_LOGS_LOG_RECORDS, .kind = OTLP_SKIPPED, .name = "records", .repeated = true},
    {.number = HAE_OTLP_SCOPE_LOGS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_scope_logs = SCHEMA(scope_logs, 0);

static const struct otlp_field resource_logs_fields[] = {
    {.number = HAE_OTLP_RESOURCE_LOGS_RESOURCE, .kind = OTLP_MESSAGE, .name = "resource", .message = &otlp_resource},
    {.number = HAE_OTLP_RESOURCE_LOGS_SCOPE_LOGS, .kind = OTLP_SKIPPED, .name = "scopes", .repeated = true},
    {.number = HAE_OTLP_RESOURCE_LOGS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_resource_logs = SCHEMA(resource_logs, 0);

static const struct otlp_field logs_request_fields[] = {
    {.number = HAE_OTLP_EXPORT_LOGS_SERVICE_REQUEST_RESOURCE_LOGS, .kind = OTLP_SKIPPED, .name = "resources", .repeated = true},
};
static const struct otlp_schema otlp_logs_request = SCHEMA(logs_request, 0);

static const struct otlp_field scope_metrics_fields[] = {
    {.number = HAE_OTLP_SCOPE_METRICS_SCOPE, .kind = OTLP_MESSAGE, .name = "scope", .message = &otlp_scope},
    {.number = HAE_OTLP_SCOPE_METRICS_METRICS, .kind = OTLP_SKIPPED, .name = "records", .repeated = true},
    {.number = HAE_OTLP_SCOPE_METRICS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_scope_metrics = SCHEMA(scope_metrics, 0);

static const struct otlp_field resource_metrics_fields[] = {
    {.number = HAE_OTLP_RESOURCE_METRICS_RESOURCE, .kind = OTLP_MESSAGE, .name = "resource", .message = &otlp_resource},
    {.number = HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS, .kind = OTLP_SKIPPED, .name = "scopes", .repeated = true},
    {.number = HAE_OTLP_RESOURCE_METRICS_SCHEMA_URL, .kind = OTLP_TEXT, .name = "schema_url"},
};
static const struct otlp_schema otlp_resource_metrics = SCHEMA(resource_metrics, 0);

static const struct otlp_field metrics_request_fields[] = {
    {.number = HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS, .kind = OTLP_SKIPPED, .name = "resources", .repeated = true},
};
static const struct otlp_schema otlp_metrics_request = SCHEMA(metrics_request, 0);

const struct otlp_data otlp_data[OTLP_DATA_COUNT] = {
    {HAE_OTLP_METRIC_GAUGE, &otlp_gauge, HAE_OTLP_GAUGE_DATA_POINTS, &otlp_number_point},
    {HAE_OTLP_METRIC_SUM, &otlp_sum, HAE_OTLP_SUM_DATA_POINTS, &otlp_number_point},
    {HAE_OTLP_METRIC_HISTOGRAM, &otlp_histogram, HAE_OTLP_HISTOGRAM_DATA_POINTS,
     &otlp_histogram_point},
};

const struct otlp_signal otlp_signals[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {&otlp_spans_request, &otlp_resource_spans,
                              HAE_OTLP_RESOURCE_SPANS_SCOPE_SPANS, &otlp_scope_spans,
                              HAE_OTLP_SCOPE_SPANS_SPANS, &otlp_span},
    [HAETAE_SIGNAL_METRICS] = {&otlp_metrics_request, &otlp_resource_metrics,
                               HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS, &otlp_scope_metrics,
                               HAE_OTLP_SCOPE_METRICS_METRICS, NULL},
    [HAETAE_SIGNAL_LOGS] = {&otlp_logs_request, &otlp_resource_logs,
                            HAE_OTLP_RESOURCE_LOGS_SCOPE_LOGS, &otlp_scope_logs,
                            HAE_OTLP_SCOPE_LOGS_LOG_RECORDS, &otlp_log_record},
};
/* clang-format on */
