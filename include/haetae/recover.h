/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery without an SDK: exports what dead processes left in a recorder directory. An SDK
 * with HAETAE_RECORDER_DIR does this by itself; this call is for tools, and for processes that
 * are not started again. docs/recovery.md says what is recovered. */
#ifndef HAETAE_RECOVER_H
#define HAETAE_RECOVER_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* What happened to the files and to the items in them. The caller initializes it with
 * HAETAE_OPTIONS(haetae_recovery). */
typedef struct haetae_recovery {
    size_t struct_size;
    uint64_t files_recovered; /* to their end                                              */
    uint64_t files_corrupt;   /* with invalid content: renamed to ….corrupt                */
    uint64_t files_in_use;    /* of a process that lives, or recovered by another process  */
    uint64_t files_not_ours;  /* of another user or another version: left as they are      */
    uint64_t files_left;      /* not recovered to the end: by the deadline, for want of memory
                               * or descriptors, after an error of the disk, since the receiver
                               * refused them, since no exporter takes one of their signals, or
                               * since their process redacted and `config` has no rules       */
    uint64_t open_spans;      /* spans that had not ended, among those recovered           */
    uint64_t delivered_spans;
    uint64_t delivered_data_points;
    uint64_t delivered_log_records;
    uint64_t dropped_spans; /* rejected by a receiver as invalid, or too large for any
                             * request; likewise below                                     */
    uint64_t dropped_data_points;
    uint64_t dropped_log_records;
    uint64_t files_refused;  /* among files_left: the receiver refused what is in them     */
    uint64_t damaged_places; /* in the files_corrupt: what stood there cannot be read      */
    uint64_t files_redacted; /* among files_left: their process had rules of redaction, and
                              * `config` has none                                          */
} haetae_recovery;

/* Exports what dead processes left in `directory` through the exporters of `config`, and
 * waits until it is delivered, or for `timeout_ms`. What could not be delivered by then stays in
 * the directory, for the next call or the next start. The call ignores HAETAE_RECORDER_DIR.
 * What it exports is redacted by the rules of `config` (redaction.h), not by those of the dead
 * process. If that had rules and `config` has none, the file stays as it is; a rule for a key that
 * nothing has, such as "", has it exported unredacted.
 * `ret_recovery` may be NULL. Its struct_size stays as it is; fields that the caller knows
 * and the library does not become zero.
 * Ownership: the call frees the exporters of `config` when the status is HAETAE_OK or
 * HAETAE_ETIMEOUT; otherwise the configuration still owns them.
 * Threads: any; several callers, also in several processes, divide the files among them.
 * Errors: HAETAE_EINVAL (no directory, no exporter, an invalid struct_size), HAETAE_ETIMEOUT,
 * HAETAE_EVALUE (the directory cannot be used; haetae_config_error() says why), and those of
 * haetae_sdk_start(). Output untouched on failure, except for HAETAE_ETIMEOUT. */
HAETAE_API haetae_status haetae_recover(haetae_config *config, const char *directory,
                                        uint32_t timeout_ms, haetae_recovery *ret_recovery);

HAETAE_END_DECLS

#endif
