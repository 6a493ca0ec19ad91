/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_log.h"

#include <string.h>

#include "recovery/check.h"

/* ---- Frames ------------------------------------------------------------------------------- */

static bool is_record(haetae_signal signal, const uint8_t *data, size_t size_bytes)
{
    return hae_check(signal == HAETAE_SIGNAL_TRACES ? HAE_CHECK_SPAN : HAE_CHECK_LOG_RECORD, data,
                     size_bytes);
}

/* The bytes from a position to the tail, or to the end of the memory if that comes first. */
static uint64_t room(const struct hae_dead_log *log, uint64_t position)
{
    uint64_t left = log->tail - position;
    uint64_t rest = hae_dead_to_end(position, log->size_bytes);

    return left < rest ? left : rest;
}

/* Whether a record of this size can stand behind a head. It is never empty. */
static bool size_valid(const struct hae_dead_log *log, uint64_t position, uint64_t size_bytes,
                       size_t head_size_bytes)
{
    return size_bytes != 0 && size_bytes <= log->dead->record_size_max &&
           head_size_bytes + hae_align8(size_bytes) <= room(log, position);
}

/* A filler may have any size that fits. */
static enum hae_dead_frame_state look_at_ring(const struct hae_dead_log *log, uint64_t position,
                                              struct hae_dead_frame *ret_frame)
{
    const uint8_t *at = log->bytes + position % log->size_bytes;
    struct hae_record_header header;
    uint64_t size;

    if (room(log, position) < sizeof header) {
        return HAE_FRAME_BAD;
    }
    memcpy(&header, at, sizeof header);
    size = sizeof header + hae_align8(header.size_bytes);
    *ret_frame = (struct hae_dead_frame){.next = position + size,
                                         .size_bytes = header.size_bytes,
                                         .scope = header.scope,
                                         .signal = (haetae_signal)header.signal};
    if (header.signal == HAE_RECORD_FILLER) {
        return size <= room(log, position) ? HAE_FRAME_WHOLE : HAE_FRAME_BAD;
    }
    if (header.reserved != 0 ||
        (header.signal != HAETAE_SIGNAL_TRACES && header.signal != HAETAE_SIGNAL_LOGS) ||
        !size_valid(log, position, header.size_bytes, sizeof header)) {
        return HAE_FRAME_BAD;
    }
    ret_frame->body = at + sizeof header;
    return is_record(ret_frame->signal, ret_frame->body, header.size_bytes) ? HAE_FRAME_WHOLE
                                                                            : HAE_FRAME_BAD_BODY;
}

/* Less room than a head takes at the end of the memory is left. A filler reaches to that end. */
static enum hae_dead_frame_state look_at_journal(const struct hae_dead_log *log, uint64_t position,
                                                 struct hae_dead_frame *ret_frame)
{
    const uint8_t *at = log->bytes + position % log->size_bytes;
    uint64_t rest = hae_dead_to_end(position, log->size_bytes);
    struct hae_journal_entry entry;
    uint64_t size;

    if (rest < sizeof entry) {
        *ret_frame = (struct hae_dead_frame){.next = position + rest};
        return rest <= log->tail - position ? HAE_FRAME_WHOLE : HAE_FRAME_BAD;
    }
    if (room(log, position) < sizeof entry) {
        return HAE_FRAME_BAD;
    }
    memcpy(&entry, at, sizeof entry);
    size = sizeof entry + hae_align8(entry.size_bytes);
    *ret_frame = (struct hae_dead_frame){.next = position + size,
                                         .size_bytes = entry.size_bytes,
                                         .scope = entry.scope,
                                         .signal = log->signal,
                                         .settled = entry.settled != HAE_ENTRY_UNSETTLED,
                                         .source = entry.source,
                                         .source_position = entry.position};
    if (entry.filler == 1) {
        return size == rest && size <= log->tail - position ? HAE_FRAME_WHOLE : HAE_FRAME_BAD;
    }
    if (entry.filler != 0 || entry.settled > HAE_ENTRY_SETTLED_IN_RANGE || entry.reserved != 0 ||
        (entry.source >= HAE_LANES_MAX && entry.source != HAE_SOURCE_SLOTS) ||
        !size_valid(log, position, entry.size_bytes, sizeof entry)) {
        return HAE_FRAME_BAD;
    }
    ret_frame->body = at + sizeof entry;
    /* Of one that is settled nobody needs the record any more. */
    return entry.settled != HAE_ENTRY_UNSETTLED ||
                   is_record(log->signal, ret_frame->body, entry.size_bytes)
               ? HAE_FRAME_WHOLE
               : HAE_FRAME_BAD_BODY;
}

/* What is read in search of sense, at most: of a journal, and of all rings together. A file of
 * holes would fill memory, and one may be made so that each place in it takes long to refuse. */
enum { JOURNAL_SEARCH_BYTES = 16 << 20, RINGS_SEARCH_BYTES = 64 << 20 };

struct hae_dead_log hae_dead_ring(struct hae_dead *dead, uint32_t index)
{
    const struct hae_lane *lane = hae_layout_lane(&dead->layout, index);

    return (struct hae_dead_log){.dead = dead,
                                 .bytes = lane->ring,
                                 .size_bytes = dead->layout.region->ring_size_bytes,
                                 .tail = hae_dead_load(&lane->tail),
                                 .search_bytes = RINGS_SEARCH_BYTES / dead->layout.lane_count,
                                 .look = look_at_ring};
}

struct hae_dead_log hae_dead_journal(struct hae_dead *dead, haetae_signal signal)
{
    const struct hae_stored_journal *journal = &dead->stored->journals[signal];

    return (struct hae_dead_log){
        .dead = dead,
        .bytes = hae_layout_bytes(&dead->layout, journal->offset, journal->size_bytes),
        .size_bytes = journal->size_bytes,
        .tail = hae_dead_load(&journal->tail),
        .signal = signal,
        .search_bytes = JOURNAL_SEARCH_BYTES,
        .look = look_at_journal};
}

/* ---- Steps -------------------------------------------------------------------------------- */

/* The places that one step looks at. */
enum { PLACES_AT_ONCE = 4096 };

/* Whether the log makes sense from a position on, as far as the next frame says. */
static bool goes_on(const struct hae_dead_log *log, uint64_t position)
{
    struct hae_dead_frame frame;

    return position == log->tail || log->look(log, position, &frame) == HAE_FRAME_WHOLE;
}

/* Begins to look for the next place that makes sense, behind a frame that does not. */
static void lose(const struct hae_dead_log *log, struct hae_dead_cursor *cursor,
                 struct hae_dead_damage *damage)
{
    if (damage != NULL) {
        damage->place_count++;
    }
    cursor->is_lost = true;
    cursor->search_bytes = log->search_bytes;
}

static void pass(struct hae_dead_cursor *cursor, uint64_t to, struct hae_dead_damage *damage)
{
    if (damage != NULL) {
        damage->size_bytes += to - cursor->position;
    }
    cursor->position = to;
}

/* A place makes sense if a record is there, and the log makes sense behind it. Returns what was
 * read to find out. */
static uint64_t look_for_sense(const struct hae_dead_log *log, struct hae_dead_cursor *cursor,
                               uint64_t at)
{
    struct hae_dead_frame frame;
    enum hae_dead_frame_state state = log->look(log, at, &frame);

    if (state == HAE_FRAME_WHOLE && frame.body != NULL && goes_on(log, frame.next)) {
        cursor->is_lost = false;
    }
    return 8 + (state != HAE_FRAME_BAD ? frame.size_bytes : 0);
}

static void search(const struct hae_dead_log *log, struct hae_dead_cursor *cursor,
                   struct hae_dead_damage *damage)
{
    uint64_t at = cursor->position;

    for (unsigned i = 0; i < PLACES_AT_ONCE && cursor->is_lost; i++) {
        uint64_t read;

        at += 8;
        if (at >= log->tail || cursor->search_bytes == 0) {
            at = log->tail;
            cursor->is_lost = false;
            break;
        }
        read = look_for_sense(log, cursor, at);
        cursor->search_bytes -= read < cursor->search_bytes ? read : cursor->search_bytes;
        hae_dead_spend(log->dead, read);
    }
    pass(cursor, at, damage);
}

enum hae_dead_step hae_dead_step(const struct hae_dead_log *log, struct hae_dead_cursor *cursor,
                                 struct hae_dead_frame *ret_frame, struct hae_dead_damage *damage)
{
    if (cursor->position >= log->tail) {
        return HAE_DEAD_STEP_END;
    }
    if (cursor->is_lost) {
        search(log, cursor, damage);
        return HAE_DEAD_STEP_NOTHING;
    }
    switch (log->look(log, cursor->position, ret_frame)) {
    case HAE_FRAME_WHOLE:
        hae_dead_spend(log->dead, ret_frame->next - cursor->position);
        cursor->position = ret_frame->next;
        return ret_frame->body != NULL ? HAE_DEAD_STEP_RECORD : HAE_DEAD_STEP_NOTHING;
    case HAE_FRAME_BAD_BODY:
        if (goes_on(log, ret_frame->next)) {
            if (damage != NULL) {
                damage->place_count++;
            }
            pass(cursor, ret_frame->next, damage);
            return HAE_DEAD_STEP_NOTHING;
        }
        break;
    case HAE_FRAME_BAD:
        break;
    }
    lose(log, cursor, damage);
    return HAE_DEAD_STEP_NOTHING;
}
