/* SPDX-License-Identifier: Apache-2.0 */
#include "conf.h"

#include <haetae/otlp_http.h>

/* Workers of nginx have one thread that records all the time; messages of thread pools are rare. */
#define LANE_COUNT "2"

const ngx_str_t nh_methods[METHOD_COUNT] = {
    ngx_string("GET"),     ngx_string("HEAD"),  ngx_string("POST"),    ngx_string("PUT"),
    ngx_string("DELETE"),  ngx_string("PATCH"), ngx_string("OPTIONS"), ngx_string("TRACE"),
    ngx_string("CONNECT"), ngx_string("QUERY"), ngx_string("_OTHER")};

char *nh_conf_set(ngx_conf_t *cf, struct nh_main_conf *conf, const char *key, const char *value)
{
    if (haetae_config_set(conf->config, key, value) != HAETAE_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "haetae: %s", haetae_config_error(conf->config));
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

/* ---- The whole server ------------------------------------------------------------------ */

static void free_config(void *config)
{
    haetae_config_free(config);
}

void *nh_main_conf_create(ngx_conf_t *cf)
{
    struct nh_main_conf *conf = ngx_pcalloc(cf->pool, sizeof *conf);
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);

    if (conf == NULL || cleanup == NULL || haetae_config_new(&conf->config) != HAETAE_OK) {
        return NULL;
    }
    cleanup->handler = free_config;
    cleanup->data = conf->config;
    conf->log_level = NGX_CONF_UNSET_UINT;
    conf->shutdown_timeout = NGX_CONF_UNSET_MSEC;
    if (haetae_config_set_default(conf->config, "OTEL_SERVICE_NAME", "nginx") != HAETAE_OK ||
        haetae_config_set_default(conf->config, "HAETAE_LANE_COUNT", LANE_COUNT) != HAETAE_OK) {
        return NULL;
    }
    return conf;
}

/* Endpoint, certificates and the like are checked now, while `nginx -t` and a reload can refuse
 * them; each worker makes its own exporter later. */
static char *check_exporter(ngx_conf_t *cf, struct nh_main_conf *conf)
{
    haetae_exporter *exporter = NULL;

    if (haetae_otlp_http_new(conf->config, &exporter) != HAETAE_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "haetae: %s", haetae_config_error(conf->config));
        return NGX_CONF_ERROR;
    }
    haetae_exporter_free(exporter);
    return NGX_CONF_OK;
}

char *nh_main_conf_init(ngx_conf_t *cf, void *main_conf)
{
    struct nh_main_conf *conf = main_conf;

    ngx_conf_init_uint_value(conf->log_level, 0);
    ngx_conf_init_msec_value(conf->shutdown_timeout, 5000);
    conf->in_use = conf->in_use || conf->log_level != 0;
    return conf->in_use ? check_exporter(cf, conf) : NGX_CONF_OK;
}

/* ---- A location ------------------------------------------------------------------------ */

void *nh_location_create(ngx_conf_t *cf)
{
    struct nh_location *location = ngx_pcalloc(cf->pool, sizeof *location);

    if (location != NULL) {
        location->enabled = NGX_CONF_UNSET;
        location->context = NGX_CONF_UNSET_UINT;
    }
    return location;
}

/* The names of the location's spans, made once instead of for each request. */
static ngx_int_t make_names(ngx_conf_t *cf, struct nh_location *location)
{
    for (ngx_uint_t i = 0; i < METHOD_COUNT; i++) {
        static const ngx_str_t other = ngx_string("HTTP");
        const ngx_str_t *method = i == METHOD_OTHER ? &other : &nh_methods[i];
        ngx_str_t *name = &location->names[i];

        if (location->route.len == 0) {
            *name = *method;
            continue;
        }
        name->data = ngx_pnalloc(cf->pool, method->len + 1 + location->route.len);
        if (name->data == NULL) {
            return NGX_ERROR;
        }
        name->len =
            (size_t)(ngx_sprintf(name->data, "%V %V", method, &location->route) - name->data);
    }
    return NGX_OK;
}

char *nh_location_merge(ngx_conf_t *cf, void *parent_conf, void *child_conf)
{
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    struct nh_location *parent = parent_conf;
    struct nh_location *child = child_conf;

    ngx_conf_merge_value(child->enabled, parent->enabled, 0);
    ngx_conf_merge_uint_value(child->context, parent->context, CONTEXT_EXTRACT | CONTEXT_INJECT);
    if (child->span_name == NULL) {
        child->span_name = parent->span_name;
    }
    if (child->attributes == NULL) {
        child->attributes = parent->attributes;
    }
    child->route = core->name;
    return !child->enabled || make_names(cf, child) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}
