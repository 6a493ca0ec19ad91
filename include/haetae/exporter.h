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
 * must not block: a slow exporter would delay the others. An exporter that has to
 * block says so (`blocks`) and gets a thread of its own.
 * examples/exporter.c is a complete one. Specification: "Exporter", OTLP. */
#ifndef HAETAE_EXPORTER_H
#define HAETAE_EXPORTER_H

#include "config.h"
#include "signal.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

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

    /* Forgets a delivery at once, and must not complete it: a shutdown's deadline has passed, or
     * the time for one try, such as OTEL_BSP_EXPORT_TIMEOUT. Without this function no try is ever
     * cut short. */
    void (*cancel)(void *self, haetae_delivery *delivery);

    /* Frees `self`. No delivery is under way. */
    void (*free)(void *self);

    /* Deliveries that may be under way at once; 0 counts as 1. Above 1, each signal leaves
     * one to the others that the exporter gets, so that a receiver that hangs delays its own
     * signal only. */
    uint32_t max_in_flight;

    /* Bit set of 1 << haetae_signal; 0 is all. */
    uint32_t signals;

    /* Called in a forked child, from within fork(), before anything else there. The deliveries in
     * flight are the parent's: the exporter forgets them and does not complete them. It closes its
     * copies of descriptors without sending anything on them. It opens new ones, and replaces
     * whatever else must not be shared, when it is first asked to send. `idle` is false when the
     * parent's worker was inside one of the exporter's functions: then only what never changes can
     * be relied on, descriptors are better left open, and memory is leaked. This function may only
     * do what is async-signal-safe (signal-safety(7)). Without it the exporter is used as it is,
     * and completing a delivery of the parent's has no effect. */
    void (*after_fork)(void *self, bool idle);

    /* send() may block. It is called in a thread of the exporter's own, and completes its delivery
     * before it returns. The delivery is a copy, so that nothing else waits: when its time is up,
     * or the SDK shuts down, the pipeline gives up the original and calls cancel() in another
     * thread, while send() runs or has just returned, to make it return soon. A send() that never
     * returns costs its thread, which is left behind. `descriptor`, `wait_ms` and `step` are not
     * called. free() is called after send() has returned. In a child that was forked while send()
     * ran, `idle` of after_fork() is false. */
    int32_t blocks;   /* 1: it may; 0: it does not */
    int32_t reserved; /* zero */
} haetae_exporter_ops;

/* Makes an exporter. `ops` and its name are copied.
 * Ownership: the exporter is the caller's until haetae_config_add_exporter(). On HAETAE_OK it owns
 * `self`, which ops->free frees; on failure the caller still does.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self,
                                             haetae_exporter **ret_exporter);

/* Frees an exporter that was added to no configuration, and its `self`. NULL: does nothing. */
HAETAE_API void haetae_exporter_free(haetae_exporter *exporter);

/* The exporter's name, as long as the exporter lives; "" for NULL. */
HAETAE_API const char *haetae_exporter_name(const haetae_exporter *exporter);

/* ---- Factories --------------------------------------------------------------
 *
 * A library registers a factory for each exporter that it has, when it is loaded or in a
 * function of its own. haetae_start() makes the exporters from it that are configured. */

typedef struct haetae_exporter_factory {
    size_t struct_size;

    /* For OTEL_*_EXPORTER: "otlp", "console". */
    const char *name;

    /* What the exporter speaks, separated by |: "http/protobuf". Several factories may share
     * a name when their protocols differ. NULL: there is no choice. */
    const char *protocols;

    /* Its own configuration keys: haetae_config_set(), haetae_config_load_env() and the other
     * functions know them from haetae_exporter_register() on. Exporters may share keys of one type.
     */
    const haetae_config_key *keys;
    size_t key_count;

    /* Passed to create(). */
    void *user;

    /* Makes an exporter with the factory's name, for these signals only: a bit set of
     * 1 << haetae_signal. The values in `config` are read by haetae_config_get() and its
     * siblings; what is wrong with them is reported by haetae_config_add_error().
     * Ownership: the exporter is the caller's. Output untouched on failure. */
    haetae_status (*create)(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter);
} haetae_exporter_factory;

/* Makes a factory known to the process. It is not copied: it, its keys and all text must stay as
 * they are until the process ends. Registering it again changes nothing.
 * Threads: any.
 * Errors: HAETAE_EINVAL (also for a key without the prefix OTEL_ or HAETAE_, of an unknown type,
 * or with a default that is not canonical), HAETAE_ECONFLICT (another factory has the name and a
 * protocol of this one, or a key exists with another type), HAETAE_ELIMIT (more than 16 factories
 * or 256 keys), HAETAE_ETIMEOUT (in a child that was forked while another thread registered). */
HAETAE_API haetae_status haetae_exporter_register(const haetae_exporter_factory *factory);

/* Makes an exporter of a registered factory, for all signals; NULL as `protocol`: any.
 * Ownership: the caller's until haetae_config_add_exporter().
 * Errors: HAETAE_EUNSUPPORTED (no such factory), HAETAE_EINVAL, those of its create();
 * haetae_config_error() says what is wrong. Output untouched on failure. */
HAETAE_API haetae_status haetae_exporter_create(haetae_config *config, const char *name,
                                                const char *protocol,
                                                haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
