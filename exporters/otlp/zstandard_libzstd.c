/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/zstandard.h"

#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

/* Of the fast levels the best. What repeats in telemetry is long, keys and values: matches of five
 * bytes and more are found faster, and leave less. */
enum { LEVEL = -1, MATCH_MIN_BYTES = 5 };

/* The context allocates when it meets a body larger than all before, and keeps that. */
struct hae_http_zstd {
    ZSTD_CCtx *context;
};

bool hae_http_zstd_is_built(void)
{
    return true;
}

haetae_status hae_http_zstd_new(struct hae_http_zstd **ret_zstd)
{
    struct hae_http_zstd *zstd = calloc(1, sizeof *zstd);

    if (zstd == NULL) {
        return HAETAE_ENOMEM;
    }
    zstd->context = ZSTD_createCCtx();
    if (zstd->context == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(zstd->context, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(zstd->context, ZSTD_c_minMatch, MATCH_MIN_BYTES))) {
        hae_http_zstd_free(zstd);
        return HAETAE_ENOMEM;
    }
    *ret_zstd = zstd;
    return HAETAE_OK;
}

void hae_http_zstd_free(struct hae_http_zstd *zstd)
{
    if (zstd != NULL) {
        (void)ZSTD_freeCCtx(zstd->context);
        free(zstd);
    }
}

haetae_status hae_http_zstd_pack(struct hae_http_zstd *zstd, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer)
{
    size_t most = ZSTD_compressBound(size_bytes);
    size_t wanted = hae_http_buffer_first_bytes(size_bytes);
    size_t result;

    /* In one piece, so that the context needs no buffers of its own. A body that does not become
     * small is compressed again with room for the worst. */
    do {
        if (!hae_http_buffer_reserve(buffer, wanted)) {
            return HAETAE_ENOMEM;
        }
        result =
            ZSTD_compress2(zstd->context, buffer->data, buffer->capacity_bytes, data, size_bytes);
        wanted = most;
    } while (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall &&
             buffer->capacity_bytes < most);
    if (ZSTD_isError(result)) {
        return HAETAE_ENOMEM;
    }
    buffer->size_bytes = result;
    return HAETAE_OK;
}
