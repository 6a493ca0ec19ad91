/* SPDX-License-Identifier: Apache-2.0 */
/* Series that were not used for some intervals, and are given back. */
#ifndef HAETAE_TESTS_METRICS_UNUSED_FIXTURE_H
#define HAETAE_TESTS_METRICS_UNUSED_FIXTURE_H

#include "metrics/exemplars.h"
#include "metrics/views.h"

#define OVERFLOW_SET "otel.metric.overflow=true"

/* Collections from the last use of a series, that one included, in which it is reported; and from
 * there until its place is free. With `intervals` collections in which it was not used. */
unsigned reported_for(uint32_t intervals);

enum { UNTIL_FREE = 2 };

/* Series are given back after so many intervals, and `limit` of them may be there. */
void init_unused(struct fixture *f, uint32_t intervals, uint32_t limit);

/* Adds 1 for the set {set}. */
void add_one(haetae_counter *counter, const char *set);

/* Collects so often; or until all that is not used is gone, and its places are free. */
void pass(struct fixture *f, unsigned collections);
void pass_all(struct fixture *f);
const struct hae_stream *stream_of(const void *instrument);
uint32_t series_count(const void *instrument);

/* -1: there is no point. */
int64_t value_of(struct fixture *f, const char *name, const char *attributes);

#endif
