/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts in the headers of requests, as OTEL_PROPAGATORS has them. */
#ifndef HAETAE_EXAMPLES_NGINX_PROPAGATION_H
#define HAETAE_EXAMPLES_NGINX_PROPAGATION_H

#include "conf.h"

/* The remote parent of a request. False: it has none. */
bool nh_extract(ngx_http_request_t *r, haetae_span_context *ret_parent);

/* Puts the context of `span` into the headers of a request, from where nginx passes it on to
 * servers behind it. What the client sent is replaced, but for its baggage. */
void nh_inject(ngx_http_request_t *r, haetae_span span);

#endif
