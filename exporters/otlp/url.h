/* SPDX-License-Identifier: Apache-2.0 */
/* From an endpoint option to the URL that requests go to.
 * Specification: "Endpoint URLs for OTLP/HTTP". */
#ifndef HAETAE_OTLP_URL_H
#define HAETAE_OTLP_URL_H

#include <curl/curl.h>

#include "haetae/status.h"

/* Makes the URL of one signal. `relative_path` ("v1/traces") is appended to the path of a general
 * endpoint; NULL uses the endpoint of a signal as it is, with "/" added when it has no path. User,
 * password and the values of a query are added to `*secrets`.
 * Ownership: *ret_url is the caller's, for free().
 * Errors: HAETAE_EVALUE, with *ret_why saying what is wrong; HAETAE_ENOMEM. */
haetae_status hae_http_url_new(const char *endpoint, const char *relative_path,
                               struct curl_slist **secrets, char **ret_url, const char **ret_why);

/* Adds users and passwords of the proxies that libcurl takes from the environment.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_http_url_add_proxies(struct curl_slist **secrets);

#endif
