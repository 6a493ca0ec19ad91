/* SPDX-License-Identifier: Apache-2.0 */
/* A process that records from four threads is killed at a random moment. Everything whose
 * call had returned is recovered or had been delivered, once, and whole.
 *
 * HAETAE_TEST_ROUNDS and HAETAE_TEST_SEED set how many times, and which. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "recovery/witness.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

/* With few lanes half of the threads have none; with little memory rings overflow into slots,
 * and records are dropped. */
static struct victim random_victim(struct witness *witness, const char *directory)
{
    static const unsigned pauses[] = {0, 0, 20, 100};
    bool few_lanes = witness_random(witness, 2) == 0;
    bool little_memory = witness_random(witness, 3) == 0;

    return (struct victim){
        .directory = directory,
        .recorder_bytes = little_memory ? "1m" : "16m",
        .lane_count = few_lanes ? "2" : "4",
        .numbers = few_lanes ? 300 : 1500,
        .pause_us = pauses[witness_random(witness, 4)],
        .retry_of_8 = witness_random(witness, 4) * 2,
    };
}

static unsigned check_round(struct witness *witness, const char *directory)
{
    unsigned recovered;

    witness_recover(witness, directory);
    assert_int_equal(witness_files(directory), 0);
    recovered = witness_check(witness);
    assert_int_equal(rmdir(directory), 0);
    return recovered;
}

static void what_a_killed_process_had_recorded_is_recovered_once(void **state)
{
    uint64_t seed = witness_first_seed();
    uint64_t recovered = 0;
    uint64_t calls = 0;
    unsigned count = witness_rounds(25);

    (void)state;
    for (unsigned i = 0; i < count; i++, seed++) {
        struct witness *witness = witness_new(seed);
        char directory[TEMPORARY_PATH_MAX];
        struct victim victim;

        printf("round %u: HAETAE_TEST_SEED=%" PRIu64 "\n", i, seed);
        fflush(stdout);
        assert_true(temporary_directory(directory));
        victim = random_victim(witness, directory);
        victim.kill_after = 1 + witness_random(witness, WITNESS_THREADS * 5 * victim.numbers - 1);
        assert_int_equal(witness_run(witness, &victim), SIGKILL);
        recovered += check_round(witness, directory);
        calls += witness->calls;
        witness_free(witness);
    }
    printf("%u rounds: %" PRIu64 " calls had returned, %" PRIu64 " items recovered\n", count, calls,
           recovered);
}

/* ---- Other ends ------------------------------------------------------------------------------ */

static unsigned last_number(struct witness *witness)
{
    return atomic_load(&witness->threads[0].ended);
}

static void end_by_segv(struct witness *witness, const struct recording *recording)
{
    (void)recording;
    if (last_number(witness) == 100) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would tell of it */
        raise(SIGSEGV);
    }
}

static void end_by_abort(struct witness *witness, const struct recording *recording)
{
    (void)recording;
    if (last_number(witness) == 101) {
        signal(SIGABRT, SIG_DFL);
        abort();
    }
}

static void end_by_exit(struct witness *witness, const struct recording *recording)
{
    (void)recording;
    if (last_number(witness) == 102) {
        syscall(SYS_exit_group, 3); /* _exit(), where a sanitizer tells of unjoined threads */
    }
}

static int run_until_end(witness_end end)
{
    struct witness *witness = witness_new(witness_first_seed());
    struct victim victim;
    char directory[TEMPORARY_PATH_MAX];
    int status;

    assert_true(temporary_directory(directory));
    victim = random_victim(witness, directory);
    victim.end = end;
    status = witness_run(witness, &victim);
    (void)check_round(witness, directory);
    witness_free(witness);
    return status;
}

static void a_process_that_crashes_leaves_what_it_recorded(void **state)
{
    (void)state;
    assert_int_equal(WTERMSIG(run_until_end(end_by_segv)), SIGSEGV);
    assert_int_equal(WTERMSIG(run_until_end(end_by_abort)), SIGABRT);
}

static void a_process_that_exits_without_shutdown_leaves_what_it_recorded(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(run_until_end(end_by_exit)), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_process_had_recorded_is_recovered_once),
        cmocka_unit_test(a_process_that_crashes_leaves_what_it_recorded),
        cmocka_unit_test(a_process_that_exits_without_shutdown_leaves_what_it_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
