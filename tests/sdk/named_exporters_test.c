/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters with labels, such as otlp/seoul: settings of their own, and HAETAE_FAILOVER. No
 * exporter of haetae is linked; the test's own writes down what it was made with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/haetae.h"

enum { MADE_MAX = 20, TEXT_BYTES = 64 };

/* An exporter that was made. An endpoint that ends with "down" takes nothing. */
struct made {
    char endpoint[TEXT_BYTES];
    char traces_endpoint[TEXT_BYTES];
    char traces_token[TEXT_BYTES];
    char headers[TEXT_BYTES];
    bool endpoint_is_set;
    uint32_t signals;
    uint64_t taken[HAETAE_SIGNAL_COUNT];
};

static struct made made[MADE_MAX];
static size_t made_count;
static int live_count;

#define KEY(key, kind, value)                                                                      \
    HAETAE_OPTIONS(haetae_config_key, .name = "OTEL_EXPORTER_OTLP_" key,                           \
                   .type = HAETAE_CONFIG_##kind, .default_value = (value),                         \
                   .help = "A key of a test")

#define OWN_KEY(key, kind)                                                                         \
    HAETAE_OPTIONS(haetae_config_key, .name = "HAETAE_OTLP_" key, .type = HAETAE_CONFIG_##kind,    \
                   .default_value = "", .help = "A key of a test")

static const haetae_config_key keys[] = {
    KEY("ENDPOINT", URL, "http://localhost:4318"),
    KEY("HEADERS", SECRET, ""),
    KEY("TRACES_ENDPOINT", URL, ""),
    OWN_KEY("TOKEN_FILE", PATH),
    OWN_KEY("TRACES_TOKEN_FILE", PATH),
};

static void send(void *self, haetae_delivery *delivery)
{
    struct made *exporter = self;
    size_t length = strlen(exporter->endpoint);
    bool down = length > 4 && strcmp(exporter->endpoint + length - 4, "down") == 0;
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = down ? HAETAE_VERDICT_RETRY : HAETAE_VERDICT_OK);

    exporter->taken[haetae_delivery_signal(delivery)] +=
        down ? 0 : haetae_delivery_item_count(delivery);
    haetae_delivery_complete(delivery, &result);
}

static void count_down(void *self)
{
    (void)self;
    live_count--;
}

static void read_text(char out[TEXT_BYTES], const char *value)
{
    snprintf(out, TEXT_BYTES, "%s", value);
}

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = user, .send = send, .free = count_down);
    struct made *exporter = &made[made_count];
    haetae_status status = haetae_config_require(config, "OTEL_EXPORTER_OTLP_ENDPOINT");

    read_text(exporter->endpoint, haetae_config_get(config, "OTEL_EXPORTER_OTLP_ENDPOINT"));
    read_text(exporter->traces_endpoint,
              haetae_config_get(config, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
    read_text(exporter->traces_token, haetae_config_get(config, "HAETAE_OTLP_TRACES_TOKEN_FILE"));
    read_text(exporter->headers, haetae_config_get_secret(config, "OTEL_EXPORTER_OTLP_HEADERS"));
    exporter->endpoint_is_set = haetae_config_is_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT");
    exporter->signals = signals;
    if (strstr(exporter->endpoint, "refuse") != NULL) {
        haetae_config_add_error(config, "OTEL_EXPORTER_OTLP_ENDPOINT", "refused");
        return HAETAE_EVALUE;
    }
    if (status == HAETAE_OK) {
        status = haetae_exporter_new(&ops, exporter, ret_exporter);
    }
    if (status == HAETAE_OK) {
        made_count++;
        live_count++;
    }
    return status;
}

static int set_up(void **state)
{
    static const haetae_exporter_factory otlp = HAETAE_OPTIONS(
        haetae_exporter_factory, .name = "otlp", .protocols = "http/protobuf", .keys = keys,
        .key_count = sizeof keys / sizeof keys[0], .user = "otlp", .create = create);
    static const haetae_exporter_factory json =
        HAETAE_OPTIONS(haetae_exporter_factory, .name = "otlp", .protocols = "http/json",
                       .user = "otlp", .create = create);
    static const haetae_exporter_factory slash = HAETAE_OPTIONS(
        haetae_exporter_factory, .name = "with/slash", .user = "with/slash", .create = create);

    if (haetae_exporter_register(&otlp) != HAETAE_OK ||
        haetae_exporter_register(&json) != HAETAE_OK ||
        haetae_exporter_register(&slash) != HAETAE_OK) {
        return -1;
    }
    clearenv();
    memset(made, 0, sizeof made);
    made_count = 0;
    live_count = 0;
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return live_count == 0 ? 0 : -1;
}

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

static haetae_sdk *start(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    return sdk;
}

static void fails(haetae_config *config, const char *error)
{
    haetae_sdk *sdk = NULL;

    assert_int_not_equal(haetae_start(config, &sdk), HAETAE_OK);
    assert_null(sdk);
    if (strstr(haetae_config_error(config), error) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", haetae_config_error(config), error);
    }
    assert_int_equal(live_count, 0);
}

/* The exporter that was made with this endpoint. */
static const struct made *made_with(const char *endpoint)
{
    for (size_t i = 0; i < made_count; i++) {
        if (strcmp(made[i].endpoint, endpoint) == 0) {
            return &made[i];
        }
    }
    fail_msg("no exporter was made with %s", endpoint);
    return NULL;
}

static void record_one_of_each(haetae_sdk *sdk)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");
    haetae_logger *logger = haetae_logger_named(sdk, "test");

    haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL));
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("log"), NULL, 0);
}

enum { TRACES = 1 << HAETAE_SIGNAL_TRACES, METRICS = 1 << HAETAE_SIGNAL_METRICS };
enum { LOGS = 1 << HAETAE_SIGNAL_LOGS, ALL = TRACES | METRICS | LOGS };

/* ---- Settings ----------------------------------------------------------------------------- */

static void each_label_has_an_exporter_with_its_settings(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul, otlp/dc-2");
    set(config, "OTEL_LOGS_EXPORTER", "otlp/dc-2");
    set(config, "OTEL_METRICS_EXPORTER", "otlp");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://all");
    set(config, "OTEL_EXPORTER_OTLP_HEADERS", "a=all");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://seoul");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__DC_2", "http://dc-2");
    set(config, "OTEL_EXPORTER_OTLP_HEADERS__DC_2", "a=dc-2");
    haetae_sdk_free(start(config));
    assert_int_equal(made_count, 3);
    assert_int_equal(made_with("http://seoul")->signals, TRACES);
    assert_string_equal(made_with("http://seoul")->headers, "a=all");
    assert_int_equal(made_with("http://dc-2")->signals, TRACES | LOGS);
    assert_string_equal(made_with("http://dc-2")->headers, "a=dc-2");
    assert_int_equal(made_with("http://all")->signals, METRICS);
    assert_string_equal(made_with("http://all")->headers, "a=all");
}

static void each_gets_its_signals_only(void **state)
{
    haetae_config *config = *state;
    haetae_sdk *sdk;

    set(config, "OTEL_TRACES_EXPORTER", "otlp");
    set(config, "OTEL_LOGS_EXPORTER", "otlp/logs");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__LOGS", "http://logs");
    sdk = start(config);
    record_one_of_each(sdk);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(made_with("http://logs")->taken[HAETAE_SIGNAL_LOGS], 1);
    assert_int_equal(made_with("http://logs")->taken[HAETAE_SIGNAL_TRACES], 0);
    assert_int_equal(made_with("http://localhost:4318")->taken[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(made_with("http://localhost:4318")->taken[HAETAE_SIGNAL_LOGS], 0);
    haetae_sdk_free(sdk);
}

/* A setting of all exporters for traces does not come before a label's own endpoint. */
static void settings_of_one_signal_stay_with_those_without_a_label(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp,otlp/seoul");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces");
    set(config, "HAETAE_OTLP_TRACES_TOKEN_FILE", "/token");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://seoul");
    haetae_sdk_free(start(config));
    assert_string_equal(made_with("http://seoul")->traces_endpoint, "");
    assert_string_equal(made_with("http://localhost:4318")->traces_endpoint, "http://traces");
    assert_string_equal(made_with("http://seoul")->traces_token, "");
    assert_string_equal(made_with("http://localhost:4318")->traces_token, "/token");
}

static void the_environment_has_them_too(void **state)
{
    haetae_config *config = *state;

    setenv("OTEL_TRACES_EXPORTER", "otlp/seoul", 1);
    setenv("OTEL_LOGS_EXPORTER", "none", 1);
    setenv("OTEL_METRICS_EXPORTER", "none", 1);
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://seoul", 1);
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT__SEUOL", "http://seuol", 1);
    setenv("HAETAE_QUEUE_BYTES__SEOUL", "1m", 1);
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_non_null(strstr(haetae_config_warnings(config), "HAETAE_QUEUE_BYTES__SEOUL"));
    haetae_sdk_free(start(config));
    assert_int_equal(made_with("http://seoul")->signals, TRACES);
    assert_true(made_with("http://seoul")->endpoint_is_set);
    assert_non_null(strstr(haetae_config_warnings(config),
                           "the settings that end with __SEUOL are ignored: no exporter of this "
                           "label is named"));
    assert_null(strstr(haetae_config_warnings(config), "__SEOUL are ignored"));
    unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL");
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    haetae_sdk_free(start(config));
    assert_int_equal(made_with("http://localhost:4318")->signals, TRACES);
}

static void code_comes_before_the_environment_and_defaults_last(void **state)
{
    haetae_config *config = *state;

    setenv("OTEL_EXPORTER_OTLP_ENDPOINT__A", "http://environment", 1);
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all", 1);
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    set(config, "OTEL_TRACES_EXPORTER", "otlp/a,otlp/b");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__A", "http://code");
    assert_int_equal(
        haetae_config_set_default(config, "OTEL_EXPORTER_OTLP_ENDPOINT__B", "http://default"),
        HAETAE_OK);
    haetae_sdk_free(start(config));
    assert_int_equal(made_count, 2);
    assert_string_equal(made[0].endpoint, "http://code");
    assert_string_equal(made[1].endpoint, "http://all");
}

static void faults_name_the_key_with_its_suffix(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul");
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "no url"),
                     HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config),
                           "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL=\"no url\": expected a URL"));
    fails(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL=\"no url\": expected a URL");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://refuse");
    fails(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL=\"http://refuse\": refused");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://refuse");
    fails(config, "OTEL_EXPORTER_OTLP_ENDPOINT=\"http://refuse\": refused");
}

static void a_protocol_may_be_a_labels_own(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_PROTOCOL__SEOUL", "grpc");
    fails(config, "for grpc is linked");
    set(config, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    set(config, "OTEL_EXPORTER_OTLP_PROTOCOL__SEOUL", "http/protobuf");
    haetae_sdk_free(start(config));
    assert_int_equal(made_count, 1);
}

static void scopes_may_be_a_labels_own(void **state)
{
    haetae_config *config = *state;
    haetae_sdk *sdk;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul,otlp/archive");
    set(config, "OTEL_LOGS_EXPORTER", "otlp/seoul,otlp/archive");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://seoul");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__ARCHIVE", "http://archive");
    set(config, "HAETAE_EXPORTER_SCOPES__ARCHIVE", "audit,!test");
    sdk = start(config);
    record_one_of_each(sdk);
    haetae_log(haetae_logger_named(sdk, "audit"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("log"), NULL,
               0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(made_with("http://seoul")->taken[HAETAE_SIGNAL_LOGS], 2);
    assert_int_equal(made_with("http://archive")->taken[HAETAE_SIGNAL_LOGS], 1);
    assert_int_equal(made_with("http://archive")->taken[HAETAE_SIGNAL_TRACES], 0);
    haetae_sdk_free(sdk);
}

static void what_is_no_key_of_an_exporter_has_no_suffix(void **state)
{
    static const char *const wrong[] = {
        "OTEL_EXPORTER_OTLP_ENDPOINT__",
        "OTEL_EXPORTER_OTLP_ENDPOINT__seoul",
        "OTEL_EXPORTER_OTLP_ENDPOINT_SEOUL",
        "OTEL_EXPORTER_OTLP_ENDPIONT__SEOUL",
        "HAETAE_QUEUE_BYTES__SEOUL",
        "__SEOUL",
        /* 64 letters */
        "HAETAE_EXPORTER_SCOPES__A234567890123456789012345678901234567890123456789012345678901234",
    };
    haetae_config *config = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(haetae_config_set(config, wrong[i], "http://x"), HAETAE_EKEY);
    }
}

static void there_is_a_limit_of_labels(void **state)
{
    haetae_config *config = *state;
    char key[64];

    for (int i = 0; i < 16; i++) {
        snprintf(key, sizeof key, "OTEL_EXPORTER_OTLP_ENDPOINT__N%d", i);
        set(config, key, "http://x");
    }
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__N16", "http://x"),
                     HAETAE_ELIMIT);
    assert_non_null(strstr(haetae_config_error(config), "N16: no more than 16 exporters"));
}

static void a_name_may_have_a_slash_itself(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "with/slash");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    haetae_sdk_free(start(config));
    assert_int_equal(made_count, 1);
}

static void invalid_labels_are_refused(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/a/b");
    fails(config, "otlp/a/b: a label is letters, digits, _ - and .");
    set(config, "OTEL_TRACES_EXPORTER",
        "otlp/a234567890123456789012345678901234567890123456789012345678901234");
    fails(config, "a label of an exporter has at most 63 letters");
}

/* ---- Failover ----------------------------------------------------------------------------- */

static void the_next_stands_in_for_one_that_is_away(void **state)
{
    haetae_config *config = *state;
    haetae_sdk *sdk;

    set(config, "HAETAE_FAILOVER", "otlp/seoul,otlp/busan,otlp/tokyo");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL", "http://seoul.down");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__BUSAN", "http://busan.down");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__TOKYO", "http://tokyo");
    sdk = start(config);
    assert_int_equal(made_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(made[i].signals, ALL);
    }
    record_one_of_each(sdk);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(made_with("http://tokyo")->taken[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(made_with("http://tokyo")->taken[HAETAE_SIGNAL_LOGS], 1);
    haetae_sdk_free(sdk);
}

static void the_first_may_have_some_signals_only(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul,otlp/archive");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "HAETAE_FAILOVER", "otlp/seoul,otlp/busan");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__BUSAN", "http://busan");
    haetae_sdk_free(start(config));
    assert_int_equal(made_count, 3);
    assert_int_equal(made_with("http://busan")->signals, TRACES);
}

/* Each signal's exporter has a backup, whatever its protocol. */
static void signals_may_have_protocols_of_their_own(void **state)
{
    haetae_config *config = *state;
    haetae_sdk *sdk;

    set(config, "HAETAE_FAILOVER", "otlp/a,otlp/b");
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL__A", "http/json");
    set(config, "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL__B", "http/json");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__A", "http://a.down");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__B", "http://b");
    sdk = start(config);
    record_one_of_each(sdk);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    assert_int_equal(made_count, 4);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t taken = 0;

        for (size_t i = 0; i < made_count; i++) {
            taken += made[i].taken[signal];
        }
        assert_int_equal(taken, signal != HAETAE_SIGNAL_METRICS);
    }
}

/* As the exporter of the label has them: what is its own, else what holds for all. */
static void settings_of_a_label_are_read_by_their_names(void **state)
{
    static const char labelled[] = "OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL";
    haetae_config *config = *state;
    int64_t protocols[2] = {-1, -1};

    assert_false(haetae_config_is_set(config, labelled));
    assert_string_equal(haetae_config_get(config, labelled),
                        haetae_config_get(config, "OTEL_EXPORTER_OTLP_ENDPOINT"));
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://all");
    assert_string_equal(haetae_config_get(config, labelled), "http://all");
    set(config, labelled, "http://user:secret@seoul");
    assert_true(haetae_config_is_set(config, labelled));
    assert_string_equal(haetae_config_get(config, labelled), "http://***@seoul");
    assert_string_equal(haetae_config_get_secret(config, labelled), "http://user:secret@seoul");
    assert_string_equal(haetae_config_get(config, "OTEL_EXPORTER_OTLP_ENDPOINT"), "http://all");
    assert_string_equal(haetae_config_get(config, "OTEL_EXPORTER_OTLP_ENDPOINT__BUSAN"),
                        "http://all");
    set(config, "OTEL_EXPORTER_OTLP_PROTOCOL__SEOUL", "http/json");
    assert_int_equal(
        haetae_config_get_int(config, "OTEL_EXPORTER_OTLP_PROTOCOL__SEOUL", &protocols[0]),
        HAETAE_OK);
    assert_int_equal(haetae_config_get_int(config, "OTEL_EXPORTER_OTLP_PROTOCOL", &protocols[1]),
                     HAETAE_OK);
    assert_int_not_equal(protocols[0], protocols[1]);
    assert_int_equal(haetae_config_get_int(config, labelled, &protocols[0]), HAETAE_EINVAL);

    assert_null(haetae_config_get(config, "OTEL_EXPORTER_OTLP_ENDPOINT__seoul"));
    assert_null(haetae_config_get(config, "OTEL_SERVICE_NAME__SEOUL"));
    assert_non_null(haetae_config_get(NULL, labelled));
}

static void wrong_lists_are_refused(void **state)
{
    haetae_config *config = *state;

    set(config, "OTEL_TRACES_EXPORTER", "otlp/seoul,otlp/busan");
    set(config, "OTEL_LOGS_EXPORTER", "otlp/seoul");
    set(config, "OTEL_METRICS_EXPORTER", "otlp/seoul");
    set(config, "HAETAE_FAILOVER", "otlp/seoul,otlp/busan");
    fails(config, "HAETAE_FAILOVER=\"otlp/seoul,otlp/busan\": otlp/busan gets everything already");
    set(config, "HAETAE_FAILOVER", "otlp/tokyo,otlp/busan");
    fails(config, "otlp/tokyo is in none of OTEL_TRACES_EXPORTER");
    set(config, "HAETAE_FAILOVER", "otlp/seoul,nothing/busan");
    fails(config, "nothing/busan is no exporter that is linked");
    set(config, "HAETAE_FAILOVER", "otlp/seoul,otlp/tokyo");
    set(config, "HAETAE_EXPORTER_SCOPES__TOKYO", "a");
    fails(config, "otlp/tokyo has HAETAE_EXPORTER_SCOPES of its own");
    set(config, "HAETAE_EXPORTER_SCOPES__TOKYO", "");
    set(config, "OTEL_EXPORTER_OTLP_ENDPOINT__TOKYO", "http://refuse");
    fails(config, "OTEL_EXPORTER_OTLP_ENDPOINT__TOKYO=\"http://refuse\": refused");
}

/* Without lists of signals its first name stands for them: nothing else may take its place. */
static void an_unknown_first_name_is_refused(void **state)
{
    haetae_config *config = *state;

    set(config, "HAETAE_FAILOVER", "nosuch,otlp/busan");
    fails(config, "HAETAE_FAILOVER=\"nosuch,otlp/busan\": no exporter named \"nosuch\" is linked");
    assert_null(strstr(haetae_config_error(config), "OTEL_TRACES_EXPORTER"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_label_has_an_exporter_with_its_settings),
        TEST(each_gets_its_signals_only),
        TEST(settings_of_one_signal_stay_with_those_without_a_label),
        TEST(the_environment_has_them_too),
        TEST(code_comes_before_the_environment_and_defaults_last),
        TEST(faults_name_the_key_with_its_suffix),
        TEST(a_protocol_may_be_a_labels_own),
        TEST(scopes_may_be_a_labels_own),
        TEST(what_is_no_key_of_an_exporter_has_no_suffix),
        TEST(there_is_a_limit_of_labels),
        TEST(a_name_may_have_a_slash_itself),
        TEST(invalid_labels_are_refused),
        TEST(the_next_stands_in_for_one_that_is_away),
        TEST(the_first_may_have_some_signals_only),
        TEST(signals_may_have_protocols_of_their_own),
        TEST(wrong_lists_are_refused),
        TEST(an_unknown_first_name_is_refused),
        TEST(settings_of_a_label_are_read_by_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
