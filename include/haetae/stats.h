/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: what became of everything recorded. */
#ifndef HAETAE_STATS_H
#define HAETAE_STATS_H

#include "signal.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Why something was dropped. Numbers are part of the ABI. */
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
    X(INVALID, 9, "invalid")         /* invalid arguments                     */

typedef enum haetae_drop_reason {
#define HAETAE_DROP_ENUM(name, code, text) HAETAE_DROP_##name = (code),
    HAETAE_DROP_MAP(HAETAE_DROP_ENUM)
#undef HAETAE_DROP_ENUM
} haetae_drop_reason;
#define HAETAE_DROP_COUNT 10

/* The text of a drop reason, such as "ring_full"; "?" for another number. */
HAETAE_API const char *haetae_drop_reason_name(haetae_drop_reason reason);

/* Calls that did nothing because they were not right. */
#define HAETAE_MISUSE_MAP(X)                                                                       \
    X(ENDED_SPAN, 0, "ended_span")     /* a call with a spent or foreign span handle   */          \
    X(MEASUREMENT, 1, "measurement")   /* wrong type, NaN, negative, after shutdown    */          \
    X(CONTEXT, 2, "context")           /* detach without its attach, in this process   */          \
    X(ARGUMENT, 3, "argument")         /* invalid length or count, bad option struct    */         \
    X(CONTENDED, 4, "contended")       /* a change of a span that other threads never let go of */ \
    X(NEWER_CALLER, 5, "newer_caller") /* an option struct with fields not known here: the     */  \
                                       /* call does the rest                                   */

typedef enum haetae_misuse {
#define HAETAE_MISUSE_ENUM(name, code, text) HAETAE_MISUSE_##name = (code),
    HAETAE_MISUSE_MAP(HAETAE_MISUSE_ENUM)
#undef HAETAE_MISUSE_ENUM
} haetae_misuse;
#define HAETAE_MISUSE_COUNT 6

/* A picture of the counters at one moment. For each signal, always:
 *     recorded = delivered + dropped (all reasons) + held
 * where an item that several exporters take counts once: as held until the last
 * of them has answered, then as dropped if any of them dropped it. */
typedef struct haetae_stats haetae_stats;

/* Takes the picture. Ownership: the caller's, for haetae_stats_free().
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Threads: any. NULL `sdk`: all zero. */
HAETAE_API haetae_status haetae_stats_take(haetae_sdk *sdk, haetae_stats **ret_stats);
HAETAE_API void haetae_stats_free(haetae_stats *stats);

/* Ended spans, log records, or metric data points, since the start. */
HAETAE_API uint64_t haetae_stats_recorded(const haetae_stats *stats, haetae_signal signal);
/* Of those recorded, the ones that dead processes had left in HAETAE_RECORDER_DIR: they count
 * when the receivers have answered. */
HAETAE_API uint64_t haetae_stats_recovered(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_delivered(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_held(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_dropped(const haetae_stats *stats, haetae_signal signal,
                                         haetae_drop_reason reason);
/* The sum over all reasons. */
HAETAE_API uint64_t haetae_stats_dropped_total(const haetae_stats *stats, haetae_signal signal);
/* Spans started and not ended yet. */
HAETAE_API uint64_t haetae_stats_open_spans(const haetae_stats *stats);
/* Calls that did nothing, by cause. */
HAETAE_API uint64_t haetae_stats_misuse(const haetae_stats *stats, haetae_misuse cause);
/* Exports tried again, and bytes of request bodies handed to exporters. */
HAETAE_API uint64_t haetae_stats_retries(const haetae_stats *stats, haetae_signal signal);
HAETAE_API uint64_t haetae_stats_sent_bytes(const haetae_stats *stats, haetae_signal signal);
/* Calls of send() of exporters that block, in this process, that go on though their deliveries
 * were given up: threads that are left behind if they never end. */
HAETAE_API uint64_t haetae_stats_hanging_sends(const haetae_stats *stats);

HAETAE_END_DECLS

#endif
