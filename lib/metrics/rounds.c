/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/rounds.h"

#include "metrics/instrument.h"
#include "metrics/reservoir.h"
#include "metrics/reuse.h"
#include "metrics/whole.h"

static bool is_over(struct hae_meter_provider *provider)
{
    struct hae_unused *unused = &provider->unused;
    uint32_t count = provider->defaults.count != 0 ? provider->defaults.count : 1;
    uint32_t all = (UINT32_C(1) << count) - 1;

    return (unused->readers & all) == all && hae_unused_were_idle(unused, provider->recorder);
}

/* ---- The end of a round ------------------------------------------------------------------- */

static void end_for_series(const struct hae_stream *stream, struct hae_series *series)
{
    uint32_t use = atomic_load_explicit(&series->use, memory_order_acquire);

    if (use == HAE_SERIES_ENDED) {
        hae_reservoir_empty(stream, series);
        hae_reuse_give_back(stream, series);
    } else if (use >= HAE_SERIES_NEW) {
        return;
    } else if (use <= stream->unused->intervals) {
        /* Relaxed, here and below: if it fails, the series was just used; the order with what
         * calls do, the looks at the lanes give. */
        (void)atomic_compare_exchange_strong_explicit(&series->use, &use, use + 1,
                                                      memory_order_relaxed, memory_order_relaxed);
    } else if (atomic_compare_exchange_strong_explicit(&series->use, &use, HAE_SERIES_ENDED,
                                                       memory_order_relaxed,
                                                       memory_order_relaxed)) {
        hae_series_table_leave(stream->region, series);
    }
}

static void end_for_stream(const struct hae_stream *stream)
{
    /* Acquire pairs with the release in add() of reuse.c. */
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_acquire);
    uint32_t at = hae_series_ref(word);

    if (!stream->gives_back || !hae_stream_is_whole(stream)) {
        return;
    }
    for (uint32_t left = hae_series_count(word) + 1; at != 0 && left != 0; left--) {
        const struct hae_series *series = hae_whole_place(stream, at);

        if (HAE_UNLIKELY(series == NULL ||
                         (hae_series_is_there(series) && hae_whole_series(stream, at) == NULL))) {
            return; /* the collection counts the damage */
        }
        end_for_series(stream, hae_ref_at(stream->region, at));
        at = series->next;
    }
}

/* Acquire, here and below, pairs with the releases in find_or_make() of meter.c and create.c: meter
 * and instrument are complete. */
static void end_for_meter(const struct haetae_meter *meter)
{
    const struct hae_instrument *instrument =
        atomic_load_explicit(&meter->instruments, memory_order_acquire);

    while (instrument != NULL) {
        for (uint32_t i = 0; i < instrument->stream_count; i++) {
            end_for_stream(&instrument->streams[i]);
        }
        instrument = atomic_load_explicit(&instrument->next, memory_order_acquire);
    }
}

static void end_round(struct hae_meter_provider *provider)
{
    const struct haetae_meter *meter =
        atomic_load_explicit(&provider->meters, memory_order_acquire);

    while (meter != NULL) {
        /* What a reader has not looked at stays. */
        if (meter->skipped_round != provider->unused.round) {
            end_for_meter(meter);
        }
        meter = atomic_load_explicit(&meter->next, memory_order_acquire);
    }
    hae_unused_begin_round(&provider->unused);
}

void hae_rounds_before(struct hae_meter_provider *provider, struct hae_reader_round *mine,
                       uint32_t index)
{
    struct hae_unused *unused = &provider->unused;

    if (unused->intervals == 0) {
        return;
    }
    if (mine->whole && mine->round == unused->round && !mine->undelivered) {
        unused->readers |= UINT32_C(1) << index;
    }
    if (is_over(provider)) {
        end_round(provider);
    }
    mine->round = unused->round;
    mine->whole = false;
}
