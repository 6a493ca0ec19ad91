/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES ((size_t)64 << 20)
#define CONNECT_S        5
/* A question takes ten seconds at most, and may be tried four times. */
#define ANSWER_S 60

bool hae_view_address_read(const char *url, struct hae_view_address *ret_address)
{
    static const char scheme[] = "http://";
    struct hae_view_address address;
    if (strncmp(url, scheme, strlen(scheme)) != 0) {
        return false;
    }
    const char *host = url + strlen(scheme);
    bool bracket = host[0] == '[';
    const char *host_end = bracket ? strchr(host, ']') : host + strcspn(host, ":/?#@");
    if (host_end == NULL || host_end[bracket] != ':') {
        return false;
    }
    const char *port = host_end + bracket + 1;
    size_t digits = strspn(port, "0123456789");
    size_t host_length = (size_t)(host_end - host) - bracket;
    const char *rest = port + digits;
    if (host_length == 0 || host_length >= sizeof address.host || digits == 0 || digits > 5 ||
        strtoul(port, NULL, 10) > 65535 || (rest[0] != '\0' && strcmp(rest, "/") != 0) ||
        strcspn(host, " \t\r\n") < (size_t)(rest - host)) {
        return false;
    }
    snprintf(address.host, sizeof address.host, "%.*s", (int)host_length, host + bracket);
    snprintf(address.port, sizeof address.port, "%.*s", (int)digits, port);
    snprintf(address.name, sizeof address.name, "%.*s", (int)(rest - host), host);
    *ret_address = address;
    return true;
}

static int connect_to(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
    struct timeval connecting = {CONNECT_S, 0};
    struct timeval answering = {ANSWER_S, 0};
    if (fd < 0) {
        return -1;
    }
    /* On Linux the limit for sending is one for connecting, too. */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &connecting, sizeof connecting);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &answering, sizeof answering);
    if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

static int open_connection(const struct hae_view_address *address, char *problem,
                           size_t problem_size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int fd = -1;
    int code = getaddrinfo(address->host, address->port, &hints, &found);
    if (code != 0) {
        snprintf(problem, problem_size, "cannot find %s: %s", address->host, gai_strerror(code));
        return -1;
    }
    for (const struct addrinfo *info = found; info != NULL && fd < 0; info = info->ai_next) {
        fd = connect_to(info);
    }
    if (fd < 0) {
        snprintf(problem, problem_size, "cannot reach http://%s: %s", address->name,
                 errno == EINPROGRESS ? strerror(ETIMEDOUT) : strerror(errno));
    }
    freeaddrinfo(found);
    return fd;
}

static bool send_all(int fd, const struct hae_buffer *request)
{
    size_t sent = 0;
    while (sent < request->length) {
        ssize_t count = send(fd, request->data + sent, request->length - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        sent += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Reads to the end. */
static bool receive_all(int fd, struct hae_buffer *answer)
{
    static const size_t piece = 65536;
    for (;;) {
        if (!hae_buffer_reserve(answer, piece)) {
            errno = ENOMEM;
            return false;
        }
        ssize_t count = recv(fd, answer->data + answer->length, piece, 0);
        if (count == 0) {
            return true;
        }
        if (count < 0 && errno != EINTR) {
            return false;
        }
        answer->length += count > 0 ? (size_t)count : 0;
    }
}

/* The length that the head of an answer gives its body; SIZE_MAX: none. */
static size_t content_length(const char *head, const char *head_end)
{
    static const char name[] = "\r\ncontent-length:";
    for (const char *at = head; at < head_end; at++) {
        if (strncasecmp(at, name, strlen(name)) == 0) {
            return strtoull(at + strlen(name), NULL, 10);
        }
    }
    return SIZE_MAX;
}

/* The status of an answer; *ret_body is where its body begins. 0: it is not whole. */
static unsigned read_head(struct hae_buffer *answer, size_t *ret_body)
{
    hae_buffer_char(answer, '\0');
    if (answer->failed) {
        return 0;
    }
    answer->length--;
    const char *end = strstr(answer->data, "\r\n\r\n");
    unsigned status = 0;
    if (end == NULL || sscanf(answer->data, "HTTP/1.%*1[01] %3u", &status) != 1) {
        return 0;
    }
    size_t body = (size_t)(end - answer->data) + 4;
    size_t length = content_length(answer->data, end);
    *ret_body = body;
    return length == SIZE_MAX || length == answer->length - body ? status : 0;
}

/* Sends a request, which it frees, and reads the body of the answer. */
static unsigned exchange(const struct hae_view_address *address, struct hae_buffer *request,
                         struct hae_buffer *body, char *problem, size_t problem_size)
{
    struct hae_buffer answer = HAE_BUFFER_INIT;
    unsigned status = 0;
    size_t begin = 0;
    answer.limit = ANSWER_MAX_BYTES;
    int fd = open_connection(address, problem, problem_size);
    if (fd >= 0) {
        if (request->failed) {
            snprintf(problem, problem_size, "out of memory");
        } else if (!send_all(fd, request) || !receive_all(fd, &answer)) {
            snprintf(problem, problem_size, "http://%s does not answer: %s", address->name,
                     errno == EAGAIN ? "it takes too long" : strerror(errno));
        } else if ((status = read_head(&answer, &begin)) == 0) {
            snprintf(problem, problem_size, "http://%s is no haetae-view", address->name);
        } else {
            hae_buffer_add(body, answer.data + begin, answer.length - begin);
        }
        close(fd);
    }
    hae_buffer_done(request);
    hae_buffer_done(&answer);
    return status;
}

/* HTTP/1.0: the answer comes in one piece and ends with the connection. */

unsigned hae_view_http_get(const struct hae_view_address *address, const char *path,
                           struct hae_buffer *body, char *problem, size_t problem_size)
{
    struct hae_buffer request = HAE_BUFFER_INIT;
    hae_buffer_format(&request, "GET %s HTTP/1.0\r\nHost: %s\r\nAccept: application/json\r\n\r\n",
                      path, address->name);
    return exchange(address, &request, body, problem, problem_size);
}

unsigned hae_view_http_post(const struct hae_view_address *address, const char *path,
                            struct hae_view_bytes data, struct hae_buffer *body, char *problem,
                            size_t problem_size)
{
    struct hae_buffer request = HAE_BUFFER_INIT;
    hae_buffer_format(&request,
                      "POST %s HTTP/1.0\r\nHost: %s\r\nX-Haetae: 1\r\n"
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                      path, address->name, data.length);
    hae_buffer_add(&request, data.data, data.length);
    return exchange(address, &request, body, problem, problem_size);
}
