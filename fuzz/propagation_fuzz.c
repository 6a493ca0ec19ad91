/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of an incoming request, in every format. Input: lines "name: value". */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "haetae/propagation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

enum { HEADERS_MAX = 512, TEXT_MAX = 16384 };

struct headers {
    haetae_string names[HEADERS_MAX];
    haetae_string values[HEADERS_MAX];
    size_t count;
};

static bool is_name(haetae_string text, const char *name, size_t length)
{
    return text.length == length && (length == 0 || strncasecmp(text.data, name, length) == 0);
}

static bool get(void *carrier, const char *key, size_t key_length, size_t index,
                haetae_string *ret_value)
{
    const struct headers *headers = carrier;

    check(key[key_length] == '\0');
    for (size_t i = 0; i < headers->count; i++) {
        if (is_name(headers->names[i], key, key_length) && index-- == 0) {
            *ret_value = headers->values[i];
            return true;
        }
    }
    return false;
}

static bool get_key(void *carrier, size_t index, haetae_string *ret_key)
{
    const struct headers *headers = carrier;

    if (index >= headers->count) {
        return false;
    }
    *ret_key = headers->names[index];
    return true;
}

/* What is written could be a line of a request. */
static void check_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        check(text[i] >= ' ' && text[i] <= '~');
    }
    check(text[length] == '\0');
}

/* Keeps copies: the texts are gone after the call. */
static void set(void *carrier, const char *key, size_t key_length, const char *value,
                size_t value_length)
{
    struct headers *headers = carrier;
    char *copy = malloc(key_length + value_length + 1);

    check_line(key, key_length);
    check_line(value, value_length);
    check(copy != NULL && headers->count < HEADERS_MAX);
    memcpy(copy, key, key_length);
    memcpy(copy + key_length, value, value_length);
    headers->names[headers->count] = (haetae_string){copy, key_length};
    headers->values[headers->count++] = (haetae_string){copy + key_length, value_length};
}

static void remove_name(void *carrier, const char *key, size_t key_length)
{
    struct headers *headers = carrier;
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (!is_name(headers->names[i], key, key_length)) {
            headers->names[kept] = headers->names[i];
            headers->values[kept++] = headers->values[i];
        }
    }
    headers->count = kept;
}

static const haetae_carrier_ops reading = {
    .struct_size = sizeof reading, .get = get, .key = get_key, .remove = remove_name};
static const haetae_carrier_ops writing = {
    .struct_size = sizeof writing, .get = get, .key = get_key, .set = set};

static void read_lines(struct headers *headers, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end && headers->count < HEADERS_MAX) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *colon;

        line_end = line_end != NULL ? line_end : end;
        colon = memchr(text, ':', (size_t)(line_end - text));
        if (colon != NULL) {
            headers->names[headers->count] = (haetae_string){text, (size_t)(colon - text)};
            colon += colon + 1 < line_end && colon[1] == ' ' ? 2 : 1;
            headers->values[headers->count++] = (haetae_string){colon, (size_t)(line_end - colon)};
        }
        text = line_end + 1;
    }
}

static haetae_context *extract(const haetae_propagator *propagator, struct headers *headers)
{
    haetae_context *context = NULL;

    check(haetae_propagator_extract(propagator, haetae_context_root(), &reading, headers,
                                    &context) == HAETAE_OK);
    return context;
}

/* What was extracted, and is injected by a format, is extracted by it again. */
static void check_round_trip(const haetae_propagator *propagator, const haetae_context *context,
                             bool is_whole)
{
    struct headers written = {.count = 0};
    haetae_context *again;
    haetae_span_context before, after;
    haetae_string header;

    haetae_propagator_inject(propagator, HAETAE_SPAN_NONE, context, &writing, &written);
    again = extract(propagator, &written);
    (void)haetae_context_span_context(context, &before);
    if (haetae_context_span_context(again, &after)) {
        check(memcmp(before.trace_id + 8, after.trace_id + 8, 8) == 0);
        check(memcmp(before.span_id, after.span_id, sizeof after.span_id) == 0);
        check(((before.trace_flags ^ after.trace_flags) & HAETAE_TRACE_FLAG_SAMPLED) == 0);
    } else {
        check(!is_whole || !haetae_span_context_is_valid(&before));
    }
    header = haetae_baggage_header(haetae_context_baggage(again));
    check(header.length <= HAETAE_BAGGAGE_HEADER_BYTES_MAX);
    if (is_whole) {
        haetae_string first = haetae_baggage_header(haetae_context_baggage(context));

        check(header.length == first.length && memcmp(header.data, first.data, first.length) == 0);
    }
    haetae_context_unref(again);
    for (size_t i = 0; i < written.count; i++) {
        free((char *)(uintptr_t)written.names[i].data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"tracecontext", "baggage", "b3",     "b3multi",
                                        "jaeger",       "xray",    "ottrace"};
    struct headers headers = {.count = 0};

    if (size > TEXT_MAX) {
        return 0;
    }
    read_lines(&headers, (const char *)data, size);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const haetae_propagator *propagator = haetae_propagator_find(names[i]);
        struct headers rest = headers;
        haetae_context *context = extract(propagator, &headers);

        check_round_trip(propagator, context, false);
        check_round_trip(NULL, context, true);
        haetae_context_unref(context);
        /* Nothing is left that it would read. */
        haetae_propagator_remove(propagator, &reading, &rest);
        context = extract(propagator, &rest);
        check(!haetae_context_span_context(context, NULL));
        check(haetae_context_baggage(context) == NULL);
        haetae_context_unref(context);
    }
    return 0;
}
