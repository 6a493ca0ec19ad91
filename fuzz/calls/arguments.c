/* SPDX-License-Identifier: Apache-2.0 */
#include "calls/calls.h"

#include <string.h>

static void *block(struct calls *calls, size_t size)
{
    void *memory = calls->block_count < CALLS_BLOCKS ? malloc(size != 0 ? size : 1) : NULL;

    if (memory != NULL) {
        calls->blocks[calls->block_count++] = memory;
    }
    return memory;
}

void calls_free_arguments(struct calls *calls)
{
    while (calls->block_count > 0) {
        free(calls->blocks[--calls->block_count]);
    }
}

/* Bytes without NUL: the note of a text would be the same, but logs show their number by it. */
haetae_string calls_text(struct calls *calls)
{
    struct fuzz_input *input = &calls->input;
    unsigned kind = fuzz_byte(input);
    size_t length = kind % 32;
    char *text;

    if (kind == 255) {
        return (haetae_string){NULL, 5};
    }
    if (kind >= 224) {
        length = (size_t)(kind - 223) * 61; /* long text of one letter */
    }
    text = block(calls, length);
    if (text == NULL) {
        return (haetae_string){NULL, 0};
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = kind >= 224 ? 'x' : (char)(fuzz_byte(input) | (kind >= 128 ? 0 : 0x40));
        text[i] = kind < 128 ? (char)(text[i] & 0x7F) : text[i];
    }
    return (haetae_string){text, length};
}

haetae_string calls_odd_text(struct calls *calls)
{
    haetae_string text = calls_text(calls);

    if (fuzz_below(&calls->input, 32) == 31) {
        text.length = SIZE_MAX - fuzz_byte(&calls->input);
    }
    return text;
}

static haetae_value nested(struct calls *calls, int depth, bool map)
{
    size_t count = fuzz_below(&calls->input, 4);
    haetae_attribute *pairs = block(calls, count * sizeof *pairs);
    haetae_value *items = block(calls, count * sizeof *items);

    if (pairs == NULL || items == NULL) {
        return haetae_value_empty();
    }
    for (size_t i = 0; i < count; i++) {
        static const char *const keys[] = {"inner", "other", "inner", "third"};

        items[i] = calls_value(calls, depth + 1);
        pairs[i] = haetae_attribute_of(keys[i], items[i]);
    }
    return map ? haetae_value_map(pairs, count) : haetae_value_array(items, count);
}

haetae_value calls_value(struct calls *calls, int depth)
{
    struct fuzz_input *input = &calls->input;
    haetae_string text;
    double real;
    uint64_t bits;

    switch (fuzz_below(input, 12)) {
    case 0:
        return haetae_value_empty();
    case 1:
        return haetae_value_bool(fuzz_byte(input) & 1);
    case 2:
        bits = fuzz_number(input);
        memcpy(&real, &bits, sizeof real);
        return haetae_value_double(real);
    case 3:
        text = calls_odd_text(calls);
        return haetae_value_bytes(text.data, text.length);
    case 4:
    case 5:
        if (depth < 4) {
            return nested(calls, depth, fuzz_byte(input) & 1);
        }
        return haetae_value_int64(0);
    case 6:
    case 7:
    case 8:
        return haetae_value_of(calls_odd_text(calls));
    default:
        return haetae_value_int64((int64_t)fuzz_number(input));
    }
}

static haetae_string key(struct calls *calls, bool odd)
{
    static const char *const keys[CALLS_KEYS] = {
        "a",        "b",    "key.one",  "key.two",  "http.request.method",
        "k\xFF",    "k2",   "\xC3\xA9", "server.x", "a.key.that.is.longer.than.a.slot.may.like",
        "\xF0\x9F", "other"};
    unsigned number = fuzz_byte(&calls->input);
    haetae_string text = haetae_string_of(keys[number % CALLS_KEYS]);

    if (odd && number >= 250) {
        text.length = number & 1 ? SIZE_MAX : 0;
    }
    return text;
}

const haetae_attribute *calls_attributes(struct calls *calls, bool odd, size_t *ret_count)
{
    size_t count = fuzz_below(&calls->input, CALLS_ATTRIBUTES + 1);
    haetae_attribute *list = block(calls, count * sizeof *list);

    *ret_count = list != NULL ? count : 0;
    for (size_t i = 0; i < *ret_count; i++) {
        list[i].key = key(calls, odd);
        list[i].value =
            odd ? calls_value(calls, 0) : haetae_value_int64(fuzz_below(&calls->input, 3));
    }
    return list;
}

haetae_span_context calls_span_context(struct calls *calls)
{
    haetae_span_context context = {.is_remote = 1};
    uint8_t number = fuzz_byte(&calls->input);

    /* Now and then an id is all zero. */
    memset(context.trace_id, number & 0x3F, sizeof context.trace_id);
    memset(context.span_id, number & 0x1F, sizeof context.span_id);
    context.trace_flags = number >> 7;
    return context;
}
