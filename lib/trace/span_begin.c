/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_begin.h"

#include "context/relay.h"
#include "context/trace_state_store.h"
#include "trace/span_event.h"
#include "trace/trace_state.h"

HAE_COLD void hae_begin_read_options(struct hae_recorder *recorder,
                                     const haetae_span_options *given,
                                     haetae_span_options *ret_known)
{
    *ret_known = (haetae_span_options)HAETAE_OPTIONS(haetae_span_options);
    if (given != NULL && !HAE_READ_OPTIONS(recorder, haetae_span_options, ret_known, given)) {
        hae_count_misuse(recorder, HAETAE_MISUSE_ARGUMENT);
    }
    ret_known->struct_size = sizeof *ret_known; /* so that it is not read again */
}

bool hae_begin_copy_context(const struct hae_slot *slot, haetae_span_context *ret_context)
{
    uint64_t flags = hae_span_word(slot, HAE_IDENTITY_FLAGS);

    if (HAE_UNLIKELY((flags & HAE_SPAN_HAS_TRACE_STATE) != 0)) {
        return false;
    }
    hae_store64(ret_context->trace_id, hae_span_word(slot, HAE_IDENTITY_TRACE_ID));
    hae_store64(ret_context->trace_id + 8, hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1));
    hae_store64(ret_context->span_id, hae_span_word(slot, HAE_IDENTITY_SPAN_ID));
    ret_context->trace_flags = (uint8_t)(flags & HAE_SPAN_TRACE_FLAGS);
    ret_context->is_remote = 0;
    memset(ret_context->reserved, 0, sizeof ret_context->reserved);
    return true;
}

HAE_COLD uint32_t hae_begin_new_identity_slot(struct hae_recorder *recorder, struct hae_lane *lane)
{
    uint32_t index = hae_identity_slot_new(recorder, lane);

    if (index != 0) {
        hae_begin_fill_silent(recorder, index);
    }
    return index;
}

/* Of a name that is too long, or for which there is no memory, so many code points are
 * kept: they fit into the first slot. */
enum { NAME_KEPT = 80 };

void hae_begin_put_name(const haetae_tracer *tracer, uint32_t index, const char *name,
                        size_t name_length)
{
    haetae_string text = {name, name_length};
    struct hae_fields fields;

    hae_fields_begin(&fields, tracer->recorder, index);
    if (HAE_UNLIKELY(!hae_put_text_field(&fields.chain.sink, HAE_OTLP_SPAN_NAME, text))) {
        hae_count_misuse(tracer->recorder, HAETAE_MISUSE_ARGUMENT);
        if (hae_string_valid(text)) {
            text.length = hae_text_of(text, NAME_KEPT).consumed;
            (void)hae_put_text_field(&fields.chain.sink, HAE_OTLP_SPAN_NAME, text);
        }
    }
    hae_fields_end(&fields);
}

void hae_begin_put_trace_state(const haetae_tracer *tracer, uint32_t index,
                               const haetae_trace_state *trace_state, uint64_t number)
{
    struct hae_fields fields;

    if (trace_state->length != 0) {
        hae_fields_begin(&fields, tracer->recorder, index);
        hae_fields_trace_state(&fields, (haetae_string){trace_state->text, trace_state->length},
                               number);
        hae_fields_end(&fields);
    }
}

void hae_begin_fit_threshold(const struct hae_tracer_provider *provider,
                             const struct hae_current *parent, const uint64_t trace_id[2],
                             haetae_trace_state *trace_state)
{
    uint8_t id[16];

    memcpy(id, trace_id, sizeof id);
    hae_sampling_fit_threshold(
        &provider->sampling, parent != NULL,
        parent != NULL && (parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0, id, trace_state);
}

HAE_NOINLINE void hae_begin_pass_trace_state(const haetae_tracer *tracer, uint32_t index,
                                             const struct hae_current *parent, haetae_string given)
{
    static const struct hae_current root;
    haetae_trace_state text;
    uint64_t number = hae_trace_state_for_child(parent != NULL ? parent : &root, given, &text);
    const struct hae_slot *slot = hae_slot_at(tracer->recorder, index);
    const uint64_t trace_id[2] = {hae_span_word(slot, HAE_IDENTITY_TRACE_ID),
                                  hae_span_word(slot, HAE_IDENTITY_TRACE_ID + 1)};
    uint32_t length = text.length;

    /* What a span of this process has was fitted when it started. */
    if (parent == NULL || parent->is_remote || given.length != 0 ||
        !tracer->provider->sampling.parent_based) {
        hae_begin_fit_threshold(tracer->provider, parent, trace_id, &text);
    }
    if (text.length != length) {
        number = hae_trace_state_store(text.text, text.length);
    }
    hae_begin_put_trace_state(tracer, index, &text, number);
}

HAE_COLD haetae_span hae_begin_in_context(haetae_tracer *tracer, const char *name,
                                          size_t name_length, const haetae_span_options *options)
{
    haetae_span_options inner = *options;
    haetae_span_context parent;
    haetae_context_token token;
    haetae_span span;

    (void)haetae_context_span_context(options->parent_context, &parent);
    if (options->parent == NULL) {
        inner.parent = &parent;
    }
    inner.struct_size = sizeof inner;
    inner.parent_context = NULL;
    haetae_context_attach_context(options->parent_context, &token);
    span = haetae_span_start_with(tracer, name, name_length, &inner);
    haetae_context_detach(&token);
    return span;
}

HAE_COLD haetae_span hae_begin_relay(const struct hae_current *parent,
                                     const haetae_span_options *options)
{
    haetae_trace_state text;
    struct hae_current carried;

    if (parent == NULL || (options->parent == NULL && options->parent_span == HAETAE_SPAN_NONE)) {
        return HAETAE_SPAN_NONE;
    }
    carried = *parent;
    if (options->trace_state.length != 0) {
        uint64_t number = hae_trace_state_for_child(parent, options->trace_state, &text);

        hae_current_set_number(&carried, number);
        carried.has_trace_state = number != 0;
    }
    return hae_relay_new(&carried);
}

static HAE_NOINLINE void put_links(const haetae_tracer *tracer, uint32_t index,
                                   const haetae_link *links, size_t count)
{
    struct hae_fields fields;

    hae_fields_begin(&fields, tracer->recorder, index);
    if (hae_links_valid(links, count)) {
        for (size_t i = 0; i < count; i++) {
            hae_fields_link(&fields, &links[i]);
        }
    } else {
        fields.head->dropped_link_count++;
    }
    hae_fields_end(&fields);
}

void hae_begin_put_options(const haetae_tracer *tracer, uint32_t index,
                           const haetae_span_options *options)
{
    if (options->attribute_count != 0) {
        hae_span_put_attributes(tracer->recorder, index, options->attributes,
                                options->attribute_count);
    }
    if (HAE_UNLIKELY(options->link_count != 0)) {
        put_links(tracer, index, options->links, options->link_count);
    }
}
