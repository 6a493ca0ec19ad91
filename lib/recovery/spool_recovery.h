/* SPDX-License-Identifier: Apache-2.0 */
/* Exports what a directory of spools has, through a running pipeline, as one of its sources: of
 * each spool one request at a time, the oldest first. For a process that has no spools itself. */
#ifndef HAETAE_RECOVERY_SPOOL_RECOVERY_H
#define HAETAE_RECOVERY_SPOOL_RECOVERY_H

#include "base/diagnostics.h"
#include "pipeline/source.h"
#include "spool/spool_list.h"

struct hae_spool_recovery;

/* What became of the segments of dead processes so far. */
struct hae_spool_recovery_counts {
    uint64_t damaged; /* and removed */
    uint64_t refused; /* they stay, as a receiver refused what is in them */
};

/* For the spools in the directory at `path`, as they were listed. Errors: HAETAE_ENOMEM. */
haetae_status hae_spool_recovery_new(const char *path, const struct hae_spool_entries *entries,
                                     struct hae_diagnostics *diagnostics,
                                     struct hae_spool_recovery **ret_recovery);

/* Frees it, after the pipeline, whose requests may call back. Does nothing with NULL. */
void hae_spool_recovery_free(struct hae_spool_recovery *recovery);

/* Gives up the locks of what is left, after the shutdown. */
void hae_spool_recovery_let_go(struct hae_spool_recovery *recovery);

/* The source for the pipeline's options. */
struct hae_source hae_spool_recovery_source(struct hae_spool_recovery *recovery);

/* Whether nothing is left that could be sent now; and what became of it. */
bool hae_spool_recovery_done(const struct hae_spool_recovery *recovery);
struct hae_spool_recovery_counts
hae_spool_recovery_counts(const struct hae_spool_recovery *recovery);

#endif
