/* SPDX-License-Identifier: Apache-2.0 */
/* The source that sends again what spools have. Of each exporter and signal one request is on its
 * way at a time, and only while nothing newer waits: so it neither delays new data nor floods a
 * receiver that has just come back. */
#ifndef HAETAE_PIPELINE_REPLAY_H
#define HAETAE_PIPELINE_REPLAY_H

#include "pipeline/route.h"
#include "pipeline/source.h"

/* For the options of the pipeline that has the route. */
struct hae_source hae_replay_source(struct hae_route *route);

#endif
