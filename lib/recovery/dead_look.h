/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass over a dead region, before its records are read: which scopes are valid, until
 * when the process lived, and which records of lanes and slots are in a journal already. */
#ifndef HAETAE_RECOVERY_DEAD_LOOK_H
#define HAETAE_RECOVERY_DEAD_LOOK_H

#include "recovery/dead.h"

/* Continues the pass; false: it pauses, call it again. It must have returned true before the
 * first hae_dead_begin(). */
bool hae_dead_look(struct hae_dead *dead);

#endif
