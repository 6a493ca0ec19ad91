/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver of OTLP by HTTP/1.1 and by gRPC (HTTP/2 without TLS) that counts the bytes and
 * requests that it gets, answers each at once, and looks into none of them: what is measured
 * against it is the sender. */
#ifndef HAETAE_BENCH_RECEIVER_H
#define HAETAE_BENCH_RECEIVER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* In memory that the receiver shares with whoever started it. The receiver alone writes. */
struct receiver_counts {
    _Atomic uint64_t bytes; /* all that TCP carried: headers and frames too */
    _Atomic uint64_t requests;
};

struct receiver {
    pid_t process;
    unsigned port; /* on 127.0.0.1 */
    struct receiver_counts *counts;
};

/* Starts one in a process of its own, which ends with this one. Call it before anything that has
 * threads. Returns 0, or -1 with a text on standard error. */
int receiver_start(struct receiver *receiver);

/* Ends it. */
void receiver_stop(const struct receiver *receiver);

#endif
