/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: tracers and spans.
 *
 * Any thread may make any of these calls, also several threads on one span. Calls that record never
 * block, allocate or fail: what they cannot record they drop and count. They take a NULL tracer and
 * HAETAE_SPAN_NONE and then do nothing, so that instrumented code works where no SDK was started.
 *
 * Signal handlers may make calls that record, here and in logs.h, metrics.h and context.h, even if
 * they interrupted such a call. If it may be the first record of the thread, the handler of a
 * signal that is not a fault should run on an alternate stack (SA_ONSTACK): the library recognizes
 * the handler by that, and does not let libc allocate memory for the thread. Handlers must not call
 * functions that return a haetae_status or a tracer.
 *
 * Calls that record spans and logs need about 1 KiB of stack, and 2 KiB for a thread's first
 * record. Calls for metrics need 4 KiB, and so do calls at sites if the site cannot be prepared or
 * a value is not short. haetae_logf() needs 1 KiB more than vsnprintf(). Each level of nested
 * arrays and maps takes 192 bytes more. The first call of a function may take up to 3 KiB more in
 * the dynamic linker, unless the program is linked with `-z now`. An alternate stack of 8 KiB is
 * enough for spans and logs, in addition to what the kernel puts there. Specification: "Tracing
 * API", "Tracing SDK". */
#ifndef HAETAE_TRACE_H
#define HAETAE_TRACE_H

#include "context.h"
#include "keys.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_tracer haetae_tracer;

/* Finds or makes the tracer of a scope. The same name, version, schema URL and attributes, in
 * any order, give the same tracer. A NULL `scope` is a scope without a name. A NULL `sdk` gives a
 * NULL tracer and HAETAE_OK. The call takes a lock and allocates, so keep the tracer. Ownership:
 * the SDK owns the tracer, which is valid until haetae_sdk_free(). Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_ELIMIT (more than 1023 scopes,
 * or no memory left in the budget), HAETAE_ESHUTDOWN. */
HAETAE_API haetae_status haetae_tracer_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                           haetae_tracer **ret_tracer);

/* The same for a scope that has only a name, which ends with NUL. NULL on failure. */
HAETAE_API haetae_tracer *haetae_tracer_named(haetae_sdk *sdk, const char *name);

/* Whether a span that this thread starts now, with the current context as its parent, may be
 * exported. False: the tracer is NULL, traces are off, no exporter takes them, the SDK is shut
 * down, or the sampler is known to drop the span: always_off, and the parent-based samplers by the
 * current context. Ask before you compute expensive attributes. The answer may change at any time.
 * Specification: "Tracer", "Enabled". */
HAETAE_API bool haetae_tracer_enabled(const haetae_tracer *tracer);

/* Specification: "SpanKind". */
typedef enum haetae_span_kind {
    HAETAE_SPAN_KIND_UNSPECIFIED = 0, /* recorded as internal */
    HAETAE_SPAN_KIND_INTERNAL = 1,
    HAETAE_SPAN_KIND_SERVER = 2,
    HAETAE_SPAN_KIND_CLIENT = 3,
    HAETAE_SPAN_KIND_PRODUCER = 4,
    HAETAE_SPAN_KIND_CONSUMER = 5
} haetae_span_kind;

/* Specification: "Set Status". */
typedef enum haetae_span_status {
    HAETAE_SPAN_STATUS_UNSET = 0,
    HAETAE_SPAN_STATUS_OK = 1,
    HAETAE_SPAN_STATUS_ERROR = 2
} haetae_span_status;

/* What becomes of a span that starts. The handle of a dropped span still carries a context on, so
 * spans that follow are part of the trace. Specification: "ShouldSample". */
typedef enum haetae_sampling_decision {
    HAETAE_SAMPLING_UNDECIDED = 0,        /* the sampler decides                          */
    HAETAE_SAMPLING_DROP = 1,             /* nothing is recorded                          */
    HAETAE_SAMPLING_RECORD_ONLY = 2,      /* processors see the span, exporters do not    */
    HAETAE_SAMPLING_RECORD_AND_SAMPLE = 3 /* it is recorded and exported                  */
} haetae_sampling_decision;

/* A link to another span. Its layout never changes. */
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
    haetae_string trace_state;         /* instead of the parent's; empty: the parent's      */
    uint64_t start_time_unix_ns;       /* 0: now                                          */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
    haetae_span parent_span;          /* goes before `parent`; see below                   */
    haetae_span_context *ret_context; /* gets the span's context; NULL: not wanted         */
    /* A parent with values, such as baggage, which a sampler and processors find: the span starts
     * as if this were the current context. NULL: the thread's. */
    const haetae_context *parent_context;
    int32_t decision; /* a haetae_sampling_decision, instead of the sampler's; see below   */
    int32_t reserved; /* zero                                                              */
} haetae_span_options;

/* Starts a span. Its parent is the thread's current span, if there is one. The span does not become
 * current: see haetae_context_attach() and HAETAE_SPAN_SCOPE.
 * Returns a handle, which must be ended. HAETAE_SPAN_NONE when nothing records the span: `tracer`
 * is NULL, traces are off, the SDK is shut down, or the memory for open spans is used up, which
 * counts as HAETAE_DROP_NO_SLOT. The current span then stays the parent of later spans. If the
 * options name a parent, the result in these cases is a handle that carries the parent's context on
 * and records nothing.
 * The handle of a span that the sampler drops carries its own context on and records nothing. A
 * name that is too long is cut to its first 80 code points (HAETAE_MISUSE_ARGUMENT). */
HAETAE_API haetae_span haetae_span_start(haetae_tracer *tracer, const char *name,
                                         size_t name_length, haetae_span_kind kind);

/* The same with options; NULL: the defaults.
 * Attributes that are known at the start belong in the options rather than in a later call:
 * a sampler sees no others.
 * The parent is `parent_span`, unless it is HAETAE_SPAN_NONE or has ended, which is counted
 * (HAETAE_MISUSE_ENDED_SPAN); else `parent`, unless it is NULL; else that of `parent_context`,
 * unless it is NULL; else the current context. If the trace id or span id of `parent` is zero, the
 * span is a root. The span inherits the parent's tracestate, or has `trace_state`, if that is
 * valid.
 * With `decision` the sampler is not asked: for a program that decides itself, such as a proxy that
 * samples by location. An unknown number counts as HAETAE_SAMPLING_UNDECIDED.
 * *ret_context is zero when the result is HAETAE_SPAN_NONE. It may be used after the span has
 * ended, e.g. as the parent of further spans. */
HAETAE_API haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name,
                                              size_t name_length,
                                              const haetae_span_options *options);

/* Set attributes. Setting a key again replaces its value. A NULL `value` is HAETAE_VALUE_EMPTY:
 * the key is recorded without a value, which receivers may treat as they like. Attributes above
 * OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, or for which there is no memory, are dropped and counted in
 * the span's dropped_attributes_count. */
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

/* Adds an event at `time_unix_ns`; 0: now. An event above OTEL_SPAN_EVENT_COUNT_LIMIT, or
 * for which there is no memory, is dropped and counted in the span's dropped_events_count. */
HAETAE_API void haetae_span_add_event(haetae_span span, const char *name, size_t name_length,
                                      uint64_t time_unix_ns, const haetae_attribute *attributes,
                                      size_t attribute_count);

/* Adds a link. A link above OTEL_SPAN_LINK_COUNT_LIMIT, or for which there is no memory, is
 * dropped and counted in the span's dropped_links_count. So is one whose trace id or span id is
 * zero, if it has neither attributes nor a tracestate; with either, it is recorded with the ids
 * as they are. NULL: does nothing. Specification: "Add Link". */
HAETAE_API void haetae_span_add_link(haetae_span span, const haetae_link *link);

/* Sets the status. The description is recorded with HAETAE_SPAN_STATUS_ERROR only. After
 * OK no other status is set; UNSET is ignored. Specification: "Set Status". */
HAETAE_API void haetae_span_set_status(haetae_span span, haetae_span_status code,
                                       const char *description, size_t description_length);

/* Adds an event named "exception". A further attribute with one of the keys above replaces what
 * the struct has for it. The span's status stays as it is. `exception` stays the caller's. NULL:
 * does nothing. Specification: "Record Exception". */
HAETAE_API void haetae_span_record_exception(haetae_span span, const haetae_exception *exception);

/* Gives the span another name. A name that is too long changes nothing
 * (HAETAE_MISUSE_ARGUMENT). */
HAETAE_API void haetae_span_update_name(haetae_span span, const char *name, size_t name_length);

/* End the span: it is recorded, and its handle becomes stale. Calls with a stale handle do nothing
 * and are counted (HAETAE_MISUSE_ENDED_SPAN). The end time of haetae_span_end(), and an
 * `end_time_unix_ns` of 0, is now. An end before the start is recorded as the start.
 * haetae_sdk_shutdown() ends the spans that are open and sampled, unless HAETAE_EXPORT_OPEN_SPANS
 * is false: it exports them as they are, with the present time as their end and the attribute
 * haetae.recovered.open = true, like recovery after a kill. If another thread ends a span at that
 * moment, the span is exported once, or dropped and counted. */
HAETAE_API void haetae_span_end(haetae_span span);
HAETAE_API void haetae_span_end_at(haetae_span span, uint64_t end_time_unix_ns);

/* The same as haetae_span_end(), and returns how long the span took by its start and end times, in
 * nanoseconds, for example for a metric. Returns 0 for a span that is not recorded, for a stale
 * handle, and if another thread is changing the span at that moment. */
HAETAE_API uint64_t haetae_span_end_timed(haetae_span span);

/* Sets attributes, as haetae_span_set_attributes() does, and ends the span, now. It costs less than
 * both calls. haetae_span_end_site() costs still less, if the keys are constant. */
HAETAE_API void haetae_span_end_with(haetae_span span, const haetae_attribute *attributes,
                                     size_t count);

/* ---- Sites ---------------------------------------------------------------- */

/* What all spans of one place in a program have in common: kind, name, constant attributes, and the
 * keys of the attributes whose values are known at the end. It is checked and encoded when the
 * first span is started, and copied from then on, so the calls below cost less than others. They
 * record the same, within the same limits. A site has up to 64 keys; further ones are left out
 * (HAETAE_MISUSE_ARGUMENT).
 *
 * The prepared form lies in memory of the site's owner (`room`). Spans hold copies, so the memory
 * may be freed as soon as no call uses it: a module with static sites can be unloaded. A site
 * belongs to no SDK: it may be used with tracers of several SDKs, before a start, after a shutdown
 * and in a forked child. Any number of threads, and signal handlers, may use a site for the first
 * time at once: one prepares it, and the others work without the prepared form meanwhile. So does
 * each call with a site that cannot be prepared: a key is empty, duplicate or longer than 80 bytes;
 * the name is empty or longer than 127 bytes; a text is not UTF-8; a constant attribute is not
 * text, a number or a boolean, or has more than 110 bytes of key and value; the constants and the
 * name together have more than about 300 bytes; or there is not enough room.
 *
 * The layout is frozen. A site and what it points to must not change while calls may use it. */
typedef struct haetae_span_site {
    int32_t kind;     /* a haetae_span_kind */
    int32_t reserved; /* zero               */
    haetae_string name;
    const haetae_attribute *attributes; /* constant: they are set at the start */
    size_t attribute_count;
    const haetae_string *keys; /* of the attributes that are set at the end */
    size_t key_count;
    /* For what the library prepares: zero when the site is new, at a multiple of 8, the library's
     * from then on. NULL and 0: nothing is prepared. A site that is copied needs its own. */
    void *room;
    size_t room_bytes; /* HAETAE_SPAN_SITE_ROOM_BYTES() is enough */
} haetae_span_site;

/* The bytes of room that a site needs. `key_count` counts keys and constant attributes;
 * `text_bytes` is the length of its name, keys and constant texts together. */
#define HAETAE_SPAN_SITE_ROOM_BYTES(key_count, text_bytes)                                         \
    ((128 + (key_count) * (size_t)24 + (text_bytes)) / 8 * 8)

/* Makes a site of copies of what `site` has; its room does not matter.
 * Ownership: the caller frees it by haetae_span_site_free(), after the last call that uses it.
 * Output untouched on failure. Threads: any. Errors: HAETAE_EINVAL (NULL, or something that cannot
 * be prepared), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_span_site_new(const haetae_span_site *site,
                                              haetae_span_site **ret_site);

/* Frees a site that haetae_span_site_new() made. NULL is ignored. */
HAETAE_API void haetae_span_site_free(haetae_span_site *site);

/* Starts a span of the site, as haetae_span_start_with() does: in the current context, now. A NULL
 * site is one without a name. */
HAETAE_API haetae_span haetae_span_start_site(haetae_tracer *tracer, const haetae_span_site *site);

/* Sets values[i] for site->keys[i] and ends the span, now, as haetae_span_end_with() does. The span
 * may have been started by any call. If there are more or fewer values than keys, those without a
 * partner are left out (HAETAE_MISUSE_ARGUMENT). */
HAETAE_API void haetae_span_end_site(haetae_span span, const haetae_span_site *site,
                                     const haetae_value *values, size_t value_count);

/* Defines a static site with 1 to 16 keys at file or block scope. Name and keys are string
 * literals:
 *     HAETAE_SPAN_SITE(get_ride, HAETAE_SPAN_KIND_SERVER, "GET /rides/{id}", "driver.id", "zone");
 *     haetae_span span = haetae_span_start_site(tracer, &get_ride);
 *     haetae_span_end_site(span, &get_ride, HAETAE_VALUES(driver, zone)); */
#define HAETAE_SPAN_SITE(variable, kind, name, ...)                                                \
    static const haetae_string variable##_keys[] = {HAETAE_EACH(HAETAE_KEY_NAME, __VA_ARGS__)};    \
    HAETAE_SPAN_SITE_OF(variable, kind, name, NULL, 0, variable##_keys,                            \
                        sizeof variable##_keys / sizeof variable##_keys[0],                        \
                        sizeof(HAETAE_EACH(HAETAE_KEY_TEXT, __VA_ARGS__)))

/* The same with constant attributes and keys in existing arrays, or NULL and 0. `text_bytes` is the
 * length of the keys and the constants' texts together. */
#define HAETAE_SPAN_SITE_OF(variable, kind, name, attributes, attribute_count, keys, key_count,    \
                            text_bytes)                                                            \
    static uint64_t variable##_room[HAETAE_SPAN_SITE_ROOM_BYTES((attribute_count) + (key_count),   \
                                                                (text_bytes) + sizeof("" name)) /  \
                                    8];                                                            \
    static const haetae_span_site variable = {kind,                                                \
                                              0,                                                   \
                                              {"" name, sizeof("" name) - 1},                      \
                                              attributes,                                          \
                                              attribute_count,                                     \
                                              keys,                                                \
                                              key_count,                                           \
                                              variable##_room,                                     \
                                              sizeof variable##_room}

/* True while the library records what is set on the span: it has not ended, and the sampler
 * keeps it. */
HAETAE_API bool haetae_span_is_recording(haetae_span span);

/* ---- C11 conveniences ----------------------------------------------------- */
#if !defined(__cplusplus) && defined(__GNUC__) && defined(__STDC_VERSION__) &&                     \
    __STDC_VERSION__ >= 201112L

/* Sets one attribute, with the type of the expression:
 *     haetae_span_set(span, "http.response.status_code", 200); */
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

/* Starts a span, makes it current, and declares it as `var`. The span ends with the block,
 * however the program leaves it:
 *     HAETAE_SPAN_SCOPE(span, tracer, "match driver", HAETAE_SPAN_KIND_INTERNAL);
 *     haetae_span_set(span, "driver.count", n); */
#define HAETAE_SPAN_SCOPE(var, tracer, literal, kind)                                              \
    __attribute__((cleanup(haetae_span_scope_leave))) struct haetae_span_scope var##_scope =       \
        haetae_span_scope_enter(haetae_span_start((tracer), HAETAE_TEXT(literal), (kind)));        \
    haetae_span var __attribute__((unused)) = var##_scope.span

/* The same with a name that is known at run time, and with options, by name:
 *     HAETAE_SPAN_SCOPE_WITH(span, tracer, route, route_length, .kind = HAETAE_SPAN_KIND_SERVER,
 *                            .parent = &remote); */
#define HAETAE_SPAN_SCOPE_WITH(var, tracer, name, name_length, ...)                                \
    __attribute__((cleanup(haetae_span_scope_leave))) struct haetae_span_scope var##_scope =       \
        haetae_span_scope_enter(haetae_span_start_with(                                            \
            (tracer), (name), (name_length),                                                       \
            &(haetae_span_options)HAETAE_OPTIONS(haetae_span_options, __VA_ARGS__)));              \
    haetae_span var __attribute__((unused)) = var##_scope.span

#endif

HAETAE_END_DECLS

#endif
