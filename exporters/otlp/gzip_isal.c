/* SPDX-License-Identifier: Apache-2.0 */
/* ISA-L chooses its code by the processor itself, and allocates nothing. */
#include "otlp/gzip.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

/* Level 1 takes a fifth of the time of zlib's first one for much the same size; the higher ones
 * save little more. */
enum { LEVEL = 1, LEVEL_BUFFER_BYTES = ISAL_DEF_LVL1_DEFAULT };

struct hae_http_gzip {
    struct isal_zstream stream;
    uint8_t level_buffer[LEVEL_BUFFER_BYTES];
};

const char hae_http_gzip_library[] = "ISA-L";

haetae_status hae_http_gzip_new(struct hae_http_gzip **ret_gzip)
{
    struct hae_http_gzip *gzip = calloc(1, sizeof *gzip);

    if (gzip == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_gzip = gzip;
    return HAETAE_OK;
}

void hae_http_gzip_free(struct hae_http_gzip *gzip)
{
    free(gzip);
}

static void reset(struct hae_http_gzip *gzip, const void *data, uint32_t size_bytes)
{
    struct isal_zstream *stream = &gzip->stream;

    isal_deflate_init(stream);
    stream->level = LEVEL;
    stream->level_buf = gzip->level_buffer;
    stream->level_buf_size = LEVEL_BUFFER_BYTES;
    stream->gzip_flag = IGZIP_GZIP;
    stream->flush = NO_FLUSH;
    stream->end_of_stream = 1;
    stream->next_in = (uint8_t *)data; /* it is only read */
    stream->avail_in = size_bytes;
}

haetae_status hae_http_gzip_pack(struct hae_http_gzip *gzip, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer)
{
    struct isal_zstream *stream = &gzip->stream;
    size_t wanted = hae_http_buffer_first_bytes(size_bytes);

    reset(gzip, data, size_bytes);
    buffer->size_bytes = 0;
    /* Doubled while it is not enough. */
    for (;; wanted = buffer->capacity_bytes * 2) {
        if (!hae_http_buffer_reserve(buffer, wanted)) {
            return HAETAE_ENOMEM;
        }
        stream->next_out = buffer->data + buffer->size_bytes;
        stream->avail_out = (uint32_t)(buffer->capacity_bytes - buffer->size_bytes);
        if (isal_deflate(stream) != COMP_OK) {
            return HAETAE_ENOMEM;
        }
        buffer->size_bytes = buffer->capacity_bytes - stream->avail_out;
        if (stream->internal_state.state == ZSTATE_END) {
            return HAETAE_OK;
        }
        if (stream->avail_out != 0) {
            return HAETAE_ENOMEM; /* the buffer is not what stopped it */
        }
    }
}
