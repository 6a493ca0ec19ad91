/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery without an SDK: exports what dead processes left in a recorder directory. An SDK
 * with HAETAE_RECORDER_DIR does this by itself; this call is for tools, and for processes that
 * are not started again. docs/recovery.md says what is recovered. */
#ifndef HAETAE_RECOVER_H
#define HAETAE_RECOVER_H

#include "signal.h"
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

/* Exports what dead processes left in `directory` through the exporters of `config`, and waits
 * until it is delivered, or for `timeout_ms`. What could not be delivered in that time stays in the
 * directory, for the next call or the next start. The call ignores HAETAE_RECORDER_DIR.
 * What it exports is redacted by the rules of `config` (redaction.h), not by those of the dead
 * process. If that had rules and `config` has none, the file stays as it is. A rule that matches no
 * key, such as "", makes the call export it unredacted. `ret_recovery` may be NULL. Its struct_size
 * stays as it is; fields that the caller knows and the library does not become zero.
 * Ownership: the call frees the exporters of `config` when the status is HAETAE_OK or
 * HAETAE_ETIMEOUT; otherwise the configuration still owns them.
 * Threads: any; several callers, also in several processes, divide the files among them.
 * Errors: HAETAE_EINVAL (no directory, no exporter, an invalid struct_size), HAETAE_ETIMEOUT,
 * HAETAE_EVALUE (the directory cannot be used; haetae_config_error() says why), and those of
 * haetae_sdk_start(). Output untouched on failure, except for HAETAE_ETIMEOUT. */
HAETAE_API haetae_status haetae_recover(haetae_config *config, const char *directory,
                                        uint32_t timeout_ms, haetae_recovery *ret_recovery);

/* Exports what the processes of a HAETAE_SPOOL_DIR have left in it, as haetae_recover() does with
 * recorder files: each request as it was written, redacted by the rules of the process that
 * recorded it and of no other, to the exporters of `config` that take its signal. Each request is
 * noted in its file when it is done, so nothing that a receiver took is sent again. What no
 * receiver takes stays, whatever its age. Segments of living processes are left alone. The files in
 * *ret_recovery are segments. Damaged ones count in files_corrupt, and are removed when their
 * intact part was sent. open_spans, damaged_places and files_redacted are 0.
 * Ownership, threads and errors are as for haetae_recover(). docs/spool.md describes the directory.
 */
HAETAE_API haetae_status haetae_recover_spool(haetae_config *config, const char *directory,
                                              uint32_t timeout_ms, haetae_recovery *ret_recovery);

/* ---- What a spool has ---- The list of the spools in a HAETAE_SPOOL_DIR, for each exporter and
 * signal, at the time of the call. Making it changes nothing and disturbs no process. */

/* What there is of a spool: name, code, text. Codes never change; later versions may add some. */
#define HAETAE_SPOOLED_MAP(X)                                                                      \
    X(SEGMENTS, 0, "segments")                 /* files                                   */       \
    X(REQUESTS, 1, "requests")                 /* in them, that are not done yet          */       \
    X(ITEMS, 2, "items")                       /* in these: spans, points or log records  */       \
    X(BYTES, 3, "bytes")                       /* of the files                            */       \
    X(OLDEST_MS, 4, "oldest_ms")               /* the oldest request, in ms since 1970; or 0 */    \
    X(NEWEST_MS, 5, "newest_ms")               /* the newest one                          */       \
    X(IN_USE_SEGMENTS, 6, "in_use_segments")   /* of processes that live                  */       \
    X(DAMAGED_SEGMENTS, 7, "damaged_segments") /* which have something that is no request */       \
    X(OTHER_SEGMENTS, 8, "other_segments")     /* of another version or another user      */       \
    X(UNREADABLE_SEGMENTS, 9, "unreadable_segments") /* or a directory that is            */

typedef enum haetae_spool_stat {
#define HAETAE_SPOOLED_ENUM(name, code, text) HAETAE_SPOOLED_##name = (code),
    HAETAE_SPOOLED_MAP(HAETAE_SPOOLED_ENUM)
#undef HAETAE_SPOOLED_ENUM
} haetae_spool_stat;
/* As of this header. A later library may have more: see docs/abi.md. */
#define HAETAE_SPOOLED_COUNT 10

/* The text of such a number, such as "segments"; "?" for one that this library does not know. The
 * string is static. Threads: any. */
HAETAE_API const char *haetae_spool_stat_name(haetae_spool_stat stat);

typedef struct haetae_spool_list haetae_spool_list;

/* Lists the spools in a directory. `config` may be NULL; its haetae_config_error() says why a
 * directory cannot be used.
 * Ownership: the caller frees the list with haetae_spool_list_free(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_EVALUE (no such directory, or not the
 * user's), HAETAE_EIO. */
HAETAE_API haetae_status haetae_spool_list_new(haetae_config *config, const char *directory,
                                               haetae_spool_list **ret_list);

/* Frees a list. NULL: does nothing. */
HAETAE_API void haetae_spool_list_free(haetae_spool_list *list);

/* The number of spools, which are numbered from 0 in the order of their directories' names. For
 * each: the name of its exporter, or name and label, valid as long as the list; its signal; and a
 * value. For an unknown number they return "", HAETAE_SIGNAL_TRACES and 0. 0 for NULL. */
HAETAE_API size_t haetae_spool_list_count(const haetae_spool_list *list);
HAETAE_API const char *haetae_spool_list_exporter(const haetae_spool_list *list, size_t index);
HAETAE_API haetae_signal haetae_spool_list_signal(const haetae_spool_list *list, size_t index);
HAETAE_API uint64_t haetae_spool_list_value(const haetae_spool_list *list, size_t index,
                                            haetae_spool_stat stat);

HAETAE_END_DECLS

#endif
