/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "recorder/journal.h"
#include "recorder/scope.h"
#include "recorder/span_slot.h"
#include "recovery/check.h"

void hae_dead_fault(struct hae_dead *dead, const char *format, ...)
{
    va_list arguments;

    if (dead->fault_count++ == 0) {
        va_start(arguments, format);
        vsnprintf(dead->fault, sizeof dead->fault, format, arguments);
        va_end(arguments);
    }
}

static bool bit_of(const uint8_t *bits, uint32_t index)
{
    return (bits[index / 8] >> (index % 8) & 1) != 0;
}

static void set_bit(uint8_t *bits, uint32_t index)
{
    bits[index / 8] |= (uint8_t)(1U << (index % 8));
}

/* Relaxed, here and below: nobody writes any more. */
static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* ---- Journals ---------------------------------------------------------------------------- */

static uint64_t to_end(uint64_t position, uint64_t size_bytes)
{
    return size_bytes - position % size_bytes;
}

/* Steps over what stands at a position below `tail`: an entry, or (*ret_body NULL) what
 * only fills up. False: what is there can't be read, nor anything behind it. */
static bool step_entry(struct hae_dead *dead, const struct hae_stored_journal *journal,
                       uint64_t *position, struct hae_journal_entry *ret_entry,
                       const uint8_t **ret_body)
{
    const uint8_t *bytes = hae_region_at(dead->region, journal->offset);
    uint64_t rest = to_end(*position, journal->size_bytes);
    uint64_t left = load64(&journal->tail) - *position;
    uint64_t size;

    *ret_body = NULL;
    if (rest < sizeof *ret_entry) {
        *position += rest;
        return rest <= left;
    }
    memcpy(ret_entry, bytes + *position % journal->size_bytes, sizeof *ret_entry);
    size = sizeof *ret_entry + hae_align8(ret_entry->size_bytes);
    if (size > rest || size > left) {
        return false;
    }
    if (!ret_entry->filler) {
        *ret_body = bytes + *position % journal->size_bytes + sizeof *ret_entry;
    }
    *position += size;
    return true;
}

/* Whether a journal's numbers make sense. One that was never there has none. */
static bool journal_right(struct hae_dead *dead, haetae_signal signal, uint64_t size_bytes)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[signal];
    uint64_t head = load64(&journal->head);
    uint64_t tail = load64(&journal->tail);

    if (journal->size_bytes == 0) {
        return false;
    }
    if (journal->size_bytes % 8 != 0 || journal->offset % 8 != 0 || journal->offset > size_bytes ||
        journal->size_bytes > size_bytes - journal->offset || head % 8 != 0 || tail % 8 != 0 ||
        head > tail || tail - head > journal->size_bytes) {
        hae_dead_fault(dead, "the journal of %s is not right", haetae_signal_name(signal));
        return false;
    }
    return true;
}

/* Notes from which place an entry came: there it is still, perhaps, but must not be found
 * once more. */
static void note_taken(struct hae_dead *dead, const struct hae_journal_entry *entry)
{
    if (entry->source == HAE_SOURCE_SLOTS) {
        uint32_t index = (uint32_t)entry->position;

        if (index < dead->slot_count &&
            hae_slot_place(hae_slot_at(&dead->recorder, index), index) == entry->position) {
            set_bit(dead->slots_taken, index);
        }
    } else if (entry->source < dead->lane_count &&
               entry->position > dead->lanes_taken[entry->source]) {
        dead->lanes_taken[entry->source] = entry->position;
    }
}

static void read_journal(struct hae_dead *dead, haetae_signal signal)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[signal];
    uint64_t position = load64(&journal->head);
    struct hae_journal_entry entry;
    const uint8_t *body;

    while (position < load64(&journal->tail)) {
        if (!step_entry(dead, journal, &position, &entry, &body)) {
            hae_dead_fault(dead, "the journal of %s breaks off at %llu", haetae_signal_name(signal),
                           (unsigned long long)position);
            return;
        }
        if (body != NULL) {
            note_taken(dead, &entry);
        }
    }
}

/* ---- Opening ------------------------------------------------------------------------------ */

static enum hae_dead_refusal find_parts(struct hae_dead *dead, uint8_t *memory, uint64_t size_bytes)
{
    struct hae_region *region = (struct hae_region *)(void *)memory;
    uint64_t offset;
    uint32_t version;

    if (size_bytes < sizeof *region) {
        return size_bytes == 0 ? HAE_DEAD_UNFINISHED : HAE_DEAD_BROKEN;
    }
    if (!hae_region_recognise(memory, size_bytes, &version)) {
        static const char none[sizeof region->magic];

        return version != 0 && version != HAE_LAYOUT_VERSION            ? HAE_DEAD_OTHER
               : memcmp(region->magic, none, sizeof region->magic) == 0 ? HAE_DEAD_UNFINISHED
                                                                        : HAE_DEAD_BROKEN;
    }
    offset = (region->size_bytes + 4095) / 4096 * 4096;
    if (region->stored_offset != offset || size_bytes < offset + sizeof *dead->stored) {
        return HAE_DEAD_BROKEN;
    }
    dead->region = region;
    dead->stored = hae_region_at(region, offset);
    if (dead->stored->layout_mark != hae_stored_layout_mark()) {
        return HAE_DEAD_OTHER;
    }
    return dead->stored->file_size_bytes == size_bytes ? HAE_DEAD_READABLE : HAE_DEAD_BROKEN;
}

static uint32_t lesser(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

/* The counts of what was in use, and the recorder through which it is found. */
static void look_around(struct hae_dead *dead, uint64_t size_bytes)
{
    struct hae_region *region = dead->region;
    const struct hae_stored *stored = dead->stored;
    uint64_t half_ring = region->ring_size_bytes / 2;

    dead->lane_count = lesser(atomic_load_explicit(&region->lanes_touched, memory_order_relaxed),
                              region->lane_count);
    dead->slot_count = lesser(load64(&region->slots_fresh), region->slot_count);
    dead->last_known_unix_ns = load64(&stored->last_known_unix_ns);
    dead->record_size_max = half_ring < UINT32_C(1) << 20 ? half_ring : UINT32_C(1) << 20;
    dead->recorder.region = region;
    dead->recorder.lanes = hae_region_at(region, region->lanes_offset);
    dead->recorder.slots = hae_region_at(region, region->slots_offset);
    dead->recorder.lane_stride_bytes = region->lane_stride_bytes;
    if (stored->resource_offset <= size_bytes &&
        stored->resource_size_bytes <= size_bytes - stored->resource_offset &&
        hae_check(HAE_CHECK_RESOURCE, hae_region_at(region, stored->resource_offset),
                  (size_t)stored->resource_size_bytes)) {
        dead->resource = hae_region_at(region, stored->resource_offset);
        dead->resource_size_bytes = (size_t)stored->resource_size_bytes;
    } else {
        hae_dead_fault(dead, "the resource is not right");
    }
}

static bool heap_holds(const struct hae_region *region, uint64_t offset, uint64_t size_bytes)
{
    uint64_t end = region->heap_offset + region->heap_size_bytes;

    return offset % 8 == 0 && offset >= region->heap_offset && offset <= end &&
           size_bytes <= end - offset;
}

static bool scope_right(struct hae_region *region, uint64_t offset)
{
    const struct hae_scope *scope;

    if (!heap_holds(region, offset, sizeof *scope)) {
        return false;
    }
    scope = hae_region_at(region, offset);
    return heap_holds(region, offset,
                      sizeof *scope + (uint64_t)scope->scope_size_bytes +
                          scope->schema_url_size_bytes) &&
           hae_check(HAE_CHECK_SCOPE, scope->bytes, scope->scope_size_bytes);
}

static void look_at_scopes(struct hae_dead *dead)
{
    uint32_t count = atomic_load_explicit(&dead->region->scope_count, memory_order_relaxed);

    for (uint32_t i = 1; i <= count && i < HAE_SCOPES_MAX; i++) {
        dead->scopes_right[i] = scope_right(dead->region, dead->region->scope_offset[i]);
        if (!dead->scopes_right[i]) {
            hae_dead_fault(dead, "scope %u is not right", (unsigned)i);
        }
    }
}

/* Spans that look open but whose record was published: the process was killed right there. */
static void look_at_endings(struct hae_dead *dead)
{
    for (uint32_t i = 0; i < dead->lane_count; i++) {
        const struct hae_lane *lane = hae_lane_at(&dead->recorder, i);
        uint64_t ending = load64(&lane->ending);
        uint32_t index = (uint32_t)ending & HAE_SLOT_INDEX_MAX;

        if (index != 0 && index < dead->slot_count &&
            load64(&lane->tail) << HAE_ENDING_TAIL_SHIFT !=
                (ending & ~(uint64_t)HAE_SLOT_INDEX_MAX)) {
            set_bit(dead->slots_taken, index);
        }
    }
}

enum hae_dead_refusal hae_dead_open(struct hae_dead *dead, void *memory, uint64_t size_bytes)
{
    enum hae_dead_refusal refusal;

    memset(dead, 0, sizeof *dead);
    refusal = find_parts(dead, memory, size_bytes);
    if (refusal != HAE_DEAD_READABLE) {
        return refusal;
    }
    look_around(dead, size_bytes);
    dead->lanes_taken = hae_calloc(dead->lane_count + (size_t)1, sizeof *dead->lanes_taken);
    dead->slots_taken = hae_calloc(dead->slot_count / 8 + (size_t)1, 1);
    dead->slots_seen = hae_calloc(dead->slot_count / 8 + (size_t)1, 1);
    dead->scratch = hae_malloc((size_t)dead->record_size_max + 2 * (size_t)HAE_DEAD_SPAN_EXTRA);
    if (dead->lanes_taken == NULL || dead->slots_taken == NULL || dead->slots_seen == NULL ||
        dead->scratch == NULL) {
        hae_dead_close(dead);
        return HAE_DEAD_NO_MEMORY;
    }
    look_at_scopes(dead);
    look_at_endings(dead);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (journal_right(dead, (haetae_signal)signal, size_bytes)) {
            dead->journals_right |= 1U << signal;
            read_journal(dead, (haetae_signal)signal);
        }
    }
    return HAE_DEAD_READABLE;
}

void hae_dead_close(struct hae_dead *dead)
{
    hae_free(dead->lanes_taken);
    hae_free(dead->slots_taken);
    hae_free(dead->slots_seen);
    hae_free(dead->scratch);
    dead->lanes_taken = NULL;
    dead->slots_taken = NULL;
    dead->slots_seen = NULL;
    dead->scratch = NULL;
}

void hae_dead_dropped(const struct hae_dead *dead, uint64_t ret_counts[HAETAE_SIGNAL_COUNT])
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        ret_counts[signal] = 0;
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            ret_counts[signal] += load64(&dead->region->shared.dropped[signal][reason]);
            for (uint32_t i = 0; i < dead->lane_count; i++) {
                ret_counts[signal] +=
                    load64(&hae_lane_at(&dead->recorder, i)->counts.dropped[signal][reason]);
            }
        }
    }
}

/* ---- Reading ------------------------------------------------------------------------------- */

void hae_dead_begin(struct hae_dead *dead, haetae_signal signal)
{
    dead->signal = signal;
    dead->place = (struct hae_dead_place){HAE_DEAD_JOURNAL, 0, 0};
    dead->has_record = false;
    dead->record_is_open = false;
    memset(dead->slots_seen, 0, dead->slot_count / 8 + (size_t)1);
    if ((dead->journals_right >> signal & 1) != 0) {
        dead->place.position = load64(&dead->stored->journals[signal].head);
    }
}

/* Makes bytes the next record, if they are one. */
static bool found(struct hae_dead *dead, uint32_t scope, const uint8_t *data, size_t size_bytes)
{
    enum hae_checked message =
        dead->signal == HAETAE_SIGNAL_TRACES ? HAE_CHECK_SPAN : HAE_CHECK_LOG_RECORD;

    if (size_bytes == 0 || !hae_check(message, data, size_bytes)) {
        hae_dead_fault(dead, "a record with %s is not right", haetae_signal_name(dead->signal));
        return false;
    }
    dead->record = (struct hae_record){.signal = dead->signal,
                                       .scope = hae_dead_scope(dead, scope),
                                       .size_bytes = (uint32_t)size_bytes,
                                       .data = data};
    dead->has_record = true;
    return true;
}

static bool next_in_journal(struct hae_dead *dead)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[dead->signal];
    struct hae_journal_entry entry;
    const uint8_t *body;

    while ((dead->journals_right >> dead->signal & 1) != 0 &&
           dead->place.position < load64(&journal->tail) &&
           step_entry(dead, journal, &dead->place.position, &entry, &body)) {
        if (body != NULL && !entry.settled && found(dead, entry.scope, body, entry.size_bytes)) {
            return true;
        }
    }
    return false;
}

/* Goes on with the next lane. */
static void turn_to_lane(struct hae_dead *dead, uint32_t index)
{
    const struct hae_lane *lane;
    uint64_t head;

    dead->place = (struct hae_dead_place){HAE_DEAD_LANES, index, 0};
    if (index >= dead->lane_count) {
        return;
    }
    lane = hae_lane_at(&dead->recorder, index);
    head = load64(&lane->head);
    if (head > load64(&lane->tail) || load64(&lane->tail) - head > dead->region->ring_size_bytes ||
        (head | load64(&lane->tail)) % 8 != 0) {
        hae_dead_fault(dead, "lane %u is not right", (unsigned)index);
        head = load64(&lane->tail);
    } else if (dead->lanes_taken[index] > head) {
        head = dead->lanes_taken[index];
    }
    dead->place.position = head;
}

/* Steps over a record of a lane; false: there is none that can be read. */
static bool step_record(struct hae_dead *dead, struct hae_record_header *ret_header,
                        const uint8_t **ret_body)
{
    const struct hae_lane *lane = hae_lane_at(&dead->recorder, dead->place.index);
    uint64_t tail = load64(&lane->tail);
    uint64_t rest = to_end(dead->place.position, dead->region->ring_size_bytes);
    uint64_t left = tail > dead->place.position ? tail - dead->place.position : 0;
    uint64_t size;

    if (left == 0) {
        return false;
    }
    *ret_body = &lane->ring[dead->place.position & (dead->region->ring_size_bytes - 1)];
    memcpy(ret_header, *ret_body, sizeof *ret_header);
    *ret_body += sizeof *ret_header;
    size = sizeof *ret_header + hae_align8(ret_header->size_bytes);
    if (size > left || size > rest ||
        (ret_header->signal >= HAETAE_SIGNAL_COUNT && ret_header->signal != HAE_RECORD_FILLER)) {
        hae_dead_fault(dead, "lane %u breaks off", (unsigned)dead->place.index);
        return false;
    }
    dead->place.position += size;
    return true;
}

static bool next_in_lanes(struct hae_dead *dead)
{
    struct hae_record_header header;
    const uint8_t *body;

    while (dead->place.index < dead->lane_count) {
        while (step_record(dead, &header, &body)) {
            if (header.signal == (uint8_t)dead->signal &&
                found(dead, header.scope, body, header.size_bytes)) {
                return true;
            }
        }
        turn_to_lane(dead, dead->place.index + 1);
    }
    return false;
}

size_t hae_dead_gather(struct hae_dead *dead, uint32_t index, uint32_t offset, uint8_t *to,
                       size_t size_max)
{
    size_t size = 0;

    while (index != 0) {
        const struct hae_slot *slot;
        uint32_t used;

        if (index >= dead->slot_count || bit_of(dead->slots_seen, index)) {
            hae_dead_fault(dead, "a chain of slots leads astray at slot %u", (unsigned)index);
            break;
        }
        set_bit(dead->slots_seen, index);
        slot = hae_slot_at(&dead->recorder, index);
        used = slot->used;
        if (used > sizeof slot->data || used < offset || used - offset > size_max - size) {
            hae_dead_fault(dead, "slot %u is not right", (unsigned)index);
            break;
        }
        memcpy(to + size, slot->data + offset, used - offset);
        size += used - offset;
        /* What is reserved behind the last full slot is not in use yet. */
        index = used == sizeof slot->data ? slot->chain : 0;
        offset = 0;
    }
    return size;
}

/* A slot that holds a log record, or a span, that is still to be told of. */
static bool next_in_slot(struct hae_dead *dead, uint32_t index)
{
    const struct hae_slot *slot = hae_slot_at(&dead->recorder, index);
    uint64_t state = load64(&slot->state);
    bool record = (state & HAE_SLOT_RECORD) != 0;
    bool open = !record && (state & HAE_SLOT_OPEN) != 0;
    haetae_signal signal = open ? HAETAE_SIGNAL_TRACES : (haetae_signal)slot->signal;
    size_t size;

    dead->record_is_open = false;
    if ((!record && !open) || signal != dead->signal || bit_of(dead->slots_taken, index) ||
        (open && (load64(&slot->ids.flags) & HAE_SPAN_RECORDING) == 0)) {
        return false;
    }
    size = signal == HAETAE_SIGNAL_TRACES
               ? hae_dead_span(dead, index)
               : hae_dead_gather(dead, index, 0, dead->scratch, (size_t)dead->record_size_max);
    return found(dead, slot->scope, dead->scratch, size);
}

static bool next_in_slots(struct hae_dead *dead)
{
    /* Slot 0 is none. */
    while (++dead->place.index < dead->slot_count) {
        if (next_in_slot(dead, dead->place.index)) {
            return true;
        }
    }
    return false;
}

bool hae_dead_peek(struct hae_dead *dead, struct hae_record *ret_record)
{
    if (!dead->has_record && dead->place.stage == HAE_DEAD_JOURNAL && !next_in_journal(dead)) {
        turn_to_lane(dead, 0);
    }
    if (!dead->has_record && dead->place.stage == HAE_DEAD_LANES && !next_in_lanes(dead)) {
        dead->place = (struct hae_dead_place){HAE_DEAD_SLOTS, 0, 0};
    }
    if (!dead->has_record && dead->place.stage == HAE_DEAD_SLOTS && !next_in_slots(dead)) {
        dead->place.stage = HAE_DEAD_END;
    }
    *ret_record = dead->record;
    return dead->has_record;
}

void hae_dead_skip(struct hae_dead *dead)
{
    dead->has_record = false;
}
