/* SPDX-License-Identifier: Apache-2.0 */
/* The variables $haetae_trace_id, $haetae_span_id, $haetae_traceparent and $haetae_sampled. */
#ifndef HAETAE_EXAMPLES_NGINX_VARIABLES_H
#define HAETAE_EXAMPLES_NGINX_VARIABLES_H

#include "conf.h"

ngx_int_t nh_variables_add(ngx_conf_t *cf);

#endif
