/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/span_slot.h"

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
    struct hae_span_head *head;
    struct hae_slot *slot;
    uint64_t state;

    if (recorder == NULL) {
        return false;
    }
    slot = hae_slot_at(recorder, hae_handle_slot(span));
    head = hae_span_head(slot);
    /* Acquire pairs with the release that opened the span: its ids are there. */
    state = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (state >> 32 != hae_handle_generation(span) || (state & HAE_SLOT_OPEN) == 0) {
        return false;
    }
    /* Acquire pairs with the release stores of the slot's next start: who reads an id
     * of the next span sees below that the generation has changed. */
    identity.trace_id[0] = atomic_load_explicit(&head->trace_id[0], memory_order_acquire);
    identity.trace_id[1] = atomic_load_explicit(&head->trace_id[1], memory_order_acquire);
    identity.span_id = atomic_load_explicit(&head->span_id, memory_order_acquire);
    identity.flags = atomic_load_explicit(&head->flags, memory_order_acquire);
    /* Relaxed: the acquire loads above keep it last. */
    if (atomic_load_explicit(&slot->state, memory_order_relaxed) >> 32 !=
        hae_handle_generation(span)) {
        return false;
    }
    *ret_identity = identity;
    return true;
}

uint32_t hae_span_acquire(struct hae_recorder *recorder, haetae_span span, bool *ret_contended)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    uint64_t open = hae_span_open_state(hae_handle_generation(span));

    for (int tries = 0; tries < ACQUIRE_TRIES; tries++) {
        uint64_t seen = open;

        /* Acquire pairs with the release in hae_span_release(): we see what the last
         * who changed the span wrote. */
        if (HAE_LIKELY(atomic_compare_exchange_strong_explicit(
                &slot->state, &seen, open | HAE_SLOT_BUSY, memory_order_acquire,
                memory_order_relaxed))) {
            return hae_handle_slot(span);
        }
        if ((seen & ~(uint64_t)HAE_SLOT_BUSY) != open) {
            *ret_contended = false;
            return 0;
        }
        relax_cpu();
    }
    *ret_contended = true;
    return 0;
}

static uint64_t end_time(struct hae_recorder *recorder, const struct hae_span_head *head,
                         uint64_t given_unix_ns)
{
    const struct hae_clock *clock = &recorder->region->clock;
    uint64_t end = given_unix_ns;

    if (end == 0) {
        uint64_t now = hae_clock_tick(clock);

        /* From the start on by the counter, so that a step of the wall clock between
         * the two does not show. */
        end = HAE_LIKELY(head->start_tick != 0)
                  ? head->start_unix_ns + hae_clock_elapsed_ns(clock, head->start_tick, now)
                  : hae_clock_unix_ns(clock, now);
    }
    return end > head->start_unix_ns ? end : head->start_unix_ns;
}

static uint8_t *put_count(uint8_t *at, uint8_t tag, uint32_t count)
{
    if (HAE_UNLIKELY(count != 0)) {
        *at++ = tag;
        at = hae_put_varint(at, count);
    }
    return at;
}

/* Field numbers of Span, all but flags below 16. */
static uint8_t *put_fixed_fields(uint8_t *at, const struct hae_span_head *head)
{
    uint64_t flags = atomic_load_explicit(&head->flags, memory_order_relaxed);

    *at++ = HAE_TAG(1, HAE_WIRE_LENGTH); /* trace_id */
    *at++ = 16;
    hae_store64(at, atomic_load_explicit(&head->trace_id[0], memory_order_relaxed));
    hae_store64(at + 8, atomic_load_explicit(&head->trace_id[1], memory_order_relaxed));
    at += 16;
    *at++ = HAE_TAG(2, HAE_WIRE_LENGTH); /* span_id */
    *at++ = 8;
    hae_store64(at, atomic_load_explicit(&head->span_id, memory_order_relaxed));
    at += 8;
    if (head->parent_span_id != 0) {
        *at++ = HAE_TAG(4, HAE_WIRE_LENGTH); /* parent_span_id */
        *at++ = 8;
        hae_store64(at, head->parent_span_id);
        at += 8;
    }
    *at++ = HAE_TAG(6, HAE_WIRE_VARINT); /* kind */
    *at++ = head->kind;
    *at++ = HAE_TAG(7, HAE_WIRE_FIXED64); /* start_time_unix_nano */
    at = hae_put_fixed64(at, head->start_unix_ns);
    *at++ = HAE_TAG(8, HAE_WIRE_FIXED64); /* end_time_unix_nano */
    at = hae_put_fixed64(at, atomic_load_explicit(&head->end_unix_ns, memory_order_relaxed));
    at = put_count(at, HAE_TAG(10, HAE_WIRE_VARINT), head->dropped_attribute_count);
    at = put_count(at, HAE_TAG(12, HAE_WIRE_VARINT), head->dropped_event_count);
    at = put_count(at, HAE_TAG(14, HAE_WIRE_VARINT), head->dropped_link_count);
    *at++ = 0x85; /* flags: field 16, fixed32 */
    *at++ = 0x01;
    return hae_put_fixed32(at, (uint32_t)(flags & HAE_SPAN_TRACE_FLAGS) | 0x100u |
                                   (head->parent_is_remote ? 0x200u : 0u));
}

uint32_t hae_span_encode(struct hae_recorder *recorder, uint32_t index, uint8_t *to)
{
    const struct hae_span_head *head = hae_span_head(hae_slot_at(recorder, index));
    uint8_t *at = put_fixed_fields(to, head);

    return (uint32_t)(hae_chain_gather(recorder, index, sizeof *head, at) - to);
}

static void close_slot(struct hae_slot *slot, uint32_t generation)
{
    /* Release pairs with the acquire loads in hae_span_identify() and
     * hae_span_acquire(): the old handle is spent before the slot is used again. */
    atomic_store_explicit(&slot->state, (uint64_t)(generation + 1) << 32, memory_order_release);
}

/* The ring is full: while there are slots enough, the span waits in its own for the
 * worker, which is late. Else it is dropped. */
static void overflow(struct hae_recorder *recorder, struct hae_entry entry, uint32_t index)
{
    hae_recorder_wake(recorder);
    if (hae_may_overflow(recorder)) {
        hae_slot_at(recorder, index)->signal = HAETAE_SIGNAL_TRACES;
        hae_record_hand_over(recorder, entry, index);
        return;
    }
    hae_slot_give_chain(recorder, entry.lane, index);
    hae_count_own(&entry.lane->counts.dropped[HAETAE_SIGNAL_TRACES][HAETAE_DROP_RING_FULL]);
}

static void write_record(struct hae_recorder *recorder, struct hae_entry entry, uint32_t index)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint32_t size_max = hae_span_head(slot)->size_bytes + HAE_SPAN_FIXED_MAX;
    size_t room;
    uint8_t *to = hae_ring_reserve(entry.lane, recorder->ring_size_bytes, size_max, &room);

    if (HAE_UNLIKELY(to == NULL)) {
        overflow(recorder, entry, index);
        return;
    }
    /* Counted first: once published it may be drained, and more must never be drained
     * than was published. */
    hae_count_own(&entry.lane->counts.published[HAETAE_SIGNAL_TRACES]);
    hae_ring_publish(entry.lane, recorder->ring_size_bytes, hae_span_encode(recorder, index, to),
                     (uint16_t)slot->scope, HAETAE_SIGNAL_TRACES);
    hae_slot_give_chain(recorder, entry.lane, index);
    hae_wake_if_filling(recorder, entry.lane);
}

/* The caller holds the slot, with its end time set. */
static void finish(struct hae_recorder *recorder, uint32_t index, uint32_t generation)
{
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t flags = atomic_load_explicit(&hae_span_head(slot)->flags, memory_order_relaxed);
    struct hae_entry entry = hae_enter(recorder);

    close_slot(slot, generation);
    if (HAE_LIKELY(entry.lane != NULL)) {
        hae_count_own(&entry.lane->counts.spans_ended);
    } else {
        hae_count_shared(&recorder->region->shared.spans_ended);
    }
    if (HAE_UNLIKELY((flags & HAE_SPAN_RECORDING) == 0)) {
        hae_slot_give_chain(recorder, entry.lane, index);
    } else if (HAE_UNLIKELY(!hae_accepting(recorder))) {
        hae_slot_give_chain(recorder, entry.lane, index);
        hae_count_dropped(recorder, entry, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN);
    } else if (HAE_LIKELY(entry.lane != NULL)) {
        write_record(recorder, entry, index);
    } else {
        slot->signal = HAETAE_SIGNAL_TRACES;
        hae_record_hand_over(recorder, entry, index);
    }
    hae_leave(entry);
}

/* Another thread is changing the span: leaves it the ending. Returns false when the
 * change is over by now and the caller should try again itself. Nothing in the slot
 * may be read here: it may belong to another span already. */
static bool ask_to_end(struct hae_slot *slot, uint64_t busy, uint64_t end_unix_ns)
{
    struct hae_span_head *head = hae_span_head(slot);
    uint64_t time = 0;

    /* Relaxed: the exchange below carries it. Of several who ask the first wins. */
    bool set = atomic_compare_exchange_strong_explicit(&head->end_unix_ns, &time, end_unix_ns,
                                                       memory_order_relaxed, memory_order_relaxed);

    /* Release pairs with the acquire in hae_span_release(): who ends the span sees
     * the time. */
    if (atomic_compare_exchange_strong_explicit(&slot->state, &busy, busy | HAE_SLOT_END,
                                                memory_order_release, memory_order_relaxed)) {
        return true;
    }
    if (set) {
        time = end_unix_ns;
        atomic_compare_exchange_strong_explicit(&head->end_unix_ns, &time, 0, memory_order_relaxed,
                                                memory_order_relaxed);
    }
    return (busy & HAE_SLOT_END) != 0;
}

void hae_span_release(struct hae_recorder *recorder, haetae_span span)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    struct hae_span_head *head = hae_span_head(slot);
    uint64_t open = hae_span_open_state(hae_handle_generation(span));
    uint64_t seen = open | HAE_SLOT_BUSY;

    /* Release pairs with the acquire in hae_span_acquire(). On failure somebody has
     * asked for the end: acquire pairs with the release in ask_to_end(). */
    if (HAE_LIKELY(atomic_compare_exchange_strong_explicit(
            &slot->state, &seen, open, memory_order_release, memory_order_acquire))) {
        return;
    }
    atomic_store_explicit(
        &head->end_unix_ns,
        end_time(recorder, head, atomic_load_explicit(&head->end_unix_ns, memory_order_relaxed)),
        memory_order_relaxed);
    finish(recorder, hae_handle_slot(span), hae_handle_generation(span));
}

void hae_span_finish(struct hae_recorder *recorder, haetae_span span, uint64_t end_unix_ns)
{
    uint32_t generation = hae_handle_generation(span);
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(span));
    struct hae_span_head *head = hae_span_head(slot);
    uint64_t open = hae_span_open_state(generation);

    for (int tries = 0; tries < ACQUIRE_TRIES; tries++) {
        uint64_t seen = open;

        /* Acquire, as in hae_span_acquire(). */
        if (HAE_LIKELY(atomic_compare_exchange_strong_explicit(
                &slot->state, &seen, open | HAE_SLOT_BUSY | HAE_SLOT_END, memory_order_acquire,
                memory_order_relaxed))) {
            atomic_store_explicit(&head->end_unix_ns, end_time(recorder, head, end_unix_ns),
                                  memory_order_relaxed);
            finish(recorder, hae_handle_slot(span), generation);
            return;
        }
        if (seen != (open | HAE_SLOT_BUSY)) {
            break; /* ended, or being ended */
        }
        if (ask_to_end(slot, seen,
                       end_unix_ns != 0 ? end_unix_ns
                                        : hae_clock_now_unix_ns(&recorder->region->clock))) {
            return;
        }
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
}
