/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that counts items instead of keeping them, for large numbers. */
#ifndef HAETAE_TESTS_PROCESS_COUNTING_H
#define HAETAE_TESTS_PROCESS_COUNTING_H

#include "process.h"

enum { COUNTING_METRICS_MAX = 16 };

/* Only the driver's thread uses it until the SDK is shut down. */
struct counting {
    struct fake_exporter fake; /* the first member: its behaviour casts it to the whole struct */
    struct fixture f;
    uint64_t spans;
    uint64_t logs;
    struct counted_metric {
        char name[40];
        int64_t value; /* the last one, of all points together */
    } metrics[COUNTING_METRICS_MAX];
};

void counting_begin(struct counting *c, const struct sdk_setting *settings);

/* Shuts down, and checks for each signal that every recorded item was delivered or counted
 * as dropped. Returns the number of recorded items. */
struct counting_totals {
    uint64_t spans;
    uint64_t logs;
};
struct counting_totals counting_finish(struct counting *c);
void counting_end(struct counting *c);

/* The last value of a counter, or the last count of a histogram. -1: none arrived. */
int64_t counting_value(const struct counting *c, const char *name);

#endif
