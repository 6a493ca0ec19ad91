/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of nginx's phases: what is recorded of a request, and when. They never fail one. */
#ifndef HAETAE_EXAMPLES_NGINX_HANDLERS_H
#define HAETAE_EXAMPLES_NGINX_HANDLERS_H

#include "conf.h"

/* When its location is known: the span starts. */
ngx_int_t nh_handle_begin(ngx_http_request_t *r);

/* When no location is looked for any more: the context goes on. */
ngx_int_t nh_handle_pass_on(ngx_http_request_t *r);

/* When it is logged: the span ends, and the duration is recorded. */
ngx_int_t nh_handle_end(ngx_http_request_t *r);

#endif
