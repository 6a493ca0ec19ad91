/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression of gzip with a limit. */
#ifndef HAETAE_VIEW_UTIL_GUNZIP_H
#define HAETAE_VIEW_UTIL_GUNZIP_H

#include "util/unpack.h"

/* Decompresses a gzip file of one or more members into `out`, which is emptied first and
 * never takes much more than twice `limit`. */
enum hae_view_unpack_result hae_view_gunzip(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out);

#endif
