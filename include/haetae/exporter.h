/* SPDX-License-Identifier: Apache-2.0 */
/* The interface for exporters: what to implement to send telemetry anywhere.
 *
 * The SDK gives an exporter one delivery at a time, or up to max_in_flight: an encoded OTLP
 * request. The exporter reports how it ended, at once or later, with haetae_delivery_complete().
 * The SDK does the rest, for all exporters alike: retries, backoff, splitting, the memory budget.
 *
 * Only the SDK's worker thread calls an exporter's functions, or the thread that drives an SDK with
 * HAETAE_WORKER=manual; so an exporter needs no locks. The functions must not block: a slow
 * exporter would delay the others. An exporter that has to block sets `blocks`, and gets its own
 * thread.
 * examples/exporter.c is a complete exporter. Specification: "Exporter", OTLP. */
#ifndef HAETAE_EXPORTER_H
#define HAETAE_EXPORTER_H

#include "config.h"
#include "signal.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* One encoded request on its way through one exporter. The SDK owns it; the exporter may
 * use it from send() until it completes it or cancel() returns.
 * The functions below take NULL, and then return 0, NULL or HAETAE_SIGNAL_TRACES. */
typedef struct haetae_delivery haetae_delivery;

/* The signal of the items in the request. */
HAETAE_API haetae_signal haetae_delivery_signal(const haetae_delivery *delivery);

/* The body: a serialized ExportTraceServiceRequest, ExportMetricsServiceRequest or
 * ExportLogsServiceRequest, and its size in bytes. Nobody changes it. */
HAETAE_API const uint8_t *haetae_delivery_data(const haetae_delivery *delivery);
HAETAE_API size_t haetae_delivery_size(const haetae_delivery *delivery);

/* The number of spans, log records or data points in the request. */
HAETAE_API uint64_t haetae_delivery_item_count(const haetae_delivery *delivery);

/* How many times this delivery was tried before: 0 at first. */
HAETAE_API unsigned haetae_delivery_attempt(const haetae_delivery *delivery);

/* A pointer that belongs to the exporter, e.g. to its transfer; NULL at first. */
HAETAE_API void haetae_delivery_set_user(haetae_delivery *delivery, void *user);
HAETAE_API void *haetae_delivery_user(const haetae_delivery *delivery);

/* What the receiver made of a delivery. */
typedef enum haetae_verdict {
    HAETAE_VERDICT_OK = 0,        /* it accepted all but rejected_count items          */
    HAETAE_VERDICT_RETRY = 1,     /* no answer, or a later try may succeed             */
    HAETAE_VERDICT_DROP = 2,      /* it rejected the request for good                  */
    HAETAE_VERDICT_TOO_LARGE = 3, /* too large for it: the SDK splits it and tries the parts */
    HAETAE_VERDICT_INVALID = 4    /* it rejected the request for good and said that the data
                                   * is invalid. Differs from DROP only for what a dead process
                                   * left: after DROP that stays in its file, as another
                                   * receiver may take it; after INVALID it is dropped. */
} haetae_verdict;

/* How a delivery ended. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_result {
    size_t struct_size;
    int32_t verdict;         /* a haetae_verdict                                       */
    int32_t http_status;     /* of the receiver's answer; 0: none, or not by HTTP      */
    uint64_t rejected_count; /* OK: items that the receiver rejected (partial success) */
    int64_t retry_after_ms;  /* RETRY: the SDK waits at least as long, without a bound of
                              * its own, so limit what a server sends; 0 or negative: the
                              * backoff alone decides                                  */
    const char *message;     /* the reason, NUL-terminated, for diagnostics; NULL or "":
                              * none. It must hold no secret. Read during the call.    */
} haetae_result;

/* Ends a delivery. An exporter calls it exactly once for each send(), from send() or
 * step(), and not after cancel(). It must not use the delivery afterwards.
 * `result` stays the caller's. NULL, an unknown verdict or an invalid struct_size counts as
 * HAETAE_VERDICT_RETRY. */
HAETAE_API void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result);

/* The functions of an exporter. Fields after `send` may be NULL or 0. HAETAE_OPTIONS sets
 * struct_size. */
typedef struct haetae_exporter_ops {
    size_t struct_size;

    /* The name for OTEL_*_EXPORTER and diagnostics: "otlp", "console". At most 63 bytes. */
    const char *name;

    /* Begins to send. The exporter calls haetae_delivery_complete() once, now or later. */
    void (*send)(void *self, haetae_delivery *delivery);

    /* Returns a file descriptor that polls readable when step() has work, or -1. An epoll
     * descriptor stands for many. It may change between calls. */
    int (*descriptor)(void *self);

    /* Returns the milliseconds after which step() must be called though the descriptor is
     * not readable; negative: never. */
    int64_t (*wait_ms)(void *self);

    /* Does what can be done without waiting. */
    void (*step)(void *self);

    /* Ends a try at once: the deadline of a shutdown has passed, or the time for one try,
     * such as OTEL_BSP_EXPORT_TIMEOUT. The exporter forgets the delivery and must not
     * complete it. Without this function the SDK never cuts a try short. */
    void (*cancel)(void *self, haetae_delivery *delivery);

    /* Frees `self`. No delivery is in flight. */
    void (*free)(void *self);

    /* How many deliveries may be in flight at once; 0 counts as 1. Above 1, each signal
     * leaves one to each other signal of the exporter, so that a receiver that hangs delays
     * its own signal only. */
    uint32_t max_in_flight;

    /* The signals that the exporter takes: a bit set of 1 << haetae_signal; 0: all. */
    uint32_t signals;

    /* Called in a forked child, from fork(), before any other function. Deliveries in flight belong
     * to the parent: the exporter forgets them and does not complete them. It closes its copies of
     * descriptors without sending anything on them. With the next send() it opens new ones, and
     * replaces everything else that parent and child must not share.
     * `idle` is false when the parent's worker was inside one of the exporter's functions. The
     * exporter can then rely only on data that never changes; it should close no descriptor and
     * free no memory.
     * The function may call only what is async-signal-safe: see signal-safety(7).
     * Without it the SDK goes on using the exporter as it is, and completing a delivery of the
     * parent has no effect. */
    void (*after_fork)(void *self, bool idle);

    /* 1: send() may block. The SDK then calls it in the exporter's own thread, and it completes its
     * delivery before it returns. The SDK does not call `descriptor`, `wait_ms` and `step`, and
     * calls free() after send() has returned. When the time of a try is up, or the SDK shuts down,
     * it stops waiting for the delivery, and calls cancel() in another thread, while send() runs or
     * has just returned, to make it return soon. If send() never returns, its thread is left
     * behind. In a child that was forked while send() ran, `idle` of after_fork() is false;
     * likewise with force_flush() and shutdown(). That thread has all signals blocked, and a stack
     * of 1 MiB. */
    int32_t blocks;
    int32_t reserved; /* zero */

    /* The exporter's type in the SDK's own metrics (HAETAE_SDK_METRICS): "otlp_http". Its
     * otel.component.type is this followed by "_span_exporter", "_log_exporter" or
     * "_metric_exporter". At most 63 bytes; NULL: the name. Copied. */
    const char *component_type;

    /* The reader that collects metrics for the exporter, unless haetae_config_add_metric_reader()
     * names another one; reader.h has more. NULL: the default one. With `pull` the exporter gets no
     * deliveries of metrics, and collects itself. The exporter owns the reader, until its free().
     */
    haetae_metric_reader *reader;

    /* Exports, as soon as it can, what the exporter keeps of completed deliveries, for example in
     * its own buffer. The SDK calls it for haetae_sdk_force_flush() and before a shutdown, when the
     * exporter's deliveries that these wait for are complete. It must not block.
     * Returns:
     * - HAETAE_OK: it keeps nothing any more.
     * - HAETAE_ETIMEOUT: it needs more time. It is called again, after step(), until the deadline
     *   of the flush.
     * - another error: something is lost. A diagnostic says so, and the flush returns HAETAE_ELOST.
     * After any other answer than HAETAE_ETIMEOUT it is not called again for the same flush.
     * With `blocks` it may block: it runs in the exporter's own thread, once for each flush, and
     * HAETAE_ETIMEOUT counts as an error. NULL: the exporter keeps nothing.
     * Specification: "ForceFlush". */
    haetae_status (*force_flush)(void *self);

    /* Called once when the SDK shuts down. No delivery is in flight, and none follows; free()
     * comes when the SDK is freed. It must not block. Returns HAETAE_OK, or an error, which a
     * diagnostic reports.
     * With `blocks` it may block: it runs in the exporter's own thread, and the SDK ignores what it
     * returns. A thread that does not end soon is left behind when the
     * SDK is freed. NULL: there is nothing to do. Specification: "Shutdown". */
    haetae_status (*shutdown)(void *self);
} haetae_exporter_ops;

/* Makes an exporter. `ops` and its texts are copied.
 * Ownership: on HAETAE_OK the exporter owns `self`, which ops->free frees, and the caller owns
 * the exporter until haetae_config_add_exporter(). On failure the caller still owns `self`.
 * Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL (no name, no send(), a text that is too long, an invalid
 * struct_size), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self,
                                             haetae_exporter **ret_exporter);

/* Frees an exporter that the caller owns, and its `self`. NULL: does nothing. */
HAETAE_API void haetae_exporter_free(haetae_exporter *exporter);

/* The exporter's name, valid as long as the exporter; "" for NULL. */
HAETAE_API const char *haetae_exporter_name(const haetae_exporter *exporter);

/* Reports a problem that belongs to no delivery, as a warning among the diagnostics of the SDK that
 * has the exporter. The exporter's name precedes it. Without an SDK, and for NULL, it does nothing.
 * `text` must hold no secret; a second line is shown as \x0a.
 * Threads: any, until the exporter's free() has returned. */
HAETAE_API void haetae_exporter_warn(const haetae_exporter *exporter, const char *text);

/* Gives the exporter a label, such as the data centre of its receiver, which diagnostics and the
 * SDK's own metrics show beside its name: several exporters may have one name. Copied; at most 63
 * letters of ASCII, digits, _ - and ., as in name/label of OTEL_TRACES_EXPORTER; no secret; ""
 * removes it.
 * Threads: before the exporter belongs to an SDK, one at a time. Errors: HAETAE_EINVAL (NULL, too
 * long, another character). */
HAETAE_API haetae_status haetae_exporter_set_label(haetae_exporter *exporter, const char *label);

/* The label, valid until it is set again; "" for none, and for NULL. */
HAETAE_API const char *haetae_exporter_label(const haetae_exporter *exporter);

/* Gives the exporter the items of some scopes only, so that the parts of a service go to several
 * receivers. `patterns` match names of scopes and are separated by commas; * stands for any bytes
 * and ? for one. A pattern that begins with "!" leaves scopes out: "payments.*,!payments.debug".
 * Spans, data points and log records of other scopes count as if the exporter did not take them. An
 * item that no exporter gets counts as delivered, as nothing was lost. What several such exporters
 * lose of one request is added up, so a lost item never counts as delivered. The patterns apply to
 * its backups, too. The selected part of a request takes memory beside the request while it waits.
 * Copied; NULL or "": all scopes.
 * Threads: before the exporter belongs to an SDK, one at a time. Errors: HAETAE_EINVAL (no
 * exporter, a backup, more than 4095 bytes, invalid UTF-8), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_exporter_set_scopes(haetae_exporter *exporter,
                                                    const char *patterns);

/* Makes `backup` stand in for the exporter while that is away, for each signal separately. An
 * exporter is away when it has failed twice in a row, or its receiver asks for a pause. Then the
 * backup gets new requests, and those that wait. When the pause after a failure is over, the
 * exporter gets a single request; once it takes one, it gets all requests again. The backup also
 * gets what the exporter refuses for good, unless the data is invalid; what has been tried for
 * HAETAE_RETRY_ELAPSED_MS; and what a flush or the shutdown has tried without success. A backup may
 * have its own backup: the first exporter of the whole chain that is not away gets the requests. An
 * item is delivered when one of them has taken it. Receivers may get an item twice, as with every
 * retry, if an answer is lost.
 * A backup gets only signals that the exporter gets, the same scopes, and the metrics that are
 * collected for the exporter: its own `reader` is not used.
 * Ownership: on HAETAE_OK the exporter owns the backup: it goes with it to a configuration and to
 * an SDK, and haetae_exporter_free() frees both. On failure the caller still owns it.
 * Threads: before the exporter belongs to a configuration, one at a time.
 * Errors: HAETAE_EINVAL (NULL, the backup of another one, a circle, scopes of its own, one that was
 * added to a configuration, an exporter of an SDK), HAETAE_ECONFLICT (the exporter has a backup).
 * More than 16 exporters with their backups fail haetae_sdk_start() with HAETAE_ELIMIT. */
HAETAE_API haetae_status haetae_exporter_set_backup(haetae_exporter *exporter,
                                                    haetae_exporter *backup);

/* ---- Factories --------------------------------------------------------------
 *
 * A library registers a factory for each of its exporters, when it is loaded or in a function for
 * that. haetae_start() makes the configured exporters with them. */

/* HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_exporter_factory {
    size_t struct_size;

    /* The name for OTEL_*_EXPORTER: "otlp", "console". Letters, digits, _ - . and /, at most
     * 63; not "none". */
    const char *name;

    /* The protocols of the exporter, separated by |: "http/protobuf". Each as a name. Several
     * factories may share a name when their protocols differ. NULL: there is no choice. */
    const char *protocols;

    /* Its own configuration keys. haetae_config_set(), haetae_config_load_env() and the
     * other functions know them after haetae_exporter_register(). All have the struct_size
     * of the first. Exporters may share a key if its type, default, range and choices are the
     * same. */
    const haetae_config_key *keys;
    size_t key_count;

    /* Passed to create(). */
    void *user;

    /* Makes an exporter with the factory's name, for these signals: a bit set of
     * 1 << haetae_signal. It reads `config` with haetae_config_get() and the other functions, and
     * reports what is wrong with a value with haetae_config_add_error().
     * An exporter that does not take each of these signals fails haetae_start().
     * Ownership: the caller owns the exporter. It leaves the output untouched on failure. */
    haetae_status (*create)(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter);
} haetae_exporter_factory;

/* Makes a factory known to the process. The text that it and its keys point to must stay as it is
 * until the process ends. Registering the same factory again changes nothing.
 * If its name, protocols or keys are refused, a line on standard error names the factory.
 * Threads: any. Errors: HAETAE_EINVAL (a field is missing, or struct_size is invalid; a name or
 * protocol that cannot be chosen; a key that is not OTEL_ or HAETAE_ and capital letters, digits
 * and _, has an unknown type, or a default that is not canonical), HAETAE_ECONFLICT (another
 * factory has the same name and protocol, or a key exists with another type, default, range or
 * choices), HAETAE_ELIMIT (more than 16 factories or 256 keys), HAETAE_ETIMEOUT (in a child that
 * was forked while another thread registered). */
HAETAE_API haetae_status haetae_exporter_register(const haetae_exporter_factory *factory);

/* Makes an exporter for all signals with a registered factory. A NULL `protocol` stands
 * for any.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched
 * on failure.
 * Errors: HAETAE_EUNSUPPORTED (no such factory), HAETAE_EINVAL, HAETAE_EVALUE (it takes none of
 * the signals), those of its create(); haetae_config_error() says what is wrong. */
HAETAE_API haetae_status haetae_exporter_create(haetae_config *config, const char *name,
                                                const char *protocol,
                                                haetae_exporter **ret_exporter);

/* The same for some signals only, a bit set of 1 << haetae_signal: the exporter gets no others. 0:
 * all that it takes. Errors: also HAETAE_EVALUE (it does not take one of these signals). */
HAETAE_API haetae_status haetae_exporter_create_for(haetae_config *config, const char *name,
                                                    const char *protocol, uint32_t signals,
                                                    haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
