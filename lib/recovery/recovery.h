/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery: exports what dead processes left in a recorder directory, through a running
 * pipeline, as one of its sources. One file after the other, the oldest first; of a file one
 * request at a time, in an order that is always the same. The file notes what is settled, so
 * that another process can continue from there. */
#ifndef HAETAE_RECOVERY_RECOVERY_H
#define HAETAE_RECOVERY_RECOVERY_H

#include "pipeline/source.h"
#include "recovery/recovery_state.h"

/* `directory` is a descriptor of the directory at `path`. Ownership: on success the recovery owns
 * the descriptor; the path is copied. Errors: HAETAE_ENOMEM. */
haetae_status hae_recovery_new(const char *path, int directory, uint64_t size_max_bytes,
                               struct hae_diagnostics *diagnostics,
                               struct hae_recovery **ret_recovery);

/* Frees it, after the pipeline, whose requests may call back. Does nothing with NULL. */
void hae_recovery_free(struct hae_recovery *recovery);

/* In a forked child: lets go of the parent's lock; the child recovers nothing. `idle` is false
 * when another thread of the parent may have been recovering: what it had allocated is leaked
 * then. Async-signal-safe. Does nothing with NULL. */
void hae_recovery_in_child(struct hae_recovery *recovery, bool idle);

/* Has files stay whose process redacted: for one that has no rules. Before the first run. */
void hae_recovery_leave_redacted(struct hae_recovery *recovery);

/* The source for the pipeline's options. */
struct hae_source hae_recovery_source(struct hae_recovery *recovery);

/* What became of the files so far, and how many there are still to do. */
struct hae_recovery_counts hae_recovery_counts(const struct hae_recovery *recovery);
uint64_t hae_recovery_files_left(const struct hae_recovery *recovery);

/* Looks into the directory if it has not yet, for want of time: then the files count as left. */
void hae_recovery_look_once(struct hae_recovery *recovery);

#endif
