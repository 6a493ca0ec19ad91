/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/text.h"

struct hae_text hae_text_of(haetae_string text, size_t limit)
{
    struct hae_text t = {(const uint8_t *)text.data, hae_string_length(text), 0, true};

    t.size = t.consumed;
    if (t.consumed > limit) {
        t.size = hae_utf8_repaired_size(t.data, t.consumed, limit, &t.consumed);
        t.valid = t.size == t.consumed && hae_utf8_valid(t.data, t.consumed);
    } else if (!hae_utf8_valid(t.data, t.consumed)) {
        t.size = hae_utf8_repaired_size(t.data, t.consumed, limit, &t.consumed);
        t.valid = false;
    }
    return t;
}

static const uint8_t replacement[] = {0xEF, 0xBF, 0xBD};

size_t hae_text_next(haetae_string *text, const uint8_t **ret_bytes)
{
    const uint8_t *data = (const uint8_t *)text->data;
    int step = text->length != 0 ? hae_utf8_step(data, text->length) : 0;
    size_t used = (size_t)(step > 0 ? step : -step);

    *ret_bytes = step > 0 ? data : replacement;
    text->data += used;
    text->length -= used;
    return step >= 0 ? used : sizeof replacement;
}

static bool same_once_repaired(haetae_string a, haetae_string b)
{
    size_t length;

    do {
        const uint8_t *from_a;
        const uint8_t *from_b;

        length = hae_text_next(&a, &from_a);
        if (length != hae_text_next(&b, &from_b) || memcmp(from_a, from_b, length) != 0) {
            return false;
        }
    } while (length != 0);
    return true;
}

/* Whether two bytes stay what they are, and differ. */
static bool differ(char a, char b)
{
    return a != b && ((a | b) & 0x80) == 0;
}

bool hae_text_same(haetae_string a, haetae_string b)
{
    if (hae_string_same(a, b)) {
        return true;
    }
    if (hae_string_length(a) == 0 || hae_string_length(b) == 0 || !hae_string_valid(a) ||
        !hae_string_valid(b) || differ(a.data[0], b.data[0]) ||
        differ(a.data[a.length - 1], b.data[b.length - 1])) {
        return false;
    }
    return !(hae_utf8_valid((const uint8_t *)a.data, a.length) &&
             hae_utf8_valid((const uint8_t *)b.data, b.length)) &&
           same_once_repaired(a, b);
}

void hae_sink_put_text(struct hae_sink *sink, struct hae_text text)
{
    haetae_string rest = {(const char *)text.data, text.consumed};
    size_t room = text.size;

    if (text.valid) {
        hae_sink_put(sink, text.data, text.consumed);
        return;
    }
    while (room > 0) {
        const uint8_t *bytes;
        size_t length = hae_text_next(&rest, &bytes);

        if (length == 0 || length > room) {
            hae_sink_put_byte(sink, '?'); /* the text is another by now */
            room--;
        } else {
            hae_sink_put(sink, bytes, length);
            room -= length;
        }
    }
}

void hae_sink_put_text_field(struct hae_sink *sink, unsigned field, struct hae_text text)
{
    if (text.size != 0) {
        hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_LENGTH));
        hae_sink_put_varint(sink, text.size);
        hae_sink_put_text(sink, text);
    }
}

bool hae_put_text_field(struct hae_sink *sink, unsigned field, haetae_string text)
{
    size_t length = hae_string_length(text);

    if (length == 0) {
        return true;
    }
    if (!hae_string_valid(text)) {
        return false;
    }
    if (hae_sink_room(sink) >= HAE_SHORT_TEXT_MAX + 2) {
        uint32_t size = hae_put_short_text(sink->at, field, text.data, length);

        sink->at += size;
        if (HAE_LIKELY(size != 0)) {
            return true;
        }
    }
    struct hae_text measured = hae_text_of(text, HAE_NO_LIMIT);
    if (!hae_sink_reserve(sink, hae_field_size(measured.size))) {
        return false;
    }
    hae_sink_put_text_field(sink, field, measured);
    return true;
}

haetae_string hae_keep_text(haetae_string text, char **at)
{
    haetae_string kept = {text.data != NULL ? *at : NULL, hae_string_length(text)};

    if (kept.length != 0) {
        memcpy(*at, text.data, kept.length);
        *at += kept.length;
    }
    return kept;
}

size_t hae_texts_size(const haetae_string *texts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size += hae_string_length(texts[i]);
    }
    return size;
}

void hae_keep_texts(haetae_string *to, const haetae_string *texts, size_t count, char **at)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = hae_keep_text(texts[i], at);
    }
}
