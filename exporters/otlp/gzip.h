/* SPDX-License-Identifier: Apache-2.0 */
/* gzip format, by ISA-L (gzip_isal.c) where it was built with that, else by zlib (gzip_zlib.c). */
#ifndef HAETAE_OTLP_GZIP_H
#define HAETAE_OTLP_GZIP_H

#include "haetae/status.h"
#include "otlp/buffer.h"

struct hae_http_gzip;

/* The name of the library. */
extern const char hae_http_gzip_library[];

/* Ownership: the caller's, for hae_http_gzip_free() (NULL: nothing). Errors: HAETAE_ENOMEM. */
haetae_status hae_http_gzip_new(struct hae_http_gzip **ret_gzip);
void hae_http_gzip_free(struct hae_http_gzip *gzip);

/* Compresses `data` to the buffer, which grows as needed; what it held is gone. Errors:
 * HAETAE_ENOMEM, also for any other failure of the library; the next call may succeed. */
haetae_status hae_http_gzip_pack(struct hae_http_gzip *gzip, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *buffer);

#endif
