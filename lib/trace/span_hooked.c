/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_hooked.h"

#include "context/context.h"
#include "recorder/origin.h"
#include "trace/ot_state.h"
#include "trace/span_begin.h"
#include "trace/span_event.h"
#include "trace/trace_state.h"

/* While this thread calls a sampler or processors. Spans that they start and end meanwhile are
 * not shown to them, nor are those of a signal handler that interrupts them. */
static _Thread_local bool in_hook HAE_NEAR_THREAD;

static const struct hae_current no_context;

/* ---- The sampler ----------------------------------------------------------------------- */

/* What is known of the parent, and which number its tracestate has. */
static const haetae_span_context *show_parent(const struct hae_current *parent,
                                              haetae_span_context *room)
{
    if (parent == NULL) {
        return NULL;
    }
    hae_current_to_context(parent, hae_current_trace_state_number(parent), room);
    return room;
}

static int32_t ask_sampler(const struct hae_start *start, const uint64_t trace_id[2],
                           uint64_t trace_flags, const haetae_span_options *options,
                           haetae_sampling *sampling)
{
    const struct hae_sampler *sampler = &start->tracer->provider->sampler;
    haetae_string name = {start->name, start->name_length};
    haetae_context context = hae_context_view(start->parent != NULL ? start->parent : &no_context);
    haetae_span_context parent;
    haetae_sampling_input input = HAETAE_OPTIONS(
        haetae_sampling_input, .parent = show_parent(start->parent, &parent), .context = &context,
        .kind = hae_span_kind(start->kind), .trace_flags = (int32_t)trace_flags);
    int32_t decision;

    memcpy(input.trace_id, trace_id, sizeof input.trace_id);
    if (hae_string_valid(name)) {
        input.name = (haetae_string){name.data, hae_string_length(name)};
    }
    if (hae_attributes_valid(options->attributes, options->attribute_count)) {
        input.attributes = options->attributes;
        input.attribute_count = options->attribute_count;
    }
    if (hae_links_valid(options->links, options->link_count)) {
        input.links = options->links;
        input.link_count = options->link_count;
    }
    in_hook = true;
    decision = sampler->decide(sampler->user, &input, sampling);
    in_hook = false;
    hae_sampling_bound(sampling);
    return decision;
}

/* The options decide, else the sampler, else the built-in rule. */
static int32_t decide(const struct hae_start *start, const uint64_t trace_id[2],
                      uint64_t trace_flags, const haetae_span_options *options,
                      haetae_sampling *sampling)
{
    const struct hae_tracer_provider *provider = start->tracer->provider;

    if (options->decision >= HAETAE_SAMPLING_DROP &&
        options->decision <= HAETAE_SAMPLING_RECORD_AND_SAMPLE) {
        hae_ot_remove_threshold(&sampling->trace_state); /* nobody knows the probability */
        return (int32_t)options->decision;
    }
    if (provider->sampler.decide != NULL && !in_hook) {
        return ask_sampler(start, trace_id, trace_flags, options, sampling);
    }
    hae_begin_fit_threshold(provider, start->parent, trace_id, &sampling->trace_state);
    return hae_sampled(&provider->sampling, start->parent, trace_id[1])
               ? HAETAE_SAMPLING_RECORD_AND_SAMPLE
               : HAETAE_SAMPLING_DROP;
}

/* ---- Processors ------------------------------------------------------------------------ */

static void show(const struct hae_tracer_provider *provider, uint32_t index, uint64_t end_unix_ns,
                 struct hae_shown_span *ret_shown)
{
    struct hae_recorder *recorder = provider->recorder;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    const struct hae_span_head *head = hae_span_head(slot);
    /* Relaxed: nobody else changes the generation of a slot that the caller has. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);
    struct hae_current current = {.trace_id = {hae_span_word(slot, HAE_IDENTITY_TRACE_ID),
                                               hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1)},
                                  .span_id = hae_span_word(slot, HAE_IDENTITY_SPAN_ID),
                                  .trace_flags = (uint8_t)(flags & HAE_SPAN_TRACE_FLAGS)};

    ret_shown->recorder = recorder;
    ret_shown->index = index;
    ret_shown->fields = NULL;
    ret_shown->origin = hae_origin_of(recorder, (uint16_t)slot->scope, provider->resource,
                                      provider->resource_size_bytes);
    ret_shown->view = (haetae_span_view)HAETAE_OPTIONS(
        haetae_span_view, .span = hae_handle_new(state, recorder->index, index, true),
        .origin = &ret_shown->origin, .internal = ret_shown,
        .start_time_unix_ns = head->start_unix_ns, .end_time_unix_ns = end_unix_ns,
        .kind = head->kind);
    memcpy(ret_shown->view.parent_span_id, &head->parent_span_id,
           sizeof ret_shown->view.parent_span_id);
    hae_current_to_context(&current, flags >> HAE_SPAN_TRACE_STATE_SHIFT, &ret_shown->view.context);
}

static void show_start(const struct hae_start *start, uint32_t index)
{
    const struct hae_tracer_provider *provider = start->tracer->provider;
    struct hae_shown_span shown;

    if (provider->processors.count != 0 && !in_hook) {
        show(provider, index, 0, &shown);
        in_hook = true;
        hae_processors_start(&provider->processors, &shown, start->parent);
        in_hook = false;
        /* Relaxed: the span is the caller's still. */
        atomic_fetch_or_explicit(
            &hae_slot_at(provider->recorder, index)->identity[HAE_IDENTITY_FLAGS], HAE_SPAN_SHOWN,
            memory_order_relaxed);
    }
}

void hae_span_show_end(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    const struct hae_tracer_provider *provider = hae_tracer_providers[recorder->index];
    uint64_t flags = hae_span_word(hae_slot_at(recorder, index), HAE_IDENTITY_FLAGS);
    struct hae_shown_span shown;

    /* Whoever saw the start sees the end, also of a span that ends within a callback. */
    if ((flags & HAE_SPAN_SHOWN) != 0) {
        bool outer = in_hook;

        show(provider, index, end_unix_ns, &shown);
        in_hook = true;
        hae_processors_end(&provider->processors, &shown);
        in_hook = outer;
    }
    if (provider->counter.ended != NULL) {
        provider->counter.ended(provider->counter.user, (flags & HAETAE_TRACE_FLAG_SAMPLED) != 0
                                                            ? HAETAE_SAMPLING_RECORD_AND_SAMPLE
                                                            : HAETAE_SAMPLING_RECORD_ONLY);
    }
}

/* ---- The start ------------------------------------------------------------------------- */

static uint64_t flags_of(const struct hae_tracer_provider *provider, int32_t decision)
{
    switch (decision) {
    case HAETAE_SAMPLING_RECORD_ONLY:
        return HAE_SPAN_RECORDING;
    case HAETAE_SAMPLING_RECORD_AND_SAMPLE:
        return hae_tracer_provider_shows(provider) ? HAE_SPAN_RECORDING | HAETAE_TRACE_FLAG_SAMPLED
                                                   : HAE_SPAN_FLAGS_PLAIN;
    default:
        return 0;
    }
}

/* Calls a generator of the program's, unless this thread is in one of its callbacks already. Zero:
 * it has none. */
static void generate(void (*make)(void *self, uint8_t *ret_id), void *self, uint64_t *ret_id,
                     size_t count)
{
    memset(ret_id, 0, count * sizeof *ret_id);
    if (make != NULL && !in_hook) {
        in_hook = true;
        make(self, (uint8_t *)ret_id);
        in_hook = false;
    }
}

/* The trace id, as hae_begin_trace_id(). */
static uint64_t make_trace_id(const struct hae_start *start, uint64_t ret_trace_id[2])
{
    const haetae_id_generator *ids = &start->tracer->provider->ids;
    struct hae_entry entry;
    uint64_t flags;

    if (start->parent == NULL) {
        generate(ids->trace_id, ids->self, ret_trace_id, 2);
        if ((ret_trace_id[0] | ret_trace_id[1]) != 0) {
            return ids->random != 0 ? HAETAE_TRACE_FLAG_RANDOM : 0;
        }
    }
    entry = hae_enter(start->tracer->recorder);
    flags = hae_begin_trace_id(start->tracer->recorder, entry, start->parent, ret_trace_id);
    hae_leave(entry); /* samplers and processors record as any code does */
    return flags;
}

/* The tracestate that the span has unless the sampler changes it. */
static void begin_trace_state(const struct hae_start *start, const haetae_span_options *options,
                              haetae_trace_state *ret_trace_state)
{
    haetae_string given = options->trace_state;

    ret_trace_state->length = 0;
    ret_trace_state->text[0] = '\0';
    if (start->parent != NULL) {
        (void)hae_trace_state_for_child(start->parent, given, ret_trace_state);
    } else if (given.length != 0) {
        (void)haetae_trace_state_parse(given.data, given.length, ret_trace_state);
    }
}

/* What a span starts with: what was decided, and what comes with it. */
struct hooked {
    uint64_t trace_id[2];
    uint64_t trace_flags;
    uint64_t span_id; /* 0: random */
    uint64_t flags;   /* HAE_SPAN_… */
    haetae_sampling sampling;
};

static uint32_t make_span(const struct hae_start *start, const haetae_span_options *options,
                          const struct hooked *hooked)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    const haetae_trace_state *trace_state = &hooked->sampling.trace_state;
    struct hae_entry entry = hae_enter(recorder);
    uint32_t index =
        hae_begin_take_slot(entry, start, hooked->trace_id, hooked->flags | hooked->trace_flags);

    if (index == 0) {
        hae_leave(entry);
        return 0;
    }
    if (hooked->span_id != 0) {
        /* Release as in hae_begin_identify(), whose id this replaces. */
        atomic_store_explicit(&hae_slot_at(recorder, index)->identity[HAE_IDENTITY_SPAN_ID],
                              hooked->span_id, memory_order_release);
    }
    if (hooked->flags == 0) {
        hae_begin_fill_silent(recorder, index);
    } else {
        hae_begin_fill_recording(recorder, index, start);
    }
    if (trace_state->length != 0) {
        haetae_trace_state valid;
        uint64_t number = hae_trace_state_for_child(
            &no_context, (haetae_string){trace_state->text, trace_state->length}, &valid);

        hae_begin_put_trace_state(start->tracer, index, &valid, number);
    }
    if (hooked->flags != 0) {
        hae_begin_put_options(start->tracer, index, options);
        hae_span_put_attributes(recorder, index, hooked->sampling.attributes,
                                hooked->sampling.attribute_count);
    }
    hae_leave(entry);
    return index;
}

static haetae_span start_asked(const struct hae_start *start, const haetae_span_options *options)
{
    haetae_tracer *tracer = start->tracer;
    const haetae_id_generator *ids = &tracer->provider->ids;
    const struct hae_span_counter *counter = &tracer->provider->counter;
    struct hooked hooked;
    haetae_span span;
    struct hae_entry entry;
    int32_t decision;
    uint32_t index;

    hooked.trace_flags = make_trace_id(start, hooked.trace_id);
    hooked.sampling.attribute_count = 0;
    begin_trace_state(start, options, &hooked.sampling.trace_state);
    decision = decide(start, hooked.trace_id, hooked.trace_flags, options, &hooked.sampling);
    hooked.flags = flags_of(tracer->provider, decision);
    generate(ids->span_id, ids->self, &hooked.span_id, 1);
    index = make_span(start, options, &hooked);
    if (index == 0) {
        return hae_begin_relay(start->parent, options);
    }
    if (counter->started != NULL) {
        counter->started(counter->user, start->parent, decision);
    }
    if (hooked.flags != 0) {
        show_start(start, index);
    }
    entry = hae_enter(tracer->recorder);
    span = hae_open_publish(tracer->recorder, entry.lane, index, hooked.flags != 0);
    hae_leave(entry);
    return span;
}

haetae_span hae_span_start_hooked(haetae_tracer *tracer, const char *name, size_t name_length,
                                  const haetae_span_options *given)
{
    struct hae_start start = {tracer, name, name_length, NULL, 0, 0, NULL};
    const haetae_span_options *options;
    haetae_span_options room;
    struct hae_current parent;
    haetae_span span;

    options = hae_begin_options(tracer->recorder, given, &room);
    if (options->parent_context != NULL) {
        return hae_begin_in_context(tracer, name, name_length, options);
    }
    parent = hae_current_named(options->parent_span, options->parent);
    hae_begin_take_options(&start, options, &parent);
    if (hae_tracer_way(tracer) == HAE_TRACING_OFF || !hae_tracer_admits(tracer)) {
        span = hae_begin_relay(start.parent, options);
    } else {
        span = start_asked(&start, options);
    }
    hae_begin_give_context(options, span);
    return span;
}
