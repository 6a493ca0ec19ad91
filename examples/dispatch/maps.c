/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch-maps: a map service, with its own process, name and telemetry. It answers
 * how long a drive takes. It is flaky: now and then it fails. A request can begin an
 * outage, in which it fails or hangs most of the time.
 *
 *   GET  /eta?x=&y=&to_x=&to_y=   {"seconds":…}
 *   POST /outage?on=1|0           begins or ends an outage
 *   GET  /healthz
 *
 * It continues its caller's trace: http_span.c reads the traceparent header. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http_server.h"
#include "service.h"
#include "telemetry.h"

#define SPEED          8.0 /* metres a second through a city */
#define OUTAGE_HANG_MS 400

struct maps {
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *routes;
    atomic_bool outage;
    atomic_uint calls;
};

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Stands for a search in a road network: a sum that takes a while, and a detour
 * when a river is between both ends. */
static double find_route(struct maps *maps, double dx, double dy)
{
    HAETAE_SPAN_SCOPE(span, maps->tracer, "find route", HAETAE_SPAN_KIND_INTERNAL);
    double metres = fabs(dx) + fabs(dy);
    bool detour = metres > 1000;
    sleep_ms(1);
    if (detour) {
        metres += 300;
        haetae_span_add_event(span, HAETAE_TEXT("detour"), 0,
                              HAETAE_ATTRS(HAETAE_ATTR("reason", "river")));
    }
    haetae_span_set(span, "route.length", metres);
    haetae_counter_add(maps->routes, 1, HAETAE_ATTRS(HAETAE_ATTR("detour", detour)));
    return metres;
}

/* Every 67th call fails. In an outage two of three calls fail, and the third
 * hangs for longer than its caller waits. */
static bool fails(struct maps *maps, struct http_reply *reply)
{
    unsigned call = atomic_fetch_add(&maps->calls, 1);
    bool outage = atomic_load(&maps->outage);
    if (outage && call % 3 == 0) {
        sleep_ms(OUTAGE_HANG_MS);
    }
    if (!outage && call % 67 != 66) {
        return false;
    }
    reply->status = outage ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_INTERNAL_SERVER_ERROR;
    reply->error_type = outage ? "outage" : "tile_missing";
    snprintf(reply->body, sizeof reply->body, "{\"error\":\"%s\"}", reply->error_type);
    haetae_log(maps->logger, HAETAE_SEVERITY_ERROR, HAETAE_TEXT("no route"),
               HAETAE_ATTRS(HAETAE_ATTR("error.type", reply->error_type)));
    return true;
}

static void get_eta(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct maps *maps = user;
    if (fails(maps, reply)) {
        return;
    }
    double dx = http_query_number(request, "to_x", 0) - http_query_number(request, "x", 0);
    double dy = http_query_number(request, "to_y", 0) - http_query_number(request, "y", 0);
    reply->status = MHD_HTTP_OK;
    snprintf(reply->body, sizeof reply->body, "{\"seconds\":%.1f}",
             find_route(maps, dx, dy) / SPEED);
}

static void post_outage(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct maps *maps = user;
    bool on = http_query_number(request, "on", 0) != 0;
    atomic_store(&maps->outage, on);
    haetae_log(maps->logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("outage switched"),
               HAETAE_ATTRS(HAETAE_ATTR("on", on)));
    reply->status = MHD_HTTP_OK;
    snprintf(reply->body, sizeof reply->body, "{\"outage\":%s}", on ? "true" : "false");
}

static void get_healthz(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    (void)request;
    reply->status = MHD_HTTP_OK;
    strcpy(reply->body, "{\"ok\":true}");
}

static void maps_init(struct maps *maps, haetae_sdk *sdk)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("maps.routes"),
                       .unit = haetae_string_of("{route}"),
                       .description = haetae_string_of("Routes that were computed."));
    *maps = (struct maps){
        .tracer = haetae_tracer_named(sdk, "maps"),
        .logger = haetae_logger_named(sdk, "maps"),
    };
    haetae_counter_create(haetae_meter_named(sdk, "maps"), &options, &maps->routes);
}

int main(int argc, char **argv)
{
    static const struct http_route routes[] = {
        {"GET", "/eta", get_eta},
        {"POST", "/outage", post_outage},
        {"GET", "/healthz", get_healthz},
    };
    struct service_options options;
    if (!service_parse(argc, argv, &options)) {
        return 2;
    }
    service_block_signals();
    haetae_sdk *sdk = telemetry_start("dispatch-maps");
    struct maps maps;
    maps_init(&maps, sdk);
    struct http_server *server =
        http_server_start(sdk, routes, sizeof routes / sizeof routes[0], &maps, options.port);
    bool ok = server != NULL;
    if (ok) {
        ok = service_wait("dispatch-maps", &options, http_server_port(server));
        http_server_stop(server);
    } else {
        fprintf(stderr, "dispatch-maps: can't listen on port %u\n", (unsigned)options.port);
    }
    telemetry_stop(sdk, "dispatch-maps", options.stats_file);
    return ok ? 0 : 1;
}
