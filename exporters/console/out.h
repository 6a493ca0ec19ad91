/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered text for a stream: escaped, valid UTF-8, safe to show in a terminal. After the
 * first write error everything else is dropped. */
#ifndef HAETAE_CONSOLE_OUT_H
#define HAETAE_CONSOLE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct hae_con_out {
    FILE *stream;
    int error;   /* errno of the first failed write, 0 while all is well */
    size_t used; /* bytes in `buffer` */
    char buffer[4096];
};

void hae_con_init(struct hae_con_out *out, FILE *stream);

/* Writes the buffer to the stream and flushes it. False after an error. */
bool hae_con_flush(struct hae_con_out *out);

/* Our own text, as it is. */
void hae_con_put(struct hae_con_out *out, const char *text);
void hae_con_char(struct hae_con_out *out, char c);

void hae_con_uint(struct hae_con_out *out, uint64_t value);
void hae_con_int(struct hae_con_out *out, int64_t value);
/* The shortest form that reads back as the same number; NaN, +Inf and -Inf. */
void hae_con_double(struct hae_con_out *out, double value);
/* UTC with milliseconds, or "-" for 0. */
void hae_con_time(struct hae_con_out *out, uint64_t unix_ns);
/* With the unit that suits it: 850ns, 12.3us, 4.57ms, 1.25s. */
void hae_con_duration(struct hae_con_out *out, uint64_t ns);
/* Lower-case hexadecimal. When `room` runs out, "…" and false. */
bool hae_con_hex(struct hae_con_out *out, const uint8_t *data, size_t length, size_t *room);

/* Recorded text. What is not printable (base/printable.h) is escaped, what is not UTF-8
 * becomes U+FFFD. `room` is how many bytes of input may still be shown. The call reduces
 * it; when it runs out, the call writes "…" and returns false. */
bool hae_con_text(struct hae_con_out *out, const char *text, size_t length, size_t *room);

/* The same in double quotes, unless it reads as one word without them. */
bool hae_con_word(struct hae_con_out *out, const char *text, size_t length, size_t *room);
bool hae_con_quoted(struct hae_con_out *out, const char *text, size_t length, size_t *room);

#endif
