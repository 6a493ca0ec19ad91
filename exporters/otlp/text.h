/* SPDX-License-Identifier: Apache-2.0 */
/* Text for diagnostics, in a buffer of fixed size. Text that does not fit is cut, with "..." at
 * its end. Text from outside (a server's message, a configured value) is made printable, and
 * secrets in it are hidden. */
#ifndef HAETAE_OTLP_TEXT_H
#define HAETAE_OTLP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

struct hae_http_text {
    char *data; /* always NUL-terminated */
    size_t size_bytes;
    size_t capacity_bytes;
    bool cut; /* full: nothing more is added */
};

/* Begins an empty text in a buffer of at least 8 bytes, which stays the caller's. */
void hae_http_text_init(struct hae_http_text *text, char *buffer, size_t capacity_bytes);

/* Adds text of our own. */
void hae_http_text_add(struct hae_http_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds text from outside: what is not printable (base/printable.h) becomes '?', white space
 * becomes single spaces, and each occurrence of an element of `secrets` (may be NULL) becomes
 * "***", however much of it is percent-encoded. */
void hae_http_text_add_foreign(struct hae_http_text *text, const void *bytes, size_t size_bytes,
                               const struct curl_slist *secrets);

/* Adds a URL, whole or malformed, without what may be secret in it: user
 * information, query and fragment. */
void hae_http_text_add_url(struct hae_http_text *text, const char *url);

/* The same for a URL from outside, of which secrets are hidden as well. */
void hae_http_text_add_foreign_url(struct hae_http_text *text, const char *url, size_t size_bytes,
                                   const struct curl_slist *secrets);

#endif
