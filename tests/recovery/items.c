/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/reader.h"

size_t item_text(unsigned thread, unsigned number, char text[TEXT_MAX])
{
    uint32_t state = thread * 7919U + number + 1;
    /* Most are short, some go on in further slots. */
    size_t length = number % 16 == 0 ? 300 + number % 100 : 5 + number % 40;

    for (size_t i = 0; i < length; i++) {
        state = state * 1664525U + 1013904223U;
        text[i] = (char)('a' + (state >> 24) % 26);
    }
    return length;
}

/* ---- Recording ----------------------------------------------------------------------------- */

void record_log(const struct recording *recording, unsigned thread, unsigned number)
{
    char text[TEXT_MAX];
    size_t length = item_text(thread, number, text);
    haetae_attribute attributes[] = {
        haetae_attribute_of("thread", haetae_value_int64(thread)),
        haetae_attribute_of("number", haetae_value_int64(number)),
        haetae_attribute_of("text", haetae_value_text(text, length)),
    };

    haetae_log(recording->logger, HAETAE_SEVERITY_INFO, "numbered", 8, attributes, 3);
}

haetae_span record_start(const struct recording *recording, unsigned thread, unsigned number)
{
    haetae_attribute attributes[] = {
        haetae_attribute_of("thread", haetae_value_int64(thread)),
        haetae_attribute_of("number", haetae_value_int64(number)),
    };
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

    options.attributes = attributes;
    options.attribute_count = 2;
    return haetae_span_start_with(recording->tracer, "numbered", 8, &options);
}

void record_fields(haetae_span span, unsigned thread, unsigned number)
{
    char text[TEXT_MAX];
    size_t length = item_text(thread, number, text);

    haetae_span_set_string(span, "text", 4, text, length);
}

void record_count(const struct recording *recording, unsigned thread)
{
    haetae_attribute attribute = haetae_attribute_of("thread", haetae_value_int64(thread));

    haetae_counter_add(recording->counter, 1, &attribute, 1);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static void require(bool right, const char *what)
{
    if (!right) {
        fprintf(stderr, "a request is not as it should be: %s\n", what);
        abort();
    }
}

struct visiting {
    struct item item;
    void (*visit)(void *user, const struct item *item);
    void *user;
};

static void each(const uint8_t *data, size_t size,
                 void (*take)(struct visiting *visiting, const struct hae_field *field),
                 struct visiting *visiting)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        take(visiting, &field);
    }
    require(reader.at == reader.end, "it ends in no field");
}

static bool is(const struct hae_field *field, const char *text)
{
    return field->size_bytes == strlen(text) && memcmp(field->data, text, field->size_bytes) == 0;
}

static void take_text(struct visiting *visiting, const struct hae_field *value)
{
    char text[TEXT_MAX];
    size_t length = item_text(visiting->item.thread, visiting->item.number, text);

    visiting->item.has_text = true;
    visiting->item.is_torn |= value->size_bytes != length || memcmp(value->data, text, length) != 0;
}

/* KeyValue: key is field 1, value 2, of which text is field 1, bool 2, an integer 3. */
static void take_attribute(struct visiting *visiting, const struct hae_field *attribute)
{
    struct hae_reader reader = hae_reader_over(attribute->data, attribute->size_bytes);
    struct hae_field key, any, value;

    require(hae_read_field(&reader, &key) && hae_read_field(&reader, &any), "an attribute");
    reader = hae_reader_over(any.data, any.size_bytes);
    require(hae_read_field(&reader, &value), "a value");
    if (is(&key, "thread")) {
        visiting->item.thread = (unsigned)value.value;
    } else if (is(&key, "number")) {
        visiting->item.number = (unsigned)value.value;
    } else if (is(&key, "text")) {
        take_text(visiting, &value);
    } else if (is(&key, "haetae.recovered.open")) {
        visiting->item.is_open = value.number == 2 && value.value == 1;
    } else if (is(&key, "service.name")) {
        visiting->item.of_victim = is(&value, "victim");
    } else if (is(&key, "process.pid")) {
        visiting->item.pid = (int64_t)value.value;
    }
}

static void take_resource_field(struct visiting *visiting, const struct hae_field *field)
{
    if (field->number == 1) {
        take_attribute(visiting, field);
    }
}

static void take_item_field(struct visiting *visiting, const struct hae_field *field)
{
    haetae_signal signal = visiting->item.signal;
    unsigned attributes = signal == HAETAE_SIGNAL_TRACES ? 9 : signal == HAETAE_SIGNAL_LOGS ? 6 : 7;

    if (signal != HAETAE_SIGNAL_METRICS && field->number == attributes + 1) {
        visiting->item.has_text |= field->value != 0; /* dropped_attributes_count */
    }
    if (field->number == attributes && field->type == HAE_WIRE_LENGTH) {
        take_attribute(visiting, field);
    } else if (signal == HAETAE_SIGNAL_METRICS && field->number == 6) {
        visiting->item.value = (int64_t)field->value; /* as_int */
    }
}

static void take_item(struct visiting *visiting, const struct hae_field *field)
{
    const struct item of_resource = visiting->item;

    visiting->item = (struct item){
        .signal = of_resource.signal, .of_victim = of_resource.of_victim, .pid = of_resource.pid};
    each(field->data, field->size_bytes, take_item_field, visiting);
    visiting->visit(visiting->user, &visiting->item);
}

/* NumberDataPoints are field 1 of a Sum, which is field 7 of a Metric. */
static void take_sum_field(struct visiting *visiting, const struct hae_field *field)
{
    if (field->number == 1) {
        take_item(visiting, field);
    }
}

static void take_metric_field(struct visiting *visiting, const struct hae_field *field)
{
    if (field->number == 7) {
        each(field->data, field->size_bytes, take_sum_field, visiting);
    }
}

static void take_scope_field(struct visiting *visiting, const struct hae_field *field)
{
    if (field->number == 2 && visiting->item.signal == HAETAE_SIGNAL_METRICS) {
        each(field->data, field->size_bytes, take_metric_field, visiting);
    } else if (field->number == 2) {
        take_item(visiting, field);
    }
}

static void take_resources_field(struct visiting *visiting, const struct hae_field *field)
{
    if (field->number == 1) {
        visiting->item.of_victim = false;
        each(field->data, field->size_bytes, take_resource_field, visiting);
    } else if (field->number == 2) {
        each(field->data, field->size_bytes, take_scope_field, visiting);
    }
}

static void take_request_field(struct visiting *visiting, const struct hae_field *field)
{
    require(field->number == 1, "more than resources");
    each(field->data, field->size_bytes, take_resources_field, visiting);
}

void items_visit(haetae_signal signal, const uint8_t *data, size_t size_bytes,
                 void (*visit)(void *user, const struct item *item), void *user)
{
    struct visiting visiting = {{.signal = signal}, visit, user};

    each(data, size_bytes, take_request_field, &visiting);
}
