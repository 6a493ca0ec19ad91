/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: text on the wire must be valid. Each maximal part of an ill-formed sequence
 * becomes one U+FFFD (Unicode, "substitution of maximal subparts"). */
#ifndef HAETAE_BASE_UTF8_H
#define HAETAE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool hae_utf8_valid(const uint8_t *text, size_t length);

/* The length of the valid sequence at `text`, or minus the length of the
 * ill-formed part to replace. `length` is not 0. */
int hae_utf8_step(const uint8_t *text, size_t length);

/* The same, and the code point: U+FFFD for an ill-formed part. */
int hae_utf8_decode(const uint8_t *text, size_t length, uint32_t *ret_code);

/* The size of the text once it is repaired and cut after `limit` code points (SIZE_MAX: not
 * cut). *ret_consumed is how much of the input that covers. Of a text that becomes larger than
 * PTRDIFF_MAX, a part that is larger. */
size_t hae_utf8_repaired_size(const uint8_t *text, size_t length, size_t limit,
                              size_t *ret_consumed);

/* Stands for a NUL in text that ends at the first NUL. It is no part of UTF-8. */
#define HAE_UTF8_NUL_MARK '\xFF'

#endif
