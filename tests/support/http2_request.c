/* SPDX-License-Identifier: Apache-2.0 */
/* The server's requests: read, kept for the test, answered or held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/http2_connection.h"

static void decode_headers(struct http2_connection *connection, struct http2_request *request)
{
    const uint8_t *at = (const uint8_t *)connection->block;
    size_t left = connection->block_bytes;
    size_t length = 0;
    int flags = 0;

    request->headers = calloc(1, 1 << 18);
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv pair;
        ssize_t used = nghttp2_hd_inflate_hd2(connection->inflater, &pair, &flags, at, left, 1);

        if (used < 0) {
            return;
        }
        at += used;
        left -= (size_t)used;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            length += (size_t)sprintf(request->headers + length, "%.*s: %.*s\n", (int)pair.namelen,
                                      (const char *)pair.name, (int)pair.valuelen,
                                      (const char *)pair.value);
        }
    }
    nghttp2_hd_inflate_end_headers(connection->inflater);
}

char *http2_request_header(const struct http2_request *request, const char *name)
{
    size_t length = strlen(name);
    const char *line = request->headers;

    while (*line != '\0') {
        size_t size = strcspn(line, "\n");

        if (strncmp(line, name, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            return strndup(line + length + 2, size - length - 2);
        }
        line += size + 1;
    }
    return NULL;
}

void http2_request_free(struct http2_request *request)
{
    if (request != NULL) {
        free(request->headers);
        free(request->body);
        free(request);
    }
}

static struct http2_request *copy_of(const struct http2_request *request)
{
    struct http2_request *copy = malloc(sizeof *copy);

    *copy = *request;
    copy->headers = strdup(request->headers);
    copy->body = malloc(request->body_bytes + 1);
    if (request->body_bytes > 0) {
        memcpy(copy->body, request->body, request->body_bytes);
    }
    return copy;
}

struct http2_request *http2_server_request(struct http2_server *server, unsigned number)
{
    struct http2_request *copy = NULL;

    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < HTTP2_KEPT; i++) {
        if (server->kept[i] != NULL && server->kept[i]->number == number) {
            copy = copy_of(server->kept[i]);
        }
    }
    pthread_mutex_unlock(&server->lock);
    assert_non_null(copy);
    return copy;
}

/* A slot of the connection; with `stream` 0 a free one. */
static struct http2_request **slot_of(struct http2_connection *connection, uint32_t stream)
{
    for (size_t i = 0; i < HTTP2_STREAMS_MAX; i++) {
        struct http2_request *request = connection->streams[i];

        if (stream == 0 ? request == NULL : request != NULL && request->stream == stream) {
            return &connection->streams[i];
        }
    }
    return NULL;
}

/* A request is whole. Returns whether it is to be answered now. */
static bool note_request(struct http2_connection *connection, struct http2_request *request)
{
    struct http2_server *server = connection->server;
    struct http2_request **kept;
    bool hold;

    pthread_mutex_lock(&server->lock);
    request->number = ++server->request_count;
    kept = &server->kept[request->number % HTTP2_KEPT];
    http2_request_free(*kept);
    *kept = copy_of(request);
    hold = server->hold && server->held_count < HTTP2_STREAMS_MAX;
    if (hold) {
        server->held[server->held_count++] = (struct http2_held){connection, request};
        if (server->held_count > server->most_held) {
            server->most_held = (unsigned)server->held_count;
        }
    }
    pthread_mutex_unlock(&server->lock);
    return !hold;
}

void http2_request_end(struct http2_connection *connection, uint32_t stream)
{
    struct http2_request **slot = slot_of(connection, stream);
    struct http2_request *request = slot != NULL ? *slot : NULL;

    if (request == NULL) {
        return;
    }
    *slot = NULL;
    if (note_request(connection, request)) {
        connection->server->handler(connection, request);
        http2_request_free(request);
    }
}

void http2_request_begin(struct http2_connection *connection, uint32_t stream)
{
    struct http2_request **slot = slot_of(connection, 0);
    struct http2_request *request = calloc(1, sizeof *request);

    request->connection = connection->number;
    request->stream = stream;
    decode_headers(connection, request);
    if (slot == NULL) {
        http2_request_free(request);
    } else {
        *slot = request;
    }
}

void http2_request_drop(struct http2_connection *connection, uint32_t stream)
{
    struct http2_server *server = connection->server;
    struct http2_request **slot = slot_of(connection, stream);

    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->held_count; i++) {
        if (server->held[i].connection == connection && server->held[i].request->stream == stream) {
            http2_request_free(server->held[i].request);
            server->held[i] = server->held[--server->held_count];
            break;
        }
    }
    pthread_mutex_unlock(&server->lock);
    if (slot != NULL) {
        http2_request_free(*slot);
        *slot = NULL;
    }
}

void http2_request_add(struct http2_connection *connection, uint32_t stream, const uint8_t *data,
                       size_t size)
{
    struct http2_server *server = connection->server;
    struct http2_request **slot = slot_of(connection, stream);
    bool resets = false;

    if (slot != NULL && size > 0) {
        (*slot)->body = realloc((*slot)->body, (*slot)->body_bytes + size);
        memcpy((*slot)->body + (*slot)->body_bytes, data, size);
        (*slot)->body_bytes += size;
        pthread_mutex_lock(&server->lock);
        resets = (*slot)->body_bytes > server->reset_after_bytes;
        pthread_mutex_unlock(&server->lock);
    }
    if (resets) {
        http2_reset(connection);
    }
}
