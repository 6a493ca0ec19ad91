/* SPDX-License-Identifier: Apache-2.0 */
/* Propagators: contexts in the headers of requests and messages, in the format that the parties
 * use.
 *
 * A server extracts a context from the headers of a request, runs in it, and injects the context of
 * a client span into the requests that it makes. The program or its operator chooses the formats
 * (OTEL_PROPAGATORS); a library passes NULL for the default propagator. Unless chosen, it is W3C
 * Trace Context and W3C Baggage, even if no SDK runs.
 *
 * haetae_context_inject() and haetae_context_extract() (context.h) use the default propagator too.
 * They are enough if you need only a span context; the calls below also carry values, such as
 * baggage.
 * Specification: "Propagators API". */
#ifndef HAETAE_PROPAGATION_H
#define HAETAE_PROPAGATION_H

#include "baggage.h"
#include "context.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* ---- Carriers ----------------------------------------------------------------- */

/* How to read and write the headers of a request, or of another carrier of a context. The struct
 * has no state and may be constant; `carrier` is the request. Each function that is not needed may
 * be NULL. Keys and values that the library gives end with NUL. */
typedef struct haetae_carrier_ops {
    size_t struct_size;

    /* Finds value number `index` of a header, from 0 on in the order of the request. Returns false
     * when there are no more. *ret_value is valid until the next call. For HTTP the name's case
     * does not matter. Specification: "Get", "GetAll". */
    bool (*get)(void *carrier, const char *key, size_t key_length, size_t index,
                haetae_string *ret_value);

    /* Finds the name of header number `index`, from 0 on in any order; false when there are no
     * more. *ret_key is valid until the next call. Without it, headers with variable names (baggage
     * of jaeger and ottrace) are not found. Specification: "Keys". */
    bool (*key)(void *carrier, size_t index, haetae_string *ret_key);

    /* Sets a header, in place of those of the same name. Key and value are valid during the call
     * only. Specification: "Set". */
    void (*set)(void *carrier, const char *key, size_t key_length, const char *value,
                size_t value_length);

    /* Removes all headers of a name. If a carrier has it, a proxy needs nothing else to drop its
     * client's headers before it injects. Specification: "Fields". */
    void (*remove)(void *carrier, const char *key, size_t key_length);
} haetae_carrier_ops;

/* ---- Propagators ---------------------------------------------------------------- */

/* One format, or several. It never changes, and any number of threads may use it. NULL is the
 * default propagator. */
typedef struct haetae_propagator haetae_propagator;

/* Finds a propagator by the name that OTEL_PROPAGATORS has for it, whatever its case; NULL: there
 * is none. It needs no reference. The library has
 *
 *     tracecontext  W3C Trace Context: traceparent, tracestate
 *     baggage       W3C Baggage: baggage
 *     b3, b3multi   B3, in one header or in several; both read both
 *     jaeger        uber-trace-id, with baggage in uberctx-<name> and jaeger-baggage
 *     xray          AWS X-Ray: X-Amzn-Trace-Id
 *     ottrace       OpenTracing's basic tracers: ot-tracer-traceid and others, baggage in
 *                   ot-baggage-<name>; of a trace id it carries the last 8 bytes
 *     none          nothing
 *
 * and those of haetae_propagator_register(). Threads: any. */
HAETAE_API const haetae_propagator *haetae_propagator_find(const char *name);

/* Makes one propagator of several, which are called in their order. When two find a span context,
 * the later one wins; baggage that formats of the library find is merged.
 * Ownership: the caller frees the result with haetae_propagator_unref(); it takes its own
 * references. Output untouched on failure. Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM.
 * Specification: "Composite Propagator". */
HAETAE_API haetae_status haetae_propagator_composite(const haetae_propagator *const *propagators,
                                                     size_t count,
                                                     haetae_propagator **ret_propagator);

/* Adds a reference, and returns `propagator`. */
HAETAE_API haetae_propagator *haetae_propagator_ref(const haetae_propagator *propagator);

/* Releases a reference. NULL: does nothing. */
HAETAE_API void haetae_propagator_unref(haetae_propagator *propagator);

/* The names of the headers that injecting may set, by number; NULL: there are no more. Formats may
 * also set headers with variable names. Specification: "Fields". */
HAETAE_API const char *haetae_propagator_field(const haetae_propagator *propagator, size_t index);

/* Sets the headers that carry a context: the one of `span`, unless that is HAETAE_SPAN_NONE; else
 * the one of `context`, unless that is NULL; else the thread's current one. Values, such as
 * baggage, come from `context`, or else from the current context.
 * If `ops` has `remove`, the call first removes the same headers as haetae_propagator_remove(). It
 * removes headers of baggage only if `context` is given or the current context has baggage, so a
 * proxy that extracts only span contexts passes its client's baggage on. It sets no span context
 * for a stale handle, which is counted (HAETAE_MISUSE_ENDED_SPAN). It allocates nothing, and signal
 * handlers may call it, if the carrier's functions allow that.
 * Threads: any. Specification: "Inject". */
HAETAE_API void haetae_propagator_inject(const haetae_propagator *propagator, haetae_span span,
                                         const haetae_context *context,
                                         const haetae_carrier_ops *ops, void *carrier);

/* Makes a context of `context` (NULL: the current one) and of what the headers have: a remote span
 * context and values. If something is absent or malformed, that of `context` stays. A header that
 * may occur once and occurs several times is malformed.
 * Ownership: the caller frees the result by haetae_context_unref(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Specification: "Extract". */
HAETAE_API haetae_status haetae_propagator_extract(const haetae_propagator *propagator,
                                                   const haetae_context *context,
                                                   const haetae_carrier_ops *ops, void *carrier,
                                                   haetae_context **ret_context);

/* Removes all headers that the propagator reads or sets, including those with variable names if
 * `ops` has `key`. For carriers that are used again, and before a request goes to a party that must
 * not see them. Does nothing without `remove`. Threads: any. */
HAETAE_API void haetae_propagator_remove(const haetae_propagator *propagator,
                                         const haetae_carrier_ops *ops, void *carrier);

/* ---- The default ------------------------------------------------------------------ */

/* The propagator that NULL stands for. It is never NULL and needs no reference.
 * Threads: any. Specification: "Get Global Propagator". */
HAETAE_API const haetae_propagator *haetae_default_propagator(void);

/* Sets the default for the process; the library keeps a reference for good. NULL: the original one.
 * From then on no start of an SDK changes it. Without this call, an SDK that is started with
 * OTEL_PROPAGATORS sets it, even with OTEL_SDK_DISABLED.
 * Threads: any; concurrent calls use one or the other. Specification: "Set Global Propagator". */
HAETAE_API void haetae_set_default_propagator(const haetae_propagator *propagator);

/* ---- Propagators of a program --------------------------------------------------- */

/* A program's own format. */
typedef struct haetae_propagator_ops {
    size_t struct_size;
    const char *name;          /* for OTEL_PROPAGATORS; letters, digits, _ - . and / */
    const char *const *fields; /* headers that inject may set; NULL ends them; may be NULL */

    /* Sets headers for `context` by ops->set(), with keys and values that end with NUL. `context`
     * is valid during the call. NULL: sets nothing. */
    void (*inject)(void *user, const haetae_context *context, const haetae_carrier_ops *ops,
                   void *carrier);

    /* Reads headers with `ops`, and makes a context from `context`. If there is nothing, it returns
     * HAETAE_EFORMAT and leaves *ret_context alone. NULL: reads nothing. */
    haetae_status (*extract)(void *user, const haetae_context *context,
                             const haetae_carrier_ops *ops, void *carrier,
                             haetae_context **ret_context);

    /* The propagator is freed. May be NULL. */
    void (*free)(void *user);
} haetae_propagator_ops;

/* Makes a propagator of callbacks, which any thread may call at any time. `ops` is copied; the
 * texts that it points to must stay as long as the propagator.
 * Ownership: the caller frees it by haetae_propagator_unref(). On failure `user` stays the
 * caller's. Output untouched on failure.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Threads: any. */
HAETAE_API haetae_status haetae_propagator_new(const haetae_propagator_ops *ops, void *user,
                                               haetae_propagator **ret_propagator);

/* Makes a propagator of haetae_propagator_new() known by its name, for OTEL_PROPAGATORS and
 * haetae_propagator_find(), before an SDK is started. The library keeps a reference for good.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ECONFLICT (there is one of this name), HAETAE_ELIMIT
 * (more than 16), HAETAE_ETIMEOUT (in a child that was forked in the middle of such a call). */
HAETAE_API haetae_status haetae_propagator_register(haetae_propagator *propagator);

/* ---- Environment variables -------------------------------------------------------- */

/* A program that starts another one passes it a context in its environment, as TRACEPARENT and
 * others; the other program extracts it at its start. Anybody who may inspect a process may see
 * them, so put no secrets there. Specification: "Environment Variables as Context Propagation
 * Carriers". */

/* An environment for another program: a copy, since a program leaves its own as it is. */
typedef struct haetae_environment haetae_environment;

/* Copies variables, NAME=value with a NULL at the end. NULL: those of this process.
 * Ownership: the caller frees it by haetae_environment_free(). Output untouched on failure.
 * Threads: any, while nobody changes the variables. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_environment_new(char *const *variables,
                                                haetae_environment **ret_environment);

/* The variables for execve() or posix_spawn(), with a NULL at the end. Valid until the environment
 * is changed or freed. NULL: NULL. */
HAETAE_API char *const *haetae_environment_variables(const haetae_environment *environment);

/* NULL: does nothing. */
HAETAE_API void haetae_environment_free(haetae_environment *environment);

/* Functions whose carrier is a haetae_environment, or NULL: this process's own environment, which
 * is only read, and not in a program with more rights than the user who started it (setuid). Names
 * are normalized as the specification says: x-b3-traceid is X_B3_TRACEID. If memory is short, a
 * variable is not set. Call them with NULL while no other thread changes the environment,
 * preferably at the start of the program:
 *     haetae_propagator_extract(NULL, NULL, haetae_environment_carrier(), NULL, &context); */
HAETAE_API const haetae_carrier_ops *haetae_environment_carrier(void);

HAETAE_END_DECLS

#endif
