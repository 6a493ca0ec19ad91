/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK's metrics about itself, as a receiver reads them. */
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "support/temporary.h"

#define TRACES HAETAE_SIGNAL_TRACES
#define LOGS   HAETAE_SIGNAL_LOGS

enum { NONE = -1 };

/* ---- Reading ------------------------------------------------------------------------------ */

struct receiver {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    HaeOtlp__ExportMetricsServiceRequest *metrics; /* the last request of them */
    haetae_result traces;                          /* what traces get for an answer */
};

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct receiver *receiver = fake->user;

    if (haetae_delivery_signal(delivery) == TRACES) {
        fake_answer_with(fake, delivery, &receiver->traces);
        return;
    }
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        hae_otlp__export_metrics_service_request__free_unpacked(receiver->metrics, NULL);
        receiver->metrics = hae_otlp__export_metrics_service_request__unpack(
            NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));
        assert_non_null(receiver->metrics);
    }
    fake_accept(fake, delivery);
}

static void make_receiver(struct receiver *receiver, const char *component)
{
    memset(receiver, 0, sizeof *receiver);
    receiver->traces = (haetae_result)HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);
    fake_init(&receiver->fake, "fake", take);
    receiver->fake.ops.component_type = component;
    receiver->fake.user = receiver;
}

static void start(struct receiver *receiver, const struct sdk_setting *settings)
{
    receiver->sdk = sdk_start(settings, SDK_FAKES(&receiver->fake));
}

#define ON                                                                                         \
    {"HAETAE_SDK_METRICS", "true"},                                                                \
    {                                                                                              \
        "HAETAE_WORKER", "manual"                                                                  \
    }

static void finish(struct receiver *receiver)
{
    haetae_sdk_free(receiver->sdk);
    hae_otlp__export_metrics_service_request__free_unpacked(receiver->metrics, NULL);
    fake_done(&receiver->fake);
}

/* Collects what happened up to the end of the flush before. */
static void flush(struct receiver *receiver)
{
    (void)haetae_sdk_force_flush(receiver->sdk, 0);
    assert_non_null(receiver->metrics);
}

static const HaeOtlp__Metric *find(const struct receiver *receiver, const char *name)
{
    const HaeOtlp__ResourceMetrics *resource = receiver->metrics->resource_metrics[0];

    for (size_t i = 0; i < resource->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = resource->scope_metrics[i];

        for (size_t j = 0; j < scope->n_metrics; j++) {
            if (strcmp(scope->metrics[j]->name, name) == 0) {
                assert_string_equal(scope->scope->name, "haetae");
                return scope->metrics[j];
            }
        }
    }
    return NULL;
}

static bool has(HaeOtlp__KeyValue *const *list, size_t count, const char *key, const char *text)
{
    const HaeOtlp__AnyValue *value = capture_find(list, count, key);

    return text == NULL ? value == NULL : value != NULL && strcmp(value->string_value, text) == 0;
}

static bool matches(HaeOtlp__KeyValue *const *list, size_t count, const char *component,
                    const char *error)
{
    return has(list, count, "otel.component.name", component) &&
           has(list, count, "error.type", error);
}

/* The value of a sum's point; NONE: there is none. */
static int64_t value_of(const struct receiver *receiver, const char *name, const char *component,
                        const char *error)
{
    const HaeOtlp__Metric *metric = find(receiver, name);

    for (size_t i = 0; metric != NULL && i < metric->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        if (matches(point->attributes, point->n_attributes, component, error)) {
            return point->as_int;
        }
    }
    return NONE;
}

static const HaeOtlp__HistogramDataPoint *durations_of(const struct receiver *receiver,
                                                       const char *name, const char *component,
                                                       const char *error)
{
    const HaeOtlp__Metric *metric = find(receiver, name);

    for (size_t i = 0; metric != NULL && i < metric->histogram->n_data_points; i++) {
        const HaeOtlp__HistogramDataPoint *point = metric->histogram->data_points[i];

        if (matches(point->attributes, point->n_attributes, component, error)) {
            return point;
        }
    }
    return NULL;
}

static uint64_t operations(const struct receiver *receiver, const char *component,
                           const char *error)
{
    const HaeOtlp__HistogramDataPoint *point =
        durations_of(receiver, "otel.sdk.exporter.operation.duration", component, error);

    return point != NULL ? point->count : 0;
}

#define PROCESSED "otel.sdk.processor.span.processed"
#define EXPORTED  "otel.sdk.exporter.span.exported"
#define IN_FLIGHT "otel.sdk.exporter.span.inflight"
#define BATCHER   "batching_span_processor/0"
#define EXPORTER  "test_http_span_exporter/0"

/* ---- What is there ------------------------------------------------------------------------ */

static void check_metric(const struct receiver *receiver, const char *name, const char *unit,
                         int monotonic)
{
    const HaeOtlp__Metric *metric = find(receiver, name);

    assert_non_null(metric);
    assert_string_equal(metric->unit, unit);
    if (monotonic == NONE) {
        assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    } else {
        assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_SUM);
        assert_int_equal(metric->sum->is_monotonic, monotonic);
    }
}

static void each_metric_has_its_name_unit_and_kind(void **state)
{
    struct receiver receiver;

    (void)state;
    make_receiver(&receiver, "test_http");
    start(&receiver, SDK_SETTINGS(ON));
    sdk_spans(receiver.sdk, 1);
    sdk_logs(receiver.sdk, 1);
    flush(&receiver);
    flush(&receiver);
    check_metric(&receiver, "otel.sdk.processor.span.queue.size", "{span}", false);
    check_metric(&receiver, "otel.sdk.processor.span.queue.capacity", "{span}", false);
    check_metric(&receiver, "otel.sdk.processor.span.processed", "{span}", true);
    check_metric(&receiver, "otel.sdk.exporter.span.inflight", "{span}", false);
    check_metric(&receiver, "otel.sdk.exporter.span.exported", "{span}", true);
    check_metric(&receiver, "otel.sdk.log.created", "{log_record}", true);
    check_metric(&receiver, "otel.sdk.processor.log.queue.size", "{log_record}", false);
    check_metric(&receiver, "otel.sdk.processor.log.queue.capacity", "{log_record}", false);
    check_metric(&receiver, "otel.sdk.processor.log.processed", "{log_record}", true);
    check_metric(&receiver, "otel.sdk.exporter.log.inflight", "{log_record}", false);
    check_metric(&receiver, "otel.sdk.exporter.log.exported", "{log_record}", true);
    check_metric(&receiver, "otel.sdk.exporter.metric_data_point.inflight", "{data_point}", false);
    check_metric(&receiver, "otel.sdk.exporter.metric_data_point.exported", "{data_point}", true);
    check_metric(&receiver, "otel.sdk.metric_reader.collection.duration", "s", NONE);
    check_metric(&receiver, "otel.sdk.exporter.operation.duration", "s", NONE);
    finish(&receiver);
}

static void there_are_none_unless_they_are_asked_for(void **state)
{
    struct receiver receiver;

    (void)state;
    make_receiver(&receiver, NULL);
    start(&receiver, SDK_SETTINGS({"HAETAE_WORKER", "manual"}));
    sdk_series(receiver.sdk, 1);
    flush(&receiver);
    assert_int_equal(receiver.metrics->resource_metrics[0]->n_scope_metrics, 1);
    assert_null(find(&receiver, PROCESSED));
    finish(&receiver);
}

/* ---- Values ------------------------------------------------------------------------------- */

/* What waits in the queues, which hold 1000 spans and 500 log records; nothing is in flight. */
static void check_queues(const struct receiver *receiver, int64_t spans, int64_t logs)
{
    static const char log_batcher[] = "batching_log_processor/0";

    assert_int_equal(value_of(receiver, "otel.sdk.processor.span.queue.size", BATCHER, NULL),
                     spans);
    assert_int_equal(value_of(receiver, "otel.sdk.processor.log.queue.size", log_batcher, NULL),
                     logs);
    assert_int_equal(value_of(receiver, "otel.sdk.processor.span.queue.capacity", BATCHER, NULL),
                     1000);
    assert_int_equal(value_of(receiver, "otel.sdk.processor.log.queue.capacity", log_batcher, NULL),
                     500);
    assert_int_equal(value_of(receiver, IN_FLIGHT, EXPORTER, NULL), 0);
    assert_int_equal(
        value_of(receiver, "otel.sdk.exporter.log.inflight", "test_http_log_exporter/0", NULL), 0);
}

static void values_equal_what_happened(void **state)
{
    struct receiver receiver;

    (void)state;
    make_receiver(&receiver, "test_http");
    start(&receiver, SDK_SETTINGS(ON, {"OTEL_BSP_MAX_QUEUE_SIZE", "1000"},
                                  {"OTEL_BLRP_MAX_QUEUE_SIZE", "500"}));
    sdk_spans(receiver.sdk, 5);
    sdk_logs(receiver.sdk, 3);
    flush(&receiver); /* collected before anything was sent */
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), 0);
    assert_int_equal(value_of(&receiver, "otel.sdk.log.created", NULL, NULL), 3);
    check_queues(&receiver, 5, 3);
    sdk_spans(receiver.sdk, 2);
    flush(&receiver);
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), 5);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, NULL), 5);
    assert_int_equal(value_of(&receiver, IN_FLIGHT, EXPORTER, NULL), 0);
    check_queues(&receiver, 2, 0);
    assert_int_equal(
        value_of(&receiver, "otel.sdk.processor.log.processed", "batching_log_processor/0", NULL),
        3);
    assert_int_equal(
        value_of(&receiver, "otel.sdk.exporter.log.exported", "test_http_log_exporter/0", NULL), 3);
    assert_true(value_of(&receiver, "otel.sdk.exporter.metric_data_point.exported",
                         "test_http_metric_exporter/0", NULL) > 0);
    assert_int_equal(operations(&receiver, EXPORTER, NULL), 1);
    assert_non_null(durations_of(&receiver, "otel.sdk.metric_reader.collection.duration",
                                 "periodic_metric_reader/0", NULL));
    flush(&receiver);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, NULL), 7);
    assert_int_equal(operations(&receiver, EXPORTER, NULL), 2);
    finish(&receiver);
}

static void what_waits_is_in_the_queue_or_in_flight(void **state)
{
    struct receiver receiver;

    (void)state;
    make_receiver(&receiver, "test_http");
    receiver.traces.verdict = HAETAE_VERDICT_RETRY;
    receiver.traces.retry_after_ms = 3600000;
    start(&receiver, SDK_SETTINGS(ON));
    sdk_spans(receiver.sdk, 4);
    flush(&receiver); /* tried once, and to be tried again */
    sdk_spans(receiver.sdk, 3);
    flush(&receiver); /* these wait for the first ones */
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), 4);
    assert_int_equal(value_of(&receiver, IN_FLIGHT, EXPORTER, NULL), 4);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, NULL), 0);
    sdk_spans(receiver.sdk, 1);
    flush(&receiver);
    assert_true(value_of(&receiver, "otel.sdk.processor.span.queue.size", BATCHER, NULL) +
                    value_of(&receiver, IN_FLIGHT, EXPORTER, NULL) >=
                7);
    assert_true(operations(&receiver, EXPORTER, "_OTHER") >= 1);
    finish(&receiver);
}

static void spools_and_who_is_away_are_measured(void **state)
{
    char directory[TEMPORARY_PATH_MAX];
    char command[TEMPORARY_PATH_MAX + 16];
    struct receiver receiver;

    (void)state;
    assert_true(temporary_directory(directory));
    make_receiver(&receiver, "test_http");
    receiver.traces.verdict = HAETAE_VERDICT_RETRY;
    start(&receiver, SDK_SETTINGS(ON, {"HAETAE_SPOOL_DIR", directory}));
    sdk_spans(receiver.sdk, 3);
    /* A flush sends to the spool what it has tried in vain; the disk takes real time. */
    do {
        flush(&receiver);
    } while (value_of(&receiver, "haetae.exporter.span.spooled", EXPORTER, NULL) != 3);
    check_metric(&receiver, "haetae.exporter.span.spooled", "{span}", false);
    check_metric(&receiver, "haetae.exporter.span.spool.size", "By", false);
    check_metric(&receiver, "haetae.exporter.log.waiting", "{request}", false);
    check_metric(&receiver, "haetae.exporter.metric_data_point.away", "{exporter}", false);
    assert_true(value_of(&receiver, "haetae.exporter.span.spool.size", EXPORTER, NULL) > 64);
    assert_int_equal(
        value_of(&receiver, "haetae.exporter.log.away", "test_http_log_exporter/0", NULL), 0);
    finish(&receiver);
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
}

static void refused_items_have_an_error_and_a_status(void **state)
{
    const HaeOtlp__HistogramDataPoint *point;
    struct receiver receiver;

    (void)state;
    make_receiver(&receiver, "test_http");
    receiver.traces.verdict = HAETAE_VERDICT_DROP;
    receiver.traces.http_status = 404;
    start(&receiver, SDK_SETTINGS(ON));
    sdk_spans(receiver.sdk, 4);
    flush(&receiver);
    receiver.traces.verdict = HAETAE_VERDICT_OK;
    receiver.traces.http_status = 200;
    receiver.traces.rejected_count = 2;
    sdk_spans(receiver.sdk, 5);
    flush(&receiver);
    flush(&receiver);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, "rejected"), 6);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, NULL), 3);
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), 9);
    assert_int_equal(value_of(&receiver, IN_FLIGHT, EXPORTER, NULL), 0);
    point = durations_of(&receiver, "otel.sdk.exporter.operation.duration", EXPORTER, "404");
    assert_non_null(point);
    assert_int_equal(
        capture_find(point->attributes, point->n_attributes, "http.response.status_code")
            ->int_value,
        404);
    finish(&receiver);
}

static void a_full_queue_is_an_error_of_the_processor(void **state)
{
    struct receiver receiver;
    struct sdk_numbers numbers;

    (void)state;
    make_receiver(&receiver, "test_http");
    start(&receiver, SDK_SETTINGS(ON, {"OTEL_BSP_MAX_QUEUE_SIZE", "10"},
                                  {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"}));
    sdk_spans(receiver.sdk, 25);
    flush(&receiver);
    flush(&receiver);
    numbers = sdk_numbers(receiver.sdk, TRACES);
    assert_true(numbers.dropped[HAETAE_DROP_QUEUE_FULL] > 0);
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, "queue_full"),
                     numbers.dropped[HAETAE_DROP_QUEUE_FULL]);
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), numbers.delivered);
    assert_int_equal(value_of(&receiver, EXPORTED, EXPORTER, "queue_full"), NONE);
    finish(&receiver);
}

/* ---- Spans -------------------------------------------------------------------------------- */

static int64_t spans_of(const struct receiver *receiver, const char *name, const char *result,
                        const char *origin)
{
    const HaeOtlp__Metric *metric = find(receiver, name);

    for (size_t i = 0; metric != NULL && i < metric->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        if (has(point->attributes, point->n_attributes, "otel.span.sampling_result", result) &&
            has(point->attributes, point->n_attributes, "otel.span.parent.origin", origin)) {
            return point->as_int;
        }
    }
    return NONE;
}

#define STARTED "otel.sdk.span.started"
#define LIVE    "otel.sdk.span.live"
#define SAMPLED "RECORD_AND_SAMPLE"

static haetae_span start_span(haetae_tracer *tracer, const haetae_span_context *parent,
                              int32_t decision)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = parent, .decision = decision);

    return haetae_span_start_with(tracer, HAETAE_TEXT("span"), &options);
}

static void spans_are_counted_by_parent_and_decision(void **state)
{
    haetae_span_context remote = {
        .trace_id = {1}, .span_id = {2}, .trace_flags = 1, .is_remote = 1};
    haetae_span_context local;
    struct receiver receiver;
    haetae_tracer *tracer;
    haetae_span spans[4];

    (void)state;
    make_receiver(&receiver, NULL);
    start(&receiver, SDK_SETTINGS(ON));
    tracer = haetae_tracer_named(receiver.sdk, "test");
    spans[0] = start_span(tracer, NULL, 0);
    assert_true(haetae_span_get_context(spans[0], &local));
    spans[1] = start_span(tracer, &local, HAETAE_SAMPLING_DROP);
    spans[2] = start_span(tracer, &remote, 0);
    spans[3] = start_span(tracer, &remote, HAETAE_SAMPLING_RECORD_ONLY);
    flush(&receiver);
    assert_int_equal(spans_of(&receiver, STARTED, SAMPLED, "none"), 1);
    assert_int_equal(spans_of(&receiver, STARTED, "DROP", "local"), 1);
    assert_int_equal(spans_of(&receiver, STARTED, SAMPLED, "remote"), 1);
    assert_int_equal(spans_of(&receiver, STARTED, "RECORD_ONLY", "remote"), 1);
    assert_int_equal(spans_of(&receiver, STARTED, "DROP", "none"), NONE);
    assert_int_equal(spans_of(&receiver, LIVE, SAMPLED, NULL), 2);
    assert_int_equal(spans_of(&receiver, LIVE, "RECORD_ONLY", NULL), 1);
    assert_int_equal(spans_of(&receiver, LIVE, "DROP", NULL), NONE);
    for (int i = 0; i < 4; i++) {
        haetae_span_end(spans[i]);
    }
    flush(&receiver);
    assert_int_equal(spans_of(&receiver, LIVE, SAMPLED, NULL), 0);
    assert_int_equal(spans_of(&receiver, LIVE, "RECORD_ONLY", NULL), 0);
    assert_string_equal(find(&receiver, STARTED)->unit, "{span}");
    assert_true(find(&receiver, STARTED)->sum->is_monotonic);
    assert_false(find(&receiver, LIVE)->sum->is_monotonic);
    finish(&receiver);
}

/* ---- Exporters ---------------------------------------------------------------------------- */

static void exporters_of_one_type_are_numbered(void **state)
{
    struct receiver receiver;
    struct fake_exporter second;

    (void)state;
    make_receiver(&receiver, NULL);
    fake_init(&second, "other", fake_refuse);
    second.ops.component_type = "fake";
    receiver.sdk = sdk_start(SDK_SETTINGS(ON), SDK_FAKES(&receiver.fake, &second));
    sdk_spans(receiver.sdk, 2);
    flush(&receiver);
    flush(&receiver);
    assert_int_equal(value_of(&receiver, EXPORTED, "fake_span_exporter/0", NULL), 2);
    assert_int_equal(value_of(&receiver, EXPORTED, "fake_span_exporter/1", NULL), 0);
    assert_int_equal(value_of(&receiver, EXPORTED, "fake_span_exporter/1", "rejected"), 2);
    assert_int_equal(value_of(&receiver, PROCESSED, BATCHER, NULL), 2);
    finish(&receiver);
    fake_done(&second);
}

static void a_component_type_that_is_too_long_is_refused(void **state)
{
    char text[65];
    haetae_exporter *exporter = NULL;
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "name", .component_type = text);

    (void)state;
    memset(text, 'x', 64);
    text[64] = '\0';
    ops.send = (void (*)(void *, haetae_delivery *))(void (*)(void))fake_accept;
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_EINVAL);
    assert_null(exporter);
    text[63] = '\0';
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_OK);
    haetae_exporter_free(exporter);
}

/* ---- Over time ---------------------------------------------------------------------------- */

static uint64_t points_recorded(struct receiver *receiver)
{
    return sdk_numbers(receiver->sdk, HAETAE_SIGNAL_METRICS).recorded;
}

/* Metrics about metrics come with each collection, and do not make more of them. */
static void they_do_not_feed_themselves(void **state)
{
    struct receiver receiver;
    uint64_t before;
    uint64_t of_one;

    (void)state;
    make_receiver(&receiver, NULL);
    start(&receiver, SDK_SETTINGS(ON));
    for (int i = 0; i < 3; i++) {
        flush(&receiver);
    }
    before = points_recorded(&receiver);
    flush(&receiver);
    of_one = points_recorded(&receiver) - before;
    for (int i = 0; i < 20; i++) {
        before = points_recorded(&receiver);
        flush(&receiver);
        assert_int_equal(points_recorded(&receiver) - before, of_one);
    }
    assert_true(of_one < 40);
    finish(&receiver);
}

static void a_forked_child_counts_from_zero(void **state)
{
    struct receiver receiver;
    pid_t child;
    int status;

    (void)state;
    make_receiver(&receiver, "test_http");
    start(&receiver, SDK_SETTINGS(ON));
    sdk_spans(receiver.sdk, 5);
    flush(&receiver);
    flush(&receiver);
    child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        bool right;

        sdk_spans(receiver.sdk, 2);
        flush(&receiver);
        flush(&receiver);
        right = value_of(&receiver, PROCESSED, BATCHER, NULL) == 2 &&
                value_of(&receiver, EXPORTED, EXPORTER, NULL) == 2;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    finish(&receiver);
}

static void the_shutdown_is_no_misuse(void **state)
{
    struct receiver receiver;
    haetae_stats *stats = NULL;

    (void)state;
    make_receiver(&receiver, NULL);
    start(&receiver, SDK_SETTINGS(ON));
    sdk_spans(receiver.sdk, 5);
    assert_int_equal(haetae_sdk_shutdown(receiver.sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_stats_take(receiver.sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_MEASUREMENT), 0);
    haetae_stats_free(stats);
    finish(&receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_metric_has_its_name_unit_and_kind),
        cmocka_unit_test(there_are_none_unless_they_are_asked_for),
        cmocka_unit_test(values_equal_what_happened),
        cmocka_unit_test(what_waits_is_in_the_queue_or_in_flight),
        cmocka_unit_test(spools_and_who_is_away_are_measured),
        cmocka_unit_test(refused_items_have_an_error_and_a_status),
        cmocka_unit_test(a_full_queue_is_an_error_of_the_processor),
        cmocka_unit_test(spans_are_counted_by_parent_and_decision),
        cmocka_unit_test(exporters_of_one_type_are_numbered),
        cmocka_unit_test(a_component_type_that_is_too_long_is_refused),
        cmocka_unit_test(they_do_not_feed_themselves),
        cmocka_unit_test(a_forked_child_counts_from_zero),
        cmocka_unit_test(the_shutdown_is_no_misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
