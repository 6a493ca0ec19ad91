/* SPDX-License-Identifier: Apache-2.0 */
#include "support/otlp_read.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "support/check.h"
#include "support/otlp_schema.h"
#include "wire/reader.h"

static void note_message(const struct otlp_schema *schema, const uint8_t *data, size_t size,
                         struct note *note);

static enum hae_wire_type wire_type(const struct otlp_field *field)
{
    switch (field->kind) {
    case OTLP_VARINT:
    case OTLP_INT:
        return HAE_WIRE_VARINT;
    case OTLP_FIXED64:
    case OTLP_SFIXED64:
    case OTLP_DOUBLE:
        return HAE_WIRE_FIXED64;
    case OTLP_FIXED32:
        return HAE_WIRE_FIXED32;
    default:
        return HAE_WIRE_LENGTH;
    }
}

static void check_length(const struct otlp_field *field, const struct hae_field *wire)
{
    size_t size = wire->size_bytes;

    if (field->kind == OTLP_TRACE_ID || field->kind == OTLP_SPAN_ID) {
        FUZZ_CHECK(size == 0 || size == (field->kind == OTLP_TRACE_ID ? 16 : 8), "%s has %zu bytes",
                   field->name, size);
    } else if (field->kind == OTLP_TEXT) {
        FUZZ_CHECK(hae_utf8_valid(wire->data, size), "%s is not UTF-8", field->name);
    } else if (field->kind == OTLP_PACKED) {
        FUZZ_CHECK(size % 8 == 0, "%s has %zu bytes", field->name, size);
    }
}

static void note_packed(const struct otlp_field *field, const struct hae_field *wire,
                        struct note *note)
{
    note_add(note, " %s=[", field->name);
    for (size_t i = 0; i < wire->size_bytes; i += 8) {
        note_add(note, "%s%" PRIx64, i != 0 ? "," : "", hae_load64(wire->data + i));
    }
    note_add(note, "]");
}

/* Finds the field of a number. */
static const struct otlp_field *find(const struct otlp_schema *schema, uint32_t number)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (schema->fields[i].number == number) {
            return &schema->fields[i];
        }
    }
    FUZZ_CHECK(false, "%s has no field %u", schema->name, number);
    return NULL;
}

/* Checks that all fields are known, of their wire type, and there as often as they may be. */
static void check_message(const struct otlp_schema *schema, const uint8_t *data, size_t size)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field wire;
    uint32_t seen = 0;
    unsigned in_oneof = 0;

    while (hae_read_field(&reader, &wire)) {
        const struct otlp_field *field = find(schema, wire.number);

        FUZZ_CHECK(wire.type == wire_type(field), "%s.%s: wire type %d", schema->name, field->name,
                   (int)wire.type);
        FUZZ_CHECK(field->repeated || (seen >> wire.number & 1) == 0, "%s.%s is there twice",
                   schema->name, field->name);
        seen |= UINT32_C(1) << wire.number;
        in_oneof += field->in_oneof;
    }
    FUZZ_CHECK(reader.at == reader.end, "%s is malformed", schema->name);
    FUZZ_CHECK(in_oneof <= 1, "%s has %u of its choices", schema->name, in_oneof);
    FUZZ_CHECK((schema->required & ~seen) == 0, "%s lacks a field", schema->name);
}

static void note_field(const struct otlp_field *field, const struct hae_field *wire,
                       struct note *note)
{
    bool shown = field->optional;

    check_length(field, wire);
    switch (field->kind) {
    case OTLP_VARINT:
    case OTLP_FIXED32:
    case OTLP_FIXED64:
        if (shown || wire->value != 0) {
            note_add(note, " %s=%" PRIu64, field->name, wire->value);
        }
        break;
    case OTLP_INT:
    case OTLP_SFIXED64:
        note_add(note, " %s=%" PRId64, field->name, (int64_t)wire->value);
        break;
    case OTLP_DOUBLE:
        note_add(note, " %s=%" PRIx64, field->name, wire->value);
        break;
    case OTLP_PACKED:
        note_packed(field, wire, note);
        break;
    case OTLP_MESSAGE:
        note_add(note, " %s={", field->name);
        note_message(field->message, wire->data, wire->size_bytes, note);
        note_add(note, "}");
        break;
    case OTLP_SKIPPED:
        if (field->message != NULL) {
            check_message(field->message, wire->data, wire->size_bytes);
        }
        break;
    default:
        if (shown || wire->size_bytes != 0) {
            note_add(note, " %s=", field->name);
            note_add_bytes(note, wire->data, wire->size_bytes);
        }
        break;
    }
}

/* The length of " key=…" in a note of an attribute. */
static size_t key_length(const char *note)
{
    const char *value = strstr(note, " value=");

    return value != NULL ? (size_t)(value - note) : strlen(note);
}

static void check_keys(const struct note_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = note_text(&list->notes[i]);

        FUZZ_CHECK(strstr(text, "{ key=") != NULL, "an attribute without a key: %s", text);
        for (size_t j = 0; j < i; j++) {
            const char *other = note_text(&list->notes[j]);

            FUZZ_CHECK(key_length(text) != key_length(other) ||
                           memcmp(text, other, key_length(text)) != 0,
                       "a key occurs twice: %s", text);
        }
    }
}

static void note_message(const struct otlp_schema *schema, const uint8_t *data, size_t size,
                         struct note *note)
{
    check_message(schema, data, size);
    for (size_t i = 0; i < schema->count; i++) {
        const struct otlp_field *field = &schema->fields[i];
        struct hae_reader reader = hae_reader_over(data, size);
        struct note_list list = {NULL, 0, 0};
        struct hae_field wire;

        while (hae_read_field(&reader, &wire)) {
            if (wire.number == field->number) {
                note_field(field, &wire, field->is_set ? note_list_add(&list) : note);
            }
        }
        if (field->is_set) {
            check_keys(&list);
            note_sorted(note, &list);
        }
        note_list_done(&list);
    }
}

/* ---- Requests ------------------------------------------------------------------------------ */

struct walk {
    void (*each)(void *user, const struct otlp_item *item);
    void *user;
    struct otlp_item item;
    uint64_t count;
};

static void give(struct walk *walk, const struct otlp_schema *schema, const struct hae_field *wire)
{
    struct note note = {NULL, 0, 0};

    note_message(schema, wire->data, wire->size_bytes, &note);
    walk->item.record = note_text(&note);
    walk->count++;
    walk->each(walk->user, &walk->item);
    note_done(&note);
}

/* Gives the data points of a gauge, sum or histogram. */
static void give_points(struct walk *walk, const struct otlp_data *kind,
                        const struct hae_field *data)
{
    struct hae_reader reader = hae_reader_over(data->data, data->size_bytes);
    struct hae_field wire;

    check_message(kind->schema, data->data, data->size_bytes);
    while (hae_read_field(&reader, &wire)) {
        if (wire.number == kind->points) {
            give(walk, kind->point, &wire);
        }
    }
}

/* Notes a metric but for its points, and gives these. */
static void give_metric(struct walk *walk, const struct hae_field *metric)
{
    struct note note = {NULL, 0, 0};

    note_message(&otlp_metric_head, metric->data, metric->size_bytes, &note);
    walk->item.metric = note_text(&note);
    for (size_t i = 0; i < OTLP_DATA_COUNT; i++) {
        struct hae_reader reader = hae_reader_over(metric->data, metric->size_bytes);
        struct hae_field wire;

        while (hae_read_field(&reader, &wire)) {
            if (wire.number == otlp_data[i].number) {
                give_points(walk, &otlp_data[i], &wire);
            }
        }
    }
    note_done(&note);
    walk->item.metric = NULL;
}

static void walk_scope(struct walk *walk, const struct otlp_signal *schema,
                       const struct hae_field *scope)
{
    struct hae_reader reader = hae_reader_over(scope->data, scope->size_bytes);
    struct note note = {NULL, 0, 0};
    struct hae_field wire;

    note_message(schema->scope, scope->data, scope->size_bytes, &note);
    walk->item.scope = note_text(&note);
    while (hae_read_field(&reader, &wire)) {
        if (wire.number == schema->record_number) {
            if (schema->record != NULL) {
                give(walk, schema->record, &wire);
            } else {
                give_metric(walk, &wire);
            }
        }
    }
    note_done(&note);
}

uint64_t otlp_read(haetae_signal signal, const uint8_t *data, size_t size,
                   void (*each)(void *user, const struct otlp_item *item), void *user)
{
    const struct otlp_signal *schema = &otlp_signals[signal];
    struct walk walk = {each, user, {.signal = signal}, 0};
    struct hae_reader requests = hae_reader_over(data, size);
    struct hae_field resource;

    check_message(schema->request, data, size);
    while (hae_read_field(&requests, &resource)) {
        struct hae_reader reader = hae_reader_over(resource.data, resource.size_bytes);
        struct note note = {NULL, 0, 0};
        struct hae_field wire;

        note_message(schema->resource, resource.data, resource.size_bytes, &note);
        while (hae_read_field(&reader, &wire)) {
            if (wire.number == schema->scope_number) {
                walk_scope(&walk, schema, &wire);
            }
        }
        note_done(&note);
    }
    return walk.count;
}

void otlp_field(const char *note, const char *name, char *ret_value, size_t size)
{
    size_t length = strlen(name);
    int depth = 0;

    ret_value[0] = '\0';
    for (const char *at = note; *at != '\0'; at++) {
        depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
        if (depth == 0 && *at == ' ' && strncmp(at + 1, name, length) == 0 &&
            at[1 + length] == '=') {
            const char *value = at + length + 2;

            snprintf(ret_value, size, "%.*s", (int)strcspn(value, " "), value);
            return;
        }
    }
}
