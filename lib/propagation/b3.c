/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/b3.h"

#include "propagation/ids.h"

static const char single[] = "b3";
static const char trace_id[] = "X-B3-TraceId";
static const char span_id[] = "X-B3-SpanId";
static const char parent_id[] = "X-B3-ParentSpanId";
static const char sampled[] = "X-B3-Sampled";
static const char flags[] = "X-B3-Flags";

/* ---- Writing ---------------------------------------------------------------------------- */

static bool is_sampled(const struct hae_carried *carried)
{
    return (carried->span.trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
}

static void inject_single(const struct hae_format *format, const struct hae_injection *injection)
{
    const struct hae_carried *carried = &injection->carried;
    char value[HAE_TRACE_ID_DIGITS + HAE_SPAN_ID_DIGITS + sizeof "--1"];
    char *at = value;

    (void)format;
    if (!haetae_span_context_is_valid(&carried->span)) {
        return;
    }
    at = hae_put_hex(at, carried->span.trace_id, sizeof carried->span.trace_id);
    *at++ = '-';
    at = hae_put_hex(at, carried->span.span_id, sizeof carried->span.span_id);
    *at++ = '-';
    if (carried->is_debug) {
        *at++ = 'd';
    } else {
        *at++ = is_sampled(carried) ? '1' : '0';
    }
    *at = '\0';
    hae_set_header(&injection->setter, single, (haetae_string){value, (size_t)(at - value)});
}

static void set_id(const struct hae_injection *injection, const char *key, const uint8_t *id,
                   size_t count)
{
    char value[HAE_TRACE_ID_DIGITS + 1];

    *hae_put_hex(value, id, count) = '\0';
    hae_set_header(&injection->setter, key, (haetae_string){value, 2 * count});
}

static void inject_multi(const struct hae_format *format, const struct hae_injection *injection)
{
    const struct hae_carried *carried = &injection->carried;
    const haetae_span_context *span = &carried->span;

    (void)format;
    if (!haetae_span_context_is_valid(span)) {
        return;
    }
    set_id(injection, trace_id, span->trace_id, sizeof span->trace_id);
    set_id(injection, span_id, span->span_id, sizeof span->span_id);
    if (carried->is_debug) {
        hae_set_header(&injection->setter, flags, (haetae_string){"1", 1});
    } else {
        hae_set_header(&injection->setter, sampled,
                       (haetae_string){is_sampled(carried) ? "1" : "0", 1});
    }
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* The digits are as many as the format has, 16 or 32. */
static bool read_trace_id(haetae_string text, haetae_span_context *span)
{
    return (text.length == HAE_TRACE_ID_DIGITS || text.length == HAE_TRACE_ID_DIGITS / 2) &&
           hae_read_id(text, span->trace_id, sizeof span->trace_id);
}

static bool read_span_id(haetae_string text, haetae_span_context *span)
{
    return text.length == HAE_SPAN_ID_DIGITS &&
           hae_read_id(text, span->span_id, sizeof span->span_id);
}

/* The sampling state. False: it is none. */
static bool read_state(haetae_string text, struct hae_carried *carried)
{
    carried->is_debug = hae_text_is(text, "d");
    if (carried->is_debug || hae_text_is(text, "1") || hae_text_is(text, "true")) {
        carried->span.trace_flags = HAETAE_TRACE_FLAG_SAMPLED;
        return true;
    }
    return hae_text_is(text, "0") || hae_text_is(text, "false");
}

/* {trace id}-{span id}-{state}-{parent id}, of which the last two may be missing. The parent's id
 * is of no use here. */
static bool extract_single(const struct hae_getter *getter, struct hae_carried *ret_carried)
{
    struct hae_carried carried = {.span.is_remote = 1};
    haetae_span_context unused;
    haetae_string rest;

    if (!hae_header_only(getter, single, &rest) ||
        !read_trace_id(hae_take_until(&rest, '-'), &carried.span) ||
        !read_span_id(hae_take_until(&rest, '-'), &carried.span) ||
        !haetae_span_context_is_valid(&carried.span)) {
        return false;
    }
    if (rest.length != 0 && (!read_state(hae_take_until(&rest, '-'), &carried) ||
                             (rest.length != 0 && !read_span_id(rest, &unused)))) {
        return false;
    }
    *ret_carried = carried;
    return true;
}

static bool extract_multi(const struct hae_getter *getter, struct hae_carried *ret_carried)
{
    struct hae_carried carried = {.span.is_remote = 1};
    haetae_string text;

    if (!hae_header_only(getter, trace_id, &text) || !read_trace_id(text, &carried.span) ||
        !hae_header_only(getter, span_id, &text) || !read_span_id(text, &carried.span) ||
        !haetae_span_context_is_valid(&carried.span)) {
        return false;
    }
    if (hae_header_only(getter, flags, &text) && hae_text_is(text, "1")) {
        (void)read_state((haetae_string){"d", 1}, &carried);
    } else if (hae_header_only(getter, sampled, &text) && !hae_text_is(text, "d")) {
        (void)read_state(text, &carried);
    }
    *ret_carried = carried;
    return true;
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    (void)format;
    return extract_single(&extraction->getter, carried) ||
                   extract_multi(&extraction->getter, carried)
               ? HAETAE_OK
               : HAETAE_EFORMAT;
}

static const char *const single_fields[] = {single, NULL};
static const char *const multi_fields[] = {trace_id, span_id, sampled, flags, NULL};
static const char *const others_of_single[] = {trace_id, span_id, sampled, flags, parent_id, NULL};
static const char *const others_of_multi[] = {single, parent_id, NULL};

const struct hae_format hae_format_b3 = {.name = "b3",
                                         .fields = single_fields,
                                         .others = others_of_single,
                                         .inject = inject_single,
                                         .extract = extract};

const struct hae_format hae_format_b3multi = {.name = "b3multi",
                                              .fields = multi_fields,
                                              .others = others_of_multi,
                                              .inject = inject_multi,
                                              .extract = extract};
