/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_look.h"

#include "base/utf8.h"
#include "recorder/slot.h"
#include "recovery/check.h"
#include "recovery/dead_journal.h"
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
static void note_taken(struct hae_dead *dead, const struct hae_journal_entry *entry)
{
    const struct hae_lane *lane;
    const struct hae_slot *slot;

    if (entry->source == HAE_SOURCE_SLOTS) {
        uint32_t index = (uint32_t)entry->position;

        slot = hae_layout_slot(&dead->layout, index);
        if (slot != NULL && hae_slot_place(slot, index) == entry->position) {
            hae_dead_set_bit(dead->slots_taken, index);
        }
        return;
    }
    lane = hae_layout_lane(&dead->layout, entry->source);
    if (lane == NULL) {
        return;
    }
    if (entry->position % 8 != 0 || entry->position > hae_dead_load(&lane->tail)) {
        hae_dead_fault(dead, "a journal points outside of lane %u", (unsigned)entry->source);
    } else if (entry->position > dead->lanes_taken[entry->source]) {
        dead->lanes_taken[entry->source] = entry->position;
    }
}

/* ---- In steps ------------------------------------------------------------------------------ */

static void look_for(struct hae_dead *dead, enum hae_dead_look look, uint64_t at)
{
    dead->look = look;
    dead->look_at = at;
}

/* Begins with the journal of a signal, or of the next one that has any. */
static void look_at_journal_of(struct hae_dead *dead, unsigned signal)
{
    while (signal < HAETAE_SIGNAL_COUNT && (dead->journals_valid >> signal & 1) == 0) {
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
    const struct hae_region *region = dead->layout.region;
    uint32_t count = atomic_load_explicit(&region->scope_count, memory_order_relaxed);
    uint32_t scope = (uint32_t)++dead->look_at;

    if (scope > count || scope >= HAE_SCOPES_MAX) {
        look_for(dead, HAE_DEAD_LOOK_STARTS, 0);
        return;
    }
    hae_dead_spend(dead, HAE_SCOPE_SIZE_MAX);
    dead->scopes_valid[scope] = scope_valid(&dead->layout, region->scope_offset[scope]);
    if (!dead->scopes_valid[scope]) {
        hae_dead_fault(dead, "scope %u is invalid", (unsigned)scope);
    }
}

/* The state of a slot that was used once is never 0 again, but a few slots may have been taken
 * in the last moment. In a file with holes that were never written, all states are 0. */
enum { BLANK_SLOTS_MAX = 1024 };

/* The worker notes the time only now and then: a span that began later shows that the process
 * lived longer. Slot 0 is none. */
static void look_at_start(struct hae_dead *dead)
{
    uint32_t index = (uint32_t)++dead->look_at;
    struct hae_slot *slot = hae_layout_slot(&dead->layout, index);
    uint64_t state;

    if (slot == NULL) {
        look_at_journal_of(dead, 0);
        return;
    }
    hae_dead_spend(dead, HAE_SLOT_SIZE);
    state = hae_dead_load(&slot->state);
    if ((state & HAE_SLOT_OPEN) != 0) {
        hae_dead_note_time(dead, hae_span_head(slot)->start_unix_ns);
    } else if (state == 0 && ++dead->blank_count > BLANK_SLOTS_MAX) {
        hae_dead_fault(dead, "what slots held is missing before slot %u", (unsigned)index);
        dead->layout.slot_count = index;
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
        hae_dead_fault(dead, "the journal of %s cannot be read from %llu",
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
