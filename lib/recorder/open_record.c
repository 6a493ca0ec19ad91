/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/open_record.h"

#include "recorder/registry.h"

/* Tries to get a record that another thread is changing, before giving up. A change takes tens
 * of nanoseconds; only a thread that lost its CPU takes longer, and waiting for that is what a
 * recording call must not do. */
enum { ACQUIRE_TRIES = 200 };

static inline void relax_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

bool hae_open_identify(uint64_t handle, uint64_t ret_identity[HAE_IDENTITY_WORDS])
{
    struct hae_recorder *recorder = hae_handle_recorder(handle);
    struct hae_slot *slot;
    uint64_t state;

    if (recorder == NULL) {
        return false;
    }
    slot = hae_slot_at(recorder, hae_handle_slot(handle));
    /* Acquire pairs with the release in hae_open_publish(): the identity is there. */
    state = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (state >> 32 != hae_handle_generation(handle) || (state & HAE_SLOT_OPEN) == 0) {
        return false;
    }
    for (int i = 0; i < HAE_IDENTITY_WORDS; i++) {
        /* Acquire pairs with the release stores of whoever fills the slot next: a thread that
         * reads a word of the next record sees below that the generation has changed. */
        ret_identity[i] = atomic_load_explicit(&slot->identity[i], memory_order_acquire);
    }
    /* Relaxed: the acquire loads above keep it last. */
    return atomic_load_explicit(&slot->state, memory_order_relaxed) >> 32 ==
           hae_handle_generation(handle);
}

HAE_COLD bool hae_open_acquire_contended(struct hae_slot *slot, uint64_t open, bool *ret_contended)
{
    for (int tries = 0; tries < ACQUIRE_TRIES; tries++) {
        uint64_t seen = open;

        /* Acquire, as in hae_open_acquire(). */
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

/* ---- Ending ------------------------------------------------------------------------- */

/* What became of a request to end a record that another thread was changing. */
enum ask { ASK_GRANTED, ASK_MINE, ASK_REFUSED };

/* Leaves the ending to the thread that is changing the record. ASK_MINE: it has let go, and
 * the record is the caller's to end. ASK_REFUSED: the state is another, *ret_seen, by now,
 * and the slot may belong to another record already. */
static enum ask ask_to_end(struct hae_slot *slot, uint64_t busy, uint64_t end_unix_ns,
                           uint64_t *ret_seen)
{
    *ret_seen = busy;
    /* Relaxed: it only keeps others from ending the record, and so pins the slot, for the
     * time to be put there. */
    if (!atomic_compare_exchange_strong_explicit(&slot->state, ret_seen, busy | HAE_SLOT_END,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return ASK_REFUSED;
    }
    atomic_store_explicit(&slot->end_unix_ns, end_unix_ns, memory_order_relaxed);
    busy |= HAE_SLOT_END;
    /* Release pairs with the acquire in hae_open_release(): the thread that ends the record sees
     * the time. On failure acquire pairs with the release in hae_open_end_asked(): we see
     * what the other thread changed. */
    return atomic_compare_exchange_strong_explicit(&slot->state, &busy, busy | HAE_SLOT_TIMED,
                                                   memory_order_release, memory_order_acquire)
               ? ASK_GRANTED
               : ASK_MINE;
}

HAE_COLD void hae_open_end_asked(struct hae_recorder *recorder, uint64_t handle)
{
    uint32_t index = hae_handle_slot(handle);
    struct hae_slot *slot = hae_slot_at(recorder, index);
    uint64_t open = hae_open_state(handle);
    uint64_t asked = open | HAE_SLOT_BUSY | HAE_SLOT_END;

    /* The thread that asked has not said yet when the record ended: it ends it itself, nobody
     * waits. Release pairs with the acquire in ask_to_end(). On failure the time is
     * there: acquire, as in hae_open_release(). */
    if (!atomic_compare_exchange_strong_explicit(&slot->state, &asked, open | HAE_SLOT_END,
                                                 memory_order_release, memory_order_acquire)) {
        recorder->kinds[slot->signal].end(
            recorder, index, atomic_load_explicit(&slot->end_unix_ns, memory_order_relaxed));
    }
}

HAE_COLD uint64_t hae_open_begin_end_contended(struct hae_recorder *recorder, uint64_t handle,
                                               uint64_t seen, uint64_t end_unix_ns)
{
    struct hae_slot *slot = hae_slot_at(recorder, hae_handle_slot(handle));
    uint64_t open = hae_open_state(handle);
    enum ask ask = ASK_REFUSED;

    if (end_unix_ns == 0) {
        end_unix_ns = hae_clock_now_unix_ns(&recorder->region->clock);
    }
    for (int tries = 0; tries < ACQUIRE_TRIES && ask == ASK_REFUSED; tries++) {
        if (seen == (open | HAE_SLOT_BUSY)) {
            ask = ask_to_end(slot, seen, end_unix_ns, &seen);
        } else if (seen != open) {
            break; /* ended, or being ended */
        } else if (atomic_compare_exchange_strong_explicit(
                       /* Acquire, as in hae_open_acquire(). */
                       &slot->state, &seen, open | HAE_SLOT_BUSY | HAE_SLOT_END,
                       memory_order_acquire, memory_order_relaxed)) {
            ask = ASK_MINE;
        }
    }
    if (ask == ASK_REFUSED) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
    }
    return ask == ASK_MINE ? end_unix_ns : 0;
}

void hae_open_discard(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index)
{
    hae_slot_next_use(hae_slot_at(recorder, index), 0);
    hae_slot_give_chain(recorder, lane, index);
}

void hae_open_hand_over(struct hae_recorder *recorder, struct hae_lane *lane, uint32_t index,
                        uint64_t end_unix_ns)
{
    atomic_store_explicit(&hae_slot_at(recorder, index)->end_unix_ns, end_unix_ns,
                          memory_order_relaxed);
    hae_record_hand_over(recorder, lane, index);
}

HAE_COLD void hae_open_overflow(struct hae_recorder *recorder, struct hae_lane *lane,
                                uint32_t index, uint64_t end_unix_ns)
{
    haetae_signal signal = (haetae_signal)hae_slot_at(recorder, index)->signal;

    if (hae_record_overflow(recorder, lane, signal)) {
        hae_open_hand_over(recorder, lane, index, end_unix_ns);
    } else {
        /* It is counted by now: when the process is killed in between, it is open still. */
        hae_open_discard(recorder, lane, index);
    }
}
