/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/jaeger.h"

#include "base/percent.h"
#include "propagation/ids.h"
#include "propagation/prefixed.h"

static const char uber_trace_id[] = "uber-trace-id";
static const char jaeger_baggage[] = "jaeger-baggage";
static const char prefix[] = "uberctx-";

/* Bits of the flags. */
enum { SAMPLED = 1, DEBUG = 2 };

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    const struct hae_carried *carried = &injection->carried;
    char value[HAE_TRACE_ID_DIGITS + HAE_SPAN_ID_DIGITS + sizeof "::0:1"];
    char *at = value;
    unsigned flags = (carried->span.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0 ? SAMPLED : 0;

    (void)format;
    if (haetae_span_context_is_valid(&carried->span)) {
        at = hae_put_hex(at, carried->span.trace_id, sizeof carried->span.trace_id);
        *at++ = ':';
        at = hae_put_hex(at, carried->span.span_id, sizeof carried->span.span_id);
        memcpy(at, ":0:", 3);
        at += 3;
        *at++ = hae_hex_digit(carried->is_debug ? SAMPLED | DEBUG : flags);
        *at = '\0';
        hae_set_header(&injection->setter, uber_trace_id,
                       (haetae_string){value, (size_t)(at - value)});
    }
    hae_prefixed_inject(injection, prefix, true);
}

/* {trace id}:{span id}:{parent id}:{flags}. The parent's id is of no use here. */
static bool read_span(haetae_string text, struct hae_carried *carried)
{
    haetae_span_context span = {.is_remote = 1};
    haetae_string trace_id = hae_take_until(&text, ':');
    haetae_string span_id = hae_take_until(&text, ':');
    haetae_string parent_id = hae_take_until(&text, ':');
    uint8_t parent[sizeof span.span_id];
    uint8_t flags;

    if (!hae_read_id(trace_id, span.trace_id, sizeof span.trace_id) ||
        !hae_read_id(span_id, span.span_id, sizeof span.span_id) ||
        (parent_id.length != 0 && !hae_read_id(parent_id, parent, sizeof parent)) ||
        !hae_read_id(text, &flags, 1) || !haetae_span_context_is_valid(&span)) {
        return false;
    }
    carried->is_debug = (flags & DEBUG) != 0;
    if (carried->is_debug || (flags & SAMPLED) != 0) {
        span.trace_flags = HAETAE_TRACE_FLAG_SAMPLED;
    }
    carried->span = span;
    return true;
}

static bool extract_span(const struct hae_getter *getter, struct hae_carried *carried)
{
    enum { ENCODED_MAX = 256 };
    char decoded[ENCODED_MAX];
    haetae_string value;

    if (!hae_header_only(getter, uber_trace_id, &value) || value.length > ENCODED_MAX) {
        return false;
    }
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] <= ' ' || value.data[i] > '~') {
            return false;
        }
    }
    /* Some senders encode the colons. */
    value.length = hae_percent_decode(value, decoded);
    value.data = decoded;
    return read_span(value, carried);
}

/* A header for requests that are made by hand: all entries in one. */
static bool extract_list(struct hae_extraction *extraction)
{
    struct hae_baggage_reader *reader;
    haetae_string value;

    if (!extraction->wants_baggage ||
        !hae_header_only(&extraction->getter, jaeger_baggage, &value)) {
        return false;
    }
    reader = hae_extraction_baggage(extraction);
    if (reader == NULL) {
        return false;
    }
    hae_baggage_read(reader, value);
    return true;
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    bool has_list = extract_list(extraction);
    bool has_entries = hae_prefixed_extract(extraction, prefix, true);

    (void)format;
    return extract_span(&extraction->getter, carried) || has_list || has_entries ? HAETAE_OK
                                                                                 : HAETAE_EFORMAT;
}

static const char *const fields[] = {uber_trace_id, NULL};
static const char *const baggage[] = {jaeger_baggage, NULL};

const struct hae_format hae_format_jaeger = {.name = "jaeger",
                                             .fields = fields,
                                             .baggage = baggage,
                                             .prefix = prefix,
                                             .inject = inject,
                                             .extract = extract};
