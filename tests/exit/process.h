/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of whole processes have in common: no cmocka, whose failures need a
 * running test; here things happen when main() is over. */
#ifndef HAETAE_TESTS_EXIT_PROCESS_H
#define HAETAE_TESTS_EXIT_PROCESS_H

#include <stdatomic.h>

#include "haetae/haetae.h"
#include "support/repeat.h"

enum { PROCESS_LONG_MS = 600000 };

/* Ends the process at once, with a failure, unless `holds`. */
void process_must(bool holds, const char *what);
#define MUST(condition) process_must((condition), #condition)

/* An SDK with a worker and an exporter that takes everything. */
haetae_sdk *process_start(void);

/* Items that all such exporters of this process have taken. */
uint64_t process_taken(haetae_signal signal);

/* Records one item. */
void process_span(haetae_tracer *tracer);
void process_log(haetae_logger *logger);

/* That all adds up, and that so many were recorded, and none is held. */
void process_all_settled(haetae_sdk *sdk, haetae_signal signal, uint64_t recorded);

uint64_t process_dropped(haetae_sdk *sdk, haetae_signal signal, haetae_drop_reason reason);

/* Dropped for any reason: who records without a pause may be faster than the worker. */
uint64_t process_lost(haetae_sdk *sdk, haetae_signal signal);

/* How much a test repeats. */
static inline unsigned process_repeat(unsigned count)
{
    return test_repeat(count);
}

#endif
