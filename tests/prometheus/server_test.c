/* SPDX-License-Identifier: Apache-2.0 */
/* The server, scraped over sockets. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

#include "haetae/prometheus.h"
#include "scrape.h"
#include "support/certificate.h"
#include "support/core_cmocka.h"

static haetae_counter *make_counter(haetae_sdk *sdk, const char *name)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(name));
    haetae_counter *counter = NULL;

    assert_int_equal(
        haetae_counter_create(haetae_meter_named(sdk, "test.meter"), &options, &counter),
        HAETAE_OK);
    return counter;
}

static void expect_body(const struct scraped *answer, const char *part)
{
    if (answer->status != 200 || strstr(answer->body, part) == NULL) {
        fail_msg("status %d, no %s in: %s", answer->status, part,
                 answer->body != NULL ? answer->body : "");
    }
}

static void a_scrape_has_what_was_recorded(void **state)
{
    struct scrape_sdk fixture;
    struct scraped answer;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter *counter = make_counter(fixture.sdk, "test.count");
    for (int i = 1; i <= 3; i++) {
        char line[128];

        haetae_counter_add(counter, 5, HAETAE_ATTRS(HAETAE_ATTR("side", "left")));
        scrape(fixture.port, "GET /metrics", "", &answer);
        snprintf(line, sizeof line,
                 "test_count_total{otel_scope_name=\"test.meter\",side=\"left\"} %d\n", 5 * i);
        expect_body(&answer, line);
        expect_body(&answer, "# TYPE test_count_total counter\n");
        expect_body(&answer, "service_name=\"scraped\"");
        assert_non_null(
            strstr(answer.headers, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
        scraped_done(&answer);
    }
    scrape_sdk_stop(&fixture);
}

static void the_accept_header_chooses(void **state)
{
    struct scrape_sdk fixture;
    struct scraped answer;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 5, NULL, 0);
    scrape(fixture.port, "GET /metrics",
           "Accept: text/plain;q=0.5\r\nAccept: application/openmetrics-text\r\n", &answer);
    expect_body(&answer, "# TYPE test_count counter\n");
    assert_string_equal(answer.body + answer.body_size - 6, "# EOF\n");
    scraped_done(&answer);
    scrape(fixture.port, "GET /metrics",
           "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
           "encoding=delimited\r\n",
           &answer);
    assert_non_null(memmem(answer.body, answer.body_size, "test_count_total", 16));
    assert_non_null(strstr(answer.headers, "application/vnd.google.protobuf"));
    scraped_done(&answer);
    scrape_sdk_stop(&fixture);
}

static void pages_are_compressed(void **state)
{
    static const char *const off[] = {"HAETAE_PROMETHEUS_COMPRESSION", "none", NULL};
    struct scrape_sdk fixture;
    struct scraped answer;
    char plain[65536];
    z_stream stream = {.zalloc = Z_NULL};

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter *counter = make_counter(fixture.sdk, "test.count");
    for (int i = 0; i < 50; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    scrape(fixture.port, "GET /metrics", "Accept-Encoding: gzip\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.headers, "Content-Encoding: gzip\r\n"));
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = (Bytef *)answer.body;
    stream.avail_in = (uInt)answer.body_size;
    stream.next_out = (Bytef *)plain;
    stream.avail_out = sizeof plain - 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    plain[stream.total_out] = '\0';
    inflateEnd(&stream);
    assert_non_null(strstr(plain, "test_count_total{i=\"49\",otel_scope_name=\"test.meter\"} 1\n"));
    scraped_done(&answer);
    scrape_sdk_stop(&fixture);

    scrape_sdk_start(&fixture, off);
    scrape(fixture.port, "GET /metrics", "Accept-Encoding: gzip\r\n", &answer);
    assert_null(strstr(answer.headers, "Content-Encoding"));
    scraped_done(&answer);
    scrape_sdk_stop(&fixture);
}

static void expect_status(uint32_t port, const char *request, const char *headers, int status)
{
    struct scraped answer;

    scrape(port, request, headers, &answer);
    assert_int_equal(answer.status, status);
    scraped_done(&answer);
}

static void only_the_path_is_served(void **state)
{
    static const char *const own[] = {"HAETAE_PROMETHEUS_PATH", "/own/path", NULL};
    struct scrape_sdk fixture;
    struct scraped answer;

    (void)state;
    scrape_sdk_start(&fixture, own);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 1, NULL, 0);
    expect_status(fixture.port, "GET /own/path", "", 200);
    expect_status(fixture.port, "GET /own/path?a=b", "", 200);
    expect_status(fixture.port, "GET /metrics", "", 404);
    expect_status(fixture.port, "GET /own/path/", "", 404);
    expect_status(fixture.port, "GET /", "", 404);
    expect_status(fixture.port, "DELETE /own/path", "", 405);
    expect_status(fixture.port, "OPTIONS /own/path", "", 405);
    scrape(fixture.port, "HEAD /own/path", "", &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_size, 0);
    assert_null(strstr(answer.headers, "Content-Length: 0\r\n"));
    scraped_done(&answer);
    scrape_sdk_stop(&fixture);
}

static void hostile_requests_are_refused(void **state)
{
    struct scrape_sdk fixture;
    struct scraped answer;
    char *huge = malloc(200001);

    (void)state;
    assert_non_null(huge);
    memset(huge, 'a', 200000);
    huge[200000] = '\0';
    scrape_sdk_start(&fixture, NULL);
    const char *const requests[] = {
        "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
        "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
        "GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        "GET /metrics HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\r\n\r\n",
        "GET\r\n\r\n",
        "\r\n\r\n/metrics\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int connection = scrape_connect(fixture.port);

        scrape_send(connection, requests[i]);
        scrape_read(connection, true, &answer);
        if (answer.status == 200 || scrape_drain(connection) != 0) {
            fail_msg("request %zu is answered by status %d", i, answer.status);
        }
        scraped_done(&answer);
        close(connection);
    }
    int connection = scrape_connect(fixture.port);
    scrape_send(connection, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Huge: ");
    scrape_send(connection, huge);
    scrape_send(connection, "\r\n\r\n");
    scrape_read(connection, true, &answer);
    assert_int_not_equal(answer.status, 200);
    scraped_done(&answer);
    close(connection);
    expect_status(fixture.port, "GET /metrics", "", 200);
    scrape_sdk_stop(&fixture);
    free(huge);
}

/* One that sends half a request, and one that does not read its answer. */
static void slow_clients_hold_up_no_other(void **state)
{
    struct scrape_sdk fixture;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter *counter = make_counter(fixture.sdk, "test.count");
    for (int i = 0; i < 1500; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("index.of.this.series", i)));
    }
    int half = scrape_connect(fixture.port);
    scrape_send(half, "GET /metrics HT");
    int deaf[10];
    for (int i = 0; i < 10; i++) {
        deaf[i] = scrape_connect(fixture.port);
        for (int request = 0; request < 50; request++) {
            scrape_send(deaf[i], "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        }
    }
    expect_status(fixture.port, "GET /metrics", "", 200);
    scrape_sdk_stop(&fixture); /* ends in spite of them */
    close(half);
    for (int i = 0; i < 10; i++) {
        close(deaf[i]);
    }
}

/* Those beyond the limit of one address end, and the others stay. */
static void an_address_has_a_limited_number_of_connections(void **state)
{
    enum { MOST = 32 };
    struct scrape_sdk fixture;
    int connections[MOST + 1];
    char byte;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    for (int i = 0; i <= MOST; i++) {
        connections[i] = scrape_connect(fixture.port);
        assert_true(connections[i] >= 0);
    }
    assert_int_equal(recv(connections[MOST], &byte, 1, 0), 0); /* and no error: it has ended */
    assert_int_equal(recv(connections[0], &byte, 1, MSG_DONTWAIT), -1);
    scrape_sdk_stop(&fixture);
    for (int i = 0; i <= MOST; i++) {
        close(connections[i]);
    }
}

static void *scrape_often(void *argument)
{
    const struct scrape_sdk *fixture = argument;

    for (int i = 0; i < 30; i++) {
        struct scraped answer;

        scrape(fixture->port, "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n",
               &answer);
        if (answer.status != 200 || strstr(answer.body, "test_count_total") == NULL) {
            return argument;
        }
        scraped_done(&answer);
    }
    return NULL;
}

static void count_page(void *user, const char *content_type, const uint8_t *page, size_t size_bytes)
{
    size_t *pages = user;

    assert_non_null(strstr(content_type, "application/openmetrics-text; version=1.0.0"));
    assert_non_null(memmem(page, size_bytes, "test_count_total", 16));
    assert_memory_equal(page + size_bytes - 6, "# EOF\n", 6);
    (*pages)++;
}

static void concurrent_scrapes_all_get_pages(void **state)
{
    struct scrape_sdk fixture;
    pthread_t threads[4];
    size_t pages = 0;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 1, NULL, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, scrape_often, &fixture), 0);
    }
    for (int i = 0; i < 30; i++) {
        assert_int_equal(haetae_prometheus_write(fixture.exporter, "application/openmetrics-text",
                                                 30000, count_page, &pages),
                         HAETAE_OK);
    }
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(pages, 30);
    scrape_sdk_stop(&fixture);
}

static void histograms_may_be_exponential(void **state)
{
    static const char *const keys[] = {"HAETAE_PROMETHEUS_HISTOGRAM_AGGREGATION",
                                       "base2_exponential_bucket_histogram", NULL};
    struct scrape_sdk fixture;
    struct scraped answer;
    haetae_histogram *histogram;

    (void)state;
    scrape_sdk_start(&fixture, keys);
    histogram =
        haetae_histogram_named(haetae_meter_named(fixture.sdk, "test.meter"), "test.size", NULL);
    haetae_histogram_record_double(histogram, 3, NULL, 0);
    haetae_histogram_record_double(histogram, 4.5, NULL, 0);
    scrape(fixture.port, "GET /metrics", "", &answer);
    expect_body(&answer, "# TYPE test_size histogram\n"
                         "test_size_bucket{otel_scope_name=\"test.meter\",le=\"+Inf\"} 2\n"
                         "test_size_sum{otel_scope_name=\"test.meter\"} 7.5\n"
                         "test_size_count{otel_scope_name=\"test.meter\"} 2\n");
    scraped_done(&answer);
    scrape_sdk_stop(&fixture);
}

static void without_an_sdk_there_is_nothing(void **state)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    size_t pages = 0;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_PROMETHEUS_PORT", "0"), HAETAE_OK);
    assert_int_equal(haetae_prometheus_new(config, &exporter), HAETAE_OK);
    expect_status(haetae_prometheus_port(NULL), "GET /metrics", "", 503);
    assert_int_equal(haetae_prometheus_write(exporter, NULL, 0, count_page, &pages),
                     HAETAE_ESHUTDOWN);
    haetae_exporter_free(exporter);
    assert_int_equal(haetae_prometheus_port(exporter), 0);
    assert_int_equal(haetae_prometheus_write(exporter, NULL, 0, count_page, &pages), HAETAE_EINVAL);
    assert_int_equal(pages, 0);
    haetae_config_free(config);
}

static void what_is_left_out_is_reported_once(void **state)
{
    struct scrape_sdk fixture;
    struct scraped answer;
    haetae_gauge *gauge;
    const char *found;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 2, NULL, 0);
    gauge = haetae_gauge_named(haetae_meter_named(fixture.sdk, "other"), "test_count_total", NULL);
    haetae_gauge_record_double(gauge, 7, NULL, 0);
    for (int i = 0; i < 3; i++) {
        scrape(fixture.port, "GET /metrics", "", &answer);
        expect_body(&answer, "# TYPE test_count_total counter\n");
        assert_null(strstr(answer.body, "} 7"));
        scraped_done(&answer);
    }
    found =
        strstr(fixture.diagnostics, "prometheus: metric \"test_count_total\" is left out: another "
                                    "metric of this name has another type");
    if (found == NULL) {
        fail_msg("%s", fixture.diagnostics);
    }
    assert_null(strstr(strchr(found, '\n'), "is left out"));
    scrape_sdk_stop(&fixture);
}

static void the_environment_is_enough(void **state)
{
    haetae_sdk *sdk = NULL;
    struct scraped answer;

    (void)state;
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    setenv("OTEL_METRICS_EXPORTER", "prometheus", 1);
    setenv("OTEL_TRACES_EXPORTER", "none", 1);
    setenv("OTEL_LOGS_EXPORTER", "none", 1);
    setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1", 1);
    setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "0", 1);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    haetae_counter_add(make_counter(sdk, "test.count"), 2, NULL, 0);
    scrape(haetae_prometheus_port(NULL), "GET /metrics", "", &answer);
    expect_body(&answer, "test_count_total{otel_scope_name=\"test.meter\"} 2\n");
    scraped_done(&answer);
    haetae_sdk_shutdown(sdk, 10000);
    haetae_sdk_free(sdk);
    unsetenv("OTEL_METRICS_EXPORTER");
    unsetenv("OTEL_TRACES_EXPORTER");
    unsetenv("OTEL_LOGS_EXPORTER");
    unsetenv("OTEL_EXPORTER_PROMETHEUS_HOST");
    unsetenv("OTEL_EXPORTER_PROMETHEUS_PORT");
}

static void a_child_serves_nothing(void **state)
{
    struct scrape_sdk fixture;
    int kept;
    int status = 0;
    int pipe_of_child[2];
    pid_t child;

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 1, NULL, 0);
    kept = scrape_connect(fixture.port); /* open while the process forks */
    struct scraped answer;
    scrape_send(kept, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    scrape_read(kept, true, &answer);
    assert_int_equal(answer.status, 200);
    scraped_done(&answer);
    assert_int_equal(pipe(pipe_of_child), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char go;

        close(pipe_of_child[1]);
        (void)!read(pipe_of_child[0], &go, 1); /* lives until the parent's server has gone */
        _exit(haetae_prometheus_port(fixture.exporter) == 0 ? 0 : 1);
    }
    close(pipe_of_child[0]);
    expect_status(fixture.port, "GET /metrics", "", 200);
    scrape_sdk_stop(&fixture);
    /* Neither the connection nor the listening socket stays open in the child. */
    assert_int_equal(scrape_drain(kept), 0);
    assert_int_equal(scrape_connect(fixture.port), -1);
    close(kept);
    close(pipe_of_child[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_password_protects_all(void **state)
{
    char path[] = "/tmp/haetae-prometheus-XXXXXX";
    int file = mkstemp(path);
    const char *const keys[] = {"HAETAE_PROMETHEUS_USER", "user", "HAETAE_PROMETHEUS_PASSWORD_FILE",
                                path, NULL};
    struct scrape_sdk fixture;
    struct scraped answer;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, "correct\n", 8), 8);
    close(file);
    scrape_sdk_start(&fixture, keys);
    unlink(path);
    scrape(fixture.port, "GET /metrics", "", &answer);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer.headers, "WWW-Authenticate: Basic realm=\"metrics\""));
    scraped_done(&answer);
    expect_status(fixture.port, "GET /other", "", 401);
    expect_status(fixture.port, "GET /metrics", "Authorization: Basic dXNlcjp3cm9uZw==\r\n", 401);
    expect_status(fixture.port, "GET /metrics", "Authorization: Basic dXNlcjpjb3JyZWN0\r\n", 200);
    assert_null(strstr(fixture.diagnostics, "correct"));
    scrape_sdk_stop(&fixture);
}

static void tls_is_served(void **state)
{
    struct certificate certificate;
    struct scrape_sdk fixture;
    char command[512];
    char line[4096];
    bool found = false;

    (void)state;
    if (!certificate_can_be_made()) {
        skip();
    }
    certificate_make(&certificate);
    const char *const keys[] = {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", certificate.path,
                                "HAETAE_PROMETHEUS_TLS_KEY", certificate.key_path, NULL};
    scrape_sdk_start(&fixture, keys);
    haetae_counter_add(make_counter(fixture.sdk, "test.count"), 4, NULL, 0);
    snprintf(command, sizeof command,
             "printf 'GET /metrics HTTP/1.0\\r\\nHost: a\\r\\n\\r\\n' | "
             "openssl s_client -quiet -verify_return_error -CAfile %s -connect 127.0.0.1:%u "
             "2>/dev/null",
             certificate.path, (unsigned)fixture.port);
    FILE *answer = popen(command, "r");
    assert_non_null(answer);
    while (fgets(line, sizeof line, answer) != NULL) {
        found = found || strcmp(line, "test_count_total{otel_scope_name=\"test.meter\"} 4\n") == 0;
    }
    pclose(answer);
    assert_true(found);
    scrape_sdk_stop(&fixture);
    certificate_remove(&certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scrape_has_what_was_recorded),
        cmocka_unit_test(the_accept_header_chooses),
        cmocka_unit_test(pages_are_compressed),
        cmocka_unit_test(only_the_path_is_served),
        cmocka_unit_test(hostile_requests_are_refused),
        cmocka_unit_test(slow_clients_hold_up_no_other),
        cmocka_unit_test(an_address_has_a_limited_number_of_connections),
        cmocka_unit_test(concurrent_scrapes_all_get_pages),
        cmocka_unit_test(histograms_may_be_exponential),
        cmocka_unit_test(without_an_sdk_there_is_nothing),
        cmocka_unit_test(what_is_left_out_is_reported_once),
        cmocka_unit_test(the_environment_is_enough),
        cmocka_unit_test(a_child_serves_nothing),
        cmocka_unit_test(a_password_protects_all),
        cmocka_unit_test(tls_is_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
