/* SPDX-License-Identifier: Apache-2.0 */
/* The failures that the example exporter handles: people will copy it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/wait.h>

/* The example's functions are static: including the file gives access to them. */
#define main example_main
int example_main(void);
#include "exporter.c"
#undef main

#include "support/temporary.h"

#define TIMEOUT_MS 10000

/* A socket whose connections wait until the test accepts them. */
struct listener {
    char directory[TEMPORARY_PATH_MAX];
    char path[TEMPORARY_FILE_MAX];
    int fd;
};

static void listener_open(struct listener *listener)
{
    assert_true(temporary_directory(listener->directory));
    snprintf(listener->path, sizeof listener->path, "%s/socket", listener->directory);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, listener->path);
    listener->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(listener->fd >= 0);
    assert_int_equal(bind(listener->fd, (const void *)&address, sizeof address), 0);
    assert_int_equal(listen(listener->fd, 4), 0);
}

static void listener_close(struct listener *listener)
{
    close(listener->fd);
    unlink(listener->path);
    rmdir(listener->directory);
}

static void quiet(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

/* Starts an SDK with one lane, whose ring has room for all that a test records at once. */
static haetae_sdk *start(const char *path)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_LANE_COUNT", "1"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_RETRY_INITIAL_MS", "1"), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, quiet, NULL), HAETAE_OK);
    assert_int_equal(agent_exporter_new(path, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void record_spans(haetae_sdk *sdk, int count, size_t size)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    for (int i = 0; i < count; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_set_string(span, HAETAE_TEXT("text"), text, size);
        haetae_span_end(span);
    }
    free(text);
}

struct counts {
    uint64_t recorded, delivered, dropped, retries;
};

static struct counts take_counts(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    struct counts counts = {
        .recorded = haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES),
        .delivered = haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES),
        .dropped = haetae_stats_dropped_total(stats, HAETAE_SIGNAL_TRACES),
        .retries = haetae_stats_retries(stats, HAETAE_SIGNAL_TRACES),
    };
    assert_int_equal(haetae_stats_held(stats, HAETAE_SIGNAL_TRACES), 0);
    haetae_stats_free(stats);
    return counts;
}

static void an_agent_that_never_answers_is_given_up_at_the_deadline(void **state)
{
    (void)state;
    struct listener listener;
    listener_open(&listener);
    haetae_sdk *sdk = start(listener.path);
    record_spans(sdk, 10, 10);
    assert_int_equal(haetae_sdk_shutdown(sdk, 100), HAETAE_ETIMEOUT);
    struct counts counts = take_counts(sdk);
    assert_int_equal(counts.recorded, 10);
    assert_int_equal(counts.dropped, 10);
    haetae_sdk_free(sdk);
    listener_close(&listener);
}

static void without_an_agent_it_tries_again(void **state)
{
    (void)state;
    haetae_sdk *sdk = start("/nonexistent/socket");
    record_spans(sdk, 10, 10);
    assert_int_equal(haetae_sdk_shutdown(sdk, 100), HAETAE_ETIMEOUT);
    struct counts counts = take_counts(sdk);
    assert_int_equal(counts.dropped, 10);
    assert_true(counts.retries > 0);
    haetae_sdk_free(sdk);
}

/* Closes the first connection when a request has arrived, without an answer, and serves
 * the second. */
static void *leave_and_come_back(void *user)
{
    const struct listener *listener = user;
    struct agent_request request;
    int first = accept(listener->fd, NULL, NULL);
    ssize_t size = recv(first, &request, sizeof request, 0);
    close(first);
    int second = accept(listener->fd, NULL, NULL);
    while (size > 0 && recv(second, &request, sizeof request, 0) > 0) {
        struct agent_answer answer = {.id = request.id, .retry_after_ms = -1};
        send(second, &answer, sizeof answer, MSG_NOSIGNAL);
    }
    close(second);
    return NULL;
}

static void an_agent_that_goes_away_gets_it_again_when_it_is_back(void **state)
{
    (void)state;
    struct listener listener;
    pthread_t thread;
    listener_open(&listener);
    assert_int_equal(pthread_create(&thread, NULL, leave_and_come_back, &listener), 0);
    haetae_sdk *sdk = start(listener.path);
    record_spans(sdk, 10, 10);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    struct counts counts = take_counts(sdk);
    assert_int_equal(counts.delivered, 10);
    assert_true(counts.retries > 0);
    haetae_sdk_free(sdk);
    pthread_join(thread, NULL);
    listener_close(&listener);
}

static void what_no_packet_can_hold_is_split(void **state)
{
    (void)state;
    struct agent *agent = agent_start();
    assert_non_null(agent);
    haetae_sdk *sdk = start(agent_path(agent));
    record_spans(sdk, 400, 1000);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    struct counts counts = take_counts(sdk);
    assert_int_equal(counts.recorded, 400);
    assert_int_equal(counts.delivered, 400);
    assert_int_equal(agent_received(agent, HAETAE_SIGNAL_TRACES), 400);
    haetae_sdk_free(sdk);
    agent_stop(agent);
}

static void a_path_too_long_is_refused(void **state)
{
    (void)state;
    char path[200];
    haetae_exporter *exporter = NULL;
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(agent_exporter_new(path, &exporter), HAETAE_EINVAL);
    assert_null(exporter);
}

/* Answers `client`. False: the client has closed the connection. */
static bool answer_one(int client)
{
    struct agent_request request;
    struct agent_answer answer = {.verdict = HAETAE_VERDICT_OK, .retry_after_ms = -1};
    if (recv(client, &request, sizeof request, 0) < (ssize_t)sizeof request) {
        return false;
    }
    answer.id = request.id;
    return send(client, &answer, sizeof answer, MSG_NOSIGNAL) == (ssize_t)sizeof answer;
}

/* Serves two clients at the same time: the parent, and its child while the child lives. */
static void *serve_parent_and_child(void *user)
{
    const struct listener *listener = user;
    int parent = accept(listener->fd, NULL, NULL);
    answer_one(parent);
    int child = accept(listener->fd, NULL, NULL);
    while (answer_one(child)) {
    }
    close(child);
    while (answer_one(parent)) {
    }
    close(parent);
    return NULL;
}

static void a_forked_child_has_a_connection_of_its_own(void **state)
{
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* it can't start a thread in a child of a process with several */
#endif
    struct listener listener;
    pthread_t thread;
    listener_open(&listener);
    assert_int_equal(pthread_create(&thread, NULL, serve_parent_and_child, &listener), 0);
    haetae_sdk *sdk = start(listener.path);
    record_spans(sdk, 10, 10);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        record_spans(sdk, 5, 10);
        bool delivered =
            haetae_sdk_shutdown(sdk, TIMEOUT_MS) == HAETAE_OK && take_counts(sdk).delivered == 5;
        haetae_sdk_free(sdk);
        _exit(delivered ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    record_spans(sdk, 10, 10);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(take_counts(sdk).delivered, 20);
    haetae_sdk_free(sdk);
    assert_int_equal(pthread_join(thread, NULL), 0);
    listener_close(&listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agent_that_never_answers_is_given_up_at_the_deadline),
        cmocka_unit_test(without_an_agent_it_tries_again),
        cmocka_unit_test(an_agent_that_goes_away_gets_it_again_when_it_is_back),
        cmocka_unit_test(what_no_packet_can_hold_is_split),
        cmocka_unit_test(a_path_too_long_is_refused),
        cmocka_unit_test(a_forked_child_has_a_connection_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
