/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, section 4). */
#ifndef HAETAE_OTLP_BASE64_H
#define HAETAE_OTLP_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* The room that a text for so many bytes needs, with its NUL. */
#define HAE_HTTP_BASE64_TEXT_BYTES(size_bytes) ((size_bytes) / 3 * 4 + 5)

/* Encodes without padding. `out` has room for HAE_HTTP_BASE64_TEXT_BYTES(size_bytes). Returns the
 * length of the text. */
size_t hae_http_base64_encode(const void *from, size_t size_bytes, char *out);

/* Decodes up to the first byte that is no digit; *ret_length says how many are digits. `out` has
 * room for length / 4 * 3 + 3 bytes, and may be `text`. Returns the size. */
size_t hae_http_base64_decode(const char *text, size_t length, void *out, size_t *ret_length);

#endif
