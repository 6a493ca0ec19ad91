/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are observed as they are: the totals and levels that observables report. Of a series'
 * shared cell, the only one, word[0] is the value. word[1] says whether it is reported: 0, it is
 * not; HAE_OBSERVED_SET, it was set and stays until it is removed; else the round of callbacks that
 * observed it. A round ends with hae_observed_forget(), so that what is not 0 is to be reported. */
#ifndef HAETAE_METRICS_OBSERVED_H
#define HAETAE_METRICS_OBSERVED_H

#include "metrics/stream.h"

#define HAE_OBSERVED_SET UINT64_MAX

/* Whether the value of a cell is to be reported. */
static inline bool hae_observed_is_reported(const void *cell)
{
    const struct hae_number_cell *number = cell;

    /* Acquire pairs with the release in hae_observed_put(): the value is there. */
    return atomic_load_explicit(&number->word[1], memory_order_acquire) != 0;
}

/* Compares two values of a number_type by their bits. */
bool hae_observed_is_less(uint8_t number_type, uint64_t bits, uint64_t than);

/* Gives a series of an observable a value. `mark`: HAE_OBSERVED_SET, or the round. `since_unix_ns`:
 * when the value begins to count, if this is the first one, or less than a total that only grows.
 * A stream that does not hold observed values takes it as a measurement. False: that was refused,
 * and counted. Any thread. */
bool hae_observed_put(const struct hae_stream *stream, struct hae_series *series,
                      union hae_number value, uint64_t mark, uint64_t since_unix_ns);

/* Has a series reported no more. Any thread. */
void hae_observed_remove(const struct hae_stream *stream, struct hae_series *series);

/* Has all series of a stream reported no more that other rounds than this one have observed. */
void hae_observed_forget(const struct hae_stream *stream, uint64_t round);

#endif
