/* SPDX-License-Identifier: Apache-2.0 */
/* Processors that copy entries of the baggage to spans and log records. */
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wildcard.h"
#include "haetae/baggage.h"
#include "haetae/processor.h"
#include "logs/processor.h"
#include "wire/text.h"

/* The longest name of an attribute: what is longer is left out. */
enum { NAME_MAX_BYTES = 255 };

struct baggage_attributes {
    size_t pattern_length;
    size_t prefix_length;
    char text[]; /* pattern, then prefix */
};

/* The next entry from *index on that is copied. False: there is none. */
static bool next(const struct baggage_attributes *self, const haetae_baggage *baggage,
                 size_t *index, haetae_attribute *ret_attribute)
{
    haetae_string name;
    haetae_string value;

    while (haetae_baggage_at(baggage, (*index)++, &name, &value, NULL)) {
        if (self->prefix_length + name.length <= NAME_MAX_BYTES &&
            hae_wildcard_match(self->text, self->pattern_length, name.data, name.length)) {
            *ret_attribute = (haetae_attribute){name, haetae_value_of(value)};
            return true;
        }
    }
    return false;
}

/* Puts the prefix before a name, in `room`. */
static void put_prefix(const struct baggage_attributes *self, haetae_string *name, char *room)
{
    if (self->prefix_length != 0) {
        memcpy(room, self->text + self->pattern_length, self->prefix_length);
        memcpy(room + self->prefix_length, name->data, name->length);
        *name = (haetae_string){room, self->prefix_length + name->length};
    }
}

static void on_start(void *user, const haetae_span_view *view, haetae_span_fields *fields,
                     const haetae_context *parent)
{
    const struct baggage_attributes *self = user;
    const haetae_baggage *baggage = haetae_context_baggage(parent);
    haetae_attribute attribute;
    size_t index = 0;

    (void)view;
    while (next(self, baggage, &index, &attribute)) {
        char room[NAME_MAX_BYTES];

        put_prefix(self, &attribute.key, room);
        haetae_span_fields_set_attributes(fields, &attribute, 1);
    }
}

/* Makes the scratch hold the attributes of a record, to add others. False: they are too many. */
static bool move_attributes(struct hae_log_scratch *scratch, haetae_log_record *record)
{
    if (record->attributes != scratch->attributes) {
        if (record->attribute_count > HAE_LOG_SCRATCH_ATTRIBUTES) {
            return false;
        }
        if (record->attribute_count != 0) {
            memcpy(scratch->attributes, record->attributes,
                   record->attribute_count * sizeof *record->attributes);
        }
        record->attributes = scratch->attributes;
    }
    return true;
}

/* Where the record has an attribute of this name, or the next free place. */
static size_t place_of(const haetae_log_record *record, haetae_string name)
{
    size_t i = 0;

    while (i < record->attribute_count && !hae_string_same(record->attributes[i].key, name)) {
        i++;
    }
    return i;
}

static void add(struct hae_log_scratch *scratch, haetae_log_record *record,
                const haetae_attribute *attribute)
{
    size_t at = place_of(record, attribute->key);

    if (at < HAE_LOG_SCRATCH_ATTRIBUTES) {
        scratch->attributes[at] = *attribute;
        record->attribute_count += at == record->attribute_count;
    }
}

static bool on_emit(void *user, haetae_log_record *record, const haetae_item_origin *origin,
                    const haetae_context *context)
{
    const struct baggage_attributes *self = user;
    const haetae_baggage *baggage = haetae_context_baggage(context);
    struct hae_log_scratch *scratch = hae_log_scratch();
    haetae_attribute attribute;
    size_t index = 0;

    (void)origin;
    while (next(self, baggage, &index, &attribute)) {
        size_t size = self->prefix_length != 0 ? self->prefix_length + attribute.key.length : 0;

        if (size > sizeof scratch->text - scratch->text_size || !move_attributes(scratch, record)) {
            continue;
        }
        put_prefix(self, &attribute.key, scratch->text + scratch->text_size);
        scratch->text_size += size;
        add(scratch, record, &attribute);
    }
    return true;
}

static void free_self(void *self)
{
    hae_free(self);
}

static struct baggage_attributes *make(haetae_string pattern, haetae_string prefix)
{
    struct baggage_attributes *made = hae_malloc(sizeof *made + pattern.length + prefix.length);

    if (made != NULL) {
        made->pattern_length = pattern.length;
        made->prefix_length = prefix.length;
        memcpy(made->text, pattern.data, pattern.length);
        memcpy(made->text + pattern.length, prefix.data, prefix.length);
    }
    return made;
}

static haetae_status add_to_spans(haetae_config *config, haetae_string pattern,
                                  haetae_string prefix)
{
    struct baggage_attributes *self = make(pattern, prefix);
    haetae_span_processor processor = HAETAE_OPTIONS(haetae_span_processor, .self = self,
                                                     .on_start = on_start, .free = free_self);
    haetae_status status =
        self != NULL ? haetae_config_add_span_processor(config, &processor) : HAETAE_ENOMEM;

    if (status != HAETAE_OK) {
        hae_free(self);
    }
    return status;
}

static haetae_status add_to_logs(haetae_config *config, haetae_string pattern, haetae_string prefix)
{
    struct baggage_attributes *self = make(pattern, prefix);
    haetae_log_processor processor =
        HAETAE_OPTIONS(haetae_log_processor, .self = self, .on_emit = on_emit, .free = free_self);
    haetae_status status =
        self != NULL ? haetae_config_add_log_processor(config, &processor) : HAETAE_ENOMEM;

    if (status != HAETAE_OK) {
        hae_free(self);
    }
    return status;
}

haetae_status haetae_config_add_baggage_attributes(haetae_config *config, const char *name_pattern,
                                                   const char *prefix, uint32_t signals)
{
    static const uint32_t known = 1U << HAETAE_SIGNAL_TRACES | 1U << HAETAE_SIGNAL_LOGS;
    haetae_string pattern = haetae_string_of(name_pattern);
    haetae_string before = haetae_string_of(prefix != NULL ? prefix : "");
    haetae_status status = HAETAE_OK;

    if (config == NULL || name_pattern == NULL || pattern.length > NAME_MAX_BYTES ||
        before.length > NAME_MAX_BYTES || (signals & ~known) != 0) {
        return HAETAE_EINVAL;
    }
    signals = signals != 0 ? signals : known;
    if ((signals >> HAETAE_SIGNAL_TRACES & 1) != 0) {
        status = add_to_spans(config, pattern, before);
    }
    if (status == HAETAE_OK && (signals >> HAETAE_SIGNAL_LOGS & 1) != 0) {
        status = add_to_logs(config, pattern, before);
    }
    return status;
}
