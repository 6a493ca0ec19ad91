/* SPDX-License-Identifier: Apache-2.0 */
#include "workload.h"

#include <stdio.h>
#include <string.h>

static const char *const routes[] = {"/rides/{id}", "/drivers/{id}", "/zones/{id}/rides", "/fares",
                                     "/health"};
static const char *const methods[] = {"GET", "GET", "GET", "POST", "PUT"};
static const int64_t codes[] = {200, 200, 200, 200, 201, 204, 404, 500};

static uint64_t state = 88172645463325252u;

static uint64_t any(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

void workload_span(haetae_tracer *tracer)
{
    const char *route = routes[any(5)];
    const char *method = methods[any(5)];
    char name[64];
    char path[64];
    haetae_span span;

    snprintf(name, sizeof name, "%s %s", method, route);
    snprintf(path, sizeof path, "/rides/%llu", (unsigned long long)any(1000000));
    span = haetae_span_start(tracer, name, strlen(name), HAETAE_SPAN_KIND_SERVER);
    haetae_attribute attributes[] = {
        HAETAE_ATTR("http.request.method", method), HAETAE_ATTR("url.path", path),
        HAETAE_ATTR("http.response.status_code", codes[any(8)]),
        HAETAE_ATTR("server.address", "dispatch.example"),
        HAETAE_ATTR("network.peer.port", (int64_t)(1024 + any(60000)))};

    haetae_span_set_attributes(span, attributes, 5);
    haetae_span_end(span);
}

void workload_log(haetae_logger *logger)
{
    char body[80];

    snprintf(body, sizeof body, "ride %06llu was given to driver %06llu in the zone of %s",
             (unsigned long long)any(1000000), (unsigned long long)any(1000000),
             any(2) == 0 ? "Mapo-gu" : "Jung-gu");
    haetae_log(logger, HAETAE_SEVERITY_INFO, body, strlen(body),
               HAETAE_ATTRS(HAETAE_ATTR("http.route", routes[any(5)]),
                            HAETAE_ATTR("http.response.status_code", codes[any(8)]),
                            HAETAE_ATTR("enduser.id", (int64_t)any(100000))));
}

void workload_add(haetae_counter *counter, unsigned series)
{
    char zone[16];

    snprintf(zone, sizeof zone, "zone-%03u", series / 40);
    haetae_counter_add(
        counter, (int64_t)(1 + any(100)),
        HAETAE_ATTRS(HAETAE_ATTR("zone", (const char *)zone),
                     HAETAE_ATTR("http.route", routes[series % 5]),
                     HAETAE_ATTR("http.response.status_code",
                                 codes[series / 5 % 8] + (int64_t)(series / 5 % 8))));
}
