/* SPDX-License-Identifier: Apache-2.0 */
/* A bearer token in a file, as Kubernetes and agents of secret stores keep it up to date.
 * Specification: RFC 6750, "Authorization Request Header Field". */
#ifndef HAETAE_OTLP_TOKEN_H
#define HAETAE_OTLP_TOKEN_H

#include "haetae/status.h"

enum { HAE_HTTP_TOKEN_WHY_BYTES = 80 };

/* Reads a file and makes the value of the header Authorization of it; white space around the token
 * does not count. The file is read each time, so that nothing depends on the time that a file
 * system gives to a change. Ownership: *ret_value is the caller's, for hae_http_token_free().
 * Errors: HAETAE_EVALUE, with what is wrong in `why`; HAETAE_ENOMEM. */
haetae_status hae_http_token_read(const char *path, char **ret_value,
                                  char why[HAE_HTTP_TOKEN_WHY_BYTES]);

/* Overwrites it first. NULL: does nothing. */
void hae_http_token_free(char *value);

#endif
