/* SPDX-License-Identifier: Apache-2.0 */
/* The value of the header traceparent.
 * Specification: W3C Trace Context, "traceparent Header". */
#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "base/trim.h"
#include "context/span_identity.h"

/* Offsets of the parts of "00-<trace id>-<span id>-<flags>". */
enum { VERSION_AT = 0, TRACE_ID_AT = 3, SPAN_ID_AT = 36, FLAGS_AT = 53 };

/* A later version may have more behind the flags, after another dash. */
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
    haetae_string trimmed;
    uint8_t version;

    if (text == NULL || ret_context == NULL) {
        return HAETAE_EINVAL;
    }
    if (length > (size_t)PTRDIFF_MAX) {
        return HAETAE_EFORMAT;
    }
    trimmed = hae_trimmed_header((haetae_string){text, length});
    text = trimmed.data;
    length = trimmed.length;
    if (length < HAETAE_TRACEPARENT_LENGTH || !hae_read_hex(text + VERSION_AT, &version, 1) ||
        version == 0xFF || !length_fits(version, text, length) || text[TRACE_ID_AT - 1] != '-' ||
        text[SPAN_ID_AT - 1] != '-' || text[FLAGS_AT - 1] != '-' ||
        !hae_read_hex(text + TRACE_ID_AT, context.trace_id, sizeof context.trace_id) ||
        !hae_read_hex(text + SPAN_ID_AT, context.span_id, sizeof context.span_id) ||
        !hae_read_hex(text + FLAGS_AT, &context.trace_flags, 1) ||
        !haetae_span_context_is_valid(&context)) {
        return HAETAE_EFORMAT;
    }
    /* Of a later version no other flag is known to mean the same. */
    context.trace_flags &= version != 0 ? HAETAE_TRACE_FLAG_SAMPLED : HAE_TRACE_FLAGS_KNOWN;
    *ret_context = context;
    return HAETAE_OK;
}

size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer, size_t capacity)
{
    uint8_t flags;

    if (buffer == NULL || capacity == 0) {
        return 0;
    }
    if (!haetae_span_context_is_valid(context) || capacity <= HAETAE_TRACEPARENT_LENGTH) {
        buffer[0] = '\0';
        return 0;
    }
    flags = context->trace_flags & HAE_TRACE_FLAGS_KNOWN;
    memcpy(buffer, "00-", 3);
    (void)hae_put_hex(buffer + TRACE_ID_AT, context->trace_id, sizeof context->trace_id);
    buffer[SPAN_ID_AT - 1] = '-';
    (void)hae_put_hex(buffer + SPAN_ID_AT, context->span_id, sizeof context->span_id);
    buffer[FLAGS_AT - 1] = '-';
    (void)hae_put_hex(buffer + FLAGS_AT, &flags, 1);
    buffer[HAETAE_TRACEPARENT_LENGTH] = '\0';
    return HAETAE_TRACEPARENT_LENGTH;
}
