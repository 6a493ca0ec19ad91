/* SPDX-License-Identifier: Apache-2.0 */
/* What is dropped when a signal's memory is full, and from which destinations it is taken. Only the
 * driver of the pipeline calls it. */
#ifndef HAETAE_PIPELINE_ROUTE_ROOM_H
#define HAETAE_PIPELINE_ROUTE_ROOM_H

#include "pipeline/route_state.h"

/* What each destination is owed of a signal's memory. At least one takes the signal. */
uint64_t hae_route_share_bytes(const struct hae_route *route, haetae_signal signal);

/* Each destination is owed an equal share of a signal's memory. One that holds more, as its
 * receiver is away, may, until another one needs its share: then the newest request that only
 * such destinations wait for is dropped, or the oldest. False: there is none. */
bool hae_route_make_room(struct hae_route *route, haetae_signal signal, bool oldest);

/* Drops the oldest request of the signal that is not being sent. False: there is none. */
bool hae_route_drop_waiting(struct hae_route *route, haetae_signal signal);

/* Drops a request of the signal and group, as replaced by newer data: one of those made up to
 * `up_to` that is not being sent. False: there is none. */
bool hae_route_replace(struct hae_route *route, haetae_signal signal, uint8_t group,
                       uint64_t up_to);

/* For a source that keeps its items and has no room for more before the oldest are settled. Drops
 * the oldest request of the signal, if at least one destination is done with it, or none need be
 * (`also_wanted`). False: none is, or it cannot be dropped. */
bool hae_route_drop_oldest(struct hae_route *route, haetae_signal signal, bool also_wanted);

#endif
