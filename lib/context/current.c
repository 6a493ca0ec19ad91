/* SPDX-License-Identifier: Apache-2.0 */
#include "context/current.h"

#include <pthread.h>

#include "base/atfork.h"
#include "context/span_identity.h"
#include "recorder/registry.h"

/* The content of a haetae_context_token: the mark of the thread that attached, or 0 after the
 * detach, and behind it the context of before. Each is copied by itself: a copy of the whole
 * would load at once what was just stored in parts, and wait for it. */
enum { TOKEN_MARK, TOKEN_BEFORE };
_Static_assert(TOKEN_BEFORE * sizeof(uint64_t) + sizeof(struct hae_context) <=
                   sizeof(haetae_context_token),
               "the token's size is frozen");

static _Atomic uint64_t misuse_count;

uint64_t hae_context_misuse_count(void)
{
    return atomic_load_explicit(&misuse_count, memory_order_relaxed);
}

static uint64_t thread_mark(void)
{
    return (uint64_t)(uintptr_t)&hae_thread ^ UINT64_C(0x6861657461650000);
}

/* A signal handler on this thread may read the context at any instruction: it finds one that
 * is not valid, never one half of each. The fences are for the compiler only. */
static inline void set_context(struct hae_current next, const struct hae_context_value *values)
{
    struct hae_context *context = hae_context();
    uint8_t valid = next.valid;

    next.valid = 0;
    context->current.valid = 0;
    atomic_signal_fence(memory_order_seq_cst);
    context->current = next;
    context->values = values;
    atomic_signal_fence(memory_order_seq_cst);
    context->current.valid = valid;
}

/* Replaces the context, and remembers the former one in `token`. NULL `next`: the current span
 * stays. */
static HAE_ALWAYS_INLINE void attach(const struct hae_current *next,
                                     const struct hae_context_value *values,
                                     haetae_context_token *token)
{
    struct hae_current current = next != NULL ? *next : *hae_current();

    token->opaque[TOKEN_MARK] = thread_mark();
    memcpy(&token->opaque[TOKEN_BEFORE], hae_context(), sizeof(struct hae_context));
    current.depth = hae_current()->depth + 1;
    set_context(current, values);
}

void haetae_context_attach(haetae_span span, haetae_context_token *token)
{
    uint64_t words[HAE_IDENTITY_WORDS];
    struct hae_current next = {.span = span, .valid = 1};

    if (token == NULL) {
        return;
    }
    if (span == HAETAE_SPAN_NONE || !hae_open_identify(span, words)) {
        hae_count_stale_handle(span);
        attach(NULL, hae_context()->values, token);
        return;
    }
    next.trace_id[0] = words[HAE_IDENTITY_TRACE_ID];
    next.trace_id[1] = words[HAE_IDENTITY_TRACE_ID + 1];
    next.span_id = words[HAE_IDENTITY_SPAN_ID];
    next.trace_flags = (uint8_t)(words[HAE_IDENTITY_FLAGS] & HAE_SPAN_TRACE_FLAGS);
    next.has_trace_state = (words[HAE_IDENTITY_FLAGS] & HAE_SPAN_HAS_TRACE_STATE) != 0;
    attach(&next, hae_context()->values, token);
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
        attach(&next, hae_context()->values, token);
    }
}

void hae_context_attach_value(struct hae_context_value *value, haetae_context_token *token)
{
    value->next = hae_context()->values;
    attach(NULL, value, token);
}

const void *hae_context_value(const struct hae_context_value *values, const void *key)
{
    while (values != NULL && values->key != key) {
        values = values->next;
    }
    return values != NULL ? values->value : NULL;
}

void haetae_context_detach(haetae_context_token *token)
{
    struct hae_context before;

    if (token == NULL) {
        return;
    }
    memcpy(&before, &token->opaque[TOKEN_BEFORE], sizeof before);
    /* A token of an outer attach also detaches the inner ones that were forgotten. */
    if (token->opaque[TOKEN_MARK] != thread_mark() ||
        before.current.depth >= hae_current()->depth) {
        atomic_fetch_add_explicit(&misuse_count, 1, memory_order_relaxed);
        return;
    }
    set_context(before.current, before.values);
    token->opaque[TOKEN_MARK] = 0;
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

void hae_count_stale_handle(haetae_span span)
{
    struct hae_recorder *recorder = hae_handle_recorder(span); /* NULL for no span */

    if (recorder != NULL) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ENDED_SPAN);
    } else {
        hae_registry_count_misuse(span);
    }
}

static void forget_misuse(void *self, bool held)
{
    (void)self;
    (void)held;
    /* Relaxed: the child has one thread. */
    atomic_store_explicit(&misuse_count, 0, memory_order_relaxed);
}

static void add_hooks(void)
{
    static const struct hae_atfork_hooks hooks = {
        .name = "context", .order = HAE_ATFORK_CONTEXT, .child = forget_misuse};
    static struct hae_atfork place;

    hae_atfork_add(&place, &hooks, NULL);
}

void hae_context_watch_fork(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, add_hooks);
}
