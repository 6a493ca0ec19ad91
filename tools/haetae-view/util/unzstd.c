/* SPDX-License-Identifier: Apache-2.0 */
#include "util/unzstd.h"

#ifdef HAE_VIEW_ZSTD

#include <zstd.h>

#define STEP ((size_t)128 * 1024)
/* Frames that need a larger window than 8 MiB are refused: RFC 8878 recommends support up to this
 * size. */
#define WINDOW_LOG_MAX 23

bool hae_view_knows_zstd(void)
{
    return true;
}

/* One call of the library, into a piece of at most STEP bytes. *ret_end: a frame is complete. */
static enum hae_view_unpack_result step(ZSTD_DCtx *context, ZSTD_inBuffer *in, size_t limit,
                                        struct hae_buffer *out, bool *ret_end)
{
    if (!hae_buffer_reserve(out, STEP)) {
        return HAE_VIEW_UNPACK_NO_MEMORY;
    }
    ZSTD_outBuffer piece = {out->data + out->length, STEP, 0};
    size_t before = in->pos;
    size_t wanted = ZSTD_decompressStream(context, &piece, in);
    if (ZSTD_isError(wanted)) {
        return HAE_VIEW_UNPACK_MALFORMED;
    }
    out->length += piece.pos;
    *ret_end = wanted == 0;
    if (out->length > limit) {
        return HAE_VIEW_UNPACK_TOO_LARGE;
    }
    if (!*ret_end && piece.pos == 0 && in->pos == before) {
        return HAE_VIEW_UNPACK_MALFORMED; /* the input ends too early */
    }
    return HAE_VIEW_UNPACK_OK;
}

enum hae_view_unpack_result hae_view_unzstd(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {data, length, 0};
    enum hae_view_unpack_result result = HAE_VIEW_UNPACK_OK;
    bool end = false;
    hae_buffer_clear(out);
    if (context == NULL) {
        return HAE_VIEW_UNPACK_NO_MEMORY;
    }
    (void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    while (result == HAE_VIEW_UNPACK_OK && !(end && in.pos == in.size)) {
        result = step(context, &in, limit, out, &end);
    }
    ZSTD_freeDCtx(context);
    return result;
}

#else

bool hae_view_knows_zstd(void)
{
    return false;
}

enum hae_view_unpack_result hae_view_unzstd(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out)
{
    (void)data;
    (void)length;
    (void)limit;
    hae_buffer_clear(out);
    return HAE_VIEW_UNPACK_MALFORMED;
}

#endif
