/* SPDX-License-Identifier: Apache-2.0 */
/* The series of streams that give unused ones back: places, which hold one set after another. A
 * stream has as many places as it may have series, made when they are first needed. */
#ifndef HAETAE_METRICS_REUSE_H
#define HAETAE_METRICS_REUSE_H

#include "metrics/series_table.h"

/* Makes the series of a set that was read, and that the table did not have, or finds the one that
 * another thread made meanwhile. NULL: there is no room. The call has entered. */
struct hae_series *hae_reuse_place(struct hae_wanted *wanted, const struct hae_attribute_set *set);

/* Empties a place that no thread looks at, and makes it free. */
void hae_reuse_give_back(const struct hae_stream *stream, struct hae_series *series);

/* In a forked child: makes a place free, whatever it was. */
void hae_reuse_reinit(const struct hae_stream *stream, struct hae_series *series);

/* How many series a stream has, without the overflow series. */
uint32_t hae_reuse_count(const struct hae_stream *stream);

#endif
