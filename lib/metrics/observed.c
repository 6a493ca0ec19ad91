/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/observed.h"

#include "metrics/cell.h"
#include "metrics/whole.h"

bool hae_observed_is_less(uint8_t number_type, uint64_t bits, uint64_t than)
{
    return number_type == HAETAE_NUMBER_INT64
               ? (int64_t)bits < (int64_t)than
               : hae_double_from_bits(bits) < hae_double_from_bits(than);
}

/* Notes since when the value counts. */
static void set_start(const struct hae_stream *stream, struct hae_series *series, uint64_t bits,
                      uint64_t since_unix_ns)
{
    const struct hae_number_cell *cell = hae_ref_at(stream->region, series->shared);
    uint64_t start = 0;

    /* Relaxed: hae_snapshot() sees the start by the release of the mark, which comes later. Of
     * several first values one sets it. */
    if (!atomic_compare_exchange_strong_explicit(&series->start_unix_ns, &start, since_unix_ns,
                                                 memory_order_relaxed, memory_order_relaxed) &&
        hae_kind_is_monotonic(stream->data->kind) &&
        hae_observed_is_less(stream->number_type, bits,
                             atomic_load_explicit(&cell->word[0], memory_order_relaxed))) {
        /* Specification: "Resets and gaps": it began again. */
        atomic_store_explicit(&series->start_unix_ns, since_unix_ns, memory_order_relaxed);
    }
}

bool hae_observed_put(const struct hae_stream *stream, struct hae_series *series,
                      union hae_number value, uint64_t mark, uint64_t since_unix_ns)
{
    struct hae_number_cell *cell = hae_ref_at(stream->region, series->shared);
    uint64_t bits = hae_number_bits(value);

    if (!hae_stream_is_observed(stream->data)) {
        return stream->aggregation->record_shared(stream, series, value);
    }
    /* Relaxed: a total that is set meanwhile comes before or after this one. */
    if (mark != HAE_OBSERVED_SET &&
        atomic_load_explicit(&cell->word[1], memory_order_relaxed) == HAE_OBSERVED_SET) {
        return true;
    }
    set_start(stream, series, bits, since_unix_ns);
    /* Relaxed: one word; the mark is next. */
    atomic_store_explicit(&cell->word[0], bits, memory_order_relaxed);
    /* Release pairs with the acquire in hae_observed_is_reported(). */
    atomic_store_explicit(&cell->word[1], mark, memory_order_release);
    return true;
}

void hae_observed_remove(const struct hae_stream *stream, struct hae_series *series)
{
    struct hae_number_cell *cell = hae_ref_at(stream->region, series->shared);

    if (hae_stream_is_observed(stream->data)) {
        /* Relaxed: what the value was, nobody asks any more. */
        atomic_store_explicit(&cell->word[1], 0, memory_order_relaxed);
    }
}

/* Relaxed: a total that is set meanwhile makes the exchange fail, and stays. */
static void forget(struct hae_number_cell *cell, uint64_t round)
{
    uint64_t mark = atomic_load_explicit(&cell->word[1], memory_order_relaxed);

    if (mark != 0 && mark != HAE_OBSERVED_SET && mark != round) {
        (void)atomic_compare_exchange_strong_explicit(&cell->word[1], &mark, 0,
                                                      memory_order_relaxed, memory_order_relaxed);
    }
}

void hae_observed_forget(const struct hae_stream *stream, uint64_t round)
{
    /* Acquire pairs with the release in add() of series.c: the series are complete. */
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_acquire);
    uint32_t at = hae_series_ref(word);

    if (!hae_stream_is_observed(stream->data)) {
        return;
    }
    /* The overflow series is the oldest. */
    for (uint32_t left = hae_series_count(word) + 1; at != 0 && left != 0; left--) {
        const struct hae_series *series = hae_whole_series(stream, at);

        if (HAE_UNLIKELY(series == NULL)) {
            return; /* the collection counts the damage */
        }
        forget(hae_ref_at(stream->region, series->shared), round);
        at = series->next;
    }
}
