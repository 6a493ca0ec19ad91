/* SPDX-License-Identifier: Apache-2.0 */
/* When what waits for a destination and its backups goes to their spool, and when it comes back.
 * Only the driver of the pipeline touches it. */
#ifndef HAETAE_PIPELINE_SPILL_H
#define HAETAE_PIPELINE_SPILL_H

#include "pipeline/destination.h"

/* Once all have been away for some time, what waits for them goes to the spool; before that, as
 * long as they fail and hold more than half of their share of the memory; and, whether or not they
 * fail, from three quarters of it on: a receiver may hang. Does a bounded piece of it; true: there
 * is more. */
bool hae_spill_run(struct hae_destination *first, const uint64_t shares[HAETAE_SIGNAL_COUNT],
                   uint64_t now_ms);

/* When it has to be called again, though nothing else has happened; UINT64_MAX: not known. */
uint64_t hae_spill_due_ms(const struct hae_destination *first);

/* At the end: gives the spool all that waits or is in flight; and lets it write until that time of
 * CLOCK_MONOTONIC. */
void hae_spill_all(struct hae_destination *first);
void hae_spill_finish(struct hae_destination *spool, uint64_t until_ns);

#endif
