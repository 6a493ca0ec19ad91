/* SPDX-License-Identifier: Apache-2.0 */
/* From a headers option, "name=value,name2=value2", to header lines.
 * Specification: "Specifying headers via environment variables"; W3C Baggage,
 * "Header Content"; RFC 9110, "Fields". */
#ifndef HAETAE_OTLP_HEADERS_H
#define HAETAE_OTLP_HEADERS_H

#include <curl/curl.h>

#include "haetae/status.h"

/* Adds the header lines of an option to `*headers` and what is secret of them to
 * `*secrets`. Values are percent-decoded; names and values are trimmed; a name
 * given again wins over the earlier one; empty entries are skipped.
 * Errors: HAETAE_EVALUE, with *ret_why saying what is wrong without quoting any of
 * it, and *ret_entry the number of the entry, from 1; HAETAE_ENOMEM. The lists stay
 * the caller's, also on failure. */
haetae_status hae_http_headers_parse(const char *option, struct curl_slist **headers,
                                     struct curl_slist **secrets, const char **ret_why,
                                     unsigned *ret_entry);

/* Appends a copy of a line. Errors: HAETAE_ENOMEM. */
haetae_status hae_http_headers_add(struct curl_slist **headers, const char *line);

#endif
