/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a receiver takes zstd, which not every one does: what a signal's endpoint has answered so
 * far. A request that is refused for its compression is sent again with gzip, at once. */
#ifndef HAETAE_OTLP_FALLBACK_H
#define HAETAE_OTLP_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "otlp/compress.h"

/* After so long a receiver that refused zstd is tried with it again: it may have been replaced. */
enum { HAE_HTTP_ZSTD_AGAIN_MS = 60 * 60 * 1000 };

/* Begins as zero. */
struct hae_http_fallback {
    bool accepted;          /* it has taken zstd, and not refused it since */
    uint64_t gzip_until_ms; /* 0: zstd was not refused                     */
};

/* How the next request goes out that is to be sent with `wanted`. */
enum hae_http_codec hae_http_fallback_codec(struct hae_http_fallback *fallback,
                                            enum hae_http_codec wanted, uint64_t now_ms);

/* Whether this status, in answer to a request with `codec`, may mean its compression: 415 always,
 * 400 from a receiver that has not taken zstd yet. Neither has taken the request. */
bool hae_http_fallback_is_refusal(const struct hae_http_fallback *fallback,
                                  enum hae_http_codec codec, long status);

/* What came of a request; `again`: it was sent with gzip after a refusal. True: zstd is given up
 * from here on, since the same request went through with gzip. */
bool hae_http_fallback_note(struct hae_http_fallback *fallback, enum hae_http_codec codec,
                            bool again, long status, uint64_t now_ms);

#endif
