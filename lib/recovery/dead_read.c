/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_read.h"

#include <string.h>

#include "recovery/check.h"
#include "recovery/dead_chain.h"
#include "recovery/dead_lane.h"
#include "recovery/dead_log.h"
#include "recovery/dead_span.h"
#include "trace/span_slot.h"
#include "wire/otlp.h"
#include "wire/reader.h"

void hae_dead_begin(struct hae_dead *dead, haetae_signal signal)
{
    dead->signal = signal;
    dead->place = (struct hae_dead_place){.stage = HAE_DEAD_JOURNAL};
    dead->has_record = false;
    dead->record_is_open = false;
    memset(dead->slots_seen, 0, dead->layout.slot_count / 8 + (size_t)1);
    if ((dead->journals_valid >> signal & 1) != 0) {
        dead->place.cursor.position = hae_dead_load(&dead->stored->journals[signal].head);
    }
}

/* A span's end, or when a log record was observed. */
static void note_time(struct hae_dead *dead, const uint8_t *data, size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(data, size_bytes);
    struct hae_field field;
    uint32_t time_field = dead->signal == HAETAE_SIGNAL_TRACES
                              ? HAE_OTLP_SPAN_END_TIME_UNIX_NANO
                              : HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO;

    while (hae_read_field(&reader, &field)) {
        if (field.number == time_field) {
            hae_dead_note_time(dead, field.value);
        }
    }
}

/* Makes a valid record the next one. */
static void found(struct hae_dead *dead, uint32_t scope, const uint8_t *data, size_t size_bytes)
{
    note_time(dead, data, size_bytes);
    dead->record = (struct hae_record){.signal = dead->signal,
                                       .scope = hae_dead_scope(dead, scope),
                                       .size_bytes = (uint32_t)size_bytes,
                                       .data = data};
    dead->has_record = true;
}

static enum hae_dead_next next_in_journal(struct hae_dead *dead)
{
    struct hae_dead_log log;
    struct hae_dead_frame entry;

    if ((dead->journals_valid >> dead->signal & 1) == 0) {
        return HAE_DEAD_NO_MORE;
    }
    log = hae_dead_journal(dead, dead->signal);
    for (;;) {
        enum hae_dead_step step;

        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_PAUSES;
        }
        step = hae_dead_step(&log, &dead->place.cursor, &entry, NULL);
        if (step == HAE_DEAD_STEP_END) {
            return HAE_DEAD_NO_MORE;
        }
        if (step == HAE_DEAD_STEP_RECORD && !entry.settled) {
            found(dead, entry.scope, entry.body, entry.size_bytes);
            return HAE_DEAD_RECORD;
        }
    }
}

static void begin_lane(struct hae_dead *dead, uint32_t index)
{
    dead->place = (struct hae_dead_place){.stage = HAE_DEAD_LANES, .index = index};
    if (index < dead->layout.lane_count) {
        dead->place.cursor = hae_dead_lane_begin(dead, index);
    }
}

static enum hae_dead_next next_in_lanes(struct hae_dead *dead)
{
    struct hae_dead_frame frame;

    while (dead->place.index < dead->layout.lane_count) {
        struct hae_dead_log log = hae_dead_ring(dead, dead->place.index);
        enum hae_dead_step step;

        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_PAUSES;
        }
        step = hae_dead_step(&log, &dead->place.cursor, &frame, NULL);
        if (step == HAE_DEAD_STEP_END) {
            begin_lane(dead, dead->place.index + 1);
        } else if (step == HAE_DEAD_STEP_RECORD && frame.signal == dead->signal) {
            found(dead, frame.scope, frame.body, frame.size_bytes);
            return HAE_DEAD_RECORD;
        }
    }
    return HAE_DEAD_NO_MORE;
}

/* Makes what a slot holds the next record, if it is a log record or a span that no other place
 * has given. */
static bool next_in_slot(struct hae_dead *dead, uint32_t index)
{
    const struct hae_slot *slot = hae_layout_slot(&dead->layout, index);
    uint64_t state = hae_dead_load(&slot->state);
    bool record = (state & HAE_SLOT_RECORD) != 0;
    bool open = !record && (state & HAE_SLOT_OPEN) != 0;
    haetae_signal signal = (haetae_signal)slot->signal;
    enum hae_checked message =
        signal == HAETAE_SIGNAL_TRACES ? HAE_CHECK_SPAN : HAE_CHECK_LOG_RECORD;
    size_t size;

    dead->record_is_open = false;
    if ((!record && !open) || signal != dead->signal || hae_dead_bit(dead->slots_taken, index) ||
        (open && (hae_span_word(slot, HAE_IDENTITY_FLAGS) & HAETAE_TRACE_FLAG_SAMPLED) == 0)) {
        return false;
    }
    size = signal == HAETAE_SIGNAL_TRACES
               ? hae_dead_span(dead, index)
               : hae_dead_gather(dead, index, 0, dead->scratch, (size_t)dead->record_size_max);
    hae_dead_spend(dead, size);
    if (size == 0 || !hae_check(message, dead->scratch, size)) {
        hae_dead_fault(dead, "a record with %s is invalid", haetae_signal_name(signal));
        return false;
    }
    found(dead, slot->scope, dead->scratch, size);
    return true;
}

static enum hae_dead_next next_in_slots(struct hae_dead *dead)
{
    /* Slot 0 is none. */
    while (dead->place.index + 1 < dead->layout.slot_count) {
        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_PAUSES;
        }
        hae_dead_spend(dead, HAE_SLOT_SIZE);
        if (next_in_slot(dead, ++dead->place.index)) {
            return HAE_DEAD_RECORD;
        }
    }
    return HAE_DEAD_NO_MORE;
}

/* Returns the next record of the stage that the reading is in. */
static enum hae_dead_next next_in_stage(struct hae_dead *dead)
{
    switch (dead->place.stage) {
    case HAE_DEAD_JOURNAL:
        return next_in_journal(dead);
    case HAE_DEAD_LANES:
        return next_in_lanes(dead);
    case HAE_DEAD_SLOTS:
        return next_in_slots(dead);
    case HAE_DEAD_END:
        break;
    }
    return HAE_DEAD_NO_MORE;
}

static void begin_stage(struct hae_dead *dead, enum hae_dead_stage stage)
{
    if (stage == HAE_DEAD_LANES) {
        begin_lane(dead, 0);
    } else {
        dead->place = (struct hae_dead_place){.stage = stage};
    }
}

enum hae_dead_next hae_dead_peek(struct hae_dead *dead, struct hae_record *ret_record)
{
    enum hae_dead_next next = dead->has_record ? HAE_DEAD_RECORD : next_in_stage(dead);

    while (next == HAE_DEAD_NO_MORE && dead->place.stage != HAE_DEAD_END) {
        begin_stage(dead, dead->place.stage + 1);
        next = next_in_stage(dead);
    }
    if (next == HAE_DEAD_RECORD) {
        *ret_record = dead->record;
    }
    return next;
}

void hae_dead_skip(struct hae_dead *dead)
{
    dead->has_record = false;
}
