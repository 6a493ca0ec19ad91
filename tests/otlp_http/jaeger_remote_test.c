/* SPDX-License-Identifier: Apache-2.0 */
/* The sampler jaeger_remote in an SDK, with a service that answers as Jaeger does, or does not. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "support/http_server_raw.h"
#include "support/sdk_fixture.h"

#define SAMPLE_ALL                                                                                 \
    "{\"strategyType\":\"PROBABILISTIC\",\"probabilisticSampling\":{\"samplingRate\":1}}"
#define SAMPLE_NONE                                                                                \
    "{\"strategyType\":\"PROBABILISTIC\",\"probabilisticSampling\":{\"samplingRate\":0}}"

/* What the server does with a connection: written before it starts. The requests it got. */
static struct {
    const char *answers[9]; /* one a connection, the last one for all that follow; NULL: none */
    unsigned answer_count;
    _Atomic unsigned chosen;        /* not 0: the number of the answer to all connections */
    _Atomic unsigned strange_count; /* requests that are not as they should be */
} service;

/* Whole: a server that closes with some of it unread resets the connection. */
static void read_request(int connection)
{
    static const char expected[] = "GET /sampling?service=shop%20%26%20co HTTP/1.1\r\n";
    char request[1024] = "";
    size_t size = 0;

    while (strstr(request, "\r\n\r\n") == NULL && size < sizeof request - 1) {
        struct pollfd readable = {.fd = connection, .events = POLLIN};
        ssize_t got = poll(&readable, 1, 10000) == 1
                          ? recv(connection, request + size, sizeof request - 1 - size, 0)
                          : 0;

        if (got <= 0) {
            return;
        }
        size += (size_t)got;
    }
    if (strncmp(request, expected, sizeof expected - 1) != 0) {
        atomic_fetch_add_explicit(&service.strange_count, 1, memory_order_relaxed);
    }
}

static void answer(struct http_server_raw *server, int connection, unsigned number)
{
    unsigned chosen = atomic_load_explicit(&service.chosen, memory_order_relaxed);
    unsigned index = chosen != 0 ? chosen : number;

    index = (index <= service.answer_count ? index : service.answer_count) - 1;
    read_request(connection);
    if (service.answers[index] == NULL) {
        http_server_raw_wait_close(server, connection);
    } else {
        (void)http_server_raw_write_text(server, connection, service.answers[index]);
    }
}

#define OK(body)                                                                                   \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

struct fixture {
    struct http_server_raw *server;
    struct fake_exporter fake;
    haetae_sdk *sdk;
};

static void start(struct fixture *f, const char *sampler, const char *interval_ms)
{
    haetae_config *config;
    char argument[128];

    assert_int_equal(haetae_otlp_http_register(), HAETAE_OK);
    f->server = http_server_raw_start(answer);
    fake_init(&f->fake, "fake", fake_accept);
    snprintf(argument, sizeof argument,
             "endpoint=http://127.0.0.1:%u,pollingIntervalMs=%s,initialSamplingRate=0",
             http_server_raw_port(f->server), interval_ms);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_TRACES_SAMPLER", sampler},
                                     {"OTEL_TRACES_SAMPLER_ARG", argument},
                                     {"OTEL_SERVICE_NAME", "shop & co"}),
                        SDK_FAKES(&f->fake));
    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &f->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void end(struct fixture *f)
{
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), HAETAE_OK);
    haetae_sdk_free(f->sdk);
    fake_done(&f->fake);
    http_server_raw_stop(f->server);
    assert_int_equal(atomic_load_explicit(&service.strange_count, memory_order_relaxed), 0);
}

static bool samples(struct fixture *f, const char *name, const haetae_span_context *parent)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = parent, .root = parent == NULL);
    haetae_span span =
        haetae_span_start_with(haetae_tracer_named(f->sdk, "t"), name, strlen(name), &options);
    bool recording = haetae_span_is_recording(span);

    haetae_span_end(span);
    return recording;
}

/* Drives the SDK until the service has been asked so often, and the last answer but one was read:
 * there is one request at a time. */
static void await_connections(struct fixture *f, unsigned count)
{
    while (http_server_raw_connection_count(f->server) < count) {
        assert_int_equal(haetae_sdk_step(f->sdk, 10), HAETAE_OK);
    }
}

static void await_sampling(struct fixture *f, bool sampled)
{
    while (samples(f, "x", NULL) != sampled) {
        assert_int_equal(haetae_sdk_step(f->sdk, 10), HAETAE_OK);
    }
}

static void the_service_decides(void **state)
{
    struct fixture f;

    (void)state;
    service.answers[0] = OK(SAMPLE_ALL);
    service.answers[1] = OK(SAMPLE_NONE);
    service.answers[2] = OK("{\"operationSampling\":{\"defaultSamplingProbability\":0,"
                            "\"perOperationStrategies\":[{\"operation\":\"x\","
                            "\"probabilisticSampling\":{\"samplingRate\":1}}]}}");
    service.answer_count = 3;
    atomic_store_explicit(&service.chosen, 1, memory_order_relaxed);
    start(&f, "jaeger_remote", "50");
    assert_false(samples(&f, "x", NULL)); /* the initial rate */
    await_sampling(&f, true);
    atomic_store_explicit(&service.chosen, 2, memory_order_relaxed);
    await_sampling(&f, false);
    atomic_store_explicit(&service.chosen, 3, memory_order_relaxed);
    await_sampling(&f, true);
    assert_false(samples(&f, "y", NULL));
    end(&f);
    atomic_store_explicit(&service.chosen, 0, memory_order_relaxed);
}

static void a_parent_is_followed_where_the_name_says_so(void **state)
{
    haetae_span_context sampled = {.trace_id = {1}, .span_id = {1}, .trace_flags = 1};
    haetae_span_context dropped = {.trace_id = {1}, .span_id = {1}};
    struct fixture f;

    (void)state;
    service.answers[0] = OK(SAMPLE_ALL);
    service.answer_count = 1;
    start(&f, "parentbased_jaeger_remote", "60000");
    assert_false(samples(&f, "x", NULL));
    assert_true(samples(&f, "x", &sampled));
    await_sampling(&f, true);
    assert_false(samples(&f, "x", &dropped));
    end(&f);
}

static char large[1200000];

static void a_failure_keeps_the_last_answer(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    struct fixture f;

    (void)state;
    memset(large, ' ', sizeof large - 1);
    memcpy(large, head, sizeof head - 1);
    memcpy(large + sizeof large - sizeof SAMPLE_NONE, SAMPLE_NONE, sizeof SAMPLE_NONE);
    service.answers[0] = OK(SAMPLE_ALL);
    service.answers[1] = "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n" SAMPLE_NONE;
    service.answers[2] =
        "HTTP/1.1 302 Found\r\nLocation: /other\r\nConnection: close\r\n\r\n" SAMPLE_NONE;
    service.answers[3] = NULL; /* never */
    service.answers[4] = "no HTTP at all\r\n\r\n" SAMPLE_NONE;
    service.answers[5] = OK("{\"strategyType\":\"PROBABILISTIC\"");
    service.answers[6] = large;
    service.answers[7] = "";
    service.answers[8] = OK("");
    service.answer_count = 9;
    start(&f, "jaeger_remote", "100");
    await_sampling(&f, true);
    for (unsigned i = 2; i <= 10; i++) {
        await_connections(&f, i);
        assert_true(samples(&f, "x", NULL));
    }
    assert_non_null(strstr(sdk_diagnostics, "JaegerRemoteSampler{http://127.0.0.1:"));
    assert_non_null(strstr(sdk_diagnostics, "the service answered with status 500"));
    end(&f);
}

static void a_service_that_is_away_leaves_the_initial_rate(void **state)
{
    struct fixture f;

    (void)state;
    service.answers[0] = OK(SAMPLE_ALL);
    service.answer_count = 1;
    start(&f, "jaeger_remote", "60000");
    http_server_raw_stop(f.server);
    while (strstr(sdk_diagnostics, "JaegerRemoteSampler{") == NULL) {
        assert_int_equal(haetae_sdk_step(f.sdk, 10), HAETAE_OK);
    }
    assert_false(samples(&f, "x", NULL));
    f.server = http_server_raw_start(answer);
    end(&f);
}

static void a_forked_child_asks_by_itself(void **state)
{
    struct fixture f;
    unsigned count;
    pid_t child;
    int status;

    (void)state;
    service.answers[0] = OK(SAMPLE_ALL);
    service.answers[1] = NULL;
    service.answer_count = 1;
    start(&f, "jaeger_remote", "60000");
    await_sampling(&f, true);
    count = http_server_raw_connection_count(f.server);
    child = fork();
    if (child == 0) {
        bool sampled = samples(&f, "x", NULL); /* with the parent's last answer */

        /* The parent sees the connection, and ends the child. */
        while (haetae_sdk_step(f.sdk, 10) == HAETAE_OK && sampled) {
        }
        _exit(1);
    }
    while (http_server_raw_connection_count(f.server) == count) {
        (void)usleep(1000);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(samples(&f, "x", NULL));
    end(&f);
}

static void a_bad_argument_fails_the_start(void **state)
{
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_TRACES_SAMPLER", "jaeger_remote"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_TRACES_SAMPLER_ARG", "endpoint=nowhere"),
                     HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_EVALUE);
    assert_null(sdk);
    assert_non_null(strstr(haetae_config_error(config), "OTEL_TRACES_SAMPLER_ARG"));
    assert_non_null(strstr(haetae_config_error(config), "endpoint"));
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_decides),
        cmocka_unit_test(a_parent_is_followed_where_the_name_says_so),
        cmocka_unit_test(a_failure_keeps_the_last_answer),
        cmocka_unit_test(a_service_that_is_away_leaves_the_initial_rate),
        cmocka_unit_test(a_forked_child_asks_by_itself),
        cmocka_unit_test(a_bad_argument_fails_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
