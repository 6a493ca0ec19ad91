/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that inject and extract: from contexts and carriers to the formats of a propagator. */
#include <string.h>

#include "base/option_struct.h"
#include "context/context.h"
#include "propagation/propagator.h"
#include "trace/trace_state.h"

static const haetae_propagator *given_or_default(const haetae_propagator *propagator)
{
    return propagator != NULL ? propagator : haetae_default_propagator();
}

/* ---- Injecting -------------------------------------------------------------------------- */

/* What a context leads to, with the span's context in place of its own. */
static void inject(const haetae_propagator *propagator, const struct hae_current *current,
                   const haetae_context *context, struct hae_setter setter)
{
    struct hae_injection injection = {.setter = setter};
    haetae_context view = hae_context_view(current);
    struct hae_carried *carried = &injection.carried;

    if (context != NULL) {
        view.values = context->values;
    }
    injection.context = &view;
    injection.baggage = haetae_context_baggage(&view);
    carried->is_debug = haetae_context_value(&view, &hae_debug_key) != NULL;
    if (current->valid) {
        hae_current_to_context(current, hae_current_number(current), &carried->span);
        if (!hae_current_trace_state(current, &carried->trace_state) && context != NULL &&
            current == &context->current && context->trace_state != NULL) {
            carried->trace_state = *context->trace_state;
        }
        if (carried->trace_state.length != 0) {
            view.trace_state = &carried->trace_state;
        }
    }
    hae_formats_inject(propagator, &injection);
}

void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier)
{
    struct hae_current current = *hae_current();

    if (span != HAETAE_SPAN_NONE && !hae_current_of_span(span, &current)) {
        hae_count_stale_handle(span);
        return;
    }
    if (set != NULL) {
        inject(haetae_default_propagator(), &current, NULL,
               (struct hae_setter){.set = set, .carrier = carrier});
    }
}

/* ---- Removing --------------------------------------------------------------------------- */

static void remove_listed(const char *const *keys, const haetae_carrier_ops *ops, void *carrier)
{
    for (size_t i = 0; keys != NULL && keys[i] != NULL; i++) {
        ops->remove(carrier, keys[i], strlen(keys[i]));
    }
}

/* Removes the headers with names of their own. A removal changes the numbers of those behind it. */
static void remove_prefixed(const char *prefix, const haetae_carrier_ops *ops, void *carrier)
{
    enum { REMOVED_MAX = 1024 };
    struct hae_getter getter = {.ops = ops, .carrier = carrier};
    size_t prefix_length = strlen(prefix);
    haetae_string rest;
    size_t index = 0;

    for (int i = 0; i < REMOVED_MAX && hae_header_with_prefix(&getter, prefix, &index, &rest);
         i++) {
        char key[HAE_HEADER_NAME_MAX + 1];
        size_t length = prefix_length + rest.length;

        if (length < sizeof key) {
            /* The carrier's own spelling, which begins before the rest. */
            memcpy(key, rest.data - prefix_length, length);
            key[length] = '\0';
            ops->remove(carrier, key, length);
            index--;
        }
    }
}

static void remove_all(const haetae_propagator *propagator, bool with_baggage,
                       const haetae_carrier_ops *ops, void *carrier)
{
    for (size_t i = 0; ops->remove != NULL && i < propagator->count; i++) {
        const struct hae_format *format = propagator->formats[i];

        if (with_baggage || format->fields != format->baggage) {
            remove_listed(format->fields, ops, carrier);
        }
        remove_listed(format->others, ops, carrier);
        if (with_baggage) {
            remove_listed(format->baggage, ops, carrier);
        }
        if (with_baggage && format->prefix != NULL) {
            remove_prefixed(format->prefix, ops, carrier);
        }
    }
}

/* ---- With the functions of a carrier ---------------------------------------------------- */

static bool read_ops(const haetae_carrier_ops *ops, haetae_carrier_ops *ret_known)
{
    return ops != NULL &&
           HAE_OPTION_STRUCT_READ(haetae_carrier_ops, ret_known, ops) != HAE_OPTION_STRUCT_REJECTED;
}

void haetae_propagator_remove(const haetae_propagator *propagator, const haetae_carrier_ops *ops,
                              void *carrier)
{
    haetae_carrier_ops known;

    if (read_ops(ops, &known)) {
        remove_all(given_or_default(propagator), true, &known, carrier);
    }
}

void haetae_propagator_inject(const haetae_propagator *propagator, haetae_span span,
                              const haetae_context *context, const haetae_carrier_ops *ops,
                              void *carrier)
{
    const haetae_propagator *used = given_or_default(propagator);
    const struct hae_current *current = hae_context_current_of(context);
    static const struct hae_current nothing;
    struct hae_current of_span;
    haetae_carrier_ops known;

    if (!read_ops(ops, &known)) {
        return;
    }
    if (span != HAETAE_SPAN_NONE) {
        current = &of_span;
        if (!hae_current_of_span(span, &of_span)) {
            hae_count_stale_handle(span);
            current = &nothing;
        }
    }
    /* A proxy that knows nothing of its client's baggage passes it on. */
    remove_all(used, context != NULL || haetae_context_baggage(NULL) != NULL, &known, carrier);
    inject(used, current, context, (struct hae_setter){.ops = &known, .carrier = carrier});
}

haetae_status haetae_propagator_extract(const haetae_propagator *propagator,
                                        const haetae_context *context,
                                        const haetae_carrier_ops *ops, void *carrier,
                                        haetae_context **ret_context)
{
    struct hae_extraction extraction = {.base = context, .wants_baggage = true};
    haetae_carrier_ops known;
    haetae_status status;

    if (ret_context == NULL || !read_ops(ops, &known)) {
        return HAETAE_EINVAL;
    }
    extraction.getter = (struct hae_getter){.ops = &known, .carrier = carrier};
    (void)hae_formats_extract(given_or_default(propagator), &extraction);
    status =
        extraction.no_memory ? HAETAE_ENOMEM : hae_extraction_context(&extraction, ret_context);
    hae_extraction_done(&extraction);
    return status;
}

const char *haetae_propagator_field(const haetae_propagator *propagator, size_t index)
{
    const haetae_propagator *used = given_or_default(propagator);

    for (size_t i = 0; i < used->count; i++) {
        const char *const *fields = used->formats[i]->fields;

        for (size_t j = 0; fields[j] != NULL; j++) {
            if (index-- == 0) {
                return fields[j];
            }
        }
    }
    return NULL;
}

/* ---- A span context alone --------------------------------------------------------------- */

static haetae_status extract(struct hae_getter getter, haetae_span_context *ret_context,
                             haetae_string *ret_trace_state)
{
    struct hae_extraction extraction = {
        .getter = getter, .base = haetae_context_root(), .wants_text = ret_trace_state != NULL};
    haetae_status status = hae_formats_extract(haetae_default_propagator(), &extraction);
    struct hae_carried *carried = &extraction.carried;

    hae_extraction_done(&extraction);
    if (extraction.no_memory) {
        return HAETAE_ENOMEM;
    }
    if (status != HAETAE_OK || !haetae_span_context_is_valid(&carried->span)) {
        return HAETAE_EFORMAT;
    }
    if (carried->trace_state.length != 0) {
        (void)haetae_span_context_set_trace_state(&carried->span, &carried->trace_state);
    }
    *ret_context = carried->span;
    if (ret_trace_state != NULL) {
        *ret_trace_state = carried->carrier_text;
    }
    return HAETAE_OK;
}

haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                     haetae_span_context *ret_context,
                                     haetae_string *ret_trace_state)
{
    struct hae_getter getter = {.get = get, .carrier = carrier};

    return get != NULL && ret_context != NULL ? extract(getter, ret_context, ret_trace_state)
                                              : HAETAE_EINVAL;
}

haetae_status haetae_context_extract_all(haetae_carrier_get_all get, void *carrier,
                                         haetae_span_context *ret_context)
{
    struct hae_getter getter = {.get_all = get, .carrier = carrier};

    return get != NULL && ret_context != NULL ? extract(getter, ret_context, NULL) : HAETAE_EINVAL;
}
