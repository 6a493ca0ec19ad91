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

/* ---- In the current context ------------------------------------------------------------ */

static const haetae_string no_text = {NULL, 0};

static HAE_ALWAYS_INLINE const struct hae_current *current_parent(void)
{
    const struct hae_current *current = hae_current();

    return current->valid ? current : NULL;
}

/* Makes and opens a span. */
static HAE_ALWAYS_INLINE haetae_span open_current(struct hae_entry entry,
                                                  const struct hae_start *start,
                                                  const struct decided *decided)
{
    haetae_tracer *tracer = start->tracer;
    uint32_t index = make_span(entry, start, decided);

    if (HAE_UNLIKELY(index == 0)) {
        return HAETAE_SPAN_NONE;
    }
    /* Also for a span that is not recorded: what it calls may be. */
    if (HAE_UNLIKELY(start->parent != NULL && start->parent->has_trace_state)) {
        hae_begin_pass_trace_state(tracer, index, start->parent, no_text);
    }
    return hae_open_publish(tracer->recorder, entry.lane, index, decided->sampled);
}

/* For a thread that keeps no lane or interrupts itself, for the first record of a forked child, and
 * for spans that are not sampled and have a tracestate. */
static HAE_NOINLINE haetae_span start_anyhow(haetae_tracer *tracer, const char *name,
                                             size_t name_length, int32_t kind,
                                             const struct hae_span_site_room *site)
{
    struct hae_start start = {tracer, name, name_length, current_parent(), 0, kind, site};
    haetae_span span = HAETAE_SPAN_NONE;
    struct decided decided;
    struct hae_entry entry;

    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    entry = hae_enter(tracer->recorder);
    decided = decide(entry, &start);
    if (is_identity(entry, &start, &decided)) {
        span = hae_begin_identity(entry, &start, decided.trace_id, decided.flags);
    }
    if (HAE_LIKELY(span == HAETAE_SPAN_NONE)) {
        span = open_current(entry, &start, &decided);
    }
    hae_leave(entry);
    return span;
}

/* The trace id of a decided span. The low half, by which the decision was made, is known. */
static HAE_ALWAYS_INLINE struct decided complete(const struct hae_current *parent,
                                                 uint64_t trace_id_low, bool sampled)
{
    if (parent != NULL) {
        return (struct decided){{parent->trace_id[0], trace_id_low},
                                parent->trace_flags & ~(uint64_t)HAETAE_TRACE_FLAG_SAMPLED,
                                sampled};
    }
    return (struct decided){
        {hae_random_id(&hae_thread.random.b), trace_id_low}, HAETAE_TRACE_FLAG_RANDOM, sampled};
}

/* The functions below end what start_current() has begun: the thread has entered `lane`, which it
 * keeps. They are functions, so that the decision, which comes first, needs few registers. */

static HAE_NOINLINE haetae_span open_plain(haetae_tracer *tracer, const char *name,
                                           size_t name_length, int32_t kind, struct hae_lane *lane,
                                           uint64_t trace_id_low)
{
    struct hae_start start = {tracer, name, name_length, current_parent(), 0, kind, NULL};
    struct decided decided = complete(start.parent, trace_id_low, true);
    haetae_span span = open_current((struct hae_entry){lane, HAE_HOLD_OWN}, &start, &decided);

    hae_leave_lane();
    return span;
}

static HAE_NOINLINE haetae_span open_prepared(haetae_tracer *tracer,
                                              const struct hae_span_site_room *site,
                                              struct hae_lane *lane, uint64_t trace_id_low)
{
    struct hae_start start = {tracer, NULL, 0, current_parent(), 0, site->kind, site};
    struct decided decided = complete(start.parent, trace_id_low, true);
    haetae_span span = open_current((struct hae_entry){lane, HAE_HOLD_OWN}, &start, &decided);

    hae_leave_lane();
    return span;
}

/* The first spans of a lane that are not sampled, and those beyond its slots for such. */
static HAE_NOINLINE haetae_span drop_in_new_slot(haetae_tracer *tracer, struct hae_lane *lane,
                                                 uint64_t trace_id_low)
{
    struct hae_entry entry = {lane, HAE_HOLD_OWN};
    struct hae_start start = {tracer, NULL, 0, current_parent(), 0, 0, NULL};
    struct decided decided = complete(start.parent, trace_id_low, false);
    haetae_span span = hae_begin_identity(entry, &start, decided.trace_id, decided.flags);

    if (span == HAETAE_SPAN_NONE) {
        span = open_current(entry, &start, &decided);
    }
    hae_leave_lane();
    return span;
}

static HAE_NOINLINE haetae_span drop(haetae_tracer *tracer, struct hae_lane *lane,
                                     uint64_t trace_id_low)
{
    uint32_t index = hae_identity_slot(tracer->recorder, lane);
    struct hae_start start = {tracer, NULL, 0, current_parent(), 0, 0, NULL};
    struct decided decided;
    haetae_span span;

    if (HAE_UNLIKELY(index == 0)) {
        return drop_in_new_slot(tracer, lane, trace_id_low);
    }
    decided = complete(start.parent, trace_id_low, false);
    span = hae_begin_identity_in((struct hae_entry){lane, HAE_HOLD_OWN}, &start, index,
                                 decided.trace_id, decided.flags);
    hae_leave_lane();
    return span;
}

/* Starts a span in the current context. Of name and site one is there. */
static HAE_ALWAYS_INLINE haetae_span start_current(haetae_tracer *tracer, const char *name,
                                                   size_t name_length, int32_t kind,
                                                   const struct hae_span_site_room *site)
{
    const struct hae_current *parent = current_parent();
    struct hae_lane *lane = NULL;
    uint64_t trace_id_low;

    if (HAE_LIKELY(hae_accepting(tracer->recorder))) {
        lane = hae_enter_lane(tracer->recorder);
    }
    if (HAE_UNLIKELY(lane == NULL)) {
        return start_anyhow(tracer, name, name_length, kind, site);
    }
    trace_id_low = parent != NULL ? parent->trace_id[1] : hae_random_id(&hae_thread.random.a);
    if (HAE_UNLIKELY(!hae_sampled(&tracer->provider->sampling, parent, trace_id_low))) {
        if (HAE_LIKELY(parent == NULL || !parent->has_trace_state)) {
            return drop(tracer, lane, trace_id_low);
        }
        hae_leave_lane();
        return start_anyhow(tracer, name, name_length, kind, site);
    }
    return site == NULL ? open_plain(tracer, name, name_length, kind, lane, trace_id_low)
                        : open_prepared(tracer, site, lane, trace_id_low);
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
    if (HAE_UNLIKELY(hae_tracer_way(tracer) != HAE_TRACING_PLAIN)) {
        return start_hooked(tracer, name, name_length, (int32_t)kind);
    }
    return start_current(tracer, name, name_length, (int32_t)kind, NULL);
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
    if (HAE_UNLIKELY(room == NULL || hae_tracer_way(tracer) != HAE_TRACING_PLAIN ||
                     (room->attribute_count != 0 && (room->attribute_count > limits->count ||
                                                     limits->value.length < HAE_SHORT_MAX)))) {
        return start_unprepared(tracer, site);
    }
    return start_current(tracer, NULL, 0, room->kind, room);
}

/* ---- With options ---------------------------------------------------------------------- */

static HAE_ALWAYS_INLINE void put_options(const struct hae_start *start, uint32_t index,
                                          const haetae_span_options *options, bool sampled)
{
    if (HAE_UNLIKELY(options->trace_state.length != 0 ||
                     (start->parent != NULL && start->parent->has_trace_state))) {
        hae_begin_pass_trace_state(start->tracer, index, start->parent, options->trace_state);
    }
    if (sampled) {
        hae_begin_put_options(start->tracer, index, options);
    }
}

/* Of a span that is not open yet. What it leaves in *context_to_find is to be found by the handle.
 */
static HAE_ALWAYS_INLINE void give_context(const struct hae_recorder *recorder, uint32_t index,
                                           haetae_span_context **context_to_find)
{
    if (HAE_UNLIKELY(*context_to_find != NULL) &&
        HAE_LIKELY(hae_begin_copy_context(hae_slot_at(recorder, index), *context_to_find))) {
        *context_to_find = NULL;
    }
}

static HAE_ALWAYS_INLINE haetae_span start_in(struct hae_entry entry, struct hae_start *start,
                                              const haetae_span_options *options,
                                              haetae_span_context **context_to_find)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    struct decided decided = decide(entry, start);
    haetae_span span = HAETAE_SPAN_NONE;
    uint32_t index;

    if (is_identity(entry, start, &decided) && options->trace_state.length == 0) {
        span = hae_begin_identity(entry, start, decided.trace_id, decided.flags);
        if (HAE_LIKELY(span != HAETAE_SPAN_NONE)) {
            give_context(recorder, hae_handle_slot(span), context_to_find);
            return span;
        }
    }
    index = make_span(entry, start, &decided);
    if (HAE_UNLIKELY(index == 0)) {
        return hae_begin_relay(start->parent, options);
    }
    put_options(start, index, options, decided.sampled);
    give_context(recorder, index, context_to_find);
    return hae_open_publish(recorder, entry.lane, index, decided.sampled);
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

/* Where the options lead: to the parent, and what else they say of the start. */
static HAE_ALWAYS_INLINE struct hae_start follow(haetae_tracer *tracer, const char *name,
                                                 size_t name_length,
                                                 const haetae_span_options *options,
                                                 struct hae_current *named)
{
    struct hae_start start = {tracer, name, name_length, NULL, 0, 0, NULL};
    const struct hae_current *parent = hae_current();

    if (HAE_UNLIKELY(options->parent != NULL || options->parent_span != HAETAE_SPAN_NONE)) {
        *named = hae_current_named(options->parent_span, options->parent);
        parent = named;
    }
    hae_begin_take_options(&start, options, parent);
    return start;
}

/* As start_anyhow() is for spans without options. */
static HAE_NOINLINE haetae_span start_with_anyhow(haetae_tracer *tracer, const char *name,
                                                  size_t name_length,
                                                  const haetae_span_options *options)
{
    struct hae_current named;
    struct hae_start start = follow(tracer, name, name_length, options, &named);
    haetae_span_context *context_to_find = NULL;
    haetae_span span;

    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        span = hae_begin_relay(start.parent, options);
    } else {
        struct hae_entry entry = hae_enter(tracer->recorder);

        span = start_in(entry, &start, options, &context_to_find);
        hae_leave(entry);
    }
    hae_begin_give_context(options, span);
    return span;
}

/* With a parent context, or a decision. */
static HAE_COLD haetae_span start_with_more(haetae_tracer *tracer, const char *name,
                                            size_t name_length, const haetae_span_options *options)
{
    return options->parent_context != NULL
               ? hae_begin_in_context(tracer, name, name_length, options)
               : hae_span_start_hooked(tracer, name, name_length, options);
}

haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name, size_t name_length,
                                   const haetae_span_options *given)
{
    struct hae_entry entry = {NULL, HAE_HOLD_OWN};
    haetae_span_context *context_to_find;
    const haetae_span_options *options;
    haetae_span_options room;
    struct hae_current named;
    struct hae_start start;
    haetae_span span;

    if (HAE_UNLIKELY(tracer == NULL)) {
        return relay_with(name, name_length, given);
    }
    if (HAE_UNLIKELY(hae_tracer_way(tracer) != HAE_TRACING_PLAIN)) {
        return hae_span_start_hooked(tracer, name, name_length, given);
    }
    options = hae_begin_options(tracer->recorder, given, &room);
    if (HAE_UNLIKELY(((uintptr_t)options->parent_context | (uint32_t)options->decision) != 0)) {
        return start_with_more(tracer, name, name_length, options);
    }
    if (HAE_LIKELY(hae_accepting(tracer->recorder))) {
        entry.lane = hae_enter_lane(tracer->recorder);
    }
    if (HAE_UNLIKELY(entry.lane == NULL)) {
        return start_with_anyhow(tracer, name, name_length, options);
    }
    start = follow(tracer, name, name_length, options, &named);
    context_to_find = options->ret_context;
    span = start_in(entry, &start, options, &context_to_find);
    hae_leave_lane();
    if (HAE_UNLIKELY(context_to_find != NULL)) {
        (void)haetae_span_get_context(span, context_to_find);
    }
    return span;
}
