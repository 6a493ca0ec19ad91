/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of slots of a dead region. */
#ifndef HAETAE_RECOVERY_DEAD_CHAIN_H
#define HAETAE_RECOVERY_DEAD_CHAIN_H

#include "recovery/dead.h"

/* Copies the run of a slot's chain, from `offset` of the first on, at most `size_max`
 * bytes, as far as it is valid; returns how many. */
size_t hae_dead_gather(struct hae_dead *dead, uint32_t index, uint32_t offset, uint8_t *to,
                       size_t size_max);

#endif
