/* SPDX-License-Identifier: Apache-2.0 */
/* Response bodies, decoded with protobuf-c. They are untrusted: the memory that decoding takes is
 * bounded by their size, whatever they claim to hold. */
#ifndef HAETAE_OTLP_DECODE_H
#define HAETAE_OTLP_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp/text.h"

/* Reads an Export*ServiceResponse. *ret_rejected is never negative. The server's text is added to
 * `message`, with `secrets` hidden. Returns false, with outputs untouched, for a malformed body. */
bool hae_http_decode_response(const uint8_t *body, size_t size_bytes,
                              const struct curl_slist *secrets, uint64_t *ret_rejected,
                              struct hae_http_text *message);

/* Reads a google.rpc.Status and adds its message. Returns false, with `message` untouched, for a
 * malformed body. */
bool hae_http_decode_status(const uint8_t *body, size_t size_bytes,
                            const struct curl_slist *secrets, struct hae_http_text *message);

enum hae_http_retry_info {
    HAE_HTTP_NO_RETRY_INFO,    /* there is none that can be read        */
    HAE_HTTP_RETRY_INFO,       /* it is there                           */
    HAE_HTTP_RETRY_INFO_UNREAD /* for want of memory nobody has looked  */
};

/* Finds the google.rpc.RetryInfo in the details of a google.rpc.Status. Where it is there
 * *ret_pause_ms is what it asks for, never negative; else it is untouched. */
enum hae_http_retry_info hae_http_decode_retry_info(const uint8_t *body, size_t size_bytes,
                                                    int64_t *ret_pause_ms);

#endif
