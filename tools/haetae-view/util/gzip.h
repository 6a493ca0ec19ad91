/* SPDX-License-Identifier: Apache-2.0 */
/* Compression with gzip. */
#ifndef HAETAE_VIEW_UTIL_GZIP_H
#define HAETAE_VIEW_UTIL_GZIP_H

#include "base/buffer.h"

/* Compresses into `out`, which is emptied first. False: out of memory, or it is too large. */
bool hae_view_gzip(const void *data, size_t length, struct hae_buffer *out);

#endif
