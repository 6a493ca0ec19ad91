/* SPDX-License-Identifier: Apache-2.0 */
/* socket() and connect() of this program, for libcurl too: each TCP socket is one end of a pair. */
#undef _GNU_SOURCE /* with it, connect() has a parameter that is not ISO C */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http_server/sockets.h"

static int ends[SERVER_CONNECTIONS][2];
static size_t end_count;

int socket(int domain, int type, int protocol)
{
    int pair[2];

    if (domain != AF_INET || (type & 0xF) != SOCK_STREAM) {
        return (int)syscall(SYS_socket, domain, type, protocol);
    }
    if (end_count == SERVER_CONNECTIONS || socketpair(AF_UNIX, type, 0, pair) != 0) {
        errno = EMFILE;
        return -1;
    }
    ends[end_count][0] = pair[0];
    ends[end_count++][1] = pair[1];
    return pair[0];
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (address->sa_family != AF_INET) {
        return (int)syscall(SYS_connect, fd, address, length);
    }
    if (!server.connected) {
        errno = ECONNREFUSED;
        return -1;
    }
    return 0;
}

int sockets_take(void)
{
    return end_count > 0 ? ends[--end_count][1] : -1;
}
