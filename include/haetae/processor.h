/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: callbacks of the program that see spans and log records before they are exported, and
 * may change them. The SDK's worker batches what they leave (OTEL_BSP_… and OTEL_BLRP_…), as the
 * specification's batching processor does.
 *
 * Add a processor to a configuration before the start. Those of a signal, at most 8, are called in
 * the order in which they were added. Without processors nothing is slower.
 *
 * Callbacks may be NULL. Those that see an item run on the thread that records it, several at a
 * time, also in signal handlers. They may record: what they record is not shown to processors.
 * Spans that the shutdown ends (HAETAE_EXPORT_OPEN_SPANS) end on its thread, before the processors'
 * own shutdown; what a callback records from then on is refused. Callbacks must not
 * - wait, lock or allocate: the caller's call waits for them;
 * - keep what they are shown, or hand it to another thread;
 * - leave by longjmp(), or end the thread;
 * - fork(), or flush, shut down or free the SDK.
 *
 * Specification: "Span processor", "LogRecordProcessor". */
#ifndef HAETAE_PROCESSOR_H
#define HAETAE_PROCESSOR_H

#include "config.h"
#include "context.h"
#include "logs.h"
#include "status.h"
#include "trace.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* The scope and the resource of an item, as they are exported. */
typedef struct haetae_item_origin {
    const uint8_t *scope; /* the InstrumentationScope message of OTLP */
    size_t scope_size_bytes;
    haetae_string schema_url; /* of the scope */
    const uint8_t *resource;  /* the Resource message of OTLP */
    size_t resource_size_bytes;
    haetae_string scope_name;
} haetae_item_origin;

/* ---- Spans ------------------------------------------------------------------------ */

/* A span as a processor sees it, valid during the callback. The library fills it; a callback that
 * was compiled with later headers must check struct_size before it reads a field that was added
 * later. */
typedef struct haetae_span_view {
    size_t struct_size;
    /* Its handle. Other code may use it from the end of on_start to on_ending. Within a callback
     * the handle is stale: calls with it do nothing and are counted. */
    haetae_span span;
    haetae_span_context context;
    const haetae_item_origin *origin;
    void *internal;        /* the library's */
    size_t size_max_bytes; /* room that haetae_span_view_encode() needs */
    uint64_t start_time_unix_ns;
    uint64_t end_time_unix_ns; /* 0 in on_start */
    uint8_t parent_span_id[8]; /* zero: a root */
    int32_t kind;              /* a haetae_span_kind */
    int32_t status;            /* a haetae_span_status */
} haetae_span_view;

/* Writes the Span message of OTLP, as it is exported, and returns its size. In on_start and
 * on_ending it has what this callback has changed so far. Returns 0 for a NULL, or if `capacity` is
 * less than size_max_bytes; the call has then updated that number: provide so much room and call
 * again. */
HAETAE_API size_t haetae_span_view_encode(const haetae_span_view *view, void *buffer,
                                          size_t capacity);

/* Copies the name to `buffer`, cut to `capacity`, without a NUL, and returns its length. */
HAETAE_API size_t haetae_span_view_name(const haetae_span_view *view, char *buffer,
                                        size_t capacity);

/* Finds an attribute that is text, a number or a boolean, as it was before the callback. Text is
 * copied to `buffer`, cut to `capacity`, and *ret_value points there. False, and the output is
 * untouched: there is none, or it is of another type. */
HAETAE_API bool haetae_span_view_attribute(const haetae_span_view *view, const char *key,
                                           size_t key_length, char *buffer, size_t capacity,
                                           haetae_value *ret_value);

/* What on_start and on_ending may change. The calls below work like those of the same names in
 * trace.h. With NULL they do nothing. */
typedef struct haetae_span_fields haetae_span_fields;

HAETAE_API void haetae_span_fields_set_attributes(haetae_span_fields *fields,
                                                  const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_span_fields_add_event(haetae_span_fields *fields, const char *name,
                                             size_t name_length, uint64_t time_unix_ns,
                                             const haetae_attribute *attributes,
                                             size_t attribute_count);
HAETAE_API void haetae_span_fields_add_link(haetae_span_fields *fields, const haetae_link *link);
HAETAE_API void haetae_span_fields_set_status(haetae_span_fields *fields, haetae_span_status code,
                                              const char *description, size_t description_length);
HAETAE_API void haetae_span_fields_update_name(haetae_span_fields *fields, const char *name,
                                               size_t name_length);

/* Spans that are recorded are shown, also those that are not exported
 * (HAETAE_SAMPLING_RECORD_ONLY); spans that the sampler drops are not. */
typedef struct haetae_span_processor {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* The span has started. `parent` is the context that it started in, with its values. */
    void (*on_start)(void *self, const haetae_span_view *view, haetae_span_fields *fields,
                     const haetae_context *parent);

    /* The span ends: it has its end time, and no other thread can change it any more. All
     * processors are called before the first on_end. Specification: "OnEnding". */
    void (*on_ending)(void *self, const haetae_span_view *view, haetae_span_fields *fields);

    /* The span has ended, and is complete. */
    void (*on_end)(void *self, const haetae_span_view *view);

    /* haetae_sdk_force_flush(): finishes what the processor keeps, within `timeout_ms`, before the
     * SDK delivers what is recorded. Several threads may call it at once. */
    haetae_status (*force_flush)(void *self, uint32_t timeout_ms);

    /* haetae_sdk_shutdown(), once: the same for the last time. No on_start, on_ending or on_end
     * follows, except from calls that are under way in other threads. The processor can no longer
     * record. */
    haetae_status (*shutdown)(void *self, uint32_t timeout_ms);

    /* Frees `self`; no call follows. */
    void (*free)(void *self);
} haetae_span_processor;

/* Adds a processor, which is copied, for the SDK that is started next with this configuration.
 * Ownership: on HAETAE_OK the configuration, later the SDK, owns `self`; on failure the caller
 * does. Errors: HAETAE_EINVAL (a NULL, an invalid struct_size), HAETAE_ELIMIT (more than 8). */
HAETAE_API haetae_status haetae_config_add_span_processor(haetae_config *config,
                                                          const haetae_span_processor *processor);

/* ---- Log records --------------------------------------------------------------------- */

typedef struct haetae_log_processor {
    size_t struct_size;
    void *self; /* passed to the functions */

    /* A record is emitted. The processor may change *record. New data that it points to must stay
     * unchanged until this thread calls the processor again. Later processors, and the exporters,
     * see the changed record. `record` has a severity and an observed time, but no context:
     * `context` has the span that the record belongs to, and the values of its context. The
     * exception is the caller's, not yet turned into attributes; the processor may replace it.
     * False: the record is left out, and not counted. */
    bool (*on_emit)(void *self, haetae_log_record *record, const haetae_item_origin *origin,
                    const haetae_context *context);

    /* Whether a record of this severity, context and event name might be kept: for
     * haetae_logger_enabled() and haetae_logger_enabled_with(), which are false when all processors
     * return false. NULL: it might. The event name may be empty. Specification: "Enabled". */
    bool (*enabled)(void *self, const haetae_item_origin *origin, const haetae_context *context,
                    haetae_severity severity, haetae_string event_name);

    /* As those of a haetae_span_processor. */
    haetae_status (*force_flush)(void *self, uint32_t timeout_ms);
    haetae_status (*shutdown)(void *self, uint32_t timeout_ms);
    void (*free)(void *self);
} haetae_log_processor;

/* Adds a processor: as haetae_config_add_span_processor(). With processors a text of
 * haetae_logf() has at most 1,023 bytes. */
HAETAE_API haetae_status haetae_config_add_log_processor(haetae_config *config,
                                                         const haetae_log_processor *processor);

/* ---- Ready processors ----------------------------------------------------------------- */

/* Adds a processor that measures the spans that end: traces.span.metrics.calls, a counter in
 * {call}, and traces.span.metrics.duration, a histogram in seconds, of the scope "haetae". Their
 * attributes are span.name, span.kind (SPAN_KIND_SERVER) and status.code (STATUS_CODE_ERROR), and
 * the span's own of these keys where it has them as text, number or boolean; text is cut to 128
 * bytes. The service is that of the resource. Names and kinds are those of the span metrics
 * connector of the OpenTelemetry Collector. Bounds: HAETAE_METRICS_CARDINALITY_LIMIT sets how many
 * combinations each instrument keeps apart; the rest is one series, otel.metric.overflow. Span
 * names and values that are different in each span (ids, whole URLs) fill it soon. Only spans that
 * are recorded are measured; to measure dropped spans too, use haetae_sampler_always_record().
 * Spans that the shutdown ends are not measured. The metrics need an exporter of metrics.
 * Ownership: keys are copied, at most 8 of at most 255 bytes. Errors: HAETAE_EINVAL, HAETAE_ENOMEM,
 * HAETAE_ELIMIT (more than 8 processors). */
HAETAE_API haetae_status haetae_config_add_span_metrics(haetae_config *config,
                                                        const haetae_string *attribute_keys,
                                                        size_t key_count);

/* Adds processors that copy entries of the baggage whose name matches a pattern (`*` any number of
 * bytes, `?` one) to each span as it starts and to each log record as it is emitted, as text
 * attributes named by `prefix` (NULL: none) and the entry. They replace existing attributes of the
 * same name; a span's may be set again after its start. The baggage is that of the context that the
 * span starts in, or the record is emitted in. Baggage comes from other processes: choose names,
 * not "*".
 * A log record has room for 64 attributes in all and 1024 bytes of names with a prefix; entries
 * that do not fit, and names of more than 255 bytes, are left out. `signals` is a bit set of 1 <<
 * HAETAE_SIGNAL_TRACES and 1 << HAETAE_SIGNAL_LOGS; 0: both. Ownership: both texts are copied, at
 * most 255 bytes each. Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_ELIMIT (more than 8 processors
 * of a signal; those of another signal may have been added). */
HAETAE_API haetae_status haetae_config_add_baggage_attributes(haetae_config *config,
                                                              const char *name_pattern,
                                                              const char *prefix, uint32_t signals);

HAETAE_END_DECLS

#endif
