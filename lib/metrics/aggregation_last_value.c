/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/aggregation_last_value.h"

#include "metrics/data_point.h"
#include "metrics/series.h"
#include "wire/otlp.h"

/* There are shared cells only. */
static size_t cell_size(const struct hae_stream_data *stream, bool shared)
{
    (void)stream;
    (void)shared;
    return sizeof(struct hae_number_cell);
}

static bool record(const struct hae_stream *stream, void *cell, union hae_number value)
{
    (void)stream;
    hae_last_value_set(cell, value);
    return true;
}

static bool record_shared(const struct hae_stream *stream, struct hae_series *series,
                          union hae_number value)
{
    hae_last_value_set(hae_ref_at(stream->region, series->shared), value);
    hae_series_start(stream->recorder, series);
    return true;
}

static void merge(const struct hae_stream_data *stream, const void *cell, bool shared,
                  struct hae_point *point)
{
    const struct hae_number_cell *number = cell;

    (void)stream;
    (void)shared;
    /* Relaxed: the acquire of the series' start in hae_snapshot() comes before. */
    point->words[0] = atomic_load_explicit(&number->word[0], memory_order_relaxed);
}

const struct hae_aggregation hae_aggregation_last_value = {
    .id = HAE_AGGREGATION_LAST_VALUE,
    .data_field = HAE_OTLP_METRIC_GAUGE,
    .attributes_field = HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
    .exemplars_field = HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS,
    .cell_size = cell_size,
    .record = record,
    .record_shared = record_shared,
    .merge = merge,
    .encoded_size = hae_number_point_size,
    .encode = hae_put_number_point,
};
