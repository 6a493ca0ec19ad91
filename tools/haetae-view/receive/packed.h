/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the program compressed, for browsers that take that. */
#ifndef HAETAE_VIEW_RECEIVE_PACKED_H
#define HAETAE_VIEW_RECEIVE_PACKED_H

#include "base/buffer.h"
#include "receive/asset.h"

/* One body for each file, in their order. NULL: out of memory, and they are served as they are. */
struct hae_buffer *hae_view_packed_new(const struct hae_view_asset *assets, size_t count);
void hae_view_packed_free(struct hae_buffer *packed, size_t count);

/* Whether a header Accept-Encoding (RFC 9110, 12.5.3) takes gzip; NULL: there is none. */
bool hae_view_takes_gzip(const char *accept_encoding);

#endif
