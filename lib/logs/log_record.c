/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes a log record where it will lie: in the ring of the lane, or in slots when there is no
 * lane or no room. */
#include "logs/log_record.h"

#include "logs/log_size.h"
#include "recorder/chain.h"
#include "wire/exception.h"

enum outcome { WRITTEN, NO_ROOM, INVALID };

/* Everything that goes into the record, as the caller gave it; but its exception is one of this
 * version, with valid attributes. */
struct emission {
    const struct hae_limits *limits;
    const struct hae_current *current;
    haetae_log_record record;
};

/* How many attributes a record has so far, and how many it lacks. */
struct tally {
    uint32_t kept;
    uint32_t dropped;
};

/* Writes the common body: valid text that fits. False: the body needs the long way. */
static inline bool put_plain_text(struct hae_sink *sink, const haetae_value *body)
{
    size_t length = body->as.string.length;
    uint8_t *at = sink->at;

    if (body->type != HAETAE_VALUE_STRING || body->as.string.data == NULL || length > UINT16_MAX ||
        hae_sink_room(sink) < hae_field_size(hae_field_size(length))) {
        return false;
    }
    at = hae_log_put_body_head(at, length);
    if (!hae_copy_text(at, body->as.string.data, length)) {
        return false;
    }
    sink->at = at + length;
    return true;
}

static enum outcome put_body(struct hae_sink *sink, const struct emission *emission)
{
    const haetae_value *body = &emission->record.body;
    enum hae_put put;

    if (body->type == HAETAE_VALUE_EMPTY || HAE_LIKELY(put_plain_text(sink, body))) {
        return WRITTEN;
    }
    put =
        hae_put_value(sink, HAE_OTLP_LOG_RECORD_BODY, body, hae_log_body_limits(emission->limits));
    if (put == HAE_PUT_OK) {
        return WRITTEN;
    }
    return put == HAE_PUT_FULL ? NO_ROOM : INVALID;
}

/* Puts an attribute that no other one replaces. False: there is no room. */
static HAE_ALWAYS_INLINE bool put_attribute(struct hae_sink *sink, const struct hae_limits *limits,
                                            const haetae_attribute *attribute, struct tally *tally)
{
    enum hae_put put = HAE_PUT_INVALID;

    if (HAE_LIKELY(tally->kept < limits->count)) {
        put = hae_put_attribute_inline(sink, HAE_OTLP_LOG_RECORD_ATTRIBUTES, attribute,
                                       &limits->value);
    }
    if (HAE_UNLIKELY(put == HAE_PUT_FULL)) {
        return false;
    }
    tally->kept += put == HAE_PUT_OK;
    tally->dropped += put != HAE_PUT_OK;
    return true;
}

/* Puts the attributes of the exception that neither the record has nor, of the three that are made
 * of it, the exception itself. */
static HAE_COLD bool put_exception(struct hae_sink *sink, const struct emission *emission,
                                   struct tally *tally)
{
    const haetae_log_record *record = &emission->record;
    const haetae_exception *exception = record->exception;
    haetae_attribute made[HAE_EXCEPTION_ATTRIBUTES];
    size_t further = exception->attribute_count;
    size_t count = further + hae_exception_attributes(exception, made);
    bool fits = true;

    for (size_t i = 0; i < count && fits; i++) {
        const haetae_attribute *one = i < further ? &exception->attributes[i] : &made[i - further];
        bool replaced = i < further ? hae_attribute_is_duplicate(exception->attributes, further, i)
                                    : hae_attributes_have(exception->attributes, further, one->key);

        if (!replaced &&
            !hae_attributes_have(record->attributes, record->attribute_count, one->key)) {
            fits = put_attribute(sink, emission->limits, one, tally);
        }
    }
    return fits;
}

static enum outcome put_attributes(struct hae_sink *sink, const struct emission *emission)
{
    const haetae_log_record *record = &emission->record;
    struct tally tally = {0, 0};

    for (size_t i = 0; i < record->attribute_count; i++) {
        if (!hae_attribute_is_duplicate(record->attributes, record->attribute_count, i) &&
            !put_attribute(sink, emission->limits, &record->attributes[i], &tally)) {
            return NO_ROOM;
        }
    }
    if (HAE_UNLIKELY(record->exception != NULL) && !put_exception(sink, emission, &tally)) {
        return NO_ROOM;
    }
    if (HAE_UNLIKELY(tally.dropped != 0)) {
        if (!hae_sink_reserve(sink, 6)) {
            return NO_ROOM;
        }
        hae_sink_put_byte(sink,
                          HAE_TAG(HAE_OTLP_LOG_RECORD_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT));
        hae_sink_put_varint(sink, tally.dropped);
    }
    return WRITTEN;
}

static enum outcome put_record(struct hae_sink *sink, const struct emission *emission)
{
    const haetae_log_record *record = &emission->record;
    enum outcome outcome;

    if (hae_sink_room(sink) < HAE_LOG_FIXED_MAX) {
        return NO_ROOM;
    }
    sink->at = hae_log_put_fixed_fields(
        sink->at, (struct hae_log_fixed){record->time_unix_ns, record->observed_time_unix_ns,
                                         record->severity, emission->current});
    outcome = put_body(sink, emission);
    if (HAE_UNLIKELY(outcome != WRITTEN)) {
        return outcome;
    }
    outcome = put_attributes(sink, emission);
    if (HAE_UNLIKELY(outcome != WRITTEN)) {
        return outcome;
    }
    if (HAE_UNLIKELY(!hae_string_valid(record->severity_text) ||
                     !hae_string_valid(record->event_name))) {
        return INVALID;
    }
    return hae_put_text_field(sink, HAE_OTLP_LOG_RECORD_SEVERITY_TEXT, record->severity_text) &&
                   hae_put_text_field(sink, HAE_OTLP_LOG_RECORD_EVENT_NAME, record->event_name)
               ? WRITTEN
               : NO_ROOM;
}

/* ---- Into the lane's ring ------------------------------------------------------------ */

static void drop(struct hae_recorder *recorder, struct hae_entry entry, haetae_drop_reason reason)
{
    hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_LOGS, reason);
}

static enum outcome try_ring(struct hae_recorder *recorder, struct hae_lane *lane, uint16_t scope,
                             const struct emission *emission, size_t minimum)
{
    size_t room;
    uint8_t *to = hae_record_reserve(recorder, lane, minimum, &room);
    struct hae_sink sink;
    enum outcome outcome;

    if (to == NULL) {
        return NO_ROOM;
    }
    sink = hae_sink_over(to, room);
    outcome = put_record(&sink, emission);
    if (HAE_LIKELY(outcome == WRITTEN)) {
        hae_record_commit(recorder, lane, (uint32_t)(sink.at - to), scope, HAETAE_SIGNAL_LOGS);
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
    uint64_t size;

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
        hae_record_hand_over(recorder, entry.lane, index);
        return;
    }
    hae_slot_give_chain(recorder, NULL, index);
    if (outcome == INVALID) {
        drop(recorder, entry, HAETAE_DROP_INVALID);
    } else if (hae_log_size(&emission->record, emission->limits, &size) &&
               size > recorder->record_size_max) {
        drop(recorder, entry, HAETAE_DROP_TOO_LARGE);
    } else {
        drop(recorder, entry, HAETAE_DROP_RING_FULL);
    }
}

/* ---- Into the lane, whole -------------------------------------------------------------- */

/* The record did not fit the first piece of room, or is invalid, as `outcome` says. */
static HAE_COLD void write_again(struct hae_recorder *recorder, struct hae_entry entry,
                                 uint16_t scope, const struct emission *emission,
                                 enum outcome outcome)
{
    uint64_t size;

    if (outcome == NO_ROOM) {
        if (!hae_log_size(&emission->record, emission->limits, &size) ||
            size > recorder->record_size_max) {
            drop(recorder, entry, HAETAE_DROP_TOO_LARGE);
            return;
        }
        outcome = try_ring(recorder, entry.lane, scope, emission, (size_t)size);
    }
    if (outcome == WRITTEN) {
        hae_wake_if_filling(recorder, entry.lane);
    } else if (outcome == INVALID) {
        drop(recorder, entry, HAETAE_DROP_INVALID);
    } else if (hae_record_overflow(recorder, entry.lane, HAETAE_SIGNAL_LOGS)) {
        write_to_slots(recorder, entry, scope, emission);
    }
}

static void write_to_lane(struct hae_recorder *recorder, struct hae_entry entry, uint16_t scope,
                          const struct emission *emission)
{
    enum outcome outcome = try_ring(recorder, entry.lane, scope, emission, HAE_LOG_ROOM_GUESS);

    if (HAE_LIKELY(outcome == WRITTEN)) {
        hae_wake_if_filling(recorder, entry.lane);
    } else {
        write_again(recorder, entry, scope, emission, outcome);
    }
}

/* Leaves out invalid arguments, and counts them. */
static void check_arguments(struct hae_recorder *recorder, haetae_log_record *record)
{
    if (HAE_UNLIKELY(record->attribute_count != 0 &&
                     !hae_attributes_valid(record->attributes, record->attribute_count))) {
        record->attribute_count = 0;
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    if (HAE_UNLIKELY((uint32_t)record->severity > HAETAE_SEVERITY_FATAL4)) {
        record->severity = HAETAE_SEVERITY_UNSPECIFIED;
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
}

/* Shows the record to processors. False: it is left out. */
static bool show(haetae_logger *logger, struct emission *emission, struct hae_log_scratch *scratch)
{
    haetae_item_origin origin = hae_logger_origin(logger);
    bool kept = hae_log_processors_emit(&logger->provider->processors, &origin, &emission->record,
                                        emission->current, scratch);

    if (kept) {
        check_arguments(logger->recorder, &emission->record);
    }
    return kept;
}

static void write(const haetae_logger *logger, const struct emission *emission)
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

/* Writes a record with an exception, which may be invalid: it is left out then, and counted. */
static HAE_COLD void write_with_exception(const haetae_logger *logger, struct emission *emission)
{
    haetae_log_record *record = &emission->record;
    haetae_exception known;
    bool valid = HAE_READ_OPTIONS(logger->recorder, haetae_exception, &known, record->exception);

    record->exception = valid ? &known : NULL;
    if (valid && !hae_attributes_valid(known.attributes, known.attribute_count)) {
        valid = known.attribute_count == 0;
        known.attribute_count = 0;
    }
    if (!valid) {
        hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
    }
    write(logger, emission);
}

static void write_any(const haetae_logger *logger, struct emission *emission)
{
    if (HAE_UNLIKELY(emission->record.exception != NULL)) {
        write_with_exception(logger, emission);
    } else {
        write(logger, emission);
    }
}

/* A function of its own, for its stack. */
static HAE_NOINLINE void show_and_write(haetae_logger *logger, struct emission *emission)
{
    struct hae_log_scratch scratch;

    if (show(logger, emission, &scratch)) {
        write_any(logger, emission);
    }
}

static void emit(haetae_logger *logger, struct emission *emission)
{
    if (HAE_UNLIKELY(!hae_log_sampled(logger, emission->current))) {
        return;
    }
    if (HAE_UNLIKELY(logger->provider->processors.count != 0)) {
        show_and_write(logger, emission);
    } else {
        write_any(logger, emission);
    }
}

/* ---- The calls --------------------------------------------------------------------------- */

void hae_log_full(haetae_logger *logger, const haetae_log_record *record)
{
    struct emission emission = {&logger->provider->limits, hae_current(), *record};

    check_arguments(logger->recorder, &emission.record);
    emit(logger, &emission);
}

void hae_log_any(haetae_logger *logger, const struct hae_plain_log *plain)
{
    const haetae_log_record record = {.struct_size = sizeof record,
                                      .severity = plain->severity,
                                      .body = haetae_value_of(plain->body),
                                      .attributes = plain->attributes,
                                      .attribute_count = plain->attribute_count,
                                      .observed_time_unix_ns = plain->now_unix_ns,
                                      .time_unix_ns = plain->now_unix_ns};

    hae_log_full(logger, &record);
}

static HAE_COLD void emit_in_context(haetae_logger *logger, const haetae_log_record *record)
{
    haetae_log_record inner = *record;
    haetae_context_token token;

    inner.struct_size = sizeof inner;
    inner.in_context = NULL;
    haetae_context_attach_context(record->in_context, &token);
    haetae_log_emit(logger, &inner);
    haetae_context_detach(&token);
}

void haetae_log_emit(haetae_logger *logger, const haetae_log_record *record)
{
    struct emission emission = {.current = hae_current()};
    struct hae_current named;

    if (record == NULL || !hae_log_wanted(logger, record->severity) || !hae_log_admitted(logger)) {
        return;
    }
    if (!HAE_READ_OPTIONS(logger->recorder, haetae_log_record, &emission.record, record)) {
        hae_count_misuse(logger->recorder, HAETAE_MISUSE_ARGUMENT);
        return;
    }
    if (HAE_UNLIKELY(emission.record.in_context != NULL)) {
        emit_in_context(logger, &emission.record);
        return;
    }
    check_arguments(logger->recorder, &emission.record);
    emission.limits = &logger->provider->limits;
    if (emission.record.context != NULL || emission.record.span != HAETAE_SPAN_NONE) {
        named = hae_current_named(emission.record.span, emission.record.context);
        emission.current = &named;
    }
    if (record->observed_time_unix_ns == 0) {
        emission.record.observed_time_unix_ns =
            hae_clock_now_unix_ns(&logger->recorder->region->clock);
    }
    emit(logger, &emission);
}
