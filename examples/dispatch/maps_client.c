/* SPDX-License-Identifier: Apache-2.0 */
#include "maps_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "http_metrics.h"
#include "telemetry.h"

#define TRIES      2
#define TIMEOUT_MS 150L

struct maps_client {
    const char *url;
    char host[64];
    int port;
    pthread_key_t handles; /* one curl handle per thread, which keeps its connection */
    haetae_tracer *tracer;
    haetae_histogram *duration; /* http.client.request.duration */
};

struct answer {
    char body[256];
    size_t size;
    unsigned status;        /* 0: no answer */
    const char *error_type; /* static, or `code`; NULL: no error */
    char code[12];
};

static void free_handle(void *handle)
{
    curl_easy_cleanup(handle);
}

struct maps_client *maps_client_new(haetae_sdk *sdk, const char *url)
{
    struct maps_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    if (pthread_key_create(&client->handles, free_handle) != 0) {
        free(client);
        return NULL;
    }
    const char *authority = strstr(url, "://");
    http_split_authority(authority != NULL ? authority + 3 : url, client->host, sizeof client->host,
                         &client->port);
    client->url = url;
    client->tracer = haetae_tracer_named(sdk, "dispatch.maps_client");
    client->duration = http_duration_histogram(haetae_meter_named(sdk, "dispatch.maps_client"),
                                               "http.client.request.duration",
                                               "Duration of HTTP client requests.");
    return client;
}

void maps_client_free(struct maps_client *client)
{
    if (client != NULL) {
        pthread_key_delete(client->handles);
        free(client);
    }
}

static CURL *thread_handle(struct maps_client *client)
{
    CURL *handle = pthread_getspecific(client->handles);
    if (handle == NULL) {
        handle = curl_easy_init();
        pthread_setspecific(client->handles, handle);
    }
    return handle;
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    size_t room = sizeof answer->body - 1 - answer->size;
    size_t length = size * count < room ? size * count : room;
    memcpy(answer->body + answer->size, data, length);
    answer->size += length;
    answer->body[answer->size] = '\0';
    return size * count;
}

/* haetae_context_inject() calls this for traceparent, and for tracestate if there is one. */
static void set_header(void *carrier, const char *key, const char *value)
{
    struct curl_slist **headers = carrier;
    char line[1024];
    snprintf(line, sizeof line, "%s: %s", key, value);
    struct curl_slist *longer = curl_slist_append(*headers, line);
    *headers = longer != NULL ? longer : *headers;
}

static const char *curl_error_type(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_CONNECT:
        return "connection_refused";
    default:
        return "_OTHER";
    }
}

static void perform(struct maps_client *client, haetae_span span, const char *url,
                    struct answer *answer)
{
    CURL *handle = thread_handle(client);
    if (handle == NULL) {
        answer->error_type = "_OTHER";
        return;
    }
    struct curl_slist *headers = NULL;
    haetae_context_inject(span, set_header, &headers);
    curl_easy_reset(handle); /* resets only the options: the connection stays open */
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "dispatch");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(handle);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        answer->error_type = curl_error_type(code);
        haetae_exception exception =
            HAETAE_OPTIONS(haetae_exception, .type = haetae_string_of(answer->error_type),
                           .message = haetae_string_of(curl_easy_strerror(code)));
        haetae_span_record_exception(span, &exception);
        return;
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (unsigned)status;
    if (answer->status >= 400) { /* on the client's side 4xx are errors as well */
        snprintf(answer->code, sizeof answer->code, "%u", answer->status);
        answer->error_type = answer->code;
    }
}

/* Adds the attributes that the conventions require on the histogram; the span has more. */
static void describe(const struct maps_client *client, const struct answer *answer,
                     struct attributes *list)
{
    attributes_add_text(list, "http.request.method", "GET");
    attributes_add_text(list, "url.scheme", "http");
    attributes_add_text(list, "server.address", client->host);
    attributes_add(list, HAETAE_ATTR("server.port", client->port));
    if (answer->status != 0) {
        attributes_add(list, HAETAE_ATTR("http.response.status_code", answer->status));
    }
    attributes_add_text(list, "error.type", answer->error_type);
}

/* Tries once, in one CLIENT span. */
static void try_once(struct maps_client *client, const char *url, int resend_count,
                     struct answer *answer)
{
    HAETAE_SPAN_SCOPE(span, client->tracer, "GET /eta", HAETAE_SPAN_KIND_CLIENT);
    double start_s = telemetry_now_s();
    perform(client, span, url, answer);

    struct attributes list = {.count = 0};
    describe(client, answer, &list);
    haetae_histogram_record_double(client->duration, telemetry_now_s() - start_s, list.items,
                                   list.count);
    attributes_add_text(&list, "url.full", url);
    attributes_add_text(&list, "url.template", "/eta");
    if (resend_count > 0) {
        attributes_add(&list, HAETAE_ATTR("http.request.resend_count", resend_count));
    }
    haetae_span_set_attributes(span, list.items, list.count);
    if (answer->error_type != NULL) {
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    }
}

bool maps_client_eta(struct maps_client *client, struct point from, struct point to,
                     double *ret_seconds)
{
    char url[256];
    snprintf(url, sizeof url, "%s/eta?x=%.0f&y=%.0f&to_x=%.0f&to_y=%.0f", client->url, from.x,
             from.y, to.x, to.y);
    for (int i = 0; i < TRIES; i++) {
        struct answer answer = {.size = 0};
        try_once(client, url, i, &answer);
        double seconds = 0;
        if (answer.error_type == NULL && sscanf(answer.body, "{\"seconds\":%lf}", &seconds) == 1) {
            *ret_seconds = seconds;
            return true;
        }
    }
    return false;
}
