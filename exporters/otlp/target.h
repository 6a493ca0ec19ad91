/* SPDX-License-Identifier: Apache-2.0 */
/* Where the requests of one signal go, and how. */
#ifndef HAETAE_OTLP_TARGET_H
#define HAETAE_OTLP_TARGET_H

#include <curl/curl.h>

#include "otlp/compress.h"
#include "otlp/sigv4.h"
#include "otlp/tls.h"
#include "otlp/unix_socket.h"

/* Constant once the options are read. */
struct hae_http_target {
    char *url; /* NULL: the exporter is not for this signal, and nothing else is set */
    struct hae_http_socket socket;
    char *token_file;           /* of a bearer token that changes; NULL: none */
    struct curl_slist *headers; /* header lines but for the codec's, ours and the configured ones */
    struct curl_slist *secrets; /* texts that no diagnostic may show             */
    long timeout_ms;            /* 0: no limit                                   */
    char *user_agent;           /* the value of the header                       */
    size_t response_max_bytes;
    int64_t connection_age_ms;  /* none gets a request that is older; 0: any may    */
    int64_t connection_idle_ms; /* nor one that was idle for longer                 */
    int64_t dns_cache_ms;       /* how long an address that was looked up counts    */
    enum hae_http_codec codec;
    /* The list of headers with a line for the codec before it. */
    struct curl_slist encoded[HAE_HTTP_CODEC_COUNT];
    struct hae_http_tls tls;
    struct hae_http_sigv4 sigv4;
};

void hae_http_target_done(struct hae_http_target *target);

#endif
