/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include "apply_exporter.h"
#include "apply_headers.h"
#include "apply_provider.h"
#include "apply_reader.h"
#include "apply_ready.h"
#include "apply_resource.h"
#include "apply_sampler.h"
#include "apply_scope.h"
#include "apply_view.h"
#include "haetae/config_file.h"
#include "schema_rows.h"

const struct hae_type hae_nothing_type = {.nullable = true, NO_COMPONENT};

/* ---- Exporters ------------------------------------------------------------------------------ */

static const struct hae_field tls_fields[] = {{.name = "ca_file", TEXT, .apply = hae_apply_file},
                                              {.name = "key_file", TEXT, .apply = hae_apply_file},
                                              {.name = "cert_file", TEXT, .apply = hae_apply_file},
                                              {.name = NULL}};
static const struct hae_type tls = {.fields = tls_fields, .nullable = true, NO_COMPONENT};

static const struct hae_field pair_fields[] = {
    {.name = "name", TEXT, .required = true, .not_null = true},
    {.name = "value", TEXT, .required = true},
    {.name = NULL}};
static const struct hae_type pair = {.fields = pair_fields, NO_COMPONENT};

#define OTLP_FIELDS(tls_type)                                                                      \
    {.name = "endpoint", TEXT, .key = "OTEL_EXPORTER_OTLP_%_ENDPOINT"},                            \
        {.name = "tls", OBJECT(tls_type)},                                                         \
        {.name = "headers_list", TEXT, .apply = hae_apply_headers_list},                           \
        {.name = "headers", LIST(pair), .apply = hae_apply_headers},                               \
        {.name = "compression", TEXT, .key = "OTEL_EXPORTER_OTLP_%_COMPRESSION"},                  \
        {.name = "max_request_size",                                                               \
         ANY_INT(0),                                                                               \
         .ignored = "the limit is HAETAE_MAX_REQUEST_BYTES"},                                      \
        {.name = "max_response_size", ANY_INT(1), .key = "HAETAE_OTLP_%_RESPONSE_MAX_BYTES"},      \
    {                                                                                              \
        .name = "timeout", ANY_INT(0), .key = "OTEL_EXPORTER_OTLP_%_TIMEOUT"                       \
    }
#define METRIC_FIELDS                                                                              \
    {.name = "temporality_preference",                                                             \
     CHOICE("cumulative|delta|low_memory"),                                                        \
     .apply = hae_apply_temporality},                                                              \
    {                                                                                              \
        .name = "default_histogram_aggregation",                                                   \
        CHOICE("explicit_bucket_histogram|base2_exponential_bucket_histogram"),                    \
        .apply = hae_apply_histogram                                                               \
    }
#define HTTP_ENCODING                                                                              \
    {                                                                                              \
        .name = "encoding", CHOICE("protobuf|json") /* hae_apply_otlp_http() reads it */           \
    }

static const struct hae_field otlp_http_fields[] = {
    OTLP_FIELDS(tls), HTTP_ENCODING, {.name = NULL}};
static const struct hae_field otlp_http_metric_fields[] = {
    OTLP_FIELDS(tls), HTTP_ENCODING, METRIC_FIELDS, {.name = NULL}};
static const struct hae_type otlp_http = {
    .fields = otlp_http_fields, .nullable = true, NO_COMPONENT};
static const struct hae_type otlp_http_metric = {
    .fields = otlp_http_metric_fields, .nullable = true, NO_COMPONENT};

static const struct hae_field grpc_tls_fields[] = {
    {.name = "ca_file", TEXT, .apply = hae_apply_file},
    {.name = "key_file", TEXT, .apply = hae_apply_file},
    {.name = "cert_file", TEXT, .apply = hae_apply_file},
    {.name = "insecure", BOOLEAN, .key = "OTEL_EXPORTER_OTLP_%_INSECURE"},
    {.name = NULL}};
static const struct hae_type grpc_tls = {.fields = grpc_tls_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field otlp_grpc_fields[] = {OTLP_FIELDS(grpc_tls), {.name = NULL}};
static const struct hae_field otlp_grpc_metric_fields[] = {
    OTLP_FIELDS(grpc_tls), METRIC_FIELDS, {.name = NULL}};
static const struct hae_type otlp_grpc = {
    .fields = otlp_grpc_fields, .nullable = true, NO_COMPONENT};
static const struct hae_type otlp_grpc_metric = {
    .fields = otlp_grpc_metric_fields, .nullable = true, NO_COMPONENT};

#define OUTPUT_STREAM                                                                              \
    {                                                                                              \
        .name = "output_stream", TEXT, .apply = hae_apply_output_stream                            \
    }
static const struct hae_field otlp_file_fields[] = {OUTPUT_STREAM, {.name = NULL}};
static const struct hae_type otlp_file = {
    .fields = otlp_file_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field otlp_file_metric_fields[] = {
    OUTPUT_STREAM, METRIC_FIELDS, {.name = NULL}};
static const struct hae_type otlp_file_metric = {
    .fields = otlp_file_metric_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field console_metric_fields[] = {METRIC_FIELDS, {.name = NULL}};
static const struct hae_type console_metric = {
    .fields = console_metric_fields, .nullable = true, NO_COMPONENT};

/* Ours, in a form that the schema has for extensions: exporters that stand in for each other. */
#define FAILOVER(of)                                                                               \
    {                                                                                              \
        .name = "exporters", LIST(of), .apply = hae_apply_failover, .required = true,              \
        .not_null = true                                                                           \
    }
static const struct hae_type exporter;
static const struct hae_type metric_exporter;
static const struct hae_field failover_fields[] = {FAILOVER(exporter), {.name = NULL}};
static const struct hae_type failover = {.fields = failover_fields, NO_COMPONENT};
static const struct hae_field failover_metric_fields[] = {FAILOVER(metric_exporter),
                                                          {.name = NULL}};
static const struct hae_type failover_metric = {.fields = failover_metric_fields, NO_COMPONENT};

static const struct hae_field exporter_fields[] = {
    {.name = "failover/haetae", OBJECT(failover)},
    {.name = "otlp_http", OBJECT(otlp_http), .apply = hae_apply_otlp_http},
    {.name = "otlp_grpc", OBJECT(otlp_grpc), .apply = hae_apply_otlp_grpc},
    {.name = "otlp_file/development", OBJECT(otlp_file), .apply = hae_apply_otlp_file},
    {.name = "console", OBJECT(hae_nothing_type), .apply = hae_apply_named_exporter},
    {.name = NULL}};
static const struct hae_type exporter = {.fields = exporter_fields,
                                         .one = true,
                                         .component = HAETAE_CONFIG_EXPORTER,
                                         .other = hae_apply_named_exporter};
static const struct hae_field metric_exporter_fields[] = {
    {.name = "failover/haetae", OBJECT(failover_metric)},
    {.name = "otlp_http", OBJECT(otlp_http_metric), .apply = hae_apply_otlp_http},
    {.name = "otlp_grpc", OBJECT(otlp_grpc_metric), .apply = hae_apply_otlp_grpc},
    {.name = "otlp_file/development", OBJECT(otlp_file_metric), .apply = hae_apply_otlp_file},
    {.name = "console", OBJECT(console_metric), .apply = hae_apply_named_exporter},
    {.name = NULL}};
static const struct hae_type metric_exporter = {.fields = metric_exporter_fields,
                                                .one = true,
                                                .component = HAETAE_CONFIG_EXPORTER,
                                                .other = hae_apply_named_exporter};

static const struct hae_field prometheus_fields[] = {
    {.name = "host", TEXT, .key = "OTEL_EXPORTER_PROMETHEUS_HOST"},
    {.name = "port", ANY_INT(0), .key = "OTEL_EXPORTER_PROMETHEUS_PORT"},
    {.name = "scope_info_enabled", BOOLEAN, .key = "HAETAE_PROMETHEUS_SCOPE_INFO"},
    {.name = "target_info_enabled/development", BOOLEAN, .key = "HAETAE_PROMETHEUS_TARGET_INFO"},
    {.name = "resource_constant_labels", OBJECT(hae_include_type), .apply = hae_apply_labels},
    {.name = "translation_strategy",
     CHOICE("underscore_escaping_with_suffixes|underscore_escaping_without_suffixes/development|"
            "no_utf8_escaping_with_suffixes/development|no_translation/development"),
     .apply = hae_apply_translation},
    {.name = NULL}};
static const struct hae_type prometheus = {
    .fields = prometheus_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field pull_exporter_fields[] = {
    {.name = "prometheus/development", OBJECT(prometheus), .apply = hae_apply_prometheus},
    {.name = NULL}};
static const struct hae_type pull_exporter = {
    .fields = pull_exporter_fields, .one = true, .component = HAETAE_CONFIG_EXPORTER};

/* ---- Processors ------------------------------------------------------------------------------ */

#define BATCH_FIELDS                                                                               \
    {.name = "schedule_delay", ANY_INT(0), .apply = hae_apply_batch_count},                        \
        {.name = "export_timeout", ANY_INT(0), .apply = hae_apply_batch_count},                    \
        {.name = "max_queue_size", ANY_INT(1), .apply = hae_apply_batch_count},                    \
        {.name = "max_export_batch_size", ANY_INT(1), .apply = hae_apply_batch_count},             \
    {                                                                                              \
        .name = "exporter", OBJECT(exporter), .required = true                                     \
    }
static const struct hae_field batch_fields[] = {BATCH_FIELDS, {.name = NULL}};
static const struct hae_type batch = {.fields = batch_fields, NO_COMPONENT};
static const struct hae_field simple_fields[] = {
    {.name = "exporter", OBJECT(exporter), .required = true}, {.name = NULL}};
static const struct hae_type simple = {.fields = simple_fields, NO_COMPONENT};

static const struct hae_field span_metrics_fields[] = {{.name = "attribute_keys", STRINGS},
                                                       {.name = NULL}};
static const struct hae_type span_metrics = {
    .fields = span_metrics_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field baggage_fields[] = {
    {.name = "names", TEXT, .required = true, .not_null = true},
    {.name = "prefix", TEXT},
    {.name = NULL}};
static const struct hae_type baggage = {.fields = baggage_fields, NO_COMPONENT};
static const struct hae_field redaction_fields[] = {
    {.name = "keys", TEXT, .required = true, .not_null = true},
    {.name = "action", CHOICE("delete|replace|hash"), .required = true, .not_null = true},
    {.name = "text", TEXT},
    {.name = NULL}};
static const struct hae_type redaction = {.fields = redaction_fields, NO_COMPONENT};

#define PROCESSOR_FIELDS                                                                           \
    {.name = "batch", OBJECT(batch), .apply = hae_apply_processor},                                \
        {.name = "simple", OBJECT(simple), .apply = hae_apply_processor},                          \
        {.name = "baggage_attributes/haetae",                                                      \
         OBJECT(baggage),                                                                          \
         .apply = hae_apply_baggage_attributes},                                                   \
    {                                                                                              \
        .name = "redaction/haetae", OBJECT(redaction), .apply = hae_apply_redaction                \
    }

static const struct hae_field span_processor_fields[] = {
    PROCESSOR_FIELDS,
    {.name = "span_metrics/haetae", OBJECT(span_metrics), .apply = hae_apply_span_metrics},
    {.name = NULL}};
static const struct hae_type span_processor = {
    .fields = span_processor_fields, .one = true, .component = HAETAE_CONFIG_SPAN_PROCESSOR};

static const struct hae_field log_processor_fields[] = {
    PROCESSOR_FIELDS,
    {.name = "event_to_span_event_bridge/development",
     OBJECT(hae_nothing_type),
     .ignored = "haetae does not have it"},
    {.name = NULL}};
static const struct hae_type log_processor = {
    .fields = log_processor_fields, .one = true, .component = HAETAE_CONFIG_LOG_PROCESSOR};

/* ---- Providers ------------------------------------------------------------------------------- */

static const struct hae_field limit_fields[] = {
    {.name = "attribute_value_length_limit",
     ANY_INT(0),
     .key = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
    {.name = "attribute_value_depth_limit", ANY_INT(1), .apply = hae_apply_depth},
    {.name = "attribute_count_limit", ANY_INT(0), .key = "OTEL_ATTRIBUTE_COUNT_LIMIT"},
    {.name = NULL}};
static const struct hae_type limits = {.fields = limit_fields, NO_COMPONENT};

static const struct hae_field span_limit_fields[] = {
    {.name = "attribute_value_length_limit",
     ANY_INT(0),
     .key = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
    {.name = "attribute_value_depth_limit", ANY_INT(1), .apply = hae_apply_depth},
    {.name = "attribute_count_limit", ANY_INT(0), .key = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"},
    {.name = "event_count_limit", ANY_INT(0), .key = "OTEL_SPAN_EVENT_COUNT_LIMIT"},
    {.name = "link_count_limit", ANY_INT(0), .key = "OTEL_SPAN_LINK_COUNT_LIMIT"},
    {.name = "event_attribute_count_limit", ANY_INT(0), .key = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"},
    {.name = "link_attribute_count_limit", ANY_INT(0), .key = "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"},
    {.name = NULL}};
static const struct hae_type span_limits = {.fields = span_limit_fields, NO_COMPONENT};

static const struct hae_field log_limit_fields[] = {
    {.name = "attribute_value_length_limit",
     ANY_INT(0),
     .key = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
    {.name = "attribute_value_depth_limit", ANY_INT(1), .apply = hae_apply_depth},
    {.name = "attribute_count_limit", ANY_INT(0), .key = "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT"},
    {.name = NULL}};
static const struct hae_type log_limits = {.fields = log_limit_fields, NO_COMPONENT};

static const struct hae_field generator_fields[] = {{.name = "random", OBJECT(hae_nothing_type)},
                                                    {.name = NULL}};
static const struct hae_type generator = {
    .fields = generator_fields, .one = true, .component = HAETAE_CONFIG_ID_GENERATOR};

static const struct hae_field tracer_provider_fields[] = {
    {.name = "processors", LIST(span_processor), .required = true, .apply = hae_apply_processors},
    {.name = "limits", OBJECT(span_limits)},
    {.name = "sampler", OBJECT(hae_sampler_type), .apply = hae_apply_sampler},
    {.name = "id_generator", OBJECT(generator), .apply = hae_apply_id_generator},
    {.name = "tracer_configurator/development",
     OBJECT(hae_tracer_configurator_type),
     .apply = hae_apply_configurator},
    {.name = NULL}};
static const struct hae_type tracer_provider = {.fields = tracer_provider_fields, NO_COMPONENT};

static const struct hae_field logger_provider_fields[] = {
    {.name = "processors", LIST(log_processor), .required = true, .apply = hae_apply_processors},
    {.name = "limits", OBJECT(log_limits)},
    {.name = "logger_configurator/development",
     OBJECT(hae_logger_configurator_type),
     .apply = hae_apply_configurator},
    {.name = NULL}};
static const struct hae_type logger_provider = {.fields = logger_provider_fields, NO_COMPONENT};

#define SERIES .kind = HAE_FIELD_INT, .min = 1, .max = HAE_SERIES_MAX
static const struct hae_field cardinality_fields[] = {
    {.name = "default", SERIES},
    {.name = "counter", SERIES},
    {.name = "gauge", SERIES},
    {.name = "histogram", SERIES},
    {.name = "observable_counter", SERIES},
    {.name = "observable_gauge", SERIES},
    {.name = "observable_up_down_counter", SERIES},
    {.name = "up_down_counter", SERIES},
    {.name = NULL}};
static const struct hae_type cardinality = {.fields = cardinality_fields, NO_COMPONENT};

static const char no_producers[] = "haetae has none that a file can name; a program adds its own "
                                   "by haetae_metric_reader_add_producer()";
static const struct hae_field periodic_fields[] = {
    {.name = "interval", ANY_INT(1)},
    {.name = "timeout", ANY_INT(0), .apply = hae_apply_batch_count},
    {.name = "max_export_batch_size/development", ANY_INT(1)},
    {.name = "exporter", OBJECT(metric_exporter), .required = true},
    {.name = "producers", ANYTHING, .refused = no_producers},
    {.name = "cardinality_limits", OBJECT(cardinality)},
    {.name = NULL}};
static const struct hae_type periodic = {.fields = periodic_fields, NO_COMPONENT};

static const struct hae_field pull_fields[] = {
    {.name = "exporter", OBJECT(pull_exporter), .required = true},
    {.name = "producers", ANYTHING, .refused = no_producers},
    {.name = "cardinality_limits", OBJECT(cardinality)},
    {.name = NULL}};
static const struct hae_type pull = {.fields = pull_fields, NO_COMPONENT};
static const struct hae_field reader_fields[] = {
    {.name = "periodic", OBJECT(periodic), .apply = hae_apply_periodic},
    {.name = "pull", OBJECT(pull), .apply = hae_apply_pull},
    {.name = NULL}};
static const struct hae_type reader = {.fields = reader_fields, .one = true, NO_COMPONENT};

static const struct hae_field meter_provider_fields[] = {
    {.name = "readers", LIST(reader), .required = true, .apply = hae_apply_processors},
    {.name = "views", LIST(hae_view_type), .apply = hae_apply_views},
    {.name = "exemplar_filter",
     CHOICE("always_on|always_off|trace_based"),
     .key = "OTEL_METRICS_EXEMPLAR_FILTER"},
    {.name = "meter_configurator/development",
     OBJECT(hae_meter_configurator_type),
     .apply = hae_apply_configurator},
    {.name = NULL}};
static const struct hae_type meter_provider = {.fields = meter_provider_fields, NO_COMPONENT};

/* ---- Propagators, resource ---------------------------------------------------------------------
 */

/* Each name is one of OTEL_PROPAGATORS, which says what haetae has. */
static const struct hae_field propagator_one_fields[] = {
    {.name = "tracecontext", OBJECT(hae_nothing_type)},
    {.name = "baggage", OBJECT(hae_nothing_type)},
    {.name = "b3", OBJECT(hae_nothing_type)},
    {.name = "b3multi", OBJECT(hae_nothing_type)},
    {.name = NULL}};
static const struct hae_type propagator_one = {
    .fields = propagator_one_fields, .one = true, .component = HAETAE_CONFIG_PROPAGATOR};
static const struct hae_field propagator_fields[] = {
    {.name = "composite", LIST(propagator_one)}, {.name = "composite_list", TEXT}, {.name = NULL}};
static const struct hae_type propagator = {.fields = propagator_fields, NO_COMPONENT};

static const struct hae_field attribute_fields[] = {
    {.name = "name", TEXT, .required = true, .not_null = true},
    {.name = "value", ANYTHING, .required = true},
    {.name = "type",
     CHOICE("string|bool|int|double|string_array|bool_array|int_array|double_array")},
    {.name = NULL}};
static const struct hae_type attribute = {.fields = attribute_fields, NO_COMPONENT};
static const struct hae_field include_fields[] = {
    {.name = "included", STRINGS}, {.name = "excluded", STRINGS}, {.name = NULL}};
const struct hae_type hae_include_type = {.fields = include_fields, NO_COMPONENT};
static const struct hae_field detector_fields[] = {{.name = "container", OBJECT(hae_nothing_type)},
                                                   {.name = "host", OBJECT(hae_nothing_type)},
                                                   {.name = "process", OBJECT(hae_nothing_type)},
                                                   {.name = "service", OBJECT(hae_nothing_type)},
                                                   {.name = NULL}};
static const struct hae_type detector = {
    .fields = detector_fields, .one = true, .component = HAETAE_CONFIG_RESOURCE_DETECTOR};
static const struct hae_field detection_fields[] = {
    {.name = "attributes", OBJECT(hae_include_type), .apply = hae_apply_patterns},
    {.name = "detectors", LIST(detector), .apply = hae_apply_detectors},
    {.name = NULL}};
static const struct hae_type detection = {.fields = detection_fields, NO_COMPONENT};
static const struct hae_field resource_fields[] = {
    {.name = "attributes", LIST(attribute), .apply = hae_apply_attributes},
    {.name = "detection/development", OBJECT(detection)},
    {.name = "schema_url", TEXT, .apply = hae_apply_schema_url},
    {.name = "attributes_list", TEXT, .key = "OTEL_RESOURCE_ATTRIBUTES"},
    {.name = NULL}};
static const struct hae_type resource = {.fields = resource_fields, NO_COMPONENT};

/* ---- The root ----------------------------------------------------------------------------------
 */

static const struct hae_field root_fields[] = {
    {.name = "file_format", TEXT, .required = true, .not_null = true, .apply = hae_apply_format},
    {.name = "disabled", BOOLEAN, .key = "OTEL_SDK_DISABLED"},
    {.name = "log_level", CHOICE(SEVERITIES), .apply = hae_apply_log_level},
    {.name = "attribute_limits", OBJECT(limits)},
    /* Exporters by name read their keys when a provider has them made. */
    {.name = "distribution", ANYTHING, .apply = hae_apply_distribution},
    {.name = "tracer_provider", OBJECT(tracer_provider), .apply = hae_apply_provider},
    {.name = "meter_provider", OBJECT(meter_provider), .apply = hae_apply_provider},
    {.name = "logger_provider", OBJECT(logger_provider), .apply = hae_apply_provider},
    {.name = "propagator", OBJECT(propagator), .apply = hae_apply_propagator},
    {.name = "resource", OBJECT(resource)},
    /* Nothing is instrumented by itself here. */
    {.name = "instrumentation/development", ANYTHING},
    {.name = NULL}};
const struct hae_type hae_root_type = {.fields = root_fields, NO_COMPONENT, .open = true};
