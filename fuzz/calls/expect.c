/* SPDX-License-Identifier: Apache-2.0 */
#include "calls/calls.h"

#include <inttypes.h>
#include <string.h>

bool expect_valid(haetae_string text)
{
    return text.data == NULL || text.length <= (size_t)PTRDIFF_MAX;
}

/* The length of the code point at `text`, or minus the length of the part of it that is there
 * (Unicode, table 3-7). */
static int code_point(const unsigned char *text, size_t length)
{
    unsigned char first = text[0];
    unsigned char low = 0x80, high = 0xBF;
    int size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (size == 0 || first > 0xF4) {
        return -1;
    }
    low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
    high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
    for (int i = 1; i < size; i++) {
        if ((size_t)i >= length || text[i] < low || text[i] > high) {
            return -i;
        }
        low = 0x80;
        high = 0xBF;
    }
    return size;
}

void expect_text(struct note *note, haetae_string text, size_t limit)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = at != NULL ? text.length : 0;

    for (size_t i = 0; left > 0 && i < limit; i++) {
        int size = code_point(at, left);
        size_t used = (size_t)(size > 0 ? size : -size);

        note_add_bytes(note, size > 0 ? at : (const unsigned char *)"\xEF\xBF\xBD",
                       size > 0 ? used : 3);
        at += used;
        left -= used;
    }
}

void expect_text_field(struct note *note, const char *name, haetae_string text)
{
    if (text.data != NULL && text.length != 0) {
        note_add(note, " %s=", name);
        expect_text(note, text, SIZE_MAX);
    }
}

/* Whether a later item of the list has the same key. */
static bool is_replaced(const haetae_attribute *list, size_t count, size_t index)
{
    /* A pair without a key is dropped for itself. */
    for (size_t i = index + 1; list[index].key.length != 0 && i < count; i++) {
        if (list[i].key.length == list[index].key.length && expect_valid(list[i].key) &&
            memcmp(list[i].key.data, list[index].key.data, list[i].key.length) == 0) {
            return true;
        }
    }
    return false;
}

static bool expect_pair(struct note *note, const char *name, const haetae_attribute *pair,
                        size_t limit)
{
    if (pair->key.length == 0 || !expect_valid(pair->key)) {
        return false;
    }
    note_add(note, " %s={ key=", name);
    expect_text(note, pair->key, SIZE_MAX);
    note_add(note, " value={");
    if (!expect_value(note, &pair->value, limit)) {
        return false;
    }
    note_add(note, "}}");
    return true;
}

/* A pair that cannot be recorded is left out of its map. */
static bool expect_map(struct note *note, const haetae_attribute *items, size_t count, size_t limit)
{
    struct note_list list = {NULL, 0, 0};

    for (size_t i = 0; i < count; i++) {
        struct note pair = {NULL, 0, 0};

        if (!is_replaced(items, count, i) && expect_pair(&pair, "values", &items[i], limit)) {
            note_add(note_list_add(&list), "%s", note_text(&pair));
        }
        note_done(&pair);
    }
    note_add(note, " map={");
    note_sorted(note, &list);
    note_add(note, "}");
    note_list_done(&list);
    return true;
}

/* An item that cannot be recorded is empty. */
static bool expect_array(struct note *note, const haetae_value *items, size_t count, size_t limit)
{
    note_add(note, " array={");
    for (size_t i = 0; i < count; i++) {
        struct note item = {NULL, 0, 0};
        bool valid = expect_value(&item, &items[i], limit);

        note_add(note, " values={%s}", valid ? note_text(&item) : "");
        note_done(&item);
    }
    note_add(note, "}");
    return true;
}

bool expect_value(struct note *note, const haetae_value *value, size_t limit)
{
    haetae_string bytes = {(const char *)value->as.bytes.data, value->as.bytes.length};
    uint64_t bits;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        note_add(note, " string=");
        if (expect_valid(value->as.string)) {
            expect_text(note, value->as.string, limit);
        }
        return expect_valid(value->as.string);
    case HAETAE_VALUE_BYTES:
        note_add(note, " bytes=");
        if (expect_valid(bytes) && bytes.data != NULL) {
            note_add_bytes(note, bytes.data, bytes.length < limit ? bytes.length : limit);
        }
        return expect_valid(bytes);
    case HAETAE_VALUE_BOOL:
        note_add(note, " bool=%d", value->as.boolean);
        break;
    case HAETAE_VALUE_INT64:
        note_add(note, " int=%" PRId64, value->as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        memcpy(&bits, &value->as.real, sizeof bits);
        note_add(note, " double=%" PRIx64, bits);
        break;
    case HAETAE_VALUE_ARRAY:
        return expect_array(note, value->as.array.items, value->as.array.count, limit);
    case HAETAE_VALUE_MAP:
        return expect_map(note, value->as.map.items, value->as.map.count, limit);
    default:
        break;
    }
    return true;
}

void expect_attributes(struct note *note, const haetae_attribute *attributes, size_t count,
                       struct calls_limits limits)
{
    struct note_list list = {NULL, 0, 0};
    uint64_t dropped = 0;

    for (size_t i = 0; i < count; i++) {
        struct note pair = {NULL, 0, 0};

        if (is_replaced(attributes, count, i)) {
            continue;
        }
        if (list.count < limits.count &&
            expect_pair(&pair, "attributes", &attributes[i], limits.length)) {
            *note_list_add(&list) = pair;
        } else {
            note_done(&pair);
            dropped++;
        }
    }
    note_sorted(note, &list);
    note_number(note, "dropped_attributes", dropped);
    note_list_done(&list);
}
