/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: tracers and spans.
 *
 * Every call here may be made from any thread, also from several on one span.
 * Calls never block, allocate or fail visibly: what cannot be recorded is
 * dropped and counted. NULL tracers and HAETAE_SPAN_NONE do nothing, so
 * instrumented code works where nothing was started.
 *
 * Signal handlers may call what records, here as in logs.h, metrics.h and context.h, also
 * when they have interrupted such a call. Where this may be the thread's first record, a
 * handler of another signal than a fault's should run on an alternate stack (SA_ONSTACK): by
 * that the library sees not to have libc allocate anything for the thread just now. What
 * returns a haetae_status, or finds a tracer, is not for handlers.
 * Specification: "Tracing API", "Tracing SDK". */
#ifndef HAETAE_TRACE_H
#define HAETAE_TRACE_H

#include "context.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_sdk haetae_sdk;
typedef struct haetae_tracer haetae_tracer;

/* Option structs begin with their own size, so that a newer library still
 * understands a caller that was compiled against an older header:
 *     haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
 * A size of 0 or below the first version's is a mistake: the options are
 * ignored and counted, or HAETAE_EINVAL where the call returns a status. */
/* clang-format off */
#if defined(__cplusplus)
#define HAETAE_OPTIONS(type) \
    ([] { type haetae_new_ = type(); haetae_new_.struct_size = sizeof(type); return haetae_new_; }())
#else
#define HAETAE_OPTIONS(type) {.struct_size = sizeof(type)}
#endif
/* clang-format on */

/* What is instrumented: a library, a module. Specification:
 * "Instrumentation scope". */
typedef struct haetae_scope_options {
    size_t struct_size;
    haetae_string name;       /* e.g. the library's name; should not be empty */
    haetae_string version;    /* of the library; may be empty                 */
    haetae_string schema_url; /* may be empty                                 */
    const haetae_attribute *attributes;
    size_t attribute_count;
} haetae_scope_options;

/* Finds or makes the tracer of a scope. The same name, version, schema URL and
 * attributes give the same tracer.
 * Ownership: the tracer is the SDK's, valid until haetae_sdk_free().
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_ELIMIT (too many scopes for the
 * memory budget), HAETAE_ESHUTDOWN. *ret_tracer is untouched on failure.
 * A NULL `sdk` gives a NULL tracer and HAETAE_OK.
 * Threads: any. It takes a lock and memory for a moment: keep the tracer rather than ask for
 * each span. An SDK has room for 1023 scopes. */
HAETAE_API haetae_status haetae_tracer_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                           haetae_tracer **ret_tracer);

/* The same with only a NUL-terminated scope name (NULL: none); NULL on any failure. */
HAETAE_API haetae_tracer *haetae_tracer_named(haetae_sdk *sdk, const char *name);

/* False when a span started now would record nothing: NULL, tracing off, or
 * shut down. Worth asking before expensive attributes are made. */
HAETAE_API bool haetae_tracer_enabled(const haetae_tracer *tracer);

typedef enum haetae_span_kind {
    HAETAE_SPAN_KIND_UNSPECIFIED = 0, /* recorded as internal */
    HAETAE_SPAN_KIND_INTERNAL = 1,
    HAETAE_SPAN_KIND_SERVER = 2,
    HAETAE_SPAN_KIND_CLIENT = 3,
    HAETAE_SPAN_KIND_PRODUCER = 4,
    HAETAE_SPAN_KIND_CONSUMER = 5
} haetae_span_kind;

typedef enum haetae_span_status {
    HAETAE_SPAN_STATUS_UNSET = 0,
    HAETAE_SPAN_STATUS_OK = 1,
    HAETAE_SPAN_STATUS_ERROR = 2
} haetae_span_status;

/* A link to another span. Layout frozen for good. */
typedef struct haetae_link {
    haetae_span_context context;
    haetae_string trace_state; /* may be empty */
    const haetae_attribute *attributes;
    size_t attribute_count;
} haetae_link;

typedef struct haetae_span_options {
    size_t struct_size;
    int32_t kind;                      /* a haetae_span_kind                                    */
    int32_t root;                      /* not 0: no parent, whatever is current                 */
    const haetae_span_context *parent; /* NULL: the thread's current context        */
    haetae_string trace_state;         /* of a remote parent; may be empty                  */
    uint64_t start_time_unix_ns;       /* 0: now                                          */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
} haetae_span_options;

/* Starts a span whose parent is the thread's current span, if any. The span is
 * not made current: see haetae_context_attach(), or HAETAE_SPAN_SCOPE below.
 * Returns a handle that must be ended; HAETAE_SPAN_NONE when `tracer` is NULL or
 * the memory for open spans is used up (counted as HAETAE_DROP_NO_SLOT).
 * A span that the sampler leaves out gets a handle that carries its context on
 * and records nothing. Of a name that does not fit the first 80 code points are
 * kept (HAETAE_MISUSE_ARGUMENT). */
HAETAE_API haetae_span haetae_span_start(haetae_tracer *tracer, const char *name,
                                         size_t name_length, haetae_span_kind kind);

/* The same with everything that can be said of a span at its start. NULL
 * `options` are the defaults. */
HAETAE_API haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name,
                                              size_t name_length,
                                              const haetae_span_options *options);

/* Sets attributes. Setting a key again replaces its value. Over the limits
 * (OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, memory) attributes are dropped and counted
 * in the span's dropped_attributes_count. */
HAETAE_API void haetae_span_set_attributes(haetae_span span, const haetae_attribute *attributes,
                                           size_t count);
HAETAE_API void haetae_span_set_attribute(haetae_span span, const char *key, size_t key_length,
                                          const haetae_value *value);
HAETAE_API void haetae_span_set_string(haetae_span span, const char *key, size_t key_length,
                                       const char *value, size_t value_length);
HAETAE_API void haetae_span_set_bool(haetae_span span, const char *key, size_t key_length,
                                     bool value);
HAETAE_API void haetae_span_set_int64(haetae_span span, const char *key, size_t key_length,
                                      int64_t value);
HAETAE_API void haetae_span_set_double(haetae_span span, const char *key, size_t key_length,
                                       double value);

/* Adds an event, at `time_unix_ns` or now when that is 0. Over the limit
 * (OTEL_SPAN_EVENT_COUNT_LIMIT, memory) it is dropped and counted in the span's
 * dropped_events_count. */
HAETAE_API void haetae_span_add_event(haetae_span span, const char *name, size_t name_length,
                                      uint64_t time_unix_ns, const haetae_attribute *attributes,
                                      size_t attribute_count);

/* Adds a link. Over the limit (OTEL_SPAN_LINK_COUNT_LIMIT, memory) it is dropped
 * and counted in the span's dropped_links_count. NULL: does nothing. */
HAETAE_API void haetae_span_add_link(haetae_span span, const haetae_link *link);

/* Sets the status. The description counts only with HAETAE_SPAN_STATUS_ERROR.
 * OK is final; UNSET is ignored. Specification: "Set Status". */
HAETAE_API void haetae_span_set_status(haetae_span span, haetae_span_status code,
                                       const char *description, size_t description_length);

/* An error or exception, for haetae_span_record_exception(). At least one of
 * `type` and `message` should be given. */
typedef struct haetae_exception {
    size_t struct_size;
    haetae_string type;                 /* exception.type, e.g. "ECONNREFUSED"  */
    haetae_string message;              /* exception.message                    */
    haetae_string stacktrace;           /* exception.stacktrace, may be empty   */
    const haetae_attribute *attributes; /* further attributes         */
    size_t attribute_count;
} haetae_exception;

/* Adds an event named "exception". It does not change the span's status.
 * Specification: "Record Exception". */
HAETAE_API void haetae_span_record_exception(haetae_span span, const haetae_exception *exception);

/* Gives the span another name. One that does not fit changes nothing
 * (HAETAE_MISUSE_ARGUMENT). */
HAETAE_API void haetae_span_update_name(haetae_span span, const char *name, size_t name_length);

/* Ends the span: it is recorded, and the handle is spent. Calls with a spent
 * handle do nothing and are counted (HAETAE_MISUSE_ENDED_SPAN). `…_at` takes the
 * end time; 0 is now. An end before the start is recorded as the start. */
HAETAE_API void haetae_span_end(haetae_span span);
HAETAE_API void haetae_span_end_at(haetae_span span, uint64_t end_time_unix_ns);

/* True while what is set on the span will be exported. */
HAETAE_API bool haetae_span_is_recording(haetae_span span);

/* Copies the span's context to *ret_context and returns true. For
 * HAETAE_SPAN_NONE or a span that has ended: all zero, false. */
HAETAE_API bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context);

/* ---- C11 conveniences ----------------------------------------------------- */
#if !defined(__cplusplus) && defined(__GNUC__) && defined(__STDC_VERSION__) &&                     \
    __STDC_VERSION__ >= 201112L

/* haetae_span_set(span, "http.response.status_code", 200): type from the value. */
#define haetae_span_set(span, key, value)                                                          \
    haetae_span_set_attributes((span), HAETAE_ATTRS(HAETAE_ATTR((key), (value))))

struct haetae_span_scope {
    haetae_span span;
    haetae_context_token token;
};

static inline void haetae_span_scope_leave(struct haetae_span_scope *scope)
{
    haetae_context_detach(&scope->token);
    haetae_span_end(scope->span);
}

static inline struct haetae_span_scope haetae_span_scope_enter(haetae_span span)
{
    struct haetae_span_scope scope;
    scope.span = span;
    haetae_context_attach(span, &scope.token);
    return scope;
}

/* Declares the variable `var`: a current span that ends with the block, on every
 * way out of it:
 *     HAETAE_SPAN_SCOPE(span, tracer, "match driver", HAETAE_SPAN_KIND_INTERNAL);
 *     haetae_span_set(span, "driver.count", n); */
#define HAETAE_SPAN_SCOPE(var, tracer, literal, kind)                                              \
    __attribute__((cleanup(haetae_span_scope_leave))) struct haetae_span_scope var##_scope =       \
        haetae_span_scope_enter(haetae_span_start((tracer), HAETAE_TEXT(literal), (kind)));        \
    haetae_span var __attribute__((unused)) = var##_scope.span

#endif

HAETAE_END_DECLS

#endif
