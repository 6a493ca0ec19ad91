/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a test and the program under load share. It outlives the program, so that what a
 * killed one had recorded is known. */
#ifndef HAETAE_TESTS_FAULTS_BOARD_H
#define HAETAE_TESTS_FAULTS_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "haetae/stats.h"

enum {
    BOARD_DESCRIPTOR = 3, /* where the program finds it */
    BOARD_THREADS = 3,
    BOARD_PHASES = 2, /* before and during a fault; see board_phase */
    /* Eight for each power of two of nanoseconds. */
    BOARD_TIMES = 8 * 40
};

enum board_phase { BOARD_HEALTHY, BOARD_FAULT };

/* What the program is asked to do; each goes beyond the one before it. */
enum board_wish {
    BOARD_RECORD, /* record, as fast as it is set            */
    BOARD_REST,   /* end the threads, and send what waits     */
    BOARD_SHUT    /* shut down and exit                       */
};

enum board_state { BOARD_STARTING, BOARD_STARTED, BOARD_RESTED, BOARD_DONE };

/* Numbers of items, from 0: those below `begun` may have been recorded, those below `recorded` have
 * been: the call has returned. Written by its thread. */
struct board_numbers {
    _Atomic uint64_t begun;
    _Atomic uint64_t recorded;
};

struct board_thread {
    /* Of metrics: the value of the thread's counter. */
    struct board_numbers numbers[HAETAE_SIGNAL_COUNT];
    _Atomic uint64_t times[BOARD_PHASES][BOARD_TIMES]; /* how many calls took so long */
    _Atomic uint64_t worst_ns[BOARD_PHASES];
    char room[128];
};

/* Of haetae_stats, written by the program. */
struct board_stats {
    _Atomic uint64_t recorded;
    _Atomic uint64_t recovered;
    _Atomic uint64_t delivered;
    _Atomic uint64_t held;
    _Atomic uint64_t spooled;
    _Atomic uint64_t retries;
    _Atomic uint64_t dropped[HAETAE_DROP_COUNT];
};

struct board {
    /* Written by the test before the program starts. */
    unsigned run; /* which start of the program it is, from 0 */
    unsigned threads;
    unsigned
        spans_per_second;     /* of all threads; as many log records and measurements by `others` */
    unsigned others_per_span; /* 0: spans only                       */
    uint32_t shutdown_ms;
    /* Written by the test. */
    _Atomic int wish;
    _Atomic int phase;
    _Atomic bool resolver_works; /* for names that end with .invalid */
    /* Written by the program. */
    _Atomic int state;
    _Atomic int shutdown_status;
    _Atomic unsigned look; /* how often `stats` was written */
    _Atomic unsigned lookups_failed;
    _Atomic unsigned descriptors_before; /* before the start, and when all is freed */
    _Atomic unsigned descriptors_after;
    struct board_stats stats[HAETAE_SIGNAL_COUNT];
    struct board_thread of[BOARD_THREADS];
};

#endif
