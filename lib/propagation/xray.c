/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/xray.h"

#include "propagation/ids.h"

static const char x_amzn_trace_id[] = "X-Amzn-Trace-Id";

/* A root is "1-" and the trace id, with a dash behind the digits that are its time. */
enum { TIME_DIGITS = 8, ROOT_LENGTH = 2 + HAE_TRACE_ID_DIGITS + 1 };

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    const haetae_span_context *span = &injection->carried.span;
    char value[sizeof "Root=;Parent=;Sampled=1" + ROOT_LENGTH + HAE_SPAN_ID_DIGITS];
    char *at = value;

    (void)format;
    if (!haetae_span_context_is_valid(span)) {
        return;
    }
    memcpy(at, "Root=1-", 7);
    at = hae_put_hex(at + 7, span->trace_id, TIME_DIGITS / 2);
    *at++ = '-';
    at = hae_put_hex(at, span->trace_id + TIME_DIGITS / 2, sizeof span->trace_id - TIME_DIGITS / 2);
    memcpy(at, ";Parent=", 8);
    at = hae_put_hex(at + 8, span->span_id, sizeof span->span_id);
    memcpy(at, ";Sampled=", 9);
    at += 9;
    *at++ = (span->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0 ? '1' : '0';
    *at = '\0';
    hae_set_header(&injection->setter, x_amzn_trace_id,
                   (haetae_string){value, (size_t)(at - value)});
}

static bool read_root(haetae_string text, haetae_span_context *span)
{
    const size_t time_bytes = TIME_DIGITS / 2;

    return text.length == ROOT_LENGTH && memcmp(text.data, "1-", 2) == 0 &&
           hae_read_hex(text.data + 2, span->trace_id, time_bytes) &&
           text.data[2 + TIME_DIGITS] == '-' &&
           hae_read_hex(text.data + 3 + TIME_DIGITS, span->trace_id + time_bytes,
                        sizeof span->trace_id - time_bytes);
}

/* One "key=value". Keys that are not known, such as those of load balancers, mean nothing here. */
static bool read_part(haetae_string part, haetae_span_context *span)
{
    haetae_string value = part;
    haetae_string key = hae_trimmed(hae_take_until(&value, '='));

    value = hae_trimmed(value);
    if (hae_text_is(key, "Root")) {
        return read_root(value, span);
    }
    if (hae_text_is(key, "Parent")) {
        return value.length == HAE_SPAN_ID_DIGITS &&
               hae_read_id(value, span->span_id, sizeof span->span_id);
    }
    if (hae_text_is(key, "Sampled")) {
        span->trace_flags = hae_text_is(value, "1") ? HAETAE_TRACE_FLAG_SAMPLED : 0;
    }
    return true;
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    haetae_span_context span = {.is_remote = 1};
    haetae_string rest;

    (void)format;
    if (!hae_header_only(&extraction->getter, x_amzn_trace_id, &rest)) {
        return HAETAE_EFORMAT;
    }
    while (rest.length != 0) {
        if (!read_part(hae_take_until(&rest, ';'), &span)) {
            return HAETAE_EFORMAT;
        }
    }
    if (!haetae_span_context_is_valid(&span)) {
        return HAETAE_EFORMAT;
    }
    carried->span = span;
    return HAETAE_OK;
}

static const char *const fields[] = {x_amzn_trace_id, NULL};

const struct hae_format hae_format_xray = {
    .name = "xray", .fields = fields, .inject = inject, .extract = extract};
