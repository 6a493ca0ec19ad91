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

void hae_sink_put_text(struct hae_sink *sink, struct hae_text text)
{
    static const uint8_t replacement[] = {0xEF, 0xBF, 0xBD};
    size_t at = 0;

    if (text.valid) {
        hae_sink_put(sink, text.data, text.consumed);
        return;
    }
    while (at < text.consumed) {
        int step = hae_utf8_step(text.data + at, text.consumed - at);

        if (step > 0) {
            hae_sink_put(sink, text.data + at, (size_t)step);
            at += (size_t)step;
        } else {
            hae_sink_put(sink, replacement, sizeof replacement);
            at += (size_t)-step;
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
