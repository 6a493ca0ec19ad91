/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/compress.h"

#include <stdlib.h>

/* A larger buffer is not kept between requests. */
enum { SPARE_MAX_BYTES = 512 * 1024 };

struct hae_http_compressor {
    unsigned codecs;
    struct hae_http_gzip *gzip; /* NULL: not one of them */
    struct hae_http_zstd *zstd;
    /* The buffer of the last request that was done. Requests mostly follow one
     * another, so one is enough. */
    struct hae_http_buffer spare;
};

haetae_status hae_http_compressor_new(unsigned codecs, struct hae_http_compressor **ret_compressor)
{
    struct hae_http_compressor *compressor = calloc(1, sizeof *compressor);
    haetae_status status = compressor != NULL ? HAETAE_OK : HAETAE_ENOMEM;

    if (status == HAETAE_OK && (codecs >> HAE_HTTP_GZIP & 1) != 0) {
        status = hae_http_gzip_new(&compressor->gzip);
    }
    if (status == HAETAE_OK && (codecs >> HAE_HTTP_ZSTD & 1) != 0) {
        status = hae_http_zstd_new(&compressor->zstd);
    }
    if (status != HAETAE_OK) {
        hae_http_compressor_free(compressor);
        return status;
    }
    compressor->codecs = codecs;
    *ret_compressor = compressor;
    return HAETAE_OK;
}

void hae_http_compressor_free(struct hae_http_compressor *compressor)
{
    if (compressor != NULL) {
        hae_http_gzip_free(compressor->gzip);
        hae_http_zstd_free(compressor->zstd);
        hae_http_buffer_done(&compressor->spare);
        free(compressor);
    }
}

unsigned hae_http_compressor_codecs(const struct hae_http_compressor *compressor)
{
    return compressor->codecs;
}

haetae_status hae_http_compressor_pack(struct hae_http_compressor *compressor,
                                       enum hae_http_codec codec, const void *data,
                                       uint32_t size_bytes, struct hae_http_buffer *ret_buffer)
{
    struct hae_http_buffer buffer = compressor->spare;
    haetae_status status;

    compressor->spare = (struct hae_http_buffer){0};
    status = codec == HAE_HTTP_ZSTD
                 ? hae_http_zstd_pack(compressor->zstd, data, size_bytes, &buffer)
                 : hae_http_gzip_pack(compressor->gzip, data, size_bytes, &buffer);
    if (status != HAETAE_OK) {
        hae_http_buffer_done(&buffer);
        return status;
    }
    *ret_buffer = buffer;
    return HAETAE_OK;
}

void hae_http_compressor_give_back(struct hae_http_compressor *compressor,
                                   struct hae_http_buffer *buffer)
{
    if (compressor != NULL && compressor->spare.data == NULL &&
        buffer->capacity_bytes <= SPARE_MAX_BYTES) {
        compressor->spare = *buffer;
        *buffer = (struct hae_http_buffer){0};
    } else {
        hae_http_buffer_done(buffer);
    }
}
