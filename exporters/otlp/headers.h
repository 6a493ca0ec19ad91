/* SPDX-License-Identifier: Apache-2.0 */
/* From a headers option, "name=value,name2=value2", to header lines.
 * Specification: "Specifying headers via environment variables"; W3C Baggage,
 * "Header Content"; RFC 9110, "Fields". */
#ifndef HAETAE_OTLP_HEADERS_H
#define HAETAE_OTLP_HEADERS_H

#include <stdbool.h>

#include <curl/curl.h>

#include "haetae/status.h"
#include "haetae/types.h"
#include "otlp/protocol.h"

/* Adds the header lines of an option to `*headers`, and their values to `*secrets`, as `binding`
 * has them. Values are percent-decoded; names and values are trimmed; of two entries with one name
 * the later wins; empty entries are skipped. Ownership: the lists stay the caller's, also on
 * failure. Errors: HAETAE_EVALUE, with *ret_why, which quotes nothing of the option, and the number
 * of the entry in *ret_entry, from 1; HAETAE_ENOMEM. */
haetae_status hae_http_headers_parse(const char *option, const struct hae_http_binding *binding,
                                     struct curl_slist **headers, struct curl_slist **secrets,
                                     const char **ret_why, unsigned *ret_entry);

/* Adds one header, as `binding` has it, unless there is one of this name; its value is not encoded,
 * and is added to `*secrets`. Ownership: as above. Errors: HAETAE_EVALUE, with *ret_why, which
 * quotes nothing of it; HAETAE_ENOMEM. */
haetae_status hae_http_headers_add_pair(const char *name, const char *value,
                                        const struct hae_http_binding *binding,
                                        struct curl_slist **headers, struct curl_slist **secrets,
                                        const char **ret_why);

/* Whether a list has a line of this name, in any case. */
bool hae_http_headers_have(const struct curl_slist *headers, haetae_string name);

/* Appends copies of those lines of `others` whose names are not there. Errors: HAETAE_ENOMEM. */
haetae_status hae_http_headers_add_others(struct curl_slist **headers,
                                          const struct curl_slist *others);

/* Appends a copy of a line.
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_http_headers_add(struct curl_slist **headers, const char *line);

#endif
