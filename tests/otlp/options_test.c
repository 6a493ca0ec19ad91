/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/options.h"

#include <sys/stat.h>
#include <unistd.h>

#include "otlp/secrets.h"
#include "otlp_http/harness.h"
#include "otlp_http/protobuf.h"
#include "pipeline/exporter.h"
#include "support/temporary.h"

/* Sets and reads options; the text of the configuration that refuses them is kept. */
static haetae_status read_options(const struct option *table, struct hae_http_options *ret_options,
                                  char *error, size_t error_size)
{
    haetae_config *config = make_config(OPTIONS({NULL, NULL}));
    haetae_status status = HAETAE_OK;

    for (; table->key != NULL && status == HAETAE_OK; table++) {
        status = haetae_config_set(config, table->key, table->value);
    }
    if (status == HAETAE_OK) {
        status = hae_http_options_init(ret_options, &hae_http_protobuf, config, HAE_SIGNALS_ALL);
    }
    snprintf(error, error_size, "%s", haetae_config_error(config));
    haetae_config_free(config);
    return status;
}

static struct hae_http_options good(const struct option *table)
{
    struct hae_http_options options;
    char error[512];

    if (read_options(table, &options, error, sizeof error) != HAETAE_OK) {
        fail_msg("%s", error);
    }
    return options;
}

/* The error of options that are refused. */
static const char *bad(const struct option *table)
{
    static char error[512];
    struct hae_http_options options;

    assert_int_equal(read_options(table, &options, error, sizeof error), HAETAE_EVALUE);
    return error;
}

static bool has_line(const struct curl_slist *lines, const char *line)
{
    for (; lines != NULL; lines = lines->next) {
        if (strcmp(lines->data, line) == 0) {
            return true;
        }
    }
    return false;
}

static size_t line_count(const struct curl_slist *lines)
{
    size_t count = 0;

    for (; lines != NULL; lines = lines->next) {
        count++;
    }
    return count;
}

static void options_have_the_specified_defaults(void **state)
{
    struct hae_http_options options = good(OPTIONS({"OTEL_SERVICE_NAME", "x"}));
    static const char *const urls[] = {"http://localhost:4318/v1/traces",
                                       "http://localhost:4318/v1/metrics",
                                       "http://localhost:4318/v1/logs"};

    (void)state;
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        const struct hae_http_target *target = &options.targets[i];

        assert_string_equal(target->url, urls[i]);
        assert_int_equal(target->timeout_ms, 10000);
        assert_int_equal(target->codec, HAE_HTTP_PLAIN);
        assert_null(target->tls.ca_file);
        assert_null(target->tls.certificate_file);
        assert_null(target->tls.key_file);
        assert_true(has_line(target->headers, "Content-Type: application/x-protobuf"));
        assert_true(has_line(target->headers, "Expect:"));
        assert_int_equal(line_count(target->headers), 2);
    }
    hae_http_options_done(&options);
}

static void options_append_the_signal_path_to_the_general_endpoint(void **state)
{
    static const struct {
        const char *endpoint, *traces;
    } cases[] = {
        {"http://collector:4318", "http://collector:4318/v1/traces"},
        {"http://collector:4318/", "http://collector:4318/v1/traces"},
        {"http://collector:4318/mycollector", "http://collector:4318/mycollector/v1/traces"},
        {"http://collector:4318/mycollector/", "http://collector:4318/mycollector/v1/traces"},
        {"https://collector", "https://collector/v1/traces"},
        {"HTTPS://collector//", "HTTPS://collector//v1/traces"},
        {"http://[::1]:4318", "http://[::1]:4318/v1/traces"},
        {"http://u:p@h/a?k=v/w", "http://u:p@h/a/v1/traces?k=v/w"},
        {"http://h?k=v", "http://h/v1/traces?k=v"},
        {"http://h/a/../b/./c", "http://h/a/../b/./c/v1/traces"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_http_options options = good(OPTIONS({KEY("ENDPOINT"), cases[i].endpoint}));

        assert_string_equal(options.targets[HAETAE_SIGNAL_TRACES].url, cases[i].traces);
        hae_http_options_done(&options);
    }
}

static void options_use_the_endpoint_of_a_signal_as_it_is(void **state)
{
    static const struct {
        const char *endpoint, *url;
    } cases[] = {
        {"http://collector:4318", "http://collector:4318/"},
        {"http://collector:4318/", "http://collector:4318/"},
        {"https://collector.example.com/v1/metrics", "https://collector.example.com/v1/metrics"},
        {"https://collector.example.com/v1/metrics/", "https://collector.example.com/v1/metrics/"},
        {"http://h?k=v/w", "http://h/?k=v/w"},
        {"http://h/?k=v", "http://h/?k=v"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_http_options options = good(OPTIONS(
            {KEY("ENDPOINT"), "http://general"}, {KEY("METRICS_ENDPOINT"), cases[i].endpoint}));

        assert_string_equal(options.targets[HAETAE_SIGNAL_METRICS].url, cases[i].url);
        assert_string_equal(options.targets[HAETAE_SIGNAL_TRACES].url, "http://general/v1/traces");
        assert_string_equal(options.targets[HAETAE_SIGNAL_LOGS].url, "http://general/v1/logs");
        hae_http_options_done(&options);
    }
}

static void options_refuse_a_bad_endpoint_and_name_key_and_value(void **state)
{
    static const char *const endpoints[] = {
        "localhost:4318",      "collector",         "ftp://collector",
        "unix://run/x",        "http://",           "http:///v1",
        "http://host:port",    "http://host:99999", "http://ho st",
        "http://host/a b",     "http:/host",        "://host",
        "http://host\r\nX: y", "http ://host",      "http://[::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        const char *error = bad(OPTIONS({KEY("ENDPOINT"), endpoints[i]}));

        assert_contains(error, KEY("ENDPOINT") "=\"");
        assert_lacks(error, "\n");
        if (strpbrk(endpoints[i], "\r\n") == NULL) {
            assert_contains(error, endpoints[i]);
        }
        error = bad(OPTIONS({KEY("LOGS_ENDPOINT"), endpoints[i]}));
        assert_contains(error, KEY("LOGS_ENDPOINT") "=\"");
    }
}

/* From the environment, as a secret store fills it in. */
static haetae_status read_environment(const struct option *table, uint32_t signals,
                                      struct hae_http_options *ret_options, char error[512])
{
    haetae_config *config = make_config(OPTIONS({NULL, NULL}));
    haetae_status status;

    for (const struct option *at = table; at->key != NULL; at++) {
        setenv(at->key, at->value, 1);
    }
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    for (const struct option *at = table; at->key != NULL; at++) {
        unsetenv(at->key);
    }
    status = hae_http_options_init(ret_options, &hae_http_protobuf, config, signals);
    snprintf(error, 512, "%s", haetae_config_error(config));
    haetae_config_free(config);
    return status;
}

static void options_take_values_that_end_with_a_newline(void **state)
{
    struct hae_http_options options;
    char error[512];

    (void)state;
    assert_int_equal(read_environment(OPTIONS({KEY("ENDPOINT"), "https://collector:4318\n"},
                                              {KEY("HEADERS"), " authorization=Bearer%20abc \r\n"},
                                              {KEY("PROTOCOL"), "http/protobuf\n"},
                                              {KEY("TRACES_TIMEOUT"), "7\n"}),
                                      HAE_SIGNALS_ALL, &options, error),
                     HAETAE_OK);
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        assert_ptr_equal(strstr(options.targets[i].url, "https://collector:4318/v1/"),
                         options.targets[i].url);
        assert_true(has_line(options.targets[i].headers, "authorization: Bearer abc"));
    }
    assert_int_equal(options.targets[HAETAE_SIGNAL_TRACES].timeout_ms, 7);
    hae_http_options_done(&options);
}

static void options_of_the_environment_that_cannot_be_used_are_not_replaced(void **state)
{
    static const char *const names[][2] = {
        {"ENDPOINT", "https://coll ector"}, {"HEADERS", "a=b\nc"},
        {"CLIENT_KEY", "/k\ney"},           {"PROTOCOL", "udp"},
        {"CERTIFICATE", "/no/such/file"},   {"CLIENT_CERTIFICATE", "/no/such/file"}};
    const uint32_t logs = 1U << HAETAE_SIGNAL_LOGS, metrics = 1U << HAETAE_SIGNAL_METRICS;
    struct hae_http_options options;
    char error[512];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char general[64], specific[64];

        snprintf(general, sizeof general, KEY("%s"), names[i][0]);
        snprintf(specific, sizeof specific, KEY("LOGS_%s"), names[i][0]);
        assert_int_equal(
            read_environment(OPTIONS({general, names[i][1]}), HAE_SIGNALS_ALL, &options, error),
            HAETAE_EVALUE);
        assert_contains(error, general);
        assert_lacks(error, "\n");
        /* A signal's own key does not give way to the general one. */
        assert_int_equal(read_environment(OPTIONS({specific, names[i][1]}), logs, &options, error),
                         HAETAE_EVALUE);
        assert_contains(error, specific);
        /* Who does not need it starts. */
        assert_int_equal(
            read_environment(OPTIONS({specific, names[i][1]}), metrics, &options, error),
            HAETAE_OK);
        hae_http_options_done(&options);
    }
}

static void options_take_defaults_that_the_program_set(void **state)
{
    haetae_config *config = make_config(OPTIONS({NULL, NULL}));
    struct hae_http_options options;

    (void)state;
    assert_int_equal(haetae_config_set_default(config, KEY("LOGS_ENDPOINT"), "http://logs:1/in"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_set_default(config, KEY("TIMEOUT"), "5"), HAETAE_OK);
    assert_int_equal(hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL),
                     HAETAE_OK);
    assert_string_equal(options.targets[HAETAE_SIGNAL_LOGS].url, "http://logs:1/in");
    assert_int_equal(options.targets[HAETAE_SIGNAL_LOGS].timeout_ms, 5);
    hae_http_options_done(&options);
    /* The operator's general key wins over the program's default for a signal. */
    assert_int_equal(haetae_config_set(config, KEY("ENDPOINT"), "http://all:2"), HAETAE_OK);
    assert_int_equal(hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL),
                     HAETAE_OK);
    assert_string_equal(options.targets[HAETAE_SIGNAL_LOGS].url, "http://all:2/v1/logs");
    hae_http_options_done(&options);
    assert_int_equal(haetae_config_set(config, KEY("ENDPOINT"), NULL), HAETAE_OK);
    assert_int_equal(haetae_config_set_default(config, KEY("LOGS_ENDPOINT"), "no url"),
                     HAETAE_EVALUE);
    assert_int_equal(hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL),
                     HAETAE_EVALUE);
    assert_contains(haetae_config_error(config), KEY("LOGS_ENDPOINT"));
    haetae_config_free(config);
}

static bool hides(const struct hae_http_target *target, const char *text)
{
    return hae_http_secret_at((const uint8_t *)text, strlen(text), target->secrets) == strlen(text);
}

/* As headers, URLs and logs of servers have them. */
static void options_know_every_form_of_a_secret(void **state)
{
    struct hae_http_options options;
    const struct hae_http_target *traces;

    (void)state;
    setenv("https_proxy", "gate:k33per@proxy:3128", 1);
    setenv("http_proxy", "http://no@t a proxy", 1);
    options = good(OPTIONS({KEY("TRACES_ENDPOINT"), "https://me:p%40ss@host/?key=t0ken&x=y#z"},
                           {KEY("TRACES_HEADERS"), "authorization=Basic%20cmlkZXI6aHVudGVyMg%3D%3D,"
                                                   "x-other=Bearer%20abcdef"}));
    unsetenv("https_proxy");
    unsetenv("http_proxy");
    traces = &options.targets[HAETAE_SIGNAL_TRACES];
    assert_true(hides(traces, "p@ss") && hides(traces, "p%40ss") && hides(traces, "me:p@ss@"));
    assert_true(hides(traces, "bWU6cEBzcw")); /* me:p@ss */
    assert_true(hides(traces, "t0ken"));
    assert_true(hides(traces, "cmlkZXI6aHVudGVyMg==") && hides(traces, "hunter2"));
    assert_true(hides(traces, "rider:hunter2@") && hides(traces, "rider"));
    assert_true(hides(traces, "Bearer abcdef") && hides(traces, "abcdef"));
    assert_true(hides(traces, "k33per") && hides(traces, "Z2F0ZTprMzNwZXI"));
    assert_false(hides(traces, "host"));
    hae_http_options_done(&options);
}

/* libcurl says which proxy it cannot use. */
static void options_know_the_secrets_of_a_proxy_that_is_no_url(void **state)
{
    static const char *const proxies[] = {"http://us er:k33per@[bad", "us er:k33per@[bad",
                                          "http://us er:k3@pt:k33per@[bad"};

    (void)state;
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        const char *shown = strstr(proxies[i], "us er");
        const struct hae_http_target *traces;
        struct hae_http_options options;

        setenv("http_proxy", proxies[i], 1);
        options = good(OPTIONS({KEY("ENDPOINT"), "http://host"}));
        unsetenv("http_proxy");
        traces = &options.targets[HAETAE_SIGNAL_TRACES];
        assert_int_equal(hae_http_secret_at((const uint8_t *)shown, strlen(shown), traces->secrets),
                         strlen(shown) - strlen("[bad"));
        assert_int_equal(hides(traces, "k33per"), i < 2);
        hae_http_options_done(&options);
    }
}

static void options_never_show_the_user_information_of_an_endpoint(void **state)
{
    static const char *const endpoints[] = {"http://admin:hunter2@host:port",
                                            "https//admin:hunter2@host",
                                            "ftp://admin:hunter2@host?hunter2"};

    (void)state;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        const char *error = bad(OPTIONS({KEY("ENDPOINT"), endpoints[i]}));

        assert_contains(error, KEY("ENDPOINT"));
        assert_lacks(error, "hunter2");
        assert_lacks(error, "admin");
    }
}

/* libcurl could not use it either, and what it can't decode it can't be asked for, to hide it
 * where a server repeats it. */
static void options_refuse_user_information_that_cannot_be_decoded(void **state)
{
    static const char *const endpoints[] = {"http://admin:hunter2%00@host",
                                            "http://ad%0amin:hunter2@host"};

    (void)state;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        const char *error = bad(OPTIONS({KEY("ENDPOINT"), endpoints[i]}));

        assert_contains(error, KEY("ENDPOINT") "=\"");
        assert_contains(error, "not an endpoint: ");
        assert_lacks(error, "hunter2");
    }
}

static void options_parse_headers(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("HEADERS"), " api-key = secret%20key%2C%3D , X-Two=a=b;c , empty= ,, "
                                      "utf8=%ED%95%B4,tab=a%09b,"}));
    const struct curl_slist *headers = options.targets[HAETAE_SIGNAL_LOGS].headers;

    (void)state;
    assert_true(has_line(headers, "api-key: secret key,="));
    assert_true(has_line(headers, "X-Two: a=b;c"));
    assert_true(has_line(headers, "empty;"));
    assert_true(has_line(headers, "utf8: \xed\x95\xb4"));
    assert_true(has_line(headers, "tab: a\tb"));
    assert_int_equal(line_count(headers), 2 + 5);
    hae_http_options_done(&options);
}

static void options_let_the_later_of_two_equal_headers_win(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("HEADERS"), "key=first,other=x,KEY=second"}));
    const struct curl_slist *headers = options.targets[HAETAE_SIGNAL_TRACES].headers;

    (void)state;
    assert_true(has_line(headers, "KEY: second"));
    assert_true(has_line(headers, "other: x"));
    assert_int_equal(line_count(headers), 2 + 2);
    hae_http_options_done(&options);
}

static void options_replace_general_headers_by_those_of_a_signal(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("HEADERS"), "a=1"}, {KEY("TRACES_HEADERS"), "b=2"}));

    (void)state;
    assert_true(has_line(options.targets[HAETAE_SIGNAL_TRACES].headers, "b: 2"));
    assert_false(has_line(options.targets[HAETAE_SIGNAL_TRACES].headers, "a: 1"));
    assert_true(has_line(options.targets[HAETAE_SIGNAL_METRICS].headers, "a: 1"));
    hae_http_options_done(&options);
}

static void options_refuse_bad_headers_without_showing_them(void **state)
{
    static const char *const headers[] = {
        "hunter2",
        "key=hunter2%",
        "key=hunter2%2",
        "key=hunter2%zz",
        "key=hunter2%0d%0a",
        "key=hunter2%0aX: y",
        "key=hunter2%00",
        "key=hunter2\r\nX: y",
        "=hunter2",
        "hunter2 key=value",
        "key:=hunter2",
        "hunter2\xc3\xa9=value",
        "Content-Length=hunter2",
        "transfer-encoding=hunter2",
        "content-type=hunter2",
        "Content-Encoding=hunter2",
        "Connection=hunter2",
        "Expect=hunter2",
        "key=hunter2%7f",
    };

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char option[128];
        const char *error;

        snprintf(option, sizeof option, "good=hunter2,%s,fine=hunter2", headers[i]);
        error = bad(OPTIONS({KEY("METRICS_HEADERS"), option}));
        assert_contains(error, KEY("METRICS_HEADERS"));
        if (strpbrk(headers[i], "\r\n") == NULL) { /* these no value may have */
            assert_contains(error, "entry 2");
        }
        assert_lacks(error, "hunter2");
    }
}

static void options_read_timeouts(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("TIMEOUT"), "2147483647"}, {KEY("LOGS_TIMEOUT"), "0"},
                     {KEY("METRICS_TIMEOUT"), "0250"}));

    (void)state;
    assert_int_equal(options.targets[HAETAE_SIGNAL_TRACES].timeout_ms, 2147483647);
    assert_int_equal(options.targets[HAETAE_SIGNAL_LOGS].timeout_ms, 0);
    assert_int_equal(options.targets[HAETAE_SIGNAL_METRICS].timeout_ms, 250);
    hae_http_options_done(&options);
}

static void options_refuse_bad_timeouts(void **state)
{
    static const char *const timeouts[] = {
        "-1", "+1", "10s", "1.5", "1 0", "1e3", "0x10", "2147483648", "99999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        const char *error = bad(OPTIONS({KEY("TRACES_TIMEOUT"), timeouts[i]}));

        assert_contains(error, KEY("TRACES_TIMEOUT") "=\"");
        assert_contains(error, timeouts[i]);
    }
}

static void options_read_compression(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("COMPRESSION"), "gzip"}, {KEY("LOGS_COMPRESSION"), "none"}));

    (void)state;
    assert_int_equal(options.targets[HAETAE_SIGNAL_TRACES].codec, HAE_HTTP_GZIP);
    assert_int_equal(options.targets[HAETAE_SIGNAL_LOGS].codec, HAE_HTTP_PLAIN);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_http_target *target = &options.targets[signal];

        assert_true(has_line(&target->encoded[HAE_HTTP_GZIP], "Content-Encoding: gzip"));
        assert_true(has_line(&target->encoded[HAE_HTTP_ZSTD], "Content-Encoding: zstd"));
        assert_ptr_equal(target->encoded[HAE_HTTP_GZIP].next, target->headers);
        assert_ptr_equal(target->encoded[HAE_HTTP_ZSTD].next, target->headers);
        assert_false(has_line(target->headers, "Content-Encoding: gzip"));
    }
    hae_http_options_done(&options);
}

/* Served where it is built, else refused: nothing takes its place. */
static void options_read_zstd_where_it_is_built(void **state)
{
    const struct option *asked = OPTIONS({KEY("LOGS_COMPRESSION"), "zstd"});

    (void)state;
#ifdef HAETAE_TEST_ZSTD
    struct hae_http_options options = good(asked);

    assert_int_equal(options.targets[HAETAE_SIGNAL_TRACES].codec, HAE_HTTP_PLAIN);
    assert_int_equal(options.targets[HAETAE_SIGNAL_LOGS].codec, HAE_HTTP_ZSTD);
    hae_http_options_done(&options);
#else
    const char *error = bad(asked);

    assert_contains(error, KEY("LOGS_COMPRESSION") "=\"zstd\"");
    assert_contains(error, "libzstd");
#endif
}

static void options_refuse_other_compressions_and_protocols(void **state)
{
    const char *error = bad(OPTIONS({KEY("COMPRESSION"), "brotli"}));

    (void)state;
    assert_contains(error, KEY("COMPRESSION") "=\"brotli\"");
    error = bad(OPTIONS({KEY("PROTOCOL"), "grpc"}));
    assert_contains(error, KEY("PROTOCOL") "=\"grpc\"");
    error = bad(OPTIONS({KEY("LOGS_PROTOCOL"), "http/json"}));
    assert_contains(error, KEY("LOGS_PROTOCOL") "=\"http/json\"");
}

static void options_accept_the_protocol_they_speak(void **state)
{
    struct hae_http_options options =
        good(OPTIONS({KEY("PROTOCOL"), "http/protobuf"}, {KEY("LOGS_PROTOCOL"), "http/protobuf"}));

    (void)state;
    hae_http_options_done(&options);
}

static char *write_file(const char *content, size_t padding)
{
    static char path[TEMPORARY_PATH_MAX];
    FILE *file = fdopen(temporary_file(path), "w");

    assert_non_null(file);
    for (size_t i = 0; i < padding; i++) {
        putc('#', file);
    }
    fputs(content, file);
    fclose(file);
    return path;
}

static void options_accept_pem_files(void **state)
{
    /* The mark is found wherever the file is read in two. */
    for (size_t padding = 4080; padding < 4120; padding++) {
        const char *path = write_file("-----BEGIN CERTIFICATE-----\n", padding);
        struct hae_http_options options =
            good(OPTIONS({KEY("CERTIFICATE"), path}, {KEY("LOGS_CLIENT_CERTIFICATE"), path},
                         {KEY("LOGS_CLIENT_KEY"), path}));

        (void)state;
        assert_string_equal(options.targets[HAETAE_SIGNAL_TRACES].tls.ca_file, path);
        assert_null(options.targets[HAETAE_SIGNAL_TRACES].tls.certificate_file);
        assert_string_equal(options.targets[HAETAE_SIGNAL_LOGS].tls.certificate_file, path);
        assert_string_equal(options.targets[HAETAE_SIGNAL_LOGS].tls.key_file, path);
        hae_http_options_done(&options);
        unlink(path);
    }
}

static void options_refuse_files_that_cannot_be_used(void **state)
{
    static const char *const paths[] = {"/nonexistent/ca.pem", "/tmp", "/dev/zero"};
    const char *path, *error;
    char fifo[TEMPORARY_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        error = bad(OPTIONS({KEY("TRACES_CERTIFICATE"), paths[i]}));
        assert_contains(error, KEY("TRACES_CERTIFICATE") "=\"");
        assert_contains(error, paths[i]);
        error = bad(OPTIONS({KEY("CLIENT_CERTIFICATE"), paths[i]}));
        assert_contains(error, KEY("CLIENT_CERTIFICATE") "=\"");
    }
    assert_contains(bad(OPTIONS({KEY("CERTIFICATE"), paths[0]})), "No such file");

    path = write_file("-----BEGIN", 0);
    assert_contains(bad(OPTIONS({KEY("CERTIFICATE"), path})), "not a PEM file");
    unlink(path);

    close(temporary_file(fifo));
    unlink(fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_contains(bad(OPTIONS({KEY("CERTIFICATE"), fifo})), "not a regular file");
    unlink(fifo);
}

static void options_refuse_a_client_key_without_certificate_or_file(void **state)
{
    const char *path = write_file("-----BEGIN CERTIFICATE-----\n", 0);
    const char *error = bad(OPTIONS({KEY("CLIENT_KEY"), path}));

    (void)state;
    assert_contains(error, KEY("CLIENT_KEY"));
    assert_contains(error, KEY("CLIENT_CERTIFICATE"));
    /* The key itself in place of its path. */
    error = bad(OPTIONS({KEY("CLIENT_CERTIFICATE"), path}, {KEY("CLIENT_KEY"), "MIIEhunter2"}));
    assert_contains(error, KEY("CLIENT_KEY"));
    assert_lacks(error, "hunter2");
    unlink(path);
}

static void options_are_read_only_for_the_signals_asked_for(void **state)
{
    haetae_config *config = make_config(
        OPTIONS({KEY("LOGS_PROTOCOL"), "grpc"}, {KEY("LOGS_HEADERS"), "no-equals-sign"}));
    const uint32_t logs = UINT32_C(1) << HAETAE_SIGNAL_LOGS;
    struct hae_http_options options;

    (void)state;
    assert_int_equal(
        hae_http_options_init(&options, &hae_http_protobuf, config, HAE_SIGNALS_ALL & ~logs),
        HAETAE_OK);
    assert_non_null(options.targets[HAETAE_SIGNAL_TRACES].url);
    assert_null(options.targets[HAETAE_SIGNAL_LOGS].url);
    hae_http_options_done(&options);
    assert_int_equal(hae_http_options_init(&options, &hae_http_protobuf, config, logs),
                     HAETAE_EVALUE);
    haetae_config_free(config);
}

/* ---- The exporter ------------------------------------------------------------------------ */

static void exporter_reports_what_it_refuses(void **state)
{
    haetae_config *config = make_config(OPTIONS({KEY("HEADERS"), "no-equals-sign"}));
    haetae_exporter *untouched = (haetae_exporter *)config;
    haetae_exporter *exporter = untouched;

    (void)state;
    assert_int_equal(haetae_otlp_http_new(NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_otlp_http_new(config, NULL), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(config), "");
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_EVALUE);
    assert_contains(haetae_config_error(config), KEY("HEADERS") "=(hidden): entry 1: ");
    assert_ptr_equal(exporter, untouched);

    /* A failure begins a new text, a success keeps the old one. */
    assert_int_equal(haetae_config_set(config, KEY("PROTOCOL"), "grpc"), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_EVALUE);
    assert_string_equal(haetae_config_error(config),
                        KEY("PROTOCOL") "=\"grpc\": this exporter speaks http/protobuf only");
    assert_int_equal(haetae_config_set(config, KEY("PROTOCOL"), NULL), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, KEY("HEADERS"), NULL), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_contains(haetae_config_error(config), KEY("PROTOCOL"));
    haetae_exporter_free(exporter);
    haetae_config_free(config);
}

static void exporter_has_the_name_of_its_protocol(void **state)
{
    haetae_exporter *exporter = make_exporter(OPTIONS({KEY("TIMEOUT"), "1"}));

    (void)state;
    assert_string_equal(exporter->ops.name, "otlp");
    assert_int_equal(exporter->ops.struct_size, sizeof exporter->ops);
    assert_int_equal(exporter->ops.signals, HAE_SIGNALS_ALL);
    assert_true(exporter->ops.max_in_flight > 1);
    haetae_exporter_free(exporter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exporter_reports_what_it_refuses),
        cmocka_unit_test(exporter_has_the_name_of_its_protocol),
        cmocka_unit_test(options_are_read_only_for_the_signals_asked_for),
        cmocka_unit_test(options_have_the_specified_defaults),
        cmocka_unit_test(options_append_the_signal_path_to_the_general_endpoint),
        cmocka_unit_test(options_use_the_endpoint_of_a_signal_as_it_is),
        cmocka_unit_test(options_refuse_a_bad_endpoint_and_name_key_and_value),
        cmocka_unit_test(options_take_values_that_end_with_a_newline),
        cmocka_unit_test(options_of_the_environment_that_cannot_be_used_are_not_replaced),
        cmocka_unit_test(options_take_defaults_that_the_program_set),
        cmocka_unit_test(options_know_every_form_of_a_secret),
        cmocka_unit_test(options_know_the_secrets_of_a_proxy_that_is_no_url),
        cmocka_unit_test(options_never_show_the_user_information_of_an_endpoint),
        cmocka_unit_test(options_refuse_user_information_that_cannot_be_decoded),
        cmocka_unit_test(options_parse_headers),
        cmocka_unit_test(options_let_the_later_of_two_equal_headers_win),
        cmocka_unit_test(options_replace_general_headers_by_those_of_a_signal),
        cmocka_unit_test(options_refuse_bad_headers_without_showing_them),
        cmocka_unit_test(options_read_timeouts),
        cmocka_unit_test(options_refuse_bad_timeouts),
        cmocka_unit_test(options_read_compression),
        cmocka_unit_test(options_read_zstd_where_it_is_built),
        cmocka_unit_test(options_refuse_other_compressions_and_protocols),
        cmocka_unit_test(options_accept_the_protocol_they_speak),
        cmocka_unit_test(options_accept_pem_files),
        cmocka_unit_test(options_refuse_files_that_cannot_be_used),
        cmocka_unit_test(options_refuse_a_client_key_without_certificate_or_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
