/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_pairs.h"

#include "base/percent.h"
#include "base/trim.h"
#include "base/utf8.h"

static haetae_string trimmed(const char *from, const char *to)
{
    return hae_trimmed((haetae_string){from, (size_t)(to - from)});
}

/* Decodes into `out`, which has room for text.length bytes. */
static enum hae_pair_step decode(haetae_string text, char *out, haetae_string *ret_decoded)
{
    size_t length = 0;

    for (size_t at = 0; at < text.length; at++) {
        int byte;

        if (text.data[at] != '%') {
            out[length++] = text.data[at];
            continue;
        }
        byte = hae_percent_byte(text.data + at, text.length - at);
        if (byte < 0) {
            return HAE_PAIR_BAD_ESCAPE;
        }
        out[length++] = (char)byte;
        at += 2;
    }
    if (!hae_utf8_valid((const uint8_t *)out, length)) {
        return HAE_PAIR_NOT_UTF8;
    }
    ret_decoded->data = out;
    ret_decoded->length = length;
    return HAE_PAIR_FOUND;
}

static enum hae_pair_step read_member(haetae_string member, char *buffer, haetae_string *ret_key,
                                      haetae_string *ret_value)
{
    const char *equals = memchr(member.data, '=', member.length);
    const char *end = member.data + member.length;
    enum hae_pair_step step;

    if (equals == NULL) {
        return HAE_PAIR_NO_EQUALS;
    }
    step = decode(trimmed(member.data, equals), buffer, ret_key);
    if (step != HAE_PAIR_FOUND) {
        return step;
    }
    if (ret_key->length == 0) {
        return HAE_PAIR_NO_KEY;
    }
    return decode(trimmed(equals + 1, end), buffer + ret_key->length, ret_value);
}

enum hae_pair_step hae_pair_next(struct hae_pair_reader *reader, char *buffer,
                                 haetae_string *ret_key, haetae_string *ret_value)
{
    while (*reader->rest != '\0') {
        const char *end = reader->rest + strcspn(reader->rest, ",");
        haetae_string member = trimmed(reader->rest, end);

        reader->rest = *end == ',' ? end + 1 : end;
        reader->number++;
        if (member.length != 0) {
            return read_member(member, buffer, ret_key, ret_value);
        }
    }
    return HAE_PAIR_END;
}

const char *hae_pair_fault(enum hae_pair_step step)
{
    switch (step) {
    case HAE_PAIR_NO_EQUALS:
        return "has no \"=\"";
    case HAE_PAIR_NO_KEY:
        return "has no key";
    case HAE_PAIR_BAD_ESCAPE:
        return "has a \"%\" without two hexadecimal digits";
    case HAE_PAIR_NOT_UTF8:
        return "is not UTF-8";
    default:
        return "is fine";
    }
}
