/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode_items.h"
#include "decode/decode_json.h"
#include "decode/decode_metrics.h"
#include "decode/decode_values.h"
#include "decode/json_wire.h"
#include "otlp_requests.h"
#include "otlp_unpack/nul_mark.h"
#include "util/arena.h"
#include "wire/envelope.h"
#include "wire/reader.h"

/* Memory for one resource, scope, span, log record or metric, unpacked. */
#define PART_LIMIT ((size_t)64 * 1024 * 1024)
/* A body of 64 MiB with spans of usual size has fewer. */
#define MESSAGES_MAX ((size_t)4 * 1024 * 1024)
/* The check overestimates. A copy for marks needs its size once more, and blocks leave gaps. */
#define ARENA_LIMIT (4 * PART_LIMIT)

/* Of one text that is made of an item: escapes make JSON longer than what came. */
#define TEXT_LIMIT ((size_t)256 * 1024 * 1024)
/* Larger buffers for texts are freed after a request. */
#define TEXT_KEPT_BYTES ((size_t)1024 * 1024)
/* Of a request that came in JSON, in protobuf: "0," becomes eight bytes, "{}," seven. */
#define WIRE_LIMIT ((size_t)256 * 1024 * 1024)
/* A larger buffer for it is freed after the request. */
#define WIRE_KEPT_BYTES ((size_t)4 * 1024 * 1024)

struct hae_view_decoder {
    struct hae_view_intake intake;
    struct hae_view_arena arena;
    struct hae_view_check check;
    struct hae_buffer wire; /* of a request that came in JSON */
};

struct hae_view_decoder *hae_view_decoder_new(struct hae_view_store *store)
{
    struct hae_view_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder != NULL) {
        decoder->intake.store = store;
        for (size_t i = 0; i < HAE_VIEW_TEXTS; i++) {
            decoder->intake.texts[i].limit = TEXT_LIMIT;
        }
        hae_view_arena_init(&decoder->arena, ARENA_LIMIT);
        decoder->check.part_limit = PART_LIMIT;
        decoder->check.message_limit = MESSAGES_MAX;
    }
    return decoder;
}

void hae_view_decoder_free(struct hae_view_decoder *decoder)
{
    if (decoder != NULL) {
        for (size_t i = 0; i < HAE_VIEW_TEXTS; i++) {
            hae_buffer_done(&decoder->intake.texts[i]);
        }
        hae_buffer_done(&decoder->wire);
        hae_view_arena_done(&decoder->arena);
        free(decoder);
    }
}

const char *hae_view_decode_problem(const struct hae_view_decoder *decoder)
{
    return decoder->check.problem;
}

static struct hae_reader reader_in(const struct hae_field *field)
{
    return hae_reader_over(field->data, field->size_bytes);
}

/* Reads on up to the next field with a number. */
static bool next_field(struct hae_reader *reader, uint32_t number, struct hae_field *ret_field)
{
    while (hae_read_field(reader, ret_field)) {
        if (ret_field->number == number) {
            return true;
        }
    }
    return false;
}

/* The last field with a number, which is the one that counts in protobuf; empty when there
 * is none. */
static struct hae_field last_field(struct hae_reader reader, uint32_t number)
{
    struct hae_field found = {0};
    struct hae_field field;
    while (next_field(&reader, number, &field)) {
        found = field;
    }
    return found;
}

/* Writes service.name, after service.namespace when there is one. */
static void service_name(const HaeOtlp__Resource *resource, char out[2 * HAE_VIEW_NAME_SIZE])
{
    char namespace[HAE_VIEW_NAME_SIZE];
    char name[HAE_VIEW_NAME_SIZE];
    hae_view_value_text(
        hae_view_attribute(resource->attributes, resource->n_attributes, "service.namespace"),
        namespace, sizeof namespace);
    hae_view_value_text(
        hae_view_attribute(resource->attributes, resource->n_attributes, "service.name"), name,
        sizeof name);
    snprintf(out, 2 * HAE_VIEW_NAME_SIZE, "%s%s%s", namespace, namespace[0] != '\0' ? "/" : "",
             name[0] != '\0' ? name : "unknown_service");
}

/* Unpacks a part, with marks in its strings (otlp_unpack/nul_mark.h). NULL: out of memory, for the
 * part was checked. */
static void *unpack_part(struct hae_view_decoder *decoder, const ProtobufCMessageDescriptor *type,
                         struct hae_field field)
{
    const uint8_t *data = field.data;
    hae_view_arena_reset(&decoder->arena);
    if (decoder->check.has_nul && field.size_bytes != 0 &&
        hae_mark_nuls(type, data, field.size_bytes, NULL)) {
        uint8_t *copy = hae_view_arena_take(&decoder->arena, field.size_bytes);
        if (copy == NULL) {
            return NULL;
        }
        memcpy(copy, data, field.size_bytes);
        (void)hae_mark_nuls(type, data, field.size_bytes, copy);
        data = copy;
    }
    return protobuf_c_message_unpack(type, &decoder->arena.allocator, field.size_bytes, data);
}

/* The text of an attribute that is a text; none otherwise. */
static struct hae_view_text attribute_text(struct hae_buffer *out,
                                           const HaeOtlp__Resource *resource, const char *key)
{
    const HaeOtlp__AnyValue *value =
        hae_view_attribute(resource->attributes, resource->n_attributes, key);
    return value != NULL && value->value_case == HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE
               ? hae_view_plain_text(out, value->string_value, true)
               : (struct hae_view_text){NULL, 0};
}

/* `service` stays for as long as the origin is used. */
static bool read_resource(struct hae_view_decoder *decoder, struct hae_field field,
                          char service[2 * HAE_VIEW_NAME_SIZE])
{
    struct hae_view_intake *intake = &decoder->intake;
    HaeOtlp__Resource *resource = unpack_part(decoder, &hae_otlp__resource__descriptor, field);
    if (resource == NULL) {
        return false;
    }
    service_name(resource, service);
    hae_view_sort_attributes(resource->attributes, resource->n_attributes);
    struct hae_view_resource_row row = {
        .service = {service, strlen(service)},
        .instance = attribute_text(&intake->texts[0], resource, "service.instance.id"),
        .version = attribute_text(&intake->texts[1], resource, "service.version"),
        .attributes = hae_view_attributes_json(&intake->texts[2], resource->attributes,
                                               resource->n_attributes),
    };
    if (row.attributes.data == NULL) {
        row.attributes = (struct hae_view_text){"{}", 2};
    }
    return hae_view_texts_are_whole(intake) &&
           hae_view_store_resource(intake->store, &row, &intake->origin);
}

static bool read_scope(struct hae_view_decoder *decoder, struct hae_field field)
{
    struct hae_view_intake *intake = &decoder->intake;
    HaeOtlp__InstrumentationScope *scope =
        unpack_part(decoder, &hae_otlp__instrumentation_scope__descriptor, field);
    if (scope == NULL) {
        return false;
    }
    struct hae_view_scope_row row = {
        .name = hae_view_plain_text(&intake->texts[0], scope->name, false),
        .version = hae_view_plain_text(&intake->texts[1], scope->version, true),
        .attributes =
            hae_view_attributes_json(&intake->texts[2], scope->attributes, scope->n_attributes),
    };
    return hae_view_texts_are_whole(intake) &&
           hae_view_store_scope(intake->store, &row, &intake->origin);
}

static bool take_item(struct hae_view_decoder *decoder, enum hae_view_signal signal,
                      struct hae_field field)
{
    struct hae_view_intake *intake = &decoder->intake;
    if (signal == HAE_VIEW_TRACES) {
        HaeOtlp__Span *span = unpack_part(decoder, &hae_otlp__span__descriptor, field);
        if (span == NULL) {
            return false;
        }
        hae_view_take_span(intake, span);
    } else if (signal == HAE_VIEW_LOGS) {
        HaeOtlp__LogRecord *log = unpack_part(decoder, &hae_otlp__log_record__descriptor, field);
        if (log == NULL) {
            return false;
        }
        hae_view_take_log(intake, log);
    } else {
        HaeOtlp__Metric *metric = unpack_part(decoder, &hae_otlp__metric__descriptor, field);
        if (metric == NULL) {
            return false;
        }
        hae_view_take_metric(intake, metric);
    }
    return hae_view_texts_are_whole(intake);
}

static bool take_resource_block(struct hae_view_decoder *decoder, enum hae_view_signal signal,
                                struct hae_reader block)
{
    char service[2 * HAE_VIEW_NAME_SIZE];
    if (!read_resource(decoder, last_field(block, HAE_ENVELOPE_RESOURCE), service)) {
        return false;
    }
    struct hae_field scopes;
    while (next_field(&block, HAE_ENVELOPE_SCOPES, &scopes)) {
        struct hae_reader scope_block = reader_in(&scopes);
        if (!read_scope(decoder, last_field(scope_block, HAE_ENVELOPE_SCOPE))) {
            return false;
        }
        struct hae_field item;
        while (next_field(&scope_block, HAE_ENVELOPE_ITEMS, &item)) {
            if (!take_item(decoder, signal, item)) {
                return false;
            }
        }
    }
    return true;
}

static bool take_blocks(struct hae_view_decoder *decoder, enum hae_view_signal signal,
                        struct hae_view_bytes body)
{
    struct hae_reader reader = hae_reader_over(body.data, body.length);
    struct hae_field block;
    while (next_field(&reader, HAE_ENVELOPE_RESOURCES, &block)) {
        if (!take_resource_block(decoder, signal, reader_in(&block))) {
            return false;
        }
    }
    return true;
}

/* Frees what a large request has left. True: a text had become too large. */
static bool clear_texts(struct hae_view_intake *intake)
{
    bool over_limit = false;
    for (size_t i = 0; i < HAE_VIEW_TEXTS; i++) {
        struct hae_buffer *text = &intake->texts[i];
        over_limit = over_limit || text->over_limit;
        if (text->failed || text->capacity > TEXT_KEPT_BYTES) {
            hae_buffer_done(text);
            text->limit = TEXT_LIMIT;
        }
    }
    return over_limit;
}

static enum hae_view_decode_result complain(struct hae_view_decoder *decoder,
                                            enum hae_view_decode_result result, const char *problem)
{
    snprintf(decoder->check.problem, sizeof decoder->check.problem, "%s", problem);
    return result;
}

enum hae_view_decode_result hae_view_decode(struct hae_view_decoder *decoder,
                                            enum hae_view_signal signal, struct hae_view_bytes body,
                                            struct hae_view_arrival arrival)
{
    switch (hae_view_check(&decoder->check, hae_otlp_requests[signal], body)) {
    case HAE_VIEW_CHECK_GOOD:
        break;
    case HAE_VIEW_CHECK_MALFORMED:
        return HAE_VIEW_DECODE_MALFORMED;
    case HAE_VIEW_CHECK_TOO_LARGE:
        return HAE_VIEW_DECODE_TOO_LARGE;
    }
    struct hae_view_store *store = decoder->intake.store;
    decoder->intake.arrival = arrival;
    hae_view_store_begin(store, arrival);
    bool taken = take_blocks(decoder, signal, body);
    enum hae_view_database_result kept = hae_view_store_end(store, taken);
    if (clear_texts(&decoder->intake)) {
        return complain(decoder, HAE_VIEW_DECODE_TOO_LARGE, "an item takes too much memory");
    }
    switch (kept) {
    case HAE_VIEW_DATABASE_KEPT:
        return taken ? HAE_VIEW_DECODED
                     : complain(decoder, HAE_VIEW_DECODE_NO_MEMORY, "out of memory");
    case HAE_VIEW_DATABASE_FULL:
        return complain(decoder, HAE_VIEW_DECODE_NO_ROOM, "no room for this now (--db-size)");
    case HAE_VIEW_DATABASE_NO_MEMORY:
        return complain(decoder, HAE_VIEW_DECODE_NO_MEMORY, "out of memory");
    default:
        return complain(decoder, HAE_VIEW_DECODE_NO_ROOM,
                        hae_view_database_problem(hae_view_store_database(store)));
    }
}

static enum hae_view_decode_result
translate(struct hae_view_decoder *decoder, enum hae_view_signal signal, struct hae_view_bytes body)
{
    char problem[HAE_VIEW_JSON_PROBLEM];
    decoder->wire.limit = WIRE_LIMIT;
    switch (hae_view_json_wire(hae_otlp_requests[signal], body, &decoder->wire, problem)) {
    case HAE_VIEW_JSON_DONE:
        return HAE_VIEW_DECODED;
    case HAE_VIEW_JSON_MALFORMED:
        return complain(decoder, HAE_VIEW_DECODE_MALFORMED, problem);
    case HAE_VIEW_JSON_TOO_LARGE:
        return complain(decoder, HAE_VIEW_DECODE_TOO_LARGE, "the body takes too much memory");
    default:
        return complain(decoder, HAE_VIEW_DECODE_NO_MEMORY, "out of memory");
    }
}

enum hae_view_decode_result hae_view_decode_json(struct hae_view_decoder *decoder,
                                                 enum hae_view_signal signal,
                                                 struct hae_view_bytes body,
                                                 struct hae_view_arrival arrival)
{
    enum hae_view_decode_result result = translate(decoder, signal, body);
    if (result == HAE_VIEW_DECODED) {
        struct hae_view_bytes wire = {(const uint8_t *)decoder->wire.data, decoder->wire.length};
        result = hae_view_decode(decoder, signal, wire, arrival);
    }
    if (decoder->wire.failed || decoder->wire.capacity > WIRE_KEPT_BYTES) {
        hae_buffer_done(&decoder->wire);
    }
    return result;
}
