/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: loggers and log records.
 *
 * Any thread may make any of these calls. Calls that record never block, allocate or fail: what
 * they cannot record they drop and count. Signal handlers may make them: see trace.h.
 * haetae_logf() is an exception in some cases: see there.
 * Specification: "Logs API", "Logs Data Model". */
#ifndef HAETAE_LOGS_H
#define HAETAE_LOGS_H

#include <stdarg.h>

#include "keys.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_logger haetae_logger;

/* SeverityNumber of the Logs Data Model. */
typedef enum haetae_severity {
    HAETAE_SEVERITY_UNSPECIFIED = 0,
    HAETAE_SEVERITY_TRACE = 1,
    HAETAE_SEVERITY_TRACE2 = 2,
    HAETAE_SEVERITY_TRACE3 = 3,
    HAETAE_SEVERITY_TRACE4 = 4,
    HAETAE_SEVERITY_DEBUG = 5,
    HAETAE_SEVERITY_DEBUG2 = 6,
    HAETAE_SEVERITY_DEBUG3 = 7,
    HAETAE_SEVERITY_DEBUG4 = 8,
    HAETAE_SEVERITY_INFO = 9,
    HAETAE_SEVERITY_INFO2 = 10,
    HAETAE_SEVERITY_INFO3 = 11,
    HAETAE_SEVERITY_INFO4 = 12,
    HAETAE_SEVERITY_WARN = 13,
    HAETAE_SEVERITY_WARN2 = 14,
    HAETAE_SEVERITY_WARN3 = 15,
    HAETAE_SEVERITY_WARN4 = 16,
    HAETAE_SEVERITY_ERROR = 17,
    HAETAE_SEVERITY_ERROR2 = 18,
    HAETAE_SEVERITY_ERROR3 = 19,
    HAETAE_SEVERITY_ERROR4 = 20,
    HAETAE_SEVERITY_FATAL = 21,
    HAETAE_SEVERITY_FATAL2 = 22,
    HAETAE_SEVERITY_FATAL3 = 23,
    HAETAE_SEVERITY_FATAL4 = 24
} haetae_severity;

/* Find or make the logger of a scope, as haetae_tracer_get() and haetae_tracer_named() do
 * for tracers. */
HAETAE_API haetae_status haetae_logger_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                           haetae_logger **ret_logger);
HAETAE_API haetae_logger *haetae_logger_named(haetae_sdk *sdk, const char *name);

/* Sets the least severity that the logger records. A record below it costs almost nothing.
 * Records of unspecified severity are always recorded. The first value is that of
 * HAETAE_LOGS_MIN_SEVERITY. Threads: any. */
HAETAE_API void haetae_logger_set_min_severity(haetae_logger *logger, haetae_severity minimum);

/* True when a record of this severity would be recorded now, and an exporter takes logs. Ask before
 * each record: the answer changes. Specification: "Enabled". */
HAETAE_API bool haetae_logger_enabled(const haetae_logger *logger, haetae_severity severity);

/* The same for a record that belongs to `context` (NULL: the thread's own) and is named
 * `event_name` (NULL: none). Log processors are asked with both. Threads: any. */
HAETAE_API bool haetae_logger_enabled_with(const haetae_logger *logger, haetae_severity severity,
                                           const haetae_context *context, const char *event_name,
                                           size_t event_name_length);

/* Records a line of text with the present time and the thread's current span. Attributes
 * above OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT are dropped and counted in the record. A record
 * that is larger than half a ring is dropped as a whole (HAETAE_DROP_TOO_LARGE);
 * docs/config.md says how large that is. */
HAETAE_API void haetae_log(haetae_logger *logger, haetae_severity severity, const char *body,
                           size_t body_length, const haetae_attribute *attributes,
                           size_t attribute_count);

/* Makes compilers check arguments like those of printf(). */
#if defined(__GNUC__)
#define HAETAE_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define HAETAE_PRINTF(text, first)
#endif

/* Records a line as haetae_log() does, without attributes. vsnprintf() of the C library formats the
 * text directly into the record; nothing is formatted when the severity is not recorded.
 * Text that is not UTF-8 is repaired. A text of 1,024 bytes or more is dropped if the ring has no
 * room for it or the thread has no lane (HAETAE_DROP_RING_FULL). A text that cannot be formatted is
 * dropped, too (HAETAE_DROP_INVALID). errno does not change; %m uses it.
 *
 * The call is as safe in signal handlers, and allocates as little, as vsnprintf(): POSIX guarantees
 * nothing. In glibc and musl, conversions of integers, pointers, characters and strings take no
 * lock and allocate nothing. In glibc a wide character or string, %m, numbered arguments (%1$d),
 * and widths and precisions of some hundred may; a signal handler uses haetae_log() for those. In C
 * only: languages that cannot call a variadic function use haetae_log(). */
HAETAE_API void haetae_logf(haetae_logger *logger, haetae_severity severity, const char *format,
                            ...) HAETAE_PRINTF(3, 4);
HAETAE_API void haetae_vlogf(haetae_logger *logger, haetae_severity severity, const char *format,
                             va_list arguments) HAETAE_PRINTF(3, 0);

/* A log record, for haetae_log_emit(). */
typedef struct haetae_log_record {
    size_t struct_size;
    int32_t severity;                   /* a haetae_severity                          */
    int32_t reserved;                   /* zero                                       */
    haetae_string severity_text;        /* as the source names it; may be empty       */
    haetae_value body;                  /* any value; empty: no body                  */
    haetae_string event_name;           /* makes the record an event; may be empty    */
    uint64_t time_unix_ns;              /* when it happened; 0: not known             */
    uint64_t observed_time_unix_ns;     /* when it was seen; 0: now                   */
    const haetae_span_context *context; /* NULL: the thread's current context     */
    const haetae_attribute *attributes;
    size_t attribute_count;
    haetae_span span; /* the record's span; goes before `context`       */
    /* The record is made as if this were the current context. NULL: the thread's. */
    const haetae_context *in_context;
    const haetae_exception *exception; /* an error that the record is about; may be NULL */
} haetae_log_record;

/* Records `record`, which stays the caller's. NULL: does nothing. Limits as above.
 * The record belongs to `span`, unless it is HAETAE_SPAN_NONE or has ended, which is counted
 * (HAETAE_MISUSE_ENDED_SPAN); else to the span of `context`, unless it is NULL; else to that of
 * `in_context`, unless it is NULL; else to the current span. If the trace id or span id of
 * `context` is zero, the record belongs to no span.
 *
 * An `exception` adds the attributes exception.type, exception.message and exception.stacktrace,
 * each unless it is empty, and its further attributes. Of equal keys the record's attribute takes
 * precedence over a further one of the exception, and that over the three. They count towards the
 * limit, in this order. Specification: "Emit a LogRecord". */
HAETAE_API void haetae_log_emit(haetae_logger *logger, const haetae_log_record *record);

/* ---- Sites ---------------------------------------------------------------------------------- */

/* What all records of one place in a program have in common. It is checked and encoded when the
 * first record is made, and copied from then on: a call passes only values, and costs less than
 * haetae_log(). It records the same, within the same limits. A site has up to 64 keys; further ones
 * are left out (HAETAE_MISUSE_ARGUMENT).
 *
 * The prepared form lies in memory of the site's owner (`room`). Records hold copies, so the memory
 * may be freed as soon as no call uses it: a module with static sites can be unloaded. A site
 * belongs to no SDK: it may be used with loggers of several SDKs, before a start, after a shutdown
 * and in a forked child. Any number of threads, and signal handlers, may use a site for the first
 * time at once: one prepares it, and the others record without the prepared form meanwhile. So does
 * each call with a site that cannot be prepared: the severity is unspecified or not in the
 * enumeration; a key is empty, duplicate or longer than 80 bytes; the event name has more than 127
 * bytes or the body more than 16,000; a text is not UTF-8; or there is not enough room.
 *
 * The layout is frozen. A site and what it points to must not change while calls may use it. */
typedef struct haetae_log_site {
    int32_t severity;          /* a haetae_severity                    */
    int32_t reserved;          /* zero                                 */
    haetae_string body;        /* NULL: none, unless a call brings one */
    haetae_string event_name;  /* may be empty                         */
    const haetae_string *keys; /* of the attributes                    */
    size_t key_count;
    /* For what the library prepares: zero when the site is new, at a multiple of 8, the library's
     * from then on. NULL and 0: nothing is prepared. A site that is copied needs its own. */
    void *room;
    size_t room_bytes; /* HAETAE_LOG_SITE_ROOM_BYTES() is enough */
} haetae_log_site;

/* The bytes of room that a site needs. `text_bytes` is the length of its keys, body and event name
 * together. */
#define HAETAE_LOG_SITE_ROOM_BYTES(key_count, text_bytes)                                          \
    ((128 + (key_count) * (size_t)8 + (text_bytes)) / 8 * 8)

/* Makes a site of copies of what `site` has; its room does not matter.
 * Ownership: the caller frees it by haetae_log_site_free(), after the last call that uses it.
 * Output untouched on failure. Threads: any. Errors: HAETAE_EINVAL (NULL, or something that cannot
 * be prepared), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_log_site_new(const haetae_log_site *site,
                                             haetae_log_site **ret_site);

/* Frees a site that haetae_log_site_new() made. NULL is ignored. */
HAETAE_API void haetae_log_site_free(haetae_log_site *site);

/* Records a site with the present time and the thread's current span. values[i] belongs to
 * site->keys[i]. If there are more or fewer values than keys, those without a partner are left out
 * (HAETAE_MISUSE_ARGUMENT). A `body` that is not NULL replaces the site's. Without a site nothing
 * is recorded, and that is counted in the same way. */
HAETAE_API void haetae_log_emit_site(haetae_logger *logger, const haetae_log_site *site,
                                     const haetae_value *values, size_t value_count,
                                     const char *body, size_t body_length);

/* Defines a static site with 1 to 16 keys at file or block scope. Body, event name and keys are
 * string literals:
 *     HAETAE_LOG_SITE(accepted, HAETAE_SEVERITY_INFO, "ride accepted", "", "driver.id", "zone");
 *     haetae_log_emit_site(logger, &accepted, HAETAE_VALUES(driver, zone), NULL, 0); */
#define HAETAE_LOG_SITE(name, severity, body, event_name, ...)                                     \
    static const haetae_string name##_keys[] = {HAETAE_EACH(HAETAE_KEY_NAME, __VA_ARGS__)};        \
    HAETAE_LOG_SITE_OF(name, severity, body, event_name, name##_keys,                              \
                       sizeof name##_keys / sizeof name##_keys[0],                                 \
                       sizeof(HAETAE_EACH(HAETAE_KEY_TEXT, __VA_ARGS__)))

/* The same with an existing array of keys, or NULL and 0. `key_bytes` is the length of the keys
 * together. */
#define HAETAE_LOG_SITE_OF(name, severity, body, event_name, keys, key_count, key_bytes)           \
    static uint64_t name##_room[HAETAE_LOG_SITE_ROOM_BYTES(                                        \
                                    key_count, (key_bytes) + sizeof("" body "" event_name)) /      \
                                8];                                                                \
    static const haetae_log_site name = {severity,                                                 \
                                         0,                                                        \
                                         {"" body, sizeof("" body) - 1},                           \
                                         {"" event_name, sizeof("" event_name) - 1},               \
                                         keys,                                                     \
                                         key_count,                                                \
                                         name##_room,                                              \
                                         sizeof name##_room}

/* C11: records a line with up to 12 attributes, in a site of its own. Body and keys are string
 * literals, the severity is constant, values are as in HAETAE_ATTR():
 *     HAETAE_LOG(logger, HAETAE_SEVERITY_INFO, "ride accepted", "driver.id", id, "zone", zone);
 * Values are evaluated whatever the severity: if that is expensive, ask haetae_logger_enabled()
 * first. It is a statement, and defines static variables: it cannot stand in an inline function
 * that is not static. */
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HAETAE_LOG_PAIR_NAME(key, value)  HAETAE_KEY_NAME(key)
#define HAETAE_LOG_PAIR_TEXT(key, value)  HAETAE_KEY_TEXT(key)
#define HAETAE_LOG_PAIR_VALUE(key, value) HAETAE_VALUE(value),
/* clang-format off */
#define HAETAE_LOG_PICK(body, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, \
                        each, ...) each
#define HAETAE_LOG(logger, severity, ...) HAETAE_LOG_PICK(__VA_ARGS__, \
    HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, \
    HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, \
    HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, \
    HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, HAETAE_LOG_WITH, HAETAE_LOG_ODD, \
    HAETAE_LOG_PLAIN, )(logger, severity, __VA_ARGS__)
#define HAETAE_LOG_ODD(...) _Static_assert(0, "HAETAE_LOG: a key without a value")
/* clang-format on */
#define HAETAE_LOG_PLAIN(logger, severity, body)                                                   \
    do {                                                                                           \
        HAETAE_LOG_SITE_OF(haetae_site, severity, body, "", NULL, 0, 0);                           \
        haetae_log_emit_site((logger), &haetae_site, NULL, 0, NULL, 0);                            \
    } while (0)
#define HAETAE_LOG_WITH(logger, severity, body, ...)                                               \
    do {                                                                                           \
        static const haetae_string haetae_site_keys[] = {                                          \
            HAETAE_EACH_PAIR(HAETAE_LOG_PAIR_NAME, __VA_ARGS__)};                                  \
        const haetae_value haetae_site_values[] = {                                                \
            HAETAE_EACH_PAIR(HAETAE_LOG_PAIR_VALUE, __VA_ARGS__)};                                 \
        HAETAE_LOG_SITE_OF(haetae_site, severity, body, "", haetae_site_keys,                      \
                           sizeof haetae_site_keys / sizeof haetae_site_keys[0],                   \
                           sizeof(HAETAE_EACH_PAIR(HAETAE_LOG_PAIR_TEXT, __VA_ARGS__)));           \
        haetae_log_emit_site((logger), &haetae_site, haetae_site_values,                           \
                             sizeof haetae_site_values / sizeof haetae_site_values[0], NULL, 0);   \
    } while (0)
#endif

HAETAE_END_DECLS

#endif
