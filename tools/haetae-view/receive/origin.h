/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request comes from, by the headers that browsers send. */
#ifndef HAETAE_VIEW_RECEIVE_ORIGIN_H
#define HAETAE_VIEW_RECEIVE_ORIGIN_H

#include <stdbool.h>

/* Whether a page of another site asks: browsers say so in Sec-Fetch-Site. It could not read the
 * answer, but it could keep this program busy. */
bool hae_view_is_asked_by_other_site(const char *fetch_site, const char *origin, const char *host);

/* Whether the Host header names this machine. Otherwise a web page whose own name resolves to
 * 127.0.0.1 could read and send here. Other programs than browsers may leave it out: NULL. */
bool hae_view_host_is_local(const char *host);

#endif
