/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that are killed at any moment while they write, hand out and note: each record arrives
 * at least once, and each death costs one repetition at most. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/random.h"
#include "spool/harness.h"
#include "support/repeat.h"

enum { ROUNDS = 60, RECORDS_MAX = 100000, TIMES_MAX = 256 };

/* Shared with the processes. */
struct witness {
    _Atomic uint32_t put_count; /* they were appended, for certain */
    _Atomic uint32_t next;      /* the number of the next one       */
    _Atomic uint32_t arrivals[RECORDS_MAX];
};

static void live(struct witness *witness, uint64_t seed)
{
    struct hae_spool spool;
    struct hae_spool_receipt receipt;

    open_spool(&spool, 64 << 20);
    for (;;) {
        uint32_t number = witness->next;
        int64_t taken;

        if (hae_splitmix(&seed) % 2 == 0 && number < RECORDS_MAX) {
            witness->next = number + 1;
            if (put_at(&spool, number, NOW_MS, &receipt) == NULL) {
                witness->put_count++;
            }
        } else if ((taken = take(&spool)) >= 0) {
            witness->arrivals[taken]++; /* the receiver has it */
            (void)hae_spool_settle(&spool);
        }
    }
}

/* `times` longer lives than the first ones. */
static void kill_one(struct witness *witness, uint64_t *seed, unsigned times)
{
    uint64_t life_ns = hae_splitmix(seed) % 4000000 * times;
    struct timespec pause = {(time_t)(life_ns / 1000000000), (long)(life_ns % 1000000000)};
    uint64_t own = hae_splitmix(seed);
    pid_t child = fork();

    if (child == 0) {
        live(witness, own);
    }
    assert_true(child > 0);
    (void)nanosleep(&pause, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_kill_costs_a_repetition_at_most(void **state)
{
    uint64_t seed = 1;
    struct witness *witness =
        mmap(NULL, sizeof *witness, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned rounds = test_repeat(ROUNDS);
    uint32_t arrived = 0;
    uint32_t repeated = 0;
    struct hae_spool spool;
    int64_t taken;

    (void)state;
    assert_true(witness != MAP_FAILED);
    make_directory();
    for (unsigned i = 0; i < rounds; i++) {
        kill_one(witness, &seed, 1);
    }
    /* On a busy machine processes may die before they have done anything. */
    for (unsigned times = 2; witness->put_count <= rounds && times <= TIMES_MAX; times *= 2) {
        for (unsigned i = 0; i < test_repeat(ROUNDS); i++, rounds++) {
            kill_one(witness, &seed, times);
        }
    }
    open_spool(&spool, 64 << 20);
    while ((taken = take(&spool)) >= 0) {
        witness->arrivals[taken]++;
        (void)hae_spool_settle(&spool);
    }
    hae_spool_done(&spool);
    for (uint32_t i = 0; i < witness->next; i++) {
        arrived += witness->arrivals[i] != 0;
        repeated += witness->arrivals[i] != 0 ? witness->arrivals[i] - 1 : 0;
    }
    print_message("%u records, %u arrived, %u again, %u kills\n", (unsigned)witness->put_count,
                  (unsigned)arrived, (unsigned)repeated, rounds);
    /* One may have been written by a process that died before it said so. */
    assert_true(arrived >= witness->put_count);
    assert_true(arrived <= witness->put_count + rounds);
    assert_true(repeated <= rounds);
    assert_true(witness->put_count > rounds);
    assert_int_equal(segment_count(), 0);
    assert_int_equal(munmap(witness, sizeof *witness), 0);
    remove_directory();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_costs_a_repetition_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
