/* SPDX-License-Identifier: Apache-2.0 */
#include "api/services.h"

#include <stdlib.h>
#include <string.h>

#include "api/errors.h"
#include "api/requests.h"
#include "api/traces.h"
#include "query/peers.h"
#include "query/requests.h"
#include "query/services.h"

#define ERRORS  10
#define SLOWEST 10

static void put_instance(struct hae_json *json, const struct hae_view_instance_row *row)
{
    hae_json_open(json, NULL, '{');
    hae_json_integer(json, "resource", row->resource);
    hae_view_put_text(json, "instance", row->instance);
    hae_view_put_text(json, "version", row->version);
    hae_view_put_object(json, "attributes", row->attributes);
    hae_json_close(json, '}');
}

/* The instances of all services, in the order of these. */
int hae_view_api_services(struct hae_view_call *call)
{
    struct hae_json *json = &call->json;
    struct hae_view_instance_row row;
    struct hae_view_rows rows = hae_view_ask_instances(call->db, NULL);
    char *name = NULL;
    bool memory = true;
    hae_json_open(json, "services", '[');
    while (memory && hae_view_next_instance(&rows, &row)) {
        if (name == NULL || strcmp(name, row.service) != 0) {
            if (name != NULL) {
                hae_json_close(json, ']');
                hae_json_close(json, '}');
            }
            free(name);
            name = strdup(row.service);
            memory = name != NULL;
            hae_json_open(json, NULL, '{');
            hae_json_text(json, "name", row.service);
            hae_json_open(json, "instances", '[');
        }
        put_instance(json, &row);
    }
    if (name != NULL) {
        hae_json_close(json, ']');
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    free(name);
    int code = hae_view_rows_done(&rows);
    return memory ? code : SQLITE_NOMEM;
}

static int put_operations(struct hae_view_call *call, const char *service, bool calls)
{
    struct hae_json *json = &call->json;
    struct hae_view_requests_row row;
    struct hae_view_rows rows = hae_view_ask_operations(call->db, call->window, service, calls);
    hae_json_open(json, calls ? "calls" : "operations", '[');
    while (hae_view_next_requests(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", row.name);
        hae_view_put_kind(json, row.kind);
        hae_json_integer(json, "requests", row.requests);
        hae_json_integer(json, "errors", row.errors);
        hae_json_number(json, "error_share", (double)row.errors / (double)row.requests);
        hae_view_put_digits(json, "p50_ns", hae_view_requests_quantile(&row, 0.5));
        hae_view_put_digits(json, "p99_ns", hae_view_requests_quantile(&row, 0.99));
        hae_view_put_digits(json, "max_ns", row.max_ns);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

/* Where calls go. */
static int put_peers(struct hae_view_call *call, const char *service)
{
    struct hae_json *json = &call->json;
    struct hae_view_peer_row row;
    struct hae_view_rows rows = hae_view_ask_peers(call->db, service);
    hae_json_open(json, "peers", '[');
    while (hae_view_next_peer(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_json_text(json, "name", row.name);
        hae_view_put_kind(json, row.kind);
        hae_json_text(json, "peer", row.peer);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_instances(struct hae_view_call *call, const char *service, bool *ret_known)
{
    struct hae_view_instance_row row;
    struct hae_view_rows rows = hae_view_ask_instances(call->db, service);
    hae_json_open(&call->json, "instances", '[');
    while (hae_view_next_instance(&rows, &row)) {
        put_instance(&call->json, &row);
        *ret_known = true;
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

int hae_view_api_service(struct hae_view_call *call)
{
    const char *service = hae_view_call_text(call, "name");
    if (service == NULL) {
        return SQLITE_OK;
    }
    struct hae_view_traces_question slowest = {
        .window = call->window,
        .service = service,
        .slowest = true,
        .limit = SLOWEST,
        .scan = HAE_VIEW_TRACES_POLLED,
    };
    bool known = false;
    hae_json_text(&call->json, "name", service);
    int code = put_instances(call, service, &known);
    if (code == SQLITE_OK && !known) {
        hae_view_call_refuse(call, 404, "there is no service of this name");
        return SQLITE_OK;
    }
    if (code == SQLITE_OK) {
        code = hae_view_put_requests(call, service);
    }
    if (code == SQLITE_OK) {
        code = put_operations(call, service, false);
    }
    if (code == SQLITE_OK) {
        code = put_operations(call, service, true);
    }
    if (code == SQLITE_OK) {
        code = put_peers(call, service);
    }
    if (code == SQLITE_OK) {
        code = hae_view_put_errors(call, service, ERRORS);
    }
    return code == SQLITE_OK ? hae_view_put_traces(call, "slowest", &slowest) : code;
}
