/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: loggers and log records.
 *
 * Any thread may make any of these calls. Calls that record never block, allocate or fail:
 * what they cannot record they drop and count. Signal handlers may make them: see trace.h.
 * Specification: "Logs API", "Logs Data Model". */
#ifndef HAETAE_LOGS_H
#define HAETAE_LOGS_H

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

/* True when a record of this severity would be recorded now, and an exporter takes logs. */
HAETAE_API bool haetae_logger_enabled(const haetae_logger *logger, haetae_severity severity);

/* Records a line of text with the present time and the thread's current span. Attributes
 * above OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT are dropped and counted in the record. A record
 * that is larger than half a ring is dropped as a whole (HAETAE_DROP_TOO_LARGE);
 * docs/config.md says how large that is. */
HAETAE_API void haetae_log(haetae_logger *logger, haetae_severity severity, const char *body,
                           size_t body_length, const haetae_attribute *attributes,
                           size_t attribute_count);

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
} haetae_log_record;

/* Records `record`, which stays the caller's. NULL: does nothing. Limits as above.
 * The record belongs to `span`, unless it is HAETAE_SPAN_NONE or has ended, which is counted
 * (HAETAE_MISUSE_ENDED_SPAN); else to the span of `context`, unless it is NULL; else to the
 * current span. A `context` whose trace id or span id is zero is none: the record belongs to no
 * span. */
HAETAE_API void haetae_log_emit(haetae_logger *logger, const haetae_log_record *record);

HAETAE_END_DECLS

#endif
