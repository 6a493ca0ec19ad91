/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_hooked.h"

#include "recorder/scope.h"
#include "trace/span_begin.h"
#include "trace/span_event.h"
#include "trace/trace_state.h"

/* While this thread calls a sampler or processors. Spans that they start and end meanwhile are
 * not shown to them, nor are those of a signal handler that interrupts them. */
static _Thread_local bool in_hook HAE_NEAR_THREAD;

/* ---- The sampler ----------------------------------------------------------------------- */

/* Whether the sampler is asked, and not the built-in rule. */
static bool asks_sampler(const struct hae_tracer_provider *provider,
                         const struct hae_current *parent)
{
    return provider->sampler.decide != NULL && !in_hook &&
           !(provider->sampling.parent_based && parent != NULL);
}

static void ask_sampler(const struct hae_start *start, const uint64_t trace_id[2],
                        const haetae_span_options *options, struct hae_sampling_result *result)
{
    const struct hae_sampler *sampler = &start->tracer->provider->sampler;
    haetae_string name = {start->name, start->name_length};
    struct hae_sampling_input input = {.parent = start->parent,
                                       .trace_id = {trace_id[0], trace_id[1]},
                                       .kind = hae_span_kind(start->kind)};

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
    sampler->decide(sampler->user, &input, result);
    in_hook = false;
}

static void decide(const struct hae_start *start, const uint64_t trace_id[2],
                   const haetae_span_options *options, struct hae_sampling_result *result)
{
    const struct hae_tracer_provider *provider = start->tracer->provider;

    result->decision = HAE_SAMPLING_DROP;
    if (asks_sampler(provider, start->parent)) {
        ask_sampler(start, trace_id, options, result);
    } else if (hae_sampled(&provider->sampling, start->parent, trace_id[1])) {
        result->decision = HAE_SAMPLING_RECORD_AND_SAMPLE;
    }
}

/* ---- Processors ------------------------------------------------------------------------ */

static struct hae_span_view view_of(const struct hae_tracer_provider *provider, uint32_t index,
                                    uint64_t end_unix_ns)
{
    struct hae_recorder *recorder = provider->recorder;
    struct hae_slot *slot = hae_slot_at(recorder, index);
    const struct hae_span_head *head = hae_span_head(slot);
    /* Relaxed: nobody else changes the generation of a slot that the caller has. */
    uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
    struct hae_span_view view = {.span = hae_handle_new(state, recorder->index, index, true),
                                 .parent_span_id = head->parent_span_id,
                                 .start_unix_ns = head->start_unix_ns,
                                 .end_unix_ns = end_unix_ns,
                                 .kind = head->kind,
                                 .scope = hae_scope_at(&recorder->heap, (uint16_t)slot->scope),
                                 .resource = provider->resource,
                                 .resource_size_bytes = provider->resource_size_bytes,
                                 .recorder = recorder,
                                 .index = index};
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);
    struct hae_current current = {.trace_id = {hae_span_word(slot, HAE_IDENTITY_TRACE_ID),
                                               hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1)},
                                  .span_id = hae_span_word(slot, HAE_IDENTITY_SPAN_ID),
                                  .trace_flags = (uint8_t)(flags & HAE_SPAN_TRACE_FLAGS)};

    hae_current_to_context(&current, flags >> HAE_SPAN_TRACE_STATE_SHIFT, &view.context);
    return view;
}

static void show_start(const struct hae_start *start, uint32_t index)
{
    const struct hae_tracer_provider *provider = start->tracer->provider;
    struct hae_span_view view;

    if (provider->processors.count != 0 && !in_hook) {
        view = view_of(provider, index, 0);
        in_hook = true;
        hae_processors_start(&provider->processors, &view, start->parent);
        in_hook = false;
    }
}

void hae_span_show_end(struct hae_recorder *recorder, uint32_t index, uint64_t end_unix_ns)
{
    const struct hae_tracer_provider *provider = hae_tracer_providers[recorder->index];
    struct hae_span_view view;

    if (provider->processors.count != 0 && !in_hook) {
        view = view_of(provider, index, end_unix_ns);
        in_hook = true;
        hae_processors_end(&provider->processors, &view);
        in_hook = false;
    }
}

/* ---- The start ------------------------------------------------------------------------- */

static uint64_t flags_of(const struct hae_tracer_provider *provider,
                         enum hae_sampling_decision decision)
{
    switch (decision) {
    case HAE_SAMPLING_RECORD_ONLY:
        return HAE_SPAN_RECORDING;
    case HAE_SAMPLING_RECORD_AND_SAMPLE:
        return provider->processors.count == 0 ? HAE_SPAN_FLAGS_PLAIN
                                               : HAE_SPAN_RECORDING | HAETAE_TRACE_FLAG_SAMPLED;
    default:
        return 0;
    }
}

static const struct hae_current no_context;

static uint32_t make_span(const struct hae_start *start, const uint64_t trace_id[2],
                          uint64_t trace_flags, const haetae_span_options *options,
                          const struct hae_sampling_result *result)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    uint64_t flags = flags_of(start->tracer->provider, result->decision);
    struct hae_entry entry = hae_enter(recorder);
    uint32_t index = hae_begin_take_slot(entry, start, trace_id, flags | trace_flags);

    if (index != 0 && flags == 0) {
        hae_begin_fill_silent(recorder, index);
    } else if (index != 0) {
        hae_begin_fill_recording(recorder, index, start);
    }
    if (index != 0 && result->trace_state.length != 0) {
        hae_begin_put_trace_state(start->tracer, index, &no_context, result->trace_state);
    }
    if (index != 0 && flags != 0) {
        hae_begin_put_options(start->tracer, index, options);
        hae_span_put_attributes(recorder, index, result->attributes, result->attribute_count);
    }
    hae_leave(entry);
    return index;
}

static haetae_span start_asked(const struct hae_start *start, const haetae_span_options *options)
{
    haetae_tracer *tracer = start->tracer;
    struct hae_sampling_result result = {.attributes = NULL};
    haetae_trace_state text = {.length = 0};
    haetae_span span;
    struct hae_entry entry = hae_enter(tracer->recorder);
    uint64_t trace_id[2];
    uint64_t trace_flags;
    uint32_t index;

    trace_flags = hae_begin_trace_id(tracer->recorder, entry, start->parent, trace_id);
    hae_leave(entry); /* samplers and processors record as any code does */
    if (start->parent != NULL) {
        (void)hae_trace_state_for_child(start->parent, options->trace_state, &text);
    }
    result.trace_state = (haetae_string){text.text, text.length};
    decide(start, trace_id, options, &result);
    index = make_span(start, trace_id, trace_flags, options, &result);
    if (index == 0) {
        return hae_begin_relay(start->parent, options);
    }
    if (result.decision != HAE_SAMPLING_DROP) {
        show_start(start, index);
    }
    entry = hae_enter(tracer->recorder);
    span =
        hae_open_publish(tracer->recorder, entry.lane, index, result.decision != HAE_SAMPLING_DROP);
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
    if (tracer->provider->tracing == HAE_TRACING_OFF || !hae_tracer_admits(tracer)) {
        span = hae_begin_relay(start.parent, options);
    } else {
        span = start_asked(&start, options);
    }
    hae_begin_give_context(options, span);
    return span;
}
