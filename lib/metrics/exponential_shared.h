/* SPDX-License-Identifier: Apache-2.0 */
/* The shared cells of exponential histograms. */
#ifndef HAETAE_METRICS_EXPONENTIAL_SHARED_H
#define HAETAE_METRICS_EXPONENTIAL_SHARED_H

#include "metrics/exponential_buckets.h"

/* Folds a finite measurement into a shared cell. Any thread, without a lock. False: it was refused,
 * and counted. */
bool hae_exponential_share(const struct hae_stream *stream, struct hae_exponential_shared *cell,
                           double value);

/* Before a cell that no thread uses is made again: its pieces are for other cells of the stream. */
void hae_exponential_leave_shared(const struct hae_stream *stream, void *cell);

/* A picture of one piece of a shared cell; returns the next one, or NULL. `piece` NULL: of the
 * coarse buckets; the newest piece is next. */
const struct hae_exponential_piece *hae_exponential_look_shared(
    const struct hae_stream_data *stream, const struct hae_exponential_shared *cell,
    const struct hae_exponential_piece *piece, struct hae_exponential_picture *picture);

/* Whether all pieces are where `holds` says there is memory. */
bool hae_exponential_shared_valid(const struct hae_stream_data *stream,
                                  const struct hae_exponential_shared *cell,
                                  hae_holds_callback holds, void *user);

#endif
