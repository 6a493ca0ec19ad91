/* SPDX-License-Identifier: Apache-2.0 */
#include "context/relay.h"

#include "recorder/registry.h"

enum { RELAY_COUNT = 2048, TRIES = 64 };

/* In a handle, instead of the number of a recorder. */
enum { RELAY_NUMBER = 15 };
_Static_assert((int)HAE_RECORDERS_MAX < (int)RELAY_NUMBER, "no recorder has this number");

enum { WORD_TRACE_ID, WORD_SPAN_ID = 2, WORD_TRACE_STATE, WORD_FLAGS, WORD_COUNT };

/* Bits of the last word, above the trace flags. */
enum { IS_REMOTE = 0x100, HAS_TRACE_STATE = 0x200 };

/* Bits of the state, below the generation, which changes with each use. */
enum { TAKEN = 1, OPEN = 2 };

struct relay {
    _Atomic uint64_t state; /* generation in the high half */
    _Atomic uint64_t words[WORD_COUNT];
};

static struct relay relays[RELAY_COUNT];
static _Atomic uint32_t next_index;

static bool is_relay(haetae_span span)
{
    return hae_handle_recorder_number(span) == RELAY_NUMBER && hae_handle_slot(span) < RELAY_COUNT;
}

static haetae_span handle_of(uint64_t state, uint32_t index)
{
    return hae_handle_new(state, RELAY_NUMBER - 1, index, false);
}

static void fill(struct relay *relay, const struct hae_current *context)
{
    uint64_t words[WORD_COUNT] = {context->trace_id[0], context->trace_id[1], context->span_id,
                                  hae_current_number(context),
                                  context->trace_flags | (context->is_remote ? IS_REMOTE : 0u) |
                                      (context->has_trace_state ? HAS_TRACE_STATE : 0u)};

    for (int i = 0; i < WORD_COUNT; i++) {
        /* Release pairs with the acquire loads of the words in hae_relay_find(): who reads one of
         * these by an old handle sees that its use is over. */
        atomic_store_explicit(&relay->words[i], words[i], memory_order_release);
    }
}

haetae_span hae_relay_new(const struct hae_current *context)
{
    if (!context->valid) {
        return HAETAE_SPAN_NONE;
    }
    for (int i = 0; i < TRIES; i++) {
        /* Relaxed: it only spreads threads over the table. */
        uint32_t index =
            atomic_fetch_add_explicit(&next_index, 1, memory_order_relaxed) % RELAY_COUNT;
        struct relay *relay = &relays[index];
        uint64_t seen = atomic_load_explicit(&relay->state, memory_order_relaxed);
        uint64_t taken = ((seen >> 32) + 1) << 32 | TAKEN;

        /* Acquire pairs with the release in hae_relay_end(). */
        if ((seen & TAKEN) == 0 &&
            atomic_compare_exchange_strong_explicit(&relay->state, &seen, taken,
                                                    memory_order_acquire, memory_order_relaxed)) {
            fill(relay, context);
            /* Release pairs with the acquire of the state in hae_relay_find(). */
            atomic_store_explicit(&relay->state, taken | OPEN, memory_order_release);
            return handle_of(taken, index);
        }
    }
    return HAETAE_SPAN_NONE;
}

bool hae_relay_find(haetae_span span, struct hae_current *ret_current)
{
    struct relay *relay;
    uint64_t words[WORD_COUNT];
    uint64_t open = (uint64_t)hae_handle_generation(span) << 32 | TAKEN | OPEN;

    if (!is_relay(span)) {
        return false;
    }
    relay = &relays[hae_handle_slot(span)];
    /* Acquire pairs with the last release in hae_relay_new(): the words are there. */
    if (atomic_load_explicit(&relay->state, memory_order_acquire) != open) {
        return false;
    }
    for (int i = 0; i < WORD_COUNT; i++) {
        words[i] = atomic_load_explicit(&relay->words[i], memory_order_acquire);
    }
    /* Relaxed: the acquire loads above keep it last. */
    if (atomic_load_explicit(&relay->state, memory_order_relaxed) != open) {
        return false;
    }
    *ret_current =
        (struct hae_current){.trace_id = {words[WORD_TRACE_ID], words[WORD_TRACE_ID + 1]},
                             .span_id = words[WORD_SPAN_ID],
                             .span = span,
                             .trace_flags = (uint8_t)words[WORD_FLAGS],
                             .is_remote = (words[WORD_FLAGS] & IS_REMOTE) != 0,
                             .valid = 1,
                             .has_trace_state = (words[WORD_FLAGS] & HAS_TRACE_STATE) != 0};
    hae_current_set_number(ret_current, words[WORD_TRACE_STATE]);
    return true;
}

bool hae_relay_end(haetae_span span)
{
    uint64_t open = (uint64_t)hae_handle_generation(span) << 32 | TAKEN | OPEN;

    /* Release pairs with the acquire of the next use in hae_relay_new(). */
    return is_relay(span) &&
           atomic_compare_exchange_strong_explicit(&relays[hae_handle_slot(span)].state, &open,
                                                   open & ~(uint64_t)UINT32_MAX,
                                                   memory_order_release, memory_order_relaxed);
}
