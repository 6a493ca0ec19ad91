/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a dead region, one after the other: from the journal, the lanes, the slots. */
#ifndef HAETAE_RECOVERY_DEAD_READ_H
#define HAETAE_RECOVERY_DEAD_READ_H

#include "recovery/dead.h"

/* Begins with the first span, or with the first log record. */
void hae_dead_begin(struct hae_dead *dead, haetae_signal signal);

/* Returns the next record. It is valid until hae_dead_skip(), which steps over it. The number of
 * an invalid scope reads as 0. */
enum hae_dead_next { HAE_DEAD_RECORD, HAE_DEAD_PAUSES, HAE_DEAD_NO_MORE };
enum hae_dead_next hae_dead_peek(struct hae_dead *dead, struct hae_record *ret_record);
void hae_dead_skip(struct hae_dead *dead);

#endif
