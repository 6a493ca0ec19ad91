/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/propagator.h"

#include "base/alloc.h"
#include "context/baggage.h"
#include "context/context.h"

haetae_context_key hae_debug_key = HAE_CONTEXT_KEY("trace debug flag");

/* ---- References ------------------------------------------------------------------------- */

static bool is_static(const haetae_propagator *propagator)
{
    /* Relaxed: whether there is a count never changes. */
    return atomic_load_explicit(&propagator->references, memory_order_relaxed) == 0;
}

haetae_propagator *haetae_propagator_ref(const haetae_propagator *propagator)
{
    haetae_propagator *same = (haetae_propagator *)(uintptr_t)propagator; /* only the count */

    if (same != NULL && !is_static(same)) {
        hae_reference_take(&same->references);
    }
    return same;
}

void haetae_propagator_unref(haetae_propagator *propagator)
{
    if (propagator != NULL && !is_static(propagator) &&
        hae_reference_drop(&propagator->references)) {
        propagator->free(propagator);
    }
}

void hae_propagator_keep(haetae_propagator *propagator)
{
    static _Atomic(haetae_propagator *) kept; /* so that they are not taken for lost */

    /* Relaxed: of several calls one comes first, whichever. */
    if (is_static(propagator) ||
        atomic_exchange_explicit(&propagator->is_kept, true, memory_order_relaxed)) {
        return;
    }
    hae_reference_take(&propagator->references);
    /* Relaxed: nobody follows the list. */
    propagator->next_kept = atomic_exchange_explicit(&kept, propagator, memory_order_relaxed);
}

/* ---- Several ---------------------------------------------------------------------------- */

static void free_composite(haetae_propagator *composite)
{
    for (size_t i = 0; i < composite->count; i++) {
        haetae_propagator_unref(composite->parts[i]);
    }
    hae_free(composite);
}

/* A composite of one is a composite of its formats, so there is only one level. */
static size_t count_formats(const haetae_propagator *const *propagators, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += propagators[i]->count;
    }
    return sum;
}

static void fill_composite(haetae_propagator *composite, haetae_propagator **parts,
                           const struct hae_format **formats,
                           const haetae_propagator *const *propagators, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < propagators[i]->count; j++, at++) {
            const haetae_propagator *part =
                propagators[i]->parts != NULL ? propagators[i]->parts[j] : propagators[i];

            formats[at] = propagators[i]->formats[j];
            parts[at] = haetae_propagator_ref(part);
        }
    }
    composite->count = at;
    composite->formats = formats;
    composite->parts = parts;
}

haetae_status haetae_propagator_composite(const haetae_propagator *const *propagators, size_t count,
                                          haetae_propagator **ret_propagator)
{
    enum { FORMATS_MAX = 256 };
    haetae_propagator *composite;
    haetae_propagator **parts;
    size_t sum;

    if (ret_propagator == NULL || (propagators == NULL && count != 0) || count > FORMATS_MAX) {
        return HAETAE_EINVAL;
    }
    for (size_t i = 0; i < count; i++) {
        if (propagators[i] == NULL) {
            return HAETAE_EINVAL;
        }
    }
    sum = count_formats(propagators, count);
    if (sum > FORMATS_MAX) {
        return HAETAE_EINVAL;
    }
    composite = hae_calloc(1, sizeof *composite + 2 * sum * sizeof(void *));
    if (composite == NULL) {
        return HAETAE_ENOMEM;
    }
    parts = (haetae_propagator **)(composite + 1);
    fill_composite(composite, parts, (const struct hae_format **)(parts + sum), propagators, count);
    composite->free = free_composite;
    atomic_init(&composite->references, 1);
    *ret_propagator = composite;
    return HAETAE_OK;
}

/* ---- Injecting and extracting ----------------------------------------------------------- */

void hae_formats_inject(const haetae_propagator *propagator, const struct hae_injection *injection)
{
    for (size_t i = 0; i < propagator->count; i++) {
        propagator->formats[i]->inject(propagator->formats[i], injection);
    }
}

haetae_status hae_formats_extract(const haetae_propagator *propagator,
                                  struct hae_extraction *extraction)
{
    const struct hae_format *source = NULL; /* of the span context */
    haetae_status status = HAETAE_EFORMAT;

    for (size_t i = 0; i < propagator->count; i++) {
        const struct hae_format *format = propagator->formats[i];
        struct hae_carried found = {.carrier_text = {NULL, 0}};

        if (format->extract(format, extraction, &found) != HAETAE_OK) {
            continue;
        }
        status = HAETAE_OK;
        if (haetae_span_context_is_valid(&found.span)) {
            extraction->carried = found;
            source = format;
        }
    }
    /* A format that came later may have made the text stale by asking for another header: the
     * source reads it again, last. A format of the program's has none. */
    if (extraction->wants_text && extraction->carried.carrier_text.length != 0 &&
        source != propagator->formats[propagator->count - 1]) {
        struct hae_carried again = {.carrier_text = {NULL, 0}};

        extraction->carried.carrier_text = again.carrier_text;
        if (source->extract(source, extraction, &again) == HAETAE_OK) {
            extraction->carried.carrier_text = again.carrier_text;
        }
    }
    return status;
}

/* What formats before one of the program's found, or that one itself: further headers add to it.
 * Not what was there before all of them. */
static void go_on_with(struct hae_baggage_reader *reader, const struct hae_extraction *extraction)
{
    const haetae_baggage *found = haetae_context_baggage(extraction->made);

    for (size_t i = 0; found != extraction->replaced && i < haetae_baggage_count(found); i++) {
        const struct hae_baggage_entry *entry = &found->entries[i];

        hae_baggage_read_entry(reader, entry->name, entry->value, false, entry->metadata);
    }
}

struct hae_baggage_reader *hae_extraction_baggage(struct hae_extraction *extraction)
{
    if (extraction->wants_baggage && extraction->baggage == NULL && !extraction->no_memory) {
        extraction->baggage = hae_calloc(1, sizeof *extraction->baggage);
        extraction->no_memory = extraction->baggage == NULL;
        if (extraction->baggage != NULL && extraction->made != NULL) {
            go_on_with(extraction->baggage, extraction);
        }
    }
    return extraction->baggage;
}

void hae_extraction_done(struct hae_extraction *extraction)
{
    hae_free(extraction->baggage);
    haetae_context_unref(extraction->made);
    extraction->baggage = NULL;
    extraction->made = NULL;
}

/* ---- From headers to a context ---------------------------------------------------------- */

/* As hae_values_with(); but where there is no room for a further value, the others stay as they
 * are: what one header says does not undo what another one does. Specification: "Propagators API",
 * "Extract". */
static haetae_status add_value(const struct hae_values *values, haetae_context_key *key,
                               void *value, void (*free_value)(void *value),
                               struct hae_values **ret_values)
{
    haetae_status status = hae_values_with(values, key, value, free_value, ret_values);

    if (status != HAETAE_ELIMIT) {
        return status;
    }
    if (free_value != NULL) {
        free_value(value);
    }
    *ret_values = hae_values_ref(values);
    return HAETAE_OK;
}

/* `values` with the debug flag, or without. */
static haetae_status with_debug(const struct hae_values *values, bool is_debug,
                                struct hae_values **ret_values)
{
    static char set;

    return add_value(values, &hae_debug_key, is_debug ? &set : NULL, NULL, ret_values);
}

static void free_baggage(void *baggage)
{
    haetae_baggage_unref(baggage);
}

static haetae_status with_baggage(const struct hae_values *values,
                                  const struct hae_baggage_reader *reader,
                                  struct hae_values **ret_values)
{
    haetae_baggage *baggage;
    haetae_status status;

    if (reader == NULL || reader->count == 0) {
        *ret_values = hae_values_ref(values);
        return HAETAE_OK;
    }
    status = hae_baggage_of(reader->entries, reader->count, &baggage);
    if (status != HAETAE_OK) {
        return status;
    }
    status = add_value(values, &hae_baggage_key, baggage, free_baggage, ret_values);
    if (status != HAETAE_OK) {
        haetae_baggage_unref(baggage);
    }
    return status;
}

haetae_status hae_extraction_context(const struct hae_extraction *extraction,
                                     haetae_context **ret_context)
{
    struct hae_carried carried = extraction->carried;
    bool has_span = haetae_span_context_is_valid(&carried.span);
    struct hae_values *values;
    struct hae_values *all;
    struct hae_current current;
    haetae_status status;

    if (!has_span && extraction->baggage == NULL) {
        return haetae_context_with_span(extraction->base, HAETAE_SPAN_NONE, ret_context);
    }
    status = with_baggage(hae_context_values_of(extraction->base), extraction->baggage, &values);
    if (status != HAETAE_OK) {
        return status;
    }
    if (!has_span) {
        status = hae_context_with_values(extraction->base, values, ret_context);
        hae_values_unref(values);
        return status;
    }
    status = with_debug(values, carried.is_debug, &all);
    hae_values_unref(values);
    if (status != HAETAE_OK) {
        return status;
    }
    if (carried.trace_state.length != 0) {
        (void)haetae_span_context_set_trace_state(&carried.span, &carried.trace_state);
    }
    current = hae_current_from(&carried.span);
    status = hae_context_new(&current, all, &carried.trace_state, ret_context);
    hae_values_unref(all);
    return status;
}
