/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK: start, flush, shut down, and what became of everything recorded. */
#ifndef HAETAE_SDK_H
#define HAETAE_SDK_H

#include "config.h"
#include "exporter.h"
#include "trace.h"

HAETAE_BEGIN_DECLS

/* Starts recording and exporting: maps the recorder's memory, describes the
 * resource, starts the worker thread last.
 * `config` is read and stays the caller's, who may free it right away; the
 * exporters added to it become the SDK's on success, and stay the
 * configuration's on failure. NULL: the defaults, with no exporter.
 * With OTEL_SDK_DISABLED=true *ret_sdk is set to NULL, which every call takes
 * as "record nothing", and the status is HAETAE_OK.
 * Several SDKs may run in one process (at most 8). Each has descriptors of its own: a program
 * that closes all it finds does so before the start.
 * A child made by fork() goes on with the same handles, as a process and instance of
 * its own, and with HAETAE_RECORDER_DIR in a file of its own: docs/fork.md.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_EVALUE (values that contradict each
 * other, an exporter name that was not added, a HAETAE_RECORDER_DIR that can't serve;
 * haetae_config_error() tells),
 * HAETAE_ENOMEM, HAETAE_EIO, HAETAE_ETHREAD, HAETAE_ELIMIT. Output untouched on failure. */
HAETAE_API haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk);

/* Exports all that was recorded before the call, metrics included, and waits
 * until every exporter has an answer or `timeout_ms` has passed.
 * Threads: any but the worker's. Errors: HAETAE_ETIMEOUT (what is left goes on being
 * tried), HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK. Specification: "ForceFlush". */
HAETAE_API haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms);

/* Stops recording, exports what is left, stops the worker. Returns by
 * `timeout_ms` whatever the receivers do, or 200 ms later when an exporter or a callback
 * blocks the worker; what could not be delivered by then is dropped and counted
 * (HAETAE_DROP_SHUTDOWN), or, with HAETAE_RECORDER_DIR, stays in its file for the next start and
 * goes on counting as held. Handles stay valid: recording with them does nothing and is counted.
 * Threads: any; the second of two calls waits for the first and returns
 * HAETAE_ESHUTDOWN. Errors: HAETAE_ETIMEOUT, HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK.
 * Specification: "Shutdown". */
HAETAE_API haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms);

/* Frees the SDK with its tracers, meters, loggers and instruments; shuts it down
 * with a timeout of 0 first if that was not done. No other thread may be using a
 * handle of this SDK, but span handles that are left become harmless. When an
 * exporter blocks the worker for ever, what the worker uses is not freed.
 * An SDK with exporters or callbacks in a module, or started by it, has to be freed
 * before dlclose() unloads the module. At the end of a process nothing has to be freed.
 * NULL: does nothing. */
HAETAE_API void haetae_sdk_free(haetae_sdk *sdk);

/* Drives an SDK that was configured with HAETAE_WORKER=manual: does what is due and
 * waits up to `timeout_ms` for more to do. One thread at a time.
 * Errors: HAETAE_EINVAL (the SDK has a worker), HAETAE_ESHUTDOWN. NULL `sdk`: HAETAE_OK. */
HAETAE_API haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms);

/* ---- Statistics ------------------------------------------------------------- */

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
    X(ENDED_SPAN, 0, "ended_span")   /* a call with a spent or foreign span handle   */            \
    X(MEASUREMENT, 1, "measurement") /* wrong type, NaN, negative, after shutdown    */            \
    X(CONTEXT, 2, "context")         /* detach without its attach, in this process   */            \
    X(ARGUMENT, 3, "argument")       /* invalid length or count, bad option struct    */           \
    X(CONTENDED, 4, "contended")     /* a change of a span that other threads never let go of */

typedef enum haetae_misuse {
#define HAETAE_MISUSE_ENUM(name, code, text) HAETAE_MISUSE_##name = (code),
    HAETAE_MISUSE_MAP(HAETAE_MISUSE_ENUM)
#undef HAETAE_MISUSE_ENUM
} haetae_misuse;
#define HAETAE_MISUSE_COUNT 5

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

HAETAE_END_DECLS

#endif
