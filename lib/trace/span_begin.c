/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/span_begin.h"

#include "trace/span_event.h"

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
                               haetae_string trace_state)
{
    struct hae_fields fields;

    hae_fields_begin(&fields, tracer->recorder, index);
    hae_fields_trace_state(&fields, trace_state);
    hae_fields_end(&fields);
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
    if (HAE_UNLIKELY(options->trace_state.length != 0)) {
        hae_begin_put_trace_state(tracer, index, options->trace_state);
    }
    if (options->attribute_count != 0) {
        hae_span_put_attributes(tracer->recorder, index, options->attributes,
                                options->attribute_count);
    }
    if (HAE_UNLIKELY(options->link_count != 0)) {
        put_links(tracer, index, options->links, options->link_count);
    }
}
