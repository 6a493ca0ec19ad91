/* SPDX-License-Identifier: Apache-2.0 */
#include "span.h"

#include "wire/otlp.h"

static void read_event(struct hae_mem_parser *parser, struct hae_reader message,
                       haetae_memory_event *event)
{
    struct hae_reader whole = message;
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_EVENT_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
            event->time_unix_ns = field.value;
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_EVENT_NAME, HAE_WIRE_LENGTH):
            event->name = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_EVENT_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT):
            event->dropped_attribute_count = (uint32_t)field.value;
            break;
        default:
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_SPAN_EVENT_ATTRIBUTES, &event->attributes,
                       &event->attribute_count);
}

/* Of a link's context the flags also say whether it is remote. */
static void set_flags(haetae_span_context *context, uint64_t flags)
{
    context->trace_flags = (uint8_t)(flags & HAE_OTLP_SPAN_FLAGS_TRACE_FLAGS_MASK);
    context->is_remote = (flags & HAE_OTLP_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) != 0;
}

static void read_link(struct hae_mem_parser *parser, struct hae_reader message,
                      haetae_memory_link *link)
{
    struct hae_reader whole = message;
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_LINK_TRACE_ID, HAE_WIRE_LENGTH):
            hae_mem_id(&field, link->context.trace_id, sizeof link->context.trace_id);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_LINK_SPAN_ID, HAE_WIRE_LENGTH):
            hae_mem_id(&field, link->context.span_id, sizeof link->context.span_id);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_LINK_FLAGS, HAE_WIRE_FIXED32):
            set_flags(&link->context, field.value);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_LINK_TRACE_STATE, HAE_WIRE_LENGTH):
            link->trace_state = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_LINK_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT):
            link->dropped_attribute_count = (uint32_t)field.value;
            break;
        default:
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_SPAN_LINK_ATTRIBUTES, &link->attributes,
                       &link->attribute_count);
}

static void read_events(struct hae_mem_parser *parser, struct hae_reader message,
                        haetae_memory_span *span)
{
    size_t count = hae_mem_count(parser, message, HAE_OTLP_SPAN_EVENTS);
    haetae_memory_event *events = count > 0 ? hae_mem_take(parser, count, sizeof *events) : NULL;
    struct hae_field field;

    span->events = events;
    while (span->event_count < count && hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) == HAE_MEM_FIELD(HAE_OTLP_SPAN_EVENTS, HAE_WIRE_LENGTH)) {
            read_event(parser, hae_mem_inside(&field), &events[span->event_count++]);
        }
    }
}

static void read_links(struct hae_mem_parser *parser, struct hae_reader message,
                       haetae_memory_span *span)
{
    size_t count = hae_mem_count(parser, message, HAE_OTLP_SPAN_LINKS);
    haetae_memory_link *links = count > 0 ? hae_mem_take(parser, count, sizeof *links) : NULL;
    struct hae_field field;

    span->links = links;
    while (span->link_count < count && hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) == HAE_MEM_FIELD(HAE_OTLP_SPAN_LINKS, HAE_WIRE_LENGTH)) {
            read_link(parser, hae_mem_inside(&field), &links[span->link_count++]);
        }
    }
}

static void read_status(struct hae_mem_parser *parser, struct hae_reader message,
                        haetae_memory_span *span)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_STATUS_MESSAGE, HAE_WIRE_LENGTH):
            span->status_description = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_STATUS_CODE, HAE_WIRE_VARINT):
            span->status = (int32_t)field.value;
            break;
        default:
            break;
        }
    }
}

/* What is a number or an id. */
static void read_fixed(haetae_memory_span *span, const struct hae_field *field)
{
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_TRACE_ID, HAE_WIRE_LENGTH):
        hae_mem_id(field, span->context.trace_id, sizeof span->context.trace_id);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_SPAN_ID, HAE_WIRE_LENGTH):
        hae_mem_id(field, span->context.span_id, sizeof span->context.span_id);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_PARENT_SPAN_ID, HAE_WIRE_LENGTH):
        hae_mem_id(field, span->parent_span_id, sizeof span->parent_span_id);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_KIND, HAE_WIRE_VARINT):
        span->kind = (int32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_START_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
        span->start_time_unix_ns = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_END_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
        span->end_time_unix_ns = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT):
        span->dropped_attribute_count = (uint32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_DROPPED_EVENTS_COUNT, HAE_WIRE_VARINT):
        span->dropped_event_count = (uint32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_DROPPED_LINKS_COUNT, HAE_WIRE_VARINT):
        span->dropped_link_count = (uint32_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SPAN_FLAGS, HAE_WIRE_FIXED32):
        /* Here the other bits are about the parent. */
        span->context.trace_flags = (uint8_t)(field->value & HAE_OTLP_SPAN_FLAGS_TRACE_FLAGS_MASK);
        span->parent_is_remote = (field->value & HAE_OTLP_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) != 0;
        break;
    default:
        break;
    }
}

void hae_mem_add_span(struct hae_mem_parser *parser, struct hae_mem_list *list,
                      struct hae_reader message)
{
    haetae_memory_item *item = hae_mem_add_item(parser, list);
    haetae_memory_span *span = hae_mem_take(parser, 1, sizeof *span);
    struct hae_reader whole = message;
    struct hae_field field;

    if (span == NULL) {
        return;
    }
    *span = (haetae_memory_span)HAETAE_OPTIONS(haetae_memory_span);
    item->span = span;
    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH):
            item->name = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_TRACE_STATE, HAE_WIRE_LENGTH):
            span->trace_state = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SPAN_STATUS, HAE_WIRE_LENGTH):
            read_status(parser, hae_mem_inside(&field), span);
            break;
        default:
            read_fixed(span, &field);
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_SPAN_ATTRIBUTES, &item->attributes,
                       &item->attribute_count);
    read_events(parser, whole, span);
    read_links(parser, whole, span);
}
