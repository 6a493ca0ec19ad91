/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed request bodies. One compressor serves an exporter. */
#ifndef HAETAE_OTLP_COMPRESS_H
#define HAETAE_OTLP_COMPRESS_H

#include "otlp/gzip.h"
#include "otlp/zstandard.h"

enum hae_http_codec { HAE_HTTP_PLAIN, HAE_HTTP_GZIP, HAE_HTTP_ZSTD, HAE_HTTP_CODEC_COUNT };

struct hae_http_compressor;

/* `codecs`: a bit set of 1 << hae_http_codec.
 * Ownership: the caller's, for hae_http_compressor_free() (NULL: nothing).
 * Errors: HAETAE_ENOMEM, HAETAE_EUNSUPPORTED (zstd, and it is not built). */
haetae_status hae_http_compressor_new(unsigned codecs, struct hae_http_compressor **ret_compressor);
void hae_http_compressor_free(struct hae_http_compressor *compressor);

/* The codecs that it was made for. */
unsigned hae_http_compressor_codecs(const struct hae_http_compressor *compressor);

/* Compresses `data` to *ret_buffer.
 * Ownership: the caller's, for hae_http_compressor_give_back().
 * Errors: HAETAE_ENOMEM, also for any other failure; the next call may succeed. */
haetae_status hae_http_compressor_pack(struct hae_http_compressor *compressor,
                                       enum hae_http_codec codec, const void *data,
                                       uint32_t size_bytes, struct hae_http_buffer *ret_buffer);

/* Gives a buffer back for a later hae_http_compressor_pack(), and empties it. NULL: frees it. */
void hae_http_compressor_give_back(struct hae_http_compressor *compressor,
                                   struct hae_http_buffer *buffer);

#endif
