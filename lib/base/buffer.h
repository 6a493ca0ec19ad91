/* SPDX-License-Identifier: Apache-2.0 */
/* A text buffer that grows. A failed allocation sets `failed` and keeps the content; every
 * later call does nothing. Callers check once, at the end. Not part of the core. */
#ifndef HAETAE_BASE_BUFFER_H
#define HAETAE_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct hae_buffer {
    char *data; /* NUL-terminated once something was added; else NULL */
    size_t length;
    size_t capacity;
    bool failed;
    bool over_limit; /* it failed since it would have become longer than `limit` */
    size_t limit;    /* 0: there is none. Set it while the buffer is empty.      */
};

#define HAE_BUFFER_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0, false, false, 0                                                                \
    }

/* Frees the content and makes the buffer empty and usable again. */
void hae_buffer_done(struct hae_buffer *buffer);

/* Empties the buffer and keeps its memory. */
void hae_buffer_clear(struct hae_buffer *buffer);

/* Makes room for `extra` bytes and a NUL. False when memory is short. */
bool hae_buffer_reserve(struct hae_buffer *buffer, size_t extra);

void hae_buffer_add(struct hae_buffer *buffer, const void *data, size_t length);
void hae_buffer_text(struct hae_buffer *buffer, const char *text);
void hae_buffer_char(struct hae_buffer *buffer, char c);
void hae_buffer_repeat(struct hae_buffer *buffer, const char *text, size_t times);
void hae_buffer_format(struct hae_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void hae_buffer_format_list(struct hae_buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
