/* SPDX-License-Identifier: Apache-2.0 */
/* A row of libcurl options of which any may fail. */
#ifndef HAETAE_OTLP_SETOPT_H
#define HAETAE_OTLP_SETOPT_H

#include <curl/curl.h>

/* Sets an option of the caller's `easy`, unless an earlier one failed: `code` is then not
 * CURLE_OK. */
#define SETOPT(option, value)                                                                      \
    do {                                                                                           \
        if (code == CURLE_OK) {                                                                    \
            code = curl_easy_setopt(easy, (option), (value));                                      \
        }                                                                                          \
    } while (0)

/* The same for an option since 7.87: an older library goes without it. */
#if CURL_AT_LEAST_VERSION(7, 87, 0)
#define SETOPT_7_87(option, value)                                                                 \
    do {                                                                                           \
        SETOPT(option, value);                                                                     \
        code = code == CURLE_UNKNOWN_OPTION ? CURLE_OK : code;                                     \
    } while (0)
#else
#define SETOPT_7_87(option, value) ((void)0)
#endif

#endif
