/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/aggregation_sum.h"

#include "metrics/data_point.h"
#include "metrics/observed.h"
#include "metrics/series.h"
#include "wire/otlp.h"

/* ---- Cells ---- */

static size_t cell_size(const struct hae_stream_data *stream, bool shared)
{
    (void)stream;
    return shared ? sizeof(struct hae_number_cell) : sizeof(uint64_t);
}

static bool record(const struct hae_stream *stream, void *cell, union hae_number value)
{
    if (stream->number_type == HAETAE_NUMBER_INT64) {
        hae_cell_add_int64(cell, value.int64);
        return true;
    }
    return hae_cell_add_double(cell, value.real) || hae_cell_refuse(stream->recorder);
}

static bool record_shared(const struct hae_stream *stream, struct hae_series *series,
                          union hae_number value)
{
    struct hae_number_cell *cell = hae_ref_at(stream->region, series->shared);

    if (stream->number_type == HAETAE_NUMBER_INT64) {
        /* Relaxed: all that is asked of a sum is that each addition is in it. */
        atomic_fetch_add_explicit(&cell->word[0], (uint64_t)value.int64, memory_order_relaxed);
    } else if (!hae_cell_share_double(stream->recorder, &cell->word[0], &cell->word[1],
                                      value.real)) {
        return false;
    }
    hae_series_start(stream->recorder, series);
    return true;
}

/* ---- Points ---- */

static void add_word(const struct hae_stream_data *stream, const _Atomic uint64_t *word,
                     struct hae_point *point)
{
    /* Relaxed: the words of a sum are independent, and each grows by itself. */
    uint64_t bits = atomic_load_explicit(word, memory_order_relaxed);
    uint64_t *sum = &point->words[0];

    if (stream->number_type == HAETAE_NUMBER_INT64) {
        *sum += bits;
    } else {
        *sum =
            hae_double_bits(hae_add_finite(hae_double_from_bits(*sum), hae_double_from_bits(bits)));
    }
}

static void merge(const struct hae_stream_data *stream, const void *cell, bool shared,
                  struct hae_point *point)
{
    const _Atomic uint64_t *words = cell;

    add_word(stream, &words[0], point);
    if (shared) {
        add_word(stream, &words[1], point);
    }
}

static bool subtract(const struct hae_stream_data *stream, struct hae_point *point,
                     const uint64_t *earlier)
{
    uint64_t *sum = &point->words[0];
    bool changed = *sum != earlier[0];

    if (stream->number_type == HAETAE_NUMBER_INT64) {
        *sum -= earlier[0];
    } else {
        *sum = hae_double_bits(
            hae_add_finite(hae_double_from_bits(*sum), -hae_double_from_bits(earlier[0])));
    }
    return changed;
}

/* ---- Encoding ---- */

static uint8_t *encode_tail(uint8_t *at, const struct hae_stream_data *stream, uint8_t temporality)
{
    at = hae_put_temporality(at, temporality);
    if (hae_kind_is_monotonic(stream->kind)) {
        *at++ = HAE_TAG(HAE_OTLP_SUM_IS_MONOTONIC, HAE_WIRE_VARINT);
        *at++ = 1;
    }
    return at;
}

const struct hae_aggregation hae_aggregation_sum = {
    .id = HAE_AGGREGATION_SUM,
    .data_field = HAE_OTLP_METRIC_SUM,
    .attributes_field = HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
    .exemplars_field = HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS,
    .has_lane_cells = true,
    .has_temporality = true,
    .cell_size = cell_size,
    .record = record,
    .record_shared = record_shared,
    .merge = merge,
    .subtract = subtract,
    .encoded_size = hae_number_point_size,
    .encode = hae_put_number_point,
    .encode_tail = encode_tail,
};

/* ---- Totals that are observed ----
 * There are shared cells only, with the latest total of each series: observed.h. */

static size_t observed_cell_size(const struct hae_stream_data *stream, bool shared)
{
    (void)stream;
    (void)shared;
    return sizeof(struct hae_number_cell);
}

static void merge_observed(const struct hae_stream_data *stream, const void *cell, bool shared,
                           struct hae_point *point)
{
    const struct hae_number_cell *number = cell;

    (void)stream;
    (void)shared;
    /* Relaxed: hae_observed_is_reported() comes before. */
    point->words[0] = atomic_load_explicit(&number->word[0], memory_order_relaxed);
}

/* A total that only grows and is less than before has begun again. */
static bool subtract_observed(const struct hae_stream_data *stream, struct hae_point *point,
                              const uint64_t *earlier)
{
    if (hae_kind_is_monotonic(stream->kind) &&
        hae_observed_is_less(stream->number_type, point->words[0], earlier[0])) {
        return true;
    }
    return subtract(stream, point, earlier);
}

const struct hae_aggregation hae_aggregation_observed_sum = {
    .id = HAE_AGGREGATION_OBSERVED_SUM,
    .data_field = HAE_OTLP_METRIC_SUM,
    .attributes_field = HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
    .exemplars_field = HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS,
    .has_temporality = true,
    .cell_size = observed_cell_size,
    .merge = merge_observed,
    .subtract = subtract_observed,
    .encoded_size = hae_number_point_size,
    .encode = hae_put_number_point,
    .encode_tail = encode_tail,
};
