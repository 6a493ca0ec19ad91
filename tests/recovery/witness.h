/* SPDX-License-Identifier: Apache-2.0 */
/* What is known for certain about a process that is killed: memory that it shares with the
 * test says which of its calls had returned, and what its receiver had got. */
#ifndef HAETAE_TESTS_RECOVERY_WITNESS_H
#define HAETAE_TESTS_RECOVERY_WITNESS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "recovery/items.h"

enum { WITNESS_THREADS = 4, WITNESS_NUMBERS = 2048, LEFT_OPEN_EVERY = 64 };

/* What became of one span or log record at the victim's own receiver. */
enum { NOT_SENT, UNDER_WAY, SETTLED };

struct witness_thread {
    _Atomic unsigned started; /* spans whose start has returned; their numbers are below */
    _Atomic unsigned filled;  /* ... with all their attributes                            */
    _Atomic unsigned ended;   /* ... and whose end has returned                           */
    _Atomic unsigned logged;
    _Atomic unsigned counted;
    _Atomic uint8_t span[WITNESS_NUMBERS];
    _Atomic uint8_t log[WITNESS_NUMBERS];
    /* Written by the test: how often it was recovered. */
    uint8_t span_recovered[WITNESS_NUMBERS];
    uint8_t span_recovered_open[WITNESS_NUMBERS];
    uint8_t log_recovered[WITNESS_NUMBERS];
    int64_t count_recovered;
};

struct witness {
    _Atomic unsigned calls; /* in all */
    _Atomic unsigned threads_ready;
    _Atomic pid_t pid; /* of the victim; 0: it has not begun */
    uint64_t seed;
    /* Written by the test: what the victim had dropped, by the counts in its file. */
    unsigned long long spans_dropped;
    unsigned long long logs_dropped;
    struct witness_thread threads[WITNESS_THREADS];
};

/* How a victim's end comes about: called by its first thread after each item. */
typedef void (*witness_end)(struct witness *witness, const struct recording *recording);

struct victim {
    const char *directory;
    const char *recorder_bytes;
    const char *lane_count;
    unsigned numbers;    /* of each thread, below WITNESS_NUMBERS */
    unsigned pause_us;   /* between two                           */
    unsigned retry_of_8; /* of so many deliveries is tried again  */
    unsigned kill_after; /* calls; 0: the victim ends by itself   */
    witness_end end;     /* or NULL                               */
    const char *worker;  /* NULL: a thread                        */
    const char *redacts; /* what keys; NULL: none                 */
};

/* How many rounds to kill in, and by which number chosen: HAETAE_TEST_ROUNDS (else the usual
 * number, or a fifth of it under a sanitizer) and HAETAE_TEST_SEED (else by chance). */
unsigned witness_rounds(unsigned usual);
uint64_t witness_first_seed(void);

struct witness *witness_new(uint64_t seed);
void witness_free(struct witness *witness);

/* A number below `limit` that follows from the seed. */
unsigned witness_random(struct witness *witness, unsigned limit);

/* Runs a victim until it is dead; returns the status of waitpid(). */
int witness_run(struct witness *witness, const struct victim *victim);

/* Recovers what is in the directory, with an SDK of its own: what each of the victims had
 * recorded, by process.pid. One that is alone and has no pid stands for any. */
struct witnesses {
    struct witness *const *witnesses;
    unsigned count;
};
void witness_recover_all(struct witnesses *witnesses, const char *directory);
void witness_recover(struct witness *witness, const char *directory);

/* Ends the test unless each item is there as often as it has to be, but for as many as the
 * victim had counted as dropped. Returns how many were recovered. */
unsigned witness_check(const struct witness *witness);

/* For tests on a recorder directory of their own, which is empty again at their end:
 * *state is its path. The second also checks that the library has freed all it allocated. */
int witness_set_up(void **state);
int witness_tear_down(void **state);

/* How many files are in the directory; 0 ends it all well. */
unsigned witness_files(const char *directory);

/* Whether a victim's worker is a thread of its own. The thread sanitizer can't start threads
 * in a child of a process that had several. */
#if defined(__SANITIZE_THREAD__)
enum { WITNESS_WORKER_THREAD = 0 };
#else
enum { WITNESS_WORKER_THREAD = 1 };
#endif

/* In the victim: records from WITNESS_THREADS threads, and never ends. With `sdk` it drives its
 * worker. In a forked child of a victim, what is exported is noted in its own witness. */
void witness_record(struct witness *witness, const struct victim *victim,
                    const struct recording *recording, haetae_sdk *sdk);

/* An SDK that records into the directory and exports into the witness; for the victim. */
haetae_sdk *witness_start(struct witness *witness, const struct victim *victim,
                          struct recording *ret_recording);

#endif
