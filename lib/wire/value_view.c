/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/value_view.h"

#include "base/alloc.h"
#include "wire/otlp.h"
#include "wire/reader.h"

struct hae_value_block {
    struct hae_value_block *next;
    max_align_t items[];
};

static void *take_items(struct hae_value_view *view, size_t count, size_t size_bytes)
{
    struct hae_value_block *block = hae_calloc(1, sizeof *block + count * size_bytes);

    if (block == NULL) {
        return NULL;
    }
    block->next = view->blocks;
    view->blocks = block;
    return block->items;
}

static size_t count_fields(struct hae_reader reader)
{
    struct hae_field field;
    size_t count = 0;

    while (hae_read_field(&reader, &field)) {
        count++;
    }
    return count;
}

static haetae_status read_value(struct hae_value_view *view, struct hae_reader reader,
                                haetae_value *ret_value);

/* A KeyValue. */
static haetae_status read_attribute(struct hae_value_view *view, struct hae_reader reader,
                                    haetae_attribute *ret_attribute)
{
    haetae_status status = HAETAE_OK;
    struct hae_field field;

    *ret_attribute = (haetae_attribute){{"", 0}, haetae_value_empty()};
    while (status == HAETAE_OK && hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_KEY_VALUE_KEY) {
            ret_attribute->key = (haetae_string){(const char *)field.data, field.size_bytes};
        } else if (field.number == HAE_OTLP_KEY_VALUE_VALUE) {
            status = read_value(view, hae_reader_over(field.data, field.size_bytes),
                                &ret_attribute->value);
        }
    }
    return status;
}

/* An ArrayValue or a KeyValueList: both are fields of one kind. */
static haetae_status read_items(struct hae_value_view *view, struct hae_reader reader, bool is_map,
                                haetae_value *ret_value)
{
    size_t count = count_fields(reader);
    void *items = take_items(view, count, is_map ? sizeof(haetae_attribute) : sizeof(haetae_value));
    haetae_status status = items != NULL ? HAETAE_OK : HAETAE_ENOMEM;
    struct hae_field field;

    view->depth++;
    for (size_t i = 0; status == HAETAE_OK && hae_read_field(&reader, &field); i++) {
        struct hae_reader item = hae_reader_over(field.data, field.size_bytes);

        status = is_map ? read_attribute(view, item, (haetae_attribute *)items + i)
                        : read_value(view, item, (haetae_value *)items + i);
    }
    view->depth--;
    *ret_value = is_map ? haetae_value_map(items, count) : haetae_value_array(items, count);
    return status;
}

/* An AnyValue. What goes deeper than can have been written is empty. */
static haetae_status read_value(struct hae_value_view *view, struct hae_reader reader,
                                haetae_value *ret_value)
{
    struct hae_field field;
    double real;

    *ret_value = haetae_value_empty();
    if (!hae_read_field(&reader, &field)) {
        return HAETAE_OK;
    }
    switch (field.number) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE:
        *ret_value = haetae_value_text((const char *)field.data, field.size_bytes);
        break;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE:
        *ret_value = haetae_value_bool(field.value != 0);
        break;
    case HAE_OTLP_ANY_VALUE_INT_VALUE:
        *ret_value = haetae_value_int64((int64_t)field.value);
        break;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE:
        memcpy(&real, &field.value, sizeof real);
        *ret_value = haetae_value_double(real);
        break;
    case HAE_OTLP_ANY_VALUE_ARRAY_VALUE:
    case HAE_OTLP_ANY_VALUE_KVLIST_VALUE:
        if (view->depth == HAETAE_VALUE_DEPTH_MAX) {
            break;
        }
        return read_items(view, hae_reader_over(field.data, field.size_bytes),
                          field.number == HAE_OTLP_ANY_VALUE_KVLIST_VALUE, ret_value);
    case HAE_OTLP_ANY_VALUE_BYTES_VALUE:
        *ret_value = haetae_value_bytes(field.data, field.size_bytes);
        break;
    default:
        break;
    }
    return HAETAE_OK;
}

haetae_status hae_value_view_init(struct hae_value_view *view, const uint8_t *field,
                                  size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(field, size_bytes);
    struct hae_field attribute = {0};

    view->blocks = NULL;
    view->depth = 0;
    (void)hae_read_field(&reader, &attribute);
    return read_attribute(view, hae_reader_over(attribute.data, attribute.size_bytes),
                          &view->attribute);
}

void hae_value_view_done(struct hae_value_view *view)
{
    while (view->blocks != NULL) {
        struct hae_value_block *next = view->blocks->next;

        hae_free(view->blocks);
        view->blocks = next;
    }
}
