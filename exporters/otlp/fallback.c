/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/fallback.h"

enum hae_http_codec hae_http_fallback_codec(struct hae_http_fallback *fallback,
                                            enum hae_http_codec wanted, uint64_t now_ms)
{
    if (wanted != HAE_HTTP_ZSTD || fallback->gzip_until_ms == 0) {
        return wanted;
    }
    if (now_ms < fallback->gzip_until_ms) {
        return HAE_HTTP_GZIP;
    }
    fallback->gzip_until_ms = 0;
    return HAE_HTTP_ZSTD;
}

bool hae_http_fallback_is_refusal(const struct hae_http_fallback *fallback,
                                  enum hae_http_codec codec, long status)
{
    return codec == HAE_HTTP_ZSTD && (status == 415 || (status == 400 && !fallback->accepted));
}

bool hae_http_fallback_note(struct hae_http_fallback *fallback, enum hae_http_codec codec,
                            bool again, long status, uint64_t now_ms)
{
    bool success = status >= 200 && status < 300;

    if (success && codec == HAE_HTTP_ZSTD) {
        fallback->accepted = true;
    } else if (success && again) {
        fallback->accepted = false;
        if (fallback->gzip_until_ms == 0) {
            fallback->gzip_until_ms = now_ms + HAE_HTTP_ZSTD_AGAIN_MS;
            return true;
        }
    }
    return false;
}
