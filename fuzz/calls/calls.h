/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the fuzzer of calls: what was recorded, and what has to be exported of it. */
#ifndef HAETAE_FUZZ_CALLS_CALLS_H
#define HAETAE_FUZZ_CALLS_CALLS_H

#include "haetae/haetae.h"
#include "support/check.h"
#include "support/input.h"
#include "support/note.h"

enum {
    CALLS_SDKS = 2,
    CALLS_SPANS = 16,
    CALLS_SCOPES = 4,
    CALLS_TOKENS = 8,
    CALLS_INSTRUMENTS = 8,
    CALLS_SERIES = 16,
    CALLS_BLOCKS = 256,
    CALLS_ATTRIBUTES = 6,
    CALLS_KEYS = 12,
    CALLS_HELD = 4
};

/* Where the attributes of a record are cut. */
struct calls_limits {
    size_t count;
    size_t length; /* SIZE_MAX: nowhere */
};

/* An end span or a log record. */
struct calls_record {
    char *expected; /* its note     */
    char *scope;    /* its scope's note */
    uint8_t span_id[8];
    enum { CALLS_WAITING, CALLS_SENT, CALLS_SETTLED } state;
};

struct calls_records {
    struct calls_record *list;
    size_t count;
    size_t room;
};

struct calls_scope {
    char *note; /* NULL: not asked for yet */
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_meter *meter;
};

/* A current context as the API describes it. */
struct calls_context {
    haetae_span_context ids; /* all zero: none */
    haetae_span span;
};

struct calls_span {
    haetae_span handle;
    bool open;
    bool recording;
    struct calls_sdk *owner;
    const struct calls_scope *scope;
    haetae_span_context ids;
    struct calls_context parent;
    struct note name;
    int32_t kind;
    uint64_t start_unix_ns; /* 0: was measured */
    struct note keys[CALLS_KEYS];
    struct note values[CALLS_KEYS];
    uint32_t attribute_count;
    uint32_t dropped_attributes;
    struct note events;
    uint32_t event_count;
    uint32_t dropped_events;
    struct note links;
    uint32_t link_count;
    uint32_t dropped_links;
    haetae_span_status status;
    struct note message;
};

struct calls_series {
    char *attributes; /* its note */
    uint64_t count;
    int64_t integer;
    double real, least, most;
    uint64_t buckets[3];
    /* What its points may show: the notes of all values that it had. The last one that was sent is
     * known; a later point may not go back. */
    struct note_list values;
    size_t sent;
    bool was_sent;
    bool removed; /* of an observable: its last value need not have been sent */
};

struct calls_instrument {
    const struct calls_scope *scope;
    int kind; /* 0 counter, 1 up-down counter, 2 gauge, 3 histogram, then the observable ones */
    bool real;
    bool observed; /* by a callback; else its values are set */
    void *handle;
    char name[16];
    struct calls_series series[CALLS_SERIES];
    size_t series_count;
};

/* What the exporter does with a request. */
enum calls_answer {
    CALLS_ACCEPT,
    CALLS_HOLD,
    CALLS_RETRY,
    CALLS_RETRY_LATER,
    CALLS_REFUSE,
    CALLS_TOO_LARGE,
    CALLS_PARTIAL,
    CALLS_ANSWERS
};

struct calls_sdk {
    haetae_sdk *sdk;
    bool started;
    bool shut_down;
    bool memory_failed;
    bool is_on[HAETAE_SIGNAL_COUNT];
    struct calls_limits span_limits, event_limits, link_limits, log_limits;
    size_t event_max, link_max;
    int sampler; /* its index among the choices */
    struct calls_scope scopes[CALLS_SCOPES];
    int min_severity[CALLS_SCOPES];
    struct calls_records spans, logs;
    uint64_t recorded[HAETAE_SIGNAL_COUNT]; /* of spans and logs */
    uint64_t accepted[HAETAE_SIGNAL_COUNT];
    struct calls_instrument instruments[CALLS_INSTRUMENTS];
    size_t instrument_count;
    haetae_delivery *held[CALLS_HELD];
    size_t held_count;
    uint8_t script[4]; /* answers, in turn */
    uint8_t turn;
};

struct calls {
    struct fuzz_input input;
    struct calls_sdk sdks[CALLS_SDKS];
    struct calls_span spans[CALLS_SPANS];
    struct calls_context current;
    struct calls_context before[CALLS_TOKENS];
    haetae_context_token tokens[CALLS_TOKENS];
    unsigned depth;
    void *blocks[CALLS_BLOCKS]; /* memory for the arguments of one call */
    size_t block_count;
};

/* ---- Arguments (arguments.c) ------------------------------------------------------------------
 */

/* Odd and usual text, in a block of its own as long as it is. */
haetae_string calls_text(struct calls *calls);
/* The same, which now and then has a length that no text can have. */
haetae_string calls_odd_text(struct calls *calls);
haetae_value calls_value(struct calls *calls, int depth);
/* A list of up to CALLS_ATTRIBUTES, some of them invalid when `odd`. */
const haetae_attribute *calls_attributes(struct calls *calls, bool odd, size_t *ret_count);
haetae_span_context calls_span_context(struct calls *calls);
void calls_free_arguments(struct calls *calls);

/* ---- What to expect (expect.c) ------------------------------------------------------------------
 */

bool expect_valid(haetae_string text);
/* Appends text as it is exported: repaired, and cut after so many code points. */
void expect_text(struct note *note, haetae_string text, size_t limit);
/* The same as a field, which is left out when it is empty. */
void expect_text_field(struct note *note, const char *name, haetae_string text);
/* Appends the choice of an AnyValue. False: the value is invalid. */
bool expect_value(struct note *note, const haetae_value *value, size_t limit);
/* Appends a list of attributes, and the number of those that are dropped. */
void expect_attributes(struct note *note, const haetae_attribute *list, size_t count,
                       struct calls_limits limits);

/* ---- Signals -------------------------------------------------------------------------------- */

struct calls_scope *calls_scope(struct calls *calls, struct calls_sdk *sdk);
void calls_on_spans(struct calls *calls, struct calls_sdk *sdk);
void calls_on_context(struct calls *calls);
void calls_detach_all(struct calls *calls);
void calls_end_spans_of(struct calls *calls, struct calls_sdk *sdk, bool recorded);
void calls_on_logs(struct calls *calls, struct calls_sdk *sdk);
void calls_on_metrics(struct calls *calls, struct calls_sdk *sdk);
/* A data point was sent. */
void calls_check_point(struct calls_sdk *sdk, const char *scope, const char *metric,
                       const char *point);
/* All has been sent: the last points are the last values. */
void calls_check_series(struct calls_sdk *sdk);
void calls_forget_metrics(struct calls_sdk *sdk);

struct calls_record *calls_record_add(struct calls_records *records, struct note *expected,
                                      const struct calls_scope *scope);
void calls_records_done(struct calls_records *records);

/* ---- The exporter (exporter.c) -----------------------------------------------------------------
 */

haetae_exporter *calls_exporter(struct calls_sdk *sdk);
void calls_answer_held(struct calls_sdk *sdk, enum calls_answer answer, unsigned extra);

/* ---- Configuration (config.c)
 * -------------------------------------------------------------------- */

void calls_start(struct calls *calls, struct calls_sdk *sdk);

#endif
