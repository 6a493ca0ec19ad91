/* SPDX-License-Identifier: Apache-2.0 */
/* How decompression ends. */
#ifndef HAETAE_VIEW_UTIL_UNPACK_H
#define HAETAE_VIEW_UTIL_UNPACK_H

#include "base/buffer.h"

enum hae_view_unpack_result {
    HAE_VIEW_UNPACK_OK,
    HAE_VIEW_UNPACK_MALFORMED, /* another format, broken, cut short, or with a tail */
    HAE_VIEW_UNPACK_TOO_LARGE, /* more than the limit comes out */
    HAE_VIEW_UNPACK_NO_MEMORY
};

#endif
