/* SPDX-License-Identifier: Apache-2.0 */
/* The spool of one exporter and signal: segments in a directory, within a number of bytes and an
 * age, of which the oldest goes first. Records come in at the end, and are handed out from the
 * front, one at a time.
 *
 * One thread uses it, but for hae_spool_append() (spool_append.h), which another one calls: that
 * makes, writes and removes files without the lock, so that a slow disk does not hold up the other
 * thread, as long as that neither reads nor looks into the directory itself. */
#ifndef HAETAE_SPOOL_SPOOL_H
#define HAETAE_SPOOL_SPOOL_H

#include "spool/spool_state.h"

struct hae_spool_options {
    const char *path;  /* of the directory that has those of all spools; copied */
    const char *title; /* of the exporter */
    haetae_signal signal;
    uint64_t bytes_max;  /* in all segments    */
    uint64_t age_max_ms; /* of a record        */
    struct hae_diagnostics *diagnostics;
};

/* Begins in memory that is zero. Errors: HAETAE_ENOMEM. */
haetae_status hae_spool_init(struct hae_spool *spool, const struct hae_spool_options *options);

/* Closes it. What is in it stays. */
void hae_spool_done(struct hae_spool *spool);

/* ---- What it has ------------------------------------------------------------------------ */

/* Whether a record may be there, as far as is known without a look at the disk. */
bool hae_spool_has_any(struct hae_spool *spool);

/* The bytes of its files, and for how many items of this process they stand. */
uint64_t hae_spool_bytes(struct hae_spool *spool);
uint64_t hae_spool_items(struct hae_spool *spool);

/* What was lost since the last call, which it reports. */
struct hae_spool_lost hae_spool_take_lost(struct hae_spool *spool);

/* ---- fork() ----------------------------------------------------------------------------- */

/* In a forked child, from within fork(): the segments are the parent's. `idle`: the caller of the
 * spool was in none of its functions. Async-signal-safe. */
void hae_spool_in_child(struct hae_spool *spool, bool idle);

/* In a forked child, later: begins with nothing. */
void hae_spool_reinit(struct hae_spool *spool);

#endif
