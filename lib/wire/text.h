/* SPDX-License-Identifier: Apache-2.0 */
/* Text for the wire. It is measured first, since its length is written before it, and is
 * repaired and cut while it is copied. */
#ifndef HAETAE_WIRE_TEXT_H
#define HAETAE_WIRE_TEXT_H

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

/* Whether a caller's pointer and length are valid. */
static inline bool hae_string_valid(haetae_string text)
{
    return text.data == NULL || text.length <= (size_t)PTRDIFF_MAX;
}

static inline size_t hae_string_length(haetae_string text)
{
    return text.data != NULL ? text.length : 0;
}

/* False for invalid texts, which are not read. */
static inline bool hae_string_same(haetae_string a, haetae_string b)
{
    size_t length = hae_string_length(a);

    return length == hae_string_length(b) && length <= (size_t)PTRDIFF_MAX &&
           (length == 0 || (a.data[0] == b.data[0] && memcmp(a.data, b.data, length) == 0));
}

/* The same for texts as they are recorded: ill-formed ones are compared once repaired. */
bool hae_text_same(haetae_string a, haetae_string b);

/* The next code point of a text once repaired, which is taken off its front; 0 bytes at its end. */
size_t hae_text_next(haetae_string *text, const uint8_t **ret_bytes);

/* Measures a valid text, cut after `limit` code points. */
struct hae_text hae_text_of(haetae_string text, size_t limit);

/* Writes exactly text.size bytes into reserved room, also when another thread has changed the text
 * since it was measured. */
void hae_sink_put_text(struct hae_sink *sink, struct hae_text text);

/* Copies text into room for it; false when it must be repaired. Mostly the text is ASCII,
 * and one test of the top bits of its bytes shows it. */
static HAE_ALWAYS_INLINE bool hae_copy_text(uint8_t *to, const char *text, size_t length)
{
    uint64_t seen = hae_copy_or(to, (const uint8_t *)text, length);

    return HAE_LIKELY((seen & HAE_HIGH_BITS) == 0) || hae_utf8_valid((const uint8_t *)text, length);
}

/* The longest text that hae_put_short_text() writes. */
enum { HAE_SHORT_TEXT_MAX = 0x7F };

/* Writes a whole length-delimited field (below 16) of short, valid text and returns its
 * size. 0: the text is empty, longer or must be repaired; the bytes written so far are then
 * meaningless. There is room for HAE_SHORT_TEXT_MAX + 2 bytes. */
static inline uint32_t hae_put_short_text(uint8_t *at, unsigned field, const char *text,
                                          size_t length)
{
    if (HAE_UNLIKELY(length - 1 >= HAE_SHORT_TEXT_MAX || text == NULL)) {
        return 0;
    }
    hae_store16(at, hae_le16((uint16_t)(HAE_TAG(field, HAE_WIRE_LENGTH) | length << 8)));
    return HAE_LIKELY(hae_copy_text(at + 2, text, length)) ? (uint32_t)length + 2 : 0;
}

/* These write a field of measured text into reserved room. Empty text is left out. */
static inline size_t hae_text_field_size(struct hae_text text)
{
    return text.size != 0 ? hae_field_size(text.size) : 0;
}
void hae_sink_put_text_field(struct hae_sink *sink, unsigned field, struct hae_text text);

/* Writes a whole length-delimited field (below 16). False when there is no room or the text
 * is invalid. Empty text is left out, as proto3 does. */
bool hae_put_text_field(struct hae_sink *sink, unsigned field, haetae_string text);

/* For objects that keep copies: how many bytes texts have together; and they copy a text, or
 * several, to *at, which moves behind them. */
size_t hae_texts_size(const haetae_string *texts, size_t count);
haetae_string hae_keep_text(haetae_string text, char **at);
void hae_keep_texts(haetae_string *to, const haetae_string *texts, size_t count, char **at);

#endif
