/* SPDX-License-Identifier: Apache-2.0 */
#include "attributes.h"

#include "redact.h"

static void add(struct nh_attributes *list, haetae_string key, haetae_value value)
{
    list->items[list->count].key = key;
    list->items[list->count++].value = value;
}

/* `key` is a literal. */
#define ADD(list, key, value) add((list), (haetae_string){(key), sizeof(key) - 1}, (value))

static haetae_value text_of(ngx_str_t text)
{
    return haetae_value_text((const char *)text.data, text.len);
}

/* The five that span and duration share. */
static void add_common(struct nh_attributes *list, ngx_http_request_t *r,
                       const struct nh_request *request, const struct nh_location *location,
                       ngx_uint_t status)
{
    ADD(list, "http.request.method", text_of(nh_methods[request->method]));
    ADD(list, "url.scheme",
        request->scheme == SCHEME_HTTPS ? haetae_value_text("https", 5)
                                        : haetae_value_text("http", 4));
    if (location->route.len != 0) {
        ADD(list, "http.route", text_of(location->route));
    }
    if (status != 0) {
        ADD(list, "http.response.status_code", haetae_value_int64((int64_t)status));
    }
    if (r->http_version == NGX_HTTP_VERSION_11) {
        ADD(list, "network.protocol.version", haetae_value_text("1.1", 3));
    } else if (r->http_version >= NGX_HTTP_VERSION_20) {
        ADD(list, "network.protocol.version",
            r->http_version >= 3000 ? haetae_value_text("3", 1) : haetae_value_text("2", 1));
    } else if (r->http_version == NGX_HTTP_VERSION_10) {
        ADD(list, "network.protocol.version", haetae_value_text("1.0", 3));
    }
    if (status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        const u_char *end = ngx_sprintf(list->status_text, "%ui", status);

        ADD(list, "error.type",
            haetae_value_text((const char *)list->status_text, (size_t)(end - list->status_text)));
    }
}

/* As the client wrote it: rewriting and error pages change the other texts that nginx has. */
static void add_url(struct nh_attributes *list, ngx_http_request_t *r)
{
    ngx_str_t path = r->unparsed_uri;
    const u_char *mark = path.len != 0 ? memchr(path.data, '?', path.len) : NULL;
    ngx_str_t query;

    if (mark != NULL) {
        query.data = path.data + (mark + 1 - path.data);
        query.len = path.len - (size_t)(query.data - path.data);
        path.len = (size_t)(mark - path.data);
    }
    if (path.len != 0) {
        ADD(list, "url.path", text_of(path));
    }
    if (mark != NULL && query.len != 0) {
        ADD(list, "url.query", text_of(nh_redact_query(r->pool, query)));
    }
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
        ADD(list, "server.address", text_of(*name));
        if (port > 0 && port <= 65535) {
            ADD(list, "server.port", haetae_value_int64(port));
        }
    }
}

static void add_client(struct nh_attributes *list, const ngx_http_request_t *r)
{
    in_port_t port = ngx_inet_get_port(r->connection->sockaddr);

    ADD(list, "client.address", text_of(r->connection->addr_text));
    if (port != 0) { /* not a Unix socket's */
        ADD(list, "client.port", haetae_value_int64(port));
    }
    if (r->headers_in.user_agent != NULL) {
        ADD(list, "user_agent.original", text_of(r->headers_in.user_agent->value));
    }
}

static void add_sizes(struct nh_attributes *list, const ngx_http_request_t *r)
{
    off_t sent = r->connection->sent - (off_t)r->header_size;
    const ngx_table_elt_t *length = r->headers_in.content_length;

    /* nginx's number of it counts down. */
    off_t size = length != NULL ? ngx_atoof(length->value.data, length->value.len) : NGX_ERROR;

    if (size >= 0) {
        ADD(list, "http.request.body.size", haetae_value_int64(size));
    }
    ADD(list, "http.response.body.size", haetae_value_int64(sent > 0 ? sent : 0));
}

static void add_configured(struct nh_attributes *list, ngx_http_request_t *r,
                           const struct nh_location *location)
{
    struct nh_configured_attribute *attributes = location->attributes->elts;

    for (ngx_uint_t i = 0; i < location->attributes->nelts; i++) {
        ngx_str_t value;

        /* A variable that is not set says nothing. */
        if (ngx_http_complex_value(r, &attributes[i].value, &value) == NGX_OK && value.len != 0) {
            add(list, (haetae_string){(const char *)attributes[i].key.data, attributes[i].key.len},
                text_of(value));
        }
    }
}

void nh_attributes_collect(ngx_http_request_t *r, const struct nh_request *request,
                           const struct nh_location *location, ngx_uint_t status,
                           struct nh_attributes *ret_list)
{
    ret_list->count = 0;
    add_common(ret_list, r, request, location, status);
    if (request->method == METHOD_OTHER && request->method_name.len != 0) {
        ADD(ret_list, "http.request.method_original", text_of(request->method_name));
    }
    add_url(ret_list, r);
    add_server(ret_list, r, request);
    add_client(ret_list, r);
    add_sizes(ret_list, r);
    if (location->attributes != NULL) {
        add_configured(ret_list, r, location);
    }
}

void nh_attributes_of_duration(ngx_http_request_t *r, const struct nh_request *request,
                               const struct nh_location *location, ngx_uint_t status,
                               struct nh_attributes *ret_list)
{
    ret_list->count = 0;
    add_common(ret_list, r, request, location, status);
}
