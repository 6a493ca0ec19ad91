/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context: the headers traceparent and tracestate. */
#include "context/current.h"

/* Where the parts of "00-<trace id>-<span id>-<flags>" begin. */
enum { VERSION_AT = 0, TRACE_ID_AT = 3, SPAN_ID_AT = 36, FLAGS_AT = 53 };

/* The value of a lower-case hex digit, or -1: the header knows no upper case. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const char *text, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static void write_hex(char *text, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

/* A later version may go on after the flags, behind another dash. */
static bool length_fits(uint8_t version, const char *text, size_t length)
{
    if (length == HAETAE_TRACEPARENT_LENGTH) {
        return true;
    }
    return version != 0 && text[HAETAE_TRACEPARENT_LENGTH] == '-';
}

haetae_status haetae_traceparent_parse(const char *text, size_t length,
                                       haetae_span_context *ret_context)
{
    haetae_span_context context = {.is_remote = 1};
    uint8_t version;

    if (text == NULL || ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    if (length < HAETAE_TRACEPARENT_LENGTH || !read_hex(text + VERSION_AT, &version, 1) ||
        version == 0xFF || !length_fits(version, text, length) || text[TRACE_ID_AT - 1] != '-' ||
        text[SPAN_ID_AT - 1] != '-' || text[FLAGS_AT - 1] != '-' ||
        !read_hex(text + TRACE_ID_AT, context.trace_id, sizeof context.trace_id) ||
        !read_hex(text + SPAN_ID_AT, context.span_id, sizeof context.span_id) ||
        !read_hex(text + FLAGS_AT, &context.trace_flags, 1) ||
        !haetae_span_context_is_valid(&context)) {
        return HAETAE_EFORMAT;
    }
    if (version != 0) {
        context.trace_flags &= HAETAE_TRACE_FLAG_SAMPLED; /* all we know of a later version */
    }
    *ret_context = context;
    return HAETAE_OK;
}

size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer, size_t capacity)
{
    if (buffer == NULL || capacity == 0) {
        return 0;
    }
    if (!haetae_span_context_is_valid(context) || capacity <= HAETAE_TRACEPARENT_LENGTH) {
        buffer[0] = '\0';
        return 0;
    }
    memcpy(buffer, "00-", 3);
    write_hex(buffer + TRACE_ID_AT, context->trace_id, sizeof context->trace_id);
    buffer[SPAN_ID_AT - 1] = '-';
    write_hex(buffer + SPAN_ID_AT, context->span_id, sizeof context->span_id);
    buffer[FLAGS_AT - 1] = '-';
    write_hex(buffer + FLAGS_AT, &context->trace_flags, 1);
    buffer[HAETAE_TRACEPARENT_LENGTH] = '\0';
    return HAETAE_TRACEPARENT_LENGTH;
}

void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier)
{
    char traceparent[HAETAE_TRACEPARENT_LENGTH + 1];
    char trace_state[HAETAE_TRACE_STATE_MAX + 1];
    haetae_span_context context;
    size_t length;

    if (span == HAETAE_SPAN_NONE) {
        span = haetae_current_span();
        haetae_current_span_context(&context);
    } else if (!haetae_span_get_context(span, &context)) {
        hae_count_stale_handle(span);
        return;
    }
    if (set == NULL || haetae_traceparent_format(&context, traceparent, sizeof traceparent) == 0) {
        return;
    }
    set(carrier, "traceparent", traceparent);
    length = hae_span_trace_state(span, trace_state);
    if (length > 0) {
        trace_state[length] = '\0';
        set(carrier, "tracestate", trace_state);
    }
}

bool hae_trace_state_usable(haetae_string text)
{
    if (text.data == NULL || text.length == 0 || text.length > HAETAE_TRACE_STATE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier,
                                     haetae_span_context *ret_context,
                                     haetae_string *ret_trace_state)
{
    haetae_status status;
    const char *text;

    if (get == NULL || ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    text = get(carrier, "traceparent");
    if (text == NULL) {
        return HAETAE_EFORMAT;
    }
    status = haetae_traceparent_parse(text, strlen(text), ret_context);
    if (status == HAETAE_OK && ret_trace_state != NULL) {
        *ret_trace_state = haetae_string_of(get(carrier, "tracestate"));
        if (!hae_trace_state_usable(*ret_trace_state)) {
            ret_trace_state->length = 0;
        }
    }
    return status;
}
