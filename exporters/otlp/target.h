/* SPDX-License-Identifier: Apache-2.0 */
/* Where the requests of one signal go, and how. */
#ifndef HAETAE_OTLP_TARGET_H
#define HAETAE_OTLP_TARGET_H

#include <curl/curl.h>

#include "otlp/compress.h"
#include "otlp/tls.h"

/* Constant once the options are read. */
struct hae_http_target {
    char *url; /* NULL: the exporter is not for this signal, and nothing else is set */
    struct curl_slist *headers; /* header lines but for the codec's, ours and the configured ones */
    struct curl_slist *secrets; /* texts that no diagnostic may show             */
    long timeout_ms;            /* 0: no limit                                   */
    char *user_agent;           /* the value of the header                       */
    size_t response_max_bytes;
    enum hae_http_codec codec;
    /* The list of headers with a line for the codec before it. */
    struct curl_slist encoded[HAE_HTTP_CODEC_COUNT];
    struct hae_http_tls tls;
};

void hae_http_target_done(struct hae_http_target *target);

#endif
