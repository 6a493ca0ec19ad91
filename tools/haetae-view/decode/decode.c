/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode_json.h"
#include "decode/decode_metrics.h"
#include "decode/decode_values.h"
#include "decode/json_wire.h"
#include "otlp_requests.h"
#include "wire/envelope.h"

/* Messages in one resource, scope, span, log record or metric. */
#define PART_MESSAGES_MAX ((size_t)512 * 1024)
/* What an item needs to be taken, apart from texts: numbers of a histogram, attributes that are
 * sorted. */
#define PART_LIMIT ((size_t)64 * 1024 * 1024)
/* A body of 64 MiB with spans of usual size has fewer. */
#define MESSAGES_MAX ((size_t)4 * 1024 * 1024)
/* A body of 64 MiB with spans of 128 bytes has as many. Each is kept within the request's
 * transaction, for which the others wait. */
#define ITEMS_MAX ((size_t)512 * 1024)
/* Of one text that is made of an item: escapes make JSON longer than what came. */
#define TEXT_LIMIT ((size_t)256 * 1024 * 1024)
/* Larger buffers are freed after a request. */
#define BUFFER_KEPT_BYTES ((size_t)1024 * 1024)
/* Of a request that came in JSON, in protobuf: "0," becomes eight bytes, "{}," seven. */
#define WIRE_LIMIT ((size_t)256 * 1024 * 1024)
/* A larger buffer for it is freed after the request. */
#define WIRE_KEPT_BYTES ((size_t)4 * 1024 * 1024)

struct hae_view_decoder {
    struct hae_view_intake intake;
    struct hae_view_check check;
    struct hae_buffer wire; /* of a request that came in JSON */
};

/* All that an item is made into, one after the other; NULL at the end. */
static struct hae_buffer *buffer_of(struct hae_view_intake *intake, size_t at)
{
    if (at < HAE_VIEW_TEXTS) {
        return &intake->texts[at];
    }
    at -= HAE_VIEW_TEXTS;
    if (at < HAE_VIEW_NUMBERS) {
        return &intake->numbers[at];
    }
    return at == HAE_VIEW_NUMBERS ? &intake->pairs : NULL;
}

static size_t limit_of(size_t at)
{
    return at < HAE_VIEW_TEXTS ? TEXT_LIMIT : PART_LIMIT;
}

struct hae_view_decoder *hae_view_decoder_new(struct hae_view_store *store)
{
    struct hae_view_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder != NULL) {
        struct hae_buffer *buffer;
        decoder->intake.store = store;
        for (size_t i = 0; (buffer = buffer_of(&decoder->intake, i)) != NULL; i++) {
            buffer->limit = limit_of(i);
        }
        decoder->check.part_limit = PART_MESSAGES_MAX;
        decoder->check.message_limit = MESSAGES_MAX;
        decoder->check.item_limit = ITEMS_MAX;
    }
    return decoder;
}

void hae_view_decoder_free(struct hae_view_decoder *decoder)
{
    if (decoder != NULL) {
        struct hae_buffer *buffer;
        for (size_t i = 0; (buffer = buffer_of(&decoder->intake, i)) != NULL; i++) {
            hae_buffer_done(buffer);
        }
        hae_buffer_done(&decoder->wire);
        free(decoder);
    }
}

const char *hae_view_decode_problem(const struct hae_view_decoder *decoder)
{
    return decoder->check.problem;
}

/* ---- Origins ----------------------------------------------------------------------------- */

/* Writes service.name, after service.namespace when there is one. */
static void service_name(struct hae_view_attributes attributes, char out[2 * HAE_VIEW_NAME_SIZE])
{
    char namespace[HAE_VIEW_NAME_SIZE];
    char name[HAE_VIEW_NAME_SIZE];
    hae_view_value_text(hae_view_attribute(attributes, "service.namespace"), namespace,
                        sizeof namespace);
    hae_view_value_text(hae_view_attribute(attributes, "service.name"), name, sizeof name);
    snprintf(out, 2 * HAE_VIEW_NAME_SIZE, "%s%s%s", namespace, namespace[0] != '\0' ? "/" : "",
             name[0] != '\0' ? name : "unknown_service");
}

/* The text of an attribute that is a text; none otherwise. */
static struct hae_view_text attribute_text(struct hae_buffer *out,
                                           struct hae_view_attributes attributes, const char *key)
{
    struct hae_field value = hae_view_value_in(hae_view_attribute(attributes, key));
    return value.number == HAE_OTLP_ANY_VALUE_STRING_VALUE
               ? hae_view_plain_text(out, hae_view_content(&value), true)
               : (struct hae_view_text){NULL, 0};
}

/* `service` stays for as long as the origin is used. */
static bool read_resource(struct hae_view_intake *intake, struct hae_view_bytes message,
                          char service[2 * HAE_VIEW_NAME_SIZE])
{
    struct hae_view_attributes attributes = {message, HAE_OTLP_RESOURCE_ATTRIBUTES};
    service_name(attributes, service);
    struct hae_view_resource_row row = {
        .service = {service, strlen(service)},
        .instance = attribute_text(&intake->texts[0], attributes, "service.instance.id"),
        .version = attribute_text(&intake->texts[1], attributes, "service.version"),
        .attributes = hae_view_sorted_json(&intake->texts[2], &intake->pairs, attributes),
    };
    return hae_view_texts_are_whole(intake) &&
           hae_view_store_resource(intake->store, &row, &intake->origin);
}

static bool read_scope(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    struct hae_view_bytes name = hae_view_last_field(message, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME);
    struct hae_view_bytes version =
        hae_view_last_field(message, HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION);
    struct hae_view_scope_row row = {
        .name = hae_view_plain_text(&intake->texts[0], name, false),
        .version = hae_view_plain_text(&intake->texts[1], version, true),
        .attributes = hae_view_attributes_json(
            &intake->texts[2],
            (struct hae_view_attributes){message, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES}),
    };
    return hae_view_texts_are_whole(intake) &&
           hae_view_store_scope(intake->store, &row, &intake->origin);
}

/* ---- Items ------------------------------------------------------------------------------- */

static bool take_item(struct hae_view_intake *intake, enum hae_view_signal signal,
                      struct hae_view_bytes message)
{
    static void (*const take[HAE_VIEW_SIGNALS])(struct hae_view_intake *, struct hae_view_bytes) = {
        [HAE_VIEW_TRACES] = hae_view_take_span,
        [HAE_VIEW_LOGS] = hae_view_take_log,
        [HAE_VIEW_METRICS] = hae_view_take_metric,
    };
    take[signal](intake, message);
    return hae_view_texts_are_whole(intake);
}

static bool take_resource_block(struct hae_view_intake *intake, enum hae_view_signal signal,
                                struct hae_view_bytes block)
{
    char service[2 * HAE_VIEW_NAME_SIZE];
    struct hae_reader reader = hae_view_fields_in(block);
    if (!read_resource(intake, hae_view_last_field(block, HAE_ENVELOPE_RESOURCE), service)) {
        return false;
    }
    struct hae_field scopes;
    while (hae_view_next_field(&reader, HAE_ENVELOPE_SCOPES, &scopes)) {
        struct hae_view_bytes scope_block = hae_view_content(&scopes);
        struct hae_reader items = hae_view_fields_in(scope_block);
        if (!read_scope(intake, hae_view_last_field(scope_block, HAE_ENVELOPE_SCOPE))) {
            return false;
        }
        struct hae_field item;
        while (hae_view_next_field(&items, HAE_ENVELOPE_ITEMS, &item)) {
            if (!take_item(intake, signal, hae_view_content(&item))) {
                return false;
            }
        }
    }
    return true;
}

static bool take_blocks(struct hae_view_intake *intake, enum hae_view_signal signal,
                        struct hae_view_bytes body)
{
    struct hae_reader reader = hae_view_fields_in(body);
    struct hae_field block;
    while (hae_view_next_field(&reader, HAE_ENVELOPE_RESOURCES, &block)) {
        if (!take_resource_block(intake, signal, hae_view_content(&block))) {
            return false;
        }
    }
    return true;
}

/* Frees what a large request has left. True: something had become too large. */
static bool clear_buffers(struct hae_view_intake *intake)
{
    bool over_limit = false;
    struct hae_buffer *buffer;
    for (size_t i = 0; (buffer = buffer_of(intake, i)) != NULL; i++) {
        over_limit = over_limit || buffer->over_limit;
        if (buffer->failed || buffer->capacity > BUFFER_KEPT_BYTES) {
            hae_buffer_done(buffer);
            buffer->limit = limit_of(i);
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
    bool taken = take_blocks(&decoder->intake, signal, body);
    enum hae_view_database_result kept = hae_view_store_end(store, taken);
    if (clear_buffers(&decoder->intake)) {
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
        hae_view_store_problem(store, decoder->check.problem, sizeof decoder->check.problem);
        return HAE_VIEW_DECODE_NO_ROOM;
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
