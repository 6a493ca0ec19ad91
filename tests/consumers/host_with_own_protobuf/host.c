/* SPDX-License-Identifier: Apache-2.0 */
/* A host that speaks OTLP by itself, with protobuf-c code of the official names
 * and a libcurl of its own, and uses haetae beside it. Both send a span to the
 * host's receiver; neither may disturb the other. */
#include <curl/curl.h>
#include <haetae/haetae.h>
#include <haetae/otlp_http.h>
#include <stdio.h>

#include "host_trace.pb-c.h"
#include "server.h"

static size_t pack_own_span(uint8_t *buffer)
{
    static uint8_t id[16] = {1, 2, 3};
    Opentelemetry__Proto__Collector__Trace__V1__Span span =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__SPAN__INIT;
    Opentelemetry__Proto__Collector__Trace__V1__ScopeSpans scope =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__SCOPE_SPANS__INIT;
    Opentelemetry__Proto__Collector__Trace__V1__ResourceSpans resource =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__RESOURCE_SPANS__INIT;
    Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest request =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    Opentelemetry__Proto__Collector__Trace__V1__Span *spans[] = {&span};
    Opentelemetry__Proto__Collector__Trace__V1__ScopeSpans *scopes[] = {&scope};
    Opentelemetry__Proto__Collector__Trace__V1__ResourceSpans *resources[] = {&resource};

    span.trace_id = (ProtobufCBinaryData){sizeof(id), id};
    span.span_id = (ProtobufCBinaryData){8, id};
    span.name = "from the host";
    scope.n_spans = 1;
    scope.spans = spans;
    resource.n_scope_spans = 1;
    resource.scope_spans = scopes;
    request.n_resource_spans = 1;
    request.resource_spans = resources;
    return opentelemetry__proto__collector__trace__v1__export_trace_service_request__pack(&request,
                                                                                          buffer);
}

/* Sends a span with the host's own encoder and transfer. 0, or -1. */
static int send_own_span(const char *url)
{
    uint8_t body[256];
    size_t length = pack_own_span(body);
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return -1;
    long code = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_cleanup(curl);
    return result == CURLE_OK && code == 200 ? 0 : -1;
}

static haetae_sdk *start_haetae(const char *endpoint)
{
    haetae_config *config = NULL;
    haetae_exporter *otlp = NULL;
    haetae_sdk *sdk = NULL;
    if (haetae_config_new(&config) != HAETAE_OK)
        return NULL;
    if (haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint) == HAETAE_OK &&
        haetae_otlp_http_new(config, &otlp) == HAETAE_OK) {
        if (haetae_config_add_exporter(config, otlp) == HAETAE_OK)
            (void)haetae_sdk_start(config, &sdk);
        else
            haetae_exporter_free(otlp);
    }
    haetae_config_free(config);
    return sdk;
}

static int record_and_shut_down(haetae_sdk *sdk)
{
    haetae_span span = haetae_span_start(haetae_tracer_named(sdk, "host"),
                                         HAETAE_TEXT("from haetae"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_end(span);
    haetae_status status = haetae_sdk_shutdown(sdk, 10000);
    haetae_sdk_free(sdk);
    return status == HAETAE_OK ? 0 : -1;
}

int main(void)
{
    struct server server;
    char endpoint[64], url[80];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (server_start(&server) != 0)
        return 1;
    snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", server.port);
    snprintf(url, sizeof(url), "%s/v1/traces", endpoint);

    int failed = send_own_span(url);
    haetae_sdk *sdk = start_haetae(endpoint);
    failed |= sdk == NULL;
    failed |= send_own_span(url);
    failed |= record_and_shut_down(sdk);
    /* haetae is gone: the host's libcurl must still serve. */
    failed |= send_own_span(url);
    server_stop(&server);
    curl_global_cleanup();

    printf("from_haetae=%u from_host=%u broken=%u\n", atomic_load(&server.from_haetae),
           atomic_load(&server.from_host), atomic_load(&server.broken));
    return failed != 0;
}
