/* SPDX-License-Identifier: Apache-2.0 */
#include "store/gate.h"

void hae_view_gate_init(struct hae_view_gate *gate)
{
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->free, NULL);
    gate->taken = false;
    atomic_init(&gate->writers, 0);
}

void hae_view_gate_done(struct hae_view_gate *gate)
{
    pthread_cond_destroy(&gate->free);
    pthread_mutex_destroy(&gate->lock);
}

static unsigned waiting_writers(struct hae_view_gate *gate)
{
    /* Relaxed: written under the lock, which its readers hold; the one that does not
     * (hae_view_gate_is_wanted()) only has to see it soon. */
    return atomic_load_explicit(&gate->writers, memory_order_relaxed);
}

void hae_view_gate_take(struct hae_view_gate *gate, bool writer)
{
    unsigned step = writer ? 1 : 0;
    pthread_mutex_lock(&gate->lock);
    atomic_fetch_add_explicit(&gate->writers, step, memory_order_relaxed);
    while (gate->taken || (!writer && waiting_writers(gate) > 0)) {
        pthread_cond_wait(&gate->free, &gate->lock);
    }
    atomic_fetch_sub_explicit(&gate->writers, step, memory_order_relaxed);
    gate->taken = true;
    pthread_mutex_unlock(&gate->lock);
}

void hae_view_gate_leave(struct hae_view_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->taken = false;
    /* Wakes all: a reader that wakes may have to leave the turn to a writer. */
    pthread_cond_broadcast(&gate->free);
    pthread_mutex_unlock(&gate->lock);
}

bool hae_view_gate_is_wanted(struct hae_view_gate *gate)
{
    return waiting_writers(gate) > 0;
}
