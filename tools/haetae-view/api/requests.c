/* SPDX-License-Identifier: Apache-2.0 */
#include "api/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/requests.h"
#include "store/schema.h"

#define SECOND_NS INT64_C(1000000000)
/* A window has about so many steps. */
#define STEPS 90

/* The sums of one service, while its steps are written. */
struct service {
    char *name;
    int64_t requests;
    int64_t errors;
    double duration_sum;
    struct hae_view_histogram durations;
};

static int64_t step_of(struct hae_view_window window)
{
    int64_t seconds = (window.to_ns - window.from_ns) / SECOND_NS;
    int64_t rows = seconds / STEPS / HAE_VIEW_ROLLUP_SECONDS;
    return (rows > 0 ? rows : 1) * HAE_VIEW_ROLLUP_SECONDS;
}

static void put_quantile(struct hae_json *json, const char *name,
                         const struct hae_view_histogram *durations, double quantile)
{
    hae_view_put_digits(json, name, (int64_t)hae_view_histogram_quantile(durations, quantile));
}

static void close_service(struct hae_view_call *call, const struct service *service)
{
    struct hae_json *json = &call->json;
    double seconds = (double)(call->window.to_ns - call->window.from_ns) / (double)SECOND_NS;
    double requests = (double)service->requests;
    double mean_ns = service->duration_sum / requests;
    hae_json_close(json, ']');
    hae_json_integer(json, "requests", service->requests);
    hae_json_integer(json, "errors", service->errors);
    hae_json_number(json, "requests_per_s", requests / seconds);
    hae_json_number(json, "error_share", (double)service->errors / requests);
    hae_view_put_digits(json, "mean_ns",
                        mean_ns < (double)INT64_MAX ? (int64_t)mean_ns : INT64_MAX);
    put_quantile(json, "p50_ns", &service->durations, 0.5);
    put_quantile(json, "p95_ns", &service->durations, 0.95);
    put_quantile(json, "p99_ns", &service->durations, 0.99);
    hae_view_put_digits(json, "max_ns", (int64_t)service->durations.max_ns);
    hae_json_close(json, '}');
}

static void put_step(struct hae_json *json, const struct hae_view_requests_row *row)
{
    hae_json_open(json, NULL, '{');
    hae_json_integer(json, "time_s", row->bucket_s);
    hae_json_integer(json, "requests", row->requests);
    hae_json_integer(json, "errors", row->errors);
    hae_view_put_digits(json, "p50_ns", hae_view_requests_quantile(row, 0.5));
    hae_view_put_digits(json, "p99_ns", hae_view_requests_quantile(row, 0.99));
    hae_view_put_digits(json, "max_ns", row->max_ns);
    hae_json_close(json, '}');
}

/* Begins another service. False: out of memory. */
static bool open_service(struct hae_view_call *call, struct service *service, const char *name)
{
    free(service->name);
    memset(service, 0, sizeof *service);
    service->name = strdup(name);
    hae_json_open(&call->json, NULL, '{');
    hae_json_text(&call->json, "name", name);
    hae_json_open(&call->json, "steps", '[');
    return service->name != NULL;
}

int hae_view_put_requests(struct hae_view_call *call, const char *of_service)
{
    struct service service = {.name = NULL};
    struct hae_view_requests_row row;
    struct hae_view_requests_question question = {
        .window = call->window, .step_s = step_of(call->window), .service = of_service};
    bool memory = true;
    hae_json_integer(&call->json, "step_s", question.step_s);
    hae_json_open(&call->json, "services", '[');
    struct hae_view_rows rows = hae_view_ask_requests(call->db, &question);
    while (memory && hae_view_next_requests(&rows, &row)) {
        if (service.name == NULL || strcmp(service.name, row.service) != 0) {
            if (service.name != NULL) {
                close_service(call, &service);
            }
            memory = open_service(call, &service, row.service);
        }
        service.requests += row.requests;
        service.errors += row.errors;
        service.duration_sum += row.duration_sum;
        hae_view_requests_add(&service.durations, &row);
        put_step(&call->json, &row);
    }
    if (service.name != NULL) {
        close_service(call, &service);
    }
    hae_json_close(&call->json, ']');
    free(service.name);
    int code = hae_view_rows_done(&rows);
    return memory ? code : SQLITE_NOMEM;
}
