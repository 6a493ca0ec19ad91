/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured: the recording calls, each against its budget. */
#ifndef HAETAE_BENCH_ROWS_H
#define HAETAE_BENCH_ROWS_H

#include "haetae/haetae.h"
#include "harness.h"

struct row {
    const char *name;
    const char *text;
    double budget; /* in multiples of the floor; 0: none */
    void (*loop)(void *user, int calls);
};

extern const struct row rows[];
extern const int row_count;

/* The floor: two reads of the clock that a span reads twice. */
void floor_loop(void *user, int calls);

/* Handles for the rows; `sdk` records, `quiet` samples nothing and logs nothing. */
void rows_prepare(haetae_sdk *sdk, haetae_sdk *quiet);

/* Finished spans of about 200 bytes, for the worker's row. */
void record_spans(int count);

#endif
