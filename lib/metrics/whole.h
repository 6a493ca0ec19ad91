/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a reader is about to follow in the region is what was put there: something may have
 * written over it. A reader asks before it trusts a size or a reference. */
#ifndef HAETAE_METRICS_WHOLE_H
#define HAETAE_METRICS_WHOLE_H

#include "metrics/stream.h"

/* Whether a stream's data agree with what this process knows of the stream. */
bool hae_stream_is_whole(const struct hae_stream *stream);

/* The place of a series at a reference, whatever it holds; NULL: it is not in the heap. */
const struct hae_series *hae_whole_place(const struct hae_stream *stream, uint32_t reference);

/* The series at a reference, with all cells in the heap; NULL: it is none. */
const struct hae_series *hae_whole_series(const struct hae_stream *stream, uint32_t reference);

#endif
