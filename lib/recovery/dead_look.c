/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_look.h"

#include "base/utf8.h"
#include "recorder/slot.h"
#include "recovery/check.h"
#include "recovery/dead_lane.h"
#include "recovery/dead_log.h"
#include "trace/span_slot.h"

/* ---- Scopes ------------------------------------------------------------------------------ */

static bool scope_valid(const struct hae_layout *layout, uint64_t offset)
{
    const struct hae_scope *scope = hae_layout_heap(layout, offset, sizeof *scope);
    uint64_t size;

    if (scope == NULL) {
        return false;
    }
    size = (uint64_t)scope->scope_size_bytes + scope->schema_url_size_bytes;
    return size <= HAE_SCOPE_SIZE_MAX &&
           hae_layout_heap(layout, offset, sizeof *scope + size) != NULL &&
           hae_check(HAE_CHECK_SCOPE, scope->bytes, scope->scope_size_bytes) &&
           hae_utf8_valid(scope->bytes + scope->scope_size_bytes, scope->schema_url_size_bytes);
}

/* ---- Journals ---------------------------------------------------------------------------- */

/* Notes from which place an entry came: it may still be there, and must not be found a second
 * time. */
static void note_taken(struct hae_dead *dead, const struct hae_dead_frame *entry)
{
    const struct hae_lane *lane;
    const struct hae_slot *slot;

    if (entry->source == HAE_SOURCE_SLOTS) {
        uint32_t index = (uint32_t)entry->source_position;

        slot = hae_layout_slot(&dead->layout, index);
        if (slot != NULL && hae_slot_place(slot, index) == entry->source_position) {
            hae_dead_set_bit(dead->slots_taken, index);
        }
        return;
    }
    lane = hae_layout_lane(&dead->layout, entry->source);
    if (lane == NULL) {
        return;
    }
    if (entry->source_position % 8 != 0 || entry->source_position > hae_dead_load(&lane->tail)) {
        hae_dead_fault(dead, "a journal points outside of lane %u", (unsigned)entry->source);
    } else if (entry->source_position > dead->lanes_taken[entry->source]) {
        dead->lanes_taken[entry->source] = entry->source_position;
    }
}

/* ---- In steps ------------------------------------------------------------------------------ */

static void look_for(struct hae_dead *dead, enum hae_dead_look look)
{
    dead->look = look;
    dead->look_at = 0;
}

/* Begins with a lane. */
static void look_at_lane_of(struct hae_dead *dead, uint32_t index)
{
    dead->look_at = index;
    dead->look_cursor = hae_dead_lane_begin(dead, index);
}

/* Begins with the journal of a signal, or of the next one that has any. */
static void look_at_journal_of(struct hae_dead *dead, uint32_t signal)
{
    while (signal < HAETAE_SIGNAL_COUNT && (dead->journals_valid >> signal & 1) == 0) {
        signal++;
    }
    dead->look_at = signal;
    if (signal == HAETAE_SIGNAL_COUNT) {
        look_for(dead, HAE_DEAD_LOOK_LANES);
        look_at_lane_of(dead, 0);
        return;
    }
    dead->look_cursor =
        (struct hae_dead_cursor){.position = hae_dead_load(&dead->stored->journals[signal].head)};
}

/* Scopes count from 1. */
static void look_at_scope(struct hae_dead *dead)
{
    const struct hae_region *region = dead->layout.region;
    uint32_t count = atomic_load_explicit(&region->scope_count, memory_order_relaxed);
    uint32_t scope = ++dead->look_at;

    if (scope > count || scope >= HAE_SCOPES_MAX) {
        look_for(dead, HAE_DEAD_LOOK_STARTS);
        return;
    }
    hae_dead_spend(dead, HAE_SCOPE_SIZE_MAX);
    dead->scopes_valid[scope] = scope_valid(&dead->layout, region->scope_offset[scope]);
    if (!dead->scopes_valid[scope]) {
        hae_dead_fault(dead, "scope %u is invalid", (unsigned)scope);
    }
}

/* The state of a slot that was taken is 0 only while it is taken: each thread may have had one. In
 * a file with holes that were never written, all are 0. */
enum { BLANK_WITHOUT_LANE = 8, BLANK_SLOTS_MAX = 1024 };

static void note_blank(struct hae_dead *dead, uint32_t index)
{
    const struct hae_counts *shared = &dead->layout.region->shared;
    uint32_t most =
        dead->layout.lane_count + (hae_dead_load(&shared->opened) != 0 ? BLANK_WITHOUT_LANE : 0);

    if (++dead->blank_count == most + 1) {
        hae_dead_fault(dead, "what slots held is missing before slot %u", (unsigned)index);
    }
    if (dead->blank_count > BLANK_SLOTS_MAX) {
        dead->layout.slot_count = index;
    }
}

/* The worker notes the time only now and then: a span that began later shows that the process
 * lived longer. Slot 0 is none. */
static void look_at_start(struct hae_dead *dead)
{
    uint32_t index = ++dead->look_at;
    struct hae_slot *slot = hae_layout_slot(&dead->layout, index);
    uint64_t state;

    if (slot == NULL) {
        look_for(dead, HAE_DEAD_LOOK_JOURNALS);
        look_at_journal_of(dead, 0);
        return;
    }
    hae_dead_spend(dead, HAE_SLOT_SIZE);
    state = hae_dead_load(&slot->state);
    if ((state & HAE_SLOT_OPEN) != 0) {
        hae_dead_note_time(dead, hae_span_head(slot)->start_unix_ns);
    }
    if (state == 0) {
        note_blank(dead, index);
    }
}

static void look_at_entry(struct hae_dead *dead)
{
    struct hae_dead_log log = hae_dead_journal(dead, (haetae_signal)dead->look_at);
    struct hae_dead_frame entry;
    uint64_t damaged = dead->damage.place_count;

    switch (hae_dead_step(&log, &dead->look_cursor, &entry, &dead->damage)) {
    case HAE_DEAD_STEP_RECORD:
        note_taken(dead, &entry);
        break;
    case HAE_DEAD_STEP_NOTHING:
        break;
    case HAE_DEAD_STEP_END:
        look_at_journal_of(dead, dead->look_at + 1);
        break;
    }
    if (dead->damage.place_count != damaged) {
        hae_dead_fault(dead, "the journal of %s is damaged", haetae_signal_name(log.signal));
    }
}

/* Only to count what cannot be read: each reading finds the same. */
static void look_at_lane(struct hae_dead *dead)
{
    uint64_t damaged = dead->damage.place_count;
    struct hae_dead_frame frame;
    struct hae_dead_log log;
    uint32_t index = dead->look_at;

    if (index >= dead->layout.lane_count) {
        look_for(dead, HAE_DEAD_LOOKED);
        return;
    }
    log = hae_dead_ring(dead, index);
    if (hae_dead_step(&log, &dead->look_cursor, &frame, &dead->damage) == HAE_DEAD_STEP_END) {
        look_at_lane_of(dead, index + 1);
    }
    if (dead->damage.place_count != damaged) {
        hae_dead_fault(dead, "lane %u is damaged", (unsigned)index);
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
        case HAE_DEAD_LOOK_LANES:
            look_at_lane(dead);
            break;
        case HAE_DEAD_LOOKED:
            break;
        }
    }
    return dead->look == HAE_DEAD_LOOKED;
}
