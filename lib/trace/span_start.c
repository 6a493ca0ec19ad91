/* SPDX-License-Identifier: Apache-2.0 */
/* The usual ways to start a span: a built-in sampling rule decides, and no processor is there.
 * span_hooked.c has the other way. */
#include "trace/span_begin.h"
#include "trace/span_hooked.h"
#include "trace/trace_state.h"

/* A child goes on with its parent's tracestate, as long as the parent is open: also one that is
 * not recorded, for what it calls may be. */
static HAE_NOINLINE void inherit_trace_state(const haetae_tracer *tracer, uint32_t index,
                                             haetae_span parent)
{
    char text[HAETAE_TRACE_STATE_MAX];

    hae_begin_put_trace_state(tracer, index,
                              (haetae_string){text, hae_span_trace_state(parent, text)});
}

/* Makes a span in a slot, not open yet. Returns 0 when there is no slot. */
static HAE_ALWAYS_INLINE uint32_t make_span(struct hae_entry entry, const struct hae_start *start,
                                            bool *ret_sampled)
{
    struct hae_recorder *recorder = start->tracer->recorder;
    uint64_t trace_id[2];
    uint32_t index;
    bool sampled;

    hae_begin_trace_id(recorder, entry, start->parent, trace_id);
    sampled = hae_sampled(&start->tracer->provider->sampling, start->parent, trace_id[1]);
    index = hae_begin_take_slot(entry, start, trace_id, sampled ? HAE_SPAN_FLAGS_PLAIN : 0);
    if (HAE_LIKELY(index != 0)) {
        if (HAE_LIKELY(sampled)) {
            hae_begin_fill_recording(recorder, index, start);
        } else {
            hae_begin_fill_silent(recorder, index);
        }
    }
    *ret_sampled = sampled;
    return index;
}

/* Apart from the call, which thus returns for a NULL tracer before it saves registers. */
static HAE_NOINLINE haetae_span start_plain(haetae_tracer *tracer, const char *name,
                                            size_t name_length, int32_t kind)
{
    const struct hae_current *current = hae_current();
    struct hae_start start = {tracer, name, name_length, current->valid ? current : NULL, 0, kind};
    haetae_span span = HAETAE_SPAN_NONE;
    struct hae_entry entry;
    bool sampled;
    uint32_t index;

    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    entry = hae_enter(tracer->recorder);
    index = make_span(entry, &start, &sampled);
    if (HAE_LIKELY(index != 0)) {
        if (HAE_UNLIKELY(start.parent != NULL && current->has_trace_state)) {
            inherit_trace_state(tracer, index, current->span);
        }
        span = hae_open_publish(tracer->recorder, entry.lane, index, sampled);
    }
    hae_leave(entry);
    return span;
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

/* ---- With options ---------------------------------------------------------------------- */

static void put_options(const struct hae_start *start, uint32_t index,
                        const struct hae_current *parent, haetae_span_options *options,
                        bool sampled)
{
    if (start->parent != NULL && parent->has_trace_state) {
        inherit_trace_state(start->tracer, index, parent->span);
    }
    if (start->parent == NULL || parent->has_trace_state) {
        options->trace_state.length = 0; /* it is a remote parent's */
    }
    if (sampled) {
        hae_begin_put_options(start->tracer, index, options);
    } else if (options->trace_state.length != 0) {
        hae_begin_put_trace_state(start->tracer, index, options->trace_state);
    }
}

haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name, size_t name_length,
                                   const haetae_span_options *given)
{
    struct hae_start start = {tracer, name, name_length, NULL, 0, 0};
    haetae_span_options options;
    struct hae_current parent;
    haetae_span span = HAETAE_SPAN_NONE;
    struct hae_entry entry;
    bool sampled;
    uint32_t index;

    if (HAE_UNLIKELY(tracer == NULL)) {
        return HAETAE_SPAN_NONE;
    }
    if (HAE_UNLIKELY(tracer->provider->tracing != HAE_TRACING_PLAIN)) {
        return hae_span_start_hooked(tracer, name, name_length, given);
    }
    if (HAE_UNLIKELY(!hae_tracer_admits(tracer))) {
        return HAETAE_SPAN_NONE;
    }
    hae_begin_read_options(tracer->recorder, given, &options);
    parent = options.parent != NULL ? hae_current_from(options.parent) : *hae_current();
    start.parent = parent.valid && !options.root ? &parent : NULL;
    start.start_unix_ns = options.start_time_unix_ns;
    start.kind = options.kind;
    entry = hae_enter(tracer->recorder);
    index = make_span(entry, &start, &sampled);
    if (index != 0) {
        put_options(&start, index, &parent, &options, sampled);
        span = hae_open_publish(tracer->recorder, entry.lane, index, sampled);
    }
    hae_leave(entry);
    return span;
}
