/* SPDX-License-Identifier: Apache-2.0 */
#include "directives.h"

#include <stddef.h>

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static ngx_conf_enum_t contexts[] = {{ngx_string("ignore"), 0},
                                     {ngx_string("extract"), CONTEXT_EXTRACT},
                                     {ngx_string("inject"), CONTEXT_INJECT},
                                     {ngx_string("propagate"), CONTEXT_EXTRACT | CONTEXT_INJECT},
                                     {ngx_null_string, 0}};

static ngx_conf_enum_t levels[] = {{ngx_string("off"), 0},
                                   {ngx_string("emerg"), NGX_LOG_EMERG},
                                   {ngx_string("alert"), NGX_LOG_ALERT},
                                   {ngx_string("crit"), NGX_LOG_CRIT},
                                   {ngx_string("error"), NGX_LOG_ERR},
                                   {ngx_string("warn"), NGX_LOG_WARN},
                                   {ngx_string("notice"), NGX_LOG_NOTICE},
                                   {ngx_string("info"), NGX_LOG_INFO},
                                   {ngx_null_string, 0}};

static char *set_enabled(ngx_conf_t *cf, ngx_command_t *command, void *location)
{
    struct nh_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_haetae_module);
    char *error = ngx_conf_set_flag_slot(cf, command, location);

    if (error == NGX_CONF_OK && ((struct nh_location *)location)->enabled) {
        conf->in_use = true;
    }
    return error;
}

/* A directive that has a key of haetae's configuration for itself, which is its `post`. */
static char *set_own_key(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    const ngx_str_t *words = cf->args->elts;

    return nh_conf_set(cf, conf, command->post, (const char *)words[1].data);
}

static char *set_any_key(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    const ngx_str_t *words = cf->args->elts;

    (void)command;
    return nh_conf_set(cf, conf, (const char *)words[1].data, (const char *)words[2].data);
}

static char *set_sample_ratio(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    const ngx_str_t *words = cf->args->elts;
    char *error = nh_conf_set(cf, conf, "OTEL_TRACES_SAMPLER", "parentbased_traceidratio");

    (void)command;
    if (error == NGX_CONF_OK) {
        error = nh_conf_set(cf, conf, "OTEL_TRACES_SAMPLER_ARG", (const char *)words[1].data);
    }
    return error;
}

static char *add_resource_attribute(ngx_conf_t *cf, ngx_command_t *command, void *main_conf)
{
    struct nh_main_conf *conf = main_conf;
    const ngx_str_t *words = cf->args->elts;
    haetae_attribute attribute = {{(const char *)words[1].data, words[1].len},
                                  haetae_value_text((const char *)words[2].data, words[2].len)};

    (void)command;
    return haetae_config_add_resource_attribute(conf->config, &attribute) == HAETAE_OK
               ? NGX_CONF_OK
               : "has an attribute that a resource cannot have";
}

static char *add_span_attribute(ngx_conf_t *cf, ngx_command_t *command, void *location_conf)
{
    struct nh_location *location = location_conf;
    struct nh_configured_attribute *attribute;
    ngx_http_compile_complex_value_t compile;
    ngx_str_t *words = cf->args->elts;

    (void)command;
    if (location->attributes == NULL) {
        location->attributes =
            ngx_array_create(cf->pool, CONFIGURED_ATTRIBUTES_MAX, sizeof *attribute);
    }
    if (location->attributes == NULL) {
        return NGX_CONF_ERROR;
    }
    if (location->attributes->nelts == CONFIGURED_ATTRIBUTES_MAX) {
        return "is there more than 16 times";
    }
    attribute = ngx_array_push(location->attributes);
    if (attribute == NULL) {
        return NGX_CONF_ERROR;
    }
    attribute->key = words[1];
    ngx_memzero(&compile, sizeof compile);
    compile.cf = cf;
    compile.value = &words[2];
    compile.complex_value = &attribute->value;
    return ngx_http_compile_complex_value(&compile) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

ngx_command_t nh_directives[] = {
    {ngx_string("haetae"), ANYWHERE | NGX_CONF_FLAG, set_enabled, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(struct nh_location, enabled), NULL},
    {ngx_string("haetae_context"), ANYWHERE | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(struct nh_location, context), contexts},
    {ngx_string("haetae_span_name"), ANYWHERE | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(struct nh_location, span_name), NULL},
    {ngx_string("haetae_attribute"), ANYWHERE | NGX_CONF_TAKE2, add_span_attribute,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("haetae_endpoint"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_own_key,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, "OTEL_EXPORTER_OTLP_ENDPOINT"},
    {ngx_string("haetae_service_name"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_own_key,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, "OTEL_SERVICE_NAME"},
    {ngx_string("haetae_resource_attribute"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2,
     add_resource_attribute, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("haetae_sample_ratio"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_sample_ratio,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("haetae_set"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, set_any_key,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("haetae_log"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(struct nh_main_conf, log_level), levels},
    {ngx_string("haetae_shutdown_timeout"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_msec_slot, NGX_HTTP_MAIN_CONF_OFFSET,
     offsetof(struct nh_main_conf, shutdown_timeout), NULL},
    ngx_null_command};
