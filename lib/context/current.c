/* SPDX-License-Identifier: Apache-2.0 */
#include "context/current.h"

#include "recorder/registry.h"
#include "recorder/span_slot.h"
#include "wire/otlp.h"

/* What a haetae_context_token holds. */
struct token {
    uint64_t mark; /* of the thread that attached; 0 when spent */
    struct hae_current before;
};
_Static_assert(sizeof(struct token) <= sizeof(haetae_context_token), "the token's size is frozen");

static _Atomic uint64_t misuse_count;

uint64_t hae_context_misuse_count(void)
{
    return atomic_load_explicit(&misuse_count, memory_order_relaxed);
}

static uint64_t thread_mark(void)
{
    return (uint64_t)(uintptr_t)&hae_thread ^ UINT64_C(0x6861657461650000);
}

/* A signal handler on this thread may look in between: it finds a context that is not
 * valid, not one half of each. The fences are for the compiler only. */
static void set_current(struct hae_current next)
{
    struct hae_current *current = hae_current_of_thread();
    uint8_t valid = next.valid;

    next.valid = 0;
    current->valid = 0;
    atomic_signal_fence(memory_order_seq_cst);
    *current = next;
    atomic_signal_fence(memory_order_seq_cst);
    current->valid = valid;
}

static void attach(const struct hae_current *next, haetae_context_token *token)
{
    struct token saved = {thread_mark(), *hae_current()};
    struct hae_current current = next != NULL ? *next : saved.before;

    memcpy(token, &saved, sizeof saved);
    current.depth = saved.before.depth + 1;
    set_current(current);
}

void haetae_context_attach(haetae_span span, haetae_context_token *token)
{
    struct hae_span_identity identity;
    struct hae_current next = {.span = span, .valid = 1};

    if (token == NULL) {
        return;
    }
    if (span == HAETAE_SPAN_NONE || !hae_span_identify(span, &identity)) {
        hae_count_stale_handle(span);
        attach(NULL, token);
        return;
    }
    next.trace_id[0] = identity.trace_id[0];
    next.trace_id[1] = identity.trace_id[1];
    next.span_id = identity.span_id;
    next.trace_flags = (uint8_t)(identity.flags & HAE_SPAN_TRACE_FLAGS);
    next.has_trace_state = (identity.flags & HAE_SPAN_HAS_TRACE_STATE) != 0;
    attach(&next, token);
}

struct hae_current hae_current_from(const haetae_span_context *context)
{
    struct hae_current current = {.valid = 0};

    if (haetae_span_context_is_valid(context)) {
        memcpy(current.trace_id, context->trace_id, sizeof current.trace_id);
        memcpy(&current.span_id, context->span_id, sizeof current.span_id);
        current.trace_flags = context->trace_flags;
        current.is_remote = context->is_remote != 0;
        current.valid = 1;
    }
    return current;
}

void haetae_context_attach_remote(const haetae_span_context *context, haetae_context_token *token)
{
    struct hae_current next = hae_current_from(context);

    if (token != NULL) {
        attach(&next, token);
    }
}

void haetae_context_detach(haetae_context_token *token)
{
    struct token saved;

    if (token == NULL) {
        return;
    }
    memcpy(&saved, token, sizeof saved);
    /* A token of an outer attach also detaches the inner ones that were forgotten. */
    if (saved.mark != thread_mark() || saved.before.depth >= hae_current()->depth) {
        atomic_fetch_add_explicit(&misuse_count, 1, memory_order_relaxed);
        return;
    }
    set_current(saved.before);
    saved.mark = 0;
    memcpy(token, &saved, sizeof saved);
}

haetae_span haetae_current_span(void)
{
    return hae_current()->span;
}

bool haetae_current_span_context(haetae_span_context *ret_context)
{
    const struct hae_current *current = hae_current();

    if (ret_context != NULL) {
        memset(ret_context, 0, sizeof *ret_context);
        memcpy(ret_context->trace_id, current->trace_id, sizeof current->trace_id);
        memcpy(ret_context->span_id, &current->span_id, sizeof current->span_id);
        ret_context->trace_flags = current->trace_flags;
        ret_context->is_remote = current->is_remote;
    }
    return current->valid != 0;
}

bool haetae_span_context_is_valid(const haetae_span_context *context)
{
    return context != NULL && (hae_load64(context->trace_id) | hae_load64(context->trace_id + 8)) &&
           hae_load64(context->span_id);
}

bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context)
{
    struct hae_span_identity identity;
    bool found = hae_span_identify(span, &identity);

    if (ret_context != NULL) {
        memset(ret_context, 0, sizeof *ret_context);
        if (found) {
            memcpy(ret_context->trace_id, identity.trace_id, sizeof identity.trace_id);
            memcpy(ret_context->span_id, &identity.span_id, sizeof identity.span_id);
            ret_context->trace_flags = (uint8_t)(identity.flags & HAE_SPAN_TRACE_FLAGS);
        }
    }
    return found;
}

void hae_count_stale_handle(haetae_span span)
{
    struct hae_recorder *recorder = hae_handle_recorder(span); /* NULL for no span */

    if (recorder != NULL) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
    } else {
        hae_registry_count_misuse(span);
    }
}

void hae_context_in_child(void)
{
    atomic_store_explicit(&misuse_count, 0, memory_order_relaxed);
}

size_t hae_span_trace_state(haetae_span span, char *buffer)
{
    struct hae_recorder *recorder = hae_handle_recorder(span);
    struct hae_span_identity identity;
    struct hae_chain_cursor cursor;
    size_t length = 0;
    bool contended;

    if (recorder == NULL || !hae_span_identify(span, &identity) ||
        (identity.flags & HAE_SPAN_HAS_TRACE_STATE) == 0 ||
        hae_span_acquire(recorder, span, &contended) == 0) {
        return 0;
    }
    cursor =
        (struct hae_chain_cursor){recorder, hae_handle_slot(span), sizeof(struct hae_span_head)};
    while (length == 0 && !hae_chain_at_end(&cursor)) {
        uint8_t tag = hae_chain_byte(&cursor);
        uint64_t size = hae_chain_varint(&cursor);

        if (tag == HAE_TAG(HAE_OTLP_SPAN_TRACE_STATE, HAE_WIRE_LENGTH) &&
            size <= HAETAE_TRACE_STATE_MAX) {
            length = (size_t)size;
            hae_chain_copy(cursor, (uint8_t *)buffer, length);
        }
        hae_chain_skip(&cursor, size);
    }
    hae_span_release(recorder, span);
    return length;
}
