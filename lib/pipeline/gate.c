/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/gate.h"

#include "base/lock.h"

bool hae_gate_init(struct hae_gate *gate)
{
    if (pthread_mutex_init(&gate->lock, NULL) != 0) {
        return false;
    }
    if (pthread_mutex_init(&gate->entrance, NULL) != 0) {
        pthread_mutex_destroy(&gate->lock);
        return false;
    }
    return true;
}

void hae_gate_done(struct hae_gate *gate)
{
    pthread_mutex_destroy(&gate->entrance);
    pthread_mutex_destroy(&gate->lock);
}

void hae_gate_enter(struct hae_gate *gate)
{
    pthread_mutex_lock(&gate->entrance);
    pthread_mutex_lock(&gate->lock);
    pthread_mutex_unlock(&gate->entrance);
    /* Relaxed, here and below: hints, which spare fork() some waiting. */
    atomic_store_explicit(&gate->driver, pthread_self(), memory_order_relaxed);
    atomic_fetch_add_explicit(&gate->run_count, 1, memory_order_relaxed);
    atomic_store_explicit(&gate->is_running, true, memory_order_relaxed);
}

void hae_gate_leave(struct hae_gate *gate)
{
    atomic_store_explicit(&gate->is_running, false, memory_order_relaxed);
    pthread_mutex_unlock(&gate->lock);
}

/* Whether the calling thread is in a run: an exporter forks, or a diagnostics callback.
 * Another thread may be wrong about who is, but not about whether it is itself. */
static bool is_driver(struct hae_gate *gate)
{
    return atomic_load_explicit(&gate->is_running, memory_order_relaxed) &&
           pthread_equal(atomic_load_explicit(&gate->driver, memory_order_relaxed), pthread_self());
}

bool hae_gate_hold(struct hae_gate *gate)
{
    uint64_t count = atomic_load_explicit(&gate->run_count, memory_order_relaxed);

    if (pthread_mutex_trylock(&gate->lock) == 0) {
        return true;
    }
    /* Not again for a run that fork() has waited for already: its exporter blocks. */
    if (count == gate->stuck_count || is_driver(gate) || !hae_lock_soon(&gate->entrance)) {
        return false;
    }
    if (!hae_lock_soon(&gate->lock)) {
        gate->stuck_count = count;
        pthread_mutex_unlock(&gate->entrance);
        return false;
    }
    pthread_mutex_unlock(&gate->entrance);
    return true;
}

void hae_gate_release(struct hae_gate *gate)
{
    pthread_mutex_unlock(&gate->lock);
}

void hae_gate_in_child(struct hae_gate *gate, bool held)
{
    hae_lock_in_child(&gate->lock, held);
    hae_lock_in_child(&gate->entrance, false);
    atomic_store_explicit(&gate->is_running, false, memory_order_relaxed);
}
