/* SPDX-License-Identifier: Apache-2.0 */
/* Which streams views give to an instrument. Specification: "Measurement processing". */
#ifndef HAETAE_METRICS_VIEW_STREAMS_H
#define HAETAE_METRICS_VIEW_STREAMS_H

#include "metrics/view.h"

/* Decides which streams a new instrument has: see hae_view_callback in meter.h. */
uint32_t hae_views_apply(struct hae_views *views, const struct hae_heap *scopes,
                         const struct hae_instrument_request *request,
                         struct hae_stream_options *streams);

#endif
