/* SPDX-License-Identifier: Apache-2.0 */
/* The usual ways to start a span: a built-in sampling rule decides, and no processor is there.
 * span_hooked.c has the other way. */
#include "trace/span_begin.h"
#include "trace/span_hooked.h"

/* What is known of a span before it takes a slot. */
struct decided {
    uint64_t trace_id[2];
    uint64_t flags; /* of the trace */
    bool sampled;
};

static HAE_ALWAYS_INLINE struct decided decide(struct hae_entry entry,
                                               const struct hae_start *start)
{
    struct decided decided;

    decided.flags =
        hae_begin_trace_id(start->tracer->recorder, entry, start->parent, decided.trace_id);
    decided.sampled =
        hae_sampled(&start->tracer->provider->sampling, start->parent, decided.trace_id[1]);
    return decided;
}

/* Whether a span that is not sampled can be an identity alone: it has no tracestate to keep. */
static HAE_ALWAYS_INLINE bool is_identity(struct hae_entry entry, const struct hae_start *start,
                                          const struct decided *decided)
{
    return HAE_UNLIKELY(!decided->sampled) && entry.lane != NULL &&
           (start->parent == NULL || !start->parent->has_trace_state);
}

/* Makes a span in a slot, not open yet. Returns 0 when there is no slot. */
static HAE_ALWAYS_INLINE uint32_t make_span(struct hae_entry entry, const struct hae_start *start,
                                            const struct decided *decided)
{
    uint32_t index =
        hae_begin_take_slot(entry, start, decided->trace_id,
                            decided->flags | (decided->sampled ? HAE_SPAN_FLAGS_PLAIN : 0));

    if (HAE_LIKELY(index != 0)) {
        if (HAE_LIKELY(decided->sampled)) {
            hae_begin_fill_recording(start->tracer->recorder, index, start);
        } else {
            hae_begin_fill_silent(start->tracer->recorder, index);
        }
    }
    return index;
}

static const haetae_string no_text = {NULL, 0};

/* Starts a span in the current context. *start has all but the parent. */
static HAE_ALWAYS_INLINE haetae_span start_current(struct hae_start start)
{
    const struct hae_current *current = hae_current();
    haetae_tracer *tracer = start.tracer;
    haetae_span span = HAETAE_SPAN_NONE;
    struct decided decided;
    struct hae_entry entry;
    uint32_t index;

    start.parent = current->valid ? current : NULL;
    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    entry = hae_enter(tracer->recorder);
    decided = decide(entry, &start);
    if (is_identity(entry, &start, &decided)) {
        span = hae_begin_identity(entry, &start, decided.trace_id, decided.flags);
        if (HAE_LIKELY(span != HAETAE_SPAN_NONE)) {
            hae_leave(entry);
            return span;
        }
    }
    index = make_span(entry, &start, &decided);
    if (HAE_LIKELY(index != 0)) {
        /* Also a span that is not recorded: what it calls may be. */
        if (HAE_UNLIKELY(start.parent != NULL && current->has_trace_state)) {
            hae_begin_put_trace_state(tracer, index, current, no_text);
        }
        span = hae_open_publish(tracer->recorder, entry.lane, index, decided.sampled);
    }
    hae_leave(entry);
    return span;
}

/* Apart from the calls, which thus return for a NULL tracer before they save registers. */
static HAE_NOINLINE haetae_span start_plain(haetae_tracer *tracer, const char *name,
                                            size_t name_length, int32_t kind)
{
    return start_current((struct hae_start){tracer, name, name_length, NULL, 0, kind, NULL});
}

static HAE_NOINLINE haetae_span start_prepared(haetae_tracer *tracer,
                                               const struct hae_span_site_room *site)
{
    return start_current((struct hae_start){tracer, NULL, 0, NULL, 0, site->kind, site});
}

static HAE_NOINLINE haetae_span start_hooked(haetae_tracer *tracer, const char *name,
                                             size_t name_length, int32_t kind)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .kind = kind);

    return hae_span_start_hooked(tracer, name, name_length, &options);
}

haetae_span haetae_span_start(haetae_tracer *tracer, const char *name, size_t name_length,
                              haetae_span_kind kind)
{
    if (HAE_UNLIKELY(tracer == NULL)) {
        return HAETAE_SPAN_NONE;
    }
    if (HAE_UNLIKELY(tracer->provider->tracing != HAE_TRACING_PLAIN)) {
        return start_hooked(tracer, name, name_length, (int32_t)kind);
    }
    return start_plain(tracer, name, name_length, (int32_t)kind);
}

/* ---- At a site -------------------------------------------------------------------------- */

static HAE_NOINLINE haetae_span start_unprepared(haetae_tracer *tracer,
                                                 const haetae_span_site *site)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .kind = site->kind, .attributes = site->attributes,
                       .attribute_count = site->attribute_count);

    return haetae_span_start_with(tracer, site->name.data, site->name.length, &options);
}

haetae_span haetae_span_start_site(haetae_tracer *tracer, const haetae_span_site *site)
{
    const struct hae_span_site_room *room;
    const struct hae_limits *limits;

    if (HAE_UNLIKELY(tracer == NULL)) {
        return HAETAE_SPAN_NONE;
    }
    if (HAE_UNLIKELY(site == NULL)) {
        return haetae_span_start(tracer, NULL, 0, HAETAE_SPAN_KIND_INTERNAL);
    }
    room = hae_span_site_room(site);
    limits = &tracer->provider->limits.attributes;
    if (HAE_UNLIKELY(room == NULL || tracer->provider->tracing != HAE_TRACING_PLAIN ||
                     (room->attribute_count != 0 && (room->attribute_count > limits->count ||
                                                     limits->value.length < HAE_SHORT_MAX)))) {
        return start_unprepared(tracer, site);
    }
    return start_prepared(tracer, room);
}

/* ---- With options ---------------------------------------------------------------------- */

static void put_options(const struct hae_start *start, uint32_t index,
                        const haetae_span_options *options, bool sampled)
{
    if (HAE_UNLIKELY(start->parent != NULL &&
                     (start->parent->has_trace_state || options->trace_state.length != 0))) {
        hae_begin_put_trace_state(start->tracer, index, start->parent, options->trace_state);
    }
    if (sampled) {
        hae_begin_put_options(start->tracer, index, options);
    }
}

static HAE_ALWAYS_INLINE haetae_span start_with(struct hae_start *start,
                                                const haetae_span_options *options)
{
    haetae_tracer *tracer = start->tracer;
    haetae_span span = HAETAE_SPAN_NONE;
    struct decided decided;
    struct hae_entry entry;
    uint32_t index;

    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        return hae_begin_relay(start->parent, options);
    }
    entry = hae_enter(tracer->recorder);
    decided = decide(entry, start);
    if (is_identity(entry, start, &decided) && options->trace_state.length == 0) {
        span = hae_begin_identity(entry, start, decided.trace_id, decided.flags);
        if (HAE_LIKELY(span != HAETAE_SPAN_NONE)) {
            hae_leave(entry);
            return span;
        }
    }
    index = make_span(entry, start, &decided);
    if (HAE_LIKELY(index != 0)) {
        put_options(start, index, options, decided.sampled);
        span = hae_open_publish(tracer->recorder, entry.lane, index, decided.sampled);
    }
    hae_leave(entry);
    return HAE_LIKELY(index != 0) ? span : hae_begin_relay(start->parent, options);
}

/* Without a tracer there is nobody to count a mistake for. */
static HAE_COLD haetae_span relay_with(const char *name, size_t name_length,
                                       const haetae_span_options *given)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    struct hae_current parent;
    haetae_span span;

    if (given != NULL) {
        (void)HAE_OPTION_STRUCT_READ(haetae_span_options, &options, given);
    }
    if (options.parent_context != NULL) {
        return hae_begin_in_context(NULL, name, name_length, &options);
    }
    parent = hae_current_named(options.parent_span, options.parent);
    span = hae_begin_relay(parent.valid && !options.root ? &parent : NULL, &options);
    hae_begin_give_context(&options, span);
    return span;
}

haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name, size_t name_length,
                                   const haetae_span_options *given)
{
    struct hae_start start = {tracer, name, name_length, NULL, 0, 0, NULL};
    const struct hae_current *parent = hae_current();
    const haetae_span_options *options;
    haetae_span_options room;
    struct hae_current named;
    haetae_span span;

    if (HAE_UNLIKELY(tracer == NULL)) {
        return relay_with(name, name_length, given);
    }
    if (HAE_UNLIKELY(tracer->provider->tracing != HAE_TRACING_PLAIN)) {
        return hae_span_start_hooked(tracer, name, name_length, given);
    }
    options = hae_begin_options(tracer->recorder, given, &room);
    if (HAE_UNLIKELY(options->parent != NULL || options->parent_span != HAETAE_SPAN_NONE ||
                     options->parent_context != NULL)) {
        if (options->parent_context != NULL) {
            return hae_begin_in_context(tracer, name, name_length, options);
        }
        named = hae_current_named(options->parent_span, options->parent);
        parent = &named;
    }
    hae_begin_take_options(&start, options, parent);
    span = start_with(&start, options);
    hae_begin_give_context(options, span);
    return span;
}
