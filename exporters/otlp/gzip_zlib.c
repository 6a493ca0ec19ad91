/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/gzip.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
    /* The fastest level: telemetry repeats itself so much that more effort saves little. */
    LEVEL = Z_BEST_SPEED,
    WINDOW_BITS = 15,
    GZIP_FORMAT = 16, /* added to the window's bits */
    MEMORY_LEVEL = 8
};

struct hae_http_gzip {
    z_stream stream;
};

const char hae_http_gzip_library[] = "zlib";

static void *zlib_alloc(void *user, unsigned count, unsigned size)
{
    (void)user;
    return calloc(count, size);
}

static void zlib_free(void *user, void *block)
{
    (void)user;
    free(block);
}

static bool init(z_stream *stream)
{
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    return deflateInit2(stream, LEVEL, Z_DEFLATED, WINDOW_BITS + GZIP_FORMAT, MEMORY_LEVEL,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

/* Makes the stream ready for another request, however the last one ended. */
static bool reset(z_stream *stream)
{
    if (deflateReset(stream) == Z_OK) {
        return true;
    }
    deflateEnd(stream);
    *stream = (z_stream){0};
    return init(stream);
}

haetae_status hae_http_gzip_new(struct hae_http_gzip **ret_gzip)
{
    struct hae_http_gzip *gzip = calloc(1, sizeof *gzip);

    if (gzip == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!init(&gzip->stream)) {
        free(gzip);
        return HAETAE_ENOMEM;
    }
    *ret_gzip = gzip;
    return HAETAE_OK;
}

void hae_http_gzip_free(struct hae_http_gzip *gzip)
{
    if (gzip != NULL) {
        deflateEnd(&gzip->stream);
        free(gzip);
    }
}

haetae_status hae_http_gzip_pack(struct hae_http_gzip *gzip, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer)
{
    z_stream *stream = &gzip->stream;
    size_t wanted = hae_http_buffer_first_bytes(size_bytes);

    if (!reset(stream)) {
        return HAETAE_ENOMEM;
    }
    buffer->size_bytes = 0;
    stream->next_in = data;
    stream->avail_in = size_bytes;

    /* Doubled while it is not enough. */
    for (;; wanted = buffer->capacity_bytes * 2) {
        if (!hae_http_buffer_reserve(buffer, wanted)) {
            return HAETAE_ENOMEM;
        }
        stream->next_out = buffer->data + buffer->size_bytes;
        stream->avail_out = (unsigned)(buffer->capacity_bytes - buffer->size_bytes);
        if (deflate(stream, Z_FINISH) == Z_STREAM_END) {
            buffer->size_bytes = buffer->capacity_bytes - stream->avail_out;
            return HAETAE_OK;
        }
        if (stream->avail_out != 0) {
            return HAETAE_ENOMEM; /* the buffer is not what stopped it */
        }
        buffer->size_bytes = buffer->capacity_bytes;
    }
}
