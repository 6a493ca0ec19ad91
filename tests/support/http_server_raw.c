/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_server_raw.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct http_server_raw {
    int listener;
    int stop_fd; /* becomes readable when the server must stop, and stays so */
    pthread_t thread;
    http_server_raw_handler handler;
    _Atomic unsigned connection_count; /* written by the thread */
};

/* Waits for events on a descriptor. False when the server must stop. */
static bool wait_for(struct http_server_raw *server, int fd, short events)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = server->stop_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0) {
    }
    return fds[1].revents == 0;
}

static void *run(void *user)
{
    struct http_server_raw *server = user;

    while (wait_for(server, server->listener, POLLIN)) {
        int connection = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (connection >= 0) {
            unsigned number = atomic_fetch_add(&server->connection_count, 1) + 1;

            server->handler(server, connection, number);
            close(connection);
        }
    }
    return NULL;
}

struct http_server_raw *http_server_raw_start(http_server_raw_handler handler)
{
    struct http_server_raw *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    server->handler = handler;
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

void http_server_raw_stop(struct http_server_raw *server)
{
    eventfd_write(server->stop_fd, 1);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->stop_fd);
    free(server);
}

unsigned http_server_raw_port(const struct http_server_raw *server)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

unsigned http_server_raw_connection_count(struct http_server_raw *server)
{
    return atomic_load(&server->connection_count);
}

static ssize_t receive(struct http_server_raw *server, int connection, void *data, size_t size)
{
    if (!wait_for(server, connection, POLLIN)) {
        return 0;
    }
    return recv(connection, data, size, 0);
}

bool http_server_raw_read_request(struct http_server_raw *server, int connection)
{
    char data[65536];
    size_t size = 0;

    for (;;) {
        ssize_t count = receive(server, connection, data + size, sizeof data - 1 - size);
        const char *body, *length;

        if (count <= 0) {
            return false;
        }
        size += (size_t)count;
        data[size] = '\0';
        body = strstr(data, "\r\n\r\n");
        length = strcasestr(data, "\r\nContent-Length:");
        if (body != NULL && length != NULL &&
            size - (size_t)(body + 4 - data) >= strtoul(length + 17, NULL, 10)) {
            return true;
        }
    }
}

bool http_server_raw_write(struct http_server_raw *server, int connection, const void *data,
                           size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t count;

        if (!wait_for(server, connection, POLLOUT)) {
            return false;
        }
        count = send(connection, at, size, MSG_NOSIGNAL);
        if (count < 0) {
            return false;
        }
        at += count;
        size -= (size_t)count;
    }
    return true;
}

bool http_server_raw_write_text(struct http_server_raw *server, int connection, const char *text)
{
    return http_server_raw_write(server, connection, text, strlen(text));
}

void http_server_raw_wait_close(struct http_server_raw *server, int connection)
{
    char data[4096];

    while (receive(server, connection, data, sizeof data) > 0) {
    }
}

bool http_server_raw_pause(struct http_server_raw *server, int connection, int pause_ms)
{
    struct pollfd fds[] = {{.fd = connection, .events = POLLRDHUP},
                           {.fd = server->stop_fd, .events = POLLIN}};

    return poll(fds, 2, pause_ms) == 0;
}

void http_server_raw_will_reset(int connection)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};

    setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}
