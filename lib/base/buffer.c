/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void hae_buffer_done(struct hae_buffer *buffer)
{
    hae_free(buffer->data);
    *buffer = (struct hae_buffer)HAE_BUFFER_INIT;
}

void hae_buffer_clear(struct hae_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    buffer->over_limit = false;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

bool hae_buffer_reserve(struct hae_buffer *buffer, size_t extra)
{
    if (buffer->failed) {
        return false;
    }
    if (extra < buffer->capacity - buffer->length) {
        return true;
    }
    if (buffer->limit != 0 && extra > buffer->limit - buffer->length) {
        buffer->failed = true;
        buffer->over_limit = true;
        return false;
    }
    if (extra > SIZE_MAX / 4 || buffer->length > SIZE_MAX / 4) {
        buffer->failed = true;
        return false;
    }
    size_t wanted = buffer->capacity < 256 ? 256 : buffer->capacity * 2;
    if (wanted < buffer->length + extra + 1) {
        wanted = buffer->length + extra + 1;
    }
    if (buffer->limit != 0 && wanted > buffer->limit + 1) {
        wanted = buffer->limit + 1;
    }
    char *data = hae_realloc(buffer->data, wanted);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = wanted;
    return true;
}

void hae_buffer_add(struct hae_buffer *buffer, const void *data, size_t length)
{
    if (!hae_buffer_reserve(buffer, length)) {
        return;
    }
    if (length > 0) {
        memcpy(buffer->data + buffer->length, data, length);
    }
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void hae_buffer_text(struct hae_buffer *buffer, const char *text)
{
    hae_buffer_add(buffer, text, strlen(text));
}

void hae_buffer_char(struct hae_buffer *buffer, char c)
{
    if (!hae_buffer_reserve(buffer, 1)) {
        return;
    }
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = '\0';
}

void hae_buffer_repeat(struct hae_buffer *buffer, const char *text, size_t times)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < times; i++) {
        hae_buffer_add(buffer, text, length);
    }
}

void hae_buffer_format(struct hae_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    hae_buffer_format_list(buffer, format, arguments);
    va_end(arguments);
}

void hae_buffer_format_list(struct hae_buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0) {
        buffer->failed = true;
    } else if (hae_buffer_reserve(buffer, (size_t)length)) {
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}
