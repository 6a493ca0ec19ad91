/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a response while it arrives. It is untrusted and its size is unknown: all requests
 * of a signal in flight share one limit. */
#ifndef HAETAE_OTLP_BODY_H
#define HAETAE_OTLP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The limit that the specification recommends, and the default. */
enum { HAE_HTTP_RESPONSE_MAX_BYTES = 4 * 1024 * 1024 };

/* Memory for the bodies of one signal. */
struct hae_http_body_budget {
    size_t used_bytes;
    size_t max_bytes; /* of one response, and of all that are held; 0: the default */
};

size_t hae_http_body_max_bytes(const struct hae_http_body_budget *budget);

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

/* Makes it empty, as before the first byte. */
void hae_http_body_clear(struct hae_http_body *body);

/* Adds what was received. Returns false when the response is too large: the caller breaks the
 * transfer off. */
bool hae_http_body_append(struct hae_http_body *body, const void *data, size_t size_bytes);

#endif
