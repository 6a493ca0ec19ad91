/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader reported last of the series of one stream, so that it can report what came
 * since. Cells are never reset: each reader that reports deltas has a memory of its own. */
#ifndef HAETAE_METRICS_DELTA_H
#define HAETAE_METRICS_DELTA_H

#include "metrics/aggregation.h"

/* Zeroes are a memory of nothing. Each series has an entry, by its place in the stream's list
 * as counted from the oldest. A value that was put into a message is only pending until the
 * message is taken. */
struct hae_delta {
    uint64_t *entries;
    uint32_t entry_count;
    uint32_t value_words; /* of one value: an entry has two of them, and their times */
    /* Entries from `pending_first` up to `pending_end` may be in the message under way. */
    uint32_t pending_first;
    uint32_t pending_end;
};

/* Makes room for entries below `count`. False: there is no memory. */
bool hae_delta_reserve(struct hae_delta *delta, uint32_t value_words, uint32_t count);

/* Forgets an entry that was of another series, which its place had before: `life` counts them. */
void hae_delta_of_life(struct hae_delta *delta, uint32_t index, uint32_t life);

/* Turns the value that a series has now into what came since the last report. False: nothing
 * did. */
bool hae_delta_since_last(struct hae_delta *delta, uint32_t index,
                          const struct hae_stream_data *stream,
                          const struct hae_aggregation *aggregation, struct hae_point *point);

/* The same for a value that is to count from the last report on, if there was one: for cumulative
 * points that began again. `subtract`: take away what was there; else only its start changes. */
void hae_delta_since_start(struct hae_delta *delta, uint32_t index,
                           const struct hae_stream_data *stream,
                           const struct hae_aggregation *aggregation, bool subtract,
                           struct hae_point *point);

/* Notes that the value of the last call has been put into a message, with its time. */
void hae_delta_pend(struct hae_delta *delta, uint32_t index, uint64_t time_unix_ns);

/* The message was taken: what was pending counts as reported. Or it was not. */
void hae_delta_commit(struct hae_delta *delta);
void hae_delta_discard(struct hae_delta *delta);

/* Forgets what was reported, and keeps the memory. */
void hae_delta_forget(struct hae_delta *delta);

void hae_delta_done(struct hae_delta *delta);

#endif
