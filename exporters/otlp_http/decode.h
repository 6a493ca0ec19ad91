/* SPDX-License-Identifier: Apache-2.0 */
/* Response bodies, decoded with protobuf-c. They come from outside: memory for
 * them is bounded by their own size, whatever they claim to hold. */
#ifndef HAETAE_OTLP_HTTP_DECODE_H
#define HAETAE_OTLP_HTTP_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp/text.h"

/* Reads an Export*ServiceResponse. *ret_rejected is never negative. What the
 * server says is added to `message`, with `secrets` hidden.
 * Returns false, with outputs untouched, for a body that is none. */
bool hae_http_decode_response(const uint8_t *body, size_t size_bytes,
                              const struct curl_slist *secrets, uint64_t *ret_rejected,
                              struct hae_http_text *message);

/* Reads a google.rpc.Status and adds its message. Returns false, with `message`
 * untouched, for a body that is none. */
bool hae_http_decode_status(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, struct hae_http_text *message);

#endif
