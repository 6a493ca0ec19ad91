/* SPDX-License-Identifier: Apache-2.0 */
/* What each row should cost at most. The times are for a server processor that reads its clock
 * twice in 15 ns; make bench prints what the clock takes here. */
#ifndef HAETAE_BENCH_TARGETS_H
#define HAETAE_BENCH_TARGETS_H

struct target {
    const char *row;
    double ns;           /* 0: none */
    double instructions; /* 0: none */
};

/* The target of a row; all zero when it has none. */
struct target target_of(const char *row);

#endif
