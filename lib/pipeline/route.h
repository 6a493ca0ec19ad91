/* SPDX-License-Identifier: Apache-2.0 */
/* The destinations, and which of them get a request. Only the driver of the pipeline touches
 * it. */
#ifndef HAETAE_PIPELINE_ROUTE_H
#define HAETAE_PIPELINE_ROUTE_H

#include "pipeline/route_state.h"

/* Adds an exporter and its backups for the signals of a bit set; the route owns them from then on.
 * An exporter gets no signals but those of its own set. The route fills in options->split. */
void hae_route_add(struct hae_route *route, haetae_exporter *exporter, uint32_t signals,
                   const struct hae_destination_options *options);

/* Whether any destination takes the signal; or any of a group. */
bool hae_route_has(const struct hae_route *route, haetae_signal signal);
bool hae_route_has_group(const struct hae_route *route, haetae_signal signal, uint8_t group);

/* Puts a request into the store and gives it to every destination of its signal. */
void hae_route_hand_out(struct hae_route *route, struct hae_request *request);

/* Lets backups stand in for those that are away: a bounded piece of it; true: there is more. And
 * when it has to be called again, though nothing else has happened; UINT64_MAX: not known. */
bool hae_route_fail_over(struct hae_route *route, uint64_t now_ms);
uint64_t hae_route_due_ms(const struct hae_route *route);

/* Has every request that waits tried once, whatever the pauses after failures. */
void hae_route_flush_now(struct hae_route *route);

/* Whether any has a spool; and before hae_route_abandon(): puts into the spools what waits or is in
 * flight, until that time of CLOCK_MONOTONIC. */
bool hae_route_has_spool(const struct hae_route *route);
void hae_route_spool_rest(struct hae_route *route, uint64_t until_ns);

/* After hae_route_abandon(): calls the exporters' shutdown(). The second says whether one of them
 * may have lost what it kept. */
void hae_route_shut_down(struct hae_route *route);
bool hae_route_keeps_something(const struct hae_route *route);

/* Drops all that waits or is in flight, as shut down. */
void hae_route_abandon(struct hae_route *route);

/* Frees the exporters. Those that block are waited for together. */
void hae_route_done(struct hae_route *route);

#endif
