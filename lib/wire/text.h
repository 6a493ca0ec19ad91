/* SPDX-License-Identifier: Apache-2.0 */
/* Text on its way to the wire: measured first, so that lengths can be written
 * before it, repaired and cut while it is copied. */
#ifndef HAE_WIRE_TEXT_H
#define HAE_WIRE_TEXT_H

#include "base/utf8.h"
#include "haetae/types.h"
#include "wire/sink.h"

#define HAE_NO_LIMIT SIZE_MAX

struct hae_text {
    const uint8_t *data;
    size_t consumed; /* bytes of the input that are used */
    size_t size;     /* bytes on the wire                */
    bool valid;      /* can be copied as it is           */
};

/* Whether a caller's pointer and length can be meant. */
static inline bool hae_string_valid(haetae_string text)
{
    return text.data == NULL || text.length <= (size_t)PTRDIFF_MAX;
}

static inline size_t hae_string_length(haetae_string text)
{
    return text.data != NULL ? text.length : 0;
}

/* False for texts that are not sane: nobody reads them. */
static inline bool hae_string_same(haetae_string a, haetae_string b)
{
    size_t length = hae_string_length(a);

    return length == hae_string_length(b) && length <= (size_t)PTRDIFF_MAX &&
           (length == 0 || (a.data[0] == b.data[0] && memcmp(a.data, b.data, length) == 0));
}

/* Measures a sane text, cut after `limit` code points. */
struct hae_text hae_text_of(haetae_string text, size_t limit);

/* Writes exactly text.size bytes, which are reserved. */
void hae_sink_put_text(struct hae_sink *sink, struct hae_text text);

/* Copies text to where there is room; false when it has to be repaired. Mostly one look at
 * the top bits of all its bytes is enough. */
static HAE_ALWAYS_INLINE bool hae_copy_text(uint8_t *to, const char *text, size_t length)
{
    uint64_t seen = hae_copy_or(to, (const uint8_t *)text, length);

    return HAE_LIKELY((seen & HAE_HIGH_BITS) == 0) || hae_utf8_valid((const uint8_t *)text, length);
}

/* The longest text that hae_put_short_text() writes. */
enum { HAE_SHORT_TEXT_MAX = 0x7F };

/* A whole length-delimited field below 16 of short, valid text; returns its size. 0: the
 * text is empty or of another kind; what was written does no harm. There is room for
 * HAE_SHORT_TEXT_MAX + 2 bytes. */
static inline uint32_t hae_put_short_text(uint8_t *at, unsigned field, const char *text,
                                          size_t length)
{
    if (HAE_UNLIKELY(length - 1 >= HAE_SHORT_TEXT_MAX || text == NULL)) {
        return 0;
    }
    hae_store16(at, hae_le16((uint16_t)(HAE_TAG(field, HAE_WIRE_LENGTH) | length << 8)));
    return HAE_LIKELY(hae_copy_text(at + 2, text, length)) ? (uint32_t)length + 2 : 0;
}

/* A field of measured text, for which there is room; empty text is left out. */
static inline size_t hae_text_field_size(struct hae_text text)
{
    return text.size != 0 ? hae_field_size(text.size) : 0;
}
void hae_sink_put_text_field(struct hae_sink *sink, unsigned field, struct hae_text text);

/* A whole length-delimited field below 16; false when there is no room or the
 * text is not sane. Empty text is left out, as proto3 does. */
bool hae_put_text_field(struct hae_sink *sink, unsigned field, haetae_string text);

#endif
