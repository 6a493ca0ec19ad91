/* SPDX-License-Identifier: Apache-2.0 */
/* A log of nginx is a list: each message goes to one entry after the other. Connections have a
 * copy of the first entry, which also has a pointer to the request. So the first entry becomes
 * ours, and what it was moves to a second one. */
#include "error_log.h"

#include "request.h"
#include "worker.h"

struct level {
    int32_t severity; /* a haetae_severity */
    const char *name;
};

/* By NGX_LOG_…; the numbers are those that the Logs Data Model suggests for syslog's levels. */
static const struct level levels[] = {
    {HAETAE_SEVERITY_FATAL, "stderr"}, {HAETAE_SEVERITY_FATAL, "emerg"},
    {HAETAE_SEVERITY_ERROR3, "alert"}, {HAETAE_SEVERITY_ERROR2, "crit"},
    {HAETAE_SEVERITY_ERROR, "error"},  {HAETAE_SEVERITY_WARN, "warn"},
    {HAETAE_SEVERITY_INFO2, "notice"}, {HAETAE_SEVERITY_INFO, "info"}};

/* The text of "2026/11/26 03:27:04 [error] 12#13: *5 open() failed". */
static haetae_value text_of(u_char *line, size_t length)
{
    u_char *end = line + length;
    u_char *text = ngx_strlchr(line, end, '#');

    text = text != NULL ? ngx_strlchr(text, end, ' ') : NULL;
    text = text != NULL ? text + 1 : line;
    while (end > text && (end[-1] == LF || end[-1] == CR)) {
        end--;
    }
    return haetae_value_text((const char *)text, (size_t)(end - text));
}

static void record_message(ngx_log_t *log, ngx_uint_t level, u_char *line, size_t length)
{
    const struct nh_main_conf *conf = log->wdata;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    ngx_time_t *now;

    if (nh_worker.sdk == NULL || nh_worker_reports() || level > conf->log_level) {
        return;
    }
    now = ngx_timeofday();
    record.severity = levels[level].severity;
    record.severity_text = haetae_string_of(levels[level].name);
    record.body = text_of(line, length);
    record.time_unix_ns = (uint64_t)now->sec * 1000000000u + (uint64_t)now->msec * 1000000u;
    record.context = nh_request_context_of_log(log);
    haetae_log_emit(nh_worker.logger, &record);
}

static ngx_int_t bridge(ngx_pool_t *pool, struct nh_main_conf *conf, ngx_log_t *first)
{
    ngx_log_t *second;

    if (first->writer == record_message) {
        return NGX_OK; /* several locations share it */
    }
    second = ngx_palloc(pool, sizeof *second);
    if (second == NULL) {
        return NGX_ERROR;
    }
    *second = *first;
    first->next = second;
    first->file = NULL;
    first->writer = record_message;
    first->wdata = conf;
    first->log_level = ngx_max(first->log_level, conf->log_level);
    return NGX_OK;
}

ngx_int_t nh_error_log_bridge_location(ngx_conf_t *cf)
{
    struct nh_main_conf *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_haetae_module);
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    ngx_log_t *log = core->error_log;

    /* The main one may still change. */
    if (conf->log_level == 0 || log == NULL || log == &cf->cycle->new_log) {
        return NGX_OK;
    }
    return bridge(cf->pool, conf, log);
}

ngx_int_t nh_error_log_bridge_main(ngx_cycle_t *cycle)
{
    struct nh_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_haetae_module);
    ngx_listening_t *listening = cycle->listening.elts;

    if (conf == NULL || conf->log_level == 0) {
        return NGX_OK;
    }
    if (bridge(cycle->pool, conf, &cycle->new_log) != NGX_OK) {
        return NGX_ERROR;
    }
    /* New connections copy their log from here, where it was copied before. */
    for (ngx_uint_t i = 0; i < cycle->listening.nelts; i++) {
        if (listening[i].logp == &cycle->new_log) {
            listening[i].log = cycle->new_log;
        }
    }
    return NGX_OK;
}
