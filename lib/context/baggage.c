/* SPDX-License-Identifier: Apache-2.0 */
#include "context/baggage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "context/baggage_header.h"
#include "context/context.h"

haetae_context_key hae_baggage_key = HAE_CONTEXT_KEY("baggage");

/* ---- Making and freeing ----------------------------------------------------------------- */

haetae_baggage *haetae_baggage_ref(const haetae_baggage *baggage)
{
    haetae_baggage *same = (haetae_baggage *)(uintptr_t)baggage; /* only the count changes */

    if (same != NULL) {
        hae_reference_take(&same->references);
    }
    return same;
}

void haetae_baggage_unref(haetae_baggage *baggage)
{
    if (baggage != NULL && hae_reference_drop(&baggage->references)) {
        hae_free(baggage);
    }
}

static haetae_string keep(char **at, haetae_string text)
{
    haetae_string kept = {*at, text.length};

    memcpy(*at, text.data, text.length);
    (*at)[text.length] = '\0';
    *at += text.length + 1;
    return kept;
}

/* The bytes of all texts, without NULs. */
static size_t text_bytes(const struct hae_baggage_entry *entries, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        bytes += entries[i].name.length + entries[i].value.length + entries[i].metadata.length;
    }
    return bytes;
}

haetae_status hae_baggage_of(const struct hae_baggage_entry *entries, size_t count,
                             haetae_baggage **ret_baggage)
{
    size_t bytes = text_bytes(entries, count);
    haetae_baggage *baggage;
    char *at;

    if (count > HAETAE_BAGGAGE_ENTRIES_MAX || bytes > HAETAE_BAGGAGE_BYTES_MAX) {
        return HAETAE_ELIMIT;
    }
    if (count == 0) {
        *ret_baggage = NULL;
        return HAETAE_OK;
    }
    baggage = hae_malloc(sizeof *baggage + count * sizeof baggage->entries[0] + bytes + 3 * count +
                         hae_baggage_header_room(entries, count));
    if (baggage == NULL) {
        return HAETAE_ENOMEM;
    }
    atomic_init(&baggage->references, 1);
    baggage->count = count;
    at = (char *)&baggage->entries[count];
    for (size_t i = 0; i < count; i++) {
        baggage->entries[i].name = keep(&at, entries[i].name);
        baggage->entries[i].value = keep(&at, entries[i].value);
        baggage->entries[i].metadata = keep(&at, entries[i].metadata);
    }
    baggage->header.data = at;
    baggage->header.length = hae_baggage_header_write(baggage->entries, count, at);
    *ret_baggage = baggage;
    return HAETAE_OK;
}

/* ---- Reading ---------------------------------------------------------------------------- */

size_t haetae_baggage_count(const haetae_baggage *baggage)
{
    return baggage != NULL ? baggage->count : 0;
}

static void give(haetae_string *ret_text, haetae_string text)
{
    if (ret_text != NULL) {
        *ret_text = text;
    }
}

bool haetae_baggage_at(const haetae_baggage *baggage, size_t index, haetae_string *ret_name,
                       haetae_string *ret_value, haetae_string *ret_metadata)
{
    struct hae_baggage_entry entry = {{"", 0}, {"", 0}, {"", 0}};
    bool found = index < haetae_baggage_count(baggage);

    if (found) {
        entry = baggage->entries[index];
    }
    give(ret_name, entry.name);
    give(ret_value, entry.value);
    give(ret_metadata, entry.metadata);
    return found;
}

/* A caller's text, with a pointer that can be read. */
static haetae_string text_of(const char *text, size_t length)
{
    return text != NULL ? (haetae_string){text, length} : (haetae_string){"", 0};
}

bool haetae_baggage_get(const haetae_baggage *baggage, const char *name, size_t name_length,
                        haetae_string *ret_value, haetae_string *ret_metadata)
{
    size_t at = haetae_baggage_count(baggage);

    if (baggage != NULL) {
        at = hae_baggage_find(baggage->entries, baggage->count, text_of(name, name_length));
    }
    return haetae_baggage_at(baggage, at, NULL, ret_value, ret_metadata);
}

haetae_string haetae_baggage_header(const haetae_baggage *baggage)
{
    return baggage != NULL ? baggage->header : (haetae_string){"", 0};
}

/* ---- Changing --------------------------------------------------------------------------- */

/* A copy of the list of entries, with room for one more. */
static struct hae_baggage_entry *copy_entries(const haetae_baggage *baggage)
{
    size_t count = haetae_baggage_count(baggage);
    struct hae_baggage_entry *entries = hae_calloc(count + 1, sizeof *entries);

    if (entries != NULL && count != 0) {
        memcpy(entries, baggage->entries, count * sizeof *entries);
    }
    return entries;
}

static bool is_text(haetae_string text)
{
    return text.length <= HAETAE_BAGGAGE_BYTES_MAX &&
           hae_utf8_valid((const uint8_t *)text.data, text.length);
}

/* Three texts with lengths, as all calls of the API have them.
 * NOLINTNEXTLINE(readability-function-size) */
haetae_status haetae_baggage_set(const haetae_baggage *baggage, const char *name,
                                 size_t name_length, const char *value, size_t value_length,
                                 const char *metadata, size_t metadata_length,
                                 haetae_baggage **ret_baggage)
{
    struct hae_baggage_entry entry = {text_of(name, name_length), text_of(value, value_length),
                                      text_of(metadata, metadata_length)};
    size_t count = haetae_baggage_count(baggage);
    struct hae_baggage_entry *entries;
    haetae_status status;

    if (ret_baggage == NULL || entry.name.length == 0) {
        return HAETAE_EINVAL;
    }
    if (text_bytes(&entry, 1) > HAETAE_BAGGAGE_BYTES_MAX ||
        entry.name.length > HAETAE_BAGGAGE_BYTES_MAX ||
        entry.value.length > HAETAE_BAGGAGE_BYTES_MAX ||
        entry.metadata.length > HAETAE_BAGGAGE_BYTES_MAX) {
        return HAETAE_ELIMIT;
    }
    if (!is_text(entry.name) || !is_text(entry.value) || !is_text(entry.metadata)) {
        return HAETAE_EINVAL;
    }
    entries = copy_entries(baggage);
    if (entries == NULL) {
        return HAETAE_ENOMEM;
    }
    hae_baggage_put(entries, &count, &entry);
    status = hae_baggage_of(entries, count, ret_baggage);
    hae_free(entries);
    return status;
}

haetae_status haetae_baggage_remove(const haetae_baggage *baggage, const char *name,
                                    size_t name_length, haetae_baggage **ret_baggage)
{
    size_t count = haetae_baggage_count(baggage);
    struct hae_baggage_entry *entries;
    haetae_status status;
    size_t at;

    if (ret_baggage == NULL) {
        return HAETAE_EINVAL;
    }
    at = baggage != NULL ? hae_baggage_find(baggage->entries, count, text_of(name, name_length))
                         : count;
    if (at == count) {
        *ret_baggage = haetae_baggage_ref(baggage);
        return HAETAE_OK;
    }
    entries = copy_entries(baggage);
    if (entries == NULL) {
        return HAETAE_ENOMEM;
    }
    memmove(&entries[at], &entries[at + 1], (count - at - 1) * sizeof *entries);
    status = hae_baggage_of(entries, count - 1, ret_baggage);
    hae_free(entries);
    return status;
}

haetae_status haetae_baggage_parse(const char *text, size_t length, haetae_baggage **ret_baggage)
{
    struct hae_baggage_reader *reader;
    haetae_status status = HAETAE_EFORMAT;

    if (ret_baggage == NULL) {
        return HAETAE_EINVAL;
    }
    reader = hae_calloc(1, sizeof *reader);
    if (reader == NULL) {
        return HAETAE_ENOMEM;
    }
    hae_baggage_read(reader, text_of(text, length));
    if (reader->count != 0 || reader->refused_count == 0) {
        status = hae_baggage_of(reader->entries, reader->count, ret_baggage);
    }
    hae_free(reader);
    return status;
}

/* ---- In a context ----------------------------------------------------------------------- */

const haetae_baggage *haetae_context_baggage(const haetae_context *context)
{
    return haetae_context_value(context, &hae_baggage_key);
}

static void free_baggage(void *baggage)
{
    haetae_baggage_unref(baggage);
}

haetae_status haetae_context_with_baggage(const haetae_context *context,
                                          const haetae_baggage *baggage,
                                          haetae_context **ret_context)
{
    haetae_baggage *shared = haetae_baggage_ref(baggage);
    haetae_status status =
        haetae_context_with_value(context, &hae_baggage_key, shared, free_baggage, ret_context);

    if (status != HAETAE_OK) {
        haetae_baggage_unref(shared);
    }
    return status;
}
