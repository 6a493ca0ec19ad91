/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a spool: what goes when there is no room, or when it is too old. The caller holds
 * the spool's lock. */
#ifndef HAETAE_SPOOL_SPOOL_BOUNDS_H
#define HAETAE_SPOOL_SPOOL_BOUNDS_H

#include "spool/spool_state.h"

/* Drops what is too old. `now_ms` since 1970. */
void hae_spool_expire(struct hae_spool *spool, uint64_t now_ms);

/* Gives up what is left in a segment, and removes it. */
void hae_spool_give_up(struct hae_spool *spool, struct hae_spool_segment *segment);

/* Makes room for so many bytes, at the expense of the oldest segments, which are put before those
 * of *ret_dropped. False: there is no room beside what other processes have. */
bool hae_spool_make_room(struct hae_spool *spool, uint64_t wanted,
                         struct hae_spool_segment **ret_dropped);

/* Then, without the lock: removes these. Only the thread that writes calls it. */
void hae_spool_remove_dropped(struct hae_spool *spool, struct hae_spool_segment *dropped);

#endif
