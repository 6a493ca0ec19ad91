/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration: precedence of values, and the texts of its errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sdk/config_check.h"
#include "sdk/config_read.h"
#include "sdk/some_keys.h"
#include "support/live.h"

static int set_up(void **state)
{
    clearenv();
    (void)live_set_up(state);
    some_keys_register();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return live_tear_down(state);
}

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

static void has(const haetae_config *config, const char *key, const char *value)
{
    assert_string_equal(haetae_config_get(config, key), value);
}

static void reports(const haetae_config *config, const char *text)
{
    if (strstr(haetae_config_error(config), text) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", haetae_config_error(config), text);
    }
}

static void warns(const haetae_config *config, const char *text)
{
    if (strstr(haetae_config_warnings(config), text) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", haetae_config_warnings(config), text);
    }
}

static void hides(const haetae_config *config, const char *text)
{
    if (strstr(haetae_config_error(config), text) != NULL ||
        strstr(haetae_config_warnings(config), text) != NULL) {
        fail_msg("\"%s\" or \"%s\" contains \"%s\"", haetae_config_error(config),
                 haetae_config_warnings(config), text);
    }
}

/* ---- The table ---------------------------------------------------------- */

static void keys_are_found_by_their_names(void **state)
{
    (void)state;
    assert_true(hae_config_key_count() >= HAE_CONFIG_CORE_COUNT);
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        assert_int_equal(hae_config_find(hae_config_def(i)->name), i);
    }
    assert_int_equal(hae_config_find("OTEL_NO_SUCH_KEY"), HAE_CONFIG_NO_KEY);
}

static void every_default_is_canonical(void **state)
{
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        const haetae_config_key *def = hae_config_def(i);

        has(*state, def->name, def->default_value);
        assert_false(hae_config_is_set(*state, i));
        if (def->default_value[0] != '\0') {
            set(*state, def->name, def->default_value);
            has(*state, def->name, def->default_value);
        }
    }
}

static void defaults_are_those_of_the_specification(void **state)
{
    static const char *const defaults[][2] = {
        {"OTEL_SDK_DISABLED", "false"},
        {"OTEL_TRACES_SAMPLER", "parentbased_always_on"},
        {"OTEL_BSP_SCHEDULE_DELAY", "5000"},
        {"OTEL_BSP_EXPORT_TIMEOUT", "30000"},
        {"OTEL_BLRP_SCHEDULE_DELAY", "1000"},
        {"OTEL_BLRP_EXPORT_TIMEOUT", "30000"},
        {"OTEL_METRIC_EXPORT_INTERVAL", "60000"},
        {"OTEL_METRIC_EXPORT_TIMEOUT", "30000"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
        {"OTEL_ATTRIBUTE_COUNT_LIMIT", "128"},
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", ""},
        {"OTEL_SPAN_EVENT_COUNT_LIMIT", "128"},
        {"OTEL_SPAN_LINK_COUNT_LIMIT", "128"},
    };

    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        has(*state, defaults[i][0], defaults[i][1]);
    }
    assert_int_equal(hae_config_int(*state, HAE_KEY_OTEL_TRACES_SAMPLER),
                     HAE_SAMPLER_PARENT_ALWAYS_ON);
    assert_int_equal(hae_config_int(*state, HAE_KEY_OTEL_BSP_MAX_QUEUE_SIZE), -1);
    assert_int_equal(hae_config_int(*state, HAE_KEY_HAETAE_RECORDER_BYTES), 16777216);
}

static void no_configuration_is_one_of_defaults(void **state)
{
    (void)state;
    has(NULL, "OTEL_BSP_SCHEDULE_DELAY", "5000");
    assert_int_equal(hae_config_int(NULL, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY), 5000);
    assert_int_equal(hae_config_exporters(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_string_equal(haetae_config_error(NULL), "");
    assert_string_equal(haetae_config_warnings(NULL), "");
    assert_int_equal(haetae_config_require(NULL, "OTEL_BSP_SCHEDULE_DELAY"), HAETAE_OK);
    assert_int_equal(haetae_config_require(NULL, "OTEL_NO_SUCH_KEY"), HAETAE_EKEY);
    assert_int_equal(haetae_config_require(NULL, NULL), HAETAE_EINVAL);
}

/* ---- Precedence --------------------------------------------------------- */

static void code_wins_over_environment_wins_over_default(void **state)
{
    static const char key[] = "OTEL_BSP_SCHEDULE_DELAY";

    setenv(key, "222", 1);
    has(*state, key, "5000"); /* not read yet */
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, key, "222");
    set(*state, key, "111");
    has(*state, key, "111");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, key, "111");
    set(*state, key, NULL);
    has(*state, key, "222");
    set(*state, key, "111");
    set(*state, key, "");
    has(*state, key, "222");
    assert_true(hae_config_is_set(*state, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY));
    unsetenv(key);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, key, "5000");
    assert_false(hae_config_is_set(*state, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY));
}

static void empty_variable_counts_as_unset(void **state)
{
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        setenv(hae_config_def(i)->name, "", 1);
    }
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        assert_false(hae_config_is_set(*state, i));
    }
}

static void specific_limit_wins_over_general_one(void **state)
{
    const enum hae_config_key specific = HAE_KEY_OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT;
    const enum hae_config_key general = HAE_KEY_OTEL_ATTRIBUTE_COUNT_LIMIT;

    assert_int_equal(hae_config_int_or(*state, specific, general), 128);
    set(*state, "OTEL_ATTRIBUTE_COUNT_LIMIT", "64");
    assert_int_equal(hae_config_int_or(*state, specific, general), 64);
    set(*state, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "32");
    assert_int_equal(hae_config_int_or(*state, specific, general), 32);
    set(*state, "OTEL_ATTRIBUTE_COUNT_LIMIT", NULL);
    assert_int_equal(hae_config_int_or(*state, specific, general), 32);
    assert_int_equal(hae_config_int_or(*state, HAE_KEY_OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT,
                                       HAE_KEY_OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT),
                     -1);
    /* A general key that is set wins over the default of a specific key. */
    assert_int_equal(
        hae_config_int_or(*state, HAE_KEY_HAETAE_RETRY_MAX_MS, HAE_KEY_HAETAE_RETRY_INITIAL_MS),
        30000);
    set(*state, "HAETAE_RETRY_INITIAL_MS", "5");
    assert_int_equal(
        hae_config_int_or(*state, HAE_KEY_HAETAE_RETRY_MAX_MS, HAE_KEY_HAETAE_RETRY_INITIAL_MS), 5);
}

static void default_set_in_code_is_below_the_environment(void **state)
{
    static const char key[] = "OTEL_BSP_SCHEDULE_DELAY";

    assert_int_equal(haetae_config_set_default(*state, key, "333"), HAETAE_OK);
    has(*state, key, "333");
    assert_false(haetae_config_is_set(*state, key));
    setenv(key, "222", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, key, "222");
    set(*state, key, "111");
    has(*state, key, "111");
    set(*state, key, NULL);
    unsetenv(key);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, key, "333");
    assert_int_equal(haetae_config_set_default(*state, key, "soon"), HAETAE_EVALUE);
    reports(*state, "OTEL_BSP_SCHEDULE_DELAY=\"soon\": expected");
    has(*state, key, "333");
    assert_int_equal(haetae_config_set_default(*state, key, ""), HAETAE_OK);
    has(*state, key, "5000");
    assert_int_equal(haetae_config_set_default(*state, "OTEL_NO_SUCH_KEY", ""), HAETAE_EKEY);
    assert_int_equal(haetae_config_set_default(NULL, key, ""), HAETAE_EINVAL);
}

/* A default for a specific key does not win over a general key that the operator sets. */
static void default_of_a_specific_key_is_below_the_general_key(void **state)
{
    const enum hae_config_key specific = HAE_KEY_OTEL_EXPORTER_OTLP_TRACES_PROTOCOL;
    const enum hae_config_key general = HAE_KEY_OTEL_EXPORTER_OTLP_PROTOCOL;

    assert_int_equal(hae_config_either(*state, specific, general), general);
    assert_int_equal(
        haetae_config_set_default(*state, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"), HAETAE_OK);
    assert_int_equal(hae_config_either(*state, specific, general), specific);
    assert_int_equal(haetae_config_set_default(*state, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
                     HAETAE_OK);
    assert_int_equal(hae_config_either(*state, specific, general), specific);
    set(*state, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    assert_int_equal(hae_config_either(*state, specific, general), general);
    set(*state, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
    assert_int_equal(hae_config_either(*state, specific, general), specific);
}

/* ---- Values that cannot be used ------------------------------------------ */

static void unusable(haetae_config *config, const char *key, const char *line)
{
    has(config, key, "");
    assert_string_equal(haetae_config_get_secret(config, key), "");
    assert_true(haetae_config_is_set(config, key));
    assert_int_equal(haetae_config_require(config, key), HAETAE_EVALUE);
    reports(config, line);
}

static void unusable_destination_gives_way_to_no_other(void **state)
{
    static const struct {
        const char *key;
        const char *good;
        const char *bad;
        const char *line;
    } rows[] = {
        {"HAETAE_SOME_ENDPOINT", "http://a:1", "http://a b",
         "HAETAE_SOME_ENDPOINT=\"http://a b\": expected a URL without spaces"},
        {"HAETAE_SOME_HEADERS", "a=s3cret", "s3cret\nx",
         "HAETAE_SOME_HEADERS=(hidden): expected UTF-8 text"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "udp",
         "OTEL_EXPORTER_OTLP_PROTOCOL=\"udp\": expected one of: grpc"},
        {"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc", "udp", "LOGS_PROTOCOL=\"udp\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(haetae_config_set_default(*state, rows[i].key, rows[i].good), HAETAE_OK);
        setenv(rows[i].key, rows[i].bad, 1);
        assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
        warns(*state, rows[i].line);
        unusable(*state, rows[i].key, rows[i].line);
        /* In code; an earlier value does not come back by itself. */
        set(*state, rows[i].key, rows[i].good);
        assert_int_equal(haetae_config_require(*state, rows[i].key), HAETAE_OK);
        assert_int_equal(haetae_config_set(*state, rows[i].key, rows[i].bad), HAETAE_EVALUE);
        unusable(*state, rows[i].key, rows[i].line);
        set(*state, rows[i].key, rows[i].good);
        assert_string_equal(haetae_config_get_secret(*state, rows[i].key), rows[i].good);
        set(*state, rows[i].key, NULL);
        unsetenv(rows[i].key);
        assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
        assert_int_equal(haetae_config_require(*state, rows[i].key), HAETAE_OK);
        assert_int_equal(haetae_config_set_default(*state, rows[i].key, rows[i].bad),
                         HAETAE_EVALUE);
        assert_int_equal(haetae_config_require(*state, rows[i].key), HAETAE_EVALUE);
        hides(*state, "s3cret");
    }
}

static void directory_that_cannot_be_used_fails_the_check(void **state)
{
    char longest[4097];

    memset(longest, 'a', sizeof longest);
    longest[4096] = '\0';
    setenv("HAETAE_RECORDER_DIR", longest, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(hae_config_check(*state), HAETAE_EVALUE);
    reports(*state, "HAETAE_RECORDER_DIR=\"aaa");
}

static void masked_values_show_no_secret(void **state)
{
    static const char *const urls[][2] = {
        {"http://me:s3cret@host:1/p", "http://***@host:1/p"},
        {"http://host/p?token=s3cret", "http://host/p?***"},
        {"http://me:s3cret@host/p?s3cret#s3cret", "http://***@host/p?***"},
        {"me@host", "***@host"},
        {"http://host/p", "http://host/p"},
    };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        set(*state, "HAETAE_SOME_ENDPOINT", urls[i][0]);
        has(*state, "HAETAE_SOME_ENDPOINT", urls[i][1]);
        assert_string_equal(haetae_config_get_secret(*state, "HAETAE_SOME_ENDPOINT"), urls[i][0]);
    }
    has(*state, "HAETAE_SOME_HEADERS", "");
    assert_null(haetae_config_get_secret(*state, "OTEL_NO_SUCH_KEY"));
    assert_null(haetae_config_get_secret(*state, NULL));
}

/* ---- Errors ------------------------------------------------------------- */

static void unknown_key_is_named_with_its_nearest(void **state)
{
    static const char *const rows[][2] = {
        {"OTEL_SERVICE_NAM", "; did you mean OTEL_SERVICE_NAME?"},
        {"otel_service_name", "; did you mean OTEL_SERVICE_NAME?"},
        {"otel.service-name", "; did you mean OTEL_SERVICE_NAME?"},
        {"HAETAE_SOME_HEADER", "; did you mean HAETAE_SOME_HEADERS?"},
        {"HAETAE_RECORDER_SIZE", "no configuration key has this name"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(haetae_config_set(*state, rows[i][0], "s3cret"), HAETAE_EKEY);
        reports(*state, rows[i][0]);
        reports(*state, rows[i][1]);
        hides(*state, "s3cret");
        assert_null(haetae_config_get(*state, rows[i][0]));
    }
    assert_int_equal(haetae_config_set(*state, "COLOUR", "x"), HAETAE_EKEY);
    assert_string_equal(haetae_config_error(*state), "COLOUR: no configuration key has this name");
    assert_int_equal(haetae_config_set(*state, "", "x"), HAETAE_EKEY);
    assert_null(haetae_config_get(*state, NULL));
}

static void unknown_key_of_invalid_length_is_shortened(void **state)
{
    enum { INVALID = 1 << 20 };
    char *key = malloc(INVALID + 1);

    assert_non_null(key);
    memset(key, '\n', INVALID);
    key[INVALID] = '\0';
    assert_int_equal(haetae_config_set(*state, key, "x"), HAETAE_EKEY);
    reports(*state, "\\x0a\\x0a...: no configuration key");
    assert_true(strlen(haetae_config_error(*state)) < 200);
    free(key);
}

static void error_names_key_value_and_what_was_expected(void **state)
{
    assert_string_equal(haetae_config_error(*state), "");
    assert_int_equal(haetae_config_set(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "many"),
                     HAETAE_EVALUE);
    assert_string_equal(haetae_config_error(*state),
                        "OTEL_SPAN_LINK_COUNT_LIMIT=\"many\": expected a whole number from 0 to "
                        "2147483647");
    /* The last error stays after later successes. */
    set(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "3");
    reports(*state, "many");
    assert_int_equal(haetae_config_set(*state, "HAETAE_CLOCK", "sun"), HAETAE_EVALUE);
    assert_string_equal(haetae_config_error(*state),
                        "HAETAE_CLOCK=\"sun\": expected one of: auto, system");
}

static void secrets_are_never_shown(void **state)
{
    static const char *const keys[] = {"HAETAE_SOME_HEADERS"};
    char *longest = malloc(HAE_CONFIG_VALUE_MAX + 2);

    assert_non_null(longest);
    memset(longest, 's', HAE_CONFIG_VALUE_MAX + 1);
    longest[HAE_CONFIG_VALUE_MAX + 1] = '\0';
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        static const char *const secrets[] = {"key=s3cret\nx", "s3cret\xff", NULL};

        for (const char *const *secret = secrets; *secret != NULL; secret++) {
            assert_int_equal(haetae_config_set(*state, keys[i], *secret), HAETAE_EVALUE);
            reports(*state, keys[i]);
            reports(*state, "=(hidden): expected");
            hides(*state, "s3cret");
            setenv(keys[i], *secret, 1);
            assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
            warns(*state, "=(hidden): expected");
            hides(*state, "s3cret");
        }
        unsetenv(keys[i]);
        assert_int_equal(haetae_config_set(*state, keys[i], longest), HAETAE_EVALUE);
        hides(*state, "sss");
        set(*state, keys[i], "key=s3cret");
        has(*state, keys[i], "(hidden)");
        assert_string_equal(haetae_config_get_secret(*state, keys[i]), "key=s3cret");
    }
    free(longest);
}

static void passwords_in_urls_are_never_shown(void **state)
{
    static const char *const urls[][2] = {
        {"http://me:s3cret@host/x y", "\"http://***@host/x y\""},
        {"http://me:s3/cret@a@host/x y", "\"http://***@host/x y\""},
        {"me:s3cret@host:4318/ x", "\"***@host:4318/ x\""},
        {"s3cret me://x@host ", "\"***@host \""},
        {"http://host/ x?token=s3cret", "\"http://host/ x?***\""},
        {"http://me:s3cret@host/ x#s3cret", "\"http://***@host/ x?***\""},
    };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_int_equal(haetae_config_set(*state, "HAETAE_SOME_ENDPOINT", urls[i][0]),
                         HAETAE_EVALUE);
        reports(*state, urls[i][1]);
        hides(*state, "cret");
    }
    assert_int_equal(haetae_config_set(*state, "HAETAE_CLOCK", "http://me:s3cret@host"),
                     HAETAE_EVALUE);
    hides(*state, "s3cret");
}

static void environment_is_read_on_past_its_errors(void **state)
{
    setenv("OTEL_BSP_SCHEDULE_DELAY", "soon", 1);
    setenv("OTEL_BSP_EXPORT_TIMEOUT", "77", 1);
    setenv("OTEL_SDK_DISABLED", "yes", 1);
    setenv("HAETAE_RECORDER_BYTE", "1m", 1);
    setenv("OTEL_SOMETHING_OF_OTHERS", "x", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_string_equal(haetae_config_error(*state), "");
    has(*state, "OTEL_BSP_SCHEDULE_DELAY", "5000");
    has(*state, "OTEL_BSP_EXPORT_TIMEOUT", "77");
    assert_false(hae_config_bool(*state, HAE_KEY_OTEL_SDK_DISABLED));
    assert_string_equal(
        haetae_config_warnings(*state),
        "OTEL_BSP_SCHEDULE_DELAY=\"soon\": expected milliseconds, a whole number from 0 to "
        "2147483647\n"
        "OTEL_SDK_DISABLED=\"yes\": expected one of: false, true\n"
        "HAETAE_RECORDER_BYTE: no configuration key has this name; did you mean "
        "HAETAE_RECORDER_BYTES?");
}

static void malformed_variable_gives_way_to_the_default(void **state)
{
    setenv("OTEL_BSP_SCHEDULE_DELAY", "11", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    setenv("OTEL_BSP_SCHEDULE_DELAY", "x", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    has(*state, "OTEL_BSP_SCHEDULE_DELAY", "5000");
    warns(*state, "OTEL_BSP_SCHEDULE_DELAY");
    unsetenv("OTEL_BSP_SCHEDULE_DELAY");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_string_equal(haetae_config_warnings(*state), "");
}

static void unknown_variable_of_ours_is_reported(void **state)
{
    setenv("HAETAE_COLOUR", "s3cret", 1);
    setenv("OTEL_COLOUR", "x", 1);
    setenv("XHAETAE_COLOUR", "x", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_string_equal(haetae_config_warnings(*state),
                        "HAETAE_COLOUR: no configuration key has this name");
}

static void errors_without_end_are_counted(void **state)
{
    unsigned lines = 1, left_out = 0;
    const char *error;

    for (size_t i = 0; i < hae_config_key_count(); i++) {
        setenv(hae_config_def(i)->name, "\x01\xff,", 1);
    }
    for (int i = 0; i < 100; i++) {
        char name[64];

        snprintf(name, sizeof name, "HAETAE_NOT_A_KEY_AT_ALL_NUMBER_%d_OF_A_HUNDRED", i);
        setenv(name, "x", 1);
    }
    unsetenv("OTEL_CONFIG_FILE"); /* all others would be ignored */
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    error = haetae_config_warnings(*state);
    assert_true(strlen(error) < HAE_CONFIG_ERROR_BYTES);
    for (const char *at = error; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(sscanf(strrchr(error, '\n'), "\n(and %u more)", &left_out), 1);
    /* Paths take any bytes. */
    assert_int_equal(lines - 1 + left_out, hae_config_key_count() - 6 + 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_are_found_by_their_names),
        TEST(every_default_is_canonical),
        TEST(defaults_are_those_of_the_specification),
        TEST(no_configuration_is_one_of_defaults),
        TEST(code_wins_over_environment_wins_over_default),
        TEST(empty_variable_counts_as_unset),
        TEST(specific_limit_wins_over_general_one),
        TEST(default_set_in_code_is_below_the_environment),
        TEST(default_of_a_specific_key_is_below_the_general_key),
        TEST(unusable_destination_gives_way_to_no_other),
        TEST(directory_that_cannot_be_used_fails_the_check),
        TEST(masked_values_show_no_secret),
        TEST(unknown_key_is_named_with_its_nearest),
        TEST(unknown_key_of_invalid_length_is_shortened),
        TEST(error_names_key_value_and_what_was_expected),
        TEST(secrets_are_never_shown),
        TEST(passwords_in_urls_are_never_shown),
        TEST(environment_is_read_on_past_its_errors),
        TEST(malformed_variable_gives_way_to_the_default),
        TEST(unknown_variable_of_ours_is_reported),
        TEST(errors_without_end_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
