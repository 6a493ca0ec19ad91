/* SPDX-License-Identifier: Apache-2.0 */
/* A service that passes requests on, with the instrumentation of the dispatch services:
 *
 *     relay --port-file FILE
 *
 * The body of a request is a list of calls, [{"url": URL, "arguments": BODY}, …], as the test
 * harness of W3C Trace Context sends it. The relay posts each BODY to its URL, and answers when it
 * has the answers. Its spans have as attributes what baggage came, and it adds a member of its own.
 */
#include <curl/curl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <haetae/haetae.h>

#include "http_span.h"
#include "service.h"
#include "telemetry.h"

#define BODY_BYTES_MAX 65536
#define URL_BYTES      512
#define CONNECTIONS    64u
#define OWN_MEMBER     "hop-c"
#define OWN_VALUE      "해태,C"

struct relay {
    struct http_instruments instruments;
    haetae_tracer *tracer;
};

struct exchange {
    struct http_span span;
    size_t size;
    char body[BODY_BYTES_MAX];
};

/* ---- JSON: just enough to find URLs and bodies ----------------------------------------- */

static const char *skip_string(const char *at)
{
    at++;
    while (*at != '\0' && *at != '"') {
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return *at == '"' ? at + 1 : at;
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n,:");
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at)
{
    int depth = 0;

    do {
        if (*at == '"') {
            at = skip_string(at);
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
        if (depth > 0) {
            at = skip_space(at);
        }
    } while (depth > 0 && *at != '\0');
    return at;
}

/* The value of a key of the object at `at`; NULL: it has none. */
static const char *member(const char *at, const char *key)
{
    size_t length = strlen(key);

    at = skip_space(at + 1);
    while (*at == '"') {
        const char *value = skip_space(skip_string(at));

        if (strncmp(at + 1, key, length) == 0 && at[1 + length] == '"') {
            return value;
        }
        at = skip_space(skip_value(value));
    }
    return NULL;
}

/* ---- Requests to others ------------------------------------------------------------------- */

static void set_header(void *list, const char *key, const char *value)
{
    struct curl_slist **headers = list;
    char *line = NULL;

    if (asprintf(&line, "%s: %s", key, value) >= 0) {
        *headers = curl_slist_append(*headers, line);
        free(line);
    }
}

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static void post(const struct relay *relay, const char *url, const char *body, size_t size)
{
    HAETAE_SPAN_SCOPE(span, relay->tracer, "POST", HAETAE_SPAN_KIND_CLIENT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl = curl_easy_init();

    haetae_context_inject(span, set_header, &headers);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)size);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (curl_easy_perform(curl) != CURLE_OK) {
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

static void call_all(const struct relay *relay, const char *calls)
{
    const char *at = *calls == '[' ? skip_space(calls + 1) : "";

    while (*at == '{') {
        const char *url = member(at, "url");
        const char *arguments = member(at, "arguments");
        char text[URL_BYTES];

        if (url != NULL && arguments != NULL) {
            size_t length = (size_t)(skip_string(url) - url) - 2;

            if (length < sizeof text) {
                memcpy(text, url + 1, length);
                text[length] = '\0';
                post(relay, text, arguments, (size_t)(skip_value(arguments) - arguments));
            }
        }
        at = skip_space(skip_value(at));
    }
}

/* ---- Baggage ------------------------------------------------------------------------------- */

/* The attribute "baggage.<name>" has the value, and the metadata behind a semicolon. */
static void show(haetae_span span, haetae_string name, haetae_string value, haetae_string metadata)
{
    char key[128];
    char text[256];

    snprintf(key, sizeof key, "baggage.%.*s", (int)name.length, name.data);
    snprintf(text, sizeof text, "%.*s%s%.*s", (int)value.length, value.data,
             metadata.length > 0 ? ";" : "", (int)metadata.length, metadata.data);
    haetae_span_set_string(span, key, strlen(key), text, strlen(text));
}

/* The current context with one more member; the caller gives the reference back. */
static haetae_context *add_member(haetae_span span)
{
    const haetae_baggage *baggage = haetae_context_baggage(NULL);
    haetae_string name;
    haetae_string value;
    haetae_string metadata;
    haetae_baggage *more = NULL;
    haetae_context *context = NULL;

    for (size_t i = 0; haetae_baggage_at(baggage, i, &name, &value, &metadata); i++) {
        show(span, name, value, metadata);
    }
    if (haetae_baggage_set(baggage, HAETAE_TEXT(OWN_MEMBER), HAETAE_TEXT(OWN_VALUE), NULL, 0,
                           &more) == HAETAE_OK) {
        haetae_context_with_baggage(NULL, more, &context);
        haetae_baggage_unref(more);
    }
    return context;
}

static void serve(const struct relay *relay, const struct exchange *exchange)
{
    haetae_context_token outer;
    haetae_context_token inner;

    http_span_attach(&exchange->span, &outer);
    haetae_context *context = add_member(exchange->span.span);
    if (context != NULL) {
        haetae_context_attach_context(context, &inner);
        call_all(relay, exchange->body);
        haetae_context_detach(&inner);
        haetae_context_unref(context);
    }
    haetae_context_detach(&outer);
}

/* ---- libmicrohttpd's callbacks -------------------------------------------------------------- */

static enum MHD_Result begin(const struct relay *relay, struct MHD_Connection *connection,
                             const char *method, const char *path, void **state)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    struct http_span_request request = {connection, method, path, NULL};

    if (exchange == NULL) {
        return MHD_NO;
    }
    http_span_begin(&exchange->span, &relay->instruments, &request);
    *state = exchange;
    return MHD_YES;
}

static enum MHD_Result answer(struct MHD_Connection *connection)
{
    static char body[] = "null";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_PERSISTENT);

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

/* libmicrohttpd determines the parameters. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct exchange *exchange = *state;

    (void)version;
    if (exchange == NULL) {
        return begin(user, connection, method, path, state);
    }
    if (*upload_size > 0) {
        if (*upload_size >= sizeof exchange->body - exchange->size) {
            return MHD_NO;
        }
        memcpy(exchange->body + exchange->size, upload, *upload_size);
        exchange->size += *upload_size;
        *upload_size = 0;
        return MHD_YES;
    }
    serve(user, exchange);
    return answer(connection);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *state;

    (void)user;
    (void)connection;
    if (exchange != NULL) {
        http_span_end(&exchange->span, how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? MHD_HTTP_OK : 0,
                      NULL);
        free(exchange);
        *state = NULL;
    }
}

/* ---- The beginning and the end ----------------------------------------------------------------
 */

static bool run(struct relay *relay, const struct service_options *options)
{
    struct MHD_Daemon *daemon;
    bool ok;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(options->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
                         options->port, NULL, NULL, on_request, relay, MHD_OPTION_SOCK_ADDR,
                         (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                         relay, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_END);
    if (daemon == NULL) {
        return false;
    }
    ok = service_wait("relay", options,
                      MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    MHD_stop_daemon(daemon);
    return ok;
}

int main(int argc, char **argv)
{
    struct service_options options;
    struct relay relay;
    haetae_sdk *sdk;
    bool ok;

    if (!service_parse(argc, argv, &options)) {
        return 2;
    }
    service_block_signals();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    sdk = telemetry_start("relay-c");
    http_instruments_init(&relay.instruments, sdk);
    relay.tracer = haetae_tracer_named(sdk, "relay");
    ok = sdk != NULL && run(&relay, &options);
    telemetry_stop(sdk, "relay-c", options.stats_file);
    curl_global_cleanup();
    return ok ? 0 : 1;
}
