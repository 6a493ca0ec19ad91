/* SPDX-License-Identifier: Apache-2.0 */
/* When what waits for a chain (failover.h) goes to its spool, and when it comes back.
 * Only the driver of the pipeline touches it. */
#ifndef HAETAE_PIPELINE_SPILL_H
#define HAETAE_PIPELINE_SPILL_H

#include "pipeline/destination.h"

/* Moves to the spool: all that waits once all members have been away for HAETAE_SPOOL_AFTER_MS;
 * before that, the oldest while they fail and hold more than half of their share of the memory; and
 * the oldest from three quarters of it on whether or not they fail, as a receiver may hang. When a
 * member takes requests again, what waits for the disk goes back to it. `shares` in bytes. Does a
 * bounded piece of it; true: there is more. */
bool hae_spill_run(struct hae_destination *first, const uint64_t shares[HAETAE_SIGNAL_COUNT],
                   uint64_t now_ms);

/* When it has to be called again, though nothing else has happened; UINT64_MAX: not known. */
uint64_t hae_spill_due_ms(const struct hae_destination *first);

/* At the end of a shutdown: the first takes from all members what waits or is in flight and has it
 * wait for the spool; the second lets the spool write, until `until_ns` of CLOCK_MONOTONIC or until
 * the disk refuses it. */
void hae_spill_all(struct hae_destination *first);
void hae_spill_finish(struct hae_destination *spool, uint64_t until_ns);

#endif
