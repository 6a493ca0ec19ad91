/* SPDX-License-Identifier: Apache-2.0 */
/* Span context, the current context of a thread, and W3C Trace Context.
 *
 * Calls never block or allocate. Signal handlers may make all but those that return a
 * haetae_status: see trace.h.
 * Specification: "Context", "SpanContext", "Propagators API"; W3C Trace Context. */
#ifndef HAETAE_CONTEXT_H
#define HAETAE_CONTEXT_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* True when both ids are non-zero. NULL is invalid. Threads: any. */
HAETAE_API bool haetae_span_context_is_valid(const haetae_span_context *context);

/* Copies the span's context to *ret_context and returns true. For HAETAE_SPAN_NONE or a
 * span that has ended, sets *ret_context to zero and returns false. Threads: any. */
HAETAE_API bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context);

/* Keeps the context that an attach replaced. The caller owns the memory and leaves it as
 * it is from attach to detach. Its size never changes. */
typedef struct haetae_context_token {
    uint64_t opaque[8];
} haetae_context_token;

/* Makes `span` the calling thread's current span until detach: the parent of the spans
 * that the thread starts, and the span of the log records that it emits. A span may be current
 * on several threads. HAETAE_SPAN_NONE changes nothing: the current span stays.
 * Ownership: `token` is the caller's. The caller passes it to haetae_context_detach() on the
 * same thread, in reverse order of attaching. NULL `token`: does nothing.
 * Threads: any. */
HAETAE_API void haetae_context_attach(haetae_span span, haetae_context_token *token);

/* The same with a span context instead of a span, for work that continues the trace of
 * another process without a span of its own. An invalid or NULL context makes the thread's
 * current context empty: the next span is a root span. */
HAETAE_API void haetae_context_attach_remote(const haetae_span_context *context,
                                             haetae_context_token *token);

/* Restores the context that the thread had before the matching attach. The call ignores a
 * token that was never attached, is detached a second time or on another thread, and counts
 * HAETAE_MISUSE_CONTEXT. */
HAETAE_API void haetae_context_detach(haetae_context_token *token);

/* The calling thread's current span. HAETAE_SPAN_NONE when there is none, and when the
 * current context is a span context without a span. */
HAETAE_API haetae_span haetae_current_span(void);

/* Copies the calling thread's current span context to *ret_context, or sets it to zero
 * when there is none. Returns whether it is valid. */
HAETAE_API bool haetae_current_span_context(haetae_span_context *ret_context);

/* ---- W3C Trace Context --------------------------------------------------- */

/* The length of a traceparent value of version 00, without a final NUL. */
#define HAETAE_TRACEPARENT_LENGTH 55

/* The longest tracestate that is kept, in bytes (W3C Trace Context 3.3.1.5). A longer one
 * is dropped as a whole; the trace continues without it. */
#define HAETAE_TRACE_STATE_MAX 512

/* Parses a traceparent value, e.g. "00-<32 hex>-<16 hex>-01". It parses a version above 00
 * by the rules for future versions. It rejects uppercase letters, version ff, ids that are
 * all zero, and wrong lengths. *ret_context gets is_remote = 1.
 * Output untouched on failure. Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT. Threads: any. */
HAETAE_API haetae_status haetae_traceparent_parse(const char *text, size_t length,
                                                  haetae_span_context *ret_context);

/* Writes `context` as a traceparent of version 00, with a final NUL, to `buffer` of
 * `capacity` bytes. Returns HAETAE_TRACEPARENT_LENGTH. When the context is invalid or
 * `capacity` is below 56, writes an empty string and returns 0. Threads: any. */
HAETAE_API size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer,
                                            size_t capacity);

/* Sets a header of an outgoing request. `key` and `value` end with NUL and are valid during
 * the call only. */
typedef void (*haetae_carrier_set)(void *carrier, const char *key, const char *value);

/* Finds a header of an incoming request by name, ignoring case. Returns its
 * value, NUL-terminated and valid until the next call, or NULL. */
typedef const char *(*haetae_carrier_get)(void *carrier, const char *key);

/* Calls `set` for each header that carries the context of `span`: "traceparent", and
 * "tracestate" when the span has one. HAETAE_SPAN_NONE stands for the thread's current
 * context. With a stale handle, or without a valid context, it sets nothing.
 * Threads: any. */
HAETAE_API void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier);

/* Reads the remote parent from the headers of an incoming request, for
 * haetae_span_options. *ret_trace_state points to the carrier's text, or is empty;
 * `ret_trace_state` may be NULL.
 * Outputs untouched on failure; the span then starts without a parent.
 * Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT (no traceparent, or a malformed one).
 * Threads: any. */
HAETAE_API haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                                haetae_span_context *ret_context,
                                                haetae_string *ret_trace_state);

HAETAE_END_DECLS

#endif
