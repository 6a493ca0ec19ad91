/* SPDX-License-Identifier: Apache-2.0 */
/* What dead processes have left in the directory of a spool. */
#ifndef HAETAE_SPOOL_SPOOL_LOOK_H
#define HAETAE_SPOOL_SPOOL_LOOK_H

#include "spool/spool_state.h"

/* Lists the directory: takes over the segments of dead processes, and adds up what living ones have
 * there, which counts for the bound. When the directory cannot be read, or memory is short, the
 * rest is found by a later look. Threads: the one that reads; it takes the spool's lock. */
void hae_spool_look(struct hae_spool *spool);

#endif
