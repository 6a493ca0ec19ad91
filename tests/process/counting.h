/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that counts instead of keeping, for many items. */
#ifndef HAETAE_TESTS_PROCESS_COUNTING_H
#define HAETAE_TESTS_PROCESS_COUNTING_H

#include "process.h"

enum { COUNTING_METRICS_MAX = 16 };

/* The driver's own until the SDK is shut down. */
struct counting {
    struct fake_exporter fake; /* first: its behaviour finds the rest behind it */
    struct fixture f;
    uint64_t spans;
    uint64_t logs;
    struct counted_metric {
        char name[40];
        int64_t value; /* the last one, of all points together */
    } metrics[COUNTING_METRICS_MAX];
};

void counting_begin(struct counting *c, const struct sdk_setting *settings);

/* Shuts down, and checks that everything recorded was delivered, or dropped and counted,
 * of each signal; returns how many were recorded. */
struct counting_totals {
    uint64_t spans;
    uint64_t logs;
};
struct counting_totals counting_finish(struct counting *c);
void counting_end(struct counting *c);

/* The last value of a counter, or the last count of a histogram; -1: none came. */
int64_t counting_value(const struct counting *c, const char *name);

#endif
