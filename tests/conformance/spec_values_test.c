/* SPDX-License-Identifier: Apache-2.0 */
/* Every enumeration, limit and default that OpenTelemetry's and the W3C's specifications give a
 * value, next to the library's. The values on the specifications' side are written down here from
 * their text, section by section; where the library differs, the row says why, and
 * docs/compliance.md does too. */
#include <stdio.h>

#include "capture.h"
#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#include "metrics/instrument_options.h"
#include "metrics/meter.h"
#include "otlp/body.h"
#include "wire/otlp.h"

/* ---- Values ------------------------------------------------------------------------------------
 */

struct value {
    const char *section;
    int64_t specified;
    int64_t ours;
};

#define VALUE(section, specified, ours)                                                            \
    {                                                                                              \
        section " " #ours, (int64_t)(specified), (int64_t)(ours)                                   \
    }

static const struct value values[] = {
    /* Logs data model, "Field: SeverityNumber": 1 to 24, four of each name. */
    VALUE("SeverityNumber", 0, HAETAE_SEVERITY_UNSPECIFIED),
    VALUE("SeverityNumber", 1, HAETAE_SEVERITY_TRACE),
    VALUE("SeverityNumber", 2, HAETAE_SEVERITY_TRACE2),
    VALUE("SeverityNumber", 3, HAETAE_SEVERITY_TRACE3),
    VALUE("SeverityNumber", 4, HAETAE_SEVERITY_TRACE4),
    VALUE("SeverityNumber", 5, HAETAE_SEVERITY_DEBUG),
    VALUE("SeverityNumber", 6, HAETAE_SEVERITY_DEBUG2),
    VALUE("SeverityNumber", 7, HAETAE_SEVERITY_DEBUG3),
    VALUE("SeverityNumber", 8, HAETAE_SEVERITY_DEBUG4),
    VALUE("SeverityNumber", 9, HAETAE_SEVERITY_INFO),
    VALUE("SeverityNumber", 10, HAETAE_SEVERITY_INFO2),
    VALUE("SeverityNumber", 11, HAETAE_SEVERITY_INFO3),
    VALUE("SeverityNumber", 12, HAETAE_SEVERITY_INFO4),
    VALUE("SeverityNumber", 13, HAETAE_SEVERITY_WARN),
    VALUE("SeverityNumber", 14, HAETAE_SEVERITY_WARN2),
    VALUE("SeverityNumber", 15, HAETAE_SEVERITY_WARN3),
    VALUE("SeverityNumber", 16, HAETAE_SEVERITY_WARN4),
    VALUE("SeverityNumber", 17, HAETAE_SEVERITY_ERROR),
    VALUE("SeverityNumber", 18, HAETAE_SEVERITY_ERROR2),
    VALUE("SeverityNumber", 19, HAETAE_SEVERITY_ERROR3),
    VALUE("SeverityNumber", 20, HAETAE_SEVERITY_ERROR4),
    VALUE("SeverityNumber", 21, HAETAE_SEVERITY_FATAL),
    VALUE("SeverityNumber", 22, HAETAE_SEVERITY_FATAL2),
    VALUE("SeverityNumber", 23, HAETAE_SEVERITY_FATAL3),
    VALUE("SeverityNumber", 24, HAETAE_SEVERITY_FATAL4),
    /* OTLP, trace.proto: Span.SpanKind, Status.StatusCode, SpanFlags. */
    VALUE("SpanKind", 0, HAETAE_SPAN_KIND_UNSPECIFIED),
    VALUE("SpanKind", 1, HAETAE_SPAN_KIND_INTERNAL),
    VALUE("SpanKind", 2, HAETAE_SPAN_KIND_SERVER),
    VALUE("SpanKind", 3, HAETAE_SPAN_KIND_CLIENT),
    VALUE("SpanKind", 4, HAETAE_SPAN_KIND_PRODUCER),
    VALUE("SpanKind", 5, HAETAE_SPAN_KIND_CONSUMER),
    VALUE("StatusCode", 0, HAETAE_SPAN_STATUS_UNSET),
    VALUE("StatusCode", 1, HAETAE_SPAN_STATUS_OK),
    VALUE("StatusCode", 2, HAETAE_SPAN_STATUS_ERROR),
    VALUE("SpanFlags", 0xFF, HAE_OTLP_SPAN_FLAGS_TRACE_FLAGS_MASK),
    VALUE("SpanFlags", 0x100, HAE_OTLP_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK),
    VALUE("SpanFlags", 0x200, HAE_OTLP_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK),
    /* OTLP, metrics.proto: AggregationTemporality, DataPointFlags; logs.proto: LogRecordFlags. */
    VALUE("AggregationTemporality", 0, HAE_OTLP_AGGREGATION_TEMPORALITY_UNSPECIFIED),
    VALUE("AggregationTemporality", 1, HAE_OTLP_AGGREGATION_TEMPORALITY_DELTA),
    VALUE("AggregationTemporality", 2, HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE),
    VALUE("DataPointFlags", 1, HAE_OTLP_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK),
    VALUE("LogRecordFlags", 0xFF, HAE_OTLP_LOG_RECORD_FLAGS_TRACE_FLAGS_MASK),
    /* W3C Trace Context, Level 2: "trace-flags", "traceparent", 3.3.1.1 and 3.3.1.5. */
    VALUE("W3C trace-flags", 1, HAETAE_TRACE_FLAG_SAMPLED),
    VALUE("W3C trace-flags", 2, HAETAE_TRACE_FLAG_RANDOM),
    VALUE("W3C traceparent", 2 + 1 + 32 + 1 + 16 + 1 + 2, HAETAE_TRACEPARENT_LENGTH),
    VALUE("W3C tracestate", 32, HAETAE_TRACE_STATE_MEMBERS_MAX),
    VALUE("W3C tracestate", 512, HAETAE_TRACE_STATE_MAX),
    /* W3C Baggage, "Limits". */
    VALUE("W3C baggage", 64, HAETAE_BAGGAGE_HEADER_MEMBERS_MAX),
    VALUE("W3C baggage", 8192, HAETAE_BAGGAGE_HEADER_BYTES_MAX),
    /* Metrics API, "Instrument name syntax", "Instrument unit"; SDK, "Cardinality limits". */
    VALUE("instrument name", 255, HAE_METRIC_NAME_MAX_BYTES),
    VALUE("instrument unit", 63, HAE_METRIC_UNIT_MAX_BYTES),
    VALUE("cardinality limit", 2000, HAE_CARDINALITY_LIMIT),
    /* OTLP exporter, "Max Response Size". */
    VALUE("response size", 4 * 1024 * 1024, HAE_HTTP_RESPONSE_MAX_BYTES),
};

static void enumerations_and_limits_have_the_specified_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (values[i].specified != values[i].ours) {
            print_error("%s: %lld, specified %lld\n", values[i].section, (long long)values[i].ours,
                        (long long)values[i].specified);
        }
        assert_int_equal(values[i].ours, values[i].specified);
    }
    /* "At least 1023 characters" of a description. */
    assert_true(HAE_METRIC_DESCRIPTION_MAX_POINTS >= 1023);
}

/* ---- Defaults of keys
 * ---------------------------------------------------------------------------- */

/* `ours` differs where it is not NULL. */
struct default_value {
    const char *key;
    const char *specified;
    const char *ours;
    const char *why;
};

#define BY_MEMORY  "the bound is memory, by HAETAE_QUEUE_BYTES: records differ too much in size"
#define BY_GENERAL "unset: the general key counts, whose default that is"
#define BY_ADDED   "otlp, unless the program has added exporters of its own"

/* "Environment variable specification", "OTLP exporter". */
static const struct default_value defaults[] = {
    {"OTEL_SDK_DISABLED", "false", NULL, NULL},
    {"OTEL_RESOURCE_ATTRIBUTES", "", NULL, NULL},
    {"OTEL_SERVICE_NAME", "", NULL, NULL},
    {"OTEL_LOG_LEVEL", "info", "9", "the same as a severity number"},
    {"OTEL_PROPAGATORS", "tracecontext,baggage", NULL, NULL},
    {"OTEL_TRACES_SAMPLER", "parentbased_always_on", NULL, NULL},
    {"OTEL_TRACES_SAMPLER_ARG", "", NULL, NULL},
    {"OTEL_BSP_SCHEDULE_DELAY", "5000", NULL, NULL},
    {"OTEL_BSP_EXPORT_TIMEOUT", "30000", NULL, NULL},
    {"OTEL_BSP_MAX_QUEUE_SIZE", "2048", "", BY_MEMORY},
    {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", "",
     "8192: a request costs more than the items in it"},
    {"OTEL_BLRP_SCHEDULE_DELAY", "1000", NULL, NULL},
    {"OTEL_BLRP_EXPORT_TIMEOUT", "30000", NULL, NULL},
    {"OTEL_BLRP_MAX_QUEUE_SIZE", "2048", "", BY_MEMORY},
    {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512", "",
     "8192: a request costs more than the items in it"},
    {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", NULL, NULL},
    {"OTEL_ATTRIBUTE_COUNT_LIMIT", "128", NULL, NULL},
    {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", NULL, NULL},
    {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "128", "", BY_GENERAL},
    {"OTEL_SPAN_EVENT_COUNT_LIMIT", "128", NULL, NULL},
    {"OTEL_SPAN_LINK_COUNT_LIMIT", "128", NULL, NULL},
    {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", "", BY_GENERAL},
    {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", "", BY_GENERAL},
    {"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", NULL, NULL},
    {"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "128", "", BY_GENERAL},
    {"OTEL_TRACES_EXPORTER", "otlp", "", BY_ADDED},
    {"OTEL_METRICS_EXPORTER", "otlp", "", BY_ADDED},
    {"OTEL_LOGS_EXPORTER", "otlp", "", BY_ADDED},
    {"OTEL_METRIC_EXPORT_INTERVAL", "60000", NULL, NULL},
    {"OTEL_METRICS_EXEMPLAR_FILTER", "trace_based", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram", NULL,
     NULL},
    {"OTEL_METRIC_EXPORT_TIMEOUT", "30000", NULL, NULL},
    {"OTEL_CONFIG_FILE", "", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_INSECURE", "false", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_TIMEOUT", "10000", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_COMPRESSION", "none", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_HEADERS", "", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE", "", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "", NULL, NULL},
    {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "", NULL, NULL},
    {"HAETAE_METRICS_CARDINALITY_LIMIT", "2000", NULL, NULL},
    {"HAETAE_MAX_REQUEST_BYTES", "67108864", "4194304",
     "the least that receivers take by default; 64 MiB is the most that may be set"},
};

/* The OTLP keys of a signal; all are unset, so that the general key counts. */
static const char *const of_signal[] = {"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY",
                                        "COMPRESSION", "ENDPOINT",           "HEADERS",
                                        "INSECURE",    "PROTOCOL",           "TIMEOUT"};

struct seen {
    size_t specified; /* keys of the specification */
    bool unknown;
};

static bool is_of_signal(const char *key)
{
    static const char *const signals[] = {"TRACES", "METRICS", "LOGS"};

    for (size_t i = 0; i < sizeof of_signal / sizeof of_signal[0] * 3; i++) {
        char name[96];

        snprintf(name, sizeof name, "OTEL_EXPORTER_OTLP_%s_%s", signals[i % 3], of_signal[i / 3]);
        if (strcmp(key, name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct default_value *find(const char *key)
{
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        if (strcmp(defaults[i].key, key) == 0) {
            return &defaults[i];
        }
    }
    return NULL;
}

static void check_key(void *user, const char *key, const char *default_value, const char *help)
{
    struct seen *seen = user;
    const struct default_value *row = find(key);
    const char *wanted = row == NULL ? "" : row->ours != NULL ? row->ours : row->specified;

    (void)help;
    if (row == NULL && (strncmp(key, "OTEL_", 5) != 0 || is_of_signal(key))) {
        assert_true(strncmp(key, "OTEL_", 5) != 0 || default_value[0] == '\0');
        return;
    }
    if (row == NULL) {
        print_error("%s is on no list\n", key);
        seen->unknown = true;
        return;
    }
    assert_string_equal(default_value, wanted);
    assert_true(row->ours == NULL || row->why != NULL);
    seen->specified++;
}

static void keys_have_the_specified_defaults(void **state)
{
    struct seen seen = {0, false};

    (void)state;
    assert_int_equal(haetae_otlp_http_register(), HAETAE_OK);
    assert_int_equal(haetae_otlp_grpc_register(), HAETAE_OK);
    haetae_config_keys(check_key, &seen);
    assert_false(seen.unknown);
    assert_int_equal(seen.specified, sizeof defaults / sizeof defaults[0]);
}

static void names_of_severities_are_read_as_their_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } names[] = {{"trace", 1}, {"debug", 5},  {"info", 9},
                 {"warn", 13}, {"error", 17}, {"fatal", 21}};
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int64_t number = 0;

        assert_int_equal(haetae_config_set(config, "OTEL_LOG_LEVEL", names[i].text), HAETAE_OK);
        assert_int_equal(haetae_config_get_int(config, "OTEL_LOG_LEVEL", &number), HAETAE_OK);
        assert_int_equal(number, names[i].number);
    }
    haetae_config_free(config);
}

/* ---- What counts when nothing is set
 * --------------------------------------------------------------- */

enum { SPECIFIED_COUNT = 128, MORE = SPECIFIED_COUNT + 2, LONG_VALUE = 100000 };

static char keys[MORE][16];
static haetae_attribute many[MORE];

static void make_many(void)
{
    for (int i = 0; i < MORE; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        many[i] = haetae_attribute_of(keys[i], haetae_value_int64(i));
    }
}

/* "Attribute limits", "Span limits", "LogRecord limits". */
static void collections_have_128_items_where_nothing_is_set(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_link link = {
        .context = {.trace_id = {1}, .span_id = {2}}, .attributes = many, .attribute_count = MORE};
    const HaeOtlp__Span *found;

    make_many();
    haetae_span_set_attributes(span, many, MORE);
    for (int i = 0; i < MORE; i++) {
        haetae_span_add_event(span, HAETAE_TEXT("e"), 0, many, i == 0 ? MORE : 0);
        haetae_span_add_link(span, &link);
        link.attribute_count = 0;
    }
    haetae_span_end(span);
    found = capture_span(c);
    assert_int_equal(found->n_attributes, SPECIFIED_COUNT);
    assert_int_equal(found->dropped_attributes_count, MORE - SPECIFIED_COUNT);
    assert_int_equal(found->n_events, SPECIFIED_COUNT);
    assert_int_equal(found->dropped_events_count, MORE - SPECIFIED_COUNT);
    assert_int_equal(found->n_links, SPECIFIED_COUNT);
    assert_int_equal(found->dropped_links_count, MORE - SPECIFIED_COUNT);
    assert_int_equal(found->events[0]->n_attributes, SPECIFIED_COUNT);
    assert_int_equal(found->links[0]->n_attributes, SPECIFIED_COUNT);
}

static void log_records_have_128_attributes_where_nothing_is_set(void **state)
{
    struct capture *c = *state;
    const HaeOtlp__LogRecord *found;

    make_many();
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), many, MORE);
    found = capture_log(c);
    assert_int_equal(found->n_attributes, SPECIFIED_COUNT);
    assert_int_equal(found->dropped_attributes_count, MORE - SPECIFIED_COUNT);
}

static void values_have_any_length_where_nothing_is_set(void **state)
{
    static char text[LONG_VALUE];
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);

    memset(text, 'v', sizeof text);
    haetae_span_set_string(span, HAETAE_TEXT("long"), text, sizeof text);
    haetae_span_end(span);
    assert_int_equal(strlen(capture_span(c)->attributes[0]->value->string_value), LONG_VALUE);
}

/* "Explicit bucket histogram aggregation"; OTLP exporters prefer cumulative temporality. */
static void histograms_have_the_specified_boundaries(void **state)
{
    static const double specified[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                       500, 750, 1000, 2500, 5000, 7500, 10000};
    struct capture *c = *state;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("h"));
    haetae_histogram *histogram = NULL;
    const HaeOtlp__Metric *metric;

    assert_int_equal(haetae_histogram_create(c->meter, &options, &histogram), HAETAE_OK);
    haetae_histogram_record(histogram, 1, NULL, 0);
    metric = capture_metric(c);
    assert_int_equal(metric->histogram->aggregation_temporality, 2);
    assert_int_equal(metric->histogram->data_points[0]->n_explicit_bounds,
                     sizeof specified / sizeof specified[0]);
    assert_memory_equal(metric->histogram->data_points[0]->explicit_bounds, specified,
                        sizeof specified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumerations_and_limits_have_the_specified_values),
        cmocka_unit_test(keys_have_the_specified_defaults),
        cmocka_unit_test(names_of_severities_are_read_as_their_numbers),
        cmocka_unit_test_setup_teardown(collections_have_128_items_where_nothing_is_set,
                                        capture_begin, capture_end),
        cmocka_unit_test_setup_teardown(log_records_have_128_attributes_where_nothing_is_set,
                                        capture_begin, capture_end),
        cmocka_unit_test_setup_teardown(values_have_any_length_where_nothing_is_set, capture_begin,
                                        capture_end),
        cmocka_unit_test_setup_teardown(histograms_have_the_specified_boundaries, capture_begin,
                                        capture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
