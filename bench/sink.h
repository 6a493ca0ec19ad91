/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that reads requests, answers 200 after a delay, and keeps nothing: what is
 * measured against it is the sender. */
#ifndef HAETAE_BENCH_SINK_H
#define HAETAE_BENCH_SINK_H

#include <sys/types.h>

struct sink {
    pid_t process;
    unsigned port; /* on 127.0.0.1 */
};

/* Starts one in a process of its own, which ends with this one. Call it before anything
 * that has threads. Returns 0, or -1 with a text on standard error. */
int sink_start(struct sink *sink, unsigned delay_ms);

/* The same at a port; 0: one that is free. */
int sink_start_at(struct sink *sink, unsigned delay_ms, unsigned port);

/* Ends it. */
void sink_stop(const struct sink *sink);

#endif
