/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/events.h"
#include "receive/origin.h"
#include "receive/packed.h"
#include "util/text.h"
#include "util/unzstd.h"

static const struct hae_view_page *find_page(const struct hae_view_endpoint *endpoint,
                                             const char *path)
{
    for (size_t i = 0; i < endpoint->page_count; i++) {
        if (strcmp(endpoint->pages[i].path, path) == 0) {
            return &endpoint->pages[i];
        }
    }
    return NULL;
}

/* At "/" a browser gets the page, and all others get text. */
static const struct hae_view_asset *find_asset(const struct hae_view_endpoint *endpoint,
                                               const char *path, const char *accept)
{
    bool html = accept != NULL && strcasestr(accept, "text/html") != NULL;
    if (strcmp(path, "/") == 0 && !html) {
        return NULL;
    }
    for (size_t i = 0; i < endpoint->asset_count; i++) {
        if (strcmp(endpoint->assets[i].path, path) == 0) {
            return &endpoint->assets[i];
        }
    }
    return NULL;
}

static bool find_signal(const char *path, enum hae_view_signal *ret_signal)
{
    for (int i = 0; i < HAE_VIEW_SIGNALS; i++) {
        if (strcmp(hae_view_signal_path((enum hae_view_signal)i), path) == 0) {
            *ret_signal = (enum hae_view_signal)i;
            return true;
        }
    }
    return false;
}

static bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void begin_page(struct hae_view_request *request, const char *method)
{
    if (!is_read(method)) {
        request->reply.allow = "GET, HEAD";
        hae_view_request_refuse(request, 405, "this path only accepts GET and HEAD");
    }
}

static const struct {
    const char *name;
    const char *allow; /* of the header Allow */
} methods[HAE_VIEW_METHODS] = {
    [HAE_VIEW_GET] = {"GET", "GET, HEAD"},
    [HAE_VIEW_POST] = {"POST", "POST"},
    [HAE_VIEW_DELETE] = {"DELETE", "DELETE"},
};

/* Reads the method. False: the path does not accept it, which the reply says. */
static bool accept_method(struct hae_view_request *request, const char *method, unsigned accepted)
{
    /* The API answers for a path with nothing at it. */
    unsigned known = accepted != 0 ? accepted : 1U << HAE_VIEW_GET;
    for (int i = 0; i < HAE_VIEW_METHODS; i++) {
        bool is_it = strcmp(method, methods[i].name) == 0 ||
                     (i == HAE_VIEW_GET && strcmp(method, "HEAD") == 0);
        if (is_it && (known & 1U << i) != 0) {
            request->method = (enum hae_view_method)i;
            return true;
        }
    }
    struct hae_buffer text = HAE_BUFFER_INIT;
    size_t length = 0;
    for (int i = 0; i < HAE_VIEW_METHODS; i++) {
        if ((known & 1U << i) != 0) {
            length += (size_t)snprintf(request->allow + length, sizeof request->allow - length,
                                       "%s%s", length > 0 ? ", " : "", methods[i].allow);
        }
    }
    request->reply.allow = request->allow;
    hae_buffer_format(&text, "this path only accepts %s", request->allow);
    hae_view_request_refuse(request, 405,
                            text.data != NULL ? text.data : "this path does not accept the method");
    hae_buffer_done(&text);
    return false;
}

/* Pages of other sites cannot send this header without a preflight request, which is not
 * answered. */
static void begin_change(struct hae_view_request *request, const struct hae_view_headers *headers)
{
    if (headers->haetae == NULL || strcmp(headers->haetae, "1") != 0) {
        hae_view_request_refuse(request, 403, "the header X-Haetae: 1 is missing");
    }
}

static void begin_question(struct hae_view_request *request, const char *method, const char *path,
                           const struct hae_view_headers *headers)
{
    if (!request->endpoint->loopback) {
        hae_view_request_refuse(request, 403,
                                "questions are answered on addresses of this machine only");
        return;
    }
    if (hae_view_is_asked_by_other_site(headers->fetch_site, headers->origin, headers->host)) {
        hae_view_request_refuse(request, 403, "pages of other sites are not answered");
        return;
    }
    if (strlen(path) >= sizeof request->path) {
        hae_view_request_refuse(request, 404, "there is no such question");
        return;
    }
    strcpy(request->path, path);
    request->is_api = true;
    if (strcmp(path, HAE_VIEW_EVENTS_PATH) == 0 && strcmp(method, "HEAD") == 0) {
        request->reply.allow = "GET";
        hae_view_request_refuse(request, 405, "this path only accepts GET");
    } else if (accept_method(request, method, hae_view_api_methods(path)) &&
               request->method != HAE_VIEW_GET) {
        begin_change(request, headers);
    }
}

static void begin_asset(struct hae_view_request *request, const struct hae_view_asset *asset,
                        const struct hae_view_headers *headers)
{
    const struct hae_view_endpoint *endpoint = request->endpoint;
    bool known =
        headers->if_none_match != NULL && strstr(headers->if_none_match, asset->etag) != NULL;
    request->reply.asset = asset;
    if (endpoint->packed != NULL && hae_view_takes_gzip(headers->accept_encoding)) {
        request->reply.packed = &endpoint->packed[asset - endpoint->assets];
    }
    request->reply.status = known ? 304 : 200;
}

static bool accept_encoding(struct hae_view_request *request, const char *encoding)
{
    if (encoding == NULL || encoding[0] == '\0' || strcasecmp(encoding, "identity") == 0) {
        return true;
    }
    request->gzip = strcasecmp(encoding, "gzip") == 0;
    request->zstd = strcasecmp(encoding, "zstd") == 0 && hae_view_knows_zstd();
    return request->gzip || request->zstd;
}

static void begin_otlp(struct hae_view_request *request, const char *method,
                       const struct hae_view_headers *headers)
{
    enum hae_view_dialect dialect = request->reply.dialect;
    if (strcmp(method, "POST") != 0) {
        request->reply.allow = "POST";
        hae_view_request_refuse(request, 405, "this path only accepts POST");
    } else if (dialect != HAE_VIEW_PROTOBUF && dialect != HAE_VIEW_JSON) {
        hae_view_request_refuse(
            request, 415, "the Content-Type must be application/x-protobuf or application/json");
    } else if (!accept_encoding(request, headers->content_encoding)) {
        hae_view_request_refuse(request, 415,
                                hae_view_knows_zstd()
                                    ? "the Content-Encoding must be gzip, zstd or none"
                                    : "the Content-Encoding must be gzip or none");
    } else if (headers->content_length != NULL &&
               strtoull(headers->content_length, NULL, 10) > request->endpoint->max_body_bytes) {
        hae_view_request_refuse(request, 413,
                                "the body is larger than this receiver accepts (--max-body)");
    }
}

void hae_view_request_begin(struct hae_view_request *request, struct hae_view_endpoint *endpoint,
                            const char *method, const char *path,
                            const struct hae_view_headers *headers)
{
    memset(request, 0, sizeof *request);
    request->endpoint = endpoint;
    request->reply.is_question =
        strncmp(path, HAE_VIEW_API_PREFIX, strlen(HAE_VIEW_API_PREFIX)) == 0;
    request->reply.dialect =
        request->reply.is_question ? HAE_VIEW_JSON : hae_view_dialect_of(headers->content_type);
    if (endpoint->loopback && !hae_view_host_is_local(headers->host)) {
        hae_view_request_refuse(request, 403,
                                "the Host header must name this machine: localhost or 127.0.0.1");
        return;
    }
    request->is_otlp = find_signal(path, &request->signal);
    if (headers->has_nul) {
        hae_view_request_refuse(request, 400,
                                "the path and its arguments must not contain NUL (%00)");
        return;
    }
    if (request->is_otlp) {
        begin_otlp(request, method, headers);
        return;
    }
    if (request->reply.is_question) {
        begin_question(request, method, path, headers);
        return;
    }
    const struct hae_view_asset *asset = find_asset(endpoint, path, headers->accept);
    if (asset != NULL && is_read(method)) {
        begin_asset(request, asset, headers);
        return;
    }
    request->page = find_page(endpoint, path);
    if (request->page != NULL) {
        begin_page(request, method);
        return;
    }
    /* Whoever posts to a wrong path expects the data to arrive: count the refusal, so that
     * it shows. */
    request->is_otlp = strcmp(method, "POST") == 0;
    char shown[80];
    char message[200];
    hae_view_text_clean_string(shown, sizeof shown, path);
    snprintf(message, sizeof message,
             "nothing is at %s: OTLP/HTTP is sent to /v1/traces, /v1/metrics and /v1/logs", shown);
    hae_view_request_refuse(request, 404, message);
}
