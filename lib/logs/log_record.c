/* SPDX-License-Identifier: Apache-2.0 */
/* Emitting: a log record is encoded where it will lie, in the ring. */
#include <limits.h>

#include "context/current.h"
#include "logs/logger.h"
#include "recorder/chain.h"
#include "wire/short_attribute.h"

/* Field numbers of LogRecord. */
enum {
    LOG_TIME = 1,
    LOG_SEVERITY = 2,
    LOG_SEVERITY_TEXT = 3,
    LOG_BODY = 5,
    LOG_ATTRIBUTES = 6,
    LOG_DROPPED = 7,
    LOG_FLAGS = 8,
    LOG_TRACE_ID = 9,
    LOG_SPAN_ID = 10,
    LOG_OBSERVED_TIME = 11,
    LOG_EVENT_NAME = 12
};

/* What the fields of fixed size take together, at most. */
enum { FIXED_MAX = 9 + 2 + 6 + 5 + 18 + 10 + 9 };

/* A first guess at the room a record takes; a larger one is measured. */
enum { ROOM_GUESS = 512 };

enum outcome { WRITTEN, NO_ROOM, ABSURD };

/* Everything that goes into the record, as the caller gave it. */
struct emission {
    const struct hae_limits *limits;
    const struct hae_current *current;
    haetae_log_record record;
};

static HAE_ALWAYS_INLINE uint8_t *put_context(uint8_t *at, const struct hae_current *current)
{
    at[0] = HAE_TAG(LOG_FLAGS, HAE_WIRE_FIXED32);
    hae_put_fixed32(at + 1, current->trace_flags);
    at[5] = HAE_TAG(LOG_TRACE_ID, HAE_WIRE_LENGTH);
    at[6] = 16;
    hae_store64(at + 7, current->trace_id[0]);
    hae_store64(at + 15, current->trace_id[1]);
    at[23] = HAE_TAG(LOG_SPAN_ID, HAE_WIRE_LENGTH);
    at[24] = 8;
    hae_store64(at + 25, current->span_id);
    return at + 33;
}

/* Times of 0, severity 0 and a context that is not valid are left out. */
struct fixed {
    uint64_t time_unix_ns;
    uint64_t observed_unix_ns;
    int32_t severity;
    const struct hae_current *current;
};

static HAE_ALWAYS_INLINE uint8_t *put_fixed_fields(uint8_t *at, struct fixed fixed)
{
    if (fixed.time_unix_ns != 0) {
        *at = HAE_TAG(LOG_TIME, HAE_WIRE_FIXED64);
        at = hae_put_fixed64(at + 1, fixed.time_unix_ns);
    }
    if (fixed.severity > 0 && fixed.severity <= HAETAE_SEVERITY_FATAL4) {
        at[0] = HAE_TAG(LOG_SEVERITY, HAE_WIRE_VARINT);
        at[1] = (uint8_t)fixed.severity;
        at += 2;
    }
    if (fixed.current->valid) {
        at = put_context(at, fixed.current);
    }
    *at = HAE_TAG(LOG_OBSERVED_TIME, HAE_WIRE_FIXED64);
    return hae_put_fixed64(at + 1, fixed.observed_unix_ns);
}

/* The common body: ASCII text that fits. False: take the long way. */
static inline bool put_plain_text(struct hae_sink *sink, const haetae_value *body)
{
    size_t length = body->as.string.length;
    size_t any = hae_field_size(length);
    uint8_t *at = sink->at;

    if (body->type != HAETAE_VALUE_STRING || body->as.string.data == NULL || length > UINT16_MAX ||
        hae_sink_room(sink) < hae_field_size(any)) {
        return false;
    }
    *at++ = HAE_TAG(LOG_BODY, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, any);
    *at++ = HAE_TAG(HAE_ANY_STRING, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, length);
    if ((hae_copy_or(at, (const uint8_t *)body->as.string.data, length) & HAE_HIGH_BITS) != 0) {
        return false;
    }
    sink->at = at + length;
    return true;
}

static enum outcome put_body(struct hae_sink *sink, const haetae_value *body)
{
    enum hae_put put;

    if (body->type == HAETAE_VALUE_EMPTY || HAE_LIKELY(put_plain_text(sink, body))) {
        return WRITTEN;
    }
    put = hae_put_value(sink, LOG_BODY, body, HAE_NO_LIMIT);
    if (put == HAE_PUT_OK) {
        return WRITTEN;
    }
    return put == HAE_PUT_FULL ? NO_ROOM : ABSURD;
}

static enum outcome put_attributes(struct hae_sink *sink, const struct emission *emission)
{
    const haetae_log_record *record = &emission->record;
    uint32_t kept = 0;
    uint32_t dropped = 0;

    for (size_t i = 0; i < record->attribute_count; i++) {
        enum hae_put put = HAE_PUT_INVALID;

        if (hae_attribute_shadowed(record->attributes, record->attribute_count, i)) {
            continue;
        }
        if (HAE_LIKELY(kept < emission->limits->count)) {
            put = hae_put_attribute_inline(sink, LOG_ATTRIBUTES, &record->attributes[i],
                                           emission->limits->value_length);
        }
        if (HAE_UNLIKELY(put == HAE_PUT_FULL)) {
            return NO_ROOM;
        }
        kept += put == HAE_PUT_OK;
        dropped += put != HAE_PUT_OK;
    }
    if (HAE_UNLIKELY(dropped != 0)) {
        if (!hae_sink_reserve(sink, 6)) {
            return NO_ROOM;
        }
        hae_sink_put_byte(sink, HAE_TAG(LOG_DROPPED, HAE_WIRE_VARINT));
        hae_sink_put_varint(sink, dropped);
    }
    return WRITTEN;
}

static enum outcome put_record(struct hae_sink *sink, const struct emission *emission)
{
    const haetae_log_record *record = &emission->record;
    enum outcome outcome;

    if (hae_sink_room(sink) < FIXED_MAX) {
        return NO_ROOM;
    }
    sink->at = put_fixed_fields(sink->at,
                                (struct fixed){record->time_unix_ns, record->observed_time_unix_ns,
                                               record->severity, emission->current});
    outcome = put_body(sink, &record->body);
    if (HAE_UNLIKELY(outcome != WRITTEN)) {
        return outcome;
    }
    outcome = put_attributes(sink, emission);
    if (HAE_UNLIKELY(outcome != WRITTEN)) {
        return outcome;
    }
    if (HAE_UNLIKELY(!hae_string_sane(record->severity_text) ||
                     !hae_string_sane(record->event_name))) {
        return ABSURD;
    }
    return hae_put_text_field(sink, LOG_SEVERITY_TEXT, record->severity_text) &&
                   hae_put_text_field(sink, LOG_EVENT_NAME, record->event_name)
               ? WRITTEN
               : NO_ROOM;
}

/* ---- Into the lane's ring ------------------------------------------------------------ */

/* An upper bound, for a record that didn't fit the first piece of room. */
static bool measure(const struct emission *emission, size_t *ret_size)
{
    const haetae_log_record *record = &emission->record;
    size_t sum = FIXED_MAX;
    size_t size;

    if (!hae_string_sane(record->severity_text) || !hae_string_sane(record->event_name) ||
        !hae_value_size(&record->body, HAE_NO_LIMIT, &size)) {
        return false;
    }
    sum += hae_field_size(size);
    for (size_t i = 0; i < record->attribute_count; i++) {
        if (hae_attribute_size(&record->attributes[i], emission->limits->value_length, &size)) {
            sum += hae_field_size(size);
        }
    }
    sum += hae_field_size(hae_text_of(record->severity_text, HAE_NO_LIMIT).size);
    sum += hae_field_size(hae_text_of(record->event_name, HAE_NO_LIMIT).size);
    *ret_size = sum;
    return true;
}

static void drop(struct hae_recorder *recorder, struct hae_entry entry, haetae_drop_reason reason)
{
    hae_count_dropped(recorder, entry, HAETAE_SIGNAL_LOGS, reason);
}

static HAE_ALWAYS_INLINE void publish(struct hae_recorder *recorder, struct hae_lane *lane,
                                      uint32_t size_bytes, uint16_t scope)
{
    /* Counted first: once published it may be drained. */
    hae_count_own(&lane->counts.published[HAETAE_SIGNAL_LOGS]);
    hae_ring_publish(lane, recorder->ring_size_bytes, size_bytes, scope, HAETAE_SIGNAL_LOGS);
}

static enum outcome try_ring(struct hae_recorder *recorder, struct hae_lane *lane, uint16_t scope,
                             const struct emission *emission, size_t minimum)
{
    size_t room;
    uint8_t *to = hae_ring_reserve(lane, recorder->ring_size_bytes, minimum, &room);
    struct hae_sink sink;
    enum outcome outcome;

    if (to == NULL) {
        return NO_ROOM;
    }
    sink = hae_sink_over(to, room < recorder->record_size_max ? room : recorder->record_size_max);
    outcome = put_record(&sink, emission);
    if (HAE_LIKELY(outcome == WRITTEN)) {
        publish(recorder, lane, (uint32_t)(sink.at - to), scope);
    }
    return outcome;
}

/* ---- Without a lane -------------------------------------------------------------------- */

static void write_to_slots(struct hae_recorder *recorder, struct hae_entry entry, uint16_t scope,
                           const struct emission *emission)
{
    uint32_t index = hae_slot_take(recorder, NULL);
    struct hae_chain chain;
    enum outcome outcome;
    size_t size;

    if (index == 0) {
        drop(recorder, entry, HAETAE_DROP_RING_FULL);
        return;
    }
    hae_slot_at(recorder, index)->signal = HAETAE_SIGNAL_LOGS;
    hae_slot_at(recorder, index)->scope = scope;
    hae_chain_begin(&chain, recorder, index, 0, recorder->record_size_max);
    outcome = put_record(&chain.sink, emission);
    hae_chain_end(&chain);
    if (HAE_LIKELY(outcome == WRITTEN)) {
        hae_record_hand_over(recorder, entry, index);
        return;
    }
    hae_slot_give_chain(recorder, NULL, index);
    if (outcome == ABSURD) {
        drop(recorder, entry, HAETAE_DROP_INVALID);
    } else if (measure(emission, &size) && size > recorder->record_size_max) {
        drop(recorder, entry, HAETAE_DROP_TOO_LARGE);
    } else {
        drop(recorder, entry, HAETAE_DROP_RING_FULL);
    }
}

/* ---- Into the lane, whole -------------------------------------------------------------- */

/* The ring is full: while there are slots enough, the record waits there for the worker,
 * which is late. */
static void overflow(struct hae_recorder *recorder, struct hae_entry entry, uint16_t scope,
                     const struct emission *emission)
{
    hae_recorder_wake(recorder);
    if (hae_may_overflow(recorder)) {
        write_to_slots(recorder, entry, scope, emission);
    } else {
        drop(recorder, entry, HAETAE_DROP_RING_FULL);
    }
}

static void write_to_lane(struct hae_recorder *recorder, struct hae_entry entry, uint16_t scope,
                          const struct emission *emission)
{
    enum outcome outcome = try_ring(recorder, entry.lane, scope, emission, ROOM_GUESS);
    size_t size;

    if (HAE_UNLIKELY(outcome == NO_ROOM)) {
        if (!measure(emission, &size) || size > recorder->record_size_max) {
            drop(recorder, entry, HAETAE_DROP_TOO_LARGE);
            return;
        }
        outcome = try_ring(recorder, entry.lane, scope, emission, size);
    }
    if (HAE_UNLIKELY(outcome == ABSURD)) {
        drop(recorder, entry, HAETAE_DROP_INVALID);
        return;
    }
    if (HAE_UNLIKELY(outcome == NO_ROOM)) {
        overflow(recorder, entry, scope, emission);
        return;
    }
    hae_wake_if_filling(recorder, entry.lane);
}

static void emit(haetae_logger *logger, const struct emission *emission)
{
    struct hae_recorder *recorder = logger->recorder;
    struct hae_entry entry = hae_enter(recorder);

    if (HAE_LIKELY(entry.lane != NULL)) {
        write_to_lane(recorder, entry, logger->scope, emission);
    } else {
        write_to_slots(recorder, entry, logger->scope, emission);
    }
    hae_leave(entry);
}

/* ---- The calls --------------------------------------------------------------------------- */

/* Whether the logger takes records of this severity. */
static inline bool wanted(haetae_logger *logger, int severity)
{
    int minimum;

    if (HAE_UNLIKELY(logger == NULL)) {
        return false;
    }
    minimum = atomic_load_explicit(&logger->min_severity, memory_order_relaxed);
    /* Severities that don't exist count as unspecified, which always passes. */
    return severity >= minimum || (severity <= HAETAE_SEVERITY_UNSPECIFIED && minimum != INT_MAX);
}

/* Whether it takes any now; after shutdown the record is counted. */
static inline bool admitted(haetae_logger *logger)
{
    if (HAE_UNLIKELY(!hae_admits(logger->recorder))) {
        hae_count_kept_out(logger->recorder, HAETAE_SIGNAL_LOGS);
        return false;
    }
    return true;
}

/* What can't be meant is left out, and counted. */
static void check_arguments(struct hae_recorder *recorder, haetae_log_record *record)
{
    if (HAE_UNLIKELY(record->attribute_count != 0 &&
                     !hae_attributes_sane(record->attributes, record->attribute_count))) {
        record->attribute_count = 0;
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    if (HAE_UNLIKELY((uint32_t)record->severity > HAETAE_SEVERITY_FATAL4)) {
        record->severity = HAETAE_SEVERITY_UNSPECIFIED;
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
}

/* What haetae_log() is given, and when. */
struct plain {
    int32_t severity;
    haetae_string body;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint64_t now_unix_ns;
};

/* Any record. */
static HAE_NOINLINE void log_any(haetae_logger *logger, const struct plain *plain)
{
    struct emission emission;
    haetae_log_record *record = &emission.record;

    *record = (haetae_log_record){.struct_size = sizeof *record};
    record->severity = plain->severity;
    record->body = haetae_value_text(plain->body.data, plain->body.length);
    record->attributes = plain->attributes;
    record->attribute_count = plain->attribute_count;
    record->observed_time_unix_ns = plain->now_unix_ns;
    record->time_unix_ns = plain->now_unix_ns;
    check_arguments(logger->recorder, record);
    emission.limits = &logger->provider->limits;
    emission.current = hae_current();
    emit(logger, &emission);
}

/* Attributes that are short, few and different; NULL: one is not. */
static HAE_ALWAYS_INLINE uint8_t *
put_usual_attributes(uint8_t *at, const uint8_t *end, const struct plain *plain, size_t value_limit)
{
    for (size_t i = 0; i < plain->attribute_count; i++) {
        if (HAE_UNLIKELY(hae_attribute_shadowed(plain->attributes, plain->attribute_count, i))) {
            return NULL;
        }
        at = hae_put_short_attribute(at, end, LOG_ATTRIBUTES, &plain->attributes[i], value_limit);
        if (HAE_UNLIKELY(at == NULL)) {
            return NULL;
        }
    }
    return at;
}

/* What the body takes beside its text, at most. */
enum { BODY_AROUND = 2 + 2 * 3 };

/* The usual record, which needs nothing repaired, cut or left out: its end. NULL: it is
 * another, or there is no room; what was written does no harm. */
static HAE_ALWAYS_INLINE uint8_t *put_usual(uint8_t *at, const uint8_t *end,
                                            const struct plain *plain,
                                            const struct hae_limits *limits)
{
    size_t length = plain->body.length;

    if (HAE_UNLIKELY((uint32_t)plain->severity - 1 >= HAETAE_SEVERITY_FATAL4 ||
                     plain->body.data == NULL || length > UINT16_MAX / 2 ||
                     (size_t)(end - at) < FIXED_MAX + BODY_AROUND + length ||
                     plain->attribute_count > limits->count)) {
        return NULL;
    }
    at = put_fixed_fields(
        at, (struct fixed){plain->now_unix_ns, plain->now_unix_ns, plain->severity, hae_current()});
    at[0] = HAE_TAG(LOG_BODY, HAE_WIRE_LENGTH);
    at = hae_put_varint(at + 1, hae_field_size(length));
    at[0] = HAE_TAG(HAE_ANY_STRING, HAE_WIRE_LENGTH);
    at = hae_put_varint(at + 1, length);
    if (HAE_UNLIKELY((hae_copy_or(at, (const uint8_t *)plain->body.data, length) & HAE_HIGH_BITS) !=
                     0)) {
        return NULL;
    }
    return put_usual_attributes(at + length, end, plain, limits->value_length);
}

static HAE_ALWAYS_INLINE bool log_usual(struct hae_recorder *recorder, struct hae_lane *lane,
                                        const haetae_logger *logger, const struct plain *plain)
{
    size_t room;
    uint8_t *to = hae_ring_reserve(lane, recorder->ring_size_bytes, ROOM_GUESS, &room);
    uint8_t *at;

    if (HAE_UNLIKELY(to == NULL)) {
        return false;
    }
    room = room < recorder->record_size_max ? room : recorder->record_size_max;
    at = put_usual(to, to + room, plain, &logger->provider->limits);
    if (HAE_UNLIKELY(at == NULL)) {
        return false;
    }
    publish(recorder, lane, (uint32_t)(at - to), logger->scope);
    hae_wake_if_filling(recorder, lane);
    return true;
}

/* As haetae_log(), for records that are wanted: apart from it, which thus leaves others out
 * before it saves registers. */
static HAE_NOINLINE void log_plain(haetae_logger *logger, haetae_severity severity,
                                   const char *body, size_t body_length,
                                   const haetae_attribute *attributes, size_t attribute_count)
{
    struct hae_recorder *recorder = logger->recorder;
    struct hae_lane *lane = NULL;
    struct plain plain = {(int32_t)severity, {body, body_length}, attributes, attribute_count, 0};
    struct plain any;

    if (HAE_UNLIKELY(!admitted(logger))) {
        return;
    }
    plain.now_unix_ns = hae_clock_now_unix_ns(&recorder->region->clock);
    if (attribute_count == 0 || HAE_LIKELY(hae_attributes_sane(attributes, attribute_count))) {
        lane = hae_enter_lane(recorder);
    }
    if (HAE_LIKELY(lane != NULL)) {
        bool written = log_usual(recorder, lane, logger, &plain);

        hae_leave_lane();
        if (HAE_LIKELY(written)) {
            return;
        }
    }
    any = plain; /* so that only this one needs an address */
    log_any(logger, &any);
}

void haetae_log(haetae_logger *logger, haetae_severity severity, const char *body,
                size_t body_length, const haetae_attribute *attributes, size_t attribute_count)
{
    if (wanted(logger, (int)severity)) {
        log_plain(logger, severity, body, body_length, attributes, attribute_count);
    }
}

/* What the first version of the record had: callers never know less. */
enum { RECORD_SIZE_MIN = sizeof(haetae_log_record) };

void haetae_log_emit(haetae_logger *logger, const haetae_log_record *record)
{
    struct emission emission = {.current = hae_current()};
    struct hae_current given;

    if (record == NULL || !wanted(logger, record->severity) || !admitted(logger)) {
        return;
    }
    if (record->struct_size < RECORD_SIZE_MIN) {
        hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
        return;
    }
    memcpy(&emission.record, record,
           record->struct_size < sizeof emission.record ? record->struct_size
                                                        : sizeof emission.record);
    check_arguments(logger->recorder, &emission.record);
    emission.limits = &logger->provider->limits;
    if (record->context != NULL) {
        given = hae_current_from(record->context);
        emission.current = &given;
    }
    if (record->observed_time_unix_ns == 0) {
        emission.record.observed_time_unix_ns =
            hae_clock_now_unix_ns(&logger->recorder->region->clock);
    }
    emit(logger, &emission);
}
