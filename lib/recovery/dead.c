/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "base/utf8.h"
#include "recorder/scope.h"
#include "recovery/check.h"
#include "trace/span_slot.h"

void hae_dead_fault(struct hae_dead *dead, const char *format, ...)
{
    va_list arguments;

    if (dead->fault_count++ == 0) {
        va_start(arguments, format);
        vsnprintf(dead->fault, sizeof dead->fault, format, arguments);
        va_end(arguments);
    }
}

/* ---- Journals ---------------------------------------------------------------------------- */

/* A filler goes on to the end. A record is never empty, nor larger than a lane takes. */
static bool entry_right(const struct hae_dead *dead, const struct hae_journal_entry *entry,
                        bool to_end)
{
    return entry->filler ? to_end
                         : entry->size_bytes != 0 && entry->size_bytes <= dead->record_size_max;
}

bool hae_dead_step_entry(struct hae_dead *dead, const struct hae_stored_journal *journal,
                         uint64_t *position, struct hae_journal_entry *ret_entry,
                         const uint8_t **ret_body)
{
    const uint8_t *bytes = hae_region_at(dead->region, journal->offset);
    uint64_t rest = hae_dead_to_end(*position, journal->size_bytes);
    uint64_t left = hae_dead_load(&journal->tail) - *position;
    uint64_t size;

    *ret_body = NULL;
    if (rest < sizeof *ret_entry) {
        *position += rest;
        return rest <= left;
    }
    memcpy(ret_entry, bytes + *position % journal->size_bytes, sizeof *ret_entry);
    size = sizeof *ret_entry + hae_align8(ret_entry->size_bytes);
    if (size > rest || size > left || !entry_right(dead, ret_entry, size == rest)) {
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
    uint64_t head = hae_dead_load(&journal->head);
    uint64_t tail = hae_dead_load(&journal->tail);

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
            hae_dead_set_bit(dead->slots_taken, index);
        }
    } else if (entry->source < dead->lane_count) {
        if (entry->position % 8 != 0 ||
            entry->position > hae_dead_load(&hae_lane_at(&dead->recorder, entry->source)->tail)) {
            hae_dead_fault(dead, "a journal leads out of lane %u", (unsigned)entry->source);
        } else if (entry->position > dead->lanes_taken[entry->source]) {
            dead->lanes_taken[entry->source] = entry->position;
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

        return version != 0 && version != HAE_REGION_VERSION            ? HAE_DEAD_OTHER
               : memcmp(region->magic, none, sizeof region->magic) == 0 ? HAE_DEAD_UNFINISHED
                                                                        : HAE_DEAD_BROKEN;
    }
    if (size_bytes > HAE_REGION_FILE_SIZE_MAX) {
        return HAE_DEAD_TOO_LARGE;
    }
    offset = hae_stored_offset(region->size_bytes);
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

/* The counts of what was in use, and the recorder through which it is found. */
static void read_header(struct hae_dead *dead, uint64_t size_bytes)
{
    struct hae_region *region = dead->region;
    const struct hae_stored *stored = dead->stored;
    uint64_t half_ring = region->ring_size_bytes / 2;

    dead->lane_count = (uint32_t)hae_min(
        atomic_load_explicit(&region->lanes_touched, memory_order_relaxed), region->lane_count);
    dead->slot_count = (uint32_t)hae_min(hae_dead_load(&region->slots_fresh), region->slot_count);
    dead->last_known_unix_ns = hae_dead_load(&stored->last_known_unix_ns);
    dead->record_size_max = hae_min(half_ring, UINT32_C(1) << 20);
    dead->recorder.region = region;
    dead->recorder.lanes = hae_region_at(region, region->lanes_offset);
    dead->recorder.slots = hae_region_at(region, region->slots_offset);
    dead->recorder.lane_stride_bytes = region->lane_stride_bytes;
    if (stored->resource_size_bytes <= HAE_STORED_RESOURCE_MAX &&
        stored->resource_offset <= size_bytes &&
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
           (uint64_t)scope->scope_size_bytes + scope->schema_url_size_bytes <= HAE_SCOPE_SIZE_MAX &&
           hae_check(HAE_CHECK_SCOPE, scope->bytes, scope->scope_size_bytes) &&
           hae_utf8_valid(scope->bytes + scope->scope_size_bytes, scope->schema_url_size_bytes);
}

/* Spans that look open but whose record was published: the process was killed right there. */
static void look_at_endings(struct hae_dead *dead)
{
    for (uint32_t i = 0; i < dead->lane_count; i++) {
        const struct hae_lane *lane = hae_lane_at(&dead->recorder, i);
        uint64_t ending = hae_dead_load(&lane->ending);
        uint32_t index = (uint32_t)ending & HAE_SLOT_INDEX_MAX;

        if (index != 0 && index < dead->slot_count &&
            hae_dead_load(&lane->tail) << HAE_ENDING_TAIL_SHIFT !=
                (ending & ~(uint64_t)HAE_SLOT_INDEX_MAX)) {
            hae_dead_set_bit(dead->slots_taken, index);
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
    read_header(dead, size_bytes);
    dead->lanes_taken = hae_calloc(dead->lane_count + (size_t)1, sizeof *dead->lanes_taken);
    dead->slots_taken = hae_calloc(dead->slot_count / 8 + (size_t)1, 1);
    dead->slots_seen = hae_calloc(dead->slot_count / 8 + (size_t)1, 1);
    dead->scratch = hae_malloc((size_t)dead->record_size_max + 2 * (size_t)HAE_DEAD_SPAN_EXTRA);
    if (dead->lanes_taken == NULL || dead->slots_taken == NULL || dead->slots_seen == NULL ||
        dead->scratch == NULL) {
        hae_dead_close(dead);
        return HAE_DEAD_NO_MEMORY;
    }
    dead->opened_unix_ns = hae_time_ns(CLOCK_REALTIME);
    look_at_endings(dead);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (journal_right(dead, (haetae_signal)signal, size_bytes)) {
            dead->journals_right |= 1U << signal;
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

/* ---- Looking, in steps ---------------------------------------------------------------------- */

void hae_dead_allow(struct hae_dead *dead, uint64_t size_bytes)
{
    dead->allowance_bytes = size_bytes;
}

static void look_for(struct hae_dead *dead, enum hae_dead_look look, uint64_t at)
{
    dead->look = look;
    dead->look_at = at;
}

/* Begins with the journal of a signal, or of the next one that has any. */
static void look_at_journal_of(struct hae_dead *dead, unsigned signal)
{
    while (signal < HAETAE_SIGNAL_COUNT && (dead->journals_right >> signal & 1) == 0) {
        signal++;
    }
    if (signal == HAETAE_SIGNAL_COUNT) {
        look_for(dead, HAE_DEAD_LOOKED, 0);
        return;
    }
    dead->signal = (haetae_signal)signal;
    look_for(dead, HAE_DEAD_LOOK_JOURNALS, hae_dead_load(&dead->stored->journals[signal].head));
}

/* Scopes count from 1. */
static void look_at_scope(struct hae_dead *dead)
{
    uint32_t count = atomic_load_explicit(&dead->region->scope_count, memory_order_relaxed);
    uint32_t scope = (uint32_t)++dead->look_at;

    if (scope > count || scope >= HAE_SCOPES_MAX) {
        look_for(dead, HAE_DEAD_LOOK_STARTS, 0);
        return;
    }
    hae_dead_spend(dead, HAE_SCOPE_SIZE_MAX);
    dead->scopes_right[scope] = scope_right(dead->region, dead->region->scope_offset[scope]);
    if (!dead->scopes_right[scope]) {
        hae_dead_fault(dead, "scope %u is not right", (unsigned)scope);
    }
}

/* A slot that was used once says so for ever; a few may have been taken in the last moment. In a
 * file with holes that were never written, none does. */
enum { BLANK_SLOTS_MAX = 1024 };

/* The worker notes the time now and then only: spans that began later tell more. Slot 0 is
 * none. */
static void look_at_start(struct hae_dead *dead)
{
    uint32_t index = (uint32_t)++dead->look_at;
    struct hae_slot *slot;
    uint64_t state;

    if (index >= dead->slot_count) {
        look_at_journal_of(dead, 0);
        return;
    }
    hae_dead_spend(dead, HAE_SLOT_SIZE);
    slot = hae_slot_at(&dead->recorder, index);
    state = hae_dead_load(&slot->state);
    if ((state & HAE_SLOT_OPEN) != 0) {
        hae_dead_note_time(dead, hae_span_head(slot)->start_unix_ns);
    } else if (state == 0 && ++dead->blank_count > BLANK_SLOTS_MAX) {
        hae_dead_fault(dead, "what slots held is missing before slot %u", (unsigned)index);
        dead->slot_count = index;
    }
}

static void look_at_entry(struct hae_dead *dead)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[dead->signal];
    uint64_t from = dead->look_at;
    struct hae_journal_entry entry;
    const uint8_t *body;

    if (from >= hae_dead_load(&journal->tail)) {
        look_at_journal_of(dead, dead->signal + 1U);
        return;
    }
    if (!hae_dead_step_entry(dead, journal, &dead->look_at, &entry, &body)) {
        hae_dead_fault(dead, "the journal of %s breaks off at %llu",
                       haetae_signal_name(dead->signal), (unsigned long long)from);
        look_at_journal_of(dead, dead->signal + 1U);
        return;
    }
    hae_dead_spend(dead, dead->look_at - from);
    if (body != NULL) {
        note_taken(dead, &entry);
    }
}

bool hae_dead_look(struct hae_dead *dead)
{
    while (dead->look != HAE_DEAD_LOOKED && !hae_dead_must_pause(dead)) {
        switch (dead->look) {
        case HAE_DEAD_LOOK_SCOPES:
            look_at_scope(dead);
            break;
        case HAE_DEAD_LOOK_STARTS:
            look_at_start(dead);
            break;
        case HAE_DEAD_LOOK_JOURNALS:
            look_at_entry(dead);
            break;
        case HAE_DEAD_LOOKED:
            break;
        }
    }
    return dead->look == HAE_DEAD_LOOKED;
}

void hae_dead_dropped(const struct hae_dead *dead, uint64_t ret_counts[HAETAE_SIGNAL_COUNT])
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        ret_counts[signal] = 0;
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            ret_counts[signal] += hae_dead_load(&dead->region->shared.dropped[signal][reason]);
            for (uint32_t i = 0; i < dead->lane_count; i++) {
                ret_counts[signal] +=
                    hae_dead_load(&hae_lane_at(&dead->recorder, i)->counts.dropped[signal][reason]);
            }
        }
    }
}
