/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver has taken, item by item: each span and log record has the attributes `run`,
 * `thread` and `number`; each data point has the first two, and its time. */
#ifndef HAETAE_TESTS_FAULTS_LEDGER_H
#define HAETAE_TESTS_FAULTS_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"

enum { LEDGER_RUNS = 4 };

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* Counts the items of a request, each of which ends the test if it is not of the load. Returns how
 * many there are. Threads: any. */
uint64_t ledger_add(struct ledger *ledger, haetae_signal signal, const uint8_t *body, size_t size);

/* A connection or a process breaks: what was under way may come again. Counts the items of the last
 * requests, as many as an exporter has under way at most. */
void ledger_break(struct ledger *ledger);

/* Items of a request may come again: its answer is late, or lost. */
void ledger_doubt(struct ledger *ledger, haetae_signal signal, uint64_t item_count);

struct ledger_sums {
    uint64_t requests;
    uint64_t received;   /* each item once           */
    uint64_t duplicates; /* arrivals beyond the first */
    uint64_t doubtful;   /* as many may come again    */
};
struct ledger_sums ledger_sums(struct ledger *ledger, haetae_signal signal);

/* How many of a thread's numbers below `count` have not arrived; and by how much the largest that
 * has arrived exceeds them, where 0 is right. */
uint64_t ledger_missing(struct ledger *ledger, haetae_signal signal, unsigned run, unsigned thread,
                        uint64_t count);
uint64_t ledger_beyond(struct ledger *ledger, haetae_signal signal, unsigned run, unsigned thread,
                       uint64_t count);

/* The value of the newest point of a thread's counter; 0: none has come. */
uint64_t ledger_value(struct ledger *ledger, unsigned run, unsigned thread);

#endif
