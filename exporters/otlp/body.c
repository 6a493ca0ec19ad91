/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/body.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN_BYTES = 1024 };

void hae_http_body_init(struct hae_http_body *body, struct hae_http_body_budget *budget)
{
    *body = (struct hae_http_body){.budget = budget};
}

size_t hae_http_body_max_bytes(const struct hae_http_body_budget *budget)
{
    return budget->max_bytes != 0 ? budget->max_bytes : HAE_HTTP_RESPONSE_MAX_BYTES;
}

static void forget(struct hae_http_body *body)
{
    free(body->data);
    if (body->budget != NULL) {
        body->budget->used_bytes -= body->capacity_bytes;
    }
    body->data = NULL;
    body->size_bytes = 0;
    body->capacity_bytes = 0;
}

void hae_http_body_done(struct hae_http_body *body)
{
    forget(body);
}

void hae_http_body_clear(struct hae_http_body *body)
{
    struct hae_http_body_budget *budget = body->budget;

    forget(body);
    hae_http_body_init(body, budget);
}

static bool reserve(struct hae_http_body *body, size_t needed_bytes)
{
    size_t capacity = body->capacity_bytes > 0 ? body->capacity_bytes : CAPACITY_MIN_BYTES;
    uint8_t *data;

    if (needed_bytes <= body->capacity_bytes) {
        return true;
    }
    while (capacity < needed_bytes) {
        capacity *= 2;
    }
    /* Powers of two, but for the last piece up to a limit that is none. */
    capacity = capacity < hae_http_body_max_bytes(body->budget)
                   ? capacity
                   : hae_http_body_max_bytes(body->budget);
    if (capacity - body->capacity_bytes >
        hae_http_body_max_bytes(body->budget) - body->budget->used_bytes) {
        return false;
    }
    data = realloc(body->data, capacity);
    if (data == NULL) {
        return false;
    }
    body->budget->used_bytes += capacity - body->capacity_bytes;
    body->data = data;
    body->capacity_bytes = capacity;
    return true;
}

bool hae_http_body_append(struct hae_http_body *body, const void *data, size_t size_bytes)
{
    if (size_bytes > hae_http_body_max_bytes(body->budget) - body->received_bytes) {
        return false;
    }
    body->received_bytes += size_bytes;
    if (body->incomplete || size_bytes == 0) {
        return true;
    }
    if (!reserve(body, body->size_bytes + size_bytes)) {
        body->incomplete = true;
        forget(body);
        return true;
    }
    memcpy(body->data + body->size_bytes, data, size_bytes);
    body->size_bytes += size_bytes;
    return true;
}
