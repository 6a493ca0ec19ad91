/* SPDX-License-Identifier: Apache-2.0 */
#define CURL_DISABLE_DEPRECATION /* see hae_http_set_schemes() */
#include "otlp/dial.h"

#include <string.h>

#include "otlp/setopt.h"

enum hae_http_dial hae_http_first_dial(const struct hae_http_protocol *protocol,
                                       const struct hae_http_target *target, bool is_fresh)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
    bool is_affected = version == 0x075800 || version == 0x075801;

    if (!is_affected || !protocol->binding->http2 || hae_http_tls_needed(target->url)) {
        return HAE_HTTP_DIAL_ANY;
    }
    return is_fresh ? HAE_HTTP_DIAL_OPEN : HAE_HTTP_DIAL_JOIN;
}

bool hae_http_same_host(const struct hae_http_target *a, const struct hae_http_target *b)
{
    const size_t scheme = sizeof "http://" - 1;
    size_t length = strcspn(a->url + scheme, "/");

    if (a->socket.name != NULL || b->socket.name != NULL) {
        return a->socket.name != NULL && b->socket.name != NULL &&
               a->socket.is_abstract == b->socket.is_abstract &&
               strcmp(a->socket.name, b->socket.name) == 0;
    }
    return strcspn(b->url + scheme, "/") == length &&
           memcmp(a->url + scheme, b->url + scheme, length) == 0;
}

/* 7.85 replaced the older option. */
CURLcode hae_http_set_schemes(CURL *easy)
{
#if CURL_AT_LEAST_VERSION(7, 85, 0)
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");

    if (code != CURLE_UNKNOWN_OPTION) {
        return code;
    }
#endif
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
}

/* gRPC needs HTTP/2 from the first byte: without TLS there is nobody to ask for it, with TLS the
 * server is asked. Several requests share a connection; one waits rather than open another while it
 * is not known yet whether they can. */
static CURLcode set_version(CURL *easy, const struct hae_http_target *target, bool http2,
                            enum hae_http_dial dial)
{
    CURLcode code = CURLE_OK;
    long version = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;

    if (!http2) {
        SETOPT(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        return code;
    }
    if (hae_http_tls_needed(target->url)) {
        version = CURL_HTTP_VERSION_2TLS;
    } else if (dial == HAE_HTTP_DIAL_JOIN) {
        version = CURL_HTTP_VERSION_2_0;
    }
    SETOPT(CURLOPT_HTTP_VERSION, version);
    SETOPT(CURLOPT_PIPEWAIT, 1L);
    /* A proxy speaks HTTP/1.1. */
    SETOPT(CURLOPT_HTTPPROXYTUNNEL, 1L);
    return code;
}

/* libcurl counts in seconds; what is exact is decided here (renew.h). */
static long whole_seconds(int64_t ms)
{
    return (long)(ms / 1000 + 1);
}

static CURLcode set_connection(CURL *easy, const struct hae_http_target *target, bool is_fresh)
{
    CURLcode code = hae_http_socket_set(easy, &target->socket);

    SETOPT(CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
    SETOPT(CURLOPT_MAXAGE_CONN, target->connection_idle_ms > 0
                                    ? whole_seconds(target->connection_idle_ms)
                                    : (long)INT32_MAX);
    SETOPT(CURLOPT_DNS_CACHE_TIMEOUT,
           target->dns_cache_ms > 0 ? whole_seconds(target->dns_cache_ms - 1) : 0L);
    return code;
}

static CURLcode set_transport(CURL *easy, const struct hae_http_target *target)
{
    CURLcode code = CURLE_OK;

    SETOPT(CURLOPT_URL, target->url);
    SETOPT(CURLOPT_PATH_AS_IS, 1L);
    code = code ? code : hae_http_set_schemes(easy);
    /* Redirects are not followed: telemetry goes only where the configuration says. */
    SETOPT(CURLOPT_FOLLOWLOCATION, 0L);
    SETOPT(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SETOPT(CURLOPT_TIMEOUT_MS, target->timeout_ms);
    SETOPT(CURLOPT_NOSIGNAL, 1L);
    /* Without it, cancelling a transfer whose host name is still being looked up waits
     * for the resolver's thread. */
    SETOPT_7_87(CURLOPT_QUICK_EXIT, 1L);
    return code;
}

CURLcode hae_http_dial_set(CURL *easy, const struct hae_http_target *target, bool http2,
                           enum hae_http_dial dial, bool is_fresh)
{
    CURLcode code = set_transport(easy, target);

    code = code ? code : set_connection(easy, target, is_fresh || dial == HAE_HTTP_DIAL_OPEN);
    code = code ? code : set_version(easy, target, http2, dial);
    return code ? code : hae_http_tls_set(easy, target->url, &target->tls);
}
