/* SPDX-License-Identifier: Apache-2.0 */
/* What forked children that are killed leave for recovery. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/child.h"
#include "recovery/witness.h"
#include "support/sdk_fixture.h"

/* Also of those that lost their parent: see main(). */
static void await_all(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
}

/* ---- Killed ----------------------------------------------------------------------------- */

enum { FAMILY_MAX = 3 };

/* Processes that note nothing but who they are; what was recovered is noted by the test. */
static struct {
    struct witness *members[FAMILY_MAX];
    struct victim victim;
    struct recording recording;
    haetae_sdk *sdk;
} family;

static void begin_family(const char *directory)
{
    for (unsigned i = 0; i < FAMILY_MAX; i++) {
        family.members[i] = witness_new(1);
        atomic_store(&family.members[i]->pid, -1);
    }
    family.victim = (struct victim){
        .directory = directory, .recorder_bytes = "1m", .lane_count = "2", .worker = "manual"};
}

static void start_in(unsigned member)
{
    family.sdk = witness_start(family.members[member], &family.victim, &family.recording);
    atomic_store(&family.members[member]->pid, getpid());
}

/* Log records `first` and the next one, a measurement, and a span that does not end. */
static void record_in(unsigned member, unsigned first)
{
    atomic_store(&family.members[member]->pid, getpid());
    record_log(&family.recording, 0, first);
    record_log(&family.recording, 0, first + 1);
    record_count(&family.recording, 0);
    (void)record_start(&family.recording, 0, first);
}

static void kill_itself(void)
{
    (void)raise(SIGKILL);
}

static void recover_family(const char *directory)
{
    struct witnesses all = {family.members, FAMILY_MAX};

    witness_recover_all(&all, directory);
    assert_int_equal(witness_files(directory), 0);
}

/* That what record_in() recorded, and only that, is the member's. */
static void check_member(unsigned member, unsigned first, unsigned count)
{
    const struct witness_thread *thread = &family.members[member]->threads[0];

    for (unsigned i = 0; i < WITNESS_NUMBERS; i++) {
        bool logged = i >= first && i < first + 2 * count;
        bool open = logged && (i - first) % 2 == 0;

        assert_int_equal(thread->log_recovered[i], logged ? 1 : 0);
        assert_int_equal(thread->span_recovered_open[i], open ? 1 : 0);
        assert_int_equal(thread->span_recovered[i], 0);
    }
    assert_int_equal(thread->count_recovered, count);
}

static void end_family(void)
{
    for (unsigned i = 0; i < FAMILY_MAX; i++) {
        witness_free(family.members[i]);
    }
}

/* Each forks the next one when it has recorded, and records once more then. */
static void descend(unsigned member)
{
    pid_t pid;

    record_in(member, 10 * member);
    if (member + 1 < FAMILY_MAX) {
        pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
            descend(member + 1);
        }
        EXPECT(waitpid(pid, NULL, 0) == pid);
    }
    record_in(member, 10 * member + 2);
    kill_itself();
}

static void what_each_generation_recorded_is_recovered(void **state)
{
    begin_family(*state);
    if (fork() == 0) {
        start_in(0);
        descend(0);
    }
    await_all();
    assert_int_equal(witness_files(*state), FAMILY_MAX);
    recover_family(*state);
    for (unsigned i = 0; i < FAMILY_MAX; i++) {
        check_member(i, 10 * i, 2);
    }
    end_family();
}

static void be_daemon(void)
{
    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
    EXPECT(chdir("/") == 0);
    record_in(1, 0);
    kill_itself();
}

static void so_is_it_of_a_daemon_that_closed_all_and_went_elsewhere(void **state)
{
    const char *directory = *state;
    char relative[96];

    snprintf(relative, sizeof relative, ".%s/", strrchr(directory, '/'));
    begin_family(relative);
    if (fork() == 0) {
        char parent_directory[96];

        snprintf(parent_directory, sizeof parent_directory, "%s/..", directory);
        EXPECT(chdir(parent_directory) == 0);
        start_in(0);
        if (fork() == 0) {
            EXPECT(setsid() > 0);
            if (fork() == 0) {
                be_daemon();
            }
        }
        _exit(0);
    }
    await_all();
    assert_int_equal(witness_files(directory), 2);
    recover_family(directory);
    check_member(0, 0, 0);
    check_member(1, 0, 1);
    end_family();
}

static void so_is_it_of_a_child_of_one_without_a_file(void **state)
{
    begin_family(*state);
    if (fork() == 0) {
        start_in(0);
        if (fork() == 0) {
            limit_file_size(1 << 20);
            record_in(1, 0); /* into memory */
            limit_file_size(RLIM_INFINITY);
            if (fork() == 0) {
                record_in(2, 0);
                kill_itself();
            }
            kill_itself();
        }
        kill_itself();
    }
    await_all();
    assert_int_equal(witness_files(*state), 2);
    recover_family(*state);
    check_member(0, 0, 0);
    check_member(1, 0, 0);
    check_member(2, 0, 1);
    end_family();
}

/* ---- In odd moments --------------------------------------------------------------------- */

static void record_last_words(int number)
{
    (void)number;
    record_in(1, 0);
    kill_itself();
}

static void crash(void)
{
    static uint8_t memory[64 * 1024];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = record_last_words;
    action.sa_flags = SA_ONSTACK;
    EXPECT(sigaltstack(&stack, NULL) == 0);
    EXPECT(sigaction(SIGSEGV, &action, NULL) == 0);
    (void)raise(SIGSEGV);
}

static void the_last_words_of_a_child_may_be_its_first(void **state)
{
    if (!WITNESS_WORKER_THREAD) {
        skip(); /* the thread sanitizer calls handlers later */
    }
    begin_family(*state);
    if (fork() == 0) {
        start_in(0);
        if (fork() == 0) {
            crash();
            _exit(1);
        }
        kill_itself();
    }
    await_all();
    recover_family(*state);
    check_member(1, 0, 1);
    end_family();
}

static void *record_first(void *begun)
{
    atomic_store((_Atomic bool *)begun, true);
    record_in(1, 0);
    return NULL;
}

/* One thread of the child makes the file, another one forks at that time. */
static void fork_beside_first_record(void)
{
    _Atomic bool begun = false;
    pthread_t thread;

    EXPECT(pthread_create(&thread, NULL, record_first, (void *)&begun) == 0);
    while (!atomic_load(&begun)) {
    }
    if (fork() == 0) {
        record_in(2, 0);
        kill_itself();
    }
    EXPECT(pthread_join(thread, NULL) == 0);
    record_in(1, 2);
    kill_itself();
}

static void a_fork_beside_the_first_record_harms_neither(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they are not made for children of children with threads */
#endif
    for (unsigned round = 0; round < 50; round++) {
        begin_family(*state);
        if (fork() == 0) {
            start_in(0);
            if (fork() == 0) {
                fork_beside_first_record();
            }
            kill_itself();
        }
        await_all();
        recover_family(*state);
        check_member(1, 0, 2);
        check_member(2, 0, 1);
        end_family();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_each_generation_recorded_is_recovered),
        TEST(so_is_it_of_a_daemon_that_closed_all_and_went_elsewhere),
        TEST(so_is_it_of_a_child_of_one_without_a_file),
        TEST(the_last_words_of_a_child_may_be_its_first),
        TEST(a_fork_beside_the_first_record_harms_neither),
    };

    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
