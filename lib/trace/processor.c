/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/processor.h"

#include "trace/span_fields.h"

haetae_status hae_processors_add(struct hae_span_processors *processors,
                                 const struct hae_span_processor *processor)
{
    if (processors->count == HAE_PROCESSORS_MAX) {
        return HAETAE_ELIMIT;
    }
    processors->items[processors->count++] = *processor;
    return HAETAE_OK;
}

void hae_processors_done(struct hae_span_processors *processors)
{
    for (uint32_t i = 0; i < processors->count; i++) {
        if (processors->items[i].done != NULL) {
            processors->items[i].done(processors->items[i].user);
        }
    }
    processors->count = 0;
}

size_t hae_span_view_encode(const struct hae_span_view *view, uint8_t *to)
{
    return hae_span_encode_at(view->recorder, view->index, view->end_unix_ns, to);
}

/* Takes over what a callback has changed. */
static void refresh(struct hae_span_view *view, const struct hae_span_head *head)
{
    view->status = (haetae_span_status)head->status_code;
    view->size_max_bytes = head->size_bytes + HAE_SPAN_FIXED_MAX;
}

void hae_processors_start(const struct hae_span_processors *processors, struct hae_span_view *view,
                          const struct hae_current *parent)
{
    struct hae_fields fields;

    for (uint32_t i = 0; i < processors->count; i++) {
        const struct hae_span_processor *processor = &processors->items[i];

        if (processor->on_start != NULL) {
            hae_fields_begin(&fields, view->recorder, view->index);
            refresh(view, fields.head);
            processor->on_start(processor->user, view, &fields, parent);
            hae_fields_end(&fields);
        }
    }
}

void hae_processors_end(const struct hae_span_processors *processors, struct hae_span_view *view)
{
    struct hae_fields fields;

    for (uint32_t i = 0; i < processors->count; i++) {
        const struct hae_span_processor *processor = &processors->items[i];

        if (processor->on_ending != NULL) {
            hae_fields_begin(&fields, view->recorder, view->index);
            refresh(view, fields.head);
            processor->on_ending(processor->user, view, &fields);
            hae_fields_end(&fields);
        }
    }
    refresh(view, hae_span_head(hae_slot_at(view->recorder, view->index)));
    for (uint32_t i = 0; i < processors->count; i++) {
        if (processors->items[i].on_end != NULL) {
            processors->items[i].on_end(processors->items[i].user, view);
        }
    }
}
