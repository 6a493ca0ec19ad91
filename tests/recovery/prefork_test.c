/* SPDX-License-Identifier: Apache-2.0 */
/* A server forks workers while its threads record; workers and server are killed at random
 * moments. Everything whose call had returned is recovered or had been delivered, once, and
 * under the resource of the process that recorded it.
 *
 * HAETAE_TEST_ROUNDS and HAETAE_TEST_SEED set how many times, and which. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

/* The server is the first process. */
enum { WORKERS = 8, PROCESSES = 1 + WORKERS };

/* When it forks. The thread sanitizer can't start threads in a child of a process that has
 * several, and the address sanitizer's allocator is not made for forks while others allocate. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SERVER_HAS_THREADS = 0 };
#else
enum { SERVER_HAS_THREADS = 1 };
#endif

struct server {
    struct witness *witnesses[PROCESSES];
    unsigned kill_after[PROCESSES]; /* calls */
    struct victim victim;
};

/* ---- The server ------------------------------------------------------------------------------ */

struct serving {
    const struct server *server;
    struct recording recording;
    haetae_sdk *driven; /* or NULL */
};

static void *record_in_server(void *argument)
{
    const struct serving *serving = argument;

    witness_record(serving->server->witnesses[0], &serving->server->victim, &serving->recording,
                   serving->driven);
    return NULL;
}

static void fork_workers(const struct serving *serving)
{
    for (unsigned i = 1; i < PROCESSES; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            witness_record(serving->server->witnesses[i], &serving->server->victim,
                           &serving->recording, serving->driven);
        }
        if (pid < 0) {
            _exit(96);
        }
    }
}

/* A worker that is not killed does not end. */
static void end_with_worker(int number, siginfo_t *info, void *unused)
{
    (void)number;
    (void)unused;
    if (info->si_code != CLD_KILLED || info->si_status != SIGKILL) {
        _exit(98);
    }
}

static void be_server(const struct server *server)
{
    struct serving serving = {.server = server};
    haetae_sdk *sdk = witness_start(server->witnesses[0], &server->victim, &serving.recording);
    struct sigaction action;
    pthread_t thread;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = end_with_worker;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    if (sigaction(SIGCHLD, &action, NULL) != 0) {
        _exit(99);
    }
    /* It has looked into the directory by now, and is not to take the workers' files from us. */
    if (haetae_sdk_force_flush(sdk, 60000) != HAETAE_OK) {
        _exit(100);
    }
    sdk->recovery->looks_no_more = true;
    if (!SERVER_HAS_THREADS) {
        serving.driven = sdk;
        fork_workers(&serving);
        (void)record_in_server(&serving);
    }
    /* It is in the middle of recording when it forks. */
    if (pthread_create(&thread, NULL, record_in_server, &serving) != 0) {
        _exit(97);
    }
    while (atomic_load(&server->witnesses[0]->calls) < 10) {
        sched_yield();
    }
    fork_workers(&serving);
    for (;;) {
        pause();
    }
}

/* ---- Killing --------------------------------------------------------------------------------- */

/* The server lives until all workers do. */
static bool all_begun(const struct server *server)
{
    for (unsigned i = 1; i < PROCESSES; i++) {
        if (atomic_load(&server->witnesses[i]->pid) == 0) {
            return false;
        }
    }
    return true;
}

static void check_no_other_end(void)
{
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);

    if (pid > 0 && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)) {
        fail_msg("a process that was not killed has ended: 0x%x", (unsigned)status);
    }
}

/* Kills each when it has made its calls, and waits until all are dead. Whoever loses its
 * parent is ours to wait for. */
static void kill_all(const struct server *server, pid_t first)
{
    unsigned alive = PROCESSES;
    bool killed[PROCESSES] = {false};

    while (alive > 0) {
        for (unsigned i = 0; i < PROCESSES; i++) {
            const struct witness *witness = server->witnesses[i];
            pid_t pid = i != 0 ? atomic_load(&witness->pid) : all_begun(server) ? first : 0;

            if (!killed[i] && pid != 0 && atomic_load(&witness->calls) >= server->kill_after[i]) {
                assert_int_equal(kill(pid, SIGKILL), 0);
                killed[i] = true;
                alive--;
            }
        }
        check_no_other_end();
        sched_yield();
    }
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
    assert_int_equal(errno, ECHILD);
}

static struct server random_server(struct witness *dice, const char *directory)
{
    bool few_lanes = witness_random(dice, 2) == 0;
    struct server server = {.victim = {.directory = directory,
                                       .recorder_bytes = few_lanes ? "1m" : "4m",
                                       .lane_count = few_lanes ? "2" : "4",
                                       .numbers = few_lanes ? 150 : 300,
                                       .pause_us = witness_random(dice, 2) * 50,
                                       .retry_of_8 = witness_random(dice, 4) * 2,
                                       .worker = SERVER_HAS_THREADS ? "thread" : "manual"}};

    for (unsigned i = 0; i < PROCESSES; i++) {
        server.witnesses[i] = witness_new(dice->seed + i);
        /* Some right after their first record. */
        server.kill_after[i] =
            1 + witness_random(dice, witness_random(dice, 3) == 0
                                         ? 5
                                         : WITNESS_THREADS * 5 * server.victim.numbers - 1);
    }
    return server;
}

static void run_round(struct witness *dice, uint64_t *recovered, uint64_t *calls)
{
    char directory[TEMPORARY_PATH_MAX];
    struct server server;
    struct witnesses all = {server.witnesses, PROCESSES};
    pid_t pid;

    assert_true(temporary_directory(directory));
    server = random_server(dice, directory);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        be_server(&server);
    }
    kill_all(&server, pid);
    witness_recover_all(&all, directory);
    assert_int_equal(witness_files(directory), 0);
    for (unsigned i = 0; i < PROCESSES; i++) {
        *recovered += witness_check(server.witnesses[i]);
        *calls += server.witnesses[i]->calls;
        witness_free(server.witnesses[i]);
    }
    assert_int_equal(rmdir(directory), 0);
}

static void what_killed_workers_had_recorded_is_recovered_once(void **state)
{
    uint64_t seed = witness_first_seed();
    uint64_t recovered = 0;
    uint64_t calls = 0;
    unsigned count = witness_rounds(10);

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (unsigned i = 0; i < count; i++, seed++) {
        struct witness *dice = witness_new(seed);

        printf("round %u: HAETAE_TEST_SEED=%" PRIu64 "\n", i, seed);
        fflush(stdout);
        run_round(dice, &recovered, &calls);
        witness_free(dice);
    }
    printf("%u rounds: %" PRIu64 " calls had returned, %" PRIu64 " items recovered\n", count, calls,
           recovered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_killed_workers_had_recorded_is_recovered_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
