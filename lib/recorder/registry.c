/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/registry.h"

#include <pthread.h>

#include "base/lock.h"
#include "recorder/counts.h"
#include "recorder/life.h"

_Atomic(struct hae_recorder *) hae_recorders[HAE_RECORDERS_MAX];

/* Those whose index is taken: the same, but in a forked child before its first record. */
static _Atomic(struct hae_recorder *) owners[HAE_RECORDERS_MAX];

/* Guards both against recorders that come and go while threads exit. No
 * recording call takes it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t last_epoch;
static bool held; /* by fork(); guarded by the lock itself */

/* Calls with handles that lead to no recorder. Written by any thread. */
static _Atomic uint64_t stray_count;

/* Never 0, which is what threads that know nothing remember. Under the lock. */
static uint32_t next_epoch(void)
{
    last_epoch = last_epoch == UINT32_MAX ? 1 : last_epoch + 1;
    return last_epoch;
}

haetae_status hae_registry_add(struct hae_recorder *recorder)
{
    haetae_status status = HAETAE_ELIMIT;

    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < HAE_RECORDERS_MAX; i++) {
        if (atomic_load_explicit(&owners[i], memory_order_relaxed) == NULL) {
            recorder->index = i;
            atomic_store_explicit(&recorder->epoch, next_epoch(), memory_order_relaxed);
            atomic_store_explicit(&owners[i], recorder, memory_order_relaxed);
            /* Release pairs with the acquire in hae_handle_recorder(), which sees the recorder
             * complete. */
            atomic_store_explicit(&hae_recorders[i], recorder, memory_order_release);
            status = HAETAE_OK;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return status;
}

void hae_registry_remove(struct hae_recorder *recorder)
{
    pthread_mutex_lock(&lock);
    if (recorder->index < HAE_RECORDERS_MAX) {
        atomic_store_explicit(&hae_recorders[recorder->index], NULL, memory_order_relaxed);
        atomic_store_explicit(&owners[recorder->index], NULL, memory_order_relaxed);
    }
    pthread_mutex_unlock(&lock);
}

void hae_registry_visit(void (*visit)(struct hae_recorder *recorder))
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < HAE_RECORDERS_MAX; i++) {
        struct hae_recorder *recorder =
            atomic_load_explicit(&hae_recorders[i], memory_order_relaxed);

        if (recorder != NULL) {
            visit(recorder);
        }
    }
    pthread_mutex_unlock(&lock);
}

/* ---- fork() --------------------------------------------------------------------------- */

void hae_registry_before_fork(void (*settle)(struct hae_recorder *recorder))
{
    held = hae_lock_soon(&lock);
    for (uint32_t i = 0; held && i < HAE_RECORDERS_MAX; i++) {
        struct hae_recorder *recorder = atomic_load_explicit(&owners[i], memory_order_relaxed);

        if (recorder != NULL) {
            settle(recorder);
        }
    }
}

void hae_registry_in_parent(void)
{
    if (held) {
        held = false;
        pthread_mutex_unlock(&lock);
    }
}

void hae_registry_in_child(void (*closer)(struct hae_recorder *recorder, uint32_t epoch))
{
    for (uint32_t i = 0; i < HAE_RECORDERS_MAX; i++) {
        struct hae_recorder *recorder = atomic_load_explicit(&owners[i], memory_order_relaxed);

        atomic_store_explicit(&hae_recorders[i], NULL, memory_order_relaxed);
        if (recorder != NULL) {
            closer(recorder, next_epoch());
        }
    }
    atomic_store_explicit(&stray_count, 0, memory_order_relaxed);
    hae_lock_in_child(&lock, held);
    held = false;
}

void hae_registry_readmit(struct hae_recorder *recorder)
{
    /* Release pairs with the acquire in hae_handle_recorder(). */
    atomic_store_explicit(&hae_recorders[recorder->index], recorder, memory_order_release);
}

HAE_COLD void hae_registry_count_misuse(uint64_t handle)
{
    uint32_t number = hae_handle_recorder_number(handle);
    struct hae_recorder *recorder =
        number - 1 < HAE_RECORDERS_MAX
            ? atomic_load_explicit(&owners[number - 1], memory_order_relaxed)
            : NULL;

    if (recorder != NULL && hae_recorder_untouched(recorder)) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
    } else if (handle != 0) {
        hae_count_shared(&stray_count);
    }
}

uint64_t hae_registry_stray_count(void)
{
    return atomic_load_explicit(&stray_count, memory_order_relaxed);
}
