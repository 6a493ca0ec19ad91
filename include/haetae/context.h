/* SPDX-License-Identifier: Apache-2.0 */
/* Span context, the current context of a thread, contexts as objects with values by key, W3C Trace
 * Context, and tracestate. baggage.h has baggage, propagation.h the formats of headers.
 *
 * Calls never block. Those that make an object allocate, and return a haetae_status. Signal
 * handlers may make all other calls, except haetae_context_ref(), haetae_context_unref() and
 * haetae_context_key_free(), which may free an object. See trace.h. Specification: "Context",
 * "SpanContext", "Propagators API"; W3C Trace Context. */
#ifndef HAETAE_CONTEXT_H
#define HAETAE_CONTEXT_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* True when both ids are non-zero. NULL is invalid. Threads: any. */
HAETAE_API bool haetae_span_context_is_valid(const haetae_span_context *context);

/* Copies the span's context to *ret_context and returns true. For HAETAE_SPAN_NONE or a span that
 * has ended, sets *ret_context to zero and returns false. A context that was copied before the span
 * ended may be used afterwards: as the parent of further spans, in links, in log records, for
 * haetae_context_attach_remote(). Threads: any. */
HAETAE_API bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context);

/* Keeps the context that an attach replaced. The caller owns the memory and does not change it from
 * attach to detach. Its size never changes. */
typedef struct haetae_context_token {
    uint64_t opaque[8];
} haetae_context_token;

/* Makes `span` the calling thread's current span until detach: the parent of the spans that the
 * thread starts, and the span of the log records that it emits. A span may be current on several
 * threads. It may end while it is current: its context stays current until detach, so spans that
 * start afterwards are still its children, with its tracestate. HAETAE_SPAN_NONE and a stale handle
 * change nothing: the current span stays.
 * Ownership: `token` is the caller's. The caller passes it to haetae_context_detach() on the same
 * thread, in reverse order of attaching. NULL `token`: does nothing.
 * Threads: any. */
HAETAE_API void haetae_context_attach(haetae_span span, haetae_context_token *token);

/* The same with a span context instead of a span, for work that continues the trace of
 * another process without a span of its own. The context's tracestate comes with it. An invalid
 * or NULL context makes the thread's current context empty: the next span is a root span. */
HAETAE_API void haetae_context_attach_remote(const haetae_span_context *context,
                                             haetae_context_token *token);

/* Restores the context that the thread had before the matching attach. The call ignores a token
 * that was never attached, is detached a second time or on another thread, and counts
 * HAETAE_MISUSE_CONTEXT. Out of order, the token of an outer attach also detaches what was attached
 * after it; their tokens are then ignored and counted. So the context never returns to one that an
 * outer detach has ended. */
HAETAE_API void haetae_context_detach(haetae_context_token *token);

/* The calling thread's current span. HAETAE_SPAN_NONE when there is none, and when the
 * current context is a span context without a span. */
HAETAE_API haetae_span haetae_current_span(void);

/* Copies the calling thread's current span context to *ret_context, or sets it to zero when there
 * is none. Returns whether it is valid. The copy may be used after the detach and after the end of
 * the span, too. */
HAETAE_API bool haetae_current_span_context(haetae_span_context *ret_context);

/* ---- Contexts as objects ---------------------------------------------------- */

/* A haetae_context is a span or a span context, and values by key. It never changes: a call that
 * changes something makes another one. Any number of threads may use one at once. It is
 * reference-counted, and freed when the last reference is released. A call that makes a context
 * gives the caller one reference.
 *
 * A thread needs no such object to have a current context. Use one to hand a context over to
 * another thread, queue or coroutine, to name a parent explicitly, and to carry values.
 * In the calls below a NULL haetae_context is the calling thread's current one.
 * Specification: "Context". */

/* A key of values. Two keys are different, whatever their names: only code that has the key can get
 * the value. Specification: "Create a key". */
typedef struct haetae_context_key haetae_context_key;

/* Makes a key. `name` ends with NUL and is copied; it is for people. NULL: no name.
 * Ownership: the caller frees it by haetae_context_key_free(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_context_key_new(const char *name, haetae_context_key **ret_key);

/* The name, which ends with NUL and is valid as long as the key; "" for NULL. */
HAETAE_API const char *haetae_context_key_name(const haetae_context_key *key);

/* Releases the key. Contexts that have a value for it keep it as long as they need it. NULL: does
 * nothing. */
HAETAE_API void haetae_context_key_free(haetae_context_key *key);

/* The most values of one context. */
#define HAETAE_CONTEXT_VALUES_MAX 128

/* The calling thread's current context as an object, with its values.
 * Output untouched on failure. Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM.
 * Specification: "Get current Context". */
HAETAE_API haetae_status haetae_context_current(haetae_context **ret_context);

/* The context without span and values. It is static: it needs no reference, but may have one. */
HAETAE_API const haetae_context *haetae_context_root(void);

/* Adds a reference, for haetae_context_unref(), and returns `context`. A context that is passed to
 * a callback has no references, so the call returns a copy, or NULL if memory is short. NULL: NULL.
 */
HAETAE_API haetae_context *haetae_context_ref(const haetae_context *context);

/* Releases a reference. A context that is still attached to the calling thread when its last
 * reference goes is not freed (HAETAE_MISUSE_CONTEXT). NULL: does nothing. */
HAETAE_API void haetae_context_unref(haetae_context *context);

/* Makes a context like `context` with another span. HAETAE_SPAN_NONE and a stale handle, which is
 * counted (HAETAE_MISUSE_ENDED_SPAN), leave the span that it has.
 * Output untouched on failure. Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_context_with_span(const haetae_context *context, haetae_span span,
                                                  haetae_context **ret_context);

/* The same with a span context instead of a span. An invalid or NULL `span_context`: without any.
 * Its tracestate comes with it. */
HAETAE_API haetae_status haetae_context_with_span_context(const haetae_context *context,
                                                          const haetae_span_context *span_context,
                                                          haetae_context **ret_context);

/* Makes a context like `context` with a value for a key, in place of an older one. A NULL value
 * removes the key's value.
 * Ownership: the library does not look at `value`. On success it calls `free_value` with it, unless
 * that is NULL, when the last context that has the value is freed, on the thread that releases the
 * last reference; on failure the value stays the caller's. Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL (NULL key or `ret_context`), HAETAE_ENOMEM, HAETAE_ELIMIT
 * (more than HAETAE_CONTEXT_VALUES_MAX). Specification: "Set value". */
HAETAE_API haetae_status haetae_context_with_value(const haetae_context *context,
                                                   haetae_context_key *key, void *value,
                                                   void (*free_value)(void *value),
                                                   haetae_context **ret_context);

/* The value for a key; NULL: there is none. It is valid as long as the context; one of the current
 * context as long as that stays attached. Threads: any. Specification: "Get value". */
HAETAE_API void *haetae_context_value(const haetae_context *context, const haetae_context_key *key);

/* The context's span. HAETAE_SPAN_NONE: it has none, or a span context without one. The span may
 * have ended meanwhile. */
HAETAE_API haetae_span haetae_context_span(const haetae_context *context);

/* Copies the context's span context to *ret_span_context, or sets it to zero when there is none.
 * Returns whether it is valid. */
HAETAE_API bool haetae_context_span_context(const haetae_context *context,
                                            haetae_span_context *ret_span_context);

/* Makes `context` the calling thread's current one until haetae_context_detach(), with its span and
 * its values in place of all that was current. NULL: the current context stays.
 * Ownership: the caller keeps its reference until the detach. `token` as in
 * haetae_context_attach(); NULL: does nothing. Threads: any; a context may be attached to several.
 * Specification: "Attach Context". */
HAETAE_API void haetae_context_attach_context(const haetae_context *context,
                                              haetae_context_token *token);

/* ---- Coroutines --------------------------------------------------------------- */

/* The current context of a coroutine, a fiber or a task that runs on a thread in turns with others,
 * with all that it has attached and not detached yet. The caller owns the memory and does not
 * change it. Its size never changes. */
typedef struct haetae_context_stack {
    uint64_t opaque[8];
} haetae_context_stack;

/* Prepares the stack of a coroutine that has not run yet and begins in `context`, whose reference
 * the caller keeps until the coroutine has ended. NULL `stack`: does nothing. */
HAETAE_API void haetae_context_stack_init(haetae_context_stack *stack,
                                          const haetae_context *context);

/* Saves what is current on the calling thread to *from, and continues with *to. A scheduler calls
 * it with its own stack and the coroutine's before it resumes the coroutine, and the other way
 * round when that has yielded. haetae_context_switch() fills the scheduler's own stack, which needs
 * no preparation. A coroutine may continue on another thread; its tokens are detached there. The
 * threads synchronize through whatever hands the coroutine over. If `to` was neither prepared nor
 * filled by a switch, or has been resumed since, nothing changes (HAETAE_MISUSE_CONTEXT). NULL:
 * does nothing. */
HAETAE_API void haetae_context_switch(haetae_context_stack *from, haetae_context_stack *to);

/* ---- W3C Trace Context --------------------------------------------------- */

/* The length of a traceparent value of version 00, without a final NUL. */
#define HAETAE_TRACEPARENT_LENGTH 55

/* The longest tracestate that is kept, in bytes (W3C Trace Context 3.3.1.5). A longer one loses
 * whole members: first those above 128 bytes, then from the end. */
#define HAETAE_TRACE_STATE_MAX 512

/* Parses a traceparent value, e.g. "00-<32 hex>-<16 hex>-01". It parses a version above 00
 * by the rules for future versions. It rejects uppercase letters, version ff, ids that are
 * all zero, and wrong lengths, and ignores spaces and tabs around the value. *ret_context gets
 * is_remote = 1, and of the flags those that are known (HAETAE_TRACE_FLAG_…).
 * Output untouched on failure. Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT. Threads: any. */
HAETAE_API haetae_status haetae_traceparent_parse(const char *text, size_t length,
                                                  haetae_span_context *ret_context);

/* Writes `context` as a traceparent of version 00, with a final NUL, to `buffer` of
 * `capacity` bytes. Flags that are not known are left out. Returns HAETAE_TRACEPARENT_LENGTH.
 * When the context is invalid or `capacity` is below 56, writes an empty string and returns 0.
 * Threads: any. */
HAETAE_API size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer,
                                            size_t capacity);

/* Sets a header of an outgoing request. `key` and `value` end with NUL and are valid during
 * the call only. */
typedef void (*haetae_carrier_set)(void *carrier, const char *key, const char *value);

/* Finds a header of an incoming request by name, ignoring case. Returns its
 * value, NUL-terminated and valid until the next call, or NULL. */
typedef const char *(*haetae_carrier_get)(void *carrier, const char *key);

/* The same for a header that may come more than once: returns its value number `index`, from 0
 * on in the order of the request, or NULL when there are no more. */
typedef const char *(*haetae_carrier_get_all)(void *carrier, const char *key, size_t index);

/* Calls `set` for each header that carries the context of `span` in the formats of the default
 * propagator (propagation.h): unless the program or OTEL_PROPAGATORS chose others, "traceparent",
 * "tracestate" when the span has one, and "baggage" when the current context has any.
 * HAETAE_SPAN_NONE stands for the thread's current context. With a stale handle it sets nothing.
 * Threads: any. */
HAETAE_API void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier);

/* Reads the remote parent from the headers of an incoming request, as the default propagator finds
 * it, for haetae_span_options.parent or haetae_context_attach_remote(). It reads no baggage:
 * haetae_propagator_extract() does. *ret_context brings the
 * tracestate with it. *ret_trace_state shows the tracestate as the carrier has it, in the
 * carrier's text, or is empty; `ret_trace_state` may be NULL. A malformed tracestate is left
 * out; the trace goes on without it.
 * A header may be there more than once; this call sees only the value that `get` returns:
 * haetae_context_extract_all() sees all of them.
 * Outputs untouched on failure; the span then starts without a parent.
 * Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT (no parent, or a malformed one), HAETAE_ENOMEM (from
 * a format of the program's own; others allocate nothing).
 * Threads: any. */
HAETAE_API haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                                haetae_span_context *ret_context,
                                                haetae_string *ret_trace_state);

/* The same with all values of a header: members of several tracestate headers are joined in their
 * order, and more than one traceparent is malformed.
 * Errors: as above. Threads: any. Specification: "Propagators API", "GetAll". */
HAETAE_API haetae_status haetae_context_extract_all(haetae_carrier_get_all get, void *carrier,
                                                    haetae_span_context *ret_context);

/* ---- tracestate ------------------------------------------------------------ */

/* A tracestate: a list of members "key=value" with commas between them, of different keys, the
 * member that changed last first. `text` ends with NUL. All zero is an empty one. Its layout
 * never changes; the functions below keep it valid.
 * Specification: W3C Trace Context, "tracestate Header"; "TraceState". */
typedef struct haetae_trace_state {
    uint32_t length;
    char text[HAETAE_TRACE_STATE_MAX + 4];
} haetae_trace_state;

/* The most members of a tracestate. */
#define HAETAE_TRACE_STATE_MEMBERS_MAX 32

/* Reads a tracestate, e.g. the value of a header. Spaces and tabs around members and empty
 * members are left out, and of two members with the same key the later one. What is too long is
 * cut as described at HAETAE_TRACE_STATE_MAX.
 * Output untouched on failure. Errors: HAETAE_EINVAL (NULL `ret_trace_state`), HAETAE_EFORMAT (a
 * member with a key or a value that is not allowed, or more than 32 members). Threads: any. */
HAETAE_API haetae_status haetae_trace_state_parse(const char *text, size_t length,
                                                  haetae_trace_state *ret_trace_state);

/* Finds the value of a key: *ret_value points into `trace_state`. False, and *ret_value is empty:
 * there is none. Threads: any, while nobody changes the tracestate. */
HAETAE_API bool haetae_trace_state_get(const haetae_trace_state *trace_state, const char *key,
                                       size_t key_length, haetae_string *ret_value);

/* Adds a member, or changes the value of one: in either case it becomes the first. To make room,
 * other members are left out, as described at HAETAE_TRACE_STATE_MAX.
 * A key begins with a lower-case letter or a digit, and has these and _ - * / @, up to 256; a
 * value has 1 to 256 printable ASCII characters without comma and equals sign, and does not
 * end with a space.
 * `trace_state` is unchanged on failure. Errors: HAETAE_EINVAL (NULL, or a key or value that is
 * not allowed), HAETAE_ELIMIT (the member alone is longer than HAETAE_TRACE_STATE_MAX). */
HAETAE_API haetae_status haetae_trace_state_set(haetae_trace_state *trace_state, const char *key,
                                                size_t key_length, const char *value,
                                                size_t value_length);

/* Removes a member. False: there is none with this key. */
HAETAE_API bool haetae_trace_state_delete(haetae_trace_state *trace_state, const char *key,
                                          size_t key_length);

/* Copies the tracestate of a span to *ret_trace_state. False, and it is empty: there is none, or
 * the handle is stale. HAETAE_SPAN_NONE stands for the thread's current context.
 * Threads: any. */
HAETAE_API bool haetae_span_get_trace_state(haetae_span span, haetae_trace_state *ret_trace_state);

/* The same for a context that was extracted, copied from a span, or given one by
 * haetae_span_context_set_trace_state(). The library keeps the tracestates separately from the
 * contexts, for the whole process: at least the newest 800, and some thousands of usual length. An
 * open span also keeps its own. So only a copy of a context that is used much later may have lost
 * its tracestate.
 * Threads: any. */
HAETAE_API bool haetae_span_context_get_trace_state(const haetae_span_context *context,
                                                    haetae_trace_state *ret_trace_state);

/* Gives a context another tracestate, before it becomes the parent of a span. NULL, or an empty
 * one, removes it. `trace_state` stays the caller's. The context is unchanged on failure.
 * Errors: HAETAE_EINVAL (NULL or invalid context), HAETAE_EFORMAT (not a valid tracestate),
 * HAETAE_ELIMIT (other threads stored too many at this moment). Threads: any. */
HAETAE_API haetae_status haetae_span_context_set_trace_state(haetae_span_context *context,
                                                             const haetae_trace_state *trace_state);

HAETAE_END_DECLS

#endif
