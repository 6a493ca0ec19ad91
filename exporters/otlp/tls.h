/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: the files that are configured, and how libcurl uses them. */
#ifndef HAETAE_OTLP_TLS_H
#define HAETAE_OTLP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

/* The paths of PEM files; NULL when not configured. With neither of the first two, the system's
 * authorities are trusted. */
struct hae_http_tls {
    char *ca_file;
    char *ca_directories; /* named by the hashes of their files, separated by colons */
    char *key_file;
    char *certificate_file;
    long least_version; /* one of libcurl's CURL_SSLVERSION_ */
};

/* What tells a file from the one that has taken its place. */
struct hae_http_file_facts {
    uint64_t device;
    uint64_t inode;
    int64_t size_bytes;
    int64_t modified_ns;
    int64_t changed_ns;
};
enum { HAE_HTTP_TLS_FILES = 4 };
struct hae_http_tls_facts {
    struct hae_http_file_facts files[HAE_HTTP_TLS_FILES];
};

void hae_http_tls_done(struct hae_http_tls *tls);

/* Whether requests to this URL use TLS. */
bool hae_http_tls_needed(const char *url);

/* Opens a file to see whether it can be one of these. Returns what is wrong, or NULL; the
 * text is in `buffer` or static. */
enum { HAE_HTTP_TLS_WHY_BYTES = 80 };
const char *hae_http_tls_check_file(const char *path, char buffer[HAE_HTTP_TLS_WHY_BYTES]);

/* The same for directories. */
const char *hae_http_tls_check_directories(const char *paths, char buffer[HAE_HTTP_TLS_WHY_BYTES]);

/* Looks at the files. Whether one of them is not as `facts` has it, which are then as it is. One
 * that is not there is as one that is empty. */
bool hae_http_tls_look(const struct hae_http_tls *tls, struct hae_http_tls_facts *facts);

/* Makes a transfer to an https URL use this version of TLS or a later one, always verified, with
 * these files.
 * Does nothing for another URL. */
CURLcode hae_http_tls_set(CURL *easy, const char *url, const struct hae_http_tls *tls);

#endif
