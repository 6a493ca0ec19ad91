/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked at before the reading of a dead region begins: which scopes are valid, until when
 * the process lived, and what of lanes and slots is in a journal already. */
#ifndef HAETAE_RECOVERY_DEAD_LOOK_H
#define HAETAE_RECOVERY_DEAD_LOOK_H

#include "recovery/dead.h"

/* Goes on to look at what has to be known first; false: it pauses. True comes before the first
 * hae_dead_begin(). */
bool hae_dead_look(struct hae_dead *dead);

#endif
