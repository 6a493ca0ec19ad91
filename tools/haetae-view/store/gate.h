/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is with a connection: one at a time, and the writer before readers. */
#ifndef HAETAE_VIEW_STORE_GATE_H
#define HAETAE_VIEW_STORE_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct hae_view_gate {
    pthread_mutex_t lock;
    pthread_cond_t free;
    bool taken;          /* guarded by lock */
    atomic_uint writers; /* that wait; written under lock, and read without by a reader */
};

void hae_view_gate_init(struct hae_view_gate *gate);
void hae_view_gate_done(struct hae_view_gate *gate);

void hae_view_gate_take(struct hae_view_gate *gate, bool writer);
void hae_view_gate_leave(struct hae_view_gate *gate);

/* Whether a writer waits. The reader that has the turn asks this. */
bool hae_view_gate_is_wanted(struct hae_view_gate *gate);

#endif
