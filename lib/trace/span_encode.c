/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_encode.h"

#include "recorder/call.h"
#include "recorder/chain.h"
#include "wire/otlp.h"

/* ---- Encoding ----------------------------------------------------------------------- */

static uint8_t *put_count(uint8_t *at, uint8_t tag, uint32_t count)
{
    if (HAE_UNLIKELY(count != 0)) {
        *at++ = tag;
        at = hae_put_varint(at, count);
    }
    return at;
}

static HAE_NOINLINE uint8_t *put_dropped_counts(uint8_t *at, const struct hae_span_head *head)
{
    at = put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT),
                   head->dropped_attribute_count);
    at = put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT, HAE_WIRE_VARINT),
                   head->dropped_event_count);
    return put_count(at, HAE_TAG(HAE_OTLP_SPAN_DROPPED_LINKS_COUNT, HAE_WIRE_VARINT),
                     head->dropped_link_count);
}

/* Offsets instead of a moving pointer, so that tag and length of a field, and of the next one,
 * are one constant. */
static inline uint8_t *put_fixed_fields(uint8_t *at, struct hae_slot *slot, uint64_t end_unix_ns)
{
    const struct hae_span_head *head = hae_span_head(slot);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);

    at[0] = HAE_TAG(HAE_OTLP_SPAN_TRACE_ID, HAE_WIRE_LENGTH);
    at[1] = 16;
    hae_store64(at + 2, hae_span_word(slot, HAE_IDENTITY_TRACE_ID));
    hae_store64(at + 10, hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1));
    at[18] = HAE_TAG(HAE_OTLP_SPAN_SPAN_ID, HAE_WIRE_LENGTH);
    at[19] = 8;
    hae_store64(at + 20, hae_span_word(slot, HAE_IDENTITY_SPAN_ID));
    /* Without a parent the next field takes the place of its id: no branch to mispredict. */
    at[28] = HAE_TAG(HAE_OTLP_SPAN_PARENT_SPAN_ID, HAE_WIRE_LENGTH);
    at[29] = 8;
    hae_store64(at + 30, head->parent_span_id);
    at += head->parent_span_id != 0 ? 38 : 28;
    at[0] = HAE_TAG(HAE_OTLP_SPAN_KIND, HAE_WIRE_VARINT);
    at[1] = head->kind;
    at[2] = HAE_TAG(HAE_OTLP_SPAN_START_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    hae_put_fixed64(at + 3, head->start_unix_ns);
    at[11] = HAE_TAG(HAE_OTLP_SPAN_END_TIME_UNIX_NANO, HAE_WIRE_FIXED64);
    at = hae_put_fixed64(at + 12, end_unix_ns);
    if (HAE_UNLIKELY((head->dropped_attribute_count | head->dropped_event_count |
                      head->dropped_link_count) != 0)) {
        at = put_dropped_counts(at, head);
    }
    at[0] = HAE_TAG_FIRST(HAE_OTLP_SPAN_FLAGS, HAE_WIRE_FIXED32);
    at[1] = HAE_TAG_SECOND(HAE_OTLP_SPAN_FLAGS);
    return hae_put_fixed32(at + 2, (uint32_t)(flags & HAE_SPAN_TRACE_FLAGS) |
                                       HAE_OTLP_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
                                       (uint32_t)head->parent_is_remote << 9);
}

static inline uint32_t encode(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns,
                              uint8_t *to)
{
    uint8_t *at = put_fixed_fields(to, hae_slot_at(recorder, index), end_unix_ns);

    return (uint32_t)(hae_chain_gather(recorder, index, sizeof(struct hae_span_head), at) - to);
}

uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to)
{
    const struct hae_slot *slot = hae_slot_at(recorder, index);

    return encode(recorder, index, atomic_load_explicit(&slot->end_unix_ns, memory_order_relaxed),
                  to);
}

/* ---- The end ------------------------------------------------------------------------ */

/* The end of a span of which the start, or the end, was given and not measured. */
static HAE_NOINLINE uint64_t given_end_time(const struct hae_clock *clock,
                                            const struct hae_span_head *head,
                                            uint64_t given_unix_ns)
{
    uint64_t end = given_unix_ns != 0 ? given_unix_ns : hae_clock_now_unix_ns(clock);

    return end > head->start_unix_ns ? end : head->start_unix_ns;
}

static inline uint64_t end_time(struct hae_recorder *recorder, const struct hae_span_head *head,
                                uint64_t given_unix_ns)
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
    hae_open_commit(recorder, lane, index, encode(recorder, index, end_unix_ns, to),
                    HAETAE_SIGNAL_TRACES);
}

/* Ends a span that does not become a record, or one for which the thread has no lane. */
static HAE_NOINLINE void finish_otherwise(struct hae_recorder *recorder, uint32_t index,
                                          uint64_t end_unix_ns)
{
    const struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);
    struct hae_entry entry = hae_enter(recorder);

    hae_open_count_closed(recorder, entry.lane);
    if ((flags & HAE_SPAN_RECORDING) == 0) {
        hae_open_discard(recorder, entry.lane, index);
    } else if (!hae_accepting(recorder)) {
        hae_count_dropped(recorder, entry.lane, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN);
        hae_open_discard(recorder, entry.lane, index);
    } else if (entry.lane != NULL) {
        write_record(recorder, entry.lane, index, end_unix_ns);
    } else {
        hae_open_hand_over(recorder, NULL, index, end_unix_ns);
    }
    hae_leave(entry);
}

/* The caller has the span to end it. */
static HAE_ALWAYS_INLINE void finish(struct hae_recorder *recorder, uint32_t index,
                                     uint64_t end_unix_ns)
{
    const struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);
    struct hae_lane *lane = NULL;

    if (HAE_LIKELY((flags & HAE_SPAN_RECORDING) != 0 && hae_accepting(recorder))) {
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

static void end_asked(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    finish_otherwise(recorder, index,
                     end_time(recorder, hae_span_head(hae_slot_at(recorder, index)), end_unix_ns));
}

void hae_span_register(struct hae_recorder *recorder)
{
    hae_recorder_set_kind(recorder, HAETAE_SIGNAL_TRACES,
                          (struct hae_record_kind){hae_span_encode, end_asked});
}
