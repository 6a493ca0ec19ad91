/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char http[] = "http://";
static const char https[] = "https://";

static bool begins_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

haetae_status hae_grpc_endpoint(const char *endpoint, bool insecure, char **ret_url,
                                const char **ret_why)
{
    const char *scheme = insecure ? http : https;
    const char *authority = endpoint;
    size_t length;
    char *url, *at;

    if (begins_with(endpoint, http) || begins_with(endpoint, https)) {
        scheme = begins_with(endpoint, http) ? http : https;
        authority += strlen(scheme);
    } else if (strstr(endpoint, "://") != NULL) {
        *ret_why = "it must begin with http://, https:// or unix:, or be host:port";
        return HAETAE_EVALUE;
    }
    length = strcspn(authority, "/?#");
    if (length == 0) {
        *ret_why = "there is no host in it";
        return HAETAE_EVALUE;
    }
    if (authority[length] != '\0' && strcmp(authority + length, "/") != 0) {
        *ret_why = "a gRPC endpoint has no path, query or fragment";
        return HAETAE_EVALUE;
    }
    url = malloc(strlen(scheme) + length + 1);
    if (url == NULL) {
        return HAETAE_ENOMEM;
    }
    at = mempcpy(url, scheme, strlen(scheme));
    at = mempcpy(at, authority, length);
    *at = '\0';
    *ret_url = url;
    return HAETAE_OK;
}
