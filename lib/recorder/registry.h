/* SPDX-License-Identifier: Apache-2.0 */
/* The recorders of this process, so that a handle can name one. */
#ifndef HAETAE_RECORDER_REGISTRY_H
#define HAETAE_RECORDER_REGISTRY_H

#include "haetae/status.h"
#include "recorder/handle.h"
#include "recorder/state.h"

/* Every running recorder. Written under a lock (registry.c); read by any thread. */
extern _Atomic(struct hae_recorder *) hae_recorders[HAE_RECORDERS_MAX];

/* The recorder of a handle; NULL when there is none (any more). */
static inline struct hae_recorder *hae_handle_recorder(uint64_t handle)
{
    uint32_t number = hae_handle_recorder_number(handle);
    struct hae_recorder *recorder;

    if (HAE_UNLIKELY(number - 1 >= HAE_RECORDERS_MAX)) {
        return NULL;
    }
    /* Acquire pairs with the release in hae_registry_add(). */
    recorder = atomic_load_explicit(&hae_recorders[number - 1], memory_order_acquire);
    if (HAE_UNLIKELY(recorder == NULL || hae_handle_slot(handle) == 0 ||
                     hae_handle_slot(handle) >= recorder->slot_count)) {
        return NULL;
    }
    return recorder;
}

/* Gives the recorder an index and an epoch. Errors: HAETAE_ELIMIT. */
haetae_status hae_registry_add(struct hae_recorder *recorder);

/* Handles of the recorder lead nowhere from here on. Does nothing when it was not added. */
void hae_registry_remove(struct hae_recorder *recorder);

/* Calls `visit` for each running recorder, none of which is freed meanwhile. */
void hae_registry_visit(void (*visit)(struct hae_recorder *recorder));

/* Around fork(), as in fork.h. Before it every recorder is settled by `settle`, if the list
 * is not under change. In the child every recorder is closed by `closer`, with the epoch it
 * has from then on, and its handles lead nowhere. */
void hae_registry_before_fork(void (*settle)(struct hae_recorder *recorder));
void hae_registry_in_parent(void);
void hae_registry_in_child(void (*closer)(struct hae_recorder *recorder, uint32_t epoch));

/* Handles of a recorder that was closed so lead to it again. */
void hae_registry_readmit(struct hae_recorder *recorder);

/* Counts a call with a handle that leads nowhere: for its recorder when that is closed so, else
 * among those of the process. 0 is no handle, and is not counted. */
void hae_registry_count_misuse(uint64_t handle);

/* The calls of this process with handles of SDKs that were freed, and with numbers that never were
 * handles. */
uint64_t hae_registry_stray_count(void);

#endif
