/* SPDX-License-Identifier: Apache-2.0 */
/* Span context, the thread's current context, and W3C Trace Context.
 * Specification: "Context", "SpanContext", "Propagators API"; W3C Trace Context. */
#ifndef HAETAE_CONTEXT_H
#define HAETAE_CONTEXT_H

#include "attribute.h"
#include "status.h"

HAETAE_BEGIN_DECLS

/* A handle to a span: a number, not a pointer, so that it can be stored,
 * passed between threads and languages, and used after the span has ended:
 * such a call does nothing and is counted. HAETAE_SPAN_NONE is a valid handle
 * for every call and does nothing. In a forked child the handles of its parent
 * are spent, but the current context goes on: what is started there next is a
 * child of the parent's span. */
typedef uint64_t haetae_span;
#define HAETAE_SPAN_NONE ((haetae_span)0)

/* The bit of trace_flags that says a trace is sampled. */
#define HAETAE_TRACE_FLAG_SAMPLED 0x01u

/* What identifies a span across processes. Layout frozen for good. All zero is
 * the invalid context. */
typedef struct haetae_span_context {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t trace_flags; /* HAETAE_TRACE_FLAG_…, as in traceparent       */
    uint8_t is_remote;   /* 1 when it came from another process          */
    uint8_t reserved[6]; /* zero                                         */
} haetae_span_context;

/* True when both ids are non-zero. NULL is invalid. Threads: any. */
HAETAE_API bool haetae_span_context_is_valid(const haetae_span_context *context);

/* Room for a context that attach replaced. The caller owns the memory, from
 * attach to detach; its content is the library's. Size frozen for good. */
typedef struct haetae_context_token {
    uint64_t opaque[8];
} haetae_context_token;

/* Makes `span` the calling thread's current span: the parent of spans started
 * and the correlation of logs emitted on this thread, until detach. A span may
 * be current on several threads. With HAETAE_SPAN_NONE nothing changes, so that
 * what an instrumented function starts still finds the caller's span.
 * Ownership: `token` is the caller's and is filled; pass it to
 * haetae_context_detach() on the same thread, in reverse order of attaching.
 * NULL `token`: does nothing.
 * Threads: any. Never fails, never blocks. */
HAETAE_API void haetae_context_attach(haetae_span span, haetae_context_token *token);

/* The same with a bare span context, for work that continues a trace begun
 * elsewhere without a span of its own here. An invalid or NULL context makes
 * the thread's current context empty: what is started next is a root. */
HAETAE_API void haetae_context_attach_remote(const haetae_span_context *context,
                                             haetae_context_token *token);

/* Gives the thread back the context it had before the matching attach. A token
 * that is detached twice, on the wrong thread, or never attached is ignored
 * and counted (HAETAE_MISUSE_CONTEXT). */
HAETAE_API void haetae_context_detach(haetae_context_token *token);

/* The calling thread's current span, or HAETAE_SPAN_NONE (also when the current
 * context is a bare span context). */
HAETAE_API haetae_span haetae_current_span(void);

/* Copies the calling thread's current span context to *ret_context; all zero
 * when there is none. Returns whether it is valid. */
HAETAE_API bool haetae_current_span_context(haetae_span_context *ret_context);

/* ---- W3C Trace Context --------------------------------------------------- */

/* Length of a traceparent header value of version 00, without a final NUL. */
#define HAETAE_TRACEPARENT_LENGTH 55

/* Longest tracestate that is kept, in bytes (W3C Trace Context 3.3.1.5). A
 * longer one is dropped whole; the trace goes on without it. */
#define HAETAE_TRACE_STATE_MAX 512

/* Reads a traceparent value, e.g. "00-<32 hex>-<16 hex>-01". A version above 00
 * is read by the rules for future versions. Uppercase, ff, all-zero ids and
 * wrong lengths are refused.
 * On success *ret_context is filled, with is_remote set; on failure untouched.
 * Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT. Threads: any. */
HAETAE_API haetae_status haetae_traceparent_parse(const char *text, size_t length,
                                                  haetae_span_context *ret_context);

/* Writes `context` as a version 00 traceparent and a NUL into `buffer`, which
 * has room for `capacity` bytes. Returns HAETAE_TRACEPARENT_LENGTH, or 0 with
 * an empty string when the context is invalid or `capacity` is below 56. */
HAETAE_API size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer,
                                            size_t capacity);

/* Sets one header on an outgoing request. `key` and `value` end with NUL and
 * live only during the call. */
typedef void (*haetae_carrier_set)(void *carrier, const char *key, const char *value);

/* Finds a header of an incoming request by name, ignoring case. Returns its
 * value, NUL-terminated and valid until the next call, or NULL. */
typedef const char *(*haetae_carrier_get)(void *carrier, const char *key);

/* Calls `set` for each header that carries the context of `span` (with
 * HAETAE_SPAN_NONE: of the thread's current context): "traceparent", and
 * "tracestate" when the span has one. No valid context, or a spent handle:
 * nothing is set.
 * Threads: any. */
HAETAE_API void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier);

/* Reads the remote parent out of an incoming request. On success *ret_context
 * is filled, and *ret_trace_state (which may be NULL) points to the carrier's
 * own text, or is empty; pass both on in haetae_span_options.
 * Errors: HAETAE_EINVAL (NULL), HAETAE_EFORMAT (absent or malformed); outputs
 * untouched: starting a span without a parent is the right thing then. */
HAETAE_API haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                                haetae_span_context *ret_context,
                                                haetae_string *ret_trace_state);

HAETAE_END_DECLS

#endif
