/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_start(): the exporters that it makes, their signals, and the error when one is
 * missing. No exporter of haetae is linked. The test registers "some", and "otlp" in the second
 * half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "haetae/haetae.h"
#include "sdk/some_keys.h"
#include "support/temporary.h"

enum { TRACES = 1 << HAETAE_SIGNAL_TRACES, METRICS = 1 << HAETAE_SIGNAL_METRICS };
enum { LOGS = 1 << HAETAE_SIGNAL_LOGS, ALL = TRACES | METRICS | LOGS };

static int set_up(void **state)
{
    clearenv();
    some_keys_register();
    some_create_status = HAETAE_OK;
    some_create_error = NULL;
    some_taken_signals = 0;
    some_signals = 0;
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return some_live_count == 0 ? 0 : -1;
}

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

/* Checks that the SDK starts, and shuts it down. */
static void starts(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    assert_non_null(sdk);
    haetae_sdk_free(sdk);
}

static void fails(haetae_config *config, haetae_status status, const char *error)
{
    haetae_sdk *untouched = (haetae_sdk *)config;
    haetae_sdk *sdk = untouched;

    assert_int_equal(haetae_start(config, &sdk), status);
    assert_ptr_equal(sdk, untouched);
    if (strstr(haetae_config_error(config), error) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", haetae_config_error(config), error);
    }
    assert_int_equal(some_live_count, 0);
}

/* ---- A check alone ------------------------------------------------------------------- */

static void a_check_says_what_a_start_would(void **state)
{
    haetae_config *config = *state;

    assert_int_equal(haetae_config_check(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_check(config), HAETAE_EVALUE); /* the default is not linked */
    assert_non_null(strstr(haetae_config_error(config), "no exporter named \"otlp\""));
    set(config, "OTEL_TRACES_EXPORTER", "some");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    assert_int_equal(haetae_config_check(config), HAETAE_OK);
    assert_int_equal(some_live_count, 0); /* what it made is gone */
    some_create_status = HAETAE_EVALUE;
    some_create_error = "no such tin";
    assert_int_equal(haetae_config_check(config), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "no such tin"));
    some_create_status = HAETAE_OK;
    set(config, "HAETAE_RECORDER_BYTES", "262144");
    set(config, "HAETAE_LANE_COUNT", "500");
    assert_int_equal(haetae_config_check(config), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "HAETAE_RECORDER_BYTES=\"262144\""));
    set(config, "HAETAE_RECORDER_BYTES", "");
    set(config, "HAETAE_LANE_COUNT", "");
    assert_int_equal(haetae_config_check(config), HAETAE_OK);
    starts(config);
    set(config, "OTEL_SDK_DISABLED", "true");
    assert_int_equal(haetae_config_check(config), HAETAE_OK);
}

/* ---- Without "otlp" ------------------------------------------------------------------ */

static void default_that_is_not_linked_is_named(void **state)
{
    fails(*state, HAETAE_EVALUE,
          "OTEL_TRACES_EXPORTER=\"otlp\", the default: no exporter named \"otlp\" for "
          "http/protobuf is linked; linked: some (tin/can|smoke); it is in "
          "haetae-otlp-http: link that, and call haetae_otlp_http_register()\n"
          "OTEL_METRICS_EXPORTER=\"otlp\", the default: ");
    set(*state, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");
    fails(*state, HAETAE_EVALUE,
          "OTEL_TRACES_EXPORTER=\"otlp\", the default: no exporter named \"otlp\" for grpc is "
          "linked; linked: some (tin/can|smoke); it is in "
          "haetae-otlp-grpc: link that, and call haetae_otlp_grpc_register()\n");
}

static char diagnosed[1024];

static void diagnose(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    assert_int_equal(level, HAETAE_DIAGNOSTIC_WARN);
    assert_null(strchr(text, '\n'));
    strcat(strcat(diagnosed, text), "|");
}

static void name_that_is_not_known_is_ignored_with_a_warning(void **state)
{
    static const char expected[] =
        "OTEL_TRACES_EXPORTER=\"some,zipkin\": no exporter named \"zipkin\" is linked; linked: "
        "some (tin/can|smoke); it is ignored\n"
        "OTEL_LOGS_EXPORTER=\"some,console\": no exporter named \"console\" is linked; linked: "
        "some (tin/can|smoke); it is in haetae-console: link that, and call "
        "haetae_console_register(); it is ignored";

    set(*state, "OTEL_TRACES_EXPORTER", "some,zipkin");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "some,console");
    diagnosed[0] = '\0';
    haetae_config_set_diagnostics(*state, diagnose, NULL);
    starts(*state);
    assert_int_equal(some_signals, TRACES | LOGS);
    assert_string_equal(haetae_config_error(*state), "");
    assert_string_equal(haetae_config_warnings(*state), expected);
    assert_int_equal(strlen(diagnosed), strlen(expected) + 1);
    starts(*state); /* says nothing twice */
    assert_string_equal(haetae_config_warnings(*state), expected);
    assert_int_equal(strlen(diagnosed), strlen(expected) + 1);
}

/* Without a name that counts, a key is as if it were not set. */
static void unknown_name_alone_leaves_the_default(void **state)
{
    set(*state, "OTEL_TRACES_EXPORTER", "some");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "zipkin");
    haetae_config_set_diagnostics(*state, NULL, NULL);
    fails(*state, HAETAE_EVALUE,
          "OTEL_LOGS_EXPORTER=\"otlp\", the default: no exporter named \"otlp\"");
}

static void malformed_protocol_fails_the_start(void **state)
{
    setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "udp", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    fails(*state, HAETAE_EVALUE,
          "OTEL_EXPORTER_OTLP_PROTOCOL=\"udp\": expected one of: grpc, http/protobuf");
    /* Whoever does not speak OTLP does not need it. */
    set(*state, "OTEL_TRACES_EXPORTER", "some");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "none");
    starts(*state);
}

static void exporter_is_made_for_the_signals_that_name_it(void **state)
{
    set(*state, "OTEL_TRACES_EXPORTER", "SOME");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "some");
    starts(*state);
    assert_int_equal(some_signals, TRACES | LOGS);
}

static void exporters_made_are_freed_after_a_failure(void **state)
{
    set(*state, "OTEL_TRACES_EXPORTER", "some");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "none");
    set(*state, "HAETAE_RETRY_INITIAL_MS", "2000");
    set(*state, "HAETAE_RETRY_MAX_MS", "1000");
    fails(*state, HAETAE_EVALUE, "HAETAE_RETRY_INITIAL_MS");
    some_create_status = HAETAE_EIO;
    fails(*state, HAETAE_EIO, "exporter some: ");
    /* The failure left the configuration unchanged. */
    some_create_status = HAETAE_OK;
    set(*state, "HAETAE_RETRY_MAX_MS", NULL);
    starts(*state);
}

static void exporter_that_does_not_take_a_signal_fails_the_start(void **state)
{
    some_taken_signals = METRICS;
    set(*state, "OTEL_TRACES_EXPORTER", "some");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    set(*state, "OTEL_LOGS_EXPORTER", "none");
    fails(*state, HAETAE_EVALUE, "exporter some takes no traces");
    set(*state, "OTEL_METRICS_EXPORTER", "some");
    fails(*state, HAETAE_EVALUE, "exporter some takes no traces");
    set(*state, "OTEL_TRACES_EXPORTER", "none");
    starts(*state);
    assert_int_equal(some_signals, METRICS);
}

static void nothing_is_made_when_disabled(void **state)
{
    haetae_sdk *sdk = (haetae_sdk *)state;

    set(*state, "OTEL_SDK_DISABLED", "true");
    set(*state, "OTEL_TRACES_EXPORTER", "zipkin");
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    assert_null(sdk);
    assert_int_equal(haetae_start(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_start(NULL, NULL), HAETAE_EINVAL);
}

/* ---- Exporters that were added ------------------------------------------------------- */

static uint64_t received[HAETAE_SIGNAL_COUNT];

static void receive(void *self, haetae_delivery *delivery)
{
    const haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    received[haetae_delivery_signal(delivery)] += haetae_delivery_item_count(delivery);
    haetae_delivery_complete(delivery, &result);
}

static void add_receiver(haetae_config *config, const char *name)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = name, .send = receive);
    haetae_exporter *exporter = NULL;

    memset(received, 0, sizeof received);
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
}

static void record_and_stop(haetae_sdk *sdk)
{
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("ride"),
                                      HAETAE_SPAN_KIND_SERVER));
    haetae_log(haetae_logger_named(sdk, "t"), HAETAE_SEVERITY_WARN, HAETAE_TEXT("hello"), NULL, 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 30000), HAETAE_OK);
    haetae_sdk_free(sdk);
}

static void added_exporters_take_the_place_of_the_default(void **state)
{
    haetae_sdk *sdk = NULL;

    add_receiver(*state, "mine");
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record_and_stop(sdk);
    assert_int_equal(received[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(received[HAETAE_SIGNAL_LOGS], 1);
    assert_int_equal(some_signals, 0);
}

/* The first SDK has the exporter: a second one would record for nobody, or for the default. */
static void second_sdk_needs_exporters_of_its_own(void **state)
{
    haetae_sdk *first = NULL;
    haetae_sdk *second = NULL;

    add_receiver(*state, "mine");
    assert_int_equal(haetae_start(*state, &first), HAETAE_OK);
    assert_int_equal(haetae_start(*state, &second), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(*state), "belong to the SDK that was started"));
    assert_int_equal(haetae_sdk_start(*state, &second), HAETAE_EINVAL);
    assert_null(second);
    add_receiver(*state, "mine");
    assert_int_equal(haetae_sdk_start(*state, &second), HAETAE_OK);
    record_and_stop(second);
    assert_int_equal(received[HAETAE_SIGNAL_TRACES], 1);
    record_and_stop(first);
    assert_int_equal(haetae_sdk_start(*state, &second), HAETAE_EINVAL);
}

static void added_and_made_exporters_share_the_signals(void **state)
{
    haetae_sdk *sdk = NULL;

    add_receiver(*state, "mine");
    set(*state, "OTEL_LOGS_EXPORTER", "some");
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record_and_stop(sdk);
    assert_int_equal(some_signals, LOGS);
    assert_int_equal(received[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(received[HAETAE_SIGNAL_LOGS], 0);
}

/* Only the exporter's name counts, not its origin. */
static void added_exporter_is_not_made_again(void **state)
{
    haetae_sdk *sdk = NULL;

    add_receiver(*state, "some");
    set(*state, "OTEL_TRACES_EXPORTER", "some");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record_and_stop(sdk);
    assert_int_equal(received[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(some_signals, 0);
}

/* ---- With "otlp" --------------------------------------------------------------------- */

/* For each protocol: the signals for which the exporter was made. */
struct otlp {
    uint32_t signals;
};
static struct otlp http;
static struct otlp grpc;

static haetae_status make_otlp(void *user, haetae_config *config, uint32_t signals,
                               haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "otlp", .send = receive);

    (void)config;
    ((struct otlp *)user)->signals = signals;
    return haetae_exporter_new(&ops, NULL, ret_exporter);
}

static int set_up_otlp(void **state)
{
    static const haetae_exporter_factory factories[] = {{.struct_size = sizeof factories[0],
                                                         .name = "otlp",
                                                         .protocols = "http/protobuf",
                                                         .user = &http,
                                                         .create = make_otlp},
                                                        {.struct_size = sizeof factories[0],
                                                         .name = "otlp",
                                                         .protocols = "grpc",
                                                         .user = &grpc,
                                                         .create = make_otlp}};

    http.signals = grpc.signals = 0;
    if (haetae_exporter_register(&factories[0]) != HAETAE_OK ||
        haetae_exporter_register(&factories[1]) != HAETAE_OK) {
        return -1;
    }
    return set_up(state);
}

static void otlp_is_the_default_for_all_signals(void **state)
{
    starts(*state);
    assert_int_equal(http.signals, ALL);
    assert_int_equal(grpc.signals, 0);
    starts(NULL);
    assert_int_equal(http.signals, ALL);
}

static void protocol_chooses_the_factory_for_each_signal(void **state)
{
    set(*state, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    set(*state, "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf");
    starts(*state);
    assert_int_equal(http.signals, LOGS);
    assert_int_equal(grpc.signals, TRACES | METRICS);
}

static void protocol_that_nothing_speaks_is_named(void **state)
{
    set(*state, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json");
    fails(*state, HAETAE_EVALUE,
          "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=\"http/json\": no exporter named \"otlp\" for "
          "http/json is linked; linked: some (tin/can|smoke), otlp (http/protobuf), otlp (grpc)");
    /* The error does not occur when no signal uses the exporter. */
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    starts(*state);
    assert_int_equal(http.signals, TRACES | LOGS);
}

/* Two exporters with the same name: each gets only its own signals. */
static void each_item_goes_to_one_of_two_exporters(void **state)
{
    haetae_sdk *sdk = NULL;

    memset(received, 0, sizeof received);
    set(*state, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record_and_stop(sdk);
    assert_int_equal(received[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(received[HAETAE_SIGNAL_LOGS], 1);
}

/* ---- From the environment alone ------------------------------------------------------ */

/* Starts with NULL, and keeps in `text` what is written to standard error. */
static haetae_status start_and_listen(haetae_sdk **ret_sdk, char *text, size_t size)
{
    char path[TEMPORARY_PATH_MAX];
    int file = temporary_file(path);
    int before = dup(STDERR_FILENO);
    haetae_status status;
    ssize_t length;

    unlink(path);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    status = haetae_start(NULL, ret_sdk);
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    length = pread(file, text, size - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    close(before);
    close(file);
    return status;
}

/* Checks that each line has the prefix. */
static void begin_with(const char *text, const char *prefix, int line_count)
{
    for (; line_count > 0; line_count--) {
        assert_ptr_equal(strstr(text, prefix), text);
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    assert_string_equal(text, "");
}

static void environment_alone_starts_and_warns_line_by_line(void **state)
{
    haetae_sdk *sdk = NULL;
    char text[1024];

    (void)state;
    setenv("OTEL_TRACES_EXPORTER", "some,zipkin", 1);
    setenv("OTEL_BSP_SCHEDULE_DELAY", "soon", 1);
    setenv("HAETAE_SOME_HEADERS", "s3cret\nx", 1);
    assert_int_equal(start_and_listen(&sdk, text, sizeof text), HAETAE_OK);
    assert_non_null(sdk);
    haetae_sdk_free(sdk);
    assert_int_equal(some_signals, TRACES);
    begin_with(text, "haetae: warning: ", 3);
    assert_non_null(strstr(text, "HAETAE_SOME_HEADERS=(hidden): "));
    assert_non_null(strstr(text, "OTEL_BSP_SCHEDULE_DELAY=\"soon\": "));
    assert_non_null(strstr(text, "\"zipkin\" is linked"));
}

/* A start with this level reports so many warnings; one that fails always says why. */
static void reports(const char *level, int warnings)
{
    haetae_sdk *sdk = NULL;
    char text[1024];

    setenv("OTEL_LOG_LEVEL", level, 1);
    setenv("OTEL_BSP_SCHEDULE_DELAY", "soon", 1);
    assert_int_equal(start_and_listen(&sdk, text, sizeof text), HAETAE_OK);
    haetae_sdk_free(sdk);
    begin_with(text, "haetae: warning: ", warnings);
    setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", 1);
    assert_int_equal(start_and_listen(&sdk, text, sizeof text), HAETAE_EVALUE);
    assert_non_null(strstr(text, "haetae: error: "));
    unsetenv("OTEL_EXPORTER_OTLP_PROTOCOL");
}

static void log_level_hides_what_is_less_severe(void **state)
{
    (void)state;
    reports("warn", 1);
    reports("INFO", 1);
    reports("trace", 1);
    reports("13", 1);
    reports("error", 0);
    reports("14", 0);
    reports("loud", 2); /* and the level itself */
}

static void environment_alone_fails_line_by_line(void **state)
{
    haetae_sdk *sdk = (haetae_sdk *)state;
    char text[1024];

    setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", 1);
    setenv("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json", 1);
    assert_int_equal(start_and_listen(&sdk, text, sizeof text), HAETAE_EVALUE);
    assert_ptr_equal(sdk, (haetae_sdk *)state);
    begin_with(text, "haetae: error: telemetry was not started: OTEL_EXPORTER_OTLP_", 2);
    assert_non_null(strstr(text, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=\"http/json\": "));
    assert_non_null(strstr(text, "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=\"http/json\": "));
}

int main(void)
{
#define TEST(name)      cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define OTLP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_otlp, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_check_says_what_a_start_would),
        TEST(default_that_is_not_linked_is_named),
        TEST(name_that_is_not_known_is_ignored_with_a_warning),
        TEST(unknown_name_alone_leaves_the_default),
        TEST(malformed_protocol_fails_the_start),
        TEST(exporter_is_made_for_the_signals_that_name_it),
        TEST(exporters_made_are_freed_after_a_failure),
        TEST(exporter_that_does_not_take_a_signal_fails_the_start),
        TEST(nothing_is_made_when_disabled),
        TEST(added_exporters_take_the_place_of_the_default),
        TEST(second_sdk_needs_exporters_of_its_own),
        TEST(added_and_made_exporters_share_the_signals),
        TEST(added_exporter_is_not_made_again),
        OTLP_TEST(otlp_is_the_default_for_all_signals),
        OTLP_TEST(protocol_chooses_the_factory_for_each_signal),
        OTLP_TEST(protocol_that_nothing_speaks_is_named),
        OTLP_TEST(each_item_goes_to_one_of_two_exporters),
        OTLP_TEST(environment_alone_starts_and_warns_line_by_line),
        OTLP_TEST(log_level_hides_what_is_less_severe),
        OTLP_TEST(environment_alone_fails_line_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
