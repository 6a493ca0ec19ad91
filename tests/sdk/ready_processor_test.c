/* SPDX-License-Identifier: Apache-2.0 */
/* The ready processors: metrics of spans, attributes of baggage, export of each item by itself. */
#include <poll.h>

#include "base/alloc.h"
#include "haetae/baggage.h"
#include "otlp.pb-c.h"
#include "recorder/consumer.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

/* The last request of each signal. */
struct got {
    HaeOtlp__ExportTraceServiceRequest *traces;
    HaeOtlp__ExportLogsServiceRequest *logs;
    HaeOtlp__ExportMetricsServiceRequest *metrics;
};

static void forget(struct got *got)
{
    hae_otlp__export_trace_service_request__free_unpacked(got->traces, NULL);
    hae_otlp__export_logs_service_request__free_unpacked(got->logs, NULL);
    hae_otlp__export_metrics_service_request__free_unpacked(got->metrics, NULL);
    *got = (struct got){.traces = NULL};
}

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct got *got = fake->user;
    size_t size = haetae_delivery_size(delivery);
    const uint8_t *data = haetae_delivery_data(delivery);

    switch (haetae_delivery_signal(delivery)) {
    case HAETAE_SIGNAL_TRACES:
        hae_otlp__export_trace_service_request__free_unpacked(got->traces, NULL);
        got->traces = hae_otlp__export_trace_service_request__unpack(NULL, size, data);
        break;
    case HAETAE_SIGNAL_LOGS:
        hae_otlp__export_logs_service_request__free_unpacked(got->logs, NULL);
        got->logs = hae_otlp__export_logs_service_request__unpack(NULL, size, data);
        break;
    default:
        hae_otlp__export_metrics_service_request__free_unpacked(got->metrics, NULL);
        got->metrics = hae_otlp__export_metrics_service_request__unpack(NULL, size, data);
        break;
    }
    fake_accept(fake, delivery);
}

struct fixture {
    struct fake_exporter fake;
    struct got got;
    haetae_config *config;
    haetae_sdk *sdk;
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    fake_init(&f->fake, "fake", keep);
    f->fake.user = &f->got;
    f->config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&f->fake));
    *state = f;
    return 0;
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static int end(void **state)
{
    struct fixture *f = *state;

    sdk_finish(f->sdk, &f->fake);
    forget(&f->got);
    free(f);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const HaeOtlp__AnyValue *find(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->key, key) == 0) {
            return list[i]->value;
        }
    }
    return NULL;
}

static const char *text_of(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    const HaeOtlp__AnyValue *value = find(list, count, key);

    return value != NULL && value->value_case == HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE
               ? value->string_value
               : "";
}

/* ---- Metrics of spans ----------------------------------------------------------------------- */

static void end_span(struct fixture *f, const char *name, const char *route, bool failed)
{
    haetae_span span = haetae_span_start(haetae_tracer_named(f->sdk, "t"), name, strlen(name),
                                         HAETAE_SPAN_KIND_SERVER);

    if (route != NULL) {
        haetae_span_set_string(span, HAETAE_TEXT("http.route"), route, strlen(route));
    }
    haetae_span_set_int64(span, HAETAE_TEXT("other"), 5);
    if (failed) {
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    }
    haetae_span_end(span);
}

static const HaeOtlp__Metric *metric(struct fixture *f, const char *name)
{
    forget(&f->got);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_non_null(f->got.metrics);
    for (size_t i = 0; i < f->got.metrics->resource_metrics[0]->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = f->got.metrics->resource_metrics[0]->scope_metrics[i];

        assert_string_equal(scope->scope->name, "haetae");
        for (size_t j = 0; j < scope->n_metrics; j++) {
            if (strcmp(scope->metrics[j]->name, name) == 0) {
                return scope->metrics[j];
            }
        }
    }
    return NULL;
}

static int64_t calls_of(const HaeOtlp__Metric *calls, const char *name, const char *status,
                        const char *route)
{
    int64_t count = 0;

    for (size_t i = 0; i < calls->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = calls->sum->data_points[i];

        if (strcmp(text_of(point->attributes, point->n_attributes, "span.name"), name) == 0 &&
            strcmp(text_of(point->attributes, point->n_attributes, "status.code"), status) == 0 &&
            strcmp(text_of(point->attributes, point->n_attributes, "http.route"), route) == 0) {
            assert_string_equal(text_of(point->attributes, point->n_attributes, "span.kind"),
                                "SPAN_KIND_SERVER");
            assert_null(find(point->attributes, point->n_attributes, "other"));
            count += point->as_int;
        }
    }
    return count;
}

static void spans_are_counted_and_timed(void **state)
{
    static const haetae_string keys[] = {{"http.route", 10}, {"absent", 6}};
    struct fixture *f = *state;
    const HaeOtlp__Metric *found;

    assert_int_equal(haetae_config_add_span_metrics(f->config, keys, 2), HAETAE_OK);
    start(f);
    end_span(f, "get", "/a", false);
    end_span(f, "get", "/a", false);
    end_span(f, "get", "/a", true);
    end_span(f, "get", "/b", false);
    end_span(f, "put", NULL, false);
    found = metric(f, "traces.span.metrics.calls");
    assert_non_null(found);
    assert_string_equal(found->unit, "{call}");
    assert_int_equal(found->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_true(found->sum->is_monotonic);
    assert_int_equal(found->sum->n_data_points, 4);
    assert_int_equal(calls_of(found, "get", "STATUS_CODE_UNSET", "/a"), 2);
    assert_int_equal(calls_of(found, "get", "STATUS_CODE_ERROR", "/a"), 1);
    assert_int_equal(calls_of(found, "get", "STATUS_CODE_UNSET", "/b"), 1);
    assert_int_equal(calls_of(found, "put", "STATUS_CODE_UNSET", ""), 1);
    found = metric(f, "traces.span.metrics.duration");
    assert_non_null(found);
    assert_string_equal(found->unit, "s");
    assert_int_equal(found->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_int_equal(found->histogram->n_data_points, 4);
}

/* Also when another one is current where it ends. */
static void exemplars_of_a_duration_are_the_span_itself(void **state)
{
    struct fixture *f = *state;
    haetae_tracer *tracer;
    haetae_span_context context;
    haetae_context_token token;
    const HaeOtlp__HistogramDataPoint *point;
    haetae_span other;
    haetae_span span;

    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    tracer = haetae_tracer_named(f->sdk, "t");
    other = haetae_span_start(tracer, HAETAE_TEXT("other"), HAETAE_SPAN_KIND_SERVER);
    span = haetae_span_start(tracer, HAETAE_TEXT("it"), HAETAE_SPAN_KIND_SERVER);
    assert_true(haetae_span_get_context(span, &context));
    haetae_context_attach(other, &token);
    haetae_span_end(span);
    assert_int_equal(haetae_current_span(), other);
    point = metric(f, "traces.span.metrics.duration")->histogram->data_points[0];
    assert_int_equal(point->n_exemplars, 1);
    assert_memory_equal(point->exemplars[0]->span_id.data, context.span_id, 8);
    assert_memory_equal(point->exemplars[0]->trace_id.data, context.trace_id, 16);
    haetae_context_detach(&token);
    haetae_span_end(other);
}

/* A span of a second, and text that is cut within a character. */
static void times_are_seconds_and_text_is_cut(void **state)
{
    struct fixture *f = *state;
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .start_time_unix_ns = UINT64_C(1700000000000000000));
    const HaeOtlp__HistogramDataPoint *point;
    const HaeOtlp__Metric *found;
    char name[160];

    memset(name, 'x', 127);
    for (int i = 0; i < 10; i++) {
        memcpy(name + 127 + 3 * i, "\xed\x9d\xac", 3);
    }
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    haetae_span_end_at(
        haetae_span_start_with(haetae_tracer_named(f->sdk, "t"), name, 157, &options),
        UINT64_C(1700000002000000000));
    found = metric(f, "traces.span.metrics.duration");
    assert_non_null(found);
    point = found->histogram->data_points[0];
    assert_true(point->sum > 1.999 && point->sum < 2.001);
    name[127] = '\0';
    assert_string_equal(text_of(point->attributes, point->n_attributes, "span.name"), name);
}

static void text_that_just_fits_is_kept(void **state)
{
    struct fixture *f = *state;
    char name[129];

    memset(name, 'x', 125);
    memcpy(name + 125, "\xed\x9d\xac", 4);
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    end_span(f, name, NULL, false);
    assert_int_equal(
        calls_of(metric(f, "traces.span.metrics.calls"), name, "STATUS_CODE_UNSET", ""), 1);
}

static void spans_that_the_shutdown_ends_are_no_misuse(void **state)
{
    struct fixture *f = *state;
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    for (int i = 0; i < 10; i++) {
        haetae_span_start(haetae_tracer_named(f->sdk, "t"), HAETAE_TEXT("open"),
                          HAETAE_SPAN_KIND_SERVER);
    }
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_stats_take(f->sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_MEASUREMENT), 0);
    haetae_stats_free(stats);
}

static void names_without_end_share_one_series(void **state)
{
    struct fixture *f = *state;
    const HaeOtlp__Metric *calls;
    int64_t total = 0;
    bool overflow = false;

    assert_int_equal(haetae_config_set(f->config, "HAETAE_METRICS_CARDINALITY_LIMIT", "10"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    for (int i = 0; i < 50; i++) {
        char name[16];

        snprintf(name, sizeof name, "%d", i);
        end_span(f, name, NULL, false);
    }
    calls = metric(f, "traces.span.metrics.calls");
    assert_non_null(calls);
    assert_true(calls->sum->n_data_points <= 11);
    for (size_t i = 0; i < calls->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = calls->sum->data_points[i];

        total += point->as_int;
        overflow |= find(point->attributes, point->n_attributes, "otel.metric.overflow") != NULL;
    }
    assert_true(overflow);
    assert_int_equal(total, 50);
}

/* What the sampler drops is measured where all is recorded, and only there. */
static void spans_that_are_not_exported_count_if_they_are_recorded(void **state)
{
    struct fixture *f = *state;
    haetae_sampler *off = NULL;
    haetae_sampler *all = NULL;

    assert_int_equal(haetae_sampler_always_off(&off), HAETAE_OK);
    assert_int_equal(haetae_sampler_always_record(off, &all), HAETAE_OK);
    assert_int_equal(haetae_config_set_sampler(f->config, all), HAETAE_OK);
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    end_span(f, "get", NULL, false);
    assert_int_equal(
        calls_of(metric(f, "traces.span.metrics.calls"), "get", "STATUS_CODE_UNSET", ""), 1);
    sdk_all_delivered(f->sdk, HAETAE_SIGNAL_TRACES, 0);
}

static void spans_that_the_sampler_drops_are_not_measured(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(haetae_config_set(f->config, "OTEL_TRACES_SAMPLER", "always_off"), HAETAE_OK);
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    start(f);
    end_span(f, "get", NULL, false);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_null(f->got.metrics);
}

/* ---- Baggage ----------------------------------------------------------------------------------
 */

static haetae_context *with_baggage(haetae_context_token *token, unsigned others)
{
    static const char *const entries[][2] = {
        {"user.id", "42"}, {"user.tier", "gold"}, {"secret", "s"}};
    haetae_baggage *baggage = NULL;
    haetae_context *context = NULL;

    for (unsigned i = 0; i < 3 + others; i++) {
        haetae_baggage *more = NULL;
        char name[24];

        snprintf(name, sizeof name, "%s", i < 3 ? entries[i][0] : "user.");
        if (i >= 3) {
            snprintf(name + 5, sizeof name - 5, "%u", i);
        }
        assert_int_equal(haetae_baggage_set(baggage, name, strlen(name),
                                            i < 3 ? entries[i][1] : "x",
                                            i < 3 ? strlen(entries[i][1]) : 1, NULL, 0, &more),
                         HAETAE_OK);
        haetae_baggage_unref(baggage);
        baggage = more;
    }
    assert_int_equal(haetae_context_with_baggage(NULL, baggage, &context), HAETAE_OK);
    haetae_baggage_unref(baggage);
    haetae_context_attach_context(context, token);
    return context;
}

static void record_both(struct fixture *f)
{
    const haetae_attribute attributes[] = {HAETAE_ATTR("user.id", "given"), HAETAE_ATTR("own", 1)};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .attributes = attributes, .attribute_count = 2);

    haetae_span_end(
        haetae_span_start_with(haetae_tracer_named(f->sdk, "t"), HAETAE_TEXT("x"), &options));
    haetae_log(haetae_logger_named(f->sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("body"),
               attributes, 2);
}

struct seen {
    size_t count;
    char id[16];
    char tier[16];
    char secret[16];
};

static struct seen look(HaeOtlp__KeyValue *const *list, size_t count, const char *prefix)
{
    struct seen seen = {.count = count};
    char key[32];

    snprintf(key, sizeof key, "%suser.id", prefix);
    snprintf(seen.id, sizeof seen.id, "%.15s", text_of(list, count, key));
    snprintf(key, sizeof key, "%suser.tier", prefix);
    snprintf(seen.tier, sizeof seen.tier, "%.15s", text_of(list, count, key));
    snprintf(key, sizeof key, "%ssecret", prefix);
    snprintf(seen.secret, sizeof seen.secret, "%.15s", text_of(list, count, key));
    return seen;
}

static struct seen seen_span(struct fixture *f, const char *prefix)
{
    const HaeOtlp__Span *span;

    assert_non_null(f->got.traces);
    span = f->got.traces->resource_spans[0]->scope_spans[0]->spans[0];
    return look(span->attributes, span->n_attributes, prefix);
}

static struct seen seen_log(struct fixture *f, const char *prefix)
{
    const HaeOtlp__LogRecord *record;

    assert_non_null(f->got.logs);
    record = f->got.logs->resource_logs[0]->scope_logs[0]->log_records[0];
    return look(record->attributes, record->n_attributes, prefix);
}

static struct seen record_and_look(struct fixture *f, haetae_signal signal, const char *prefix,
                                   unsigned others)
{
    haetae_context_token token;
    haetae_context *context = with_baggage(&token, others);
    const haetae_attribute attributes[] = {HAETAE_ATTR("user.id", "given"), HAETAE_ATTR("own", 1)};
    haetae_span span;

    if (signal == HAETAE_SIGNAL_TRACES) {
        haetae_span_options options =
            HAETAE_OPTIONS(haetae_span_options, .attributes = attributes, .attribute_count = 2);

        span = haetae_span_start_with(haetae_tracer_named(f->sdk, "t"), HAETAE_TEXT("x"), &options);
        haetae_span_end(span);
    } else {
        haetae_log(haetae_logger_named(f->sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("body"),
                   attributes, 2);
    }
    haetae_context_detach(&token);
    haetae_context_unref(context);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    return signal == HAETAE_SIGNAL_TRACES ? seen_span(f, prefix) : seen_log(f, prefix);
}

static void baggage_becomes_attributes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "user.*", NULL, 0), HAETAE_OK);
    start(f);
    for (int signal = HAETAE_SIGNAL_TRACES; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct seen seen;

        if (signal == HAETAE_SIGNAL_METRICS) {
            continue;
        }
        seen = record_and_look(f, (haetae_signal)signal, "", 0);
        assert_int_equal(seen.count, 3);
        assert_string_equal(seen.id, "42"); /* in the place of the one that was given */
        assert_string_equal(seen.tier, "gold");
        assert_string_equal(seen.secret, "");
    }
}

/* Keys of no text are a mistake, which the record tells as it does without a processor. */
static void a_key_of_no_text_stands_beside_baggage(void **state)
{
    struct fixture *f = *state;
    const haetae_attribute attributes[] = {{.key = {NULL, 7}, .value = HAETAE_VALUE(1)}};
    haetae_context_token token;
    haetae_context *context = with_baggage(&token, 0);
    struct seen seen;

    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "user.id", NULL, 0),
                     HAETAE_OK);
    start(f);
    haetae_log(haetae_logger_named(f->sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("body"),
               attributes, 1);
    haetae_context_detach(&token);
    haetae_context_unref(context);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    seen = seen_log(f, "");
    assert_string_equal(seen.id, "42");
}

static void without_baggage_nothing_is_added(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "*", NULL, 0), HAETAE_OK);
    start(f);
    record_both(f);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_int_equal(seen_log(f, "").count, 2);
    assert_int_equal(seen_span(f, "").count, 2);
}

static void a_prefix_keeps_them_apart(void **state)
{
    struct fixture *f = *state;
    struct seen seen;

    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "user.?d", "baggage.",
                                                          1U << HAETAE_SIGNAL_LOGS),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "secret", "baggage.", 0),
                     HAETAE_OK);
    start(f);
    seen = record_and_look(f, HAETAE_SIGNAL_TRACES, "baggage.", 0);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.id, "");
    assert_string_equal(seen.secret, "s");
    seen = record_and_look(f, HAETAE_SIGNAL_LOGS, "baggage.", 0);
    assert_int_equal(seen.count, 4);
    assert_string_equal(seen.id, "42");
    assert_string_equal(seen.secret, "s");
    seen = record_and_look(f, HAETAE_SIGNAL_LOGS, "", 0);
    assert_string_equal(seen.id, "given");
}

static void what_does_not_fit_a_log_record_is_left_out(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "*", NULL, 0), HAETAE_OK);
    start(f);
    assert_int_equal(record_and_look(f, HAETAE_SIGNAL_TRACES, "", 200).count, 128);
    assert_int_equal(record_and_look(f, HAETAE_SIGNAL_LOGS, "", 200).count, 64);
}

static void what_does_not_fit_its_prefix_is_left_out(void **state)
{
    struct fixture *f = *state;
    char prefix[256];
    struct seen seen;

    memset(prefix, 'p', 240);
    prefix[240] = '\0';
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "*", prefix, 0), HAETAE_OK);
    start(f);
    seen = record_and_look(f, HAETAE_SIGNAL_LOGS, "", 20);
    assert_int_equal(seen.count, 2 + 1024 / 246);
}

/* ---- Bad input ---------------------------------------------------------------------------------
 */

static void bad_arguments_and_no_memory_change_nothing(void **state)
{
    struct fixture *f = *state;
    char pattern[300];
    haetae_string keys[9] = {{"a", 1}};
    long live = hae_alloc_live_count();

    memset(pattern, 'x', sizeof pattern - 1);
    pattern[sizeof pattern - 1] = '\0';
    assert_int_equal(haetae_config_add_span_metrics(f->config, keys, 2), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 1), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_span_metrics(f->config, keys, 9), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, pattern, NULL, 0),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "x", pattern, 0),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "x", NULL, 1U << 31),
                     HAETAE_EINVAL);
    for (long i = 0; i < 2; i++) {
        hae_alloc_fail_after(0);
        assert_int_equal(haetae_config_add_span_metrics(f->config, keys, 1), HAETAE_ENOMEM);
        assert_int_equal(haetae_config_add_baggage_attributes(f->config, "x", NULL, 1U << i * 2),
                         HAETAE_ENOMEM);
        hae_alloc_fail_after(-1);
    }
    assert_int_equal(hae_alloc_live_count(), live);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_config_add_span_metrics(f->config, NULL, 0), HAETAE_ELIMIT);
    assert_int_equal(haetae_config_add_baggage_attributes(f->config, "x", NULL, 0), HAETAE_ELIMIT);
    start(f);
    end_span(f, "get", NULL, false);
    assert_int_equal(
        calls_of(metric(f, "traces.span.metrics.calls"), "get", "STATUS_CODE_UNSET", ""), 8);
}

/* ---- One by one --------------------------------------------------------------------------------
 */

static bool wakes(struct fixture *f)
{
    struct pollfd polled = {.fd = f->sdk->recorder->wake.number, .events = POLLIN};
    bool woken = poll(&polled, 1, 0) == 1;

    hae_recorder_awake(f->sdk->recorder, woken);
    return woken;
}

static void a_simple_processor_sends_each_item_by_itself(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(haetae_config_set(f->config, "HAETAE_TRACES_PROCESSOR", "simple"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f->config, "HAETAE_LOGS_PROCESSOR", "simple"), HAETAE_OK);
    assert_int_equal(haetae_config_set(f->config, "OTEL_BSP_SCHEDULE_DELAY", "2000000"), HAETAE_OK);
    start(f);
    for (int i = 0; i < 3; i++) {
        assert_false(hae_recorder_about_to_wait(f->sdk->recorder));
        sdk_spans(f->sdk, 1);
        assert_true(wakes(f));
        while (f->fake.send_count == (uint64_t)i * 2) {
            assert_int_equal(haetae_sdk_step(f->sdk, 0), HAETAE_OK);
        }
        assert_int_equal(f->got.traces->resource_spans[0]->scope_spans[0]->n_spans, 1);
        assert_false(hae_recorder_about_to_wait(f->sdk->recorder));
        sdk_logs(f->sdk, 1);
        assert_true(wakes(f));
        while (f->fake.send_count == (uint64_t)i * 2 + 1) {
            assert_int_equal(haetae_sdk_step(f->sdk, 0), HAETAE_OK);
        }
        assert_int_equal(f->got.logs->resource_logs[0]->scope_logs[0]->n_log_records, 1);
    }
    sdk_spans(f->sdk, 5); /* at once */
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_int_equal(f->fake.send_count, 11);
}

static void a_batching_processor_wakes_nobody(void **state)
{
    struct fixture *f = *state;

    start(f);
    assert_false(hae_recorder_about_to_wait(f->sdk->recorder));
    sdk_spans(f->sdk, 1);
    assert_false(wakes(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spans_are_counted_and_timed),
        TEST(exemplars_of_a_duration_are_the_span_itself),
        TEST(times_are_seconds_and_text_is_cut),
        TEST(text_that_just_fits_is_kept),
        TEST(spans_that_the_shutdown_ends_are_no_misuse),
        TEST(names_without_end_share_one_series),
        TEST(spans_that_are_not_exported_count_if_they_are_recorded),
        TEST(spans_that_the_sampler_drops_are_not_measured),
        TEST(baggage_becomes_attributes),
        TEST(a_key_of_no_text_stands_beside_baggage),
        TEST(without_baggage_nothing_is_added),
        TEST(a_prefix_keeps_them_apart),
        TEST(what_does_not_fit_a_log_record_is_left_out),
        TEST(what_does_not_fit_its_prefix_is_left_out),
        TEST(bad_arguments_and_no_memory_change_nothing),
        TEST(a_simple_processor_sends_each_item_by_itself),
        TEST(a_batching_processor_wakes_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
