/* SPDX-License-Identifier: Apache-2.0 */
/* zstd format, by libzstd (zstandard_libzstd.c), or not built (zstandard_none.c). */
#ifndef HAETAE_OTLP_ZSTANDARD_H
#define HAETAE_OTLP_ZSTANDARD_H

#include "haetae/status.h"
#include "otlp/buffer.h"

struct hae_http_zstd;

bool hae_http_zstd_is_built(void);

/* Ownership: the caller's, for hae_http_zstd_free() (NULL: nothing).
 * Errors: HAETAE_ENOMEM, HAETAE_EUNSUPPORTED (not built). */
haetae_status hae_http_zstd_new(struct hae_http_zstd **ret_zstd);
void hae_http_zstd_free(struct hae_http_zstd *zstd);

/* As hae_http_gzip_pack(). */
haetae_status hae_http_zstd_pack(struct hae_http_zstd *zstd, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer);

#endif
