/* SPDX-License-Identifier: Apache-2.0 */
#include "http_span.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "http_metrics.h"
#include "telemetry.h"

void http_instruments_init(struct http_instruments *instruments, haetae_sdk *sdk)
{
    haetae_meter *meter = haetae_meter_named(sdk, "dispatch.http_server");
    instruments->tracer = haetae_tracer_named(sdk, "dispatch.http_server");
    instruments->duration = http_duration_histogram(meter, "http.server.request.duration",
                                                    "Duration of HTTP server requests.");
    instruments->active = NULL;
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("http.server.active_requests"),
        .unit = haetae_string_of("{request}"),
        .description = haetae_string_of("Number of active HTTP server requests."));
    haetae_up_down_counter_create(meter, &options, &instruments->active);
}

/* libmicrohttpd ignores case. */
static const char *get_header(struct MHD_Connection *connection, const char *key)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, key);
}

/* A header that is looked for, which the request may have several times. */
struct wanted_header {
    const char *key;
    size_t index;      /* counts down */
    const char *value; /* NULL: not found yet */
};

static enum MHD_Result look_at_header(void *user, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct wanted_header *wanted = user;
    (void)kind;
    if (strcasecmp(key, wanted->key) != 0 || wanted->index-- != 0) {
        return MHD_YES;
    }
    wanted->value = value != NULL ? value : "";
    return MHD_NO; /* found: look no further */
}

/* Propagators ask for each value of a header in turn. */
static bool get_header_value(void *connection, const char *key, size_t key_length, size_t index,
                             haetae_string *ret_value)
{
    struct wanted_header wanted = {key, index, NULL};
    (void)key_length;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header, &wanted);
    if (wanted.value == NULL) {
        return false;
    }
    *ret_value = haetae_string_of(wanted.value);
    return true;
}

/* The caller's span context and baggage; NULL: no memory for it. */
static haetae_context *extract(struct MHD_Connection *connection)
{
    static const haetae_carrier_ops headers =
        HAETAE_OPTIONS(haetae_carrier_ops, .get = get_header_value);
    haetae_context *context = NULL;
    haetae_propagator_extract(NULL, haetae_context_root(), &headers, connection, &context);
    return context;
}

static void add_peer(struct attributes *list, struct MHD_Connection *connection, char *text,
                     size_t capacity)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr->sa_family != AF_INET) {
        return;
    }
    const struct sockaddr_in *peer = (const void *)info->client_addr;
    inet_ntop(AF_INET, &peer->sin_addr, text, (socklen_t)capacity);
    attributes_add_text(list, "client.address", text);
    attributes_add_text(list, "network.peer.address", text);
    attributes_add(list, HAETAE_ATTR("network.peer.port", ntohs(peer->sin_port)));
}

static void active_add(const struct http_span *span, int64_t change)
{
    haetae_up_down_counter_add(span->instruments->active, change,
                               HAETAE_ATTRS(HAETAE_ATTR("http.request.method", span->method),
                                            HAETAE_ATTR("url.scheme", "http")));
}

/* Attributes known now are given at the start, where a sampler can use them. */
static haetae_span start_span(const struct http_span *span, const struct http_span_request *request,
                              const haetae_context *incoming)
{
    char host[64];
    char peer[INET_ADDRSTRLEN] = "";
    int port = 0;
    bool other = strcmp(span->method, "_OTHER") == 0;
    struct attributes list = {.count = 0};
    http_split_authority(get_header(request->connection, "Host"), host, sizeof host, &port);
    attributes_add_text(&list, "http.request.method", span->method);
    attributes_add_text(&list, "http.request.method_original", other ? request->method : NULL);
    attributes_add_text(&list, "url.path", request->path);
    attributes_add_text(&list, "url.scheme", "http");
    attributes_add_text(&list, "http.route", request->route);
    attributes_add_text(&list, "server.address", host);
    attributes_add(&list, HAETAE_ATTR("server.port", port));
    attributes_add_text(&list, "user_agent.original",
                        get_header(request->connection, "User-Agent"));
    add_peer(&list, request->connection, peer, sizeof peer);

    haetae_span_options options = HAETAE_OPTIONS(
        haetae_span_options, .kind = HAETAE_SPAN_KIND_SERVER, .parent_context = incoming,
        .attributes = list.items, .attribute_count = list.count);
    /* The span's name must have few values: it has the route, never the path. */
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", other ? "HTTP" : span->method,
             request->route != NULL ? " " : "", request->route != NULL ? request->route : "");
    return haetae_span_start_with(span->instruments->tracer, name, strlen(name), &options);
}

void http_span_begin(struct http_span *span, const struct http_instruments *instruments,
                     const struct http_span_request *request)
{
    *span = (struct http_span){
        .instruments = instruments,
        .method = http_method_value(request->method),
        .route = request->route,
        .start_s = telemetry_now_s(),
    };
    active_add(span, 1);
    haetae_context *incoming = extract(request->connection);
    span->span = start_span(span, request, incoming);
    haetae_context_with_span(incoming, span->span, &span->context);
    haetae_context_unref(incoming);
}

void http_span_attach(const struct http_span *span, haetae_context_token *token)
{
    if (span->context != NULL) {
        haetae_context_attach_context(span->context, token);
    } else {
        haetae_context_attach(span->span, token);
    }
}

void http_span_end(struct http_span *span, unsigned status, const char *error_type)
{
    char code[16];
    snprintf(code, sizeof code, "%u", status);
    /* On the server's side only 5xx are errors: a 404 is the caller's mistake. */
    if (status == 0) {
        error_type = "connection_lost";
    } else if (error_type == NULL && status >= 500) {
        error_type = code;
    }

    struct attributes list = {.count = 0};
    attributes_add_text(&list, "http.request.method", span->method);
    attributes_add_text(&list, "url.scheme", "http");
    attributes_add_text(&list, "http.route", span->route);
    if (status != 0) {
        attributes_add(&list, HAETAE_ATTR("http.response.status_code", status));
        haetae_span_set(span->span, "http.response.status_code", status);
    }
    if (error_type != NULL) {
        attributes_add_text(&list, "error.type", error_type);
        haetae_span_set(span->span, "error.type", error_type);
        haetae_span_set_status(span->span, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    }
    haetae_histogram_record_double(span->instruments->duration, telemetry_now_s() - span->start_s,
                                   list.items, list.count);
    active_add(span, -1);
    haetae_span_end(span->span);
    haetae_context_unref(span->context);
}
