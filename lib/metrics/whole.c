/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/whole.h"

#include "metrics/instrument_options.h"

bool hae_stream_is_whole(const struct hae_stream *stream)
{
    const struct hae_stream_data *data = stream->data;

    return data->boundary_count == stream->boundary_count &&
           hae_ref_at(stream->region, data->boundaries) == (const void *)stream->boundaries &&
           data->number_type == stream->number_type &&
           data->aggregation == stream->aggregation->id && data->max_size == stream->max_size &&
           data->max_scale == stream->max_scale && data->kind == stream->kind &&
           data->kind < HAE_INSTRUMENT_KIND_COUNT &&
           data->fields_size_bytes <= HAE_METRIC_FIELDS_MAX_BYTES;
}

static void *at(const struct hae_stream *stream, uint32_t reference, uint64_t size_bytes)
{
    return hae_heap_at(&stream->recorder->heap, (uint64_t)reference * 8, size_bytes);
}

static bool holds(void *user, const void *from, uint64_t distance, uint64_t size_bytes)
{
    const struct hae_stream *stream = user;
    uint64_t offset = (uint64_t)((const uint8_t *)from - (const uint8_t *)stream->region);

    return hae_heap_at(&stream->recorder->heap, offset + distance, size_bytes) != NULL;
}

/* Whether a cell is in the heap with all that it leads to. */
static bool is_cell_whole(const struct hae_stream *stream, uint32_t reference, bool shared)
{
    const struct hae_aggregation *aggregation = stream->aggregation;
    const void *cell = at(stream, reference, aggregation->cell_size(stream->data, shared));

    return cell != NULL &&
           (aggregation->cell_valid == NULL ||
            aggregation->cell_valid(stream->data, cell, shared, holds, (void *)(uintptr_t)stream));
}

/* The groups of lanes' cells. */
static bool are_groups_whole(const struct hae_stream *stream, const struct hae_series *series,
                             uint32_t group_count)
{
    for (uint32_t i = 0; i < group_count; i++) {
        /* Acquire, here and below, pairs with the releases of lane_cells.c. */
        uint32_t reference = atomic_load_explicit(&series->groups[i], memory_order_acquire);
        const _Atomic uint32_t *group;

        if (reference == 0) {
            continue;
        }
        group = at(stream, reference, HAE_LANES_PER_GROUP * sizeof *group);
        for (uint32_t lane = 0; group != NULL && lane < HAE_LANES_PER_GROUP; lane++) {
            uint32_t cell = atomic_load_explicit(&group[lane], memory_order_acquire);

            if (cell != 0 && !is_cell_whole(stream, cell, false)) {
                return false;
            }
        }
        if (group == NULL) {
            return false;
        }
    }
    return true;
}

const struct hae_series *hae_whole_place(const struct hae_stream *stream, uint32_t reference)
{
    return at(stream, reference, sizeof(struct hae_series));
}

const struct hae_series *hae_whole_series(const struct hae_stream *stream, uint32_t reference)
{
    const struct hae_series *series = hae_whole_place(stream, reference);
    uint32_t group_count;

    if (series == NULL) {
        return NULL;
    }
    group_count = series->group_count;
    if (group_count > HAE_LANES_MAX / HAE_LANES_PER_GROUP ||
        at(stream, reference, sizeof *series + group_count * sizeof series->groups[0]) == NULL ||
        series->attributes_size_bytes > HAE_METRIC_ATTRIBUTES_SIZE_MAX ||
        at(stream, series->attributes, series->attributes_size_bytes) == NULL ||
        !is_cell_whole(stream, series->shared, true) ||
        !are_groups_whole(stream, series, group_count)) {
        return NULL;
    }
    return series;
}
