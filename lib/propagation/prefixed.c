/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/prefixed.h"

#include <string.h>

#include "base/minmax.h"
#include "base/percent.h"
#include "base/token.h"

/* The longest value, and the most headers that are looked at. */
enum { VALUE_MAX = 1024, KEYS_MAX = 4096 };

/* Printable ASCII without spaces at its ends. */
static bool is_plain(haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return text.length != 0 && text.data[0] != ' ' && text.data[text.length - 1] != ' ';
}

/* What a value takes in the header. */
static size_t size_of(haetae_string value, bool encoded)
{
    size_t size = value.length;

    for (size_t i = 0; encoded && i < value.length; i++) {
        size += hae_is_baggage_octet(value.data[i]) && value.data[i] != '%' ? 0 : 2;
    }
    return size;
}

void hae_prefixed_inject(const struct hae_injection *injection, const char *prefix, bool encoded)
{
    size_t count =
        hae_min(haetae_baggage_count(injection->baggage), HAETAE_BAGGAGE_HEADER_MEMBERS_MAX);
    char text[VALUE_MAX + 1];
    haetae_string name, value;

    for (size_t i = 0; i < count; i++) {
        (void)haetae_baggage_at(injection->baggage, i, &name, &value, NULL);
        if (!hae_is_token(name) || size_of(value, encoded) > VALUE_MAX ||
            (!encoded && !is_plain(value))) {
            continue;
        }
        if (encoded) {
            value.length = (size_t)(hae_percent_encode(text, value) - text);
            text[value.length] = '\0';
            value.data = text;
        }
        hae_set_header_named(&injection->setter, prefix, name, value);
    }
}

bool hae_prefixed_extract(struct hae_extraction *extraction, const char *prefix, bool encoded)
{
    struct hae_baggage_reader *reader;
    size_t index = 0;
    haetae_string rest, value;
    bool found = false;

    while (extraction->wants_baggage && index < KEYS_MAX &&
           hae_header_with_prefix(&extraction->getter, prefix, &index, &rest)) {
        char name[HAE_HEADER_NAME_MAX];

        /* The carrier's text ends with the next call. */
        if (rest.length > sizeof name || !hae_is_token(rest)) {
            continue;
        }
        rest.data = memcpy(name, rest.data, rest.length);
        if (!hae_header_named(&extraction->getter, prefix, rest, &value) || !is_plain(value)) {
            continue;
        }
        reader = hae_extraction_baggage(extraction);
        if (reader == NULL) {
            return false;
        }
        hae_baggage_read_entry(reader, rest, value, encoded, (haetae_string){"", 0});
        found = true;
    }
    return found;
}
