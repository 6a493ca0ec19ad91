/* SPDX-License-Identifier: Apache-2.0 */
#include "attributes.h"

#include "redact.h"

/* In the order in which they are collected: first those that nearly every request has. */
enum key {
    METHOD,
    SCHEME,
    ROUTE,
    STATUS,
    VERSION,
    PATH,
    SERVER,
    SERVER_PORT,
    CLIENT,
    CLIENT_PORT,
    AGENT,
    RESPONSE_SIZE,
    QUERY,
    ERROR,
    METHOD_ORIGINAL,
    REQUEST_SIZE,
    CONFIGURED /* any key of haetae_attribute */
};

#define NAME(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* clang-format off */
static const haetae_string keys[CONFIGURED] = {
    [METHOD]          = NAME("http.request.method"),
    [SCHEME]          = NAME("url.scheme"),
    [ROUTE]           = NAME("http.route"),
    [STATUS]          = NAME("http.response.status_code"),
    [VERSION]         = NAME("network.protocol.version"),
    [PATH]            = NAME("url.path"),
    [SERVER]          = NAME("server.address"),
    [SERVER_PORT]     = NAME("server.port"),
    [CLIENT]          = NAME("client.address"),
    [CLIENT_PORT]     = NAME("client.port"),
    [AGENT]           = NAME("user_agent.original"),
    [RESPONSE_SIZE]   = NAME("http.response.body.size"),
    [QUERY]           = NAME("url.query"),
    [ERROR]           = NAME("error.type"),
    [METHOD_ORIGINAL] = NAME("http.request.method_original"),
    [REQUEST_SIZE]    = NAME("http.request.body.size"),
};
/* clang-format on */

/* Usual requests have all of the first keys, and a query or none: those are prepared. */
enum { USUAL_COUNT = QUERY, KEYS_BYTES = 256 };

HAETAE_SPAN_SITE_OF(usual, HAETAE_SPAN_KIND_SERVER, "request", NULL, 0, keys, USUAL_COUNT,
                    KEYS_BYTES);
HAETAE_SPAN_SITE_OF(usual_with_query, HAETAE_SPAN_KIND_SERVER, "request", NULL, 0, keys,
                    USUAL_COUNT + 1, KEYS_BYTES);

static void add_named(struct nh_attributes *list, enum key key, haetae_string name,
                      haetae_value value)
{
    list->present |= 1u << key;
    list->keys[list->count] = name;
    list->values[list->count++] = value;
}

static void add(struct nh_attributes *list, enum key key, haetae_value value)
{
    add_named(list, key, keys[key], value);
}

static haetae_value text_of(ngx_str_t text)
{
    return haetae_value_text((const char *)text.data, text.len);
}

/* The five that span and duration share. */
static void add_common(struct nh_attributes *list, ngx_http_request_t *r,
                       const struct nh_request *request, const struct nh_location *location,
                       ngx_uint_t status)
{
    add(list, METHOD, text_of(nh_methods[request->method]));
    add(list, SCHEME,
        request->scheme == SCHEME_HTTPS ? haetae_value_text("https", 5)
                                        : haetae_value_text("http", 4));
    if (location->route.len != 0) {
        add(list, ROUTE, text_of(location->route));
    }
    if (status != 0) {
        add(list, STATUS, haetae_value_int64((int64_t)status));
    }
    if (r->http_version == NGX_HTTP_VERSION_11) {
        add(list, VERSION, haetae_value_text("1.1", 3));
    } else if (r->http_version >= NGX_HTTP_VERSION_20) {
        add(list, VERSION,
            r->http_version >= 3000 ? haetae_value_text("3", 1) : haetae_value_text("2", 1));
    } else if (r->http_version == NGX_HTTP_VERSION_10) {
        add(list, VERSION, haetae_value_text("1.0", 3));
    }
    if (status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        const u_char *end = ngx_sprintf(list->status_text, "%ui", status);

        add(list, ERROR,
            haetae_value_text((const char *)list->status_text, (size_t)(end - list->status_text)));
    }
}

/* As the client wrote it: rewriting and error pages change the other texts that nginx has. Returns
 * the query; empty: there is none. */
static ngx_str_t add_path(struct nh_attributes *list, const ngx_http_request_t *r)
{
    ngx_str_t path = r->unparsed_uri;
    const u_char *mark = path.len != 0 ? memchr(path.data, '?', path.len) : NULL;
    ngx_str_t query = ngx_null_string;

    if (mark != NULL) {
        query.data = path.data + (mark + 1 - path.data);
        query.len = path.len - (size_t)(query.data - path.data);
        path.len = (size_t)(mark - path.data);
    }
    if (path.len != 0) {
        add(list, PATH, text_of(path));
    }
    return query;
}

/* The server by the name that the client used, else by its first one. */
static void add_server(struct nh_attributes *list, ngx_http_request_t *r,
                       const struct nh_request *request)
{
    ngx_http_core_srv_conf_t *server = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    const ngx_str_t *name = &r->headers_in.server;
    const ngx_table_elt_t *host = r->headers_in.host;
    ngx_int_t port = request->scheme == SCHEME_HTTPS ? 443 : 80;

    if (name->len == 0) {
        name = &server->server_name;
    } else if (host != NULL && host->value.len > name->len + 1 &&
               host->value.data[name->len] == ':') {
        port = ngx_atoi(host->value.data + name->len + 1, host->value.len - name->len - 1);
    }
    if (name->len != 0) {
        add(list, SERVER, text_of(*name));
        if (port > 0 && port <= 65535) {
            add(list, SERVER_PORT, haetae_value_int64(port));
        }
    }
}

static void add_client(struct nh_attributes *list, const ngx_http_request_t *r)
{
    in_port_t port = ngx_inet_get_port(r->connection->sockaddr);

    add(list, CLIENT, text_of(r->connection->addr_text));
    if (port != 0) { /* not a Unix socket's */
        add(list, CLIENT_PORT, haetae_value_int64(port));
    }
    if (r->headers_in.user_agent != NULL) {
        add(list, AGENT, text_of(r->headers_in.user_agent->value));
    }
}

static void add_sizes(struct nh_attributes *list, const ngx_http_request_t *r)
{
    off_t sent = r->connection->sent - (off_t)r->header_size;
    const ngx_table_elt_t *length = r->headers_in.content_length;

    /* nginx's number of it counts down. */
    off_t size = length != NULL ? ngx_atoof(length->value.data, length->value.len) : NGX_ERROR;

    if (size >= 0) {
        add(list, REQUEST_SIZE, haetae_value_int64(size));
    }
    add(list, RESPONSE_SIZE, haetae_value_int64(sent > 0 ? sent : 0));
}

static void add_configured(struct nh_attributes *list, ngx_http_request_t *r,
                           const struct nh_location *location)
{
    struct nh_configured_attribute *attributes = location->attributes->elts;

    for (ngx_uint_t i = 0; i < location->attributes->nelts; i++) {
        ngx_str_t value;

        /* A variable that is not set says nothing. */
        if (ngx_http_complex_value(r, &attributes[i].value, &value) == NGX_OK && value.len != 0) {
            add_named(list, CONFIGURED,
                      (haetae_string){(const char *)attributes[i].key.data, attributes[i].key.len},
                      text_of(value));
        }
    }
}

void nh_attributes_collect(ngx_http_request_t *r, const struct nh_request *request,
                           const struct nh_location *location, ngx_uint_t status,
                           struct nh_attributes *ret_list)
{
    ngx_str_t query;

    ret_list->count = 0;
    ret_list->present = 0;
    add_common(ret_list, r, request, location, status);
    query = add_path(ret_list, r);
    add_server(ret_list, r, request);
    add_client(ret_list, r);
    add_sizes(ret_list, r);
    if (query.len != 0) {
        add(ret_list, QUERY, text_of(nh_redact_query(r->pool, query)));
    }
    if (request->method == METHOD_OTHER && request->method_name.len != 0) {
        add(ret_list, METHOD_ORIGINAL, text_of(request->method_name));
    }
    if (location->attributes != NULL) {
        add_configured(ret_list, r, location);
    }
}

void nh_attributes_of_duration(ngx_http_request_t *r, const struct nh_request *request,
                               const struct nh_location *location, ngx_uint_t status,
                               struct nh_attributes *ret_list)
{
    ret_list->count = 0;
    ret_list->present = 0;
    add_common(ret_list, r, request, location, status);
}

void nh_attributes_join(const struct nh_attributes *list, haetae_attribute *items)
{
    for (size_t i = 0; i < list->count; i++) {
        items[i].key = list->keys[i];
        items[i].value = list->values[i];
    }
}

void nh_attributes_end(const struct nh_attributes *list, haetae_span span)
{
    haetae_attribute items[ATTRIBUTES_MAX];

    if (list->present == (1u << USUAL_COUNT) - 1) {
        haetae_span_end_site(span, &usual, list->values, list->count);
    } else if (list->present == (1u << (USUAL_COUNT + 1)) - 1) {
        haetae_span_end_site(span, &usual_with_query, list->values, list->count);
    } else {
        nh_attributes_join(list, items);
        haetae_span_end_with(span, items, list->count);
    }
}
