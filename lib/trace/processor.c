/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/processor.h"

#include "context/context.h"
#include "trace/span_event.h"
#include "trace/span_scan.h"
#include "wire/otlp.h"
#include "wire/reader.h"

haetae_status hae_processors_add(struct hae_span_processors *processors,
                                 const haetae_span_processor *processor)
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
        if (processors->items[i].free != NULL) {
            processors->items[i].free(processors->items[i].self);
        }
    }
    processors->count = 0;
}

/* ---- What they see ------------------------------------------------------------------------ */

/* Takes over what a callback has changed. */
static void refresh(struct hae_shown_span *shown)
{
    const struct hae_span_head *head = hae_span_head(hae_slot_at(shown->recorder, shown->index));

    shown->view.status = head->status_code;
    shown->view.size_max_bytes = head->size_bytes + HAE_SPAN_FIXED_MAX;
}

/* The span of a view, with all that the callback has written by now. */
static const struct hae_shown_span *settled(const haetae_span_view *view)
{
    struct hae_shown_span *shown;

    if (view == NULL) {
        return NULL;
    }
    shown = view->internal;
    if (shown->fields != NULL) {
        hae_fields_end(shown->fields);
        hae_fields_begin(shown->fields, shown->recorder, shown->index);
        refresh(shown);
    }
    return shown;
}

size_t haetae_span_view_encode(const haetae_span_view *view, void *buffer, size_t capacity)
{
    const struct hae_shown_span *shown = settled(view);

    if (shown == NULL || buffer == NULL || capacity < shown->view.size_max_bytes) {
        return 0;
    }
    return hae_span_encode_at(shown->recorder, shown->index, view->end_time_unix_ns, buffer);
}

/* Copies what of a field fits, and returns how much. */
static size_t copy_out(const struct hae_chain_cursor *content, size_t size, void *buffer,
                       size_t capacity)
{
    size_t length = size < capacity ? size : capacity;

    if (buffer == NULL) {
        return 0;
    }
    hae_chain_copy(*content, buffer, length);
    return length;
}

size_t haetae_span_view_name(const haetae_span_view *view, char *buffer, size_t capacity)
{
    const struct hae_shown_span *shown = settled(view);
    struct hae_span_field field;

    if (shown == NULL ||
        !hae_span_find_field(shown->recorder, shown->index,
                             HAE_TAG(HAE_OTLP_SPAN_NAME, HAE_WIRE_LENGTH), NULL, &field)) {
        return 0;
    }
    return copy_out(&field.content, field.content_size, buffer, capacity);
}

/* Reads the value of a KeyValue behind its key. */
static bool read_value(struct hae_chain_cursor cursor, void *buffer, size_t capacity,
                       haetae_value *ret_value)
{
    uint8_t bytes[8];
    uint64_t number;
    size_t length;
    double real;

    (void)hae_chain_byte(&cursor); /* the tag of the value, and its size */
    if (hae_chain_varint(&cursor) == 0) {
        return false;
    }
    switch (hae_chain_byte(&cursor)) {
    case HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH):
        length = (size_t)hae_chain_varint(&cursor);
        length = copy_out(&cursor, length, buffer, capacity);
        *ret_value = haetae_value_text(buffer, length);
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT):
        *ret_value = haetae_value_bool(hae_chain_varint(&cursor) != 0);
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT):
        *ret_value = haetae_value_int64((int64_t)hae_chain_varint(&cursor));
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64):
        hae_chain_copy(cursor, bytes, sizeof bytes);
        number = hae_le64(hae_load64(bytes));
        memcpy(&real, &number, sizeof real);
        *ret_value = haetae_value_double(real);
        return true;
    default:
        return false;
    }
}

bool haetae_span_view_attribute(const haetae_span_view *view, const char *key, size_t key_length,
                                char *buffer, size_t capacity, haetae_value *ret_value)
{
    const struct hae_shown_span *shown = settled(view);
    haetae_string string = {key, key_length};
    struct hae_span_field field;
    struct hae_text text;

    if (shown == NULL || ret_value == NULL || !hae_string_valid(string)) {
        return false;
    }
    text = hae_text_of(string, HAE_NO_LIMIT);
    if (!hae_span_find_field(shown->recorder, shown->index,
                             HAE_TAG(HAE_OTLP_SPAN_ATTRIBUTES, HAE_WIRE_LENGTH), &text, &field)) {
        return false;
    }
    (void)hae_chain_byte(&field.content);
    hae_chain_skip(&field.content, hae_chain_varint(&field.content));
    return read_value(field.content, buffer, capacity, ret_value);
}

/* ---- What they change ---------------------------------------------------------------------- */

static struct hae_fields *of(haetae_span_fields *fields)
{
    return (struct hae_fields *)(void *)fields;
}

void haetae_span_fields_set_attributes(haetae_span_fields *fields,
                                       const haetae_attribute *attributes, size_t count)
{
    if (fields != NULL) {
        hae_fields_attributes(of(fields), attributes, count);
    }
}

void haetae_span_fields_add_event(haetae_span_fields *fields, const char *name, size_t name_length,
                                  uint64_t time_unix_ns, const haetae_attribute *attributes,
                                  size_t attribute_count)
{
    struct hae_event event = {.name = {name, name_length},
                              .time_unix_ns = time_unix_ns,
                              .attributes = attributes,
                              .attribute_count = attribute_count};

    if (fields == NULL) {
        return;
    }
    if (time_unix_ns == 0) {
        event.time_unix_ns =
            hae_span_now_unix_ns(&of(fields)->chain.recorder->region->clock, of(fields)->head);
    }
    hae_fields_event(of(fields), &event);
}

void haetae_span_fields_add_link(haetae_span_fields *fields, const haetae_link *link)
{
    if (fields != NULL && link != NULL) {
        hae_fields_link(of(fields), link);
    }
}

void haetae_span_fields_set_status(haetae_span_fields *fields, haetae_span_status code,
                                   const char *description, size_t description_length)
{
    if (fields != NULL && (int)code >= HAETAE_SPAN_STATUS_UNSET &&
        (int)code <= HAETAE_SPAN_STATUS_ERROR) {
        hae_fields_status(of(fields), code, (haetae_string){description, description_length});
    }
}

void haetae_span_fields_update_name(haetae_span_fields *fields, const char *name,
                                    size_t name_length)
{
    if (fields != NULL) {
        (void)hae_fields_name(of(fields), (haetae_string){name, name_length});
    }
}

/* ---- When they are called ------------------------------------------------------------------ */

void hae_processors_start(const struct hae_span_processors *processors,
                          struct hae_shown_span *shown, const struct hae_current *parent)
{
    static const struct hae_current none;
    haetae_context context = hae_context_view(parent != NULL ? parent : &none);
    struct hae_fields fields;

    for (uint32_t i = 0; i < processors->count; i++) {
        const haetae_span_processor *processor = &processors->items[i];

        if (processor->on_start != NULL) {
            hae_fields_begin(&fields, shown->recorder, shown->index);
            shown->fields = &fields;
            refresh(shown);
            processor->on_start(processor->self, &shown->view,
                                (haetae_span_fields *)(void *)&fields, &context);
            hae_fields_end(&fields);
            shown->fields = NULL;
        }
    }
}

void hae_processors_end(const struct hae_span_processors *processors, struct hae_shown_span *shown)
{
    struct hae_fields fields;

    for (uint32_t i = 0; i < processors->count; i++) {
        const haetae_span_processor *processor = &processors->items[i];

        if (processor->on_ending != NULL) {
            hae_fields_begin(&fields, shown->recorder, shown->index);
            shown->fields = &fields;
            refresh(shown);
            processor->on_ending(processor->self, &shown->view,
                                 (haetae_span_fields *)(void *)&fields);
            hae_fields_end(&fields);
            shown->fields = NULL;
        }
    }
    refresh(shown);
    for (uint32_t i = 0; i < processors->count; i++) {
        if (processors->items[i].on_end != NULL) {
            processors->items[i].on_end(processors->items[i].self, &shown->view);
        }
    }
}
