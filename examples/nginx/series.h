/* SPDX-License-Identifier: Apache-2.0 */
/* The histogram of request durations. */
#ifndef HAETAE_EXAMPLES_NGINX_SERIES_H
#define HAETAE_EXAMPLES_NGINX_SERIES_H

#include "request.h"

void nh_series_record(ngx_http_request_t *r, const struct nh_request *request,
                      struct nh_location *location, ngx_uint_t status, double duration_s);

#endif
