/* SPDX-License-Identifier: Apache-2.0 */
/* An event or a link is a message in the Span message: its length comes before it, so it is
 * measured first. */
#include "trace/span_event.h"

#include "wire/attribute.h"
#include "wire/exception.h"
#include "wire/otlp.h"

/* How many attributes of an event or a link are kept, and how many bytes they take. */
struct measured {
    size_t size_bytes;
    uint32_t kept_count;
    uint32_t dropped_count;
};

static void measure(struct measured *m, const haetae_attribute *attributes, size_t count,
                    const struct hae_limits *limits)
{
    if (!hae_attributes_valid(attributes, count)) {
        m->dropped_count += count != 0;
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size;

        if (hae_attribute_is_duplicate(attributes, count, i)) {
            continue;
        }
        if (m->kept_count < limits->count && m->size_bytes <= limits->value.size_bytes &&
            hae_attribute_size(&attributes[i], limits->value, &size) == HAE_PUT_OK) {
            m->size_bytes += hae_field_size(size);
            m->kept_count++;
        } else {
            m->dropped_count++;
        }
    }
}

static size_t dropped_count_size(uint32_t count)
{
    return count != 0 ? 1 + hae_varint_size(count) : 0;
}

/* Writes the attributes that measure() kept, into the room that it found. */
static void put_attributes(struct hae_sink *sink, unsigned field,
                           const haetae_attribute *attributes, size_t count,
                           const struct hae_value_limits *limits, struct measured *left)
{
    if (!hae_attributes_valid(attributes, count)) {
        return;
    }
    for (size_t i = 0; i < count && left->kept_count != 0; i++) {
        if (!hae_attribute_is_duplicate(attributes, count, i) &&
            hae_put_attribute_within(sink, field, &attributes[i], *limits, &left->size_bytes)) {
            left->kept_count--;
        }
    }
}

/* Whether the attributes have a default's key as well. */
static bool is_overruled(const struct hae_event *event, size_t index)
{
    return hae_attributes_valid(event->attributes, event->attribute_count) &&
           hae_attributes_have(event->attributes, event->attribute_count,
                               event->defaults[index].key);
}

static struct measured measure_event(const struct hae_event *event, const struct hae_limits *limits)
{
    struct measured m = {0, 0, 0};

    for (size_t i = 0; i < event->default_count; i++) {
        if (!is_overruled(event, i)) {
            measure(&m, &event->defaults[i], 1, limits);
        }
    }
    measure(&m, event->attributes, event->attribute_count, limits);
    return m;
}

static void put_event_attributes(struct hae_sink *sink, const struct hae_event *event,
                                 const struct hae_limits *limits, struct measured left)
{
    for (size_t i = 0; i < event->default_count; i++) {
        if (!is_overruled(event, i)) {
            put_attributes(sink, HAE_OTLP_SPAN_EVENT_ATTRIBUTES, &event->defaults[i], 1,
                           &limits->value, &left);
        }
    }
    put_attributes(sink, HAE_OTLP_SPAN_EVENT_ATTRIBUTES, event->attributes, event->attribute_count,
                   &limits->value, &left);
    hae_put_filler(sink, left.size_bytes);
}

static void put_dropped_count(struct hae_sink *sink, unsigned field, uint32_t count)
{
    if (count != 0) {
        hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_VARINT));
        hae_sink_put_varint(sink, count);
    }
}

void hae_fields_event(struct hae_fields *fields, const struct hae_event *event)
{
    const struct hae_limits *limits = &fields->limits->event_attributes;
    struct hae_sink *sink = &fields->chain.sink;
    struct measured kept;
    struct hae_text text;
    uint8_t time[8];

    if (fields->head->event_count >= fields->limits->event_count ||
        !hae_string_valid(event->name)) {
        fields->head->dropped_event_count++;
        return;
    }
    kept = measure_event(event, limits);
    text = hae_text_of(event->name, HAE_NO_LIMIT);
    if (!hae_put_message_head(sink, HAE_OTLP_SPAN_EVENTS,
                              9 + hae_text_field_size(text) + kept.size_bytes +
                                  dropped_count_size(kept.dropped_count))) {
        fields->head->dropped_event_count++;
        return;
    }
    hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_SPAN_EVENT_TIME_UNIX_NANO, HAE_WIRE_FIXED64));
    hae_put_fixed64(time, event->time_unix_ns);
    hae_sink_put(sink, time, sizeof time);
    hae_sink_put_text_field(sink, HAE_OTLP_SPAN_EVENT_NAME, text);
    put_event_attributes(sink, event, limits, kept);
    put_dropped_count(sink, HAE_OTLP_SPAN_EVENT_DROPPED_ATTRIBUTES_COUNT, kept.dropped_count);
    fields->head->event_count++;
}

/* Without a span, attributes and tracestate it is of no use to anybody. */
static bool says_nothing(const haetae_link *link)
{
    return !haetae_span_context_is_valid(&link->context) && link->attribute_count == 0 &&
           hae_string_length(link->trace_state) == 0;
}

void hae_fields_link(struct hae_fields *fields, const haetae_link *link)
{
    const struct hae_limits *limits = &fields->limits->link_attributes;
    struct hae_sink *sink = &fields->chain.sink;
    struct measured kept = {0, 0, 0};
    struct hae_text state;
    uint8_t flags[6] = {HAE_TAG(HAE_OTLP_SPAN_LINK_FLAGS, HAE_WIRE_FIXED32)};

    if (fields->head->link_count >= fields->limits->link_count ||
        !hae_string_valid(link->trace_state) || says_nothing(link)) {
        fields->head->dropped_link_count++;
        return;
    }
    measure(&kept, link->attributes, link->attribute_count, limits);
    state = hae_text_of(link->trace_state, HAE_NO_LIMIT);
    if (!hae_put_message_head(sink, HAE_OTLP_SPAN_LINKS,
                              18 + 10 + hae_text_field_size(state) + kept.size_bytes +
                                  dropped_count_size(kept.dropped_count) + 5)) {
        fields->head->dropped_link_count++;
        return;
    }
    hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_SPAN_LINK_TRACE_ID, HAE_WIRE_LENGTH));
    hae_sink_put_byte(sink, sizeof link->context.trace_id);
    hae_sink_put(sink, link->context.trace_id, sizeof link->context.trace_id);
    hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_SPAN_LINK_SPAN_ID, HAE_WIRE_LENGTH));
    hae_sink_put_byte(sink, sizeof link->context.span_id);
    hae_sink_put(sink, link->context.span_id, sizeof link->context.span_id);
    hae_sink_put_text_field(sink, HAE_OTLP_SPAN_LINK_TRACE_STATE, state);
    put_attributes(sink, HAE_OTLP_SPAN_LINK_ATTRIBUTES, link->attributes, link->attribute_count,
                   &limits->value, &kept);
    hae_put_filler(sink, kept.size_bytes);
    put_dropped_count(sink, HAE_OTLP_SPAN_LINK_DROPPED_ATTRIBUTES_COUNT, kept.dropped_count);
    hae_put_fixed32(
        flags + 1,
        link->context.trace_flags | (uint32_t)HAE_OTLP_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
            (link->context.is_remote ? (uint32_t)HAE_OTLP_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK : 0));
    hae_sink_put(sink, flags, 5);
    fields->head->link_count++;
}
