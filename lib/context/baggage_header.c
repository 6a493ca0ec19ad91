/* SPDX-License-Identifier: Apache-2.0 */
#include "context/baggage_header.h"

#include <string.h>

#include "base/minmax.h"
#include "base/percent.h"
#include "base/token.h"
#include "base/trim.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_value(haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (!hae_is_baggage_octet(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* Whether a header can hold a metadata as it is: properties with semicolons between them. */
static bool is_metadata(haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (!hae_is_baggage_octet(text.data[i]) && text.data[i] != ';' && !is_blank(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* ---- Writing ---------------------------------------------------------------------------- */

size_t hae_baggage_header_room(const struct hae_baggage_entry *entries, size_t count)
{
    size_t room = 1;

    for (size_t i = 0; i < count; i++) {
        room += entries[i].name.length + 3 * entries[i].value.length + entries[i].metadata.length +
                sizeof ",=;" - 1;
    }
    return hae_min(room, HAETAE_BAGGAGE_HEADER_BYTES_MAX + 1);
}

static size_t encoded_length(haetae_string text)
{
    size_t length = 0;

    for (size_t i = 0; i < text.length; i++) {
        length += hae_is_baggage_octet(text.data[i]) && text.data[i] != '%' ? 1 : 3;
    }
    return length;
}

static char *put(char *at, haetae_string text)
{
    memcpy(at, text.data, text.length);
    return at + text.length;
}

size_t hae_baggage_header_write(const struct hae_baggage_entry *entries, size_t count, char *buffer)
{
    char *at = buffer;
    size_t written = 0;

    for (size_t i = 0; i < count && written < HAETAE_BAGGAGE_HEADER_MEMBERS_MAX; i++) {
        const struct hae_baggage_entry *entry = &entries[i];
        bool adds = entry->metadata.length != 0 && is_metadata(entry->metadata);
        size_t size = (written != 0) + entry->name.length + 1 + encoded_length(entry->value) +
                      (adds ? 1 + entry->metadata.length : 0);

        if (!hae_is_token(entry->name) ||
            size > HAETAE_BAGGAGE_HEADER_BYTES_MAX - (size_t)(at - buffer)) {
            continue;
        }
        if (written++ != 0) {
            *at++ = ',';
        }
        at = put(at, entry->name);
        *at++ = '=';
        at = hae_percent_encode(at, entry->value);
        if (adds) {
            *at++ = ';';
            at = put(at, entry->metadata);
        }
    }
    *at = '\0';
    return (size_t)(at - buffer);
}

/* ---- Reading ---------------------------------------------------------------------------- */

static haetae_string keep(struct hae_baggage_reader *reader, haetae_string text)
{
    haetae_string kept = {reader->texts + reader->text_length, text.length};

    reader->text_length = (size_t)(put(reader->texts + reader->text_length, text) - reader->texts);
    return kept;
}

void hae_baggage_read_entry(struct hae_baggage_reader *reader, haetae_string name,
                            haetae_string value, bool is_encoded, haetae_string metadata)
{
    size_t room = sizeof reader->texts - reader->text_length;
    struct hae_baggage_entry entry;

    if (name.length > room || value.length > room - name.length ||
        metadata.length > room - name.length - value.length) {
        return;
    }
    entry.name = keep(reader, name);
    entry.metadata = keep(reader, metadata);
    entry.value = keep(reader, value);
    if (is_encoded) {
        char *decoded = reader->texts + reader->text_length - value.length;

        entry.value.length = hae_percent_decode(value, decoded);
        reader->text_length -= value.length - entry.value.length;
    }
    hae_baggage_put(reader->entries, &reader->count, &entry);
    reader->count = hae_min(reader->count, HAETAE_BAGGAGE_HEADER_MEMBERS_MAX);
}

static void read_member(struct hae_baggage_reader *reader, haetae_string member)
{
    haetae_string rest = member;
    haetae_string value = hae_take_until(&rest, ';');
    bool has_value = value.length != 0 && memchr(value.data, '=', value.length) != NULL;
    haetae_string name = hae_trimmed_header(hae_take_until(&value, '='));
    haetae_string metadata = hae_trimmed_header(rest);

    value = hae_trimmed_header(value);
    if (!has_value || !hae_is_token(name) || !is_value(value) || !is_metadata(metadata)) {
        reader->refused_count++;
        return;
    }
    hae_baggage_read_entry(reader, name, value, true, metadata);
}

void hae_baggage_read(struct hae_baggage_reader *reader, haetae_string value)
{
    size_t left = HAETAE_BAGGAGE_HEADER_BYTES_MAX - reader->bytes_read;

    while (value.length != 0) {
        haetae_string member = hae_take_until(&value, ',');
        size_t size = member.length + (value.length != 0);

        if (member.length > left) {
            reader->bytes_read = HAETAE_BAGGAGE_HEADER_BYTES_MAX;
            return;
        }
        left -= hae_min(size, left);
        member = hae_trimmed_header(member);
        if (member.length != 0) {
            read_member(reader, member);
        }
    }
    reader->bytes_read = HAETAE_BAGGAGE_HEADER_BYTES_MAX - left;
}
