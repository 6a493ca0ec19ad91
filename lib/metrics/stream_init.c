/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/stream_init.h"

#include "base/alloc.h"
#include "metrics/lane_ready.h"
#include "metrics/reservoir.h"
#include "metrics/reuse.h"
#include "metrics/series.h"
#include "metrics/series_memory.h"

void hae_stream_list_init(struct hae_stream_list *list, struct hae_recorder *recorder,
                          struct hae_unused *unused)
{
    list->recorder = recorder;
    list->unused = unused;
    list->last = &recorder->region->streams_first;
    list->count = 0;
    list->exemplars = (struct hae_exemplar_pool){.memory = NULL};
    hae_metrics_budget_init(&list->budget, recorder->region);
}

/* Keeps the boundaries of a histogram in whole blocks, the last one filled up with what no
 * value exceeds. */
static bool keep_boundaries(struct hae_metrics_budget *budget, struct hae_stream_data *data,
                            const struct hae_stream_options *options)
{
    size_t blocks = (options->boundary_count + HAE_BOUNDARY_BLOCK - 1) / HAE_BOUNDARY_BLOCK;
    size_t places = blocks * HAE_BOUNDARY_BLOCK;
    double *kept = hae_metrics_at(budget, hae_metrics_take(budget, places * sizeof(double)));

    if (kept == NULL) {
        return false;
    }
    for (size_t i = 0; i < places; i++) {
        kept[i] = i < options->boundary_count ? options->boundaries[i] : __builtin_inf();
    }
    data->boundaries = hae_ref_of(budget->region, kept);
    data->boundary_count = options->boundary_count;
    return true;
}

static void keep_texts(struct hae_stream_data *data,
                       const struct hae_metric_text texts[HAE_TEXT_COUNT])
{
    data->fields_size_bytes = 0;
    for (int i = 0; i < HAE_TEXT_COUNT; i++) {
        if (texts[i].size_bytes != 0) {
            memcpy(data->fields + data->fields_size_bytes, texts[i].field, texts[i].size_bytes);
            data->fields_size_bytes += texts[i].size_bytes;
        }
    }
}

/* Returns the stream's data, which no other thread sees yet; NULL when the heap is used up. */
static struct hae_stream_data *make_data(struct hae_metrics_budget *budget,
                                         const struct hae_stream_options *options)
{
    struct hae_stream_data *data;
    uint32_t size_bytes = 0;

    for (int i = 0; i < HAE_TEXT_COUNT; i++) {
        size_bytes += options->texts[i].size_bytes;
    }
    data = hae_metrics_at(budget, hae_metrics_take(budget, sizeof *data + size_bytes));
    if (data == NULL) {
        return NULL;
    }
    data->scope = options->scope;
    data->kind = options->kind;
    data->number_type = options->number_type;
    data->aggregation = options->aggregation->id;
    data->series_limit = options->series_limit;
    data->omits_extremes = options->omits_extremes;
    data->only_pulled = options->only_pulled;
    data->max_size = options->max_size;
    data->max_scale = options->max_scale;
    data->zero_threshold = options->zero_threshold;
    keep_texts(data, options->texts);
    if (options->aggregation->id == HAE_AGGREGATION_HISTOGRAM &&
        !keep_boundaries(budget, data, options)) {
        return NULL;
    }
    return data;
}

haetae_status hae_stream_init(struct hae_stream *stream, struct hae_stream_list *list,
                              const struct hae_stream_options *options)
{
    struct hae_recorder *recorder = list->recorder;
    struct hae_region *region = recorder->region;
    struct hae_stream_data *data = make_data(&list->budget, options);
    struct hae_metrics_reserve *reserve;
    bool unused_leave = list->unused->intervals != 0;

    if (data == NULL) {
        return HAETAE_ELIMIT;
    }
    reserve = hae_calloc(1, sizeof *reserve);
    if (reserve == NULL) {
        return HAETAE_ENOMEM;
    }
    reserve->budget = &list->budget;
    *stream =
        (struct hae_stream){.recorder = recorder,
                            .region = region,
                            .data = data,
                            .boundaries = hae_ref_at(region, data->boundaries),
                            .boundary_count = data->boundary_count,
                            .reference = hae_ref_of(region, data),
                            .attachment_offset = hae_attachment_offset(recorder),
                            .number_type = options->number_type,
                            .kind = options->kind,
                            .max_scale = options->max_scale,
                            .max_size = options->max_size,
                            .slot_bias = hae_exponential_slot_bias(options->max_size),
                            .aggregation = options->aggregation,
                            .filter = options->filter,
                            .index = list->count,
                            .readers = options->readers,
                            .reserve = reserve,
                            .exemplars = &list->exemplars,
                            .reservoir = hae_reservoir_plan_of(data, &options->reservoir),
                            .gives_back = unused_leave && !hae_kind_is_observable(options->kind),
                            .unused = unused_leave ? list->unused : NULL};
    if (!hae_series_make_overflow(stream)) {
        hae_stream_done(stream);
        return HAETAE_ELIMIT;
    }
    hae_metrics_reserve_init(reserve, &list->budget,
                             (uint64_t)data->series_limit * hae_series_size_typical(stream));
    /* Release: whoever follows the list after this process has died finds the stream
     * complete. */
    atomic_store_explicit(list->last, (uint64_t)stream->reference * 8, memory_order_release);
    list->last = &data->next;
    list->count++;
    return HAETAE_OK;
}

void hae_stream_done(struct hae_stream *stream)
{
    hae_free(stream->reserve);
    stream->reserve = NULL;
}

/* Relaxed throughout: no other thread uses the region yet. */
void hae_stream_begin_reinit(struct hae_stream *stream)
{
    uint32_t at = hae_series_ref(atomic_load_explicit(&stream->data->series, memory_order_relaxed));

    if (!stream->gives_back) {
        return;
    }
    atomic_store_explicit(&stream->reserve->free, 0, memory_order_relaxed);
    atomic_store_explicit(&stream->reserve->free_count, 0, memory_order_relaxed);
    atomic_store_explicit(&stream->reserve->pieces, 0, memory_order_relaxed);
    while (at != 0) {
        struct hae_series *series = hae_ref_at(stream->region, at);

        atomic_store_explicit(&series->use,
                              at == stream->data->overflow ? HAE_SERIES_KEPT : HAE_SERIES_FREE,
                              memory_order_relaxed);
        at = series->next;
    }
}

/* Relaxed: as above. A thread of the parent may have been about to enter a series in the table: all
 * are entered again. */
void hae_stream_reinit(struct hae_stream *stream)
{
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_relaxed);
    uint32_t at = hae_series_ref(word);

    while (at != 0) {
        struct hae_series *series = hae_ref_at(stream->region, at);

        if (atomic_load_explicit(&series->use, memory_order_relaxed) == HAE_SERIES_FREE) {
            hae_reuse_reinit(stream, series);
        } else {
            hae_series_empty(stream, series);
            atomic_store_explicit(&series->reservoir, 0, memory_order_relaxed);
            hae_series_table_enter(stream->region, series);
        }
        at = series->next;
    }
    atomic_store_explicit(&stream->data->series_tabled, hae_series_count(word),
                          memory_order_relaxed);
}
