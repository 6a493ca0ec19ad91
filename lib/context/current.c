/* SPDX-License-Identifier: Apache-2.0 */
#include "context/current.h"

#include <pthread.h>

#include "base/atfork.h"
#include "context/relay.h"
#include "context/span_identity.h"
#include "context/thread_record.h"
#include "context/trace_state.h"
#include "context/trace_state_store.h"
#include "recorder/registry.h"

/* The content of a haetae_context_token: the mark of the thread that attached, or 0 after the
 * detach, and behind it the context of before. Each is copied by itself: a copy of the whole
 * would load at once what was just stored in parts, and wait for it. */
enum { TOKEN_MARK, TOKEN_BEFORE };
_Static_assert(TOKEN_BEFORE * sizeof(uint64_t) + sizeof(struct hae_context) <=
                   sizeof(haetae_context_token),
               "the token's size is frozen");

/* The number of a coroutine stands above the depth of its attaches, in the same word. That of a
 * thread's own stack is 0. */
#define DEPTHS UINT32_C(0x10000)

/* Makes the mark of a thread out of its address. */
#define MARK_BITS UINT64_C(0x6861657461650000)

static _Atomic uint64_t misuse_count;

void hae_context_count_misuse(void)
{
    atomic_fetch_add_explicit(&misuse_count, 1, memory_order_relaxed);
}

uint64_t hae_context_misuse_count(void)
{
    return atomic_load_explicit(&misuse_count, memory_order_relaxed);
}

static uint64_t thread_mark(void)
{
    return (uint64_t)(uintptr_t)&hae_thread ^ MARK_BITS;
}

/* A signal handler on this thread may read the context at any instruction: it finds one that
 * is not valid, never one half of each. The fences are for the compiler only. */
static inline void set_context(struct hae_current next, const struct hae_values *values)
{
    struct hae_context *context = hae_context();
    uint8_t valid = next.valid;

    if (HAE_UNLIKELY(!hae_thread.shown)) {
        hae_thread_record_show(&context->current);
    }
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
                                     const struct hae_values *values, haetae_context_token *token)
{
    struct hae_current current = next != NULL ? *next : *hae_current();

    token->opaque[TOKEN_MARK] = thread_mark();
    memcpy(&token->opaque[TOKEN_BEFORE], hae_context(), sizeof(struct hae_context));
    current.depth = hae_current()->depth + 1;
    set_context(current, values);
}

static HAE_ALWAYS_INLINE bool current_of_span(haetae_span span, struct hae_current *ret_current)
{
    uint64_t words[HAE_IDENTITY_WORDS];

    if (HAE_UNLIKELY(!hae_open_identify(span, words))) {
        return hae_relay_find(span, ret_current);
    }
    *ret_current = (struct hae_current){
        .trace_id = {words[HAE_IDENTITY_TRACE_ID], words[HAE_IDENTITY_TRACE_ID + 1]},
        .span_id = words[HAE_IDENTITY_SPAN_ID],
        .span = span,
        .trace_flags = (uint8_t)(words[HAE_IDENTITY_FLAGS] & HAE_SPAN_TRACE_FLAGS),
        .valid = 1,
        .has_trace_state = (words[HAE_IDENTITY_FLAGS] & HAE_SPAN_HAS_TRACE_STATE) != 0};
    hae_current_set_number(ret_current, words[HAE_IDENTITY_FLAGS] >> HAE_SPAN_TRACE_STATE_SHIFT);
    return true;
}

bool hae_current_of_span(haetae_span span, struct hae_current *ret_current)
{
    return current_of_span(span, ret_current);
}

void haetae_context_attach(haetae_span span, haetae_context_token *token)
{
    struct hae_current next;

    if (token == NULL) {
        return;
    }
    if (span == HAETAE_SPAN_NONE || !current_of_span(span, &next)) {
        hae_count_stale_handle(span);
        attach(NULL, hae_context()->values, token);
        return;
    }
    attach(&next, hae_context()->values, token);
}

struct hae_current hae_current_from(const haetae_span_context *context)
{
    struct hae_current current = {.valid = 0};

    if (haetae_span_context_is_valid(context)) {
        uint64_t number = hae_context_trace_state(context);

        memcpy(current.trace_id, context->trace_id, sizeof current.trace_id);
        memcpy(&current.span_id, context->span_id, sizeof current.span_id);
        current.trace_flags = context->trace_flags & HAE_TRACE_FLAGS_KNOWN;
        current.is_remote = context->is_remote != 0;
        current.valid = 1;
        hae_current_set_number(&current, number);
        current.has_trace_state = number != 0;
    }
    return current;
}

struct hae_current hae_current_named(haetae_span span, const haetae_span_context *context)
{
    struct hae_current current;

    if (HAE_UNLIKELY(span != HAETAE_SPAN_NONE)) {
        if (current_of_span(span, &current)) {
            return current;
        }
        hae_count_stale_handle(span);
    }
    return context != NULL ? hae_current_from(context) : *hae_current();
}

/* A number is 48 bits, low ones first, in the bytes that the struct has left. */
uint64_t hae_context_trace_state(const haetae_span_context *context)
{
    uint64_t number = 0;

    memcpy(&number, context->reserved, sizeof context->reserved);
    return hae_le64(number);
}

void hae_current_to_context(const struct hae_current *current, uint64_t trace_state,
                            haetae_span_context *ret_context)
{
    uint64_t number = hae_le64(trace_state);

    memcpy(ret_context->trace_id, current->trace_id, sizeof ret_context->trace_id);
    memcpy(ret_context->span_id, &current->span_id, sizeof ret_context->span_id);
    ret_context->trace_flags = current->trace_flags;
    ret_context->is_remote = current->is_remote;
    memcpy(ret_context->reserved, &number, sizeof ret_context->reserved);
}

static size_t of_open_span(haetae_span span, char *buffer)
{
    const struct hae_recorder *recorder = hae_handle_recorder(span);

    return recorder != NULL && recorder->kinds[HAETAE_SIGNAL_TRACES].read_text != NULL
               ? recorder->kinds[HAETAE_SIGNAL_TRACES].read_text(span, buffer)
               : 0;
}

/* The store first: nobody else can hold it, as another thread may hold the span. */
bool hae_current_trace_state(const struct hae_current *current, haetae_trace_state *ret_trace_state)
{
    haetae_trace_state found = {.length = 0};

    if (current->valid && current->has_trace_state) {
        found.length = (uint32_t)hae_trace_state_load(hae_current_number(current), found.text);
        if (HAE_UNLIKELY(found.length == 0)) {
            found.length = (uint32_t)of_open_span(current->span, found.text);
        }
    }
    *ret_trace_state = found;
    return found.length != 0;
}

uint64_t hae_current_trace_state_number(const struct hae_current *current)
{
    haetae_trace_state text;

    if (!current->has_trace_state || hae_trace_state_is_kept(hae_current_number(current))) {
        return hae_current_number(current);
    }
    return hae_current_trace_state(current, &text) ? hae_trace_state_store(text.text, text.length)
                                                   : 0;
}

bool haetae_span_context_get_trace_state(const haetae_span_context *context,
                                         haetae_trace_state *ret_trace_state)
{
    haetae_trace_state found = {.length = 0};

    if (context != NULL) {
        found.length = (uint32_t)hae_trace_state_load(hae_context_trace_state(context), found.text);
    }
    if (ret_trace_state != NULL) {
        *ret_trace_state = found;
    }
    return found.length != 0;
}

haetae_status haetae_span_context_set_trace_state(haetae_span_context *context,
                                                  const haetae_trace_state *trace_state)
{
    haetae_trace_state given = {.length = 0};
    uint64_t number = 0;

    if (!haetae_span_context_is_valid(context)) {
        return HAETAE_EINVAL;
    }
    if (trace_state != NULL &&
        (trace_state->length > HAETAE_TRACE_STATE_MAX ||
         haetae_trace_state_parse(trace_state->text, trace_state->length, &given) != HAETAE_OK)) {
        return HAETAE_EFORMAT;
    }
    if (given.length != 0) {
        number = hae_trace_state_store(given.text, given.length);
        if (number == 0) {
            return HAETAE_ELIMIT;
        }
    }
    number = hae_le64(number);
    memcpy(context->reserved, &number, sizeof context->reserved);
    return HAETAE_OK;
}

void haetae_context_attach_remote(const haetae_span_context *context, haetae_context_token *token)
{
    struct hae_current next = hae_current_from(context);

    if (token != NULL) {
        attach(&next, hae_context()->values, token);
    }
}

void hae_context_attach_both(const struct hae_current *next, const struct hae_values *values,
                             haetae_context_token *token)
{
    attach(next, values, token);
}

/* A coroutine may have gone on on another thread. Its stack has a number, which the depth shows. */
static HAE_COLD bool same_coroutine(uint64_t mark, uint32_t before, uint32_t now)
{
    return mark >> 48 == MARK_BITS >> 48 && before / DEPTHS != 0 && before / DEPTHS == now / DEPTHS;
}

void haetae_context_detach(haetae_context_token *token)
{
    struct hae_context before;
    uint32_t depth = hae_current()->depth;

    if (token == NULL) {
        return;
    }
    memcpy(&before, &token->opaque[TOKEN_BEFORE], sizeof before);
    /* A token of an outer attach also detaches the inner ones that were forgotten. */
    if (depth - before.current.depth - 1 >= DEPTHS ||
        depth / DEPTHS != before.current.depth / DEPTHS ||
        (token->opaque[TOKEN_MARK] != thread_mark() &&
         !same_coroutine(token->opaque[TOKEN_MARK], before.current.depth, depth))) {
        hae_context_count_misuse();
        return;
    }
    set_context(before.current, before.values);
    token->opaque[TOKEN_MARK] = 0;
}

/* ---- Coroutines ------------------------------------------------------------------------- */

/* The content of a haetae_context_stack: the context, and behind it whether it waits. */
enum { STACK_STATE = (sizeof(struct hae_context) + sizeof(uint64_t) - 1) / sizeof(uint64_t) };
_Static_assert((STACK_STATE + 1) * sizeof(uint64_t) <= sizeof(haetae_context_stack),
               "the size of a stack is frozen");
#define STACK_WAITS UINT64_C(0x6861657461657374)

static void stack_store(haetae_context_stack *stack, const struct hae_context *context)
{
    memcpy(stack->opaque, context, sizeof *context);
    stack->opaque[STACK_STATE] = STACK_WAITS;
}

void hae_context_stack_fill(haetae_context_stack *stack, const struct hae_current *current,
                            const struct hae_values *values)
{
    static _Atomic uint32_t next_number;
    struct hae_context context = {*current, values};
    /* Relaxed: each gets a number, in whatever order. Numbers come again after many. */
    uint32_t number = atomic_fetch_add_explicit(&next_number, 1, memory_order_relaxed);

    context.current.depth = (1 + number % (UINT32_MAX / DEPTHS)) * DEPTHS;
    stack_store(stack, &context);
}

void haetae_context_switch(haetae_context_stack *from, haetae_context_stack *to)
{
    struct hae_context next;

    if (from == NULL || to == NULL) {
        return;
    }
    if (to->opaque[STACK_STATE] != STACK_WAITS) {
        hae_context_count_misuse();
        return;
    }
    memcpy(&next, to->opaque, sizeof next);
    to->opaque[STACK_STATE] = 0;
    stack_store(from, hae_context());
    set_context(next.current, next.values);
}

haetae_span haetae_current_span(void)
{
    return hae_current()->span;
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
