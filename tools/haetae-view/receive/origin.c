/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Whether a request comes from a page of this server, or from no page at all. */
static bool is_of_same_origin(const char *origin, const char *host)
{
    static const char scheme[] = "http://";
    if (origin == NULL) {
        return true;
    }
    return host != NULL && strncmp(origin, scheme, strlen(scheme)) == 0 &&
           strcasecmp(origin + strlen(scheme), host) == 0;
}

/* What may follow a host: nothing, or a colon and digits. */
static bool is_port(const char *text)
{
    return text[0] == '\0' || (text[0] == ':' && text[1 + strspn(text + 1, "0123456789")] == '\0');
}

bool hae_view_is_asked_by_other_site(const char *fetch_site, const char *origin, const char *host)
{
    return (fetch_site != NULL && strcasecmp(fetch_site, "same-origin") != 0 &&
            strcasecmp(fetch_site, "none") != 0) ||
           !is_of_same_origin(origin, host);
}

bool hae_view_host_is_local(const char *host)
{
    if (host == NULL) {
        return true;
    }
    size_t length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    static const char *const names[] = {"localhost", "[::1]"};
    if (length > strlen(host) || !is_port(host + length)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (length == strlen(names[i]) && strncasecmp(host, names[i], length) == 0) {
            return true;
        }
    }
    char address[16];
    struct in_addr numeric;
    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, host, length);
    address[length] = '\0';
    return inet_pton(AF_INET, address, &numeric) == 1 && ntohl(numeric.s_addr) >> 24 == 127;
}
