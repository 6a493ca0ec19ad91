/* SPDX-License-Identifier: Apache-2.0 */
/* The interface for exporters: what to implement to ship telemetry anywhere.
 *
 * The pipeline hands an exporter one delivery at a time (or up to
 * max_in_flight): an encoded OTLP request. The exporter says how it ended, at
 * once or later, by haetae_delivery_complete(). Retries, backoff, splitting and
 * the memory budget are the pipeline's business, the same for every exporter.
 *
 * All functions of an exporter are called by the SDK's worker thread only (or
 * by the thread that drives a manual SDK), so an exporter needs no locks. They
 * must not block: a slow exporter would delay the others.
 * examples/exporter.c is a complete one. Specification: "Exporter", OTLP. */
#ifndef HAETAE_EXPORTER_H
#define HAETAE_EXPORTER_H

#include "config.h"

HAETAE_BEGIN_DECLS

typedef enum haetae_signal {
    HAETAE_SIGNAL_TRACES = 0,
    HAETAE_SIGNAL_METRICS = 1,
    HAETAE_SIGNAL_LOGS = 2
} haetae_signal;
#define HAETAE_SIGNAL_COUNT 3

/* "traces", "metrics", "logs"; "?" for another number. */
HAETAE_API const char *haetae_signal_name(haetae_signal signal);

/* One encoded request on its way through one exporter. The pipeline owns it; the
 * exporter may use it from send() until it completes it or cancel() returns. */
typedef struct haetae_delivery haetae_delivery;

HAETAE_API haetae_signal haetae_delivery_signal(const haetae_delivery *delivery);

/* The body: a serialized ExportTraceServiceRequest, ExportMetricsServiceRequest
 * or ExportLogsServiceRequest. Immutable. */
HAETAE_API const uint8_t *haetae_delivery_data(const haetae_delivery *delivery);
HAETAE_API size_t haetae_delivery_size(const haetae_delivery *delivery);

/* How many spans, log records or data points it holds. */
HAETAE_API uint64_t haetae_delivery_item_count(const haetae_delivery *delivery);

/* How often this delivery was tried before: 0 at first. */
HAETAE_API unsigned haetae_delivery_attempt(const haetae_delivery *delivery);

/* A pointer of the exporter's own, NULL at first; e.g. to its transfer. */
HAETAE_API void haetae_delivery_set_user(haetae_delivery *delivery, void *user);
HAETAE_API void *haetae_delivery_user(const haetae_delivery *delivery);

typedef enum haetae_verdict {
    HAETAE_VERDICT_OK = 0,       /* accepted, but for rejected_count items           */
    HAETAE_VERDICT_RETRY = 1,    /* try again after a while                          */
    HAETAE_VERDICT_DROP = 2,     /* refused for good                                 */
    HAETAE_VERDICT_TOO_LARGE = 3 /* refused for its size: split it and try the parts */
} haetae_verdict;

/* How a delivery ended. */
typedef struct haetae_result {
    size_t struct_size;
    int32_t verdict;         /* a haetae_verdict                                       */
    int32_t reserved;        /* zero                                                   */
    uint64_t rejected_count; /* OK: items that the receiver refused (partial success)  */
    int64_t retry_after_ms;  /* RETRY: at least this long, whatever it is, so bound
                              * what a server says; 0 or negative: not said            */
    const char *message;     /* why, NUL-terminated, for diagnostics; NULL or "": none.
                              * It must hold no secret. Valid during the call.         */
} haetae_result;

/* Ends a delivery: to be called exactly once for each send(), from within
 * send() or step(), and not at all after cancel(). The delivery must not be
 * used afterwards. `result` stays the caller's; NULL counts as RETRY. */
HAETAE_API void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result);

/* What an exporter is made of. Fields after `send` may be NULL or 0. */
typedef struct haetae_exporter_ops {
    size_t struct_size;

    /* For OTEL_*_EXPORTER, statistics and diagnostics: "otlp", "console". */
    const char *name;

    /* Begins to send. Ends in one haetae_delivery_complete(), now or later. */
    void (*send)(void *self, haetae_delivery *delivery);

    /* A file descriptor that polls readable when step() has work (an epoll
     * descriptor serves for many), or -1. It may change between calls. */
    int (*descriptor)(void *self);

    /* Milliseconds until step() must be called though the descriptor is quiet;
     * negative: no need. */
    int64_t (*wait_ms)(void *self);

    /* Does what can be done without waiting. */
    void (*step)(void *self);

    /* Gives a delivery up at once: the deadline of a shutdown has passed, or the time
     * for one try, such as OTEL_BSP_EXPORT_TIMEOUT. The exporter forgets the delivery
     * and must not complete it. Without this function no try is ever cut short. */
    void (*cancel)(void *self, haetae_delivery *delivery);

    /* Frees `self`. No delivery is under way. */
    void (*free)(void *self);

    /* Deliveries that may be under way at once; 0 counts as 1. */
    uint32_t max_in_flight;

    /* Bit set of 1 << haetae_signal; 0 is all. */
    uint32_t signals;

    /* Called in a forked child, from within fork(), before anything else there. The
     * deliveries that are under way are the parent's: the exporter forgets them and does
     * not complete them. It closes its copies of descriptors without talking on them, and
     * opens new ones, and renews whatever else may not be shared, when it is first asked to
     * send. `idle` is false when the parent's worker was inside one of the exporter's
     * functions: nothing but what never changes can be relied on then, descriptors are
     * better left open, and memory is left to itself.
     * It may do only what is async-signal-safe, as signal-safety(7) has it.
     * Without it the exporter is used on as it is, and completing a delivery of the
     * parent's has no effect. */
    void (*after_fork)(void *self, bool idle);
} haetae_exporter_ops;

/* Makes an exporter. `ops` is copied, the name as well.
 * Ownership: on HAETAE_OK the exporter owns `self` (it is freed by ops->free); on
 * failure the caller still does. Give the exporter to haetae_config_add_exporter().
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self,
                                             haetae_exporter **ret_exporter);

/* Frees an exporter that was not given away, and its `self`. NULL: nothing. */
HAETAE_API void haetae_exporter_free(haetae_exporter *exporter);

/* The exporter's name, as long as the exporter lives; "" for NULL. */
HAETAE_API const char *haetae_exporter_name(const haetae_exporter *exporter);

HAETAE_END_DECLS

#endif
