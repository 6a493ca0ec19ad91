/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies in gzip format. One compressor serves an exporter. */
#ifndef HAETAE_OTLP_GZIP_H
#define HAETAE_OTLP_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "haetae/status.h"

struct hae_http_buffer {
    uint8_t *data; /* NULL: none */
    size_t size_bytes;
    size_t capacity_bytes;
};

struct hae_http_gzip;

/* Ownership: the caller's, for hae_http_gzip_free() (NULL: nothing).
 * Errors: HAETAE_ENOMEM. */
haetae_status hae_http_gzip_new(struct hae_http_gzip **ret_gzip);
void hae_http_gzip_free(struct hae_http_gzip *gzip);

/* Compresses `data` to *ret_buffer.
 * Ownership: the caller's, for hae_http_gzip_give_back().
 * Errors: HAETAE_ENOMEM, also for any other failure of zlib; the next call may succeed. */
haetae_status hae_http_gzip_pack(struct hae_http_gzip *gzip, const void *data, uint32_t size_bytes,
                                 struct hae_http_buffer *ret_buffer);

/* Gives a buffer back for a later hae_http_gzip_pack(), and empties it. */
void hae_http_gzip_give_back(struct hae_http_gzip *gzip, struct hae_http_buffer *buffer);

#endif
