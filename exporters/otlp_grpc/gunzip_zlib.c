/* SPDX-License-Identifier: Apache-2.0 */
#include "gunzip.h"

#include <zlib.h>

static bool unpack(z_stream *stream, size_t max_bytes, struct hae_http_buffer *buffer)
{
    size_t wanted = hae_http_buffer_first_bytes(stream->avail_in);
    int code = Z_OK;

    /* A byte more than the limit shows that it is passed. */
    for (; code == Z_OK; wanted = buffer->capacity_bytes * 2) {
        wanted = wanted < max_bytes + 1 ? wanted : max_bytes + 1;
        if (wanted == buffer->size_bytes || !hae_http_buffer_reserve(buffer, wanted)) {
            return false;
        }
        stream->next_out = buffer->data + buffer->size_bytes;
        stream->avail_out = (uInt)(wanted - buffer->size_bytes);
        code = inflate(stream, Z_NO_FLUSH);
        buffer->size_bytes = wanted - stream->avail_out;
    }
    return code == Z_STREAM_END && stream->avail_in == 0 && buffer->size_bytes <= max_bytes;
}

bool hae_grpc_gunzip(const void *data, size_t size_bytes, size_t max_bytes,
                     struct hae_http_buffer *buffer)
{
    enum { GZIP_ONLY = 16 };
    z_stream stream = {.next_in = (Bytef *)data, /* it is only read */
                       .avail_in = (uInt)size_bytes};
    bool good;

    if (inflateInit2(&stream, GZIP_ONLY + MAX_WBITS) != Z_OK) {
        return false;
    }
    good = unpack(&stream, max_bytes, buffer);
    (void)inflateEnd(&stream);
    return good;
}
