/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of nginx as spans and metrics, its error log as log records. What nginx calls when:
 *   conf, directives    the master, while it reads its configuration
 *   worker              each worker, at its start and end
 *   handlers            each request, at three moments
 *   error_log           each message
 *   variables           configuration that uses one */
#include "conf.h"
#include "directives.h"
#include "error_log.h"
#include "handlers.h"
#include "variables.h"
#include "worker.h"

static char *merge_location(ngx_conf_t *cf, void *parent, void *child)
{
    char *error = nh_location_merge(cf, parent, child);

    if (error == NGX_CONF_OK && nh_error_log_bridge_location(cf) != NGX_OK) {
        error = NGX_CONF_ERROR;
    }
    return error;
}

static ngx_int_t add_handler(ngx_http_core_main_conf_t *core, ngx_http_phases phase,
                             ngx_http_handler_pt handler)
{
    ngx_http_handler_pt *place = ngx_array_push(&core->phases[phase].handlers);

    if (place == NULL) {
        return NGX_ERROR;
    }
    *place = handler;
    return NGX_OK;
}

/* A server that records nothing pays nothing. */
static ngx_int_t add_handlers(ngx_conf_t *cf)
{
    const struct nh_main_conf *conf =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_haetae_module);
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (!conf->in_use) {
        return NGX_OK;
    }
    if (add_handler(core, NGX_HTTP_REWRITE_PHASE, nh_handle_begin) != NGX_OK ||
        add_handler(core, NGX_HTTP_PREACCESS_PHASE, nh_handle_pass_on) != NGX_OK) {
        return NGX_ERROR;
    }
    return add_handler(core, NGX_HTTP_LOG_PHASE, nh_handle_end);
}

static ngx_http_module_t context = {
    .preconfiguration = nh_variables_add,
    .postconfiguration = add_handlers,
    .create_main_conf = nh_main_conf_create,
    .init_main_conf = nh_main_conf_init,
    .create_loc_conf = nh_location_create,
    .merge_loc_conf = merge_location,
};

ngx_module_t ngx_http_haetae_module = {NGX_MODULE_V1,
                                       &context,
                                       nh_directives,
                                       NGX_HTTP_MODULE,
                                       NULL,                     /* init master */
                                       nh_error_log_bridge_main, /* init module */
                                       nh_worker_start,          /* init process */
                                       NULL,                     /* init thread */
                                       NULL,                     /* exit thread */
                                       nh_worker_stop,           /* exit process */
                                       NULL,                     /* exit master */
                                       NGX_MODULE_V1_PADDING};
