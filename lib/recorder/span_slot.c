/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/span_slot.h"

#include "recorder/record.h"
#include "wire/otlp.h"

/* Looks at a slot that another thread is changing, before giving up. A change
 * takes tens of nanoseconds; only a thread that lost its CPU takes longer, and
 * waiting for that is what a recording call must not do. */
enum { ACQUIRE_TRIES = 200 };

static inline void relax_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

bool hae_span_identify(haetae_span span, struct hae_span_identity *ret_identity)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);
    struct hae_span_identity identity;
    struct hae_slot *slot;
    uint64_t state;

    if (recorder == NULL) {
        return false;
    }
    slot = hae_slot_at(recorder, hae_handle_slot(span));
    /* Acquire pairs with the release that opened the span: its ids are there. */
    state = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (state >> 32 != hae_handle_generation(span) || (state & HAE_SLOT_OPEN) == 0) {
        return false;
    }
    /* Acquire pairs with the release stores of the slot's next start: who reads an id
     * of the next span sees below that the generation has changed. */
    identity.trace_id[0] = atomic_load_explicit(&slot->ids.trace_id[0], memory_order_acquire);
    identity.trace_id[1] = atomic_load_explicit(&slot->ids.trace_id[1], memory_order_acquire);
    identity.span_id = atomic_load_explicit(&slot->ids.span_id, memory_order_acquire);
    identity.flags = atomic_load_explicit(&slot->ids.flags, memory_order_acquire);
    /* Relaxed: the acquire loads above keep it last. */
    if (atomic_load_explicit(&slot->state, memory_order_relaxed) >> 32 !=
        hae_handle_generation(span)) {
        return false;
    }
    *ret_identity = identity;
    return true;
}

HAE_COLD bool hae_span_acquire_contended(struct hae_slot *slot, uint64_t open, bool *ret_contended)
{
    for (int tries = 0; tries < ACQUIRE_TRIES; tries++) {
        uint64_t seen = open;

        /* Acquire, as in hae_span_acquire(). */
        if (atomic_compare_exchange_strong_explicit(&slot->state, &seen, open | HAE_SLOT_BUSY,
                                                    memory_order_acquire, memory_order_relaxed)) {
            return true;
        }
        if ((seen & ~(uint64_t)HAE_SLOT_BUSY) != open) {
            *ret_contended = false;
            return false;
        }
        relax_cpu();
    }
    *ret_contended = true;
    return false;
}

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

/* Offsets instead of a moving pointer,
 * so that tag and length of a field, and of the next one, are one constant. */
static inline uint8_t *put_fixed_fields(uint8_t *at, struct hae_slot *slot, uint64_t end_unix_ns)
{
    const struct hae_span_head *head = hae_span_head(slot);
    uint64_t flags = atomic_load_explicit(&slot->ids.flags, memory_order_relaxed);

    at[0] = HAE_TAG(HAE_OTLP_SPAN_TRACE_ID, HAE_WIRE_LENGTH);
    at[1] = 16;
    hae_store64(at + 2, atomic_load_explicit(&slot->ids.trace_id[0], memory_order_relaxed));
    hae_store64(at + 10, atomic_load_explicit(&slot->ids.trace_id[1], memory_order_relaxed));
    at[18] = HAE_TAG(HAE_OTLP_SPAN_SPAN_ID, HAE_WIRE_LENGTH);
    at[19] = 8;
    hae_store64(at + 20, atomic_load_explicit(&slot->ids.span_id, memory_order_relaxed));
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

/* The ring is full: the span waits for the worker in the slots it is in already, or it is
 * dropped. */
static HAE_COLD void overflow(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index,
                              uint64_t end_unix_ns)
{
    struct hae_entry entry = {lane, false};
    struct hae_slot *slot = hae_slot_at(recorder, index);

    if (hae_record_overflow(recorder, entry, HAETAE_SIGNAL_TRACES)) {
        slot->signal = HAETAE_SIGNAL_TRACES;
        atomic_store_explicit(&slot->end_unix_ns, end_unix_ns, memory_order_relaxed);
        hae_record_hand_over(recorder, entry, index);
        return;
    }
    /* It is counted by now: when the process is killed in between, the span is open still. */
    hae_slot_next_use(slot, 0);
    hae_slot_give_chain(recorder, lane, index);
}

/* For who reads the region of a dead process: relaxed, and fences for the compiler, which
 * keep the order of the program. A thread is killed between two instructions. */
static inline void note_ending(struct hae_lane *lane, uint32_t index)
{
    uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

    atomic_store_explicit(&lane->ending, tail << HAE_ENDING_TAIL_SHIFT | index,
                          memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void forget_ending(struct hae_lane *lane)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&lane->ending, 0, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static HAE_ALWAYS_INLINE void write_record(struct hae_recorder *recorder, struct hae_lane *lane,
                                           uint32_t index, uint64_t end_unix_ns)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint32_t size_max = hae_span_head(slot)->size_bytes + HAE_SPAN_FIXED_MAX;
    size_t room;
    uint8_t *to = hae_record_reserve(recorder, lane, size_max, &room);

    if (HAE_UNLIKELY(to == NULL)) {
        overflow(recorder, lane, index, end_unix_ns);
        return;
    }
    note_ending(lane, index);
    hae_record_commit(recorder, lane, encode(recorder, index, end_unix_ns, to),
                      (uint16_t)slot->scope, HAETAE_SIGNAL_TRACES);
    /* Only now: whenever the process is killed the span is open, or a record. */
    hae_slot_next_use(slot, 0);
    forget_ending(lane);
    hae_slot_give_chain(recorder, lane, index);
    hae_wake_if_filling(recorder, lane);
}

/* Ends a span that does not become a record, or one for which the thread has no lane. */
static HAE_NOINLINE void finish_otherwise(struct hae_recorder *recorder, uint32_t index,
                                          uint64_t end_unix_ns)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t flags = atomic_load_explicit(&slot->ids.flags, memory_order_relaxed);
    struct hae_entry entry = hae_enter(recorder);

    if (entry.lane != NULL) {
        hae_count_own(&entry.lane->counts.spans_ended);
    } else {
        hae_count_shared(&recorder->region->shared.spans_ended);
    }
    if ((flags & HAE_SPAN_RECORDING) == 0 || !hae_accepting(recorder)) {
        if ((flags & HAE_SPAN_RECORDING) != 0) {
            hae_count_dropped(recorder, entry, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN);
        }
        hae_slot_next_use(slot, 0);
        hae_slot_give_chain(recorder, entry.lane, index);
    } else if (entry.lane != NULL) {
        write_record(recorder, entry.lane, index, end_unix_ns);
    } else {
        slot->signal = HAETAE_SIGNAL_TRACES;
        atomic_store_explicit(&slot->end_unix_ns, end_unix_ns, memory_order_relaxed);
        hae_record_hand_over(recorder, entry, index);
    }
    hae_leave(entry);
}

/* The caller holds the slot. */
static HAE_ALWAYS_INLINE void finish(struct hae_recorder *recorder, uint32_t index,
                                     uint64_t end_unix_ns)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t flags = atomic_load_explicit(&slot->ids.flags, memory_order_relaxed);
    struct hae_lane *lane = NULL;

    if (HAE_LIKELY((flags & HAE_SPAN_RECORDING) != 0 && hae_accepting(recorder))) {
        lane = hae_enter_lane(recorder);
    }
    if (HAE_UNLIKELY(lane == NULL)) {
        finish_otherwise(recorder, index, end_unix_ns);
        return;
    }
    hae_count_own(&lane->counts.spans_ended);
    write_record(recorder, lane, index, end_unix_ns);
    hae_leave_lane();
}

/* What became of a request to end a span that another thread was changing. */
enum ask { ASK_GRANTED, ASK_MINE, ASK_REFUSED };

/* Leaves the ending to the thread that is changing the span. ASK_MINE: it has let go, and
 * the span is the caller's to end. ASK_REFUSED: the state is another, *ret_seen, by now,
 * and the slot may belong to another span already. */
static enum ask ask_to_end(struct hae_slot *slot, uint64_t busy, uint64_t end_unix_ns,
                           uint64_t *ret_seen)
{
    *ret_seen = busy;
    /* Relaxed: it only keeps others from ending the span, and so pins the slot, for the
     * time to be put there. */
    if (!atomic_compare_exchange_strong_explicit(&slot->state, ret_seen, busy | HAE_SLOT_END,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return ASK_REFUSED;
    }
    atomic_store_explicit(&slot->end_unix_ns, end_unix_ns, memory_order_relaxed);
    busy |= HAE_SLOT_END;
    /* Release pairs with the acquire in hae_span_release(): who ends the span sees the
     * time. On failure acquire pairs with the release in hae_span_end_asked(): we see
     * what the other thread changed. */
    return atomic_compare_exchange_strong_explicit(&slot->state, &busy, busy | HAE_SLOT_TIMED,
                                                   memory_order_release, memory_order_acquire)
               ? ASK_GRANTED
               : ASK_MINE;
}

HAE_COLD void hae_span_end_asked(struct hae_recorder *recorder, haetae_span span)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t open = hae_span_open_state(hae_handle_generation(span));
    uint64_t asked = open | HAE_SLOT_BUSY | HAE_SLOT_END;

    /* Who asked has not said yet when the span ended: it ends the span itself, nobody
     * waits. Release pairs with the acquire in ask_to_end(). On failure the time is
     * there: acquire, as in hae_span_release(). */
    if (!atomic_compare_exchange_strong_explicit(&slot->state, &asked, open | HAE_SLOT_END,
                                                 memory_order_release, memory_order_acquire)) {
        uint64_t end = atomic_load_explicit(&slot->end_unix_ns, memory_order_relaxed);

        finish(recorder, hae_handle_slot(span), end_time(recorder, hae_span_head(slot), end));
    }
}

/* Another thread is changing the span, or it is no longer open: as of `seen`. */
static HAE_COLD void finish_contended(struct hae_recorder *recorder, haetae_span span,
                                      uint64_t end_unix_ns, uint64_t seen)
{
    uint32_t generation = hae_handle_generation(span);
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t open = hae_span_open_state(generation);
    uint64_t end = end_unix_ns != 0 ? end_unix_ns : hae_clock_now_unix_ns(&recorder->region->clock);
    enum ask ask = ASK_REFUSED;

    for (int tries = 0; tries < ACQUIRE_TRIES && ask == ASK_REFUSED; tries++) {
        if (seen == (open | HAE_SLOT_BUSY)) {
            ask = ask_to_end(slot, seen, end, &seen);
        } else if (seen != open) {
            break; /* ended, or being ended */
        } else if (atomic_compare_exchange_strong_explicit(
                       /* Acquire, as in hae_span_acquire(). */
                       &slot->state, &seen, open | HAE_SLOT_BUSY | HAE_SLOT_END,
                       memory_order_acquire, memory_order_relaxed)) {
            ask = ASK_MINE;
        }
    }
    if (ask == ASK_MINE) {
        finish(recorder, hae_handle_slot(span), end_time(recorder, hae_span_head(slot), end));
    } else if (ask == ASK_REFUSED) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
    }
}

void hae_span_finish(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns)
{
    uint32_t generation = hae_handle_generation(span);
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t seen = hae_span_open_state(generation);

    /* Acquire, as in hae_span_acquire(). */
    if (HAE_UNLIKELY(!atomic_compare_exchange_strong_explicit(
            &slot->state, &seen, seen | HAE_SLOT_BUSY | HAE_SLOT_END, memory_order_acquire,
            memory_order_relaxed))) {
        finish_contended(recorder, span, end_unix_ns, seen);
        return;
    }
    finish(recorder, hae_handle_slot(span), end_time(recorder, hae_span_head(slot), end_unix_ns));
}
