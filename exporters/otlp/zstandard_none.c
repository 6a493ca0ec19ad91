/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/zstandard.h"

bool hae_http_zstd_is_built(void)
{
    return false;
}

haetae_status hae_http_zstd_new(struct hae_http_zstd **ret_zstd)
{
    (void)ret_zstd;
    return HAETAE_EUNSUPPORTED;
}

void hae_http_zstd_free(struct hae_http_zstd *zstd)
{
    (void)zstd;
}

haetae_status hae_http_zstd_pack(struct hae_http_zstd *zstd, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer)
{
    (void)zstd;
    (void)data;
    (void)size_bytes;
    (void)buffer;
    return HAETAE_EUNSUPPORTED;
}
