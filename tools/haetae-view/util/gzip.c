/* SPDX-License-Identifier: Apache-2.0 */
#include "util/gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* the largest window, and a gzip header */
#define MEMORY    8         /* zlib's usual                          */

bool hae_view_gzip(const void *data, size_t length, struct hae_buffer *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    hae_buffer_clear(out);
    if (length > UINT_MAX / 2 || deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_ONLY,
                                              MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    size_t most = deflateBound(&stream, (uLong)length);
    bool done = hae_buffer_reserve(out, most);
    if (done) {
        stream.next_in = (z_const Bytef *)data;
        stream.avail_in = (uInt)length;
        stream.next_out = (Bytef *)out->data;
        stream.avail_out = (uInt)most;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        out->length = most - stream.avail_out;
    }
    deflateEnd(&stream);
    return done;
}
