/* SPDX-License-Identifier: Apache-2.0 */
#include "compress.h"

#include <limits.h>

#include <zlib.h>

/* Less is not worth it. */
enum { CONTENT_BYTES_MIN = 512 };

/* zlib's name for a window of 32 KiB, with the header of gzip. */
enum { GZIP_WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

bool hae_prom_compress(struct hae_buffer *content)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    z_stream stream = {.zalloc = Z_NULL};
    size_t bound;
    int ended;

    /* The fastest level: pages repeat themselves, and compress well by any. */
    if (content->length < CONTENT_BYTES_MIN || content->length > UINT_MAX / 2 ||
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    bound = deflateBound(&stream, (uLong)content->length);
    if (!hae_buffer_reserve(&out, bound)) {
        deflateEnd(&stream);
        return false;
    }
    stream.next_in = (Bytef *)content->data;
    stream.avail_in = (uInt)content->length;
    stream.next_out = (Bytef *)out.data;
    stream.avail_out = (uInt)bound;
    ended = deflate(&stream, Z_FINISH);
    out.length = bound - stream.avail_out;
    deflateEnd(&stream);
    if (ended != Z_STREAM_END) {
        hae_buffer_done(&out);
        return false;
    }
    hae_buffer_done(content);
    *content = out;
    return true;
}
