/* SPDX-License-Identifier: Apache-2.0 */
/* The running recorders of this process, and the threads that know them: claims
 * a lane for a thread, hands it back at the thread's exit. */
#ifndef HAE_RECORDER_REGISTRY_H
#define HAE_RECORDER_REGISTRY_H

#include "haetae/types.h"
#include "recorder/call.h"

/* Gives the recorder an index and an epoch. Errors: HAETAE_ELIMIT, HAETAE_ETHREAD (no
 * thread-specific key is left). */
haetae_status hae_registry_add(struct hae_recorder *recorder);

/* Around fork(), as in fork.h. Before it every recorder is settled by `settle`, if the list
 * is not under change. In the child every recorder is closed by `closer`, with the epoch it
 * has from then on, and its span handles are void. */
void hae_registry_before_fork(void (*settle)(struct hae_recorder *recorder));
void hae_registry_in_parent(void);
void hae_registry_in_child(void (*closer)(struct hae_recorder *recorder, uint32_t epoch));

/* Span handles of the recorder, which was closed so, are good again. */
void hae_registry_readmit(struct hae_recorder *recorder);

/* Counts a call with a span handle of the parent's, when its recorder is closed so. */
void hae_registry_count_misuse(haetae_span span);

/* Span handles of the recorder are void from here on. Does nothing when it was
 * not added. */
void hae_registry_remove(struct hae_recorder *recorder);

#endif
