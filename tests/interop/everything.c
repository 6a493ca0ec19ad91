/* SPDX-License-Identifier: Apache-2.0 */
/* Usage: everything EXPECTATION
 * Records with every call of the library, exports to OTEL_EXPORTER_OTLP_ENDPOINT
 * and writes to the file EXPECTATION what must arrive. */
#include "everything.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#ifdef INTEROP_KAFKA
#include "haetae/kafka.h"
#endif

enum { TIMEOUT_MS = 30000 };

struct misuses misuses_made;

void expect_true(const struct run *run, bool condition, const char *text, const char *file,
                 int line)
{
    if (!condition) {
        fprintf(stderr, "%s:%d: check failed: %s\n", file, line, text);
        ++*run->failure_count;
    }
}

void expect_ok(const struct run *run, haetae_status status, const char *text, const char *file,
               int line)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "%s:%d: %s (%s): %s\n", file, line, haetae_status_name(status),
                haetae_status_text(status), text);
        ++*run->failure_count;
    }
}

static uint64_t now_unix_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- The resource ------------------------------------------------------------------------ */

static void put_text_attribute(struct json_out *out, const char *key, const char *value)
{
    haetae_attribute attribute = haetae_attribute_of(key, haetae_value_string(value));

    json_object(out, NULL);
    json_string(out, "key", key);
    json_value(out, "value", &attribute.value);
    json_object_end(out);
}

static void put_host_id(struct json_out *out)
{
    char id[33] = "";
    FILE *file = fopen("/etc/machine-id", "r");

    if (file != NULL) {
        if (fscanf(file, "%32[0-9a-f]", id) == 1 && strlen(id) == 32) {
            put_text_attribute(out, "host.id", id);
        }
        fclose(file);
    }
}

/* Attributes that the library should detect. */
static void put_detected(struct json_out *out)
{
    char path[4096] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    const haetae_value pid = haetae_value_int64(getpid());
    struct utsname names;

    path[length > 0 ? length : 0] = '\0';
    uname(&names);
    put_text_attribute(out, "telemetry.sdk.name", "haetae");
    put_text_attribute(out, "telemetry.sdk.language", "c");
    put_text_attribute(out, "telemetry.sdk.version", HAETAE_VERSION);
    put_text_attribute(out, "service.instance.id", "$uuid");
    put_text_attribute(out, "process.executable.name", strrchr(path, '/') + 1);
    put_text_attribute(out, "process.executable.path", path);
    put_text_attribute(out, "host.name", names.nodename);
    put_text_attribute(out, "host.arch",
                       strcmp(names.machine, "x86_64") == 0    ? "amd64"
                       : strcmp(names.machine, "aarch64") == 0 ? "arm64"
                                                               : names.machine);
    put_text_attribute(out, "os.type", "linux");
    put_host_id(out);
    json_object(out, NULL);
    json_string(out, "key", "process.pid");
    json_value(out, "value", &pid);
    json_object_end(out);
}

static void define_resource(struct json_out *out, const char *service,
                            const haetae_attribute *attributes, size_t count)
{
    json_object(out, NULL);
    json_string(out, "define_resource", service);
    json_object(out, "is");
    json_array(out, "attributes");
    put_detected(out);
    put_text_attribute(out, "service.name", service);
    for (size_t i = 0; i < count; i++) {
        json_object(out, NULL);
        json_text(out, "key", attributes[i].key.data, attributes[i].key.length);
        json_value(out, "value", &attributes[i].value);
        json_object_end(out);
    }
    json_array_end(out);
    json_string(out, "schemaUrl", "https://opentelemetry.io/schemas/1.43.0");
    json_object_end(out);
    json_object_end(out);
    json_line_end(out);
}

static bool find_service(void *user, const haetae_attribute *attribute)
{
    const char *service = user;

    if (attribute->key.length != strlen("service.name") ||
        memcmp(attribute->key.data, "service.name", attribute->key.length) != 0) {
        return true;
    }
    return attribute->value.as.string.length != strlen(service) ||
           memcmp(attribute->value.as.string.data, service, strlen(service)) != 0;
}

/* Checks what the SDK itself says of its resource. One that is disabled has none. */
static void check_resource(const struct run *run)
{
    haetae_resource *resource = NULL;

    if (run->sdk == NULL) {
        EXPECT(run, haetae_sdk_resource(NULL, &resource) == HAETAE_EINVAL);
        return;
    }
    EXPECT_OK(run, haetae_sdk_resource(run->sdk, &resource));
    EXPECT(run, haetae_resource_count(resource) > 8);
    EXPECT_OK(run, haetae_resource_visit(resource, find_service, (void *)run->resource));
    haetae_resource_free(resource);
}

/* The exporter that the environment asks for. */
static haetae_status new_exporter(haetae_config *config, haetae_exporter **ret_exporter)
{
#ifdef INTEROP_KAFKA
    if (getenv("HAETAE_KAFKA_BROKERS") != NULL) {
        return haetae_kafka_new(config, ret_exporter);
    }
#endif
    return strcmp(haetae_config_get(config, "OTEL_EXPORTER_OTLP_PROTOCOL"), "grpc") == 0
               ? haetae_otlp_grpc_new(config, ret_exporter)
               : haetae_otlp_http_new(config, ret_exporter);
}

/* ---- SDKs -------------------------------------------------------------------------------- */

struct option {
    const char *key, *value;
};

/* Starts an SDK that exports to the collector only when it is flushed. */
static struct run start_sdk(const struct run *base, const char *service,
                            const struct option *options, const haetae_attribute *resource,
                            size_t resource_count)
{
    struct run run = *base;
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    run.resource = service;
    run.sdk = NULL;
    EXPECT_OK(&run, haetae_config_new(&config));
    EXPECT_OK(&run, haetae_config_load_env(config));
    EXPECT_OK(&run, haetae_config_set(config, "OTEL_SERVICE_NAME", service));
    EXPECT_OK(&run, haetae_config_set(config, "OTEL_METRIC_EXPORT_INTERVAL", "3600000"));
    /* What this program does not find out by itself. */
    EXPECT_OK(&run, haetae_config_set(config, "HAETAE_RESOURCE_EXCLUDED",
                                      "process.c*,process.owner,process.runtime.*,os.name,"
                                      "os.version,os.description"));
    for (; options->key != NULL; options++) {
        EXPECT_OK(&run, haetae_config_set(config, options->key, options->value));
    }
    for (size_t i = 0; i < resource_count; i++) {
        EXPECT_OK(&run, haetae_config_add_resource_attribute(config, &resource[i]));
    }
    EXPECT_OK(&run, new_exporter(config, &exporter));
    EXPECT_OK(&run, haetae_config_add_exporter(config, exporter));
    EXPECT_OK(&run, haetae_config_check(config));
    EXPECT_OK(&run, haetae_sdk_start(config, &run.sdk));
    if (haetae_config_error(config)[0] != '\0') {
        fprintf(stderr, "%s\n", haetae_config_error(config));
    }
    haetae_config_free(config);
    check_resource(&run);
    return run;
}

/* Checks that the only exporter delivered all of a signal. */
static void check_destination(const struct run *run, const haetae_stats *stats,
                              haetae_signal signal)
{
    EXPECT(run, haetae_stats_destination_count(stats) == 1);
    EXPECT(run, haetae_stats_destination_name(stats, 0)[0] != 0);
    EXPECT(run, haetae_stats_destination_first(stats, 0) == 0);
    EXPECT(run, haetae_stats_destination_takes(stats, 0, signal));
    EXPECT(run, haetae_stats_destination_value(stats, 0, signal, HAETAE_DESTINATION_DELIVERED) ==
                    haetae_stats_recorded(stats, signal));
    EXPECT(run, haetae_stats_destination_value(stats, 0, signal, HAETAE_DESTINATION_DROPPED) == 0);
}

/* Checks that all records were delivered, and that only the misuses were counted. */
static void check_stats(const struct run *run, const struct misuses *misuses)
{
    haetae_stats *stats = NULL;

    EXPECT_OK(run, haetae_stats_take(run->sdk, &stats));
    EXPECT(run, haetae_stats_format(stats, HAETAE_STATS_JSON, NULL, 0) > 100);
    EXPECT(run, haetae_now_unix_ns(run->sdk) > 0);
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        haetae_signal signal = (haetae_signal)i;
        uint64_t recorded = haetae_stats_recorded(stats, signal);

        printf("%s %s: recorded %" PRIu64 ", delivered %" PRIu64 ", sent %" PRIu64 " bytes\n",
               run->resource, haetae_signal_name(signal), recorded,
               haetae_stats_delivered(stats, signal), haetae_stats_sent_bytes(stats, signal));
        EXPECT(run, haetae_stats_delivered(stats, signal) == recorded);
        EXPECT(run, haetae_stats_dropped_total(stats, signal) == 0);
        EXPECT(run, haetae_stats_held(stats, signal) == 0);
        EXPECT(run, haetae_stats_retries(stats, signal) == 0);
        EXPECT(run, haetae_stats_recovered(stats, signal) == 0);
        EXPECT(run, haetae_stats_spooled(stats, signal) == 0);
        EXPECT(run, haetae_stats_spooled_bytes(stats, signal) == 0);
        check_destination(run, stats, signal);
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            EXPECT(run, haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason) == 0);
        }
    }
    EXPECT(run, haetae_stats_open_spans(stats) == 0);
    EXPECT(run, haetae_stats_spans_left_open(stats) == 0);
    EXPECT(run, haetae_stats_hanging_sends(stats) == 0);
    for (int i = 0; i < HAETAE_MISUSE_COUNT; i++) {
        uint64_t counted = haetae_stats_misuse(stats, (haetae_misuse)i);
        /* A detach without its attach belongs to no SDK, so every SDK counts it. */
        uint64_t made = (i == HAETAE_MISUSE_CONTEXT ? &misuses_made : misuses)->count[i];

        if (counted != made) {
            fprintf(stderr, "misuse %d: counted %" PRIu64 ", made %" PRIu64 "\n", i, counted, made);
            ++*run->failure_count;
        }
    }
    haetae_stats_free(stats);
}

static void stop_sdk(const struct run *run, const struct misuses *misuses)
{
    EXPECT_OK(run, haetae_sdk_shutdown(run->sdk, TIMEOUT_MS));
    EXPECT(run, haetae_sdk_shutdown(run->sdk, TIMEOUT_MS) == HAETAE_ESHUTDOWN);
    check_stats(run, misuses);
    haetae_sdk_free(run->sdk);
}

/* ---- Runs -------------------------------------------------------------------------------- */

static void run_main(const struct run *base)
{
    static const struct option options[] = {
        {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=inter%20op,team=%C3%A9quipe"},
        {NULL, NULL}};
    const haetae_value zones[] = {HAETAE_VALUE("a"), HAETAE_VALUE("b")};
    const haetae_attribute inside[] = {HAETAE_ATTR("k", 1)};
    const haetae_attribute resource[] = {
        HAETAE_ATTR("res.int", 7),
        HAETAE_ATTR("res.double", 0.5),
        HAETAE_ATTR("res.bool", (bool)false),
        HAETAE_ATTR("res.bytes", haetae_value_bytes("\x01\x02", 2)),
        HAETAE_ATTR("res.array", haetae_value_array(zones, COUNT_OF(zones))),
        HAETAE_ATTR("res.map", haetae_value_map(inside, COUNT_OF(inside))),
        HAETAE_ATTR("deployment.environment.name", "inter op"),
        HAETAE_ATTR("team", "\xC3\xA9quipe"),
    };
    struct run run = start_sdk(base, "everything", options, resource, 6);

    define_resource(run.out, run.resource, resource, COUNT_OF(resource));
    record_traces(&run);
    record_contexts(&run);
    record_logs(&run);
    record_metrics(&run);
    stop_sdk(&run, &misuses_made);
}

static void run_limits(const struct run *base)
{
    static const struct option options[] = {{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3"},
                                            {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1"},
                                            {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "1"},
                                            {"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "2"},
                                            {"OTEL_SPAN_EVENT_COUNT_LIMIT", "2"},
                                            {"OTEL_SPAN_LINK_COUNT_LIMIT", "1"},
                                            {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5"},
                                            {"HAETAE_METRICS_CARDINALITY_LIMIT", "3"},
                                            {NULL, NULL}};
    static const struct misuses none;
    struct run run = start_sdk(base, "limits", options, NULL, 0);

    define_resource(run.out, run.resource, NULL, 0);
    record_limits(&run);
    stop_sdk(&run, &none);
}

/* Records with an SDK that this thread drives. */
static void run_manual(const struct run *base)
{
    static const struct option options[] = {
        {"HAETAE_WORKER", "manual"}, {"OTEL_BSP_SCHEDULE_DELAY", "1"}, {NULL, NULL}};
    static const struct misuses none;
    struct run run = start_sdk(base, "manual", options, NULL, 0);
    uint64_t deadline_ns = now_unix_ns() + TIMEOUT_MS * UINT64_C(1000000);
    struct expected_span expected;
    uint64_t delivered = 0;
    haetae_span span;

    define_resource(run.out, run.resource, NULL, 0);
    define_named_scope(&run, "interop/manual");
    span = haetae_span_start(haetae_tracer_named(run.sdk, "interop/manual"),
                             HAETAE_TEXT("driven by hand"), HAETAE_SPAN_KIND_INTERNAL);
    expected = expected_root(span, STRING_OF("driven by hand"));
    haetae_span_end(span);
    expect_span(&run, "interop/manual", &expected);
    while (delivered == 0 && now_unix_ns() < deadline_ns) {
        haetae_stats *stats = NULL;

        EXPECT_OK(&run, haetae_sdk_step(run.sdk, 100));
        EXPECT_OK(&run, haetae_stats_take(run.sdk, &stats));
        delivered = haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES);
        haetae_stats_free(stats);
    }
    EXPECT(&run, delivered == 1);
    stop_sdk(&run, &none);
}

/* Spans that are not sampled are not exported; logs that belong to one still arrive. */
static void run_unsampled(const struct run *base)
{
    static const struct option options[] = {{"OTEL_TRACES_SAMPLER", "always_off"}, {NULL, NULL}};
    static const struct misuses none;
    struct run run = start_sdk(base, "unsampled", options, NULL, 0);
    struct expected_log expected = {.body = haetae_value_string("of an unsampled span")};
    haetae_context_token token;
    haetae_span span;

    define_resource(run.out, run.resource, NULL, 0);
    define_named_scope(&run, "interop/unsampled");
    span = haetae_span_start(haetae_tracer_named(run.sdk, "interop/unsampled"),
                             HAETAE_TEXT("not sampled"), HAETAE_SPAN_KIND_INTERNAL);
    EXPECT(&run, !haetae_span_is_recording(span));
    EXPECT(&run, haetae_span_get_context(span, &expected.context));
    EXPECT(&run, (expected.context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) == 0);
    haetae_context_attach(span, &token);
    haetae_log(haetae_logger_named(run.sdk, "interop/unsampled"), HAETAE_SEVERITY_INFO,
               HAETAE_TEXT("of an unsampled span"), NULL, 0);
    haetae_context_detach(&token);
    haetae_span_end(span);
    expected.severity = HAETAE_SEVERITY_INFO;
    expected.time_is_now = true;
    expect_log(&run, "interop/unsampled", &expected);
    stop_sdk(&run, &none);
}

/* No SDK is started, and instrumented code still works. */
static void run_disabled(const struct run *base)
{
    static const struct option options[] = {{"OTEL_SDK_DISABLED", "true"}, {NULL, NULL}};
    struct run run = start_sdk(base, "disabled", options, NULL, 0);
    haetae_tracer *tracer = haetae_tracer_named(run.sdk, "off");
    haetae_meter *meter = haetae_meter_named(run.sdk, "off");
    haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("off"), HAETAE_SPAN_KIND_SERVER);
    haetae_counter *counter = NULL;

    EXPECT(&run, run.sdk == NULL && tracer == NULL && meter == NULL);
    EXPECT(&run, !haetae_tracer_enabled(tracer) && span == HAETAE_SPAN_NONE);
    haetae_span_set_int64(span, HAETAE_TEXT("k"), 1);
    haetae_span_end(span);
    haetae_log(haetae_logger_named(run.sdk, "off"), HAETAE_SEVERITY_FATAL, HAETAE_TEXT("off"), NULL,
               0);
    EXPECT_OK(&run, haetae_counter_create(meter, NULL, &counter));
    haetae_counter_add(counter, 1, NULL, 0);
    EXPECT_OK(&run, haetae_sdk_shutdown(run.sdk, TIMEOUT_MS));
    haetae_sdk_free(run.sdk);
}

int main(int argc, char **argv)
{
    struct json_out out = {NULL, false};
    unsigned failure_count = 0;
    struct run base = {&out, "", NULL, &failure_count};
    uint64_t start_ns = now_unix_ns();

    if (argc != 2 || (out.file = fopen(argv[1], "w")) == NULL) {
        fprintf(stderr, "usage: everything EXPECTATION\n");
        return 2;
    }
    run_main(&base);
    run_limits(&base);
    run_manual(&base);
    run_unsampled(&base);
    run_disabled(&base);

    json_object(&out, NULL);
    json_array(&out, "window");
    json_uint64(&out, NULL, start_ns);
    json_uint64(&out, NULL, now_unix_ns());
    json_array_end(&out);
    json_object_end(&out);
    json_line_end(&out);
    if (fclose(out.file) != 0) {
        perror(argv[1]);
        return 2;
    }
    if (failure_count != 0) {
        fprintf(stderr, "%u expectations failed\n", failure_count);
    }
    return failure_count == 0 ? 0 : 1;
}
