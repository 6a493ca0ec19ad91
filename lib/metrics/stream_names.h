/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of one meter that have one name, as views may give it. */
#ifndef HAETAE_METRICS_STREAM_NAMES_H
#define HAETAE_METRICS_STREAM_NAMES_H

#include "metrics/instrument.h"
#include "metrics/meter.h"

/* The name of a stream, in the region. */
haetae_string hae_stream_name(const struct hae_stream *stream);

/* Reports a stream of a new instrument that has the name of another stream. Any thread, without
 * the provider's lock. Specification: "Measurement processing". */
void hae_stream_names_report(const struct haetae_meter *meter,
                             const struct hae_instrument *instrument);

#endif
