/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured: the recording calls, each in a loop. */
#ifndef HAETAE_BENCH_ROWS_H
#define HAETAE_BENCH_ROWS_H

#include "haetae/haetae.h"
#include "harness.h"

struct row {
    const char *name;
    const char *text;
    void (*loop)(void *user, int calls);
    /* Loops before each that is counted, since the last collection, which are not counted: what
     * comes soon after a collection becomes an exemplar more often. */
    int loops_before;
};

extern const struct row rows[];
extern const int row_count;

/* Two reads of the clock that a span reads at its start and at its end. `user` points to a bool:
 * whether that clock is the CPU's counter. */
void clock_loop(void *user, int calls);

/* Handles for the rows; `sdk` records, `quiet` samples nothing and logs nothing. */
void rows_prepare(haetae_sdk *sdk, haetae_sdk *quiet);

/* Finished spans of about 200 bytes, for the worker's row. */
void record_spans(int count);

#endif
