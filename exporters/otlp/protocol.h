/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between the protocols of OTLP. */
#ifndef HAETAE_OTLP_PROTOCOL_H
#define HAETAE_OTLP_PROTOCOL_H

#include <stdint.h>
#include <time.h>

#include "haetae/exporter.h"
#include "otlp/buffer.h"
#include "otlp/compress.h"
#include "otlp/text.h"

struct hae_http_response;
struct hae_http_target;

/* How a call becomes an HTTP request, and what its answer means: hae_http_plain (response.h), or as
 * gRPC has it. */
struct hae_http_binding {
    bool http2; /* no other version of HTTP will do */
    /* The endpoint when none is configured; NULL: the default of the key. */
    const char *default_endpoint;
    /* The header line for the codec of the request; NULL: it cannot be sent so. Not constant only
     * as libcurl's lists are not; nobody writes there. */
    char *const codec_lines[HAE_HTTP_CODEC_COUNT];
    /* What names of headers begin with that no option may set; NULL: there are none. */
    const char *reserved_prefix;
    /* What names of headers end with whose values may hold any byte and are sent in base64, while
     * the others are printable ASCII; NULL: there are none. */
    const char *binary_suffix;
    /* From the value of the endpoint option to a URL without a path. NULL: it is used as it is.
     * Ownership: *ret_url is the caller's, for free().
     * Errors: HAETAE_EVALUE, with *ret_why; HAETAE_ENOMEM. */
    haetae_status (*complete_endpoint)(const char *endpoint, bool insecure, char **ret_url,
                                       const char **ret_why);
    /* Adds header lines of its own, by what is known of the target. Errors: HAETAE_ENOMEM. */
    haetae_status (*add_headers)(struct hae_http_target *target);
    /* Bytes before the body, and what writes them: prefix_bytes, at most HAE_HTTP_PREFIX_MAX_BYTES.
     * 0: there are none. */
    size_t prefix_bytes;
    void (*write_prefix)(uint8_t *prefix, enum hae_http_codec codec, size_t body_size_bytes);
    /* Reads one header line, or one of a trailer. */
    void (*read_header)(struct hae_http_response *response, const char *line, size_t size_bytes,
                        time_t now);
    /* Whether the answer is known though libcurl says that the request failed. */
    bool (*is_answered)(const struct hae_http_response *response);
    /* The result of an answer, as hae_http_response_result(). */
    haetae_result (*result)(const struct hae_http_response *response, uint64_t item_count,
                            const struct curl_slist *secrets, struct hae_http_text *message);
};

enum { HAE_HTTP_PREFIX_MAX_BYTES = 8 };

struct hae_http_protocol {
    const char *name;         /* as OTEL_EXPORTER_OTLP_PROTOCOL has it                      */
    const char *component;    /* as otel.component.type begins                              */
    const char *content_type; /* the header line of requests                                */
    const struct hae_http_binding *binding;
    /* Appended to the path of a general endpoint. */
    const char *paths[HAETAE_SIGNAL_COUNT];
    /* Makes the body of a request, before it is compressed. NULL: it is the delivery's protobuf.
     * HAETAE_VERDICT_OK: `ret_body`, which was empty, has it; else the verdict on the delivery, and
     * *ret_why says why. */
    haetae_verdict (*make_body)(const haetae_delivery *delivery, struct hae_http_buffer *ret_body,
                                const char **ret_why);

    /* The media types of response bodies that the decoders read, up to a NULL. */
    const char *const *media_types;
    /* Reads the body of a 2xx response. *ret_rejected is never negative. The server's text
     * is added to `message`, with `secrets` hidden.
     * Returns false, with outputs untouched, for a malformed body. */
    bool (*decode_response)(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, uint64_t *ret_rejected,
                            struct hae_http_text *message);
    /* Reads the body of any other response and adds its text. Returns false, with `message`
     * untouched, for a malformed body. */
    bool (*decode_status)(const uint8_t *body, size_t size_bytes, const struct curl_slist *secrets,
                          struct hae_http_text *message);
};

#endif
