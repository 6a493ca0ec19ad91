/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the tests of whole processes. It does not use cmocka, whose failures
 * need a running test: here much happens after main(). */
#ifndef HAETAE_TESTS_EXIT_PROCESS_H
#define HAETAE_TESTS_EXIT_PROCESS_H

#include <stdatomic.h>

#include "haetae/haetae.h"
#include "support/repeat.h"

enum { PROCESS_LONG_MS = 600000 };

/* Ends the process at once with a failure unless `holds` is true. */
void process_must(bool holds, const char *what);
#define MUST(condition) process_must((condition), #condition)

/* Starts an SDK with a worker and an exporter that accepts everything. */
haetae_sdk *process_start(void);

/* The number of items that all such exporters of this process have accepted. */
uint64_t process_taken(haetae_signal signal);

/* Records one item. */
void process_span(haetae_tracer *tracer);
void process_log(haetae_logger *logger);

/* Checks that the statistics add up, that this many items were recorded, and none is held. */
void process_all_settled(haetae_sdk *sdk, haetae_signal signal, uint64_t recorded);

uint64_t process_dropped(haetae_sdk *sdk, haetae_signal signal, haetae_drop_reason reason);

/* Items dropped for any reason: a thread that never pauses may be faster than the worker. */
uint64_t process_lost(haetae_sdk *sdk, haetae_signal signal);

/* How often a test repeats something. */
static inline unsigned process_repeat(unsigned count)
{
    return test_repeat(count);
}

#endif
