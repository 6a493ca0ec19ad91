/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Overview: alerts that fire, services, latest errors. */
#include "show/tab_overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/requests.h"
#include "query/services.h"
#include "show/tab_alerts.h"
#include "show/tab_errors.h"
#include "show/trend.h"
#include "store/schema.h"

#define SERVICES_MAX 1000
#define ERRORS       8

struct service {
    char name[HAE_VIEW_NAME_SIZE];
    int64_t requests;
    int64_t errors;
    int64_t p50_ns;
    int64_t p99_ns;
    int64_t calls;
    int64_t call_errors;
    double trend[HAE_VIEW_DRAWING_COLUMNS];
};

struct services {
    struct service *items; /* SERVICES_MAX of them */
    size_t count;
    size_t last; /* the one that was found last: rows come in order */
};

/* NULL: there are too many. */
static struct service *find(struct services *services, const char *text)
{
    char name[HAE_VIEW_NAME_SIZE];
    hae_view_target_name(name, text);
    for (size_t i = 0; i < services->count; i++) {
        size_t at = (services->last + i) % services->count;
        if (strcmp(services->items[at].name, name) == 0) {
            services->last = at;
            return &services->items[at];
        }
    }
    if (services->count == SERVICES_MAX) {
        return NULL;
    }
    services->last = services->count;
    struct service *service = &services->items[services->count++];
    memcpy(service->name, name, sizeof name);
    service->p50_ns = -1;
    service->p99_ns = -1;
    return service;
}

static int read_requests(struct hae_view_reading *reading, struct services *services,
                         struct hae_view_trend *trend)
{
    struct hae_view_histogram durations = {.count = 0};
    struct hae_view_requests_row row;
    struct service *before = NULL;
    struct hae_view_requests_question question = {.window = reading->window,
                                                  .step_s = trend->step_s};
    struct hae_view_rows rows = hae_view_ask_requests(reading->db, &question);
    while (hae_view_next_requests(&rows, &row)) {
        struct service *service = find(services, row.service);
        if (service == NULL) {
            break;
        }
        if (service != before) {
            memset(&durations, 0, sizeof durations);
            before = service;
        }
        hae_view_requests_add(&durations, &row);
        hae_view_trend_add(trend, row.bucket_s, (double)row.requests, service->trend);
        service->requests += row.requests;
        service->errors += row.errors;
        service->p50_ns = (int64_t)hae_view_histogram_quantile(&durations, 0.5);
        service->p99_ns = (int64_t)hae_view_histogram_quantile(&durations, 0.99);
    }
    return hae_view_rows_done(&rows);
}

static int read_calls(struct hae_view_reading *reading, struct services *services)
{
    struct hae_view_requests_row row;
    struct service *service;
    struct hae_view_requests_question question = {
        .window = reading->window, .step_s = HAE_VIEW_ONE_STEP_S, .calls = true};
    struct hae_view_rows rows = hae_view_ask_requests(reading->db, &question);
    while (hae_view_next_requests(&rows, &row) && (service = find(services, row.service)) != NULL) {
        service->calls += row.requests;
        service->call_errors += row.errors;
    }
    return hae_view_rows_done(&rows);
}

/* All services, except the one that stands for all others when there are too many. */
static int read_names(struct hae_view_reading *reading, struct services *services)
{
    struct hae_view_instance_row row;
    struct hae_view_rows rows = hae_view_ask_instances(reading->db, NULL);
    while (hae_view_next_instance(&rows, &row) &&
           (row.resource == HAE_VIEW_OTHER_RESOURCE || find(services, row.service) != NULL)) {
    }
    return hae_view_rows_done(&rows);
}

static void put_service(struct hae_view_list *list, const struct service *service, size_t columns)
{
    char trend[HAE_VIEW_DRAWING_SIZE];
    struct hae_view_target *target = hae_view_list_row(list, HAE_VIEW_TO_SERVICE, 0);
    if (target == NULL) {
        return;
    }
    memcpy(target->service, service->name, sizeof target->service);
    hae_view_draw_trend(service->trend, columns, trend);
    hae_view_list_text(list, HAE_VIEW_BOLD, service->name);
    hae_view_list_count(list, HAE_VIEW_NORMAL, service->requests);
    hae_view_list_share(list, service->errors, service->requests);
    hae_view_list_duration(list, service->p50_ns);
    hae_view_list_duration(list, service->p99_ns);
    hae_view_list_count(list, HAE_VIEW_NORMAL, service->calls);
    hae_view_list_share(list, service->call_errors, service->calls);
    hae_view_list_figure(list, HAE_VIEW_CYAN, 0, trend);
}

static int read_services(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"SERVICE", false, true, 12, 0}, {"REQUESTS", true, false, 0, 0},
        {"ERR%", true, false, 0, 0},     {"P50", true, false, 0, 3},
        {"P99", true, false, 0, 0},      {"CALLS", true, false, 0, 2},
        {"FAILED", true, false, 0, 0},   {"TREND", false, false, 0, 1},
    };
    static const struct hae_view_list_type type = {
        "SERVICES", "nothing received", columns, sizeof columns / sizeof columns[0], 0x7f, 0x7e, 1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct hae_view_trend trend = hae_view_trend_of(reading->window);
    struct services services = {calloc(SERVICES_MAX, sizeof *services.items), 0, 0};
    char window[32];
    if (services.items == NULL) {
        return SQLITE_NOMEM;
    }
    hae_view_window_text(reading->window, window, sizeof window);
    snprintf(list->detail, sizeof list->detail, "%s; FAILED is of the calls to others", window);
    int code = read_names(reading, &services);
    code = code == SQLITE_OK ? read_requests(reading, &services, &trend) : code;
    code = code == SQLITE_OK ? read_calls(reading, &services) : code;
    for (size_t i = 0; i < services.count; i++) {
        put_service(list, &services.items[i], trend.columns);
    }
    free(services.items);
    return code;
}

int hae_view_load_overview(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type errors = {
        "LATEST ERRORS", "no errors", hae_view_error_columns, HAE_VIEW_ERROR_COLUMNS, 0, 0, -1};
    static const struct hae_view_list_type alerts = {
        "FIRING ALERTS",    NULL, hae_view_alert_columns, HAE_VIEW_ALERT_COLUMNS, 0,
        HAE_VIEW_COLUMN(3), 3};
    hae_view_list_firing(reading, hae_view_reading_list(reading, &alerts));
    int code = read_services(reading);
    return code == SQLITE_OK
               ? hae_view_list_errors(reading, hae_view_reading_list(reading, &errors), ERRORS)
               : code;
}
