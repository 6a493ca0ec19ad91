/* SPDX-License-Identifier: Apache-2.0 */
/* Lets fork() find a pipeline between two runs: then all that belongs to its driver is whole,
 * and no exporter is at work. */
#ifndef HAETAE_PIPELINE_GATE_H
#define HAETAE_PIPELINE_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hae_gate {
    pthread_mutex_t lock;       /* held during a run                               */
    pthread_mutex_t entrance;   /* passed before each run: fork() gets in there    */
    _Atomic uint64_t run_count; /* of runs begun                                   */
    _Atomic bool is_running;
    _Atomic(pthread_t) driver; /* of the present run                               */
    uint64_t stuck_count;      /* fork() did not get in while it was this; fork()'s own */
};

/* Begins in memory that is zero. False: out of memory. */
bool hae_gate_init(struct hae_gate *gate);
void hae_gate_done(struct hae_gate *gate);

/* Bracket what the driver does: a run, and whatever else it asks exporters. */
void hae_gate_enter(struct hae_gate *gate);
void hae_gate_leave(struct hae_gate *gate);

/* Before fork(): keeps the driver out, if it comes to the end of its run soon. Afterwards, when
 * it did: lets it in. */
bool hae_gate_hold(struct hae_gate *gate);
void hae_gate_release(struct hae_gate *gate);

/* In the child, from within fork(): frees the locks. Async-signal-safe. */
void hae_gate_in_child(struct hae_gate *gate, bool held);

#endif
