/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/ottrace.h"

#include "propagation/ids.h"
#include "propagation/prefixed.h"

static const char trace_id[] = "ot-tracer-traceid";
static const char span_id[] = "ot-tracer-spanid";
static const char sampled[] = "ot-tracer-sampled";
static const char prefix[] = "ot-baggage-";

static void set_id(const struct hae_injection *injection, const char *key, const uint8_t id[8])
{
    char value[HAE_SPAN_ID_DIGITS + 1];

    *hae_put_hex(value, id, HAE_SPAN_ID_DIGITS / 2) = '\0';
    hae_set_header(&injection->setter, key, (haetae_string){value, HAE_SPAN_ID_DIGITS});
}

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    static const uint8_t zero[8];
    const haetae_span_context *span = &injection->carried.span;
    bool is_sampled = (span->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;

    (void)format;
    if (haetae_span_context_is_valid(span) && memcmp(span->trace_id + 8, zero, 8) != 0) {
        set_id(injection, trace_id, span->trace_id + 8);
        set_id(injection, span_id, span->span_id);
        hae_set_header(&injection->setter, sampled,
                       haetae_string_of(is_sampled ? "true" : "false"));
    }
    hae_prefixed_inject(injection, prefix, false);
}

static bool extract_span(const struct hae_getter *getter, haetae_span_context *ret_span)
{
    haetae_span_context span = {.is_remote = 1};
    haetae_string text;

    if (!hae_header_only(getter, trace_id, &text) ||
        !hae_read_id(text, span.trace_id, sizeof span.trace_id) ||
        !hae_header_only(getter, span_id, &text) ||
        !hae_read_id(text, span.span_id, sizeof span.span_id) ||
        !haetae_span_context_is_valid(&span)) {
        return false;
    }
    if (hae_header_only(getter, sampled, &text) &&
        (hae_text_is(text, "true") || hae_text_is(text, "1"))) {
        span.trace_flags = HAETAE_TRACE_FLAG_SAMPLED;
    }
    *ret_span = span;
    return true;
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    bool has_entries = hae_prefixed_extract(extraction, prefix, false);

    (void)format;
    return extract_span(&extraction->getter, &carried->span) || has_entries ? HAETAE_OK
                                                                            : HAETAE_EFORMAT;
}

static const char *const fields[] = {trace_id, span_id, sampled, NULL};

const struct hae_format hae_format_ottrace = {
    .name = "ottrace", .fields = fields, .prefix = prefix, .inject = inject, .extract = extract};
