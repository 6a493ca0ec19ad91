/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, CHUNK_BYTES = 256 * 1024, HEAD_MAX_BYTES = 16 * 1024 };
enum { FRAME_HEAD_BYTES = 9, PING_BYTES = 8, PREFACE_BYTES = 24, WINDOW_MAX = 0x7fffffff };
enum frame { DATA, HEADERS, SETTINGS = 4, PING = 6, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
enum protocol { UNKNOWN, HTTP_1, HTTP_2 };

struct connection {
    int descriptor;
    enum protocol protocol;
    uint8_t head[HEAD_MAX_BYTES]; /* of a request or a frame, as far as it has come */
    size_t head_bytes;
    uint64_t left_bytes; /* of a body, or of a frame's payload */
    bool in_body;
    uint8_t ping[PING_BYTES];
    size_t ping_bytes;
    uint32_t stream_bytes; /* of DATA since the last window that was given */
};

static struct receiver_counts *counts;

static void count_request(void)
{
    atomic_fetch_add_explicit(&counts->requests, 1, memory_order_relaxed);
}

/* Answers are short, so a socket that takes none of one has a sender that does not read. */
static bool answer(const struct connection *connection, const void *bytes, size_t size)
{
    return send(connection->descriptor, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* ---- HTTP/1.1 --------------------------------------------------------------------- */

static uint64_t content_length(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line != NULL ? strtoull(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

static bool end_request(struct connection *connection)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    connection->in_body = false;
    connection->head_bytes = 0;
    count_request();
    return answer(connection, ok, sizeof ok - 1);
}

/* Takes some of `size` bytes and returns how many; 0: the connection is of no use. */
static size_t take_http_1(struct connection *connection, const uint8_t *bytes, size_t size)
{
    if (connection->in_body) {
        size_t taken = size < connection->left_bytes ? size : (size_t)connection->left_bytes;

        connection->left_bytes -= taken;
        return connection->left_bytes != 0 || end_request(connection) ? taken : 0;
    }
    if (connection->head_bytes == HEAD_MAX_BYTES - 1) {
        return 0;
    }
    connection->head[connection->head_bytes++] = *bytes;
    if (connection->head_bytes >= 4 &&
        memcmp(connection->head + connection->head_bytes - 4, "\r\n\r\n", 4) == 0) {
        connection->head[connection->head_bytes] = '\0';
        connection->left_bytes = content_length((const char *)connection->head);
        connection->in_body = true;
        return connection->left_bytes != 0 || end_request(connection) ? 1 : 0;
    }
    return 1;
}

/* ---- HTTP/2 ----------------------------------------------------------------------- */

static size_t put_frame(uint8_t *to, enum frame type, uint8_t flags, uint32_t stream,
                        const void *payload, size_t size)
{
    const uint8_t head[FRAME_HEAD_BYTES] = {0,
                                            (uint8_t)(size >> 8),
                                            (uint8_t)size,
                                            (uint8_t)type,
                                            flags,
                                            (uint8_t)(stream >> 24),
                                            (uint8_t)(stream >> 16),
                                            (uint8_t)(stream >> 8),
                                            (uint8_t)stream};

    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, payload, size);
    return sizeof head + size;
}

static size_t put_window(uint8_t *to, uint32_t more_bytes)
{
    const uint8_t payload[4] = {(uint8_t)(more_bytes >> 24), (uint8_t)(more_bytes >> 16),
                                (uint8_t)(more_bytes >> 8), (uint8_t)more_bytes};

    return put_frame(to, WINDOW_UPDATE, 0, 0, payload, sizeof payload);
}

/* Lets the sender send as much as it likes. */
static bool greet(const struct connection *connection)
{
    static const uint8_t initial_window[6] = {0, 4, 0x7f, 0xff, 0xff, 0xff};
    uint8_t frames[64];
    size_t size = put_frame(frames, SETTINGS, 0, 0, initial_window, sizeof initial_window);

    size += put_window(frames + size, WINDOW_MAX - 65535);
    return answer(connection, frames, size);
}

/* Status 200, an empty message, and gRPC's status 0. Fields are literals that are not indexed. */
static bool accept_call(struct connection *connection, uint32_t stream)
{
    static const char head[] = "\x88\x00\x0c"
                               "content-type\x10"
                               "application/grpc";
    static const char tail[] = "\x00\x0bgrpc-status\x01"
                               "0";
    uint8_t frames[160];
    size_t size = put_frame(frames, HEADERS, END_HEADERS, stream, head, sizeof head - 1);

    size += put_frame(frames + size, DATA, 0, stream, "\0\0\0\0\0", 5);
    size +=
        put_frame(frames + size, HEADERS, END_HEADERS | END_STREAM, stream, tail, sizeof tail - 1);
    if (connection->stream_bytes != 0) {
        size += put_window(frames + size, connection->stream_bytes);
        connection->stream_bytes = 0;
    }
    count_request();
    return answer(connection, frames, size);
}

static bool end_frame(struct connection *connection)
{
    const uint8_t *head = connection->head;
    uint8_t type = head[3], flags = head[4];
    uint32_t stream = (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 |
                      (uint32_t)head[8];
    uint8_t frame[FRAME_HEAD_BYTES + PING_BYTES];

    connection->in_body = false;
    connection->head_bytes = 0;
    if ((type == SETTINGS || type == PING) && (flags & ACK) == 0) {
        size_t size = put_frame(frame, (enum frame)type, ACK, 0, connection->ping,
                                type == PING ? PING_BYTES : 0);

        return answer(connection, frame, size);
    }
    if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        return accept_call(connection, stream);
    }
    return true;
}

static void begin_frame(struct connection *connection)
{
    const uint8_t *head = connection->head;

    connection->left_bytes = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | (uint32_t)head[2];
    connection->in_body = true;
    connection->ping_bytes = 0;
    if (head[3] == DATA) {
        connection->stream_bytes += (uint32_t)connection->left_bytes;
    }
}

static size_t take_http_2(struct connection *connection, const uint8_t *bytes, size_t size)
{
    size_t taken = 1;

    if (connection->in_body) {
        taken = size < connection->left_bytes ? size : (size_t)connection->left_bytes;
        for (size_t i = 0; i < taken && connection->ping_bytes < PING_BYTES; i++) {
            connection->ping[connection->ping_bytes++] = bytes[i];
        }
        connection->left_bytes -= taken;
    } else {
        connection->head[connection->head_bytes++] = *bytes;
        if (connection->head_bytes < FRAME_HEAD_BYTES) {
            return taken;
        }
        begin_frame(connection);
    }
    return connection->left_bytes != 0 || end_frame(connection) ? taken : 0;
}

/* ---- Connections ------------------------------------------------------------------ */

static size_t take_first(struct connection *connection, const uint8_t *bytes)
{
    connection->head[connection->head_bytes++] = *bytes;
    if (connection->head_bytes == 3 && memcmp(connection->head, "PRI", 3) != 0) {
        connection->protocol = HTTP_1;
    }
    if (connection->head_bytes == PREFACE_BYTES) {
        connection->protocol = HTTP_2;
        connection->head_bytes = 0;
        return greet(connection) ? 1 : 0;
    }
    return 1;
}

static bool take(struct connection *connection, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t taken = connection->protocol == UNKNOWN  ? take_first(connection, bytes)
                       : connection->protocol == HTTP_1 ? take_http_1(connection, bytes, size)
                                                        : take_http_2(connection, bytes, size);

        if (taken == 0) {
            return false;
        }
        bytes += taken;
        size -= taken;
    }
    return true;
}

static bool read_some(struct connection *connection)
{
    static uint8_t chunk[CHUNK_BYTES];
    ssize_t size = recv(connection->descriptor, chunk, sizeof chunk, 0);

    if (size < 0 && errno == EINTR) {
        return true;
    }
    if (size <= 0) {
        return false;
    }
    atomic_fetch_add_explicit(&counts->bytes, (uint64_t)size, memory_order_relaxed);
    return take(connection, chunk, (size_t)size);
}

static void serve(int listener)
{
    static struct connection connections[CONNECTIONS_MAX];
    struct pollfd polled[CONNECTIONS_MAX + 1];
    unsigned count = 0;

    for (;;) {
        polled[count] = (struct pollfd){listener, count < CONNECTIONS_MAX ? POLLIN : 0, 0};
        for (unsigned i = 0; i < count; i++) {
            polled[i] = (struct pollfd){connections[i].descriptor, POLLIN, 0};
        }
        if (poll(polled, count + 1, -1) < 0) {
            continue;
        }
        if ((polled[count].revents & POLLIN) != 0) {
            int descriptor = accept(listener, NULL, NULL);

            if (descriptor >= 0) {
                connections[count++] = (struct connection){.descriptor = descriptor};
                continue;
            }
        }
        for (unsigned i = count; i-- > 0;) {
            if (polled[i].revents != 0 && !read_some(&connections[i])) {
                close(connections[i].descriptor);
                connections[i] = connections[--count];
            }
        }
    }
}

static int listen_on_any(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, CONNECTIONS_MAX) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return listener;
}

int receiver_start(struct receiver *receiver)
{
    pid_t parent = getpid();
    int listener = listen_on_any(&receiver->port);
    void *shared = mmap(NULL, sizeof *receiver->counts, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (listener < 0 || shared == MAP_FAILED || (receiver->process = fork()) < 0) {
        perror("receiver");
        return -1;
    }
    receiver->counts = shared;
    if (receiver->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        counts = shared;
        serve(listener);
    }
    close(listener);
    return 0;
}

void receiver_stop(const struct receiver *receiver)
{
    kill(receiver->process, SIGKILL);
    waitpid(receiver->process, NULL, 0);
    munmap(receiver->counts, sizeof *receiver->counts);
}
