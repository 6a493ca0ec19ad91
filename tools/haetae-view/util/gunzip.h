/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression with a limit. */
#ifndef HAETAE_VIEW_UTIL_GUNZIP_H
#define HAETAE_VIEW_UTIL_GUNZIP_H

#include "base/buffer.h"

enum hae_view_gunzip_result {
    HAE_VIEW_GUNZIP_OK,
    HAE_VIEW_GUNZIP_MALFORMED, /* not gzip, broken, cut short, or with a tail */
    HAE_VIEW_GUNZIP_TOO_LARGE, /* more than `limit` bytes come out */
    HAE_VIEW_GUNZIP_NO_MEMORY
};

/* Decompresses a gzip file of one or more members into `out`, which is emptied first and
 * never takes much more than twice `limit`. */
enum hae_view_gunzip_result hae_view_gunzip(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out);

#endif
