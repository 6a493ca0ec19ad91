/* SPDX-License-Identifier: Apache-2.0 */
/* Response bodies in JSON. They are untrusted: what reading takes is bounded by their size.
 * Specification: "JSON Protobuf Encoding"; names of fields may also be as in the schema, with _,
 * and 64-bit integers may be numbers. */
#ifndef HAETAE_OTLP_HTTP_JSON_RESPONSE_H
#define HAETAE_OTLP_HTTP_JSON_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp/text.h"

/* Reads an Export*ServiceResponse, as hae_http_decode_response() does. */
bool hae_http_json_response(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, uint64_t *ret_rejected,
                            struct hae_http_text *message);

/* Reads a google.rpc.Status, as hae_http_decode_status() does. */
bool hae_http_json_status(const uint8_t *body, size_t size_bytes, const struct curl_slist *secrets,
                          struct hae_http_text *message);

#endif
