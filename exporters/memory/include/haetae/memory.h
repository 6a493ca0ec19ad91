/* SPDX-License-Identifier: Apache-2.0 */
/* The in-memory exporter, for tests: it keeps spans, log records and data points as structs, which
 * a test finds, waits for and looks into. Link haetae::memory, or pkg-config haetae-memory.
 *
 *     haetae_memory_new(0, &memory);
 *     haetae_memory_exporter_new(memory, &exporter);
 *     haetae_config_add_exporter(config, exporter);
 *     ...
 *     haetae_memory_query query =
 *         HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("GET /rides"));
 *     assert(haetae_memory_expect(memory, sdk, &query, 1, 1000, NULL, NULL) == HAETAE_OK);
 *
 * OTEL_TRACES_EXPORTER and the like cannot choose it: a test has to hold the memory to see what is
 * in it. Metrics come from the SDK's periodic reader, when it collects and when the SDK is flushed;
 * haetae_config_add_metric_reader() gives the exporter a reader with another temporality or
 * interval.
 * Specification: "In-memory exporter" of traces, metrics and logs. */
#ifndef HAETAE_MEMORY_H
#define HAETAE_MEMORY_H

#include <haetae/exporter.h>
#include <haetae/metrics.h>
#include <haetae/producer.h>
#include <haetae/signal.h>
#include <haetae/trace.h>
#include <haetae/types.h>

HAETAE_BEGIN_DECLS

/* Where exporters keep what they get. Threads: any, for all functions except haetae_memory_free().
 */
typedef struct haetae_memory haetae_memory;

/* Makes an empty memory for at most `max_bytes`, which counts the structs and what they point to;
 * 0: 64 MiB. A request that no longer fits is not kept: the SDK drops it and counts its items as
 * rejected, and haetae_memory_refused_count() counts them.
 * Ownership: the caller's. Output untouched on failure. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_memory_new(size_t max_bytes, haetae_memory **ret_memory);

/* Frees the memory once no exporter uses it any more. What haetae_memory_take() returned stays. No
 * other call with it may be under way. NULL: does nothing. */
HAETAE_API void haetae_memory_free(haetae_memory *memory);

/* Makes an exporter named "memory" for all signals, which keeps what it gets. There may be several
 * for one memory, of several SDKs.
 * A child of fork() has what its parent had kept, and adds its own; the parent sees nothing of
 * that.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched on
 * failure. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_memory_exporter_new(haetae_memory *memory,
                                                    haetae_exporter **ret_exporter);

/* Forgets everything that was kept. What haetae_memory_take() returned stays. */
HAETAE_API void haetae_memory_reset(haetae_memory *memory);

/* Items that were not kept since the start or the last reset: the memory was full. */
HAETAE_API uint64_t haetae_memory_refused_count(haetae_memory *memory);

/* ---- What is kept --------------------------------------------------------------
 *
 * The library fills these structs. A program that was compiled with later headers must check
 * struct_size before it reads a field that was added later. Text need not end with NUL; all times
 * are nanoseconds since 1970, 0 if there is none. The layout of structs without a struct_size is
 * frozen. */

typedef struct haetae_memory_resource {
    size_t struct_size;
    const haetae_attribute *attributes;
    size_t attribute_count;
    haetae_string schema_url;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
} haetae_memory_resource;

typedef struct haetae_memory_scope {
    size_t struct_size;
    haetae_string name;
    haetae_string version;
    haetae_string schema_url;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
} haetae_memory_scope;

typedef struct haetae_memory_event {
    uint64_t time_unix_ns;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
} haetae_memory_event;

typedef struct haetae_memory_link {
    haetae_span_context context;
    haetae_string trace_state;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
} haetae_memory_link;

/* Its name and attributes are those of the item. */
typedef struct haetae_memory_span {
    size_t struct_size;
    haetae_span_context context;
    uint8_t parent_span_id[8]; /* zero: a root                                 */
    int32_t parent_is_remote;  /* not 0: the parent is of another process      */
    int32_t kind;              /* a haetae_span_kind                           */
    int32_t status;            /* a haetae_span_status                         */
    uint32_t dropped_attribute_count;
    haetae_string status_description;
    haetae_string trace_state;
    uint64_t start_time_unix_ns;
    uint64_t end_time_unix_ns;
    const haetae_memory_event *events;
    size_t event_count;
    const haetae_memory_link *links;
    size_t link_count;
    uint32_t dropped_event_count;
    uint32_t dropped_link_count;
} haetae_memory_span;

/* Its event name, as `name`, and its attributes are those of the item. */
typedef struct haetae_memory_log {
    size_t struct_size;
    int32_t severity; /* a haetae_severity; 0: none */
    uint32_t dropped_attribute_count;
    haetae_string severity_text;
    haetae_value body;
    uint64_t time_unix_ns;
    uint64_t observed_time_unix_ns;
    haetae_span_context context; /* zero: it belongs to no span */
} haetae_memory_log;

typedef struct haetae_memory_exemplar {
    int32_t number_type; /* a haetae_number_type: as_int64 or as_double is the value */
    int32_t reserved;
    int64_t as_int64;
    double as_double;
    uint64_t time_unix_ns;
    haetae_span_context context;        /* ids alone; zero: there was no span */
    const haetae_attribute *attributes; /* those that the series does not have */
    size_t attribute_count;
} haetae_memory_exemplar;

/* A data point. Its name, the metric's, and its attributes are those of the item. */
typedef struct haetae_memory_point {
    size_t struct_size;
    const haetae_metric_description *metric;
    const haetae_metric_point *point; /* metric->kind says which fields it has */
    const haetae_memory_exemplar *exemplars;
    size_t exemplar_count;
} haetae_memory_point;

/* A span, log record or data point. */
typedef struct haetae_memory_item {
    size_t struct_size;
    int32_t signal; /* a haetae_signal: which of the three at the end it has; the others are NULL */
    int32_t reserved;
    haetae_string name; /* of the span or metric, or the event name of a log record */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_memory_resource *resource;
    const haetae_memory_scope *scope;
    const haetae_memory_span *span;
    const haetae_memory_log *log;
    const haetae_memory_point *point;
} haetae_memory_item;

/* The attribute with this key; NULL: there is none. The key ends with NUL. */
HAETAE_API const haetae_value *haetae_memory_attribute(const haetae_attribute *attributes,
                                                       size_t count, const char *key);

/* Whether two values are of one type and the same: doubles bit by bit, maps in any order. */
HAETAE_API bool haetae_memory_value_equals(const haetae_value *a, const haetae_value *b);

/* ---- Looking for items ---------------------------------------------------------- */

/* Selects items: those that match everything that is set. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_memory_query {
    size_t struct_size;
    uint32_t signals;   /* a bit set of 1 << haetae_signal; 0: all */
    uint32_t reserved;  /* zero */
    haetae_string name; /* the item's, or of a log record its body, if that is text; empty: any */
    const haetae_attribute *attributes; /* the item has all of these, and perhaps others */
    size_t attribute_count;

    /* Whether an item matches; it is called for items that match the rest. NULL: all do. It may use
     * the memory. Threads: the caller's. */
    bool (*matches)(void *user, const haetae_memory_item *item);
    void *user; /* passed to it */
} haetae_memory_query;

/* Items that were there at one moment, in the order in which they arrived. They do not change. */
typedef struct haetae_memory_items haetae_memory_items;

/* Takes a copy of the items that match `query`; NULL: of all. Items stay in the memory.
 * Ownership: the caller frees it with haetae_memory_items_free(); until then, all that its items
 * point to stays. Output untouched on failure. Errors: HAETAE_EINVAL (NULL for the others, an
 * invalid struct_size, reserved not zero), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_memory_take(haetae_memory *memory, const haetae_memory_query *query,
                                            haetae_memory_items **ret_items);

/* How many there are; 0 for NULL. */
HAETAE_API size_t haetae_memory_items_count(const haetae_memory_items *items);

/* Item number `index`, from 0; NULL: there is none. */
HAETAE_API const haetae_memory_item *haetae_memory_items_at(const haetae_memory_items *items,
                                                            size_t index);

/* NULL: does nothing. */
HAETAE_API void haetae_memory_items_free(haetae_memory_items *items);

/* Gets a text for people, which ends with NUL and is valid during the call. */
typedef void (*haetae_memory_report)(void *user, const char *text);

/* Passes the items to `report` as text, a line of JSON for each; NULL: writes them to standard
 * error. The form may change. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_memory_items_print(const haetae_memory_items *items,
                                                   haetae_memory_report report, void *user);

/* The number of items that match `query`; NULL: of all. 0 if haetae_memory_take() would fail. */
HAETAE_API size_t haetae_memory_count(haetae_memory *memory, const haetae_memory_query *query);

/* Flushes `sdk`, unless it is NULL, and waits until there are at least `count` items that match
 * `query`. A flush makes the SDK collect its metrics; during the wait they come at their interval.
 * With HAETAE_WORKER=manual only the flush delivers items.
 * Errors: HAETAE_ETIMEOUT (there were fewer after `timeout_ms`, the flush included), those of
 * haetae_memory_take(). The status of the flush itself is ignored. */
HAETAE_API haetae_status haetae_memory_wait(haetae_memory *memory, haetae_sdk *sdk,
                                            const haetae_memory_query *query, size_t count,
                                            uint32_t timeout_ms);

/* The same for exactly `count` items, as an assertion of a test. It checks as soon as there are
 * `count`. For 0 that is at once, and later items are not seen, so a test that expects nothing
 * flushes first. If there are fewer at the deadline, or more at the check, `report` gets a text
 * with the query, and a line for each item that is there instead (the last 100 at most).
 * NULL: it goes to standard error. Items of other signals than those of the query are left out.
 * Errors: HAETAE_ETIMEOUT (fewer), HAETAE_ELIMIT (more), those of haetae_memory_take(). */
HAETAE_API haetae_status haetae_memory_expect(haetae_memory *memory, haetae_sdk *sdk,
                                              const haetae_memory_query *query, size_t count,
                                              uint32_t timeout_ms, haetae_memory_report report,
                                              void *user);

HAETAE_END_DECLS

#endif
