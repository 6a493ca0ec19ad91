/* SPDX-License-Identifier: Apache-2.0 */
/* Journals: in a file behind the region, the records that were drained and that no receiver has
 * answered for yet. One for each signal that is drained, a circular log of bytes that the worker
 * alone writes.
 *
 * A record is written before the place that it was drained from is given up, and it names that
 * place: when the process is killed in between, recovery finds the record twice, and knows it. */
#ifndef HAETAE_RECORDER_JOURNAL_H
#define HAETAE_RECORDER_JOURNAL_H

#include "recorder/drain.h"
#include "recorder/region_file.h"

/* Whether records are to be put into journals. */
static inline bool hae_journal_on(const struct hae_recorder *recorder)
{
    return recorder->file != NULL;
}

/* Whether there is room for a record of this size. */
bool hae_journal_has_room(const struct hae_recorder *recorder, haetae_signal signal,
                          size_t size_bytes);

/* Puts a record in, for which there is room. */
void hae_journal_append(struct hae_recorder *recorder, const struct hae_record *record);

/* Where the next record comes. */
uint64_t hae_journal_end(const struct hae_recorder *recorder, haetae_signal signal);

/* Settles the records from `from` up to `to`, which are places of hae_journal_end(). */
void hae_journal_settle(struct hae_recorder *recorder, haetae_signal signal, uint64_t from,
                        uint64_t to);

/* Settles some of the records in such a range: `count` of them from the `first` on, in the order of
 * a request that has them by scope, the scopes in the order in which they first come. */
void hae_journal_settle_items(struct hae_recorder *recorder, haetae_signal signal, uint64_t from,
                              uint64_t to, uint64_t first, uint64_t count);

bool hae_journal_is_empty(const struct hae_recorder *recorder, haetae_signal signal);

#endif
