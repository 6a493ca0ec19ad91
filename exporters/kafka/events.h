/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka puts into a client's queue: reports of messages, errors and log lines. */
#ifndef HAETAE_KAFKA_EVENTS_H
#define HAETAE_KAFKA_EVENTS_H

#include "state.h"

/* Takes what there is, not too much in one step: `has_more` says whether something is left. The
 * exporter has a client of this process. */
void hae_kafka_take_events(struct hae_kafka_exporter *exporter);

#endif
