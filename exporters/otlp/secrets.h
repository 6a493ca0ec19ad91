/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that no diagnostic may show, in whatever form a server repeats them. */
#ifndef HAETAE_OTLP_SECRETS_H
#define HAETAE_OTLP_SECRETS_H

#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "haetae/status.h"

/* How many bytes at the beginning of a text are an element of `secrets`, as it is or with any of
 * its bytes percent-encoded, once or several times, or escaped as in JSON; 0: none. The digits '-'
 * and '_' of base64 for URLs stand for '+' and '/'. */
size_t hae_http_secret_at(const uint8_t *text, size_t size_bytes, const struct curl_slist *secrets);

/* The next functions add to a list of secrets, which stays the caller's. They return HAETAE_OK or
 * HAETAE_ENOMEM. */

/* Adds a text. A very short one is not added: hiding each occurrence of it would only make
 * diagnostics unreadable. */
haetae_status hae_http_add_secret(struct curl_slist **secrets, const char *text);

/* Adds copies of all of a list. */
haetae_status hae_http_add_secrets(struct curl_slist **secrets, const struct curl_slist *others);

/* Adds a user and a password, each by itself, both as a URL has them, and all in base64, as a
 * header has them. "" for what is missing. */
haetae_status hae_http_add_credentials(struct curl_slist **secrets, const char *user,
                                       const char *password);

/* Adds the value of a header, what follows its last space ("Bearer abc", "Basic abc"), both in
 * base64 as well, and the user and password that "Basic" encodes. */
haetae_status hae_http_add_header_value(struct curl_slist **secrets, const char *value);

/* Adds the values in the query of a URL, which may be tokens, as they are and in base64. */
haetae_status hae_http_add_query(struct curl_slist **secrets, const char *url);

#endif
