/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: the files that are configured, and how libcurl uses them. */
#ifndef HAETAE_OTLP_TLS_H
#define HAETAE_OTLP_TLS_H

#include <stdbool.h>

#include <curl/curl.h>

/* The paths of PEM files; NULL when not configured. */
struct hae_http_tls {
    char *ca_file;
    char *key_file;
    char *certificate_file;
    long least_version; /* one of libcurl's CURL_SSLVERSION_ */
};

void hae_http_tls_done(struct hae_http_tls *tls);

/* Whether requests to this URL use TLS. */
bool hae_http_tls_needed(const char *url);

/* Opens a file to see whether it can be one of these. Returns what is wrong, or NULL; the
 * text is in `buffer` or static. */
enum { HAE_HTTP_TLS_WHY_BYTES = 80 };
const char *hae_http_tls_check_file(const char *path, char buffer[HAE_HTTP_TLS_WHY_BYTES]);

/* Makes a transfer to an https URL use this version of TLS or a later one, always verified, with
 * these files.
 * Does nothing for another URL. */
CURLcode hae_http_tls_set(CURL *easy, const char *url, const struct hae_http_tls *tls);

#endif
