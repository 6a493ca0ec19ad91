/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a response while it arrives. It is untrusted and its size is unknown: all requests
 * in flight share one limit. */
#ifndef HAETAE_OTLP_BODY_H
#define HAETAE_OTLP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The limit that the specification recommends, for one response and for all that are held at once.
 */
enum { HAE_HTTP_RESPONSE_MAX_BYTES = 4 * 1024 * 1024 };

/* Bytes of memory in use by the bodies of one exporter. */
struct hae_http_body_budget {
    size_t used_bytes;
};

struct hae_http_body {
    struct hae_http_body_budget *budget;
    uint8_t *data;
    size_t size_bytes;
    size_t capacity_bytes;
    size_t received_bytes;
    bool incomplete; /* some of it was not kept, for want of memory or budget */
};

void hae_http_body_init(struct hae_http_body *body, struct hae_http_body_budget *budget);
void hae_http_body_done(struct hae_http_body *body);

/* Adds what was received. Returns false when the response is too large: the caller breaks the
 * transfer off. */
bool hae_http_body_append(struct hae_http_body *body, const void *data, size_t size_bytes);

#endif
