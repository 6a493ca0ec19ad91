/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is about: its path, its method and its headers. */
#ifndef HAETAE_VIEW_RECEIVE_ROUTE_H
#define HAETAE_VIEW_RECEIVE_ROUTE_H

#include "receive/request.h"

/* The headers that matter; NULL where there is none. */
struct hae_view_headers {
    const char *content_type;
    const char *content_encoding;
    const char *content_length;
    const char *host;
    const char *accept;
    const char *accept_encoding;
    const char *if_none_match;
    const char *origin;
    const char *haetae;     /* X-Haetae */
    const char *fetch_site; /* Sec-Fetch-Site */
    bool has_nul;           /* in the path or an argument, as %00 */
};

/* Reads the request line and the headers. The reply may be decided then; the body, if one
 * comes, is thrown away. */
void hae_view_request_begin(struct hae_view_request *request, struct hae_view_endpoint *endpoint,
                            const char *method, const char *path,
                            const struct hae_view_headers *headers);

#endif
