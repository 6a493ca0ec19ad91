/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

/* Splits at the last colon, and removes the brackets around an IPv6 address. */
static bool split(const char *where, char host[64], char port[6])
{
    const char *colon = strrchr(where, ':');
    if (colon == NULL || colon == where) {
        return false;
    }
    const char *begin = where;
    size_t length = (size_t)(colon - where);
    if (begin[0] == '[' && colon[-1] == ']') {
        begin++;
        length -= 2;
    } else if (memchr(begin, ':', length) != NULL) {
        return false; /* an IPv6 address without brackets */
    }
    size_t port_length = strlen(colon + 1);
    if (length == 0 || length >= 64 || port_length == 0 || port_length > 5 ||
        strspn(colon + 1, "0123456789") != port_length || atoi(colon + 1) > 65535) {
        return false;
    }
    memcpy(host, begin, length);
    host[length] = '\0';
    memcpy(port, colon + 1, port_length + 1);
    return true;
}

static void describe(struct hae_view_listener *listener)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN] = "?";
    memset(&address, 0, sizeof address);
    getsockname(listener->fd, (struct sockaddr *)&address, &size);
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        listener->port = ntohs(in6->sin6_port);
        listener->loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
        snprintf(listener->address, sizeof listener->address, "[%s]:%u", text, listener->port);
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        listener->port = ntohs(in->sin_port);
        listener->loopback = ntohl(in->sin_addr.s_addr) >> 24 == 127;
        snprintf(listener->address, sizeof listener->address, "%s:%u", text, listener->port);
    }
}

/* Returns a listening socket, or a negative errno. */
static int open_socket(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

bool hae_view_listen(const char *where, struct hae_view_listener *ret_listener, char *problem,
                     size_t problem_size)
{
    char host[64];
    char port[6];
    if (!split(where, host, port)) {
        snprintf(problem, problem_size,
                 "cannot listen on '%s': expected ADDRESS:PORT, such as 127.0.0.1:4318 or "
                 "[::1]:4318",
                 where);
        return false;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int status = getaddrinfo(host, port, &hints, &found);
    if (status != 0) {
        snprintf(problem, problem_size, "cannot listen on '%s': %s", where, gai_strerror(status));
        return false;
    }
    int fd = open_socket(found);
    freeaddrinfo(found);
    if (fd < 0) {
        snprintf(problem, problem_size, "cannot listen on %s: %s%s", where, strerror(-fd),
                 fd == -EADDRINUSE
                     ? " (is another haetae-view or a collector running? choose another port "
                       "with --listen, or 0 for any)"
                     : "");
        return false;
    }
    struct hae_view_listener listener = {.fd = fd};
    describe(&listener);
    *ret_listener = listener;
    return true;
}
