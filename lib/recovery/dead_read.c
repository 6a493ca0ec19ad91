/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_read.h"

#include <string.h>

#include "recovery/check.h"
#include "recovery/dead_chain.h"
#include "recovery/dead_journal.h"
#include "recovery/dead_span.h"
#include "trace/span_slot.h"
#include "wire/otlp.h"
#include "wire/reader.h"

void hae_dead_begin(struct hae_dead *dead, haetae_signal signal)
{
    dead->signal = signal;
    dead->place = (struct hae_dead_place){HAE_DEAD_JOURNAL, 0, 0};
    dead->has_record = false;
    dead->record_is_open = false;
    memset(dead->slots_seen, 0, dead->layout.slot_count / 8 + (size_t)1);
    if ((dead->journals_valid >> signal & 1) != 0) {
        dead->place.position = hae_dead_load(&dead->stored->journals[signal].head);
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

/* Makes bytes the next record, if they are a valid one. */
static bool found(struct hae_dead *dead, uint32_t scope, const uint8_t *data, size_t size_bytes)
{
    enum hae_checked message =
        dead->signal == HAETAE_SIGNAL_TRACES ? HAE_CHECK_SPAN : HAE_CHECK_LOG_RECORD;

    if (size_bytes == 0 || !hae_check(message, data, size_bytes)) {
        hae_dead_fault(dead, "a record with %s is invalid", haetae_signal_name(dead->signal));
        return false;
    }
    note_time(dead, data, size_bytes);
    dead->record = (struct hae_record){.signal = dead->signal,
                                       .scope = hae_dead_scope(dead, scope),
                                       .size_bytes = (uint32_t)size_bytes,
                                       .data = data};
    dead->has_record = true;
    return true;
}

static enum hae_dead_next next_in_journal(struct hae_dead *dead)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[dead->signal];
    struct hae_journal_entry entry;
    const uint8_t *body;

    while ((dead->journals_valid >> dead->signal & 1) != 0 &&
           dead->place.position < hae_dead_load(&journal->tail)) {
        uint64_t from = dead->place.position;

        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_PAUSES;
        }
        if (!hae_dead_step_entry(dead, journal, &dead->place.position, &entry, &body)) {
            break;
        }
        hae_dead_spend(dead, dead->place.position - from);
        if (body != NULL && !entry.settled && found(dead, entry.scope, body, entry.size_bytes)) {
            return HAE_DEAD_RECORD;
        }
    }
    return HAE_DEAD_NO_MORE;
}

/* Begins with a lane. */
static void begin_lane(struct hae_dead *dead, uint32_t index)
{
    const struct hae_lane *lane = hae_layout_lane(&dead->layout, index);
    uint64_t head;
    uint64_t tail;

    dead->place = (struct hae_dead_place){HAE_DEAD_LANES, index, 0};
    if (lane == NULL) {
        return;
    }
    head = hae_dead_load(&lane->head);
    tail = hae_dead_load(&lane->tail);
    if (head > tail || tail - head > dead->layout.region->ring_size_bytes ||
        (head | tail) % 8 != 0) {
        hae_dead_fault(dead, "lane %u is invalid", (unsigned)index);
        head = tail;
    } else if (dead->lanes_taken[index] > head) {
        head = dead->lanes_taken[index];
    }
    dead->place.position = head;
}

/* A filler may have any size. A record is never empty, nor larger than this. */
static bool header_valid(const struct hae_dead *dead, const struct hae_record_header *header)
{
    return header->signal == HAE_RECORD_FILLER ||
           (header->signal < HAETAE_SIGNAL_COUNT && header->size_bytes != 0 &&
            header->size_bytes <= dead->record_size_max);
}

/* Steps over a record of a lane; false: there is none, or it cannot be read. */
static bool step_record(struct hae_dead *dead, struct hae_record_header *ret_header,
                        const uint8_t **ret_body)
{
    const struct hae_lane *lane = hae_layout_lane(&dead->layout, dead->place.index);
    uint64_t ring_size = dead->layout.region->ring_size_bytes;
    uint64_t tail = hae_dead_load(&lane->tail);
    uint64_t rest = hae_dead_to_end(dead->place.position, ring_size);
    uint64_t left = tail > dead->place.position ? tail - dead->place.position : 0;
    uint64_t size;

    if (left == 0) {
        return false;
    }
    *ret_body = &lane->ring[dead->place.position & (ring_size - 1)];
    memcpy(ret_header, *ret_body, sizeof *ret_header);
    *ret_body += sizeof *ret_header;
    size = sizeof *ret_header + hae_align8(ret_header->size_bytes);
    if (size > left || size > rest || !header_valid(dead, ret_header)) {
        hae_dead_fault(dead, "lane %u cannot be read to its end", (unsigned)dead->place.index);
        return false;
    }
    dead->place.position += size;
    hae_dead_spend(dead, size);
    return true;
}

static enum hae_dead_next next_in_lanes(struct hae_dead *dead)
{
    struct hae_record_header header;
    const uint8_t *body;

    while (dead->place.index < dead->layout.lane_count) {
        if (hae_dead_must_pause(dead)) {
            return HAE_DEAD_PAUSES;
        }
        if (!step_record(dead, &header, &body)) {
            begin_lane(dead, dead->place.index + 1);
        } else if (header.signal == (uint8_t)dead->signal &&
                   found(dead, header.scope, body, header.size_bytes)) {
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
    return found(dead, slot->scope, dead->scratch, size);
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
        dead->place = (struct hae_dead_place){stage, 0, 0};
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
