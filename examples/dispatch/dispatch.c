/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch: sends drivers to waiting passengers. Shows how a service is instrumented
 * with haetae.
 *
 *   POST /rides?x=&y=   asks for a ride: 201 with driver and arrival, or 409
 *   GET  /rides/{id}    a ride that was accepted, or 404
 *   POST /payments/{id} pays for it
 *   GET  /              a page for passengers: page.html
 *   GET  /healthz
 *
 * dispatch.c      routes, the handlers and main()
 * matching.c      who takes the ride: internal spans, a gauge, logs
 * maps_client.c   calls to the map service: client spans, context injected
 * http_span.c     requests: server spans, context extracted, HTTP metrics
 * http_server.c   libmicrohttpd
 * telemetry.c     start, stop and statistics of haetae */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_server.h"
#include "page.h"
#include "rides.h"
#include "service.h"
#include "telemetry.h"

#define FARE_KRW       4800.0
#define FARE_KRW_PER_S 13.0

struct dispatch {
    struct maps_client *maps;
    struct matching *matching;
    struct rides *rides;
    haetae_logger *logger;
    haetae_counter *ride_counter;
};

static void count_ride(struct dispatch *dispatch, const char *outcome)
{
    haetae_counter_add(dispatch->ride_counter, 1, HAETAE_ATTRS(HAETAE_ATTR("outcome", outcome)));
}

static void print_ride(struct http_reply *reply, uint64_t id, const struct match *match)
{
    snprintf(reply->body, sizeof reply->body,
             "{\"id\":%" PRIu64 ",\"driver\":%d,\"eta_s\":%.0f,\"estimated\":%s}", id,
             match->driver, match->eta_s, match->estimated ? "true" : "false");
}

static void post_ride(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct dispatch *dispatch = user;
    struct point pickup = {http_query_number(request, "x", -1),
                           http_query_number(request, "y", -1)};
    struct match match;
    if (!(pickup.x >= 0 && pickup.y >= 0)) {
        reply->status = MHD_HTTP_BAD_REQUEST;
        strcpy(reply->body, "{\"error\":\"x and y, in metres, are needed\"}");
        count_ride(dispatch, "bad_request");
        return;
    }
    if (!matching_find(dispatch->matching, pickup, &match)) {
        reply->status = MHD_HTTP_CONFLICT;
        strcpy(reply->body, "{\"error\":\"no driver is near\"}");
        count_ride(dispatch, "no_driver");
        return;
    }
    uint64_t id = rides_add(dispatch->rides, &match);
    reply->status = MHD_HTTP_CREATED;
    print_ride(reply, id, &match);
    count_ride(dispatch, match.estimated ? "accepted_estimated" : "accepted");
    /* The request's span is current: the log record carries its trace and span id. */
    haetae_log(dispatch->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("ride accepted"),
               HAETAE_ATTRS(HAETAE_ATTR("ride.id", id), HAETAE_ATTR("driver.id", match.driver)));
}

/* Replies with 404 and returns false when there is no such ride. */
static bool find_ride(const struct http_request *request, struct http_reply *reply,
                      bool (*find)(struct rides *, uint64_t, struct ride *), struct rides *rides,
                      uint64_t *ret_id, struct ride *ret_ride)
{
    char *end = NULL;
    uint64_t id = strtoull(request->parameter, &end, 10);
    haetae_span_set(haetae_current_span(), "ride.id", id);
    if (*end != '\0' || !find(rides, id, ret_ride)) {
        reply->status = MHD_HTTP_NOT_FOUND;
        strcpy(reply->body, "{\"error\":\"no such ride\"}");
        return false;
    }
    reply->status = MHD_HTTP_OK;
    *ret_id = id;
    return true;
}

static void get_ride(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct dispatch *dispatch = user;
    uint64_t id = 0;
    struct ride ride;
    if (find_ride(request, reply, rides_find, dispatch->rides, &id, &ride)) {
        print_ride(reply, id, &ride.match);
    }
}

static void post_payment(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct dispatch *dispatch = user;
    uint64_t id = 0;
    struct ride ride;
    if (!find_ride(request, reply, rides_pay, dispatch->rides, &id, &ride)) {
        return;
    }
    double fare_krw = FARE_KRW + FARE_KRW_PER_S * ride.match.eta_s;
    snprintf(reply->body, sizeof reply->body, "{\"id\":%" PRIu64 ",\"paid\":%s,\"fare_krw\":%.0f}",
             id, ride.paid ? "true" : "false", fare_krw);
    haetae_log(dispatch->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("ride paid"),
               HAETAE_ATTRS(HAETAE_ATTR("ride.id", id), HAETAE_ATTR("fare.krw", fare_krw)));
}

static void get_page(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    (void)request;
    reply->status = MHD_HTTP_OK;
    reply->page = dispatch_page;
    reply->page_bytes = dispatch_page_bytes;
}

static void get_healthz(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    (void)request;
    reply->status = MHD_HTTP_OK;
    strcpy(reply->body, "{\"ok\":true}");
}

static bool dispatch_init(struct dispatch *dispatch, haetae_sdk *sdk, const char *maps_url)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("dispatch.rides"),
                       .unit = haetae_string_of("{ride}"),
                       .description = haetae_string_of("Rides that were asked for, by outcome."));
    *dispatch = (struct dispatch){.logger = haetae_logger_named(sdk, "dispatch")};
    haetae_counter_create(haetae_meter_named(sdk, "dispatch"), &options, &dispatch->ride_counter);
    dispatch->maps = maps_client_new(sdk, maps_url);
    if (dispatch->maps != NULL) {
        dispatch->matching = matching_new(sdk, dispatch->maps);
    }
    dispatch->rides = rides_new();
    return dispatch->matching != NULL && dispatch->rides != NULL;
}

static void dispatch_done(struct dispatch *dispatch)
{
    rides_free(dispatch->rides);
    matching_free(dispatch->matching);
    maps_client_free(dispatch->maps);
}

static bool run(haetae_sdk *sdk, const struct service_options *options)
{
    static const struct http_route routes[] = {
        {"POST", "/rides", post_ride},
        {"GET", "/rides/{id}", get_ride},
        {"POST", "/payments/{id}", post_payment},
        {"GET", "/", get_page},
        {"GET", "/healthz", get_healthz},
    };
    struct dispatch dispatch;
    bool ok = dispatch_init(&dispatch, sdk, options->maps_url);
    struct http_server *server = NULL;
    if (ok) {
        server = http_server_start(sdk, routes, sizeof routes / sizeof routes[0], &dispatch,
                                   options->port);
        ok = server != NULL;
    }
    if (ok) {
        ok = service_wait("dispatch", options, http_server_port(server));
        http_server_stop(server);
    } else {
        fprintf(stderr, "dispatch: can't start on port %u\n", (unsigned)options->port);
    }
    dispatch_done(&dispatch);
    return ok;
}

int main(int argc, char **argv)
{
    struct service_options options;
    if (!service_parse(argc, argv, &options)) {
        return 2;
    }
    service_block_signals(); /* before any thread starts, haetae's worker included */
    curl_global_init(CURL_GLOBAL_DEFAULT);
    haetae_sdk *sdk = telemetry_start("dispatch");
    bool ok = run(sdk, &options);
    telemetry_stop(sdk, "dispatch", options.stats_file);
    curl_global_cleanup();
    return ok ? 0 : 1;
}
