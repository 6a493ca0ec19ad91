/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_end.h"

#include <sched.h>

#include "recorder/call.h"
#include "recorder/identity_slot.h"
#include "trace/span_encode.h"
#include "trace/span_fields.h"
#include "trace/span_hooked.h"
#include "trace/span_short.h"
#include "trace/span_site.h"
#include "trace/trace_state.h"

/* The end of a span whose start or end was given and not measured. A span that is not recorded
 * has no times, and reads no clock. */
static HAE_NOINLINE uint64_t given_end_time(const struct hae_clock *clock,
                                            const struct hae_span_head *head,
                                            uint64_t given_unix_ns)
{
    uint64_t end = given_unix_ns;

    if (HAE_LIKELY(head->start_unix_ns == 0)) {
        return 0;
    }
    if (end == 0) {
        end = hae_clock_now_unix_ns(clock);
    }
    return end > head->start_unix_ns ? end : head->start_unix_ns;
}

static HAE_ALWAYS_INLINE uint64_t end_time(struct hae_recorder *recorder,
                                           const struct hae_span_head *head, uint64_t given_unix_ns)
{
    const struct hae_clock *clock = &recorder->region->clock;

    if (HAE_UNLIKELY(given_unix_ns != 0 || head->start_tick == 0)) {
        return given_end_time(clock, head, given_unix_ns);
    }
    return hae_span_now_unix_ns(clock, head);
}

static HAE_ALWAYS_INLINE void write_record(struct hae_recorder *recorder, struct hae_lane *lane,
                                           uint32_t index, uint64_t end_unix_ns)
{
    uint32_t size_max =
        hae_span_head(hae_slot_at(recorder, index))->size_bytes + HAE_SPAN_FIXED_MAX;
    size_t room;
    uint8_t *to = hae_record_reserve(recorder, lane, size_max, &room);

    if (HAE_UNLIKELY(to == NULL)) {
        hae_open_overflow(recorder, lane, index, end_unix_ns);
        return;
    }
    hae_open_commit(recorder, lane, index, hae_span_encode_at(recorder, index, end_unix_ns, to),
                    HAETAE_SIGNAL_TRACES);
}

/* Ends a span that does not become a record, one that processors see, and one for which the
 * thread has no lane. */
static HAE_NOINLINE void finish_otherwise(struct hae_recorder *recorder, uint32_t index,
                                          uint64_t end_unix_ns)
{
    uint64_t flags = hae_span_word(hae_slot_at(recorder, index), HAE_IDENTITY_FLAGS);
    bool accepting = hae_accepting(recorder);
    struct hae_entry entry;

    if ((flags & (HAE_SPAN_PLAIN | HAE_SPAN_RECORDING)) == HAE_SPAN_RECORDING && accepting) {
        hae_span_show_end(recorder, index, end_unix_ns);
        accepting = hae_accepting(recorder); /* callbacks take their time */
    }
    entry = hae_enter(recorder);
    hae_open_count_closed(recorder, entry.lane);
    if ((flags & HAETAE_TRACE_FLAG_SAMPLED) == 0) {
        hae_open_discard(recorder, entry.lane, index);
    } else if (!accepting) {
        hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN);
        hae_open_discard(recorder, entry.lane, index);
    } else if (entry.lane != NULL) {
        write_record(recorder, entry.lane, index, end_unix_ns);
    } else {
        hae_open_hand_over(recorder, NULL, index, end_unix_ns);
    }
    hae_leave(entry);
}

/* ---- With attributes ------------------------------------------------------------------ */

/* What a span is given at its end. */
struct given {
    const haetae_attribute *attributes;
    size_t count;
    /* Instead of them, if it is not NULL: values for the keys of a site. */
    const struct hae_span_site_room *site;
    const haetae_value *values;
};

/* Room in the ring for the attributes of a usual end. */
enum { ATTRIBUTES_GUESS = 512 };

/* Writes attributes from `at` on and returns their end. NULL: they are of another kind, or there is
 * too little room in front of `end`. */
static HAE_ALWAYS_INLINE uint8_t *put_given(uint8_t *at, const uint8_t *end,
                                            const struct hae_span_limits *limits,
                                            const struct hae_span_head *head,
                                            const struct given *given)
{
    struct hae_short_list list = {.at = at, .end = end};

    if (given->site == NULL) {
        hae_span_put_short_list(&list, limits, head, given->attributes, given->count);
        return HAE_LIKELY(list.done == given->count) ? list.at : NULL;
    }
    if (HAE_UNLIKELY(limits->attributes.count - head->attribute_count < given->count ||
                     limits->attributes.value.length < HAE_SHORT_MAX ||
                     hae_span_site_key_maybe_there(given->site, head->key_filter))) {
        return NULL;
    }
    return hae_put_with_blocks(at, hae_span_site_blocks(given->site), given->values, given->count);
}

/* Writes the record with attributes behind what the span holds, so that they need not be copied out
 * of its slots. False, and nothing has happened: they are not for this way. */
static HAE_ALWAYS_INLINE bool write_record_with(struct hae_recorder *recorder,
                                                struct hae_lane *lane, uint32_t index,
                                                uint64_t end_unix_ns, const struct given *given)
{
    const struct hae_span_head *head = hae_span_head(hae_slot_at(recorder, index));
    uint32_t wanted = given->site == NULL ? ATTRIBUTES_GUESS : given->site->values_size_max;
    uint32_t size_max = head->size_bytes + HAE_SPAN_FIXED_MAX + wanted;
    size_t room;
    uint8_t *to = HAE_LIKELY(size_max <= recorder->record_size_max)
                      ? hae_record_reserve(recorder, lane, size_max, &room)
                      : NULL;
    uint8_t *at;

    if (HAE_UNLIKELY(to == NULL)) {
        return false;
    }
    at = put_given(to + hae_span_encode_at(recorder, index, end_unix_ns, to), to + room,
                   hae_span_limits_of[recorder->index], head, given);
    if (HAE_UNLIKELY(at == NULL)) {
        return false;
    }
    hae_open_count_closed(recorder, lane);
    hae_open_commit(recorder, lane, index, (uint32_t)(at - to), HAETAE_SIGNAL_TRACES);
    return true;
}

/* False: the span is the caller's still. */
static HAE_ALWAYS_INLINE bool finish_with(struct hae_recorder *recorder, uint32_t index,
                                          uint64_t end_unix_ns, const struct given *given)
{
    uint64_t flags = hae_span_word(hae_slot_at(recorder, index), HAE_IDENTITY_FLAGS);
    struct hae_lane *lane = NULL;
    bool written = false;

    if (HAE_LIKELY((flags & HAE_SPAN_PLAIN) != 0 && hae_accepting(recorder))) {
        lane = hae_enter_lane(recorder);
    }
    if (HAE_LIKELY(lane != NULL)) {
        written = write_record_with(recorder, lane, index, end_unix_ns, given);
        hae_leave_lane();
    }
    return written;
}

static HAE_NOINLINE void put_and_finish(struct hae_recorder *recorder, uint32_t index,
                                        uint64_t end_unix_ns, const haetae_attribute *attributes,
                                        size_t count)
{
    hae_span_put_attributes(recorder, index, attributes, count);
    finish_otherwise(recorder, index, end_unix_ns);
}

void hae_span_end_with(struct hae_recorder *recorder, haetae_span span,
                       const haetae_attribute *attributes, size_t count)
{
    uint32_t index = hae_handle_slot(span);
    uint64_t end;
    uint64_t seen;

    /* Where another thread is changing the span, each part waits for its turn as it always does. */
    if (HAE_UNLIKELY(!hae_attributes_valid(attributes, count) ||
                     !hae_open_try_begin_end(recorder, span, &seen))) {
        haetae_span_set_attributes(span, attributes, count);
        hae_span_end(recorder, span, 0);
        return;
    }
    end = end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), 0);
    if (HAE_UNLIKELY(
            !finish_with(recorder, index, end, &(struct given){attributes, count, NULL, NULL}))) {
        put_and_finish(recorder, index, end, attributes, count);
    }
}

/* ---- At a site ---------------------------------------------------------------------------- */

static HAE_NOINLINE void end_joined(struct hae_recorder *recorder, haetae_span span,
                                    const haetae_span_site *site, const haetae_value *values,
                                    size_t count)
{
    haetae_attribute attributes[HAE_BLOCK_KEYS_MAX];

    count = hae_span_site_join(recorder, site, values, count, attributes);
    hae_span_end_with(recorder, span, attributes, count);
}

static HAE_NOINLINE void join_and_finish(struct hae_recorder *recorder, uint32_t index,
                                         uint64_t end_unix_ns, const haetae_span_site *site,
                                         const haetae_value *values, size_t count)
{
    haetae_attribute attributes[HAE_BLOCK_KEYS_MAX];

    count = hae_span_site_join(recorder, site, values, count, attributes);
    put_and_finish(recorder, index, end_unix_ns, attributes, count);
}

void hae_span_end_site(struct hae_recorder *recorder, haetae_span span,
                       const haetae_span_site *site, const haetae_value *values, size_t count)
{
    const struct hae_span_site_room *room = hae_span_site_room(site);
    uint32_t index = hae_handle_slot(span);
    uint64_t end;
    uint64_t seen;

    if (HAE_UNLIKELY(room == NULL || count != room->key_count || values == NULL ||
                     !hae_open_try_begin_end(recorder, span, &seen))) {
        end_joined(recorder, span, site, values, count);
        return;
    }
    end = end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), 0);
    if (HAE_UNLIKELY(
            !finish_with(recorder, index, end, &(struct given){NULL, count, room, values}))) {
        join_and_finish(recorder, index, end, site, values, count);
    }
}

/* ---- Without --------------------------------------------------------------------------- */

/* The caller has the span to end it. */
static HAE_ALWAYS_INLINE void finish(struct hae_recorder *recorder, uint32_t index,
                                     uint64_t end_unix_ns)
{
    uint64_t flags = hae_span_word(hae_slot_at(recorder, index), HAE_IDENTITY_FLAGS);
    struct hae_lane *lane = NULL;

    if (HAE_LIKELY((flags & HAE_SPAN_PLAIN) != 0 && hae_accepting(recorder))) {
        lane = hae_enter_lane(recorder);
    }
    if (HAE_UNLIKELY(lane == NULL)) {
        finish_otherwise(recorder, index, end_unix_ns);
        return;
    }
    hae_open_count_closed(recorder, lane);
    write_record(recorder, lane, index, end_unix_ns);
    hae_leave_lane();
}

void hae_span_end(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns)
{
    uint32_t index = hae_handle_slot(span);

    if (HAE_LIKELY(hae_open_begin_end(recorder, span, &end_unix_ns))) {
        finish(recorder, index,
               end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), end_unix_ns));
    }
}

/* `lane` is the caller's, entered, or NULL. */
static HAE_NOINLINE void end_silent_otherwise(struct hae_recorder *recorder, haetae_span span,
                                              struct hae_lane *lane)
{
    bool closed = hae_identity_close_other(recorder, lane, span);

    if (lane != NULL) {
        hae_leave_lane();
    }
    if (!closed) {
        hae_span_end(recorder, span, 0);
    }
}

uint64_t hae_span_end_timed(struct hae_recorder *recorder, haetae_span span)
{
    uint32_t index = hae_handle_slot(span);
    uint64_t end = 0;
    uint64_t start;

    if (!hae_open_begin_end(recorder, span, &end)) {
        return 0;
    }
    start = hae_span_head(hae_slot_at(recorder, index))->start_unix_ns;
    end = end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), end);
    finish(recorder, index, end);
    return end - start;
}

void hae_span_end_silent(struct hae_recorder *recorder, haetae_span span)
{
    struct hae_lane *lane = hae_enter_lane(recorder);

    if (HAE_LIKELY(lane != NULL && hae_identity_close_own(recorder, lane, span))) {
        hae_leave_lane();
    } else {
        end_silent_otherwise(recorder, span, lane);
    }
}

/* Ends a span that another thread was changing when its end was asked for. */
static void end_asked(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    finish_otherwise(recorder, index,
                     end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), end_unix_ns));
}

/* ---- At the shutdown ---------------------------------------------------------------- */

/* Tries to get a span that another thread is changing. */
enum { TAKE_TRIES = 1000 };

/* Gets the right to end the span in a slot, if there is one. */
static bool take_open(struct hae_slot *slot)
{
    /* Acquire pairs with the release in hae_open_publish(): the identity is there. */
    uint64_t seen = atomic_load_explicit(&slot->state, memory_order_acquire);
    uint64_t open = (seen & ~(uint64_t)UINT32_MAX) | HAE_SLOT_OPEN;

    if ((uint32_t)seen != HAE_SLOT_OPEN && (uint32_t)seen != (HAE_SLOT_OPEN | HAE_SLOT_BUSY)) {
        return false;
    }
    /* This thread does not own the slot yet: its owner may give it back and write it for another
     * record, so only atomic words may be read. */
    if ((hae_span_word(slot, HAE_IDENTITY_FLAGS) & HAETAE_TRACE_FLAG_SAMPLED) == 0) {
        return false;
    }
    for (int tries = 0; tries < TAKE_TRIES; tries++) {
        seen = open;
        /* Acquire, as in hae_open_acquire(): we see what the last thread that changed it wrote. */
        if (atomic_compare_exchange_strong_explicit(&slot->state, &seen,
                                                    open | HAE_SLOT_BUSY | HAE_SLOT_END,
                                                    memory_order_acquire, memory_order_relaxed)) {
            /* Only spans are open records: else somebody has written over it. */
            return slot->signal == HAETAE_SIGNAL_TRACES;
        }
        if (seen != (open | HAE_SLOT_BUSY)) {
            return false; /* it ends elsewhere */
        }
        sched_yield();
    }
    return false;
}

uint64_t hae_span_end_open(struct hae_recorder *recorder)
{
    /* Acquire pairs with the release of whoever took the last fresh slot; later ones hold no span
     * that had started by now. */
    uint64_t fresh = atomic_load_explicit(&recorder->region->slots_fresh, memory_order_acquire);
    uint64_t end = fresh < recorder->slot_count ? fresh : recorder->slot_count;
    uint64_t now = hae_clock_now_unix_ns(&recorder->region->clock);
    uint64_t count = 0;

    for (uint32_t index = 1; index < end; index++) {
        struct hae_slot *slot = hae_slot_at(recorder, index);

        if (take_open(slot)) {
            uint64_t start = hae_span_head(slot)->start_unix_ns;

            /* Relaxed: the hand-over publishes it to the consumer. */
            atomic_fetch_or_explicit(&slot->identity[HAE_IDENTITY_FLAGS], HAE_SPAN_LEFT_OPEN,
                                     memory_order_relaxed);
            hae_span_show_end(recorder, index, now > start ? now : start);
            hae_open_count_closed(recorder, NULL);
            hae_open_hand_over(recorder, NULL, index, now > start ? now : start);
            count++;
        }
    }
    return count;
}

void hae_span_register(struct hae_recorder *recorder)
{
    hae_recorder_set_kind(
        recorder, HAETAE_SIGNAL_TRACES,
        (struct hae_record_kind){hae_span_encode, end_asked, hae_trace_state_of_span});
}
