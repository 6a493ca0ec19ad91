/* SPDX-License-Identifier: Apache-2.0 */
/* The running recorders of this process, and the threads that know them: claims
 * a lane for a thread, hands it back at the thread's exit. */
#ifndef HAE_RECORDER_REGISTRY_H
#define HAE_RECORDER_REGISTRY_H

#include "recorder/recorder.h"

/* Gives the recorder an index and an epoch. Errors: HAETAE_ELIMIT, HAETAE_ETHREAD (no
 * thread-specific key is left). */
haetae_status hae_registry_add(struct hae_recorder *recorder);

/* Span handles of the recorder are void from here on. Does nothing when it was
 * not added. */
void hae_registry_remove(struct hae_recorder *recorder);

#endif
