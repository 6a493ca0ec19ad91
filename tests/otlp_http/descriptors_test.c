/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors of an SDK with this exporter, and the host's: programs that the host executes
 * inherit none of ours, and what the host opens after it has closed ours stays untouched. This
 * program is also what is executed: with an argument. */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/otlp_http.h"
#include "support/http_server_mhd.h"
#include "support/sdk_fixture.h"

extern char **environ;

enum { LONG_MS = 600000, HOSTS = 32 };

static const struct http_reply accepted = {.status = 200};

static int count_open(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    while (directory != NULL && readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static int run_self(const char *argument)
{
    char program[] = "/proc/self/exe";
    char *const arguments[] = {program, (char *)(uintptr_t)argument, NULL};
    pid_t child;
    int status;

    assert_int_equal(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static haetae_sdk *start(unsigned port)
{
    haetae_sdk *sdk = NULL;
    haetae_config *config = NULL;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", port);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_register(), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void an_executed_program_inherits_nothing(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    int before = run_self("count");
    haetae_sdk *sdks[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        sdks[i] = start(http_server_mhd_port(server));
        sdk_logs(sdks[i], 1);
        assert_int_equal(haetae_sdk_force_flush(sdks[i], LONG_MS), HAETAE_OK);
        assert_int_equal(run_self("count"), before);
    }
    for (int i = 0; i < 2; i++) {
        haetae_sdk_free(sdks[i]);
    }
    http_server_mhd_stop(server);
}

/* ---- A host that closes what it finds ------------------------------------------------------ */

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "not true: %s\n", what);
        _exit(3);
    }
}
#define MUST(condition) must((condition), #condition)

static void close_all(void)
{
    for (int number = 3; number < 256; number++) {
        close(number);
    }
}

/* What the host has afterwards: each kind of descriptor that we have. */
static void open_hosts(int hosts[HOSTS], int peers[HOSTS])
{
    for (int i = 0; i < HOSTS; i++) {
        int both[2] = {-1, -1};

        switch (i % 3) {
        case 0:
            both[0] = eventfd(0, EFD_NONBLOCK);
            break;
        case 1:
            MUST(pipe2(both, O_NONBLOCK) == 0);
            break;
        default:
            MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both) == 0);
            break;
        }
        hosts[i] = both[0];
        peers[i] = both[1];
        MUST(hosts[i] >= 0);
        if (i % 3 != 0) {
            MUST(write(peers[i], "host", 4) == 4);
        }
    }
}

static void check_hosts(const int hosts[HOSTS], const int peers[HOSTS])
{
    char text[8];

    for (int i = 0; i < HOSTS; i++) {
        MUST(fcntl(hosts[i], F_GETFD) >= 0);
        if (i % 3 == 0) {
            MUST(read(hosts[i], text, sizeof text) == -1); /* nobody wrote to it */
        } else {
            MUST(fcntl(peers[i], F_GETFD) >= 0);
            MUST(read(hosts[i], text, sizeof text) == 4); /* nobody read from it, or wrote */
        }
        if (i % 3 == 2) {
            MUST(read(peers[i], text, sizeof text) == -1);
        }
    }
}

/* In a process of its own. `way`: what it does after it has closed all. */
static void close_and_go_on(unsigned port, const char *way)
{
    haetae_sdk *sdk = start(port);
    int hosts[HOSTS], peers[HOSTS];

    sdk_logs(sdk, 1);
    MUST(haetae_sdk_force_flush(sdk, LONG_MS) == HAETAE_OK);
    close_all();
    open_hosts(hosts, peers);
    if (strcmp(way, "record") == 0) {
        sdk_logs(sdk, 1);
        MUST(haetae_sdk_force_flush(sdk, LONG_MS) == HAETAE_OK);
    }
    if (strcmp(way, "fork") == 0) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            check_hosts(hosts, peers);
            _exit(0);
        }
        MUST(waitpid(child, &status, 0) == child && status == 0);
        open_hosts(hosts, peers); /* the child has read what was in them */
    }
    MUST(haetae_sdk_shutdown(sdk, LONG_MS) == HAETAE_OK);
    haetae_sdk_free(sdk);
    check_hosts(hosts, peers);
    _exit(0);
}

/* The exporter's connection, which it keeps. */
static int find_connection(unsigned port)
{
    for (int number = 3; number < 256; number++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;

        if (getpeername(number, (struct sockaddr *)&peer, &size) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
            return number;
        }
    }
    return -1;
}

/* In a process of its own: all else stays as it is. */
static void replace_connection(unsigned port)
{
    haetae_sdk *sdk = start(port);
    int host = eventfd(7, EFD_NONBLOCK);
    int connection;
    uint64_t value = 0;

    sdk_logs(sdk, 1);
    MUST(haetae_sdk_force_flush(sdk, LONG_MS) == HAETAE_OK);
    connection = find_connection(port);
    MUST(connection >= 0 && host >= 0);
    MUST(dup2(host, connection) == connection);
    MUST(haetae_sdk_shutdown(sdk, LONG_MS) == HAETAE_OK);
    haetae_sdk_free(sdk);
    MUST(read(connection, &value, sizeof value) == sizeof value && value == 7);
    _exit(0);
}

static void what_the_host_puts_in_the_place_of_a_connection_is_left_alone(void **state)
{
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        replace_connection(http_server_mhd_port(server));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    http_server_mhd_stop(server);
}

static void what_the_host_opens_in_their_place_is_left_alone(void **state)
{
    static const char *const ways[] = {"record", "shut down", "fork"};
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            close_and_go_on(http_server_mhd_port(server), ways[i]);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fail_msg("%s: status %#x", ways[i], (unsigned)status);
        }
    }
    /* One request of each process, and what "record" sent after that. */
    assert_int_equal(http_server_mhd_request_count(server), 3 + 1);
    http_server_mhd_stop(server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_executed_program_inherits_nothing),
        cmocka_unit_test(what_the_host_opens_in_their_place_is_left_alone),
        cmocka_unit_test(what_the_host_puts_in_the_place_of_a_connection_is_left_alone),
    };

    (void)argv;
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    if (argc > 1) {
        return count_open();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
