/* SPDX-License-Identifier: Apache-2.0 */
#include "util/gunzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* the largest window, and a gzip header */
#define STEP      ((size_t)64 * 1024)

/* One call of inflate(), into a piece of at most STEP bytes. */
static enum hae_view_unpack_result step(z_stream *stream, size_t limit, struct hae_buffer *out,
                                        bool *ret_end)
{
    if (!hae_buffer_reserve(out, STEP)) {
        return HAE_VIEW_UNPACK_NO_MEMORY;
    }
    stream->next_out = (Bytef *)out->data + out->length;
    stream->avail_out = (uInt)STEP;
    int status = inflate(stream, Z_NO_FLUSH);
    out->length += STEP - stream->avail_out;
    *ret_end = status == Z_STREAM_END;
    if (out->length > limit) {
        return HAE_VIEW_UNPACK_TOO_LARGE;
    }
    if (status == Z_MEM_ERROR) {
        return HAE_VIEW_UNPACK_NO_MEMORY;
    }
    if (status != Z_OK && status != Z_STREAM_END) {
        return HAE_VIEW_UNPACK_MALFORMED; /* Z_BUF_ERROR: the input ends too early */
    }
    return HAE_VIEW_UNPACK_OK;
}

enum hae_view_unpack_result hae_view_gunzip(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    hae_buffer_clear(out);
    if (length > UINT_MAX) {
        return HAE_VIEW_UNPACK_TOO_LARGE;
    }
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK) {
        return HAE_VIEW_UNPACK_NO_MEMORY;
    }
    stream.next_in = (z_const Bytef *)data;
    stream.avail_in = (uInt)length;
    enum hae_view_unpack_result result;
    bool end = false;
    do {
        result = step(&stream, limit, out, &end);
        if (end && stream.avail_in > 0) {
            end = inflateReset(&stream) != Z_OK; /* another member follows */
        }
    } while (result == HAE_VIEW_UNPACK_OK && !end);
    inflateEnd(&stream);
    return result;
}
