/* SPDX-License-Identifier: Apache-2.0 */
/* The options that the specification does not have. */
#include "otlp/options.h"
#include "otlp_http/harness.h"
#include "otlp_http/protobuf.h"
#include "pipeline/exporter.h"

#define OWN(name) "HAETAE_OTLP_" name

static struct hae_http_options good(const struct option *table)
{
    haetae_config *config = make_config(table);
    struct hae_http_options options;

    if (hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return options;
}

/* The error of one key, refused when it is set or when it is read. */
static const char *bad(const char *key, const char *value)
{
    static char error[1024];
    haetae_config *config = make_config(OPTIONS({NULL, NULL}));
    struct hae_http_options options;
    haetae_status status = haetae_config_set(config, key, value);

    if (status == HAETAE_OK) {
        status = hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL);
    }
    assert_int_equal(status, HAETAE_EVALUE);
    snprintf(error, sizeof error, "%s", haetae_config_error(config));
    haetae_config_free(config);
    return error;
}

static const char own_product[] = "OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION;

static void own_options_have_defaults(void **state)
{
    struct hae_http_options options = good(OPTIONS({"OTEL_SERVICE_NAME", "x"}));

    (void)state;
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        const struct hae_http_target *target = &options.targets[i];

        assert_string_equal(target->user_agent, own_product);
        assert_int_equal(target->response_max_bytes, 4 * 1024 * 1024);
        assert_int_equal(target->tls.least_version, CURL_SSLVERSION_TLSv1_2);
        assert_int_equal(target->connection_age_ms, 0);
        assert_int_equal(target->connection_idle_ms, 118000);
        assert_int_equal(target->dns_cache_ms, 60000);
        assert_null(target->socket.name);
    }
    hae_http_options_done(&options);
}

static void own_options_are_read(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({OWN("USER_AGENT"), "shop/1.4"}, {OWN("RESPONSE_MAX_BYTES"), "2k"},
                     {OWN("LOGS_RESPONSE_MAX_BYTES"), "1"}, {OWN("TLS_MIN_VERSION"), "1.3"},
                     {OWN("CONNECTION_MAX_AGE_MS"), "1"}, {OWN("CONNECTION_MAX_IDLE_MS"), "2"},
                     {OWN("DNS_CACHE_MS"), "3"}));
    char agent[128];

    (void)state;
    snprintf(agent, sizeof agent, "shop/1.4 %s", own_product);
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        const struct hae_http_target *target = &options.targets[i];

        assert_string_equal(target->user_agent, agent);
        assert_int_equal(target->response_max_bytes, i == HAETAE_SIGNAL_LOGS ? 1 : 2048);
        assert_int_equal(target->tls.least_version, CURL_SSLVERSION_TLSv1_3);
        assert_int_equal(target->connection_age_ms, 1);
        assert_int_equal(target->connection_idle_ms, 2);
        assert_int_equal(target->dns_cache_ms, 3);
    }
    hae_http_options_done(&options);
}

static void own_options_read_sockets(void **state)
{
    static const struct {
        const char *endpoint, *name, *url;
        bool is_abstract;
    } cases[] = {
        {"unix:///run/c.sock", "/run/c.sock", "http://localhost/v1/traces", false},
        {"unix:/run/c.sock", "/run/c.sock", "http://localhost/v1/traces", false},
        {"unix:c.sock", "c.sock", "http://localhost/v1/traces", false},
        {"unix:c.sock:/a:/b/?k=v", "c.sock:/a", "http://localhost/b/v1/traces?k=v", false},
        {"unix-abstract:c/d", "c/d", "http://localhost/v1/traces", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_http_options options = good(OPTIONS({KEY("ENDPOINT"), cases[i].endpoint}));
        const struct hae_http_target *target = &options.targets[HAETAE_SIGNAL_TRACES];

        assert_string_equal(target->socket.name, cases[i].name);
        assert_string_equal(target->url, cases[i].url);
        assert_int_equal(target->socket.is_abstract, cases[i].is_abstract);
        hae_http_options_done(&options);
    }
}

#define TWENTY    "abcdefghijklmnopqrst"
#define LONG_NAME TWENTY TWENTY TWENTY TWENTY TWENTY "12345678"

static void own_options_that_cannot_be_used_are_named_with_their_value(void **state)
{
    static const struct {
        const char *key, *value, *shown;
    } cases[] = {
        {OWN("USER_AGENT"), "shop/1.4\r\nx: y", "shop/1.4\\x0d\\x0ax: y"},
        {OWN("USER_AGENT"), "caf\xc3\xa9/1", "caf\xc3\xa9/1"},
        {OWN("RESPONSE_MAX_BYTES"), "0", "\"0\""},
        {OWN("RESPONSE_MAX_BYTES"), "3g", "\"3g\""},
        {OWN("TRACES_RESPONSE_MAX_BYTES"), "much", "\"much\""},
        {OWN("TLS_MIN_VERSION"), "1.1", "\"1.1\""},
        {OWN("BEARER_TOKEN_FILE"), "/nowhere/at/all", "\"/nowhere/at/all\": No such file"},
        {OWN("LOGS_BEARER_TOKEN_FILE"), "/dev/null", "\"/dev/null\": not a regular file"},
        {OWN("CONNECTION_MAX_AGE_MS"), "-1", "\"-1\""},
        {OWN("CONNECTION_MAX_IDLE_MS"), "soon", "\"soon\""},
        {OWN("DNS_CACHE_MS"), "1h", "\"1h\""},
        {KEY("ENDPOINT"), "unix:", "\"unix:\": not an endpoint: there is no socket in it"},
        {KEY("ENDPOINT"), "unix-abstract::/v1", "there is no socket in it"},
        {KEY("TRACES_ENDPOINT"), "unix://host/run/x", "begins with a slash"},
        {KEY("ENDPOINT"), "unix:" LONG_NAME, "at most 107 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = bad(cases[i].key, cases[i].value);

        assert_contains(error, cases[i].key);
        assert_contains(error, cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_options_have_defaults),
        cmocka_unit_test(own_options_are_read),
        cmocka_unit_test(own_options_read_sockets),
        cmocka_unit_test(own_options_that_cannot_be_used_are_named_with_their_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
