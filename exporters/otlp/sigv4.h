/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that libcurl signs for AWS, by Signature Version 4.
 * Specification: AWS, "Signature Version 4 for API requests". */
#ifndef HAETAE_OTLP_SIGV4_H
#define HAETAE_OTLP_SIGV4_H

#include <stdbool.h>

#include <curl/curl.h>

#include "haetae/status.h"

struct hae_http_sigv4 {
    char *scope; /* as libcurl has it; NULL: requests are not signed */
    char *key_id;
    char *key;
};

/* Makes the scope of "region/service". Errors: HAETAE_EVALUE (it is not so, or this libcurl cannot
 * sign), with *ret_why; HAETAE_ENOMEM. */
haetae_status hae_http_sigv4_read_scope(const char *text, char **ret_scope, const char **ret_why);

/* Overwrites the key first. */
void hae_http_sigv4_done(struct hae_http_sigv4 *sigv4);

/* Has a transfer be signed, if requests are. Its body is to be set by CURLOPT_POSTFIELDS. */
CURLcode hae_http_sigv4_set(CURL *easy, const struct hae_http_sigv4 *sigv4);

#endif
