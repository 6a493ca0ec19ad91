/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host_trace.pb-c.h"

#define REQUEST_MAX 65536

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest request_type;

/* Reads until header and body are there. Returns the body's length, or -1. */
static long read_request(int connection, char *buffer, char **ret_body)
{
    size_t used = 0;
    for (;;) {
        ssize_t got = read(connection, buffer + used, REQUEST_MAX - 1 - used);
        if (got <= 0)
            return -1;
        used += (size_t)got;
        buffer[used] = '\0';
        char *end = strstr(buffer, "\r\n\r\n");
        char *field = strcasestr(buffer, "content-length:");
        if (end == NULL || field == NULL || field > end)
            continue;
        long length = strtol(field + strlen("content-length:"), NULL, 10);
        size_t header = (size_t)(end + 4 - buffer);
        if (length < 0 || (size_t)length > REQUEST_MAX - 1 - header)
            return -1;
        if (used - header >= (size_t)length) {
            *ret_body = end + 4;
            return length;
        }
    }
}

static void count_spans(struct server *server, const request_type *request)
{
    for (size_t r = 0; r < request->n_resource_spans; r++)
        for (size_t s = 0; s < request->resource_spans[r]->n_scope_spans; s++) {
            const Opentelemetry__Proto__Collector__Trace__V1__ScopeSpans *scope =
                request->resource_spans[r]->scope_spans[s];
            for (size_t i = 0; i < scope->n_spans; i++) {
                if (strcmp(scope->spans[i]->name, "from haetae") == 0)
                    atomic_fetch_add(&server->from_haetae, 1);
                else if (strcmp(scope->spans[i]->name, "from the host") == 0)
                    atomic_fetch_add(&server->from_host, 1);
            }
        }
}

static void serve(struct server *server, int connection)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n";
    static char buffer[REQUEST_MAX];
    char *body = NULL;
    long length = read_request(connection, buffer, &body);
    request_type *request = NULL;
    if (length >= 0)
        request = opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
            NULL, (size_t)length, (const uint8_t *)body);
    if (request == NULL || write(connection, answer, sizeof(answer) - 1) < 0)
        atomic_fetch_add(&server->broken, 1);
    if (request != NULL)
        count_spans(server, request);
    opentelemetry__proto__collector__trace__v1__export_trace_service_request__free_unpacked(request,
                                                                                            NULL);
}

static void *run(void *argument)
{
    struct server *server = argument;
    for (;;) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0)
            return NULL;
        serve(server, connection);
        close(connection);
    }
}

int server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    memset(server, 0, sizeof(*server));
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0)
        return -1;
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 8) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&server->thread, NULL, run, server) != 0) {
        close(server->listener);
        return -1;
    }
    server->port = ntohs(address.sin_port);
    return 0;
}

void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}
