/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring: short loops, many rounds, the fastest counts. */
#ifndef HAETAE_BENCH_HARNESS_H
#define HAETAE_BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Calls in one timed loop: so few that a loop is rarely interrupted, and that no
 * ring fills before the pause between two loops. */
enum { CALLS_PER_LOOP = 256 };

struct work {
    void (*loop)(void *user, int calls); /* what is timed             */
    void (*pause)(void *user);           /* between two loops; or NULL */
    void *user;
};

/* Nanoseconds of a clock. */
double now_ns(clockid_t clock);

/* The least time of one call over `rounds` loops, in nanoseconds of `clock`. */
double measure_ns(const struct work *work, clockid_t clock, int rounds);

/* The same in cycles of user mode; negative when the kernel does not let us count. */
double measure_cycles(const struct work *work, int rounds);

/* The same on `threads` threads at once, by each thread's own CPU time: the mean of
 * the threads' best. */
double measure_cpu_ns(const struct work *work, int threads, int rounds);

/* The same on one thread beside another process that does the same work: what two threads cost
 * each other without anything in common but the machine. 0: there is no other process. */
double measure_cpu_beside_ns(const struct work *work, int rounds);

/* Keeps the compiler from dropping a value. */
static inline void keep(uint64_t value)
{
    __asm__ __volatile__("" : : "r"(value) : "memory");
}

#endif
