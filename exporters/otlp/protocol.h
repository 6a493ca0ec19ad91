/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between the protocols of OTLP over HTTP. */
#ifndef HAETAE_OTLP_PROTOCOL_H
#define HAETAE_OTLP_PROTOCOL_H

#include <stdint.h>

#include "haetae/signal.h"
#include "otlp/text.h"

struct hae_http_protocol {
    const char *name;         /* as OTEL_EXPORTER_OTLP_PROTOCOL has it                      */
    const char *component;    /* as otel.component.type begins                              */
    const char *content_type; /* the header line of requests                                */
    /* Appended to the path of a general endpoint. */
    const char *paths[HAETAE_SIGNAL_COUNT];
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
