/* SPDX-License-Identifier: Apache-2.0 */
/* The events of peer_lttng.c. LTTng-UST includes this file several times. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER haetae_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./peer_lttng_events.h"

#if !defined(HAETAE_BENCH_PEER_LTTNG_EVENTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define HAETAE_BENCH_PEER_LTTNG_EVENTS_H

#include <lttng/tracepoint.h>
#include <stdint.h>

/* clang-format off */
LTTNG_UST_TRACEPOINT_EVENT(
    haetae_bench, span,
    LTTNG_UST_TP_ARGS(),
    LTTNG_UST_TP_FIELDS())

LTTNG_UST_TRACEPOINT_EVENT(
    haetae_bench, span_5,
    LTTNG_UST_TP_ARGS(const char *, method, const char *, route, int64_t, status,
                      const char *, server, int64_t, port),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_string(http_request_method, method)
        lttng_ust_field_string(http_route, route)
        lttng_ust_field_integer(int64_t, http_response_status_code, status)
        lttng_ust_field_string(server_address, server)
        lttng_ust_field_integer(int64_t, network_peer_port, port)))

LTTNG_UST_TRACEPOINT_EVENT(
    haetae_bench, log_3,
    LTTNG_UST_TP_ARGS(const char *, body, int64_t, driver, const char *, zone, int64_t, seats),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_string(body, body)
        lttng_ust_field_integer(int64_t, driver_id, driver)
        lttng_ust_field_string(zone, zone)
        lttng_ust_field_integer(int64_t, ride_seats, seats)))
/* clang-format on */

#endif

#include <lttng/tracepoint-event.h>
