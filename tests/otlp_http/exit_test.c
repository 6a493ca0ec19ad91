/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that end while they export over TLS. The TLS library cleans up in an exit
 * handler, beside the worker. This program is also the process: with arguments. */
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "support/certificate.h"
#include "support/http_server_mhd.h"
#include "support/sdk_fixture.h"

extern char **environ;

enum { LONG_MS = 600000, ITEMS = 50 };

/* ---- The process ------------------------------------------------------------------- */

static haetae_sdk *sdk;

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "not true: %s\n", what);
        _exit(3);
    }
}
#define MUST(condition) must((condition), #condition)

static void start(const char *port, const char *ca)
{
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%s", port);
    MUST(haetae_config_new(&config) == HAETAE_OK);
    MUST(haetae_config_set_diagnostics(config, NULL, NULL) == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint) == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_EXPORTER_OTLP_CERTIFICATE", ca) == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_BLRP_SCHEDULE_DELAY", "1") == HAETAE_OK);
    MUST(haetae_config_set(config, "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "20") == HAETAE_OK);
    MUST(haetae_otlp_http_new(config, &exporter) == HAETAE_OK);
    MUST(haetae_config_add_exporter(config, exporter) == HAETAE_OK);
    MUST(haetae_sdk_start(config, &sdk) == HAETAE_OK);
    haetae_config_free(config);
}

static uint64_t count_of(uint64_t (*count)(const haetae_stats *stats, haetae_signal signal))
{
    haetae_stats *stats = NULL;
    uint64_t value;

    MUST(haetae_stats_take(sdk, &stats) == HAETAE_OK);
    value = count(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return value;
}

static void *record_for_ever(void *argument)
{
    haetae_logger *logger = haetae_logger_named(sdk, "test");

    for (;;) {
        sdk_logs_of(logger, 20);
        usleep(100); /* leaves the worker a chance to keep up */
    }
    return argument;
}

/* Ends a little later each time: while it connects, shakes hands, sends. */
static void go_on_exporting(unsigned round)
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, record_for_ever, NULL) == 0);
    if (round % 4 == 3) {
        while (count_of(haetae_stats_delivered) < round * 10) {
            sched_yield();
        }
    } else {
        usleep(round * 400);
    }
}

static void shut_down(bool all_delivered)
{
    sdk_logs(sdk, ITEMS);
    MUST(haetae_sdk_force_flush(sdk, LONG_MS) == (all_delivered ? HAETAE_OK : HAETAE_ELOST));
    MUST(haetae_sdk_shutdown(sdk, LONG_MS) == HAETAE_OK);
    MUST(count_of(haetae_stats_recorded) == 2 * ITEMS);
    MUST(count_of(haetae_stats_held) == 0);
    MUST(count_of(haetae_stats_delivered) == (all_delivered ? 2 * ITEMS : ITEMS));
    haetae_sdk_free(sdk);
}

static void shut_down_in_time(void)
{
    shut_down(true);
}

/* After the exit handler of the TLS library: what comes now is dropped, not waited for. */
static void shut_down_late(void)
{
    shut_down(false);
    /* No look for leaks: the TLS library has forgotten what its threads have. */
    _exit(0);
}

/* The same, with requests at a server that does not answer: they are given up, and counted. */
static void shut_down_with_requests_under_way(void)
{
    haetae_status status = haetae_sdk_shutdown(sdk, LONG_MS);

    MUST(status == HAETAE_OK || status == HAETAE_ELOST); /* they may have been given up before */
    MUST(count_of(haetae_stats_recorded) == ITEMS);
    MUST(count_of(haetae_stats_held) == 0);
    MUST(count_of(haetae_stats_delivered) == 0);
    haetae_sdk_free(sdk);
    _exit(0);
}

static void leave_requests_under_way(void)
{
    sdk_logs(sdk, ITEMS);
    while (count_of(haetae_stats_sent_bytes) == 0) {
        sched_yield();
    }
}

static int be_the_process(char **arguments)
{
    const char *way = arguments[1];

    if (strcmp(way, "under_way") == 0) {
        MUST(atexit(shut_down_with_requests_under_way) == 0);
    }
    if (strcmp(way, "late") == 0) {
        MUST(atexit(shut_down_late) == 0);
    }
    start(arguments[2], arguments[3]);
    if (strcmp(way, "in_time") == 0) {
        MUST(atexit(shut_down_in_time) == 0);
    }
    if (strcmp(way, "busy") == 0) {
        go_on_exporting((unsigned)strtoul(arguments[4], NULL, 10));
    } else if (strcmp(way, "under_way") == 0) {
        leave_requests_under_way();
    } else {
        sdk_logs(sdk, ITEMS);
        MUST(haetae_sdk_force_flush(sdk, LONG_MS) == HAETAE_OK);
    }
    return 0;
}

/* ---- The test ---------------------------------------------------------------------- */

static struct certificate certificate;
static const struct http_reply accepted = {.status = 200};

static int set_up(void **state)
{
    certificate_make(&certificate);
    *state = http_server_mhd_start(
        &accepted,
        &(struct http_server_tls){.key = certificate.key, .certificate = certificate.text});
    return 0;
}

static int tear_down(void **state)
{
    http_server_mhd_stop(*state);
    certificate_remove(&certificate);
    return 0;
}

static void ends_well(struct http_server_mhd *server, const char *way, unsigned round)
{
    char port[16], number[16];
    char program[] = "/proc/self/exe";
    char *const arguments[] = {program, (char *)(uintptr_t)way, port, certificate.path, number,
                               NULL};
    pid_t child;
    int status;

    snprintf(port, sizeof port, "%u", http_server_mhd_port(server));
    snprintf(number, sizeof number, "%u", round);
    assert_int_equal(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("%s: status %#x in round %u", way, (unsigned)status, round);
    }
}

static void a_process_that_exports_ends_well(void **state)
{
    for (unsigned i = 0; i < sdk_repeat(40); i++) {
        ends_well(*state, "busy", i);
    }
}

static void an_exit_handler_can_shut_down_in_time(void **state)
{
    ends_well(*state, "in_time", 0);
}

static void an_exit_handler_that_is_late_drops_what_is_left(void **state)
{
    ends_well(*state, "late", 0);
}

static void requests_under_way_at_the_end_are_given_up(void **state)
{
    struct http_server_mhd *server = *state;

    http_server_mhd_hold(server, true);
    for (unsigned i = 0; i < sdk_repeat(10); i++) {
        ends_well(server, "under_way", i);
    }
    http_server_mhd_hold(server, false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_exports_ends_well),
        cmocka_unit_test(an_exit_handler_can_shut_down_in_time),
        cmocka_unit_test(an_exit_handler_that_is_late_drops_what_is_left),
        cmocka_unit_test(requests_under_way_at_the_end_are_given_up),
    };

    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    if (argc == 5) {
        return be_the_process(argv);
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
