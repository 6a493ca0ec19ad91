/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <haetae/otlp_http.h>

/* The master kills workers about a second after SIGTERM. */
enum { TERMINATION_TIMEOUT_MS = 400 };

struct nh_worker nh_worker;

static _Thread_local bool reports;

bool nh_worker_reports(void)
{
    return reports;
}

/* Called on a thread of haetae's, too. */
static void log_diagnostic(void *user, haetae_diagnostic_level level, const char *line)
{
    ngx_uint_t nginx_level = NGX_LOG_NOTICE;

    (void)user;
    if (level == HAETAE_DIAGNOSTIC_ERROR) {
        nginx_level = NGX_LOG_ERR;
    } else if (level == HAETAE_DIAGNOSTIC_WARN) {
        nginx_level = NGX_LOG_WARN;
    }
    reports = true;
    ngx_log_error(nginx_level, ngx_cycle->log, 0, "haetae: %s", line);
    reports = false;
}

/* ---- Instruments ----------------------------------------------------------------------- */

/* Specification: HTTP semantic conventions, "HTTP metrics". */
static void make_duration(haetae_meter *meter)
{
    static const double bounds_s[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                      0.5,   0.75, 1,     2.5,  5,     7.5, 10};
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("http.server.request.duration"),
        .unit = haetae_string_of("s"),
        .description = haetae_string_of("Duration of HTTP server requests."),
        .number_type = HAETAE_NUMBER_DOUBLE, .boundaries = bounds_s,
        .boundary_count = sizeof bounds_s / sizeof bounds_s[0]);

    haetae_histogram_create(meter, &options, &nh_worker.duration);
}

static void make_active(haetae_meter *meter)
{
    static const char *const schemes[SCHEME_COUNT] = {"http", "https"};
    haetae_up_down_counter *counter = NULL;
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("http.server.active_requests"),
        .unit = haetae_string_of("{request}"),
        .description = haetae_string_of("Number of active HTTP server requests."));

    haetae_up_down_counter_create(meter, &options, &counter);
    for (int method = 0; method < METHOD_COUNT; method++) {
        const char *name = (const char *)nh_methods[method].data;

        for (int scheme = 0; scheme < SCHEME_COUNT; scheme++) {
            haetae_up_down_counter_bind(counter,
                                        HAETAE_ATTRS(HAETAE_ATTR("http.request.method", name),
                                                     HAETAE_ATTR("url.scheme", schemes[scheme])),
                                        &nh_worker.active[method][scheme]);
        }
    }
}

/* What cannot be made stays NULL, which records nothing. */
static void make_instruments(void)
{
    haetae_scope_options scope =
        HAETAE_OPTIONS(haetae_scope_options, .name = haetae_string_of("nginx"),
                       .version = haetae_string_of(NGINX_VERSION));
    haetae_meter *meter = NULL;

    haetae_tracer_get(nh_worker.sdk, &scope, &nh_worker.tracer);
    haetae_logger_get(nh_worker.sdk, &scope, &nh_worker.logger);
    haetae_meter_get(nh_worker.sdk, &scope, &meter);
    make_duration(meter);
    make_active(meter);
}

/* ---- Start and end --------------------------------------------------------------------- */

static haetae_status start_sdk(struct nh_main_conf *conf)
{
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_http_new(conf->config, &exporter);

    if (status != HAETAE_OK) {
        return status;
    }
    status = haetae_config_add_exporter(conf->config, exporter);
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
        return status;
    }
    haetae_config_set_diagnostics(conf->config, log_diagnostic, NULL);
    return haetae_sdk_start(conf->config, &nh_worker.sdk);
}

ngx_int_t nh_worker_start(ngx_cycle_t *cycle)
{
    struct nh_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_haetae_module);
    haetae_status status;

    /* Neither the master nor the processes that keep caches in order serve requests. */
    if (conf == NULL || !conf->in_use ||
        (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
        return NGX_OK;
    }
    status = start_sdk(conf);
    if (status != HAETAE_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0, "haetae: no telemetry: %s: %s",
                      haetae_status_text(status), haetae_config_error(conf->config));
        return NGX_OK;
    }
    make_instruments();
    return NGX_OK;
}

static uint64_t sum_of(const haetae_stats *stats,
                       uint64_t (*count)(const haetae_stats *stats, haetae_signal signal))
{
    return count(stats, HAETAE_SIGNAL_TRACES) + count(stats, HAETAE_SIGNAL_LOGS);
}

/* Logs what became of what was recorded: a warning if something was lost, else at level info. */
static void log_balance(ngx_cycle_t *cycle, haetae_status status)
{
    haetae_stats *stats = NULL;
    ngx_uint_t level = NGX_LOG_INFO;
    uint64_t dropped;

    if (haetae_stats_take(nh_worker.sdk, &stats) != HAETAE_OK) {
        return;
    }
    dropped = sum_of(stats, haetae_stats_dropped_total);
    if (dropped != 0 || status != HAETAE_OK) {
        level = NGX_LOG_WARN;
    }
    reports = true; /* it could not be recorded any more */
    ngx_log_error(level, cycle->log, 0,
                  "haetae: shutdown: %s; spans and log records: %uL recorded, %uL delivered, "
                  "%uL dropped",
                  haetae_status_text(status), sum_of(stats, haetae_stats_recorded),
                  sum_of(stats, haetae_stats_delivered), dropped);
    reports = false;
    haetae_stats_free(stats);
}

void nh_worker_stop(ngx_cycle_t *cycle)
{
    struct nh_main_conf *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_haetae_module);
    ngx_msec_t timeout;
    haetae_status status;

    if (nh_worker.sdk == NULL) {
        return;
    }
    timeout = ngx_terminate ? ngx_min(conf->shutdown_timeout, TERMINATION_TIMEOUT_MS)
                            : conf->shutdown_timeout;
    status = haetae_sdk_shutdown(nh_worker.sdk, (uint32_t)timeout);
    log_balance(cycle, status);
    haetae_sdk_free(nh_worker.sdk);
    ngx_memzero(&nh_worker, sizeof nh_worker);
}
