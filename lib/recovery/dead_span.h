/* SPDX-License-Identifier: Apache-2.0 */
/* Spans out of the slots of a dead region. */
#ifndef HAETAE_RECOVERY_DEAD_SPAN_H
#define HAETAE_RECOVERY_DEAD_SPAN_H

#include "recovery/dead.h"

/* Writes the Span message of a slot to dead->scratch: a span that is open, or waited to
 * be drained. Returns its size; 0: the slot is invalid. */
uint32_t hae_dead_span(struct hae_dead *dead, uint32_t index);

#endif
