/* SPDX-License-Identifier: Apache-2.0 */
/* nginx's error log as log records. */
#ifndef HAETAE_EXAMPLES_NGINX_ERROR_LOG_H
#define HAETAE_EXAMPLES_NGINX_ERROR_LOG_H

#include "conf.h"

/* Has the messages of the present location's own error_log recorded as well. */
ngx_int_t nh_error_log_bridge_location(ngx_conf_t *cf);

/* The same for the error_log of the main context, once the whole configuration is known. */
ngx_int_t nh_error_log_bridge_main(ngx_cycle_t *cycle);

#endif
