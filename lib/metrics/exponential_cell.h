/* SPDX-License-Identifier: Apache-2.0 */
/* The lanes' cells of exponential histograms. */
#ifndef HAETAE_METRICS_EXPONENTIAL_CELL_H
#define HAETAE_METRICS_EXPONENTIAL_CELL_H

#include "metrics/exponential_buckets.h"

/* Bytes of a lane's scratch, which is enough for each stream. */
enum {
    HAE_EXPONENTIAL_SCRATCH_SIZE =
        (2 + 2 * (HAE_EXPONENTIAL_SIZE_MAX / 2 + 1)) * (int)sizeof(uint64_t)
};

/* Gives a lane's cell the lane's scratch. */
void hae_exponential_give_scratch(void *cell, void *scratch);

/* Folds a finite measurement into a lane's cell. Only the lane's owner calls this. False: it was
 * refused, as the sum would not be finite, or as the instrument takes none that is negative. */
bool hae_exponential_observe(const struct hae_stream *stream, struct hae_exponential_cell *cell,
                             double value);

/* A picture of a lane's cell, which its owner may be rescaling. It is empty where the cell's
 * content makes no sense. */
void hae_exponential_look(const struct hae_stream_data *stream,
                          const struct hae_exponential_cell *cell,
                          struct hae_exponential_picture *picture);

/* Whether the scratch, if a reader would follow it, is where `holds` says there is memory. */
bool hae_exponential_cell_valid(const struct hae_exponential_cell *cell, hae_holds_callback holds,
                                void *user);

#endif
