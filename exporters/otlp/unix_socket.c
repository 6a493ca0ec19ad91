/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/unix_socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "otlp/setopt.h"

static const char scheme[] = "unix:";
static const char abstract_scheme[] = "unix-abstract:";

/* The host that requests name, as nobody looks it up. */
static const char authority[] = "http://localhost";

void hae_http_socket_done(struct hae_http_socket *socket)
{
    free(socket->name);
    socket->name = NULL;
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool hae_http_socket_is(const char *endpoint)
{
    return begins_with(endpoint, scheme) || begins_with(endpoint, abstract_scheme);
}

/* The last ":/", from which on the path of requests stands; the end: there is none. */
static const char *find_path(const char *name)
{
    const char *found = name + strlen(name);

    for (const char *at = strstr(name, ":/"); at != NULL; at = strstr(at + 1, ":/")) {
        found = at;
    }
    return found;
}

/* The name of the socket, and what follows it. NULL: *ret_why says what is wrong. */
static const char *find_name(const char *endpoint, bool is_abstract, size_t *ret_length,
                             const char **ret_why)
{
    const char *name = endpoint + strlen(is_abstract ? abstract_scheme : scheme);
    bool has_authority = !is_abstract && begins_with(name, "//");

    name += has_authority ? 2 : 0;
    *ret_length = (size_t)(find_path(name) - name);
    if (has_authority && name[0] != '/') {
        *ret_why = "behind unix:// the path of a socket begins with a slash";
    } else if (*ret_length == 0) {
        *ret_why = "there is no socket in it";
    } else if (*ret_length >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        *ret_why = "the path of a socket has at most 107 bytes";
    } else if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_UNIX_SOCKETS) == 0) {
        *ret_why = "this libcurl was built without Unix sockets";
    } else {
        return name;
    }
    return NULL;
}

haetae_status hae_http_socket_read(const char *endpoint, struct hae_http_socket *ret_socket,
                                   char **ret_url, const char **ret_why)
{
    bool is_abstract = begins_with(endpoint, abstract_scheme);
    size_t length;
    const char *name = find_name(endpoint, is_abstract, &length, ret_why);
    const char *path;
    char *copy, *url;

    if (name == NULL) {
        return HAETAE_EVALUE;
    }
    path = name + length + (name[length] == ':');
    copy = malloc(length + 1);
    url = malloc(sizeof authority + strlen(path));
    if (copy == NULL || url == NULL) {
        free(copy);
        free(url);
        return HAETAE_ENOMEM;
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    memcpy(url, authority, sizeof authority - 1);
    memcpy(url + sizeof authority - 1, path, strlen(path) + 1);
    *ret_socket = (struct hae_http_socket){.name = copy, .is_abstract = is_abstract};
    *ret_url = url;
    return HAETAE_OK;
}

CURLcode hae_http_socket_set(CURL *easy, const struct hae_http_socket *socket)
{
    CURLcode code = CURLE_OK;

    if (socket->name == NULL) {
        return CURLE_OK;
    }
    SETOPT(socket->is_abstract ? CURLOPT_ABSTRACT_UNIX_SOCKET : CURLOPT_UNIX_SOCKET_PATH,
           socket->name);
    /* A proxy of the environment is for other hosts. */
    SETOPT(CURLOPT_PROXY, "");
    return code;
}

void hae_http_socket_add_text(const struct hae_http_socket *socket, const char *url,
                              struct hae_http_text *text)
{
    hae_http_text_add(text, "%s", socket->is_abstract ? abstract_scheme : scheme);
    hae_http_text_add_foreign(text, socket->name, strlen(socket->name), NULL);
    hae_http_text_add(text, ":");
    hae_http_text_add_url(text, url + sizeof authority - 1);
}
