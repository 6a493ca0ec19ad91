/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression of zstd with a limit, in a build with libzstd. */
#ifndef HAETAE_VIEW_UTIL_UNZSTD_H
#define HAETAE_VIEW_UTIL_UNZSTD_H

#include "util/unpack.h"

bool hae_view_knows_zstd(void);

/* Decompresses one or more frames into `out`, which is emptied first. In a build without libzstd
 * everything is malformed. */
enum hae_view_unpack_result hae_view_unzstd(const void *data, size_t length, size_t limit,
                                            struct hae_buffer *out);

#endif
