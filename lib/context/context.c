/* SPDX-License-Identifier: Apache-2.0 */
#include "context/context.h"

#include "base/alloc.h"
#include "context/trace_state_store.h"

static const haetae_context root;

/* ---- Making and freeing ----------------------------------------------------------------- */

haetae_context hae_context_view(const struct hae_current *current)
{
    return (haetae_context){.current = *current,
                            .values = (struct hae_values *)(uintptr_t)hae_context()->values};
}

const struct hae_current *hae_context_current_of(const haetae_context *context)
{
    return context != NULL ? &context->current : hae_current();
}

const struct hae_values *hae_context_values_of(const haetae_context *context)
{
    return context != NULL ? context->values : hae_context()->values;
}

haetae_status hae_context_new(const struct hae_current *current, const struct hae_values *values,
                              const haetae_trace_state *trace_state, haetae_context **ret_context)
{
    bool has_text = current->valid && trace_state != NULL && trace_state->length != 0;
    haetae_context *context = hae_malloc(sizeof *context + (has_text ? sizeof *trace_state : 0));

    if (context == NULL) {
        return HAETAE_ENOMEM;
    }
    *context = (haetae_context){.current = *current, .values = hae_values_ref(values)};
    context->current.depth = 0;
    atomic_init(&context->references, 1);
    if (has_text) {
        context->trace_state = memcpy(context + 1, trace_state, sizeof *trace_state);
    }
    *ret_context = context;
    return HAETAE_OK;
}

/* The same with the tracestate of `current`. */
static haetae_status new_of(const struct hae_current *current, const struct hae_values *values,
                            haetae_context **ret_context)
{
    haetae_trace_state text;

    (void)hae_current_trace_state(current, &text);
    return hae_context_new(current, values, &text, ret_context);
}

haetae_status haetae_context_current(haetae_context **ret_context)
{
    return ret_context != NULL ? new_of(hae_current(), hae_context()->values, ret_context)
                               : HAETAE_EINVAL;
}

const haetae_context *haetae_context_root(void)
{
    return &root;
}

static bool is_counted(const haetae_context *context)
{
    /* Relaxed: whether there is a count never changes. */
    return atomic_load_explicit(&context->references, memory_order_relaxed) != 0;
}

haetae_context *haetae_context_ref(const haetae_context *context)
{
    haetae_context *same = (haetae_context *)(uintptr_t)context; /* only the count changes */
    haetae_context *copy = NULL;

    if (context == NULL || context == &root) {
        return same;
    }
    if (!is_counted(context)) {
        (void)hae_context_with_values(context, context->values, &copy);
        return copy;
    }
    hae_reference_take(&same->references);
    return same;
}

void haetae_context_unref(haetae_context *context)
{
    if (context == NULL || context == &root || !is_counted(context) ||
        !hae_reference_drop(&context->references)) {
        return;
    }
    if (context->values == hae_context()->values && hae_values_is_last(context->values)) {
        hae_context_count_misuse();
        return; /* the thread's context still leads to the values */
    }
    hae_values_unref(context->values);
    hae_free(context);
}

/* ---- Contexts of others ----------------------------------------------------------------- */

haetae_status hae_context_with_values(const haetae_context *context,
                                      const struct hae_values *values, haetae_context **ret_context)
{
    if (context != NULL && context->trace_state != NULL) {
        return hae_context_new(&context->current, values, context->trace_state, ret_context);
    }
    return new_of(hae_context_current_of(context), values, ret_context);
}

haetae_status haetae_context_with_span(const haetae_context *context, haetae_span span,
                                       haetae_context **ret_context)
{
    struct hae_current current = *hae_context_current_of(context);

    if (ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    if (span != HAETAE_SPAN_NONE && hae_current_of_span(span, &current)) {
        return new_of(&current, hae_context_values_of(context), ret_context);
    }
    hae_count_stale_handle(span);
    return hae_context_with_values(context, hae_context_values_of(context), ret_context);
}

haetae_status haetae_context_with_span_context(const haetae_context *context,
                                               const haetae_span_context *span_context,
                                               haetae_context **ret_context)
{
    struct hae_current current = hae_current_from(span_context);

    return ret_context != NULL ? new_of(&current, hae_context_values_of(context), ret_context)
                               : HAETAE_EINVAL;
}

haetae_status haetae_context_with_value(const haetae_context *context, haetae_context_key *key,
                                        void *value, void (*free_value)(void *value),
                                        haetae_context **ret_context)
{
    struct hae_values *values;
    haetae_context *changed;
    haetae_status status;

    if (key == NULL || ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    /* The object comes first: once the set owns the value, nothing fails. */
    status = hae_context_with_values(context, hae_context_values_of(context), &changed);
    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_values_with(changed->values, key, value, free_value, &values);
    if (status != HAETAE_OK) {
        haetae_context_unref(changed);
        return status;
    }
    hae_values_unref(changed->values);
    changed->values = values;
    *ret_context = changed;
    return HAETAE_OK;
}

/* ---- Reading ---------------------------------------------------------------------------- */

void *haetae_context_value(const haetae_context *context, const haetae_context_key *key)
{
    return hae_values_get(hae_context_values_of(context), key);
}

haetae_span haetae_context_span(const haetae_context *context)
{
    return hae_context_current_of(context)->span;
}

/* The number of the context's tracestate, which the store gets again where it has forgotten it. */
static uint64_t trace_state_number(const haetae_context *context)
{
    if (context->trace_state == NULL ||
        hae_trace_state_is_kept(hae_current_number(&context->current))) {
        return hae_current_trace_state_number(&context->current);
    }
    return hae_trace_state_store(context->trace_state->text, context->trace_state->length);
}

bool haetae_context_span_context(const haetae_context *context,
                                 haetae_span_context *ret_span_context)
{
    if (context == NULL) {
        return haetae_current_span_context(ret_span_context);
    }
    if (ret_span_context != NULL) {
        hae_current_to_context(&context->current, trace_state_number(context), ret_span_context);
    }
    return context->current.valid;
}

void haetae_context_attach_context(const haetae_context *context, haetae_context_token *token)
{
    struct hae_current next;

    if (token == NULL || context == NULL) {
        haetae_context_attach(HAETAE_SPAN_NONE, token);
        return;
    }
    next = context->current;
    hae_current_set_number(&next, trace_state_number(context));
    hae_context_attach_both(&next, context->values, token);
}

/* ---- Coroutines ------------------------------------------------------------------------- */

void haetae_context_stack_init(haetae_context_stack *stack, const haetae_context *context)
{
    struct hae_current current = *hae_context_current_of(context);

    if (stack == NULL) {
        return;
    }
    if (context != NULL) {
        hae_current_set_number(&current, trace_state_number(context));
    }
    hae_context_stack_fill(stack, &current, hae_context_values_of(context));
}
