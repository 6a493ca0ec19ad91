/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: what became of everything recorded. */
#ifndef HAETAE_STATS_H
#define HAETAE_STATS_H

#include "signal.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Why an item was dropped: name, code, text. Codes never change; later versions may add
 * some. */
#define HAETAE_DROP_MAP(X)                                                                         \
    X(RING_FULL, 0, "ring_full")     /* the recorder's ring was full          */                   \
    X(NO_SLOT, 1, "no_slot")         /* no memory for another open span       */                   \
    X(TOO_LARGE, 2, "too_large")     /* larger than half a ring, or a request */                   \
    X(SHUTDOWN, 3, "shutdown")       /* recorded or still held at shutdown    */                   \
    X(QUEUE_FULL, 4, "queue_full")   /* the export queue was full             */                   \
    X(REJECTED, 5, "rejected")       /* the receiver refused it for good      */                   \
    X(RETRIES, 6, "retries")         /* every retry failed                    */                   \
    X(NO_EXPORTER, 7, "no_exporter") /* no exporter takes this signal         */                   \
    X(FORK, 8, "fork")               /* in a child forked within another call */                   \
    X(INVALID, 9, "invalid")         /* invalid arguments                     */                   \
    X(REPLACED, 10, "replaced")      /* data points: newer ones took their place */                \
    X(SPOOL, 11, "spool")            /* dropped from the spool, or damaged there */

typedef enum haetae_drop_reason {
#define HAETAE_DROP_ENUM(name, code, text) HAETAE_DROP_##name = (code),
    HAETAE_DROP_MAP(HAETAE_DROP_ENUM)
#undef HAETAE_DROP_ENUM
} haetae_drop_reason;
/* As of this header. A later library may have more: see docs/abi.md. */
#define HAETAE_DROP_COUNT 12

/* The text of a drop reason, such as "ring_full"; "?" for a number that this library does
 * not know. The string is static. Threads: any. */
HAETAE_API const char *haetae_drop_reason_name(haetae_drop_reason reason);

/* Calls that did nothing, or only a part, because they were wrong: name, code, text. Codes never
 * change; later versions may add some. */
#define HAETAE_MISUSE_MAP(X)                                                                       \
    X(ENDED_SPAN, 0, "ended_span")     /* a stale span handle, or another process's */             \
    X(MEASUREMENT, 1, "measurement")   /* wrong type, not finite, negative, late    */             \
    X(CONTEXT, 2, "context")           /* detach without its attach                 */             \
    X(ARGUMENT, 3, "argument")         /* invalid length, count or struct_size      */             \
    X(CONTENDED, 4, "contended")       /* other threads kept changing the span      */             \
    X(NEWER_CALLER, 5, "newer_caller") /* fields that this library does not know    */

typedef enum haetae_misuse {
#define HAETAE_MISUSE_ENUM(name, code, text) HAETAE_MISUSE_##name = (code),
    HAETAE_MISUSE_MAP(HAETAE_MISUSE_ENUM)
#undef HAETAE_MISUSE_ENUM
} haetae_misuse;
/* As of this header. A later library may have more: see docs/abi.md. */
#define HAETAE_MISUSE_COUNT 6

/* A snapshot of the counters. In each, for each signal:
 *     recorded = delivered + dropped (all reasons) + held
 * An item that several exporters get counts once: as held until the last of them has a
 * result, and then as dropped if one of them dropped it. */
typedef struct haetae_stats haetae_stats;

/* Takes a snapshot. NULL `sdk`: all counters are zero.
 * Ownership: the caller frees it with haetae_stats_free(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_stats_take(haetae_sdk *sdk, haetae_stats **ret_stats);

/* Frees a snapshot. NULL: does nothing. */
HAETAE_API void haetae_stats_free(haetae_stats *stats);

/* Each of the functions below returns 0 for NULL, and for a number that this library does
 * not know. */

/* The items recorded since the start: ended spans, metric data points or log records. */
HAETAE_API uint64_t haetae_stats_recorded(const haetae_stats *stats, haetae_signal signal);

/* Of those, the items that dead processes had left in HAETAE_RECORDER_DIR, and former ones in
 * HAETAE_SPOOL_DIR. They count once the receivers have answered. */
HAETAE_API uint64_t haetae_stats_recovered(const haetae_stats *stats, haetae_signal signal);

/* The items that were delivered; that the SDK still holds; of those held, the items that lie in
 * HAETAE_SPOOL_DIR, to be delivered later, if necessary by another process; and the items that were
 * dropped for one reason, or for any. */
HAETAE_API uint64_t haetae_stats_delivered(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_held(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_spooled(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_dropped(const haetae_stats *stats, haetae_signal signal,
                                         haetae_drop_reason reason);
HAETAE_API uint64_t haetae_stats_dropped_total(const haetae_stats *stats, haetae_signal signal);

/* The spans that were started and have not ended. */
HAETAE_API uint64_t haetae_stats_open_spans(const haetae_stats *stats);

/* The spans that the shutdown found open and recorded, marked by the attribute
 * haetae.recovered.open: see haetae_span_end(). They count as recorded, too. */
HAETAE_API uint64_t haetae_stats_spans_left_open(const haetae_stats *stats);

/* The calls that were misuse of a kind. Those that belong to no SDK are counted for each SDK: a
 * detach without its attach, and span handles that are invalid or belong to an SDK that was freed.
 */
HAETAE_API uint64_t haetae_stats_misuse(const haetae_stats *stats, haetae_misuse cause);

/* The requests that were tried again, and the bytes of all bodies given to exporters. */
HAETAE_API uint64_t haetae_stats_retries(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_sent_bytes(const haetae_stats *stats, haetae_signal signal);

/* The bytes of the files in HAETAE_SPOOL_DIR that this process reads and writes. They include files
 * of former processes once this one has taken them over. */
HAETAE_API uint64_t haetae_stats_spooled_bytes(const haetae_stats *stats, haetae_signal signal);

/* The calls of send() of blocking exporters in this process that have not returned although the SDK
 * no longer waits for them. Each keeps a thread, for ever if it never returns. */
HAETAE_API uint64_t haetae_stats_hanging_sends(const haetae_stats *stats);

/* ---- Destinations ---- Each exporter of the SDK and each of its backups is a destination. A
 * snapshot has them in the order in which they were added, each before its backups, in the state at
 * the end of the worker's last run. The worker never waits for the caller. */

/* What a snapshot has of a destination, for each signal: name, code, text. Codes never change;
 * later versions may add some. */
#define HAETAE_DESTINATION_MAP(X)                                                                  \
    X(WAITING, 0, "waiting")              /* requests that wait, for the spool as well  */         \
    X(WAITING_ITEMS, 1, "waiting_items")  /* in these                                   */         \
    X(HELD_BYTES, 2, "held_bytes")        /* of requests that wait or are in flight     */         \
    X(IN_FLIGHT, 3, "in_flight")          /* requests that have no answer yet           */         \
    X(DELIVERED, 4, "delivered")          /* items that its receiver took               */         \
    X(DROPPED, 5, "dropped")              /* items that were lost for it                */         \
    X(RETRIES, 6, "retries")              /* requests that were sent again              */         \
    X(FAILURES, 7, "failures")            /* in a row; 0: none, or the receiver answered */        \
    X(AWAY, 8, "away")                    /* 1: backups and the spool get the requests  */         \
    X(LAST_ERROR_MS, 9, "last_error_ms")  /* when a try failed, in ms since 1970; or 0  */         \
    X(SPOOLED_ITEMS, 10, "spooled_items") /* of this process, in the spool behind it   */          \
    X(SPOOLED_BYTES, 11, "spooled_bytes") /* that the files of this spool take         */

typedef enum haetae_destination_stat {
#define HAETAE_DESTINATION_ENUM(name, code, text) HAETAE_DESTINATION_##name = (code),
    HAETAE_DESTINATION_MAP(HAETAE_DESTINATION_ENUM)
#undef HAETAE_DESTINATION_ENUM
} haetae_destination_stat;
/* As of this header. A later library may have more: see docs/abi.md. */
#define HAETAE_DESTINATION_COUNT 12

/* The text of such a number, such as "waiting"; "?" for one that this library does not know. The
 * string is static. Threads: any. */
HAETAE_API const char *haetae_destination_stat_name(haetae_destination_stat stat);

/* How many destinations there are; they are numbered from 0. */
HAETAE_API size_t haetae_stats_destination_count(const haetae_stats *stats);

/* The name of the exporter, or its name and label as "name/label"; "" for an unknown number. The
 * string lives as long as the snapshot. */
HAETAE_API const char *haetae_stats_destination_name(const haetae_stats *stats, size_t index);

/* The number of the destination that it stands in for; its own number if it is no backup. An
 * exporter and its backups share a spool, which counts for the exporter. */
HAETAE_API size_t haetae_stats_destination_first(const haetae_stats *stats, size_t index);

/* Whether it gets a signal. If not, all its values for that signal are 0. */
HAETAE_API bool haetae_stats_destination_takes(const haetae_stats *stats, size_t index,
                                               haetae_signal signal);

/* One of its values. What one destination has delivered and another one has dropped are both
 * counted here, unlike in haetae_stats_delivered(). */
HAETAE_API uint64_t haetae_stats_destination_value(const haetae_stats *stats, size_t index,
                                                   haetae_signal signal,
                                                   haetae_destination_stat stat);

/* How haetae_stats_format() writes. */
typedef enum haetae_stats_form {
    HAETAE_STATS_LINE = 0, /* for people and logs: what is zero is left out */
    HAETAE_STATS_JSON = 1  /* an object for each signal, and the destinations */
} haetae_stats_form;

/* Writes the snapshot as text with a final NUL to `buffer` of `capacity` bytes, and returns the
 * length that the whole text has: when it is not less than `capacity` the text was cut. `buffer`
 * may be NULL when `capacity` is 0. Without a snapshot, or in a form that is not known, the text is
 * empty. Names that JSON has are those of the calls above and of the maps; later versions may add
 * some. Threads: any. */
HAETAE_API size_t haetae_stats_format(const haetae_stats *stats, haetae_stats_form form,
                                      char *buffer, size_t capacity);

HAETAE_END_DECLS

#endif
