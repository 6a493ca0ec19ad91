/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery by hand: exports what dead processes left in a recorder directory. An SDK that is
 * started with HAETAE_RECORDER_DIR does so by itself; this is for tools, and for processes that
 * don't come again. docs/recovery.md tells what is recovered. */
#ifndef HAETAE_RECOVER_H
#define HAETAE_RECOVER_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* What became of the files, and of what was in them. The caller sets struct_size. */
typedef struct haetae_recovery {
    size_t struct_size;
    uint64_t files_recovered; /* to their end                                              */
    uint64_t files_corrupt;   /* in which something was wrong: put aside as ….corrupt      */
    uint64_t files_in_use;    /* whose process lives, or which somebody else recovers      */
    uint64_t files_not_ours;  /* of another user or another version: left alone            */
    uint64_t files_left;      /* not recovered to the end by the deadline, or refused by the
                               * system: no memory, no descriptor, an error of the disk   */
    uint64_t open_spans;      /* of the spans, those that had not ended                    */
    uint64_t delivered_spans;
    uint64_t delivered_data_points;
    uint64_t delivered_log_records;
    uint64_t dropped_spans; /* refused by a receiver, or too large; likewise below         */
    uint64_t dropped_data_points;
    uint64_t dropped_log_records;
} haetae_recovery;

/* Exports what dead processes left in `directory` through the exporters of `config`, and waits
 * for it, `timeout_ms` at most. What could not be delivered by then stays there, for the
 * next call or the next start. HAETAE_RECORDER_DIR of `config` is not looked at, and its
 * exporters are used up when the status is HAETAE_OK or HAETAE_ETIMEOUT.
 * `ret_recovery` may be NULL.
 * Threads: any; several callers, in several processes too, share the files out.
 * Errors: HAETAE_EINVAL (no directory, no exporter, bad struct_size), HAETAE_ETIMEOUT,
 * HAETAE_EVALUE (the directory can't serve; haetae_config_error() tells) and those of
 * haetae_sdk_start(). Output untouched on failure but for HAETAE_ETIMEOUT. */
HAETAE_API haetae_status haetae_recover(haetae_config *config, const char *directory,
                                        uint32_t timeout_ms, haetae_recovery *ret_recovery);

HAETAE_END_DECLS

#endif
