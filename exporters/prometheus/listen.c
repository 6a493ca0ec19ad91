/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

/* Connections that the system keeps until they are accepted. */
enum { BACKLOG = 128 };

uint16_t hae_prom_port_of(int socket)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    socklen_t length = sizeof address;

    memset(&address, 0, sizeof address);
    if (getsockname(socket, &address.any, &length) != 0) {
        return 0;
    }
    return address.any.sa_family == AF_INET    ? ntohs(address.four.sin_port)
           : address.any.sa_family == AF_INET6 ? ntohs(address.six.sin6_port)
                                               : 0;
}

/* -1, with errno. */
static int listen_on(const struct addrinfo *address)
{
    static const int on = 1;
    int made = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
    int listener = made < 0 ? -1 : hae_descriptor_raise(made);
    int saved;

    if (listener < 0) {
        return -1;
    }
    /* So that connections of a process that has ended do not keep its successor away. */
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(listener, BACKLOG) == 0) {
        return listener;
    }
    saved = errno;
    close(listener);
    errno = saved;
    return -1;
}

static int listen_on_first(const struct addrinfo *list, int family)
{
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        int listener = at->ai_family == family ? listen_on(at) : -1;

        if (listener >= 0) {
            return listener;
        }
    }
    return -1;
}

int hae_prom_listen(const char *host, uint16_t port, uint16_t *ret_port, const char **ret_why,
                    bool *ret_host)
{
    static const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                           .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    char service[8];
    int failure;
    int listener;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    failure = getaddrinfo(host, service, &wanted, &found);
    if (failure != 0) {
        *ret_why = failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure);
        *ret_host = true;
        return -1;
    }
    errno = EADDRNOTAVAIL;
    listener = listen_on_first(found, AF_INET);
    if (listener < 0 && errno != EADDRINUSE && errno != EACCES) {
        listener = listen_on_first(found, AF_INET6);
    }
    if (listener < 0) {
        *ret_why = strerror(errno);
        *ret_host = errno == EADDRNOTAVAIL;
    } else {
        *ret_port = hae_prom_port_of(listener);
    }
    freeaddrinfo(found);
    return listener;
}
